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


class ForkError(LedgerError):
    """What was published and what the database holds are not one history: sealing would make a second."""


class SealingConflictError(LedgerError):
    """Another sealer was at work at the same time; nothing was sealed."""


class RefusedStatementError(LedgerError):
    """A statement waits that the sealer will not seal; the others were sealed."""


class SignerAwayError(LedgerError):
    """Nobody answers who may sign with the ledger's key."""


class AuthorityError(LedgerError):
    """A timestamp authority did not answer, or not as asked."""


class WitnessesError(LedgerError):
    """The file of witnesses that the settings name is not one."""


class SealError(LedgerError):
    """A PDF could not be sealed at the level that is configured."""
