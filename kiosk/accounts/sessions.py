"""The open sessions of an account, as their holder sees and ends them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cgu_archive.corpus.dates import day_in_paris
from kiosk.accounts.models import SignIn
from kiosk.accounts.services import Hasher

_NUMBER = 16
"""Characters of the hash of its token that name a session on a page."""
_NUMBERED = re.compile(rf"[0-9a-f]{{{_NUMBER}}}")


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One open session."""

    number: str
    """Names it on a page; worth nothing to sign in with."""
    began_at: datetime
    seen_on: date
    """The last day, in Paris, it was used."""
    expires_at: datetime
    family: str | None
    is_current: bool


def hash_of(token: str, hasher: Hasher) -> str:
    """Return what the database knows a session by."""
    return hasher("sign-in", token)


def number_of(token_hash: str) -> str:
    """Return what names a session on a page."""
    return token_hash[:_NUMBER]


def of_account(
    session: Session, account_id: str, current_hash: str | None, at: datetime
) -> tuple[OpenSession, ...]:
    """Return the open sessions of an account: the current one first, then the newest."""
    rows = session.scalars(
        select(SignIn)
        .where(SignIn.account_id == account_id, SignIn.expires_at > at)
        .order_by(SignIn.created_at.desc(), SignIn.token_hash)
    )
    found = [
        OpenSession(
            number_of(row.token_hash),
            row.created_at,
            row.seen_on or day_in_paris(row.created_at),
            row.expires_at,
            row.family,
            row.token_hash == current_hash,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: not one.is_current))


def end(session: Session, account_id: str, number: str) -> int:
    """End one session of an account; returns how many ended, 0 when it had ended already."""
    if not _NUMBERED.fullmatch(number):
        return 0
    return _end(session, account_id, SignIn.token_hash.startswith(number))


def end_others(session: Session, account_id: str, current_hash: str) -> int:
    """End every session of an account but one; returns how many."""
    return _end(session, account_id, SignIn.token_hash != current_hash)


def end_all(session: Session, account_id: str) -> int:
    """End every session of an account; returns how many."""
    return _end(session, account_id)


def _end(session: Session, account_id: str, *which: object) -> int:
    done = delete(SignIn).where(SignIn.account_id == account_id, *which)  # type: ignore[arg-type]
    return len(session.execute(done.returning(SignIn.token_hash)).all())


def confirm(session: Session, token_hash: str, at: datetime) -> None:
    """Note that the password was typed again in this session."""
    _change(session, token_hash, confirmed_at=at)


def see(session: Session, token_hash: str, day: date) -> None:
    """Note that this session was used on `day`."""
    _change(session, token_hash, seen_on=day)


def _change(session: Session, token_hash: str, **values: date | datetime) -> None:
    session.execute(
        update(SignIn)
        .where(SignIn.token_hash == token_hash)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
