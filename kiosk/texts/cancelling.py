"""Cancel a published version before it takes effect: a row, a statement for everyone, never an edit."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cgu_archive.corpus import freezing
from cgu_archive.corpus.model import Cancellation
from kiosk.ledger import services as ledger
from kiosk.proof import statement as statements
from kiosk.texts import services
from kiosk.texts.errors import PublicationConflictError, PublicationRefusedError
from kiosk.texts.models import CancelledVersion, PublishedVersion
from kiosk.texts.reading import frozen_version

MAX_REASON = 1000


def refuse_in_effect(version: PublishedVersion, at: datetime) -> None:
    """Raise `PublicationRefusedError` when a version took effect, or nobody knows when it does."""
    if version.effective_at is None or version.effective_at <= at:
        raise PublicationRefusedError(
            f"« {services.address(version)} » a déjà pris effet : elle ne s’annule plus."
            " Publiez un rectificatif."
        )


def cancel(
    session: Session,
    version: PublishedVersion,
    *,
    reason: str,
    decided_by: str,
    environment: str,
    at: datetime,
) -> CancelledVersion:
    """Cancel a version that did not take effect: from here on nobody is asked to decide on it.

    `reason` is public, `decided_by` names functions. The caller commits. Raises `PublicationRefusedError`,
    and `PublicationConflictError` when it was cancelled already.
    """
    refuse_in_effect(version, at)
    statement = statements.make(
        statements.Kind.CANCELLATION,
        environment,
        at,
        {
            "id": secrets.token_hex(16),
            "document": services.document(frozen_version(version)),
            "reason": reason,
            "decided_by": decided_by,
        },
    )
    row = CancelledVersion(version_id=version.id, at=at, reason=reason, statement_hash=statement.hash)
    try:
        ledger.record(session, statement, (), at)
        session.add(row)
        session.flush()
    except IntegrityError as error:
        raise PublicationConflictError(f"« {services.address(version)} » est déjà annulée.") from error
    return row


def project(version: PublishedVersion, cancelled: CancelledVersion, texts_dir: Path) -> bool:
    """Write beside the files of a version that it will not take effect; returns whether it was to be written.

    Raises `CorpusError` when its files are not there, or say something else.
    """
    said = Cancellation(cancelled.at.replace(microsecond=0), cancelled.reason)
    return freezing.cancel(texts_dir, services.address(version), said)
