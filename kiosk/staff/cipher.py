"""Encrypt what the database must not hold in clear, with keys drawn from the secret of the deployment.

HKDF (RFC 5869) gives one key for each use and officer: what is encrypted for one opens for no other. Whoever
has the database alone, or a backup of it, reads nothing.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiosk.staff.errors import FactorError


class Use(StrEnum):
    """What is encrypted."""

    TOTP = "totp"
    """The secret of an application, at rest."""
    OFFERED = "offered-totp"
    """The same while it is shown, in a form."""


def seal(secret_key: str, use: Use, officer_id: str, value: str, at: datetime) -> bytes:
    """Return `value` encrypted for an officer, dated `at`."""
    return _fernet(secret_key, use, officer_id).encrypt_at_time(value.encode(), int(at.timestamp()))


def unseal(
    secret_key: str,
    use: Use,
    officer_id: str,
    sealed: bytes,
    *,
    at: datetime | None = None,
    within: timedelta | None = None,
) -> str:
    """Return what `seal` was given for this use and officer; `at` an instant at most `within` after it.

    Raises `FactorError` when it is something else, too old, or of a deployment with another secret.
    """
    fernet = _fernet(secret_key, use, officer_id)
    try:
        if at is None or within is None:
            return fernet.decrypt(sealed).decode()
        return fernet.decrypt_at_time(sealed, int(within.total_seconds()), int(at.timestamp())).decode()
    except InvalidToken as error:
        raise FactorError("Ce second facteur n’est pas lisible ici, ou n’est plus à jour.") from error


def _fernet(secret_key: str, use: Use, officer_id: str) -> Fernet:
    info = "\x00".join(("kiosk/staff/1", use, officer_id)).encode()
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(key))
