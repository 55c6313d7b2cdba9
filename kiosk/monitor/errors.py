"""Why a ledger could not be watched, or what was found wrong with it."""

from __future__ import annotations

from kiosk.proof.errors import ProofError


class SourceError(Exception):
    """The ledger cannot be read where it is said to be; the message is for people."""


class MissingError(SourceError):
    """A file of the ledger is not there."""


class StateError(Exception):
    """What was kept of an earlier run, or the witness's key, cannot be used; the message is for people."""


class ForkError(ProofError):
    """The ledger signed two histories: this one does not begin with what was seen before."""


class RewoundError(ProofError):
    """The ledger shows an older state than what was seen before."""


class WithdrawnError(ProofError):
    """A statement that was published whole is not, or not the same, any more."""
