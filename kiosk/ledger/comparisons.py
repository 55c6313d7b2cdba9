"""Keep the comparisons that people were shown, byte for byte: another release might tell them otherwise."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import text_hash
from kiosk.ledger.models import ComparisonShown


@dataclass(frozen=True, slots=True)
class Packed:
    """A comparison as it is kept."""

    hash: str
    """SHA-256 of its canonical JSON, 64 hexadecimal digits."""
    body: bytes
    """That JSON, compressed (zlib)."""


def pack(canonical: bytes) -> Packed:
    """Return the canonical JSON of a comparison, ready to be kept."""
    return Packed(text_hash(canonical), zlib.compress(canonical))


def keep(session: Session, packed: Packed, at: datetime) -> None:
    """Keep a comparison for ever, once whatever the number of people it was shown to."""
    if is_kept(session, packed.hash):
        return
    try:
        with session.begin_nested():
            session.execute(insert(ComparisonShown).values(hash=packed.hash, body=packed.body, created_at=at))
    except IntegrityError:
        if not is_kept(session, packed.hash):
            raise  # refused for another reason than somebody who kept it at the same instant


def is_kept(session: Session, comparison_hash: str) -> bool:
    """Whether the comparison of this hash is kept."""
    found = session.scalar(select(ComparisonShown.hash).where(ComparisonShown.hash == comparison_hash))
    return found is not None


def get(session: Session, comparison_hash: str) -> bytes | None:
    """Return the canonical JSON whose SHA-256 is `comparison_hash`, if it is kept."""
    body = session.scalar(select(ComparisonShown.body).where(ComparisonShown.hash == comparison_hash))
    return None if body is None else zlib.decompress(body)
