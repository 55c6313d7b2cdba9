"""Let an officer in by their secret, and slow down whoever tries wrong ones: in a browser, in a terminal.

Wrong secrets count for the login and the network they come from: a stranger elsewhere locks nobody out. A
login as a whole is stopped too, far later, and apart for browsers and terminals: what strangers try in a
browser never keeps an officer from the terminal.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kiosk.accounts import limits, passwords
from kiosk.accounts.limits import Limit, Limited
from kiosk.accounts.models import Attempt
from kiosk.db import reading, writing
from kiosk.ledger.saying import instant
from kiosk.legal_desk import officers
from kiosk.legal_desk.errors import OfficerError, TooManyError
from kiosk.legal_desk.officers import Hasher, Person

PAIR = Limit("officer-login-network", 5, limits.WINDOW)
NETWORK = Limit("officer-network", 20, limits.WINDOW)
LOGIN = Limit("officer-login", 1000, timedelta(days=1))
"""One network tries a login 480 times a day at most: alone, it never reaches this."""


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
    hashed.
    """
    whole, place = f"{publisher}|{door}|{login}", f"{publisher}|{door}|{network}"
    pair = (PAIR, f"{place}|{login}")
    limited: tuple[Limited, ...] = (pair, (NETWORK, place), (LOGIN, whole))
    with reading(engine) as session:
        _refuse_stopped(session, limited, at, hasher)
        found = officers.at_work(session, publisher, login)
    right = passwords.matches(found.secret_hash if found else None, secret)
    with writing(engine) as session:
        if right:
            limits.forget(session, *pair, hasher=hasher)
        else:
            limits.note(session, limited, at=at, hasher=hasher)
    if found is None or not right:
        raise OfficerError("Identifiant ou secret inexact.")
    return found


def again(until: datetime) -> str:
    """Return when something is possible again, in words: never a second too early."""
    whole = until.replace(microsecond=0)
    return (
        f"Vous pourrez recommencer le {instant(whole if whole == until else whole + timedelta(seconds=1))}."
    )


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
