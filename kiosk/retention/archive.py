"""The restricted intermediate archive: what attributes decisions once the relation has ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, literal, null, select, update
from sqlalchemy.orm import Session

from kiosk.db import UTCDateTime
from kiosk.ledger import services as ledger
from kiosk.ledger.audit_kept import audit_disclosures
from kiosk.ledger.models import Disclosure
from kiosk.ledger.rows import table
from kiosk.proof.commitment import Opening
from kiosk.retention.models import ArchivedDisclosure

BATCH = 1_000
"""Statements handled at a time."""


def disclosures(session: Session, statement_hash: str) -> tuple[Opening, ...]:
    """Return what opens the personal fields of a statement, kept here; empty when nothing of it is.

    For evidence: the web process has no right to read it.
    """
    rows = session.scalars(
        select(ArchivedDisclosure)
        .where(ArchivedDisclosure.statement_hash == statement_hash)
        .order_by(ArchivedDisclosure.field)
    )
    return tuple(Opening(row.field, row.salt, row.value) for row in rows)


def openings(session: Session, statement_hash: str) -> tuple[Opening, ...]:
    """Return what opens the personal fields of a statement, in the open or kept here."""
    return ledger.disclosures(session, statement_hash) or disclosures(session, statement_hash)


def subjects(session: Session, field: str, value: str, *, publisher: str | None = None) -> tuple[str, ...]:
    """Return whom the archive names by this value of a field, such as ``email``, as statements say them."""
    held = ArchivedDisclosure
    which = [held.field == field, held.value == value]
    if publisher is not None:
        which.append(held.publisher == publisher)
    return tuple(session.scalars(select(held.subject_id).where(*which).distinct().order_by(held.subject_id)))


def holds_any(session: Session, subject_id: str) -> bool:
    """Whether the archive holds something of a subject."""
    held = ArchivedDisclosure
    return session.scalar(select(held.field).where(held.subject_id == subject_id).limit(1)) is not None


def newest(session: Session, subject_id: str) -> ArchivedDisclosure | None:
    """Return one of the rows of a subject that end last; None when nothing of it is kept here."""
    return session.scalars(
        select(ArchivedDisclosure)
        .where(ArchivedDisclosure.subject_id == subject_id)
        .order_by(ArchivedDisclosure.ends_at.desc(), ArchivedDisclosure.statement_hash)
        .limit(1)
    ).first()


def move(
    session: Session,
    hashes: Sequence[str],
    *,
    subject_id: str,
    publisher: str,
    service: str | None,
    at: datetime,
    ends_at: datetime,
) -> int:
    """Move what opens the statements `hashes` here, until `ends_at`; returns how many fields were moved."""
    held, moved = table(Disclosure).c, 0
    about = null() if service is None else literal(service, table(ArchivedDisclosure).c.service.type)
    for some in batches(hashes):
        copied = select(
            held.statement_hash, held.field, held.salt, held.value, literal(subject_id), literal(publisher),
            about, literal(at, UTCDateTime()), literal(ends_at, UTCDateTime()),
        ).where(held.statement_hash.in_(some))  # fmt: skip
        names = [column.name for column in table(ArchivedDisclosure).columns]
        session.execute(insert(table(ArchivedDisclosure)).from_select(names, copied))
        moved += _destroy_open(session, some)
    return moved


def end(session: Session, hashes: Collection[str], at: datetime) -> None:
    """Let the term of what is kept of the statements `hashes` be `at`: it goes once no hold covers it."""
    for some in batches(hashes):
        session.execute(
            update(ArchivedDisclosure)
            .where(ArchivedDisclosure.statement_hash.in_(some), ArchivedDisclosure.ends_at > at)
            .values(ends_at=at)
            .execution_options(synchronize_session=False)
        )


def destroy(session: Session, hashes: Collection[str]) -> int:
    """Destroy salts and values of the statements `hashes`, here and in the open; returns how many fields."""
    gone = 0
    for some in batches(hashes):
        gone += _destroy_open(session, some)
        archived = (
            delete(ArchivedDisclosure)
            .where(ArchivedDisclosure.statement_hash.in_(some))
            .returning(ArchivedDisclosure.field)
        )
        gone += len(session.execute(archived, execution_options=_QUICK).all())
    return gone


def audit(session: Session) -> int:
    """Check that each field kept here opens a commitment of its statement; returns how many there are.

    Raises `DeviationError`.
    """
    return audit_disclosures(session, ArchivedDisclosure)


def batches(hashes: Iterable[str]) -> Iterator[list[str]]:
    """Yield `hashes`, each once and sorted, `BATCH` at a time."""
    whole = sorted(set(hashes))
    for begin in range(0, len(whole), BATCH):
        yield whole[begin : begin + BATCH]


_QUICK = {"synchronize_session": False}


def _destroy_open(session: Session, hashes: Sequence[str]) -> int:
    gone = delete(Disclosure).where(Disclosure.statement_hash.in_(hashes)).returning(Disclosure.field)
    return len(session.execute(gone, execution_options=_QUICK).all())
