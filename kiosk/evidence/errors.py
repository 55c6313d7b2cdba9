"""Why the evidence room does not do what it is asked."""

from __future__ import annotations

from collections.abc import Sequence


class EvidenceError(Exception):
    """Base of every error of this package."""


class UnknownPersonError(EvidenceError):
    """Nobody of this publisher decided anything under that name."""


class SeveralPeopleError(EvidenceError):
    """The address was that of several accounts, one after another; `subjects` names them."""

    def __init__(self, subjects: Sequence[str]) -> None:
        super().__init__(
            "Cette adresse a été celle de plusieurs comptes, l’un après l’autre. Précisez lequel par son"
            f" identifiant : {', '.join(subjects)}."
        )
        self.subjects = tuple(subjects)


class ClosedAccountError(EvidenceError):
    """What names the person stands in the restricted archive, which the web process does not read."""


class UnknownRequestError(EvidenceError):
    """The publisher has no request of this identifier."""


class ClosedRequestError(EvidenceError):
    """The request was decided already, or its time is over."""


class ContestedSinceError(EvidenceError):
    """A decision of the file was contested after the approval: the file would not say so."""


class SamePersonError(EvidenceError):
    """Who asks cannot be who approves."""


class NotReadyError(EvidenceError):
    """Something the evidence needs is not there yet; it will be in a moment."""


class LostDecisionError(EvidenceError):
    """A decision of the file follows one that is not there, and nothing tells of a loss of data then."""


class PicturesError(EvidenceError):
    """The pictures of a screen are there and cannot be read, or are too many."""


class AlteredRequestError(EvidenceError):
    """The words of a request are not those that were recorded."""
