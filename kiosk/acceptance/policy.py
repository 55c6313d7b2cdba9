"""Who must decide on what, and by when. Pure: facts in, answers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from cgu_archive.corpus.model import NewVersion


class Kind(StrEnum):
    """What a person does with a version."""

    ACCEPTED = "accepted"
    AWAITING = "awaiting"
    """Accepted by who lacks full legal capacity: nothing opens before their representative agrees."""
    REFUSED = "refused"
    DEFERRED = "deferred"
    RENOUNCED = "renounced"
    TERMINATED = "terminated"
    """Renounced for a breach, as the text lets the person do (SOFFi §77)."""


ENDING = (Kind.RENOUNCED, Kind.TERMINATED)
"""What ends what was accepted."""


class Access(StrEnum):
    """Whether the service is open to the person as far as one document is concerned."""

    OPEN = "open"
    GRACE = "grace"
    """Open under the version accepted before, until the deadline."""
    CLOSED = "closed"
    NO_TEXT = "no-text"
    """Closed to everybody: there is nothing to accept."""


_NEVER = datetime.max.replace(tzinfo=UTC)
_STRICTEST = (Access.NO_TEXT, Access.CLOSED, Access.GRACE, Access.OPEN)


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What matters of a version here."""

    id: int
    required_at: datetime | None
    """From then on, whoever has not accepted it is out; None when the text knows no such date."""
    effective_at: datetime | None = None
    """From then on it is the one to read; None when nobody knows."""
    asking_id: int | None = None
    """The last version, this one or before it, that asks to accept again where the service only notifies."""


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
    held = applicable_version(document.decisions, at, current=current)
    if held == current.id:
        return Answer(document, Access.OPEN, None)
    last = _last_on(document.decisions, current.id, at)
    refused = last is not None and last.kind in (Kind.REFUSED, *ENDING)
    asked = current.asking_id is not None and (held is None or held < current.asking_id)
    if held is not None and document.new_version is NewVersion.NOTIFY and not (asked or refused):
        return Answer(document, Access.OPEN, None)
    if held is not None and current.required_at is not None and at < current.required_at:
        return Answer(document, Access.GRACE, current.required_at)
    return Answer(document, Access.CLOSED, None)


def answer_early(document: Document, version_id: int, at: datetime) -> Answer:
    """Return what a version to come asks of who wants to decide before its date: nothing once accepted."""
    last = _last_on(document.decisions, version_id, at)
    accepted = last is not None and last.kind is Kind.ACCEPTED
    return Answer(document, Access.OPEN if accepted else Access.CLOSED, None)


def answers(documents: Sequence[Document], at: datetime) -> tuple[Answer, ...]:
    """Return what each of `documents` asks, in their order."""
    return tuple(answer(document, at) for document in documents)


def is_open(found: Sequence[Answer]) -> bool:
    """Whether the service is open: every document lets the person in."""
    return all(one.access in (Access.OPEN, Access.GRACE) for one in found)


def strictest(found: Sequence[Answer]) -> Answer:
    """Return what several documents under one box ask together: the answer that leaves least.

    In grace, that of the earliest deadline. `found` is not empty.
    """
    return min(found, key=lambda one: (_STRICTEST.index(one.access), one.deadline or _NEVER))


def first_pending(found: Sequence[Answer]) -> Answer | None:
    """Return the document to decide first: a closed one before one in grace."""
    closed = next((one for one in found if one.access is Access.CLOSED), None)
    return closed or next((one for one in found if one.access is Access.GRACE), None)


def applicable_version(
    decisions: Sequence[Decided], at: datetime, *, current: VersionFacts | None = None
) -> int | None:
    """Return the version that binds the person at `at`: the last one accepted (SOFFi §21), if any.

    A version published since does not replace it until the person accepts; refusing that one leaves it,
    refusing or leaving the accepted one itself ends it. `decisions` are on one document, oldest first.
    Versions are numbered as they are published. Those after `current`, the one online at `at`, are to come:
    what was decided of them counts from their date on (OCAPIAT, article 7, section 4). An acceptance of an
    older one made meanwhile does not take it back; refusing `current` before its date does, and no more.
    """
    held: int | None = None
    before: int | None = None
    for decision in decisions:
        if decision.at > at:
            break
        if current is not None and decision.version_id > current.id:
            continue
        if decision.kind is Kind.ACCEPTED and decision.version_id > (held or 0):
            before, held = held, decision.version_id
        elif decision.kind is Kind.REFUSED and decision.version_id == held:
            held, before = (before, None) if _is_early(decision, current) else (None, None)
        elif decision.kind in ENDING:
            held = before = None
    return held


def _is_early(decision: Decided, current: VersionFacts | None) -> bool:
    """Whether a decision was made on the version online now before its date."""
    if current is None or current.effective_at is None or decision.version_id != current.id:
        return False
    return decision.at < current.effective_at


def may_defer(found: Answer) -> bool:
    """Whether the person may decide later: only while a version accepted before still applies."""
    return found.access is Access.GRACE


def _last_on(decisions: Sequence[Decided], version_id: int, at: datetime) -> Decided | None:
    mine = [one for one in decisions if one.version_id == version_id and one.at <= at]
    return mine[-1] if mine else None
