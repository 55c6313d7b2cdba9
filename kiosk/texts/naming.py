"""How statements name a version that is registered."""

from __future__ import annotations

from datetime import datetime

from cgu_archive.corpus.hashing import Json
from kiosk.proof import statement as statements
from kiosk.texts.models import PublishedVersion


def document(version: PublishedVersion) -> dict[str, Json]:
    """Return how statements name a version (proof/README.md, « Kinds »); its text is not read."""
    return {
        "service": version.service,
        "terms": version.terms,
        "version": version.slug,
        "label": version.label,
        "text_hash": version.text_hash,
        "metadata_hash": version.metadata_hash,
        "origin": "accession" if version.published_at is None else "publication",
        "published_at": _written(version.published_at),
        "effective_at": _written(version.effective_at),
    }


def _written(at: datetime | None) -> str | None:
    return statements.instant(at) if at else None
