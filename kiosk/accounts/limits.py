"""How often something may fail or be asked, counted in the database: the same in every process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kiosk.accounts.models import Attempt
from kiosk.accounts.services import Hasher


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` within `window`, for one value."""

    name: str
    count: int
    window: timedelta


WINDOW = timedelta(minutes=15)
SIGN_IN_HERE = Limit("sign-in-here", 10, WINDOW)
"""On one account, from one network."""
SIGN_IN_CLIENT = Limit("sign-in-client", 20, WINDOW)
"""From one network, on any account."""
SIGN_IN_ACCOUNT = Limit("sign-in-account", 100, timedelta(hours=24))
"""On one account, from everywhere: the brake (NIST SP 800-63B-4, 3.2.2: 100 at most)."""
SIGN_IN_KNOWN = Limit("sign-in-known", 10, WINDOW)
"""On one account, from one browser that its holder signed in with before."""
CONFIRM = Limit("confirm", 10, WINDOW)
"""By somebody who is signed in, asked for the password again."""
RECOVERY = Limit("recovery", 5, timedelta(hours=24))
"""Requests about one account, or from one network."""
MAIL_ADDRESS = Limit("mail-address", 5, WINDOW)
MAIL_CLIENT = Limit("mail-client", 30, WINDOW)
CODE_CLIENT = Limit("code-client", 20, WINDOW)

Limited = tuple[Limit, str]
"""A limit and the value it holds for."""


_HOST_BITS = 64


def network(address: str | None) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 that one subscriber of IPv6 has whole."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return str(address)
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> _HOST_BITS << _HOST_BITS))


def reached(session: Session, limited: tuple[Limited, ...], *, at: datetime, hasher: Hasher) -> bool:
    """Whether one of the limits is reached at `at`."""
    return any(count(session, limit, value, at=at, hasher=hasher) >= limit.count for limit, value in limited)


def count(session: Session, limit: Limit, value: str, *, at: datetime, hasher: Hasher) -> int:
    """Return how many were counted within the window of `limit`."""
    tries = select(func.count()).where(
        Attempt.key == hasher(limit.name, value), Attempt.at > at - limit.window
    )
    return session.scalar(tries) or 0


def note(session: Session, limited: tuple[Limited, ...], *, at: datetime, hasher: Hasher) -> None:
    """Count one more of each, and forget those that are too old to count."""
    for limit, value in limited:
        key = hasher(limit.name, value)
        session.execute(delete(Attempt).where(Attempt.key == key, Attempt.at <= at - limit.window))
        session.add(Attempt(key=key, at=at))


def forget(session: Session, limit: Limit, value: str, *, hasher: Hasher) -> None:
    """Start counting again for this value."""
    session.execute(delete(Attempt).where(Attempt.key == hasher(limit.name, value)))
