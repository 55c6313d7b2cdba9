"""Cancel a published version before it takes effect: a row, a statement for everyone, never an edit."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cgu_archive.corpus import freezing, loader
from cgu_archive.corpus.model import Cancellation, Corpus
from kiosk.ledger import services as ledger
from kiosk.proof import statement as statements
from kiosk.texts import registering, services
from kiosk.texts.errors import PublicationConflictError, PublicationRefusedError, SyncRefusedError
from kiosk.texts.models import CancelledVersion, PublishedVersion
from kiosk.texts.reading import frozen_version

MAX_REASON = 1000
BY_FILES = "inscrite d’après les fichiers des textes"
"""Who decided a cancellation that the files alone tell."""


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
    statement = _statement(version, reason, decided_by, environment, at)
    return _record(session, version, statement, reason, cancelled_at=at, at=at)


def sync(session: Session, corpus: Corpus, environment: str, at: datetime) -> list[PublishedVersion]:
    """Register the cancellations that the files of `corpus` tell and the database ignores; returns whose.

    Each is of the instant that its file says, its statement of now. Raises `SyncRefusedError` when a file
    says another reason or instant than what is registered, or an instant after the version took effect.
    """
    added = []
    for _, _, version in corpus.versions():
        said = version.cancellation
        if said is None or not version.published:
            continue
        row = services.by_address(session, version.address)
        held = session.get(CancelledVersion, row.id)
        if held is None:
            if row.effective_at is None or not said.at < row.effective_at or said.at > at:
                raise SyncRefusedError(
                    f"{version.address} : {loader.CANCELLATION} dit une annulation du {said.at.isoformat()},"
                    " qui n’est pas d’avant la prise d’effet, ou qui est à venir. Rien n’est inscrit."
                )
            statement = _statement(row, said.reason, BY_FILES, environment, at)
            _record(session, row, statement, said.reason, cancelled_at=said.at, at=at)
            added.append(row)
        elif Cancellation(held.at.replace(microsecond=0), held.reason) != said:
            raise SyncRefusedError(
                f"{version.address} : {loader.CANCELLATION} diffère de l’annulation enregistrée."
                " Restaurez-le."
            )
    return added


def take_up(
    session: Session, version: PublishedVersion, reason: str, statement_hash: str, at: datetime
) -> None:
    """Register again, for a database that lost it, the cancellation that a statement told `at`."""
    session.add(CancelledVersion(version_id=version.id, at=at, reason=reason, statement_hash=statement_hash))
    session.flush()


def _statement(
    version: PublishedVersion, reason: str, decided_by: str, environment: str, at: datetime
) -> statements.Statement:
    return statements.make(
        statements.Kind.CANCELLATION,
        environment,
        at,
        {
            "id": secrets.token_hex(16),
            "document": registering.document(frozen_version(version)),
            "reason": reason,
            "decided_by": decided_by,
        },
    )


def _record(
    session: Session,
    version: PublishedVersion,
    statement: statements.Statement,
    reason: str,
    *,
    cancelled_at: datetime,
    at: datetime,
) -> CancelledVersion:
    row = CancelledVersion(
        version_id=version.id, at=cancelled_at, reason=reason, statement_hash=statement.hash
    )
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
