"""Open accounts, prove addresses, sign in and out. Plain functions on a session; the view commits."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import reduce
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.model import Service
from cgu_archive.corpus.rules import DEFAULT_PASSWORD_RULE, PasswordRule, password_rule
from kiosk.accounts.addresses import EmailAddress
from kiosk.accounts.closures import Kept
from kiosk.accounts.errors import AddressTakenError, SignUpOverError
from kiosk.accounts.models import Account, Closure, SignIn, Verification
from kiosk.db import Question, table
from kiosk.texts.services import current, rules
from kiosk.traces import services as traces
from kiosk.traces.services import Event

Hasher = Callable[..., str]
"""Hashes texts with a key that only this deployment has."""
Randomness = Callable[[int], bytes]

CODE_LIFETIME = timedelta(minutes=10)
"""ASVS 5.0, 6.5.5."""
SIGN_UP_LIFETIME = timedelta(hours=24)
"""How long a person who proved an address may take to go on."""
SENT_AGAIN = timedelta(minutes=10)
"""How long the form that opened an account, sent again, still signs its browser in."""
SIGN_IN_LIFETIME = timedelta(hours=8)
WRONG_CODES = 5
_DIGITS = 6


class Purpose(StrEnum):
    """Why an address is to be proved (requirement P-18)."""

    SIGN_UP = "sign-up"
    PASSWORD = "password"  # noqa: S105 - the name of a purpose
    EMAIL = "email"
    """Of somebody who has an account with another address."""
    RECOVERY = "recovery"
    """Of an account whose mailbox its holder no longer reads."""


class Outcome(StrEnum):
    """What became of a code or link that was given."""

    PROVED = "proved"
    WRONG = "wrong"
    OVER = "over"
    """Expired, used, or too many wrong codes: a new mail is needed."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the mail carries, and nothing else keeps."""

    code: str
    token: str


@dataclass(frozen=True, slots=True)
class Started:
    """A verification that was started; without challenge, no mail with a code must leave."""

    id: str
    to: str
    """Where its mail goes."""
    challenge: Challenge | None


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person, as every request needs to know them."""

    account_id: str
    publisher: str
    service: str
    email: str
    profile: str | None
    organisation_name: str | None
    siren: str | None
    signed_in_at: datetime
    confirmed_at: datetime
    """When the password was typed last."""
    seen_on: date
    """The last day (Paris) that is known of this session."""
    sign_up_step: str | None = None
    """What is left of the sign-up; None: nothing."""
    closed: Kept | None = None
    """Services of the publisher that are shut (`closures.of`)."""
    measures: Sequence[Mapping[str, str | None]] | None = None
    """Measures that last, as the account keeps them; None: none."""
    profiles: Mapping[str, str] | None = None
    """Profiles chosen at other services than `service`; None: none."""
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def profile_at(self, service: str) -> str | None:
        """Return the profile of the person at one service of their publisher; None while none is chosen."""
        return self.profile if service == self.service else (self.profiles or {}).get(service)

    def get_id(self) -> str:
        """Return the account's identifier (Flask-Login asks for it)."""
        return self.account_id


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against."""

    account_id: str
    password_hash: str
    service: str
    password_changed_at: datetime
    email: str
    deactivated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was opened."""

    token: str
    """Which only the browser keeps."""
    password_changed_at: datetime


def start_verification(
    session: Session,
    *,
    publisher: str,
    service: str,
    purpose: Purpose,
    address: EmailAddress,
    at: datetime,
    randomness: Randomness,
    hasher: Hasher,
) -> Started:
    """Start to prove `address`; whether an account has it only shows in what the mail says.

    A mail about an account goes to the address it was opened with: two mailboxes may have one key.

    A sign-up for an address that has an account, or a new password for one that has none, gets a row like
    any other, which no code opens.
    """
    account = find_account(session, publisher, address.key)
    verification_id = randomness(16).hex()
    code = f"{int.from_bytes(randomness(8), 'big') % 10**_DIGITS:0{_DIGITS}}"
    token = randomness(16).hex()
    opens = (account is not None) == (purpose is Purpose.PASSWORD)
    session.add(
        Verification(
            id=verification_id,
            publisher=publisher,
            service=service,
            purpose=purpose.value,
            email=address.written,
            email_key=address.key,
            code_hash=hasher("code", verification_id, code if opens else randomness(16).hex()),
            link_hash=hasher("link", token),
            created_at=at,
            expires_at=at + CODE_LIFETIME,
        )
    )
    session.flush()
    to = account.email if account is not None else address.written
    return Started(verification_id, to, Challenge(code, token) if opens else None)


