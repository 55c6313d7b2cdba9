"""What everybody could read online at an instant: the versions that were there, and which was to be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import Json
from cgu_archive.corpus.model import Service
from kiosk.proof.statement import instant
from kiosk.texts.models import PublishedVersion
from kiosk.texts.services import cancellations


@dataclass(frozen=True, slots=True)
class Online:
    """One document as it was online."""

    service: str
    terms: str
    title: str
    current: PublishedVersion | None
    """The version to be read: in force, else the last known; None: none was there."""
    upcoming: tuple[PublishedVersion, ...]
    """Published, and not in force yet."""
    former: tuple[PublishedVersion, ...]
    """Replaced, and still to be read in the archive."""

    @property
    def versions(self) -> tuple[PublishedVersion, ...]:
        """All of them, oldest first."""
        return (*self.former, *((self.current,) if self.current else ()), *self.upcoming)


def documents(session: Session, service: Service, at: datetime) -> tuple[Online, ...]:
    """Return the documents of `service` as they were online `at` an instant, two queries each.

    A version cancelled before then was not there.
    """
    return tuple(_document(session, service, terms.slug, terms.title, at) for terms in service.terms)


def _document(session: Session, service: Service, terms: str, title: str, at: datetime) -> Online:
    there = session.scalars(
        select(PublishedVersion)
        .where(
            PublishedVersion.service == service.slug,
            PublishedVersion.terms == terms,
            PublishedVersion.registered_at <= at,
        )
        .order_by(PublishedVersion.sequence)
    ).all()
    void = {key for key, one in cancellations(session, there).items() if one.at <= at}
    lasting = [one for one in there if one.id not in void]
    begun = [one for one in lasting if one.effective_at is None or one.effective_at <= at]
    upcoming = tuple(one for one in lasting if one not in begun)
    return Online(service.slug, terms, title, begun[-1] if begun else None, upcoming, tuple(begun[:-1]))


def as_json(online: Online) -> Json:
    """Return `online` for machines."""
    return {
        "service": online.service,
        "terms": online.terms,
        "current": _version(online.current) if online.current else None,
        "upcoming": [_version(one) for one in online.upcoming],
        "former": [_version(one) for one in online.former],
    }


def _version(row: PublishedVersion) -> Json:
    return {
        "version": row.slug,
        "label": row.label,
        "text_hash": row.text_hash,
        "metadata_hash": row.metadata_hash,
        "online_since": instant(row.registered_at),
        "published_at": instant(row.published_at) if row.published_at else None,
        "effective_at": instant(row.effective_at) if row.effective_at else None,
        "required_at": instant(row.required_at) if row.required_at else None,
        "statement": row.statement_hash,
    }
