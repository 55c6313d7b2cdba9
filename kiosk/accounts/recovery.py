"""Give an account another address when its holder no longer reads the mailbox: same account, same proofs.

Two ways: the password and a recovery code, at once; or the publisher, two of whose staff approve, and who
waits `WAIT` while the former address may object. In both the new address is proved first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kiosk.accounts import recovery_codes, sessions
from kiosk.accounts.addresses import EmailAddress
from kiosk.accounts.errors import RecoveryOverError, SamePersonError, UnknownRecoveryError
from kiosk.accounts.models import Account, RecoveryRequest, Verification
from kiosk.accounts.services import Hasher, Purpose, Randomness
from kiosk.traces import services as traces
from kiosk.traces.services import Event

WAIT = timedelta(hours=72)
KEPT = timedelta(days=365)
"""How long a request is kept once it has ended, as traces are."""
UNPROVED = timedelta(hours=25)
"""How long one is kept whose new address was not proved."""
_FEW = 100
_QUICK = {"synchronize_session": False}


class Way(StrEnum):
    """How an account is recovered."""

    CODE = "code"
    PUBLISHER = "publisher"


class Outcome(StrEnum):
    """How a request ended."""

    DONE = "done"
    REFUSED = "refused"
    OBJECTED = "objected"
    """« Ce n’est pas moi », says the former address."""
    TAKEN = "taken"
    """The new address has an account since."""
    OVER = "over"
    """Another request gave the account its address first."""


@dataclass(frozen=True, slots=True)
class Changed:
    """An account whose address was changed."""

    account_id: str
    publisher: str
    former: str
    email: str


def ask(
    session: Session,
    *,
    publisher: str,
    account_id: str | None,
    way: Way,
    code_hash: str | None,
    verification_id: str,
    address: EmailAddress,
    words: str | None,
    at: datetime,
    randomness: Randomness,
) -> None:
    """Note what is asked, before the new address is proved; `account_id` is None when there is no account."""
    session.add(
        RecoveryRequest(
            id=randomness(16).hex(), publisher=publisher, account_id=account_id, way=way.value,
            code_hash=code_hash, verification_id=verification_id, email=address.written,
            email_key=address.key, words=words, asked_at=at,
        )
    )  # fmt: skip


def of_verification(session: Session, verification_id: str) -> RecoveryRequest:
    """Return what was asked with the proof of an address, locked; raises `RecoveryOverError` when over."""
    _lock_account(session, RecoveryRequest.verification_id == verification_id)
    asked = session.scalar(
        select(RecoveryRequest)
        .where(RecoveryRequest.verification_id == verification_id, RecoveryRequest.ended_at.is_(None))
        .with_for_update()
    )
    if asked is None:
        raise RecoveryOverError(verification_id)
    return asked


def change_by_code(session: Session, asked: RecoveryRequest, *, at: datetime) -> Changed:
    """Use the code and change the address, once; raises `RecoveryOverError`. The caller commits."""
    account = _account(session, asked)
    if account is None or asked.code_hash is None:
        raise RecoveryOverError(asked.id)
    if not recovery_codes.use(session, account.id, asked.code_hash):
        raise RecoveryOverError(asked.id)
    asked.proved_at = at
    changed = _change(session, asked, account, at)
    if changed is None:
        raise RecoveryOverError(asked.id)
    return changed


def submit(
    session: Session, asked: RecoveryRequest, *, at: datetime, randomness: Randomness, hasher: Hasher
) -> tuple[str, str] | None:
    """Put a request, its new address proved, before the publisher.

    Returns the former address and the secret that objects, to be mailed there; None when no account has that
    address: nobody is told.
    """
    account = _account(session, asked)
    asked.proved_at = at
    if account is None:
        session.delete(asked)
        return None
    secret = randomness(16).hex()
    asked.former = account.email
    asked.objection_hash = hasher("objection", secret)
    return account.email, secret


def objectable(session: Session, publisher: str, secret: str, *, hasher: Hasher) -> RecoveryRequest | None:
    """Return the open request that `secret` objects to, locked."""
    return session.scalar(
        select(RecoveryRequest)
        .where(
            RecoveryRequest.objection_hash == hasher("objection", secret),
            RecoveryRequest.publisher == publisher,
            RecoveryRequest.ended_at.is_(None),
        )
        .with_for_update()
    )


def end(asked: RecoveryRequest, outcome: Outcome, at: datetime) -> None:
    """Note how a request ended."""
    asked.outcome = outcome.value
    asked.ended_at = at


def register(session: Session) -> tuple[RecoveryRequest, ...]:
    """Return the requests that were put before publishers, open ones first, then the newest."""
    found = (
        select(RecoveryRequest)
        .where(RecoveryRequest.way == Way.PUBLISHER.value, RecoveryRequest.proved_at.is_not(None))
        .order_by(RecoveryRequest.ended_at.is_not(None), RecoveryRequest.proved_at.desc())
    )
    return tuple(session.scalars(found))


def get(session: Session, request_id: str) -> RecoveryRequest:
    """Return an open request, locked; raises `UnknownRecoveryError` or `RecoveryOverError`."""
    asked = session.get(RecoveryRequest, request_id, with_for_update=True)
    if asked is None or asked.way != Way.PUBLISHER.value or asked.proved_at is None:
        raise UnknownRecoveryError(f"aucune demande « {request_id} »")
    if asked.ended_at is not None:
        raise RecoveryOverError(f"la demande {request_id} a déjà pris fin ({asked.outcome})")
    return asked


def approve(session: Session, request_id: str, name: str, *, at: datetime) -> RecoveryRequest:
    """Note that somebody of the publisher's staff approves; the second is somebody else.

    Raises `SamePersonError`, `UnknownRecoveryError`, `RecoveryOverError`. The caller commits.
    """
    asked = get(session, request_id)
    if asked.approved_by is None:
        asked.approved_by, asked.approved_at = name, at
    elif _plain(asked.approved_by) == _plain(name):
        raise SamePersonError(f"{asked.approved_by} a déjà approuvé : il faut une seconde personne")
    elif asked.seconded_by is None:
        asked.seconded_by, asked.seconded_at = name, at
    else:
        raise RecoveryOverError(f"la demande {request_id} est déjà approuvée par deux personnes")
    return asked


def refuse(session: Session, request_id: str, name: str, reason: str, *, at: datetime) -> RecoveryRequest:
    """Refuse a request, for a reason that is told; raises as `approve` does. The caller commits."""
    asked = get(session, request_id)
    asked.refused_by, asked.reason = name, reason
    end(asked, Outcome.REFUSED, at)
    return asked


def due(session: Session, at: datetime) -> tuple[str, ...]:
    """Return the requests that two approved and whose wait is over."""
    return tuple(
        session.scalars(
            select(RecoveryRequest.id)
            .where(
                RecoveryRequest.ended_at.is_(None),
                RecoveryRequest.proved_at <= at - WAIT,
                RecoveryRequest.seconded_at.is_not(None),
            )
            .order_by(RecoveryRequest.proved_at, RecoveryRequest.id)
            .limit(_FEW)
        )
    )


def carry_out(session: Session, request_id: str, *, at: datetime) -> Changed | None:
    """Change the address as was approved; None when the new one has an account since, or another was quicker.

    The caller commits.
    """
    _lock_account(session, RecoveryRequest.id == request_id)
    asked = session.get(RecoveryRequest, request_id, with_for_update=True, populate_existing=True)
    if asked is None or asked.ended_at is not None:
        return None
    account = _account(session, asked)
    return None if account is None else _change(session, asked, account, at)


def forget(session: Session, at: datetime) -> None:
    """Delete requests that ended a year ago, and those whose new address was never proved. Caller commits."""
    session.execute(
        delete(RecoveryRequest).where(
            or_(
                RecoveryRequest.ended_at <= at - KEPT,
                RecoveryRequest.proved_at.is_(None) & (RecoveryRequest.asked_at <= at - UNPROVED),
            )
        ),
        execution_options=_QUICK,
    )


def _lock_account(session: Session, which: ColumnElement[bool]) -> None:
    """Lock the account of a request before the request: two requests of one account never wait in a ring."""
    session.execute(
        select(Account.id)
        .join(RecoveryRequest, RecoveryRequest.account_id == Account.id)
        .where(which)
        .with_for_update(of=Account)
    )


def _account(session: Session, asked: RecoveryRequest) -> Account | None:
    if asked.account_id is None:
        return None
    account = session.get(Account, asked.account_id, with_for_update=True, populate_existing=True)
    return account if account is not None and account.deactivated_at is None else None


def _change(session: Session, asked: RecoveryRequest, account: Account, at: datetime) -> Changed | None:
    """Change the address and end every session; None, and the request ended, when the address is taken."""
    former, former_key = account.email, account.email_key
    asked.former = former
    try:
        with session.begin_nested():
            session.execute(
                update(Account)
                .where(Account.id == account.id)
                .values(email=asked.email, email_key=asked.email_key),
                execution_options=_QUICK,
            )
    except IntegrityError:
        end(asked, Outcome.TAKEN, at)
        return None
    _end_ways(session, asked.publisher, former_key)
    sessions.end_all(session, account.id)
    end(asked, Outcome.DONE, at)
    session.flush()
    session.execute(
        update(RecoveryRequest)
        .where(RecoveryRequest.account_id == account.id, RecoveryRequest.ended_at.is_(None))
        .values(outcome=Outcome.OVER.value, ended_at=at),
        execution_options=_QUICK,
    )
    return Changed(account.id, asked.publisher, former, asked.email)


def _end_ways(session: Session, publisher: str, email_key: str) -> None:
    """End the ways to a new password that the former address was sent."""
    session.execute(
        delete(Verification).where(
            Verification.publisher == publisher,
            Verification.email_key == email_key,
            Verification.purpose == Purpose.PASSWORD.value,
        ),
        execution_options=_QUICK,
    )


def leave_trace(session: Session, changed: Changed, at: datetime, randomness: Randomness) -> None:
    """Leave a trace of a change of address; the caller commits."""
    traces.leave(session, changed.account_id, Event.ADDRESS_CHANGED, at, randomness)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
