"""Search for a person: each search is written down, and nobody searches for many."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kiosk.evidence import people
from kiosk.proof.commitment import SALT_BYTES
from kiosk.staff import criteria, records
from kiosk.staff.brake import again
from kiosk.staff.errors import TooManyError
from kiosk.staff.officers import Person, let_act
from kiosk.staff.roles import Role

Randomness = Callable[[int], bytes]

HOURLY, DAILY = 10, 30
"""Searches of one officer; whoever asks for evidence needs a few."""
_LIMITS = (
    (HOURLY, timedelta(hours=1), "en une heure"),
    (DAILY, timedelta(days=1), "en vingt-quatre heures"),
)


def search(
    session: Session,
    officer: Person,
    services: Collection[str],
    text: str,
    *,
    archived: Callable[[], Collection[str]] = tuple,
    at: datetime,
    randomness: Randomness,
) -> tuple[str, ...]:
    """Return the subjects that `text` names at the officer's publisher, once the search is written down.

    `services` are those of the publisher, `archived` finds the subjects of closed accounts that `text` names.
    The caller commits before anything of the answer is shown. Raises `OfficerError`, `TooManyError` and
    `AtOnceError`; for the first two nothing was searched. `let_act` locks the officer: of two searches at
    once the second counts the first.
    """
    let_act(session, officer, Role.EVIDENCE, at, services)
    _refuse_many(session, officer, at)
    found = people.named(session, officer.publisher, services, text, archived=archived())
    salt = randomness(SALT_BYTES)
    records.note_search(session, officer, text, criteria.criterion(text), len(found), at, salt)
    return found


def _refuse_many(session: Session, officer: Person, at: datetime) -> None:
    longest = max(window for _, window, _ in _LIMITS)
    times = records.searches_since(session, officer.id, at - longest)
    reached = [
        (times[count - 1] + window, count, words)
        for count, window, words in _LIMITS
        if len(times) >= count and times[count - 1] > at - window
    ]
    if reached:
        until, count, words = max(reached)
        raise TooManyError(
            f"Vous avez fait {count} recherches {words}, le plus qui soit permis. Rien n’a été cherché."
            f" {again(until)}",
            until,
        )
