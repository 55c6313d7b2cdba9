"""Let an officer in by what they prove, and slow down whoever tries wrong ones: in a browser, in a terminal.

Wrong secrets count for the login and the network they come from: a stranger elsewhere locks nobody out. A
login as a whole is stopped too, far later, and apart for browsers and terminals: what strangers try in a
browser never keeps an officer from the terminal. Whoever holds one block of addresses does not get that far:
a block counts for a tenth of it at most.

A try counts from before its secret is hashed, so that many at once do not all pass; it is taken back once the
secret is right. Wrong codes of the second factor count apart, and closer: who tries them has the secret.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from kiosk.accounts import limits, passwords
from kiosk.accounts.limits import Limit, Limited
from kiosk.accounts.models import Attempt
from kiosk.db import writing
from kiosk.ledger.saying import instant
from kiosk.staff import officers
from kiosk.staff.errors import FactorError, OfficerError, TooManyError
from kiosk.staff.officers import Hasher, Person

PAIR = Limit("officer-login-network", 5, limits.WINDOW)
NETWORK = Limit("officer-network", 20, limits.WINDOW)
BLOCK = Limit("officer-login-block", 100, timedelta(days=1))
"""Of addresses: a /48 of IPv6, which one subscriber may have whole, a /24 of IPv4."""
LOGIN = Limit("officer-login", 1000, timedelta(days=1))
"""Ten blocks, each as often as it may, reach this."""
FACTOR_PAIR = Limit("officer-factor-network", 5, limits.WINDOW)
FACTOR = Limit("officer-factor", 50, timedelta(days=1))
"""On one officer: of a million codes three are right at once, so that a day of tries finds one in 6,700."""
_BLOCK_BITS = {4: 24, 6: 48}


class Door(StrEnum):
    """Where an officer comes in."""

    BROWSER = "browser"
    TERMINAL = "terminal"


def authenticate(
    engine: Engine,
    publisher: str,
    login: str,
    secret: str,
    *,
    door: Door,
    network: str,
    at: datetime,
    hasher: Hasher,
) -> Person:
    """Return the officer whose login and secret these are; as slow when there is none.

    `network` is what counts as one place to come from, behind that door. Raises `OfficerError` when they are
    wrong, which counts, and `TooManyError` while nothing more is tried. No lock is held while a secret is
    hashed: what is said of the officer may not be true any more then, and `officers.confirm` tells.
    """
    whole, place = f"{publisher}|{door}|{login}", f"{publisher}|{door}|{network}"
    pair = (PAIR, f"{place}|{login}")
    block = (BLOCK, f"{publisher}|{door}|{_block(network)}|{login}")
    limited: tuple[Limited, ...] = (pair, (NETWORK, place), block, (LOGIN, whole))
    with writing(engine) as session:
        tried = _try(session, limited, at, hasher)
        found = officers.at_work(session, publisher, login)
    right = passwords.matches(found.secret_hash if found else None, secret)
    if found is None or not right:
        raise OfficerError("Identifiant ou secret inexact.")
    with writing(engine) as session:
        _take_back(session, tried, pair, hasher)
    return found


def prove(
    engine: Engine,
    officer: Person,
    check: Callable[[Session], bool],
    *,
    door: Door,
    network: str,
    at: datetime,
    hasher: Hasher,
) -> None:
    """Count a try of the second factor of an officer, who gave their secret, and have `check` judge it.

    `check` says whether it is right, in the transaction that uses it up. Raises `FactorError` when it is not,
    which counts, `TooManyError` while nothing more is tried, and what `check` raises, which counts.
    """
    whole = f"{officer.publisher}|{door}|{officer.login}"
    pair = (FACTOR_PAIR, f"{whole}|{network}")
    with writing(engine) as session:
        tried = _try(session, (pair, (FACTOR, whole)), at, hasher)
    with writing(engine) as session:
        officers.confirm(session, officer)
        right = check(session)
        if right:
            _take_back(session, tried, pair, hasher)
    if not right:
        raise FactorError("Ce code est inexact, ou a déjà servi.")


def _take_back(session: Session, tried: tuple[int, ...], pair: Limited, hasher: Hasher) -> None:
    session.execute(delete(Attempt).where(Attempt.id.in_(tried)))
    limits.forget(session, *pair, hasher=hasher)


def again(until: datetime) -> str:
    """Return when something is possible again, in words: never a second too early."""
    whole = until.replace(microsecond=0)
    return (
        f"Vous pourrez recommencer le {instant(whole if whole == until else whole + timedelta(seconds=1))}."
    )


def _block(network: str) -> str:
    """Return the block of addresses that a network is of; itself when it is none, as in a terminal."""
    try:
        bits = _BLOCK_BITS[ip_address(network).version]
    except ValueError:
        return network
    return str(ip_network(f"{network}/{bits}", strict=False))


def _try(session: Session, limited: tuple[Limited, ...], at: datetime, hasher: Hasher) -> tuple[int, ...]:
    """Count one more try of each, one request after another; returns the rows that count it.

    Raises `TooManyError` as `_refuse_stopped`; then nothing counts.
    """
    keys = [hasher(limit.name, value) for limit, value in limited]
    if session.get_bind().dialect.name == "postgresql":  # on SQLite, one writes at a time
        for number in sorted(int.from_bytes(bytes.fromhex(key)[:8], signed=True) for key in keys):
            session.execute(select(func.pg_advisory_xact_lock(number)))
    _refuse_stopped(session, limited, at, hasher)
    for (limit, _), key in zip(limited, keys, strict=True):
        session.execute(delete(Attempt).where(Attempt.key == key, Attempt.at <= at - limit.window))
    tries = [Attempt(key=key, at=at) for key in keys]
    session.add_all(tries)
    session.flush()
    return tuple(one.id for one in tries)


def _refuse_stopped(session: Session, limited: tuple[Limited, ...], at: datetime, hasher: Hasher) -> None:
    """Raise `TooManyError` while one of the limits is reached."""
    ends = []
    for limit, value in limited:
        tries = (
            select(Attempt.at)
            .where(Attempt.key == hasher(limit.name, value), Attempt.at > at - limit.window)
            .order_by(Attempt.at.desc())
            .offset(limit.count - 1)
            .limit(1)
        )
        oldest = session.scalar(tries)
        if oldest is not None:
            ends.append(oldest + limit.window)
    if ends:
        raise TooManyError(f"Trop d’essais manqués : rien n’a été comparé. {again(max(ends))}", max(ends))
