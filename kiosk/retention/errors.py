"""Why something that names people is not destroyed, or a request is not decided."""

from __future__ import annotations


class RetentionError(Exception):
    """Base of every error of this package; the message, in French, says what to do."""


class UnknownRequestError(RetentionError):
    """No request has this identifier, or it is decided already."""


class UndecidableError(RetentionError):
    """What was given does not make a decision on a request: reasons, remedy or parts are missing."""


class UnknownPersonError(RetentionError):
    """Nobody, or more than one, is known by what was given."""


class HoldError(RetentionError):
    """A legal hold is not dated as it must be, or is not there."""
