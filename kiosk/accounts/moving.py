"""Give an account another address, once somebody who knows its password proved to read it (P-24)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kiosk.accounts.addresses import EmailAddress
from kiosk.accounts.errors import AddressTakenError
from kiosk.accounts.models import Account, SignIn, Verification
from kiosk.accounts.services import Hasher, Person, Purpose, Randomness, Started, start_verification


def organisation_checked_at(session: Session, account_id: str) -> datetime | None:
    """Return when a directory confirmed the company of an account."""
    return session.scalar(select(Account.organisation_checked_at).where(Account.id == account_id))


def start(
    session: Session,
    person: Person,
    address: EmailAddress,
    *,
    at: datetime,
    randomness: Randomness,
    hasher: Hasher,
) -> Started:
    """Start to prove that `person` reads `address`; no code opens one that has an account already."""
    started = start_verification(
        session,
        publisher=person.publisher,
        service=person.service,
        purpose=Purpose.EMAIL,
        address=address,
        at=at,
        randomness=randomness,
        hasher=hasher,
    )
    session.execute(
        update(Verification).where(Verification.id == started.id).values(account_id=person.account_id)
    )
    return started


def move(session: Session, person: Person, verification_id: str, *, at: datetime) -> None:
    """Give the account of `person` the address just proved, and end every session of it.

    Raises `AddressTakenError` when another account took it meanwhile, or when somebody else asked for it;
    the caller rolls back. What was proved before keeps the address as it was.
    """
    row = session.get(Verification, verification_id, with_for_update=True)
    if row is None or row.account_id != person.account_id or row.used_at is not None:
        raise AddressTakenError(person.publisher)
    row.used_at = at
    try:
        with session.begin_nested():
            session.execute(
                update(Account)
                .where(Account.id == person.account_id)
                .values(email=row.email, email_key=row.email_key)
            )
    except IntegrityError as error:
        raise AddressTakenError(person.publisher) from error
    session.execute(delete(SignIn).where(SignIn.account_id == person.account_id))
