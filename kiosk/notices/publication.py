"""Publish a version: the one door that the legal desk and the terminal share."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Service, Version
from kiosk.notices import services as notices
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion


def publish(
    session: Session,
    service: Service,
    draft: Version,
    *,
    environment: str,
    reason: str | None,
    at: datetime,
) -> PublishedVersion:
    """Publish `draft`: version, statement and the tasks that follow, for the caller to commit at once.

    Raises `PublicationRefusedError` when the draft cannot be published as it stands, and
    `PublicationConflictError` when another publication of the document came first.
    """
    row = texts.record_publication(session, service, draft, environment=environment, reason=reason, at=at)
    payload = {"version_id": row.id}
    for kind in (notices.PROJECT, notices.BUILD):
        notices.enqueue(session, kind, f"{kind}:{draft.address}", payload, at)
    return row
