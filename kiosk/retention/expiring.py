"""What the worker does by itself: terms that passed, accounts that nobody uses, what served its time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, func, or_, select, update
from sqlalchemy.orm import Session

from kiosk.acceptance.asking import lock_account
from kiosk.acceptance.errors import AccountClosedError
from kiosk.acceptance.models import ReceiptCode, Subject
from kiosk.acceptance.representatives import forget_expired
from kiosk.accounts import barred
from kiosk.accounts.models import Account
from kiosk.clock import Clock
from kiosk.db import writing
from kiosk.ledger.models import Disclosure
from kiosk.notices import services as notices
from kiosk.notices.models import Task
from kiosk.retention import archive, erasures, holds, letters
from kiosk.retention.answering import restricted, standing
from kiosk.retention.erasures import DESTROYING, Act, Office
from kiosk.retention.models import ArchivedDisclosure, LegalHold, RightsRequest
from kiosk.retention.services import close_account, linking, statements_about
from kiosk.retention.terms import WARNED_BEFORE, kept_years, unused_years, years_after

UNDELIVERED_KEPT = timedelta(days=30)
"""How long the address of a mail that could not leave is kept, for somebody to look at why."""
_FEW = 200
"""Accounts handled in one transaction: others write meanwhile."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was done."""

    destroyed: int
    """Statements whose salts and values are destroyed."""
    warned: int
    """Holders of an unused account who were warned."""
    closed: int
    """Unused accounts that were deleted."""

    @property
    def anything(self) -> bool:
        """Whether there was something to do."""
        return self.destroyed + self.warned + self.closed > 0


def keep_terms(engine: Engine, office: Office, clock: Clock, *, stopped: Callable[[], bool]) -> Kept:
    """Do all that is due, a transaction at a time, until nothing is left or `stopped`."""

    def each(work: Callable[[Session, Office, datetime], int]) -> int:
        done = 0
        while not stopped():
            with writing(engine) as session:
                some = work(session, office, clock())
            if not some:
                break
            done += some
        return done

    with writing(engine) as session:
        set_apart_late(session, office, clock())
    kept = Kept(destroyed=each(destroy_ended), closed=each(close_unused), warned=each(warn_unused))
    with writing(engine) as session:
        forget_served(session, clock())
    return kept


def set_apart_late(session: Session, office: Office, at: datetime) -> int:
    """Move to the archive what was said of people once their account was gone; returns how many statements.

    A mail that was on its way when the account was deleted is told in a statement once it is handed over. It
    ends with the rest of what is kept of the person; at once, when it was destroyed; and after the term of
    its service when a receipt was handed back and nothing else is kept: from the deletion of the account, as
    the ledger says it, or from now. The caller commits.
    """
    moved = 0
    for one in linking():
        late = session.execute(
            select(one.c.statement_hash, one.c.subject_id)
            .where(
                one.c.subject_id.not_in(select(Subject.id)),
                one.c.statement_hash.in_(select(Disclosure.statement_hash)),
            )
            .order_by(one.c.statement_hash)
        ).all()
        for digest, subject_id in late:
            whole = statements_about(session, subject_id)
            service = next(found.service for found in whole if found.statement_hash == digest)
            rest = archive.newest(session, subject_id)
            if rest is not None:
                ends_at = rest.ends_at
            else:
                acts = erasures.among(session, [found.statement_hash for found in whole])
                left_at = min((one.at for one in acts), default=at)
                destroyed = any(one.act in DESTROYING for one in acts)
                ends_at = at if destroyed else years_after(left_at, kept_years(office.services, service))
            about = office.services.get(service or "")
            publisher = about.publisher.slug if about else ""
            archive.move(
                session, [digest], subject_id=subject_id, publisher=rest.publisher if rest else publisher,
                service=service, at=at, ends_at=ends_at,
            )  # fmt: skip
        moved += len(late)
    return moved


