"""Why an act of a procedure is not recorded; each says it in French, for staff."""

from __future__ import annotations

from collections.abc import Mapping


class SanctionError(Exception):
    """Base of every error of this package."""


class UnknownProcedureError(SanctionError):
    """The publisher has no such procedure, or no account is at its other end any more."""


class UnknownAccountError(SanctionError):
    """No account of this publisher has this address."""


class NotBoundError(SanctionError):
    """No version of the document binds the person: they never accepted one."""


class IncompleteError(SanctionError):
    """Something that the act must say is missing or wrong; `problems` says what, by name of field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


class OutOfTurnError(SanctionError):
    """The procedure is not where this act may follow."""


class TooEarlyError(SanctionError):
    """The time to answer is not over, or the notice has not reached the person."""


class SamePersonError(SanctionError):
    """Two different people decide of what cannot be undone."""


class ProposedSinceError(SanctionError):
    """What is proposed is no longer what the second person read."""


class AnsweredEnoughError(SanctionError):
    """The person answered as often as is taken."""
