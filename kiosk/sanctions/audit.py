"""What an audit checks of measures: acts are what their statements say, and accounts carry what lasts."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.acceptance.models import Subject
from kiosk.accounts.models import Account
from kiosk.db import table
from kiosk.ledger.deviations import ABSENT, DeviationError
from kiosk.ledger.models import StatementRow
from kiosk.ledger.rows import stream
from kiosk.proof import statement
from kiosk.proof.statement import Kind
from kiosk.sanctions import words
from kiosk.sanctions.models import SanctionAct
from kiosk.sanctions.policy import Ground, Measure
from kiosk.sanctions.recording import standings

_NAME = "sanction_act"


def audit(session: Session, statements: Mapping[str, int]) -> int:
    """Check each act, in `session` opened by `rows.snapshot`, and what accounts carry; returns how many acts.

    `statements` is how many statements of each kind the ledger holds: those of sanctions have each their act.
    Acts of a procedure are numbered from 1 without a gap. Raises `DeviationError`.
    """
    held, said = table(SanctionAct), table(StatementRow)
    rows = stream(
        session,
        select(held, said.c.body, said.c.kind)
        .select_from(held.outerjoin(said, said.c.hash == held.c.statement_hash))
        .order_by(held.c.procedure_id, held.c.sequence),
    )
    count = 0
    for _, group in groupby(rows, lambda row: row.procedure_id):
        for place, row in enumerate(group, start=1):
            if row.sequence != place:
                raise DeviationError(_NAME, f"({row.procedure_id}, {place})", "un acte", ABSENT)
            _refuse_other(row)
            count += 1
    if count != statements.get(Kind.SANCTION, 0):
        raise DeviationError(_NAME, "…", f"{statements.get(Kind.SANCTION, 0)} acte(s)", count)
    _audit_accounts(session)
    return count


def _refuse_other(row: Any) -> None:
    said = statement.parse(row.body).members if row.body and row.kind == Kind.SANCTION else {}
    expected = {
        "id": row.id,
        "subject": row.subject_id,
        "act": row.act,
        "provision": row.provision,
        "measure": words.measure_on(Measure(row.measure), row.right_name, Ground(row.ground)),
        "at": statement.instant(row.at),
        "until": row.until and statement.instant(row.until),
        "answer_by": row.answer_by and statement.instant(row.answer_by),
        "decided_by": row.function,
    }
    found = {name: said.get(name) for name in expected}
    document = said.get("document") or {}
    expected |= {"service": row.service, "terms": row.terms}
    found |= {"service": document.get("service"), "terms": document.get("terms")}
    for name, value in expected.items():
        if found[name] != value:
            raise DeviationError(_NAME, row.id, f"{name} {found[name] or ABSENT}", value or ABSENT)


def _audit_accounts(session: Session) -> None:
    """Check that each account carries the measures that its acts leave, and no other.

    But for those of a former account of the same address, that its holder deleted (`kiosk.accounts.barred`).
    """
    concerned = select(SanctionAct.subject_id)
    rows = session.execute(
        select(Account.id, Account.measures, Subject.id.label("subject_id"))
        .outerjoin(Subject, Subject.account_id == Account.id)
        .where(Account.measures.is_not(None) | Subject.id.in_(concerned))
        .order_by(Account.id)
    ).all()
    for row in rows:
        expected = [one.written() for one in standings(session, row.subject_id or "")]
        held = [one for one in row.measures or [] if one in expected or not _outlives(session, one)]
        if held != expected:
            raise DeviationError("account", row.id, f"{len(expected)} mesure(s) qui durent", "d’autres")


def _outlives(session: Session, measure: Mapping[str, str | None]) -> bool:
    """Whether a measure lasts of a procedure whose account is gone."""
    subject_id = session.scalar(
        select(SanctionAct.subject_id)
        .outerjoin(Subject, Subject.id == SanctionAct.subject_id)
        .where(SanctionAct.procedure_id == measure["procedure"], Subject.id.is_(None))
        .limit(1)
    )
    return subject_id is not None and measure in [one.written() for one in standings(session, subject_id)]
