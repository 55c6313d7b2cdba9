"""What the ledger refuses to do."""

from __future__ import annotations


class LedgerError(Exception):
    """Base of every error of this package."""


class UnknownStatementError(LedgerError):
    """No statement has this hash."""


class OpeningsError(LedgerError):
    """What would open the personal fields is not what the statement commits to."""


class LedgerKeyError(LedgerError):
    """The ledger's key is missing, readable by others, or not of this environment."""