def destroy_ended(session: Session, office: Office, at: datetime) -> int:
    """Destroy salts and values of statements whose term passed and no hold covers, and say so in the ledger.

    Returns how many statements, `archive.BATCH` at most. The caller commits.
    """
    held = ArchivedDisclosure
    over = (held.ends_at <= at) & ~holds.covering(held.subject_id, held.service, at)
    hashes = session.scalars(
        select(held.statement_hash).where(over).distinct().order_by(held.statement_hash).limit(archive.BATCH)
    ).all()
    if hashes:
        archive.destroy(session, hashes, at)
        erasures.record(session, Act.TERM, hashes, office, at)
    return len(hashes)


def close_unused(session: Session, office: Office, at: datetime) -> int:
    """Delete accounts that nobody used for the years their publisher says, and that were warned in time.

    Returns how many, `_FEW` at most. The caller commits.
    """
    warned = Account.unused_warned_at <= at - WARNED_BEFORE
    closed = 0
    for account_id in _unused(session, office, at, warned):
        account = _locked(session, account_id)
        if account is None or account.unused_warned_at is None:
            continue  # deleted, or used again, a moment ago
        close_account(session, account_id, office, at, told="unused_closed")
        closed += 1
    return closed


def warn_unused(session: Session, office: Office, at: datetime) -> int:
    """Warn those whose account will be deleted, `WARNED_BEFORE` ahead; returns how many, `_FEW` at most."""
    warned = 0
    for account_id in _unused(session, office, at + WARNED_BEFORE, Account.unused_warned_at.is_(None)):
        account = _locked(session, account_id)
        if account is None:
            continue
        letters.send(
            session, "unused", key=f"unused:{account.id}:{at.isoformat()}", to=account.email, office=office,
            publisher=account.publisher, at=at, seen_at=account.last_signed_in_at or account.created_at,
            ends_at=max(unused_on(account, office), at + WARNED_BEFORE),
        )  # fmt: skip
        session.execute(
            update(Account)
            .where(Account.id == account.id)
            .values(unused_warned_at=at)
            .execution_options(synchronize_session=False)
        )
        warned += 1
    return warned


def unused_on(account: Account, office: Office) -> datetime:
    """Return when an account that is not used again has been unused for long enough to be deleted."""
    years = unused_years(office.services, account.publisher)
    return years_after(account.last_signed_in_at or account.created_at, years)


def forget_served(session: Session, at: datetime) -> None:
    """Delete decided requests whose term passed, holds that hold nothing more, addresses of lost mails.

    So are measures that outlived their account, once they are over. The caller commits.
    """
    session.execute(
        delete(RightsRequest).where(RightsRequest.ends_at <= at, RightsRequest.id.not_in(standing(at)))
    )
    session.execute(delete(ReceiptCode).where(ReceiptCode.ends_at <= at))
    forget_expired(session, at)
    barred.forget_ended(session, at)
    session.execute(
        delete(LegalHold).where(
            or_(LegalHold.until <= at, LegalHold.lifted_at.is_not(None)),
            LegalHold.subject_id.not_in(select(ArchivedDisclosure.subject_id)),
            LegalHold.subject_id.not_in(select(Subject.id)),
        )
    )
    session.execute(
        update(Task)
        .where(Task.kind == notices.MAIL, Task.state == "failed", Task.done_at <= at - UNDELIVERED_KEPT)
        .values(payload={})
        .execution_options(synchronize_session=False)
    )


def _unused(session: Session, office: Office, at: datetime, which: ColumnElement[bool]) -> list[str]:
    """Return accounts that will have been unused for long enough `at`, those of longest ago first."""
    seen_at = func.coalesce(Account.last_signed_in_at, Account.created_at)
    found: list[str] = []
    for publisher in session.scalars(select(Account.publisher).distinct().order_by(Account.publisher)):
        begin = years_after(at, -unused_years(office.services, publisher))
        mine = Account.publisher == publisher, Account.id.not_in(restricted(at))
        wanted = select(Account.id).where(*mine, seen_at <= begin, which)
        found += session.scalars(wanted.order_by(seen_at, Account.id).limit(_FEW - len(found)))
    return found


def _locked(session: Session, account_id: str) -> Account | None:
    try:
        return lock_account(session, account_id)
    except AccountClosedError:
        return None