def prove_by_code(
    session: Session, verification_id: str, purpose: Purpose, code: str, *, at: datetime, hasher: Hasher
) -> Outcome:
    """Check a code typed by a person; the fifth wrong one ends the verification."""
    row = session.get(Verification, verification_id, with_for_update=True)
    if row is None or not _is_open(row, purpose, at):
        return Outcome.OVER
    if not hmac.compare_digest(row.code_hash, hasher("code", verification_id, code)):
        row.wrong_codes += 1
        return Outcome.OVER if row.wrong_codes >= WRONG_CODES else Outcome.WRONG
    row.verified_at = at
    return Outcome.PROVED


def prove_by_link(
    session: Session, publisher: str, purpose: Purpose, token: str, *, at: datetime, hasher: Hasher
) -> Verification | None:
    """Return the verification that the link's `token` proves, once; None when it is over."""
    row = session.scalar(
        select(Verification).where(Verification.link_hash == hasher("link", token)).with_for_update()
    )
    if row is None or row.publisher != publisher or not _is_open(row, purpose, at):
        return None
    row.verified_at = at
    return row


def _is_open(row: Verification, purpose: Purpose, at: datetime) -> bool:
    return (
        row.purpose == purpose.value
        and row.verified_at is None
        and row.used_at is None
        and row.wrong_codes < WRONG_CODES
        and at < row.expires_at
    )


def proved(
    session: Session, verification_id: str | None, purpose: Purpose, publisher: str, *, at: datetime
) -> Verification:
    """Return a proved verification still to be used, locked; raises `SignUpOverError`."""
    row = session.get(Verification, verification_id, with_for_update=True) if verification_id else None
    if (
        row is None
        or row.purpose != purpose.value
        or row.publisher != publisher
        or row.verified_at is None
        or row.used_at is not None
        or at >= row.verified_at + SIGN_UP_LIFETIME
    ):
        raise SignUpOverError(purpose.value)
    return row


def open_account(
    session: Session, verification: Verification, *, password_hash: str, at: datetime, randomness: Randomness
) -> Account:
    """Open the account of a proved address; raises `AddressTakenError`, leaving the session usable."""
    account = Account(
        id=randomness(16).hex(),
        publisher=verification.publisher,
        service=verification.service,
        email=verification.email,
        email_key=verification.email_key,
        password_hash=password_hash,
        password_changed_at=at,
        profile=verification.profile,
        created_at=at,
        closing_id=randomness(16).hex(),
    )
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        raise AddressTakenError(verification.publisher) from error
    verification.used_at = at
    verification.password_hash = None
    traces.leave(session, account.id, Event.ACCOUNT_OPENED, at, randomness, account.service)
    return account


def change_password(session: Session, account_id: str, password_hash: str, *, at: datetime) -> None:
    """Replace the password of an account, end every session of it and every other way to a new one."""
    publisher, email_key = session.execute(
        select(Account.publisher, Account.email_key).where(Account.id == account_id)
    ).one()
    session.execute(
        update(Verification)
        .where(
            Verification.publisher == publisher,
            Verification.email_key == email_key,
            Verification.purpose == Purpose.PASSWORD.value,
            Verification.used_at.is_(None),
        )
        .values(used_at=at)
    )
    session.execute(
        update(Account)
        .where(Account.id == account_id)
        .values(
            password_hash=password_hash, password_changed_at=at, renewal_told=0, suspension_proposed_at=None
        )
    )
    session.execute(delete(SignIn).where(SignIn.account_id == account_id))


def find_account(session: Session, publisher: str, email_key: str) -> Account | None:
    """Return the account of an address at one publisher."""
    return session.scalar(
        select(Account).where(Account.publisher == publisher, Account.email_key == email_key)
    )


def credentials(
    session: Session, publisher: str, email_key: str, *, closed: bool = False
) -> Credentials | None:
    """Return what a sign-in with this address is checked against, if it may sign in.

    With `closed`, that of a deactivated account too: its holder is told, and let in no further.
    """
    account = find_account(session, publisher, email_key)
    if account is None or (account.deactivated_at is not None and not closed):
        return None
    return Credentials(
        account.id, account.password_hash, account.service, account.password_changed_at, account.email,
        account.deactivated_at,
    )  # fmt: skip


def sign_in(
    session: Session,
    account_id: str,
    *,
    at: datetime,
    randomness: Randomness,
    hasher: Hasher,
    until: datetime | None = None,
    family: str | None = None,
) -> Opened:
    """Open a session of the account in a browser of this `family`; it ends with its password, `until`."""
    token = randomness(32).hex()
    changed_at = session.scalars(
        update(Account)
        .where(Account.id == account_id)
        .values(last_signed_in_at=at, unused_warned_at=None)
        .returning(Account.password_changed_at)
        .execution_options(synchronize_session=False)
    ).one()
    session.add(
        SignIn(
            token_hash=hasher("sign-in", token),
            account_id=account_id,
            created_at=at,
            expires_at=min(at + SIGN_IN_LIFETIME, until or datetime.max.replace(tzinfo=UTC)),
            family=family,
        )
    )
    return Opened(token, changed_at)


