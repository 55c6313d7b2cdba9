"""Why a decision is not recorded."""

from __future__ import annotations


class AcceptanceError(Exception):
    """Base of every error of this package."""


class StaleFormError(AcceptanceError):
    """The form speaks of another text than the one in force now, or was not made here for this person."""


class NotDecidableError(AcceptanceError):
    """This choice is not open now: nothing to renounce, or no time left to postpone."""
