"""Codes of six digits that an application shows, each used once (RFC 6238: SHA-1, 30 seconds, one step)."""

from __future__ import annotations

import base64
import hmac
import re
from datetime import datetime, timedelta

import segno
from pyotp import HOTP, TOTP
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kiosk.staff import cipher
from kiosk.staff.cipher import Use
from kiosk.staff.errors import FactorError
from kiosk.staff.models import OfficerTotp
from kiosk.staff.officers import Person, Randomness

STEP_SECONDS = 30
DRIFT = 1
"""How many steps the clock of a telephone may be early or late (RFC 6238, 5.2)."""
SECRET_BYTES = 20
"""As long as the hash (RFC 4226, 4, R6)."""
OFFER = timedelta(minutes=15)
"""How long a secret that is shown may be confirmed."""
_CODE = re.compile(r"[0-9]{6}")
_GROUP = 4


def new_secret(randomness: Randomness) -> str:
    """Return the secret of an application, 32 letters and digits (base32)."""
    return base64.b32encode(randomness(SECRET_BYTES)).decode()


def offer(secret_key: str, officer: Person, secret: str, at: datetime) -> str:
    """Return `secret` as a form carries it until the officer confirms it: unreadable, for them alone."""
    return cipher.seal(secret_key, Use.OFFERED, officer.id, secret, at).decode("ascii")


def offered(secret_key: str, officer: Person, carried: str, at: datetime) -> str:
    """Return the secret that a form carries. Raises `FactorError` when it is not one, or is too old."""
    return cipher.unseal(secret_key, Use.OFFERED, officer.id, carried.encode(), at=at, within=OFFER)


def address(secret: str, login: str, issuer: str) -> str:
    """Return the ``otpauth:`` address that an application reads."""
    return TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def picture(address: str) -> str:
    """Return the QR code of an address as a ``data:`` address of an SVG picture, dark on white."""
    return str(segno.make(address, error="m").svg_data_uri(scale=5, dark="#000", light="#fff"))


def grouped(secret: str) -> str:
    """Return a secret as it is read and typed: by groups of four."""
    return " ".join(secret[start : start + _GROUP] for start in range(0, len(secret), _GROUP))


def is_code(typed: str) -> bool:
    """Whether `typed` is six digits, spaces apart."""
    return _CODE.fullmatch(_plain(typed)) is not None


def step_of(secret: str, typed: str, at: datetime) -> int | None:
    """Return the step of thirty seconds whose code `typed` is, within one of that of `at`; None: of none."""
    if not is_code(typed):
        return None
    now, codes = int(at.timestamp()) // STEP_SECONDS, HOTP(secret)
    right = [
        step
        for step in range(now - DRIFT, now + DRIFT + 1)
        if hmac.compare_digest(codes.at(step), _plain(typed))
    ]
    return max(right, default=None)


def enrol(session: Session, secret_key: str, officer: Person, secret: str, typed: str, at: datetime) -> None:
    """Give an officer the application that has `secret`, which `typed` proves, in the place of the former.

    Raises `FactorError` when it does not.
    """
    step = step_of(secret, typed, at)
    if step is None:
        raise FactorError(
            "Ce n’est pas le code que cette application montre maintenant. Vérifiez l’heure du téléphone."
        )
    former = session.get(OfficerTotp, officer.id)
    if former is not None:
        session.delete(former)
        session.flush()
    sealed = cipher.seal(secret_key, Use.TOTP, officer.id, secret, at)
    session.add(OfficerTotp(officer_id=officer.id, sealed=sealed, last_step=step, added_at=at))
    session.flush()


def use(session: Session, secret_key: str, officer_id: str, typed: str, at: datetime) -> bool:
    """Use up a code of an officer's application; returns whether it is right and was not used before.

    Raises `FactorError` when the secret cannot be read here.
    """
    row = session.scalar(select(OfficerTotp).where(OfficerTotp.officer_id == officer_id))
    if row is None:
        return False
    step = step_of(cipher.unseal(secret_key, Use.TOTP, officer_id, row.sealed), typed, at)
    if step is None:
        return False
    later = (
        update(OfficerTotp)
        .where(OfficerTotp.officer_id == officer_id, OfficerTotp.last_step < step)
        .values(last_step=step)
        .returning(OfficerTotp.officer_id)
    )
    return bool(session.execute(later, execution_options={"synchronize_session": False}).all())


def _plain(typed: str) -> str:
    return "".join(typed[:20].split())
