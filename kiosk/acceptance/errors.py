"""Why a decision is not recorded."""

from __future__ import annotations

from datetime import timedelta


class AcceptanceError(Exception):
    """Base of every error of this package."""


class StaleFormError(AcceptanceError):
    """The form speaks of another text than the one in force now, or was not made here for this person."""


class StaleScreenError(StaleFormError):
    """The form was shown by a release whose screen nobody has kept; the message is its hash."""


class ScreenError(AcceptanceError):
    """What the screen of a decision is made of cannot be told from its templates; the message says where."""


class AccountClosedError(AcceptanceError):
    """The account was deleted meanwhile: nothing is decided with it any more."""


class OvertakenError(AcceptanceError):
    """Nothing was written: what was read did not hold any more, or more than that is to be written."""


class NotDecidableError(AcceptanceError):
    """This choice is not open now: nothing to renounce, or no time left to postpone."""


class CapacityError(NotDecidableError):
    """The person said that they lack full legal capacity, and does not take that back: they cannot alone."""


class ContestedEnoughError(AcceptanceError):
    """This decision was contested as often as it may be; nothing more is recorded."""


class ComparisonRefusedError(AcceptanceError):
    """Two versions are not compared; the message, in French, says why and what to do."""

    def __init__(self, message: str, status: int, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status of the answer."""
        self.retry_after = retry_after
        """How long to wait before asking again; None when asking again changes nothing."""
