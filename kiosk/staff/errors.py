"""Why an officer is not let in, or may not do what they ask."""

from __future__ import annotations

from datetime import datetime


class StaffError(Exception):
    """Base of every error of this package."""


class OfficerError(StaffError):
    """No such officer, or not one who may do this."""


class UnknownOfficerError(OfficerError):
    """The publisher has no such officer."""


class FactorError(OfficerError):
    """A code or a key that proves nothing, or that may not be added or taken away."""


class TooManyError(StaffError):
    """Too many wrong proofs, or too many searches; `until` is when it is possible again."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class AtOnceError(StaffError):
    """An officer did two things at the same instant, and only one was written down."""


class LoginTakenError(StaffError):
    """The publisher already has an officer under this login."""
