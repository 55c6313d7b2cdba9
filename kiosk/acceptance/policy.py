"""Who must decide on what, and by when. Pure: facts in, answers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cgu_archive.corpus.model import NewVersion


class Kind(StrEnum):
    """What a person does with a version."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    RENOUNCED = "renounced"


class Access(StrEnum):
    """Whether the service is open to the person as far as one document is concerned."""

    OPEN = "open"
    GRACE = "grace"
    """Open under the version accepted before, until the deadline."""
    CLOSED = "closed"
    NO_TEXT = "no-text"
    """Closed to everybody: there is nothing to accept."""


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What matters of a version here."""

    id: int
    required_at: datetime | None
    """From then on, whoever has not accepted it is out; None when the text knows no such date."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of the person on one document."""

    version_id: int
    kind: Kind
    at: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """One document that a service asks for, and what the person decided of it, oldest first."""

    service: str
    terms: str
    new_version: NewVersion
    current: VersionFacts | None
    decisions: tuple[Decided, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one document asks of the person now."""

    document: Document
    access: Access
    deadline: datetime | None
    """In grace: when it ends."""

    @property
    def pending(self) -> bool:
        """Whether the person is asked to decide."""
        return self.access in (Access.GRACE, Access.CLOSED)


def answer(document: Document, at: datetime) -> Answer:
    """Return what `document` asks at the instant `at`."""
    current = document.current
    if current is None:
        return Answer(document, Access.NO_TEXT, None)
    held = applicable_version(document.decisions, at)
    if held == current.id:
        return Answer(document, Access.OPEN, None)
    last = _last_on(document.decisions, current.id, at)
    refused = last is not None and last.kind in (Kind.REFUSED, Kind.RENOUNCED)
    if held is not None and document.new_version is NewVersion.NOTIFY and not refused:
        return Answer(document, Access.OPEN, None)
    if held is not None and current.required_at is not None and at < current.required_at:
        return Answer(document, Access.GRACE, current.required_at)
    return Answer(document, Access.CLOSED, None)


def answers(documents: Sequence[Document], at: datetime) -> tuple[Answer, ...]:
    """Return what each of `documents` asks, in their order."""
    return tuple(answer(document, at) for document in documents)


def is_open(found: Sequence[Answer]) -> bool:
    """Whether the service is open: every document lets the person in."""
    return all(one.access in (Access.OPEN, Access.GRACE) for one in found)


def first_pending(found: Sequence[Answer]) -> Answer | None:
    """Return the document to decide first: a closed one before one in grace."""
    closed = next((one for one in found if one.access is Access.CLOSED), None)
    return closed or next((one for one in found if one.access is Access.GRACE), None)


def applicable_version(decisions: Sequence[Decided], at: datetime) -> int | None:
    """Return the version that binds the person at `at`: the last one accepted (SOFFi §21), if any.

    A version published since does not replace it until the person accepts; refusing that one leaves it,
    refusing or renouncing the accepted one itself ends it. `decisions` are on one document, oldest first.
    """
    held: int | None = None
    for decision in decisions:
        if decision.at > at:
            break
        if decision.kind is Kind.ACCEPTED:
            held = decision.version_id
        elif decision.kind is Kind.RENOUNCED or (
            decision.kind is Kind.REFUSED and decision.version_id == held
        ):
            held = None
    return held


def may_defer(found: Answer) -> bool:
    """Whether the person may decide later: only while a version accepted before still applies."""
    return found.access is Access.GRACE


def _last_on(decisions: Sequence[Decided], version_id: int, at: datetime) -> Decided | None:
    mine = [one for one in decisions if one.version_id == version_id and one.at <= at]
    return mine[-1] if mine else None
