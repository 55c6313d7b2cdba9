"""Find in every table the rows of one person, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session

from kiosk.accounts.models import Account, IncidentWords
from kiosk.db import Base
from kiosk.ledger import services as ledger
from kiosk.proof.commitment import Opening
from kiosk.retention.services import statements_about, subject_of
from kiosk.space.holdings import HOLDINGS, Link

_AT_A_TIME = 200
"""Rows of the database, and hashes in one question."""

COLLEAGUE = "officer"
"""The field of a statement that tells who acted, by their number: it is not handed over, as elsewhere."""

Row = Mapping[str, Any]
"""What a row holds, by column."""


@dataclass(frozen=True, slots=True)
class Who:
    """The person, by all that rows name them with."""

    account_id: str
    publisher: str
    email: str
    email_key: str
    subject_id: str | None
    """None: they never decided."""
    statements: tuple[str, ...]
    """Hashes of the statements about them, sorted."""


def who(session: Session, account_id: str) -> Who:
    """Return the person of an open account."""
    account = session.get_one(Account, account_id)
    subject_id = subject_of(session, account_id)
    about = statements_about(session, subject_id) if subject_id else ()
    return Who(
        account_id, account.publisher, account.email, account.email_key, subject_id,
        tuple(one.statement_hash for one in about),
    )  # fmt: skip


def openings(session: Session, statement_hash: str) -> tuple[Opening, ...]:
    """Return what opens the fields of a statement about a person, those that are handed over."""
    return tuple(one for one in ledger.disclosures(session, statement_hash) if one.field != COLLEAGUE)


def rows(session: Session, name: str, person: Who) -> Iterator[Row]:
    """Yield what the table `name` holds of a person, the columns that are handed over, in order of key."""
    holding, held = HOLDINGS[name], Base.metadata.tables[name]
    wanted = select(*(held.c[column] for column in holding.columns)).order_by(*held.primary_key)
    for which in _which(held, holding.link, person):
        for row in session.execute(wanted.where(which), execution_options={"yield_per": _AT_A_TIME}):
            yield dict(zip(holding.columns, row, strict=True))


def _which(held: Table, link: Link, person: Who) -> Iterator[ColumnElement[bool]]:
    match link:
        case Link.ACCOUNT:
            yield held.c["id" if held.name == "account" else "account_id"] == person.account_id
        case Link.SUBJECT:
            if person.subject_id is not None:
                yield held.c.subject_id == person.subject_id
        case Link.STATEMENT:
            for some in _batches(person.statements):
                own: ColumnElement[bool] = held.c.statement_hash.in_(some)
                yield own & (held.c.field != COLLEAGUE) if held.name == "disclosure" else own
        case Link.REPORT:
            yield held.c.id.in_(
                select(IncidentWords.report_id).where(IncidentWords.account_id == person.account_id)
            )
        case Link.ADDRESS:
            yield _of_address(held, person)


def _of_address(held: Table, person: Who) -> ColumnElement[bool]:
    if held.name == "task":
        to, publisher = (held.c.payload[name].as_string() for name in ("to", "publisher"))
        mine: ColumnElement[bool] = (to == person.email) & (publisher == person.publisher)
        return mine
    its_own: ColumnElement[bool] = (held.c.publisher == person.publisher) & (
        held.c.email_key == person.email_key
    )
    return its_own | (held.c.account_id == person.account_id)


def _batches(hashes: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(hashes), _AT_A_TIME):
        yield hashes[start : start + _AT_A_TIME]
