"""The officers of a demonstration: imaginary functions, a secret and an application new at each start.

What proves them is returned to be shown in the terminal, and written nowhere else in clear.
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyotp import HOTP
from sqlalchemy.orm import Session

from kiosk.accounts import passwords
from kiosk.staff import factors, officers, totp
from kiosk.staff.officers import Randomness
from kiosk.staff.roles import Role

LOGINS = {
    "a.exemple": ("Alix Exemple", "Responsable des services (fonction imaginaire)"),
    "b.exemple": ("Dominique Exemple", "Adjointe au responsable (fonction imaginaire)"),
}
"""Two for each publisher: what cannot be undone takes two people."""
_SECRET_BYTES = 10


@dataclass(frozen=True, slots=True)
class Proofs:
    """What every officer of the demonstration signs in with."""

    secret: str
    key: str
    """Of the application that shows codes, in base32."""


def renew(
    session: Session, publishers: Collection[str], *, secret_key: str, at: datetime, randomness: Randomness
) -> Proofs:
    """Add the officers of each publisher, or give those who are there another secret and application.

    Who was deactivated meanwhile stays so. The caller commits.
    """
    typed = base64.b32encode(randomness(_SECRET_BYTES)).decode().lower()
    proofs = Proofs(f"Essai-1-{typed[:8]}-{typed[8:]}", totp.new_secret(randomness))
    secret_hash = passwords.hashed(proofs.secret)
    known = {(one.publisher, one.login) for one in officers.every(session)}
    for publisher in publishers:
        for login, (name, function) in LOGINS.items():
            if (publisher, login) not in known:
                officers.add(
                    session, publisher=publisher, login=login, name=name, function=function,
                    grants=tuple(Role), secret=proofs.secret, at=at, randomness=randomness,
                )  # fmt: skip
            _prove_anew(session, publisher, login, proofs, secret_hash, secret_key, at)
    return proofs


def _prove_anew(
    session: Session,
    publisher: str,
    login: str,
    proofs: Proofs,
    secret_hash: str,
    secret_key: str,
    at: datetime,
) -> None:
    officer = officers.at_work(session, publisher, login)
    if officer is None:
        return
    if factors.of(session, officer.id).any:
        factors.reset_by_command(session, officer, at)
        officers.change_secret(session, officer, secret_hash)
        officer = officers.by_id(session, publisher, officer.id)
    # The code of the step before is used up here: the one that the application shows now is not.
    before = at - timedelta(seconds=totp.STEP_SECONDS)
    code = HOTP(proofs.key).at(int(before.timestamp()) // totp.STEP_SECONDS)
    totp.enrol(session, secret_key, officer, proofs.key, code, at)
