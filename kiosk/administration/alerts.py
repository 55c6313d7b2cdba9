"""Tell everybody of a publisher or a service of a breach: one officer writes, another confirms, then a hold.

It goes through the accounts in steps, as the notice of a publication does: each step and how far it went are
one transaction, so that whoever stops it in the middle loses nobody and writes to nobody twice (O-49).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import metadata_hash
from kiosk.accounts.models import Account
from kiosk.administration import people
from kiosk.administration.errors import SameOfficerError, UnchangedError, UnknownNoticeError
from kiosk.administration.models import SecurityNotice
from kiosk.clock import Clock
from kiosk.db import reading, writing
from kiosk.ledger import administration
from kiosk.ledger.administration import Deed, Means
from kiosk.notices import services
from kiosk.notices.services import MailAsked
from kiosk.staff import records
from kiosk.staff.officers import Person, let_act
from kiosk.staff.records import Act
from kiosk.staff.roles import Role

MAX_SUBJECT, MAX_BODY = 150, 5000
BATCH = 200
SHOWN = 20
_LEFT = ("done", "delivered-to-server")


@dataclass(frozen=True, slots=True)
class Standing:
    """A notice, and what became of its mails."""

    notice: SecurityNotice
    left: int
    waiting: int
    refused: int


def write(
    session: Session,
    officer: Person,
    subject: str,
    body: str,
    *,
    service: str | None = None,
    means: Means,
    at: datetime,
) -> str:
    """Keep a notice that another officer may confirm; returns its identifier. Raises `OfficerError`.

    It is for the people of `service`, or for everybody of the publisher, who writes for all its services.
    """
    let_act(session, officer, Role.SUPPORT, at, (service,) if service else None)
    notice_id = means.randomness(16).hex()
    held = SecurityNotice(
        id=notice_id, publisher=officer.publisher, service=service, subject=subject, body=body,
        officer_id=officer.id, function=officer.function, written_at=at,
    )  # fmt: skip
    session.add(held)
    _write(session, means, officer, Act.NOTICE_WRITTEN, held, at)
    return notice_id


def confirm(
    session: Session, officer: Person, notice_id: str, *, hold: timedelta, means: Means, at: datetime
) -> None:
    """Have a notice sent once `hold` has passed. The caller commits.

    Raises `OfficerError`, `UnknownNoticeError`, `SameOfficerError` for who wrote it, `UnchangedError`.
    """
    held = _locked(session, officer, notice_id, at)
    if held.officer_id == officer.id:
        raise SameOfficerError("Vous avez écrit cet avis : une autre personne doit le confirmer.")
    if held.confirmed_at is not None or held.stopped_at is not None:
        raise UnchangedError("Cet avis est déjà confirmé, ou arrêté.")
    held.confirmed_by, held.confirmed_function, held.confirmed_at = officer.id, officer.function, at
    held.not_before = at + hold
    key, payload = key_of(notice_id), {"notice_id": notice_id}
    services.enqueue(session, services.ALERT, key, payload, at, due_at=held.not_before)
    _write(session, means, officer, Act.NOTICE_CONFIRMED, held, at)


def stop(session: Session, officer: Person, notice_id: str, *, means: Means, at: datetime) -> int:
    """Keep back what has not left of a notice; returns how many mails. Raises as `confirm`."""
    held = _locked(session, officer, notice_id, at)
    if held.stopped_at is not None:
        raise UnchangedError("Cet avis est déjà arrêté.")
    held.stopped_at = at
    _write(session, means, officer, Act.NOTICE_STOPPED, held, at)
    return services.stop(session, key_of(notice_id), key_of(notice_id))


def hash_of(notice: SecurityNotice) -> str:
    """Return the hash by which the ledger names a notice (kiosk/proof/README.md, « administration »)."""
    said = {name: getattr(notice, name) for name in ("id", "publisher", "service", "subject", "body")}
    return metadata_hash(said)


def _write(
    session: Session, means: Means, officer: Person, act: Act, notice: SecurityNotice, at: datetime
) -> None:
    """Write down what an officer did with a notice, and have the ledger seal it."""
    sequence = records.note(session, officer, act, at)
    deed = Deed(
        administration.Act(act.value), notice.publisher, records.record_of(officer.id, sequence),
        (notice.service,) if notice.service else (), about=hash_of(notice),
    )  # fmt: skip
    administration.record(session, means, officer, deed, at)


def latest(session: Session, publisher: str) -> list[Standing]:
    """Return the notices of a publisher, newest first, `SHOWN` at most."""
    found = session.scalars(
        select(SecurityNotice)
        .where(SecurityNotice.publisher == publisher)
        .order_by(SecurityNotice.written_at.desc(), SecurityNotice.id)
        .limit(SHOWN)
    ).all()
    mails = services.states(session, [key_of(one.id) for one in found])
    return [_standing(one, mails[key_of(one.id)]) for one in found]


def tell(engine: Engine, clock: Clock, notice_id: str, stopped: Callable[[], bool]) -> bool:
    """Ask for the mails of a notice, step by step; returns whether some accounts are left to look at.

    It gives way to whatever else is due, and ends when `stopped`.
    """
    more = True
    while more:
        with writing(engine) as session:
            more = spread(session, notice_id, clock())
        with reading(engine) as session:
            if more and (stopped() or services.is_due(session, clock())):
                return True
    return False


def spread(session: Session, notice_id: str, at: datetime, batch: int = BATCH) -> bool:
    """Ask for the mails of the next `batch` accounts, and move on; returns whether some are left.

    Accounts that are deactivated are told too: a breach concerns what is kept of them. The caller commits.
    """
    held = session.get(SecurityNotice, notice_id, with_for_update=True, populate_existing=True)
    if held is None or held.confirmed_at is None or held.stopped_at is not None or held.ended_at is not None:
        return False
    rows = session.execute(
        select(Account.id, Account.email, people.is_of(held.service).label("concerned"))
        .where(Account.publisher == held.publisher, Account.id > held.cursor)
        .order_by(Account.id)
        .limit(batch)
    ).all()
    mailing = key_of(notice_id)
    mails: list[MailAsked] = [
        {
            "key": f"{mailing}:{row.id}", "to": row.email, "subject": held.subject, "body": held.body,
            "at": at, "publisher": held.publisher,
        }
        for row in rows
        if row.concerned
    ]  # fmt: skip
    held.told += services.enqueue_mailing(session, mailing, mails)
    if len(rows) < batch:
        held.ended_at, held.cursor = at, ""
        return False
    held.cursor = rows[-1].id
    return True


def key_of(notice_id: str) -> str:
    """Return what names the task that goes through the accounts, and its mailing."""
    return f"{services.ALERT}:{notice_id}"


def _locked(session: Session, officer: Person, notice_id: str, at: datetime) -> SecurityNotice:
    let_act(session, officer, Role.SUPPORT, at, ())
    found = session.get(SecurityNotice, notice_id, with_for_update=True, populate_existing=True)
    if found is None or found.publisher != officer.publisher:
        raise UnknownNoticeError(notice_id)
    let_act(session, officer, Role.SUPPORT, at, (found.service,) if found.service else None)
    return found


def _standing(notice: SecurityNotice, mails: dict[str, int]) -> Standing:
    waiting = mails.get(services.WAITING, 0) + mails.get(services.STOPPED, 0)
    return Standing(notice, sum(mails.get(one, 0) for one in _LEFT), waiting, mails.get("failed", 0))
