"""The restricted intermediate archive: what attributes decisions once the relation has ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, insert, literal, null, or_, select, update
from sqlalchemy.orm import Session

from kiosk.accounts.addresses import normalise
from kiosk.accounts.errors import InvalidAddressError
from kiosk.db import UTCDateTime, table
from kiosk.ledger import services as ledger
from kiosk.ledger.models import Disclosure
from kiosk.notices import services as notices
from kiosk.notices.models import Task
from kiosk.proof.commitment import Opening
from kiosk.retention.models import ArchivedDisclosure

BATCH = 1_000
"""Statements handled at a time."""
CANCELLED = "cancelled"
"""State of a mail that must not leave any more."""


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
    """Return whom the archive names by this value of a field, such as ``email``, as statements say them.

    Addresses are compared as those of accounts are (requirement P-17): by their key, not by their letters.
    """
    held = ArchivedDisclosure
    key = _address_key(value) if field == "email" else None
    which = [held.field == field, held.value == value if key is None else _at_domain(value)]
    if publisher is not None:
        which.append(held.publisher == publisher)
    found = session.execute(select(held.subject_id, held.value).where(*which).distinct())
    return tuple(sorted({who for who, kept in found if key is None or _address_key(kept) == key}))


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


def destroy(session: Session, hashes: Collection[str], at: datetime) -> int:
    """Destroy salts and values of the statements `hashes`, here and in the open; returns how many fields.

    Mails about them that have not left are cancelled: handed over, each would be told with the address.
    """
    gone = 0
    for some in batches(hashes):
        cancel_mails(session, telling_of(some), at)
        gone += _destroy_open(session, some)
        archived = (
            delete(ArchivedDisclosure)
            .where(ArchivedDisclosure.statement_hash.in_(some))
            .returning(ArchivedDisclosure.field)
        )
        gone += len(session.execute(archived, execution_options=_QUICK).all())
    return gone


def telling_of(hashes: Collection[str]) -> ColumnElement[bool]:
    """Return which mails tell of the statements `hashes`."""
    about: ColumnElement[str] = Task.payload["notification"]["about"].as_string()
    return about.in_(hashes)


def cancel_mails(session: Session, which: ColumnElement[bool], at: datetime) -> int:
    """Empty those mails of `which` that wait, or that never left; returns how many."""
    emptied = (
        update(Task)
        .where(Task.kind == notices.MAIL, or_(Task.done_at.is_(None), Task.state == "failed"), which)
        .values(payload={}, state=CANCELLED, done_at=at)
        .returning(Task.id)
    )
    return len(session.execute(emptied, execution_options=_QUICK).all())


def wait_for_mails(session: Session, people: Collection[str]) -> None:
    """Wait until no mail to `people` is being told, so that what is told of them is seen, or cancelled."""
    to_whom = Task.payload["notification"]["subject"].as_string()
    waiting = select(Task.id).where(Task.kind == notices.MAIL, Task.done_at.is_(None), to_whom.in_(people))
    session.execute(waiting.order_by(Task.id).with_for_update()).all()


def batches(hashes: Iterable[str]) -> Iterator[list[str]]:
    """Yield `hashes`, each once and sorted, `BATCH` at a time."""
    whole = sorted(set(hashes))
    for begin in range(0, len(whole), BATCH):
        yield whole[begin : begin + BATCH]


_QUICK = {"synchronize_session": False}


def _address_key(written: str) -> str | None:
    """Return what an address is compared by; None for what is none."""
    try:
        return normalise(written).key
    except InvalidAddressError:
        return None


def _at_domain(address: str) -> ColumnElement[bool]:
    """Return which rows may have the same address: those of its domain, whatever the case."""
    domain = normalise(address).written.rpartition("@")[2]
    return func.lower(ArchivedDisclosure.value).endswith(f"@{domain}", autoescape=True)


def _destroy_open(session: Session, hashes: Sequence[str]) -> int:
    gone = delete(Disclosure).where(Disclosure.statement_hash.in_(hashes)).returning(Disclosure.field)
    return len(session.execute(gone, execution_options=_QUICK).all())
