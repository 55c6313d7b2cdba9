"""Why a task was not done."""

from __future__ import annotations


class NoticesError(Exception):
    """Base of every error of this package."""


class NotDeliveredError(NoticesError):
    """A mail was not taken by the server; the message names no address."""


class NotSealedError(NoticesError):
    """A mail waits for the receipt that goes with it."""
