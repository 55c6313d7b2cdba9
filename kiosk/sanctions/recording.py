"""Write one act down: its statement, its row, its letter, and what the account may not do from now on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kiosk.accounts.models import Account
from kiosk.ledger import administration
from kiosk.ledger import services as ledger
from kiosk.ledger.administration import Deed, Means
from kiosk.proof import statement as statements
from kiosk.proof.commitment import SALT_BYTES, Opening
from kiosk.retention.erasures import Office
from kiosk.sanctions import letters, words
from kiosk.sanctions.models import SanctionAct
from kiosk.sanctions.policy import Done, Ground, Measure, Standing, lasting
from kiosk.sanctions.register import Procedure
from kiosk.staff import records
from kiosk.staff.officers import Person
from kiosk.texts.models import PublishedVersion
from kiosk.texts.naming import document


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts for the publisher, already let in: statements say the function, never the name."""

    id: str
    function: str
    name: str | None = None
    """In the letter alone, of a public body, which must tell who decides (CRPA, L. 212-1)."""


@dataclass(frozen=True, slots=True)
class Case:
    """A person, locked, and what binds them."""

    account: Account
    subject_id: str
    version: PublishedVersion
    procedure_id: str
    provision: str
    before: Procedure | None = None


def record(
    session: Session,
    office: Office,
    case: Case,
    done: Done,
    said: Mapping[str, str],
    at: datetime,
    *,
    ground: str,
    about: str | None = None,
    author: Author | None = None,
    function: str | None = None,
    remedy: str | None = None,
    days: int | None = None,
    reached_on: date | None = None,
    form_id: str | None = None,
) -> SanctionAct:
    """Write one act of `case` down; `said` are the words that its statement commits to, by field."""
    words_of = {"account": case.account.id, **said}
    openings = tuple(
        Opening(field, office.randomness(SALT_BYTES), value) for field, value in sorted(words_of.items())
    )
    act_id = office.randomness(16).hex()
    members: dict[str, Any] = {
        "id": act_id,
        "subject": case.subject_id,
        "act": done.act.value,
        "about": about,
        "document": document(case.version),
        "provision": case.provision,
        "measure": words.measure_on(done.measure, done.right, Ground(ground)),
        "until": statements.instant(done.until) if done.until else None,
        "answer_by": statements.instant(done.answer_by) if done.answer_by else None,
        "decided_by": function,
        "remedy": remedy,
    }
    made = statements.make(statements.Kind.SANCTION, office.environment, at, members, openings)
    row = SanctionAct(
        id=act_id,
        procedure_id=case.procedure_id,
        sequence=len(case.before.acts) + 1 if case.before else 1,
        publisher=case.account.publisher,
        subject_id=case.subject_id,
        service=case.version.service,
        terms=case.version.terms,
        version_id=case.version.id,
        provision=case.provision,
        act=done.act.value,
        measure=done.measure.value,
        right=done.right,
        ground=ground,
        until=done.until,
        answer_by=done.answer_by,
        days=days,
        reached_on=reached_on,
        officer_id=author.id if author else None,
        function=function,
        at=at,
        form_id=form_id,
        statement_hash=ledger.record(session, made, openings, at),
    )
    session.add(row)
    session.flush()
    letters.send(
        session, row, to=case.account.email, office=office, version=case.version, said=dict(said),
        remedy=remedy, author=f"{author.name}, {author.function}" if author and author.name else None,
    )  # fmt: skip
    _close_what_lasts(session, case)
    return row


def record_release(session: Session, means: Means, officer: Person, procedure_id: str, at: datetime) -> None:
    """Write down, and have the ledger seal, that what outlived the account of a procedure is lifted."""
    last = session.execute(
        select(SanctionAct.statement_hash, SanctionAct.service)
        .where(SanctionAct.procedure_id == procedure_id)
        .order_by(SanctionAct.sequence.desc())
        .limit(1)
    ).one()
    sequence = records.note(session, officer, records.Act.MEASURE_RELEASED, at)
    deed = Deed(
        administration.Act.MEASURE_RELEASED, officer.publisher, records.record_of(officer.id, sequence),
        (last.service,), about=last.statement_hash,
    )  # fmt: skip
    administration.record(session, means, officer, deed, at)


def standings(session: Session, subject_id: str) -> list[Standing]:
    """Return the measures that last about a person, those that reached their date included."""
    rows = session.scalars(
        select(SanctionAct)
        .where(SanctionAct.subject_id == subject_id)
        .order_by(SanctionAct.procedure_id, SanctionAct.sequence)
    )
    found = []
    for procedure_id, group in groupby(rows, lambda row: row.procedure_id):
        held = Procedure(procedure_id, "", tuple(group), {})
        if lasting(held.done) is not None:
            last = held.last
            found.append(
                Standing(procedure_id, last.service, Measure(last.measure), last.right, last.until, last.at)
            )
    return found


def _close_what_lasts(session: Session, case: Case) -> None:
    """Let the account carry the measures that last: every request knows them, in every process.

    So it does those of a former account of the same address (`kiosk.accounts.barred`).
    """
    own = set(
        session.scalars(select(SanctionAct.procedure_id).where(SanctionAct.subject_id == case.subject_id))
    )
    carried = [one for one in case.account.measures or () if one["procedure"] not in own]
    session.execute(
        update(Account)
        .where(Account.id == case.account.id)
        .values(measures=[*carried, *(one.written() for one in standings(session, case.subject_id))] or None)
        .execution_options(synchronize_session=False)
    )
