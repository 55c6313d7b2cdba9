"""Find the person whom a notice is for, by exact address: each search is written down, found or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.proof.commitment import SALT_BYTES
from kiosk.sanctions import register
from kiosk.sanctions.errors import UnknownAccountError
from kiosk.staff import records
from kiosk.staff.criteria import criterion
from kiosk.staff.officers import Person, let_act
from kiosk.staff.roles import Role


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
    `service`, and `AtOnceError`; then nothing was searched.
    """
    let_act(session, officer, Role.SANCTIONS, at, (service,))
    try:
        found = register.account_of(session, officer.publisher, address)
    except UnknownAccountError:
        found = None
    salt = randomness(SALT_BYTES)
    records.note_search(session, officer, address, criterion(address), int(found is not None), at, salt)
    return found
