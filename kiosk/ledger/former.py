"""The keys that signed this ledger before: why another followed, and until when they sign beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from kiosk.ledger.errors import LedgerKeyError
from kiosk.proof.errors import MalformedError
from kiosk.proof.note import VerifierKey

FOLDER = "former"


class Reason(StrEnum):
    """Why a key is followed by another."""

    ROUTINE = "routine"
    LOST = "lost"
    STOLEN = "stolen"


@dataclass(frozen=True, slots=True)
class FormerKey:
    """A key that another followed."""

    verifier: VerifierKey
    reason: Reason
    followed_at: datetime
    signs_until: datetime | None = None
    """Until when it signs checkpoints beside its follower; None: it signs no more."""
    suspect_since: datetime | None = None
    """Since when it may be in other hands; None: it is not known to be."""


def private_file(keys_dir: Path, key: VerifierKey) -> Path:
    """Return where the private part of a former key is kept while it signs."""
    return keys_dir / FOLDER / f"{key.key_id.hex()}.pem"


def record_file(keys_dir: Path, key: VerifierKey) -> Path:
    """Return where it is told of a former key."""
    return keys_dir / FOLDER / f"{key.key_id.hex()}.json"


def read(keys_dir: Path) -> tuple[FormerKey, ...]:
    """Return the former keys told of in `keys_dir`, newest first; raises `LedgerKeyError`."""
    found = [_parse(file) for file in (keys_dir / FOLDER).glob("*.json")]
    return tuple(sorted(found, key=lambda one: one.followed_at, reverse=True))


def dump(key: FormerKey) -> bytes:
    """Return what is written of a former key, JSON."""
    told = {
        "key": key.verifier.encode(),
        "reason": key.reason.value,
        "followed_at": key.followed_at.isoformat(),
        "signs_until": key.signs_until and key.signs_until.isoformat(),
        "suspect_since": key.suspect_since and key.suspect_since.isoformat(),
    }
    return (json.dumps(told, indent=2) + "\n").encode()


def _parse(file: Path) -> FormerKey:
    try:
        told = json.loads(file.read_text("utf-8"))
        return FormerKey(
            VerifierKey.parse(told["key"]),
            Reason(told["reason"]),
            datetime.fromisoformat(told["followed_at"]),
            _instant(told["signs_until"]),
            _instant(told["suspect_since"]),
        )
    except (MalformedError, ValueError, KeyError, TypeError) as error:
        raise LedgerKeyError(f"{file} est illisible. Restaurez-le.") from error


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
