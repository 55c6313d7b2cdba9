"""Consents to be sent what no terms ask for: off until given, given or withdrawn at any time, each by itself.

Every change is kept with its instant and the words of its box: who asks for consent must be able to prove it
(RGPD, article 7(1)). Terms are accepted elsewhere; no consent is ever asked with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Channel
from kiosk.accounts.models import Account, ConsentChange

Key = tuple[str, str]
"""A service and a channel."""


def history(session: Session, account_id: str) -> tuple[ConsentChange, ...]:
    """Return the changes of an account, newest first."""
    mine = select(ConsentChange).where(ConsentChange.account_id == account_id)
    newest_first = mine.order_by(
        ConsentChange.at.desc(), ConsentChange.service, ConsentChange.channel, ConsentChange.sequence.desc()
    )
    return tuple(session.scalars(newest_first))


def last(session: Session, account_id: str) -> Mapping[Key, ConsentChange]:
    """Return the change that holds for each service and channel; none where nothing was ever given."""
    ordered = sorted(history(session, account_id), key=lambda one: one.sequence)
    return {(one.service, one.channel): one for one in ordered}


def given(session: Session, account_id: str) -> frozenset[Key]:
    """Return what an account consents to now."""
    return frozenset(key for key, one in last(session, account_id).items() if one.given)


def choose(
    session: Session, account_id: str, wanted: Mapping[Key, bool], words: Mapping[Key, str], at: datetime
) -> int:
    """Note what changes in the consents of an account; returns how many did. The caller commits.

    `words` are those of each box. The account is locked: of two browsers at once, the second adds to what the
    first did.
    """
    _lock(session, account_id)
    held = last(session, account_id)
    changed = 0
    for key, yes in wanted.items():
        before = held.get(key)
        if yes == (before is not None and before.given):
            continue
        _add(session, account_id, key, before, words[key], at, yes=yes)
        changed += 1
    return changed


def withdraw(session: Session, account_id: str, why: str, at: datetime) -> int:
    """Withdraw every consent of an account; returns how many were given. The caller commits."""
    _lock(session, account_id)
    standing = [one for one in last(session, account_id).values() if one.given]
    for one in standing:
        _add(session, account_id, (one.service, one.channel), one, why, at, yes=False)
    return len(standing)


def addresses(session: Session, service: str, channel: Channel) -> Iterator[str]:
    """Yield the addresses of the accounts that consent now, in order, a few rows at a time."""
    newest = (
        select(ConsentChange.account_id, func.max(ConsentChange.sequence).label("sequence"))
        .where(ConsentChange.service == service, ConsentChange.channel == channel.value)
        .group_by(ConsentChange.account_id)
        .subquery()
    )
    found = (
        select(Account.email)
        .join(newest, newest.c.account_id == Account.id)
        .join(
            ConsentChange,
            (ConsentChange.account_id == newest.c.account_id)
            & (ConsentChange.sequence == newest.c.sequence)
            & (ConsentChange.service == service)
            & (ConsentChange.channel == channel.value),
        )
        .where(ConsentChange.given.is_(True), Account.deactivated_at.is_(None))
        .order_by(Account.email)
        .execution_options(yield_per=500)
    )
    yield from session.scalars(found)


def _lock(session: Session, account_id: str) -> None:
    session.execute(select(Account.id).where(Account.id == account_id).with_for_update())


def _add(
    session: Session, account_id: str, key: Key, before: ConsentChange | None, words: str, at: datetime,
    *, yes: bool,
) -> None:  # fmt: skip
    session.add(
        ConsentChange(
            account_id=account_id, service=key[0], channel=key[1], given=yes, words=words, at=at,
            sequence=before.sequence + 1 if before else 1,
        )
    )  # fmt: skip
