"""Delete an account: the profile goes, the address is free, what attributes decisions is kept apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, null, or_, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Service
from kiosk.acceptance.asking import lock_account
from kiosk.acceptance.models import Subject
from kiosk.acceptance.representatives import mails_of
from kiosk.accounts.models import Account, SignIn, Verification
from kiosk.db import Base, table
from kiosk.notices.models import Task
from kiosk.retention import archive, erasures, letters
from kiosk.retention.erasures import Act, Office
from kiosk.retention.models import ArchivedDisclosure, RightsRequest
from kiosk.retention.terms import kept_years, years_after

_QUICK = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Attributed:
    """A statement about a person, and the service it is about; None when it is about none in particular."""

    statement_hash: str
    service: str | None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """An account that is gone."""

    hashes: tuple[str, ...]
    """The statements about the person."""
    rows: int
    """How many rows went, or moved."""


@dataclass(frozen=True, slots=True)
class Closed:
    """An account that was deleted."""

    email: str
    """The address, free again."""
    erasure: str
    """Hash of the statement that says it."""
    kept_until: datetime | None
    """When the last of what is kept apart ends; None when nothing is."""


def linking() -> Iterator[Table]:
    """Yield the tables that say of whom a statement is: decisions, and whatever else names a subject.

    A kind of statement that comes later is there by itself: forgetting one would leave a name behind.
    """
    own = {table(model) for model in (ArchivedDisclosure, RightsRequest)}
    for one in Base.metadata.sorted_tables:
        if {"subject_id", "statement_hash"} <= set(one.columns.keys()) and one not in own:
            yield one


def statements_about(session: Session, subject_id: str) -> tuple[Attributed, ...]:
    """Return every statement that may hold personal fields of a subject, sorted.

    One that is about a decision has the term of its service.
    """
    found: dict[str, str | None] = {}
    about: dict[str, str | None] = {}
    for one in linking():
        names = [name if name in one.columns else None for name in ("service", "about")]
        wanted = [one.c.statement_hash, *(null() if name is None else one.c[name] for name in names)]
        for digest, service, other in session.execute(select(*wanted).where(one.c.subject_id == subject_id)):
            found[digest], about[digest] = service, other

    def service_of(digest: str) -> str | None:
        service, other = found.get(digest), about.get(digest)
        return service if service or other is None else service_of(other)

    return tuple(Attributed(digest, service_of(digest)) for digest in sorted(found))


def subject_of(session: Session, account_id: str) -> str | None:
    """Return what the decisions of an account carry; None when it never decided."""
    return session.scalar(select(Subject.id).where(Subject.account_id == account_id))


def kept_until(
    session: Session, account_id: str, services: Mapping[str, Service], at: datetime
) -> datetime | None:
    """Return until when something would be kept of an account deleted `at`; None when nothing would."""
    subject_id = subject_of(session, account_id)
    held = statements_about(session, subject_id) if subject_id else ()
    return max((ends_at(one, services, at) for one in held), default=None)


def ends_at(one: Attributed, services: Mapping[str, Service], relation_ended_at: datetime) -> datetime:
    """Return the term of what opens a statement, once the relation has ended."""
    return years_after(relation_ended_at, kept_years(services, one.service))


def close_account(
    session: Session, account_id: str, office: Office, at: datetime, *, told: str | None = "closed"
) -> Closed:
    """Delete an account at once, whatever it accepted or holds it back (requirements P-30, P-31).

    In the transaction of `session`: a decision being made comes before, and is kept apart too, or is refused.
    `told` is the mail that leaves for the freed address, with the receipt of the statement; None sends none.
    Raises `AccountClosedError` when it is deleted already.
    """
    account = lock_account(session, account_id)
    until = kept_until(session, account_id, office.services, at)
    email, publisher, closing_id = account.email, account.publisher, account.closing_id
    gone = forget_account(session, account, office.services, at)
    said = erasures.record(session, Act.ACCOUNT, gone.hashes, office, at, erasure_id=closing_id)
    if told is not None:
        letters.send(
            session, told, key=f"closed:{said}", to=email, office=office, publisher=publisher, at=at,
            receipt=said, until=until,
        )  # fmt: skip
    return Closed(email, said, until)


def forget_account(
    session: Session,
    account: Account,
    services: Mapping[str, Service],
    at: datetime,
    *,
    every_mail: bool = False,
) -> Forgotten:
    """Take away everything of `account`, and move what opens its statements to the archive.

    `at` is when the relation ended. It is told nowhere: that is for the caller. Mails with a code do not
    leave any more; with `every_mail`, none for this address does.
    """
    subject_id = subject_of(session, account.id)
    held = statements_about(session, subject_id) if subject_id else ()
    moved = 0
    for about in {one.service: one for one in held}.values():
        moved += archive.move(
            session, [one.statement_hash for one in held if one.service == about.service],
            subject_id=subject_id or "", publisher=account.publisher, service=about.service, at=at,
            ends_at=ends_at(about, services, at),
        )  # fmt: skip
    cancelled = _cancel_mails(session, account, at, every_mail=every_mail)
    asked = delete(Verification).where(_proving(account))
    gone = [
        asked.returning(Verification.id),
        delete(SignIn).where(SignIn.account_id == account.id).returning(SignIn.token_hash),
        delete(Subject).where(Subject.account_id == account.id).returning(Subject.id),
        delete(Account).where(Account.id == account.id).returning(Account.id),
    ]
    rows = sum(len(session.execute(one, execution_options=_QUICK).all()) for one in gone)
    session.expire_all()
    return Forgotten(tuple(one.statement_hash for one in held), moved + cancelled + rows)


def _proving(account: Account) -> ColumnElement[bool]:
    """Return which proofs of an address are of this account: of the one it has, or of one that it wants."""
    its_own = (Verification.publisher == account.publisher) & (Verification.email_key == account.email_key)
    return its_own | (Verification.account_id == account.id)


def _cancel_mails(session: Session, account: Account, at: datetime, *, every_mail: bool) -> int:
    """Empty the mails with a code and the notices that wait for this address, or all, and what never left."""
    asked = session.execute(select(Verification.purpose, Verification.id).where(_proving(account)))
    keys = [f"{purpose}:{one}" for purpose, one in asked]
    agreements = Task.key.startswith(mails_of(account.id), autoescape=True)
    own = (Task.payload["to"].as_string() == account.email) & (
        Task.payload["publisher"].as_string() == account.publisher
    )
    never_left = own if every_mail else own & ((Task.state == "failed") | Task.mailing.is_not(None))
    return archive.cancel_mails(session, or_(Task.key.in_(keys), agreements, never_left), at)