def sign_out(session: Session, token: str, *, hasher: Hasher) -> None:
    """End the session of this token."""
    session.execute(delete(SignIn).where(SignIn.token_hash == hasher("sign-in", token)))


_ACCOUNT, _SIGN_IN, _CLOSURE = table(Account).c, table(SignIn).c, table(Closure).c
PERSON = (
    select(
        _ACCOUNT.id,
        _ACCOUNT.publisher,
        _ACCOUNT.service,
        _ACCOUNT.email,
        _ACCOUNT.profile,
        _ACCOUNT.organisation_name,
        _ACCOUNT.siren,
        _SIGN_IN.created_at,
        _ACCOUNT.sign_up_step,
        _SIGN_IN.expires_at,
        _SIGN_IN.confirmed_at,
        _SIGN_IN.seen_on,
        _CLOSURE.services,
        _ACCOUNT.measures,
        _ACCOUNT.profiles,
    )
    .join_from(table(SignIn), table(Account), _ACCOUNT.id == _SIGN_IN.account_id)
    .outerjoin(table(Closure), _CLOSURE.publisher == _ACCOUNT.publisher)
    .where(_ACCOUNT.deactivated_at.is_(None), _SIGN_IN.token_hash == bindparam("token_hash"))
)
"""Finds who holds a token, whose hash is ``token_hash``."""
PERSON_COLUMNS = len(PERSON.selected_columns)


def person_of(session: Session, token_hash: str, *, at: datetime) -> Person | None:
    """Return who holds the token of this hash, in one query."""
    row = session.execute(PERSON, {"token_hash": token_hash}).one_or_none()
    return None if row is None else _person(row, at)


def person_beside(
    session: Session, token_hash: str, beside: Question, *, at: datetime
) -> tuple[Person | None, Sequence[Row[*tuple[Any, ...]]]]:
    """Return the same and the rows of `beside`: `PERSON` with more columns after its own."""
    rows = session.execute(beside.query, {**beside.values, "token_hash": token_hash}).all()
    return (_person(rows[0], at) if rows else None), rows


def _person(row: Row[*tuple[Any, ...]], at: datetime) -> Person | None:
    account_id, publisher, service, email, profile, organisation, siren, began_at, *more = row
    step, expires_at, confirmed_at, seen_on, closed, measures, profiles = more[: PERSON_COLUMNS - 8]
    if at >= expires_at:
        return None
    confirmed_at, seen_on = confirmed_at or began_at, seen_on or day_in_paris(began_at)
    return Person(
        account_id, publisher, service, email, profile, organisation, siren, began_at, confirmed_at, seen_on,
        step, closed, measures, profiles,
    )  # fmt: skip


def publisher_password_rule(session: Session, services: Iterable[Service], *, at: datetime) -> PasswordRule:
    """Return the strictest password rule of the versions to read now of `services`.

    An account opens every service of its publisher, so that it obeys all of them (requirements C-01, C-02).
    """
    found = [
        _with_campaign(password_rule(rules(version)), service)
        for service in services
        for terms in service.terms
        if (version := current(session, service.slug, terms.slug, at)) is not None
    ]
    return reduce(PasswordRule.strictest, found) if found else DEFAULT_PASSWORD_RULE


def _with_campaign(rule: PasswordRule, service: Service) -> PasswordRule:
    """Return `rule` with the day of renewal of `service`, where its text asks for renewal (O-32)."""
    if rule.renewal_days is None or service.password_campaign is None:
        return rule
    return replace(rule, campaigns=(service.password_campaign,))


def email_key_of(session: Session, account_id: str) -> str:
    """Return the normalised address of an account."""
    return session.scalars(select(Account.email_key).where(Account.id == account_id)).one()


def password_hash_of(session: Session, account_id: str) -> str:
    """Return the hash of the present password of an account."""
    return session.scalars(select(Account.password_hash).where(Account.id == account_id)).one()


def renewable(session: Session, account_id: str, password_changed_at: datetime) -> Account | None:
    """Return an account, locked, if its password is still the one changed then, and it may sign in."""
    account = session.scalar(select(Account).where(Account.id == account_id).with_for_update())
    if account is None or account.deactivated_at is not None:
        return None
    return account if account.password_changed_at == password_changed_at else None


def may_reset(session: Session, publisher: str, email_key: str) -> Credentials:
    """Return whose password is to be replaced; raises `SignUpOverError` when the account is closed."""
    found = credentials(session, publisher, email_key)
    if found is None:
        raise SignUpOverError(publisher)
    return found
