"""What an officer does with people's accounts: look, list, close, open; each with a reason, recorded."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.acceptance.models import Subject
from kiosk.accounts import closures, sessions
from kiosk.accounts.models import Account
from kiosk.administration import people
from kiosk.administration.errors import BadDateError, UnchangedError, UnknownAccountError
from kiosk.administration.people import Found, Known, State
from kiosk.ledger import administration
from kiosk.ledger.administration import Deed, Means
from kiosk.proof.commitment import SALT_BYTES
from kiosk.staff import criteria, records
from kiosk.staff.brake import again
from kiosk.staff.errors import TooManyError
from kiosk.staff.models import OfficerRecord
from kiosk.staff.officers import Person, let_act
from kiosk.staff.records import Act, keep_words
from kiosk.staff.roles import Role

Randomness = Callable[[int], bytes]

MAX_REASON = 500
HOURLY = 120
"""Looks and searches of one officer: who answers people needs some, who reads them all needs thousands."""
_WINDOW = timedelta(hours=1)
_LOOKS = (Act.SEARCHED.value, Act.LOOKED.value, Act.LISTED.value)


def search(
    session: Session,
    officer: Person,
    services: Collection[str],
    text: str,
    *,
    reason: str,
    at: datetime,
    randomness: Randomness,
) -> str | None:
    """Return the account that has exactly the address `text`, once the search is written down.

    Raises `OfficerError`, `TooManyError`, `AtOnceError`. The caller commits before it shows anything.
    """
    _let_look(session, officer, services, at)
    key = criteria.address(text)
    found = people.by_address(session, officer.publisher, key, services) if key else None
    salt = randomness(SALT_BYTES)
    sequence = records.note_search(
        session, officer, text, criteria.criterion(text), int(found is not None), at, salt
    )
    keep_words(session, officer, sequence, found, reason)
    return found


def look(
    session: Session,
    officer: Person,
    services: Collection[str],
    account_id: str,
    *,
    reason: str,
    at: datetime,
) -> Known:
    """Return an account, once it is written down who looked at it and why.

    `services` are those where the officer may. Raises `UnknownAccountError` and as `search`.
    """
    _let_look(session, officer, services, at)
    found = people.get(session, officer.publisher, account_id, services)
    keep_words(session, officer, records.note(session, officer, Act.LOOKED, at), account_id, reason)
    return found


def listed(
    session: Session,
    officer: Person,
    service: str,
    version_id: int,
    states: Collection[State],
    *,
    after: str,
    reason: str,
    at: datetime,
) -> list[Found]:
    """Return a page of people by name, once it is written down who asked and why. Raises as `search`."""
    _let_look(session, officer, (service,), at)
    found = people.page(session, officer.publisher, service, version_id, states, after)
    keep_words(session, officer, records.note(session, officer, Act.LISTED, at), None, reason)
    return found


def deactivate(
    session: Session, officer: Person, account_id: str, *, reason: str, means: Means, at: datetime
) -> Account:
    """Close an account: its sessions die in this transaction, nothing is deleted (P-33). The caller commits.

    Raises `OfficerError`, `UnknownAccountError`, `UnchangedError`.
    """
    account = _locked(session, officer, account_id, at)
    if account.deactivated_at is not None:
        raise UnchangedError("Ce compte est déjà désactivé.")
    account.deactivated_at = at
    sessions.end_all(session, account_id)
    _write(session, means, officer, Act.DEACTIVATED, reason, at, account=account)
    return account


def reactivate(
    session: Session, officer: Person, account_id: str, *, reason: str, means: Means, at: datetime
) -> Account:
    """Open again an account that was closed; its holder signs in as before. Raises as `deactivate`."""
    account = _locked(session, officer, account_id, at)
    if account.deactivated_at is None:
        raise UnchangedError("Ce compte n’est pas désactivé.")
    account.deactivated_at = None
    _write(session, means, officer, Act.REACTIVATED, reason, at, account=account)
    return account


def close_services(
    session: Session,
    officer: Person,
    services: Collection[str],
    *,
    until: datetime | None,
    reason: str,
    means: Means,
    at: datetime,
) -> None:
    """Close services from the commit on, until an instant or until somebody opens them. The caller commits.

    Raises `OfficerError`, `BadDateError`, `AtOnceError`.
    """
    let_act(session, officer, Role.SUPPORT, at, services)
    if until is not None and until <= at:
        raise BadDateError("La réouverture doit être à venir.")
    closures.close(session, officer.publisher, services, until)
    _write(session, means, officer, Act.SERVICE_CLOSED, reason, at, services=services, until=until)


def open_services(
    session: Session,
    officer: Person,
    services: Collection[str],
    *,
    reason: str,
    means: Means,
    at: datetime,
) -> None:
    """Open services again, from the commit on. Raises `OfficerError`, `AtOnceError`. The caller commits."""
    let_act(session, officer, Role.SUPPORT, at, services)
    closures.reopen(session, officer.publisher, services)
    _write(session, means, officer, Act.SERVICE_OPENED, reason, at, services=services)


def _write(
    session: Session,
    means: Means,
    officer: Person,
    act: Act,
    reason: str,
    at: datetime,
    *,
    account: Account | None = None,
    services: Collection[str] = (),
    until: datetime | None = None,
) -> None:
    """Write down what an officer did, the reason apart, and have the ledger seal it."""
    sequence = records.note(session, officer, act, at)
    account_id = account.id if account else None
    keep_words(session, officer, sequence, account_id, reason)
    deed = Deed(
        administration.Act(act.value), officer.publisher, records.record_of(officer.id, sequence),
        tuple(services), reason, until=until, account_id=account_id,
        subject_id=_subject(session, means, account.id) if account else None,
    )  # fmt: skip
    administration.record(session, means, officer, deed, at)


def _subject(session: Session, means: Means, account_id: str) -> str:
    """Return what statements about an account carry, drawn now for who decided nothing; it is locked."""
    found = session.scalar(select(Subject.id).where(Subject.account_id == account_id))
    if found is None:
        found = means.randomness(16).hex()
        session.add(Subject(id=found, account_id=account_id))
        session.flush()
    return found


def _locked(session: Session, officer: Person, account_id: str, at: datetime) -> Account:
    """Return an account of the officer's publisher, locked: it opens every service, and so asks for all."""
    let_act(session, officer, Role.SUPPORT, at)
    found = session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if found is None or found.publisher != officer.publisher:
        raise UnknownAccountError(account_id)
    return found


def _let_look(session: Session, officer: Person, services: Collection[str], at: datetime) -> None:
    let_act(session, officer, Role.SUPPORT, at, services)
    since = OfficerRecord.officer_id == officer.id, OfficerRecord.at > at - _WINDOW
    times = select(func.count(), func.min(OfficerRecord.at)).where(*since, OfficerRecord.act.in_(_LOOKS))
    count, first = session.execute(times).one()
    if count >= HOURLY:
        until = first + _WINDOW
        raise TooManyError(
            f"Vous avez consulté {count} fois des personnes en une heure, le plus qui soit permis."
            f" {again(until)}",
            until,
        )
