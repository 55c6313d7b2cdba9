"""Find the person whom a notice is for, by exact address: each search is written down, found or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kiosk.proof.commitment import SALT_BYTES
from kiosk.sanctions import register
from kiosk.sanctions.errors import UnknownAccountError
from kiosk.staff import records
from kiosk.staff.brake import again
from kiosk.staff.criteria import criterion
from kiosk.staff.errors import TooManyError
from kiosk.staff.officers import Person, let_act
from kiosk.staff.roles import Role

_LIMITS = ((10, timedelta(hours=1)), (30, timedelta(days=1)))
"""Searches of one officer, those for evidence counted too."""


def search(
    session: Session,
    officer: Person,
    service: str,
    address: str,
    at: datetime,
    randomness: Callable[[int], bytes],
) -> str | None:
    """Return the account of `address` at the officer's publisher; None when it has none.

    The caller commits before anything of the answer is shown. Raises `OfficerError` without the role at
    `service`, `TooManyError` and `AtOnceError`; then nothing was searched.
    """
    let_act(session, officer, Role.SANCTIONS, at, (service,))
    for most, window in _LIMITS:
        times = records.searches_since(session, officer.id, at - window)
        if len(times) >= most:
            until = times[most - 1] + window
            raise TooManyError(f"Trop de recherches : rien n’a été cherché. {again(until)}", until)
    try:
        found = register.account_of(session, officer.publisher, address)
    except UnknownAccountError:
        found = None
    salt = randomness(SALT_BYTES)
    records.note_search(session, officer, address, criterion(address), int(found is not None), at, salt)
    return found
