"""Publish a version: the one door of the evidence room and the terminal; tell of what came by files too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Corpus, Service, Version
from kiosk.notices import announcements
from kiosk.notices import services as notices
from kiosk.texts import registering
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
    hold: timedelta = announcements.HOLD,
) -> PublishedVersion:
    """Publish `draft`: version, statement and the tasks that follow, for the caller to commit at once.

    Everyone concerned is told once `hold` has passed (requirements P-11, T-06, O-55).

    Raises `PublicationRefusedError` when the draft cannot be published as it stands, and
    `PublicationConflictError` when another publication of the document came first.
    """
    row = registering.record_publication(
        session, service, draft, environment=environment, reason=reason, at=at
    )
    payload = {"version_id": row.id}
    for kind in (notices.PROJECT, notices.BUILD):
        notices.enqueue(session, kind, f"{kind}:{draft.address}", payload, at)
    announcements.announce(session, row, service.publisher.slug, at=at, hold=hold)
    return row


def announce_synced(
    session: Session, corpus: Corpus, added: Sequence[PublishedVersion], *, at: datetime, hold: timedelta
) -> int:
    """Ask that people be told of what `kiosk texts sync` registered; returns how many versions are announced.

    Of each document the newest alone, where an older one was registered before: nobody is told of the texts
    that a kiosk begins with, nor of a copy received from elsewhere, nor of what is cancelled already.
    """
    newest = {(one.service, one.terms): one for one in added}
    told = 0
    for (service, terms), version in newest.items():
        arrived = sum((one.service, one.terms) == (service, terms) for one in added)
        if texts.cancellations(session, [version]):
            continue
        if version.published_at is not None and version.sequence > arrived:
            publisher = corpus.service(service).publisher.slug
            announcements.announce(session, version, publisher, at=at, hold=hold)
            told += 1
    return told


def cancel_synced(session: Session, cancelled: Sequence[PublishedVersion], *, at: datetime) -> None:
    """Have whoever was told of versions that files cancelled be told, as when the legal desk cancels."""
    for one in cancelled:
        notices.enqueue(session, notices.CANCEL, f"{notices.CANCEL}:{one.id}", {"version_id": one.id}, at)
