"""What an audit checks of attachments: bytes are those of their hash, and each version has its own."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cgu_archive.corpus import reading
from cgu_archive.corpus.errors import InvalidCorpusError
from cgu_archive.corpus.hashing import text_hash
from kiosk.db import table
from kiosk.ledger.deviations import ABSENT, DeviationError
from kiosk.ledger.rows import stream
from kiosk.texts.models import AttachedFile, PublishedVersion

_FILE = "attached_file"
_NAMED = b'"attachments":'
"""In the frozen metadata of a version that has any."""
_ONE = 1
"""Rows in memory at a time: one may be of ten million bytes."""


def audit(session: Session) -> int:
    """Check each attachment, in `session` opened by `rows.snapshot`; returns how many versions have in all.

    Raises `DeviationError` when bytes are not those of their hash or size, or those that the frozen metadata
    of a version announce are not kept.
    """
    held, count = table(PublishedVersion), 0
    kept = _audit_files(session)
    for row in stream(session, select(held).order_by(held.c.id), _ONE):
        if _NAMED not in row.contractual:
            continue
        where = f"{row.service}/{row.terms}/{row.slug}"
        try:
            announced = reading.frozen(row.contractual).attachments
        except InvalidCorpusError as error:
            raise DeviationError(
                "published_version", row.id, f"les métadonnées de {where}", str(error)
            ) from error
        for one in announced:
            if kept.get(one.sha256) != one.size:
                raise DeviationError(
                    _FILE,
                    one.sha256,
                    f"la pièce jointe « {one.name} » de {where}, {one.size} octets",
                    kept.get(one.sha256, ABSENT),
                )
        count += len(announced)
    return count


def _audit_files(session: Session) -> dict[str, int]:
    """Check the bytes of every file that is kept; returns their sizes, in bytes, by hash."""
    held, sizes = table(AttachedFile), dict[str, int]()
    for row in stream(session, select(held).order_by(held.c.hash), _ONE):
        found = (text_hash(row.content), len(row.content))
        if found != (row.hash, row.size):
            raise DeviationError(_FILE, row.hash, (row.hash, row.size), found)
        sizes[row.hash] = row.size
    return sizes
