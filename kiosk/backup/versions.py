"""Register again the versions, and their cancellations, that the ledger tells and the database lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from cgu_archive.corpus import loader
from cgu_archive.corpus.errors import CorpusError
from cgu_archive.corpus.model import Address, Version
from kiosk.ledger.models import LeafRow, StatementRow
from kiosk.proof.statement import Kind
from kiosk.texts import cancelling, registering, services
from kiosk.texts.errors import UnknownVersionError
from kiosk.texts.models import CancelledVersion, PublishedVersion

_KINDS = (Kind.PUBLICATION.value, Kind.ACCESSION.value)


def take_up(session: Session, texts_dir: Path) -> tuple[int, tuple[str, ...]]:
    """Register every version that a sealed statement tells and no row has; the text must be in `texts_dir`.

    Returns how many were, and a sentence in French for each that was not. What was cancelled is so again.
    """
    count, lacking = _take_up_versions(session, texts_dir)
    return count, (*lacking, *_take_up_cancellations(session))


def _take_up_versions(session: Session, texts_dir: Path) -> tuple[int, tuple[str, ...]]:
    lost = session.execute(
        select(StatementRow.hash, StatementRow.body)
        .join(LeafRow, LeafRow.statement_hash == StatementRow.hash)
        .outerjoin(PublishedVersion, PublishedVersion.statement_hash == StatementRow.hash)
        .where(StatementRow.kind.in_(_KINDS), PublishedVersion.id.is_(None))
        .order_by(LeafRow.leaf_index)
    ).all()
    if not lost:
        return 0, ()
    held = _versions(texts_dir)
    count, lacking = 0, []
    for digest, body in lost:
        said = json.loads(body)
        document = said["document"]
        name = f"{document['service']}/{document['terms']}/{document['version']}"
        found = held.get((name, document["text_hash"], document["metadata_hash"]))
        if found is None:
            lacking.append(
                f"la version {name}, dont le texte ({document['text_hash']}) n’est pas dans {texts_dir}"
            )
        elif registering.take_up(session, found, digest, datetime.fromisoformat(said["at"])):
            count += 1
    return count, tuple(lacking)


def _take_up_cancellations(session: Session) -> Iterator[str]:
    """Register the cancellations that a sealed statement tells and no row has; yield those that cannot be."""
    lost = session.execute(
        select(StatementRow.hash, StatementRow.body)
        .join(LeafRow, LeafRow.statement_hash == StatementRow.hash)
        .outerjoin(CancelledVersion, CancelledVersion.statement_hash == StatementRow.hash)
        .where(StatementRow.kind == Kind.CANCELLATION.value, CancelledVersion.version_id.is_(None))
        .order_by(LeafRow.leaf_index)
    ).all()
    for digest, body in lost:
        said = json.loads(body)
        document, at = said["document"], datetime.fromisoformat(said["at"])
        address = Address(document["service"], document["terms"], document["version"])
        try:
            version = services.by_address(session, address)
        except UnknownVersionError:
            yield f"l’annulation de la version {address}, qui n’est pas inscrite"
        else:
            cancelling.take_up(session, version, said["reason"], digest, at)


def _versions(texts_dir: Path) -> dict[tuple[str, str, str], Version]:
    """Return the versions in `texts_dir` by address and hashes; none when it cannot be read."""
    try:
        corpus = loader.load(texts_dir)
    except (CorpusError, OSError):
        return {}
    return {
        (str(version.address), version.text_hash, version.metadata_hash): version
        for _, _, version in corpus.versions()
    }
