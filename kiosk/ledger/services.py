"""Write statements down for ever, and find them again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.db import Row, insert_all
from kiosk.ledger.errors import OpeningsError, UnknownStatementError
from kiosk.ledger.models import Disclosure, Pending, StatementRow
from kiosk.proof.commitment import Opening
from kiosk.proof.receipt import MAX_VALUE_CHARACTERS
from kiosk.proof.statement import Statement, parse


def record(session: Session, statement: Statement, openings: tuple[Opening, ...], at: datetime) -> str:
    """Write `statement` down, to be sealed, and apart from it what opens its personal fields.

    Returns its hash. Raises `OpeningsError` unless `openings` open exactly the commitments of the statement.
    """
    insert_all(session, rows(statement, openings, at))
    return statement.hash


def rows(statement: Statement, openings: tuple[Opening, ...], at: datetime) -> list[Row]:
    """Return the rows that `record` writes, for who writes others with them; raises as it does."""
    _check(statement, openings)
    digest = statement.hash
    return [
        Row(
            StatementRow,
            {"hash": digest, "kind": statement.members["kind"], "body": statement.body, "recorded_at": at},
        ),
        Row(Pending, {"statement_hash": digest}),
        *(
            Row(
                Disclosure,
                {"statement_hash": digest, "field": one.field, "salt": one.salt, "value": one.value},
            )
            for one in openings
        ),
    ]


def get(session: Session, statement_hash: str) -> Statement:
    """Return the statement of this hash; raises `UnknownStatementError`."""
    body = session.scalar(select(StatementRow.body).where(StatementRow.hash == statement_hash))
    if body is None:
        raise UnknownStatementError(f"Aucun enregistrement n’a l’empreinte {statement_hash}.")
    return parse(body)


def disclosures(session: Session, statement_hash: str) -> tuple[Opening, ...]:
    """Return what opens the personal fields of a statement; empty once it was destroyed."""
    rows = session.scalars(
        select(Disclosure).where(Disclosure.statement_hash == statement_hash).order_by(Disclosure.field)
    )
    return tuple(Opening(row.field, row.salt, row.value) for row in rows)


def _check(statement: Statement, openings: tuple[Opening, ...]) -> None:
    if {one.field: one.commitment for one in openings} != dict(statement.commitments):
        raise OpeningsError("The openings given do not open the commitments of the statement, each once.")
    for one in openings:
        if len(one.value) > MAX_VALUE_CHARACTERS:
            raise OpeningsError(
                f"Field {one.field!r}: at most {MAX_VALUE_CHARACTERS} characters expected,"
                f" {len(one.value)} found."
            )
