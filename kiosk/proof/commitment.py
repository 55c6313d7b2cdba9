"""Hide a personal value behind a hash that its holder can open (README.md, « Commitment »)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from kiosk.proof.errors import AlteredError, MalformedError

DOMAIN = b"cgu-commitment/1"
SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens one commitment: the field's name, its salt and its value."""

    field: str
    salt: bytes
    """16 bytes, never used twice."""
    value: str

    def __post_init__(self) -> None:
        if len(self.salt) != SALT_BYTES:
            raise MalformedError(
                "salt of {!r}: {} bytes expected, {} found", self.field, SALT_BYTES, len(self.salt)
            )
        if not self.field or "\x00" in self.field:
            raise MalformedError("field name {!r}: empty, or holds a null character", self.field)

    @property
    def commitment(self) -> str:
        """The commitment these open, 64 hexadecimal digits."""
        return hashlib.sha256(hashed_bytes(self)).hexdigest()


def hashed_bytes(opening: Opening) -> bytes:
    """Return the bytes whose SHA-256 is the commitment that `opening` opens."""
    parts = (DOMAIN, b"\x00", opening.field.encode(), b"\x00", opening.salt, opening.value.encode())
    return b"".join(parts)


def verify_opening(opening: Opening, commitment: str) -> None:
    """Raise `AlteredError` unless `opening` opens `commitment`."""
    if not hmac.compare_digest(opening.commitment.encode(), commitment.encode()):
        raise AlteredError("the value given for {!r} is not the one that was committed", opening.field)
