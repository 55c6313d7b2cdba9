"""Write to everyone a publication concerns: who they are, in steps of bounded work, and what they are told.

Concerned (requirements P-11, T-06, O-55): the active accounts of the publisher that signed up at the service
or at one that requires it, and those that ever decided on its terms. One mail each, whatever the number of
services.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, exists, func, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.comparison import compare_bytes
from cgu_archive.corpus.model import NewVersion, Service
from cgu_archive.redline.listing import entries
from cgu_archive.redline.words import first_line, warning_sentence
from kiosk.acceptance.asking import asks
from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts.models import Account
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.notices import announcements
from kiosk.notices.notifications import Notification
from kiosk.notices.services import MailAsked, enqueue_mailing, is_due
from kiosk.notices.writing import written
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion
from kiosk.texts.naming import document

BATCH = 200
"""Accounts looked at in one transaction."""
PURPOSE = "publication"
_MOST_LINES = 40
"""Changes that a mail tells one by one; the page has them all."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What everyone concerned by a version is told, in the same words."""

    version: PublishedVersion
    services: frozenset[str]
    """The service whose terms changed, and those that require it."""
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class WhatChanges:
    """What a version changes to the one before it."""

    former: PublishedVersion
    brief: str
    """How many provisions and words, as the pages of comparisons say it."""
    warnings: tuple[str, ...]
    lines: tuple[str, ...]
    more: int
    """How many lines are left to the page."""


def letter(
    session: Session,
    services: Mapping[str, Service],
    version_id: int,
    *,
    public_url: str,
    archive_address: str,
    mode: str,
    at: datetime,
) -> Letter:
    """Return what is told of a version. Raises `UnknownVersionError`, `KeyError` for an unknown service."""
    version = texts.get(session, version_id)
    service = services[version.service]
    requiring = [one for one in services.values() if service.slug in _required(services, one)]
    address = f"{public_url}/{service.publisher.slug}/{service.slug}/{version.terms}"
    changes = _changes(session, version)
    subject, body = written(
        "mails/publication.txt",
        service=service,
        publisher=service.publisher,
        terms=service.document(version.terms),
        version=version,
        metadata=texts.metadata(version),
        requiring=requiring,
        changes=changes,
        corrected=_corrected(session, version),
        notified=asks(service, texts.metadata(version)) is NewVersion.NOTIFY,
        to_come=version.effective_at is not None and version.effective_at > at,
        later=_is_later(version),
        text=f"{address}/{version.slug}",
        comparison=f"{address}/comparer?de={changes.former.slug}&a={version.slug}" if changes else None,
        decide=f"{address}/decider",
        feed=f"{archive_address}{service.slug}/atom.xml",
        demonstration=mode == "demonstration",
    )
    return Letter(version, frozenset({service.slug, *(one.slug for one in requiring)}), subject, body)


def _corrected(session: Session, version: PublishedVersion) -> PublishedVersion | None:
    """Return the version whose error this one corrects."""
    slug = texts.metadata(version).corrects
    return texts.by_address(session, replace(texts.address(version), slug=slug)) if slug else None


def tell(
    engine: Engine, settings: Settings, clock: Clock, version_id: int, stopped: Callable[[], bool]
) -> bool:
    """Ask for the mails about a version, step by step; returns whether some accounts are left to look at.

    It gives way to whatever else is due, and ends when `stopped`. Raises `CorpusError` when the texts cannot
    be read, and what `letter` raises.
    """
    known = texts.load_services(settings.texts_dir)
    with reading(engine) as session:
        if texts.cancellations(session, [texts.get(session, version_id)]):
            return False
        told = letter(
            session, known, version_id, public_url=settings.public_url,
            archive_address=settings.archive_address, mode=settings.mode.value, at=clock(),
        )  # fmt: skip
    more = True
    while more:
        with writing(engine) as session:
            more = spread(session, told, clock())
        with reading(engine) as session:
            if more and (stopped() or is_due(session, clock())):
                return True
    return False


def spread(session: Session, told: Letter, at: datetime, batch: int = BATCH) -> bool:
    """Ask for the mails of the next `batch` accounts, and move on; returns whether some are left to look at.

    The mails and how far it went are one transaction, which the caller commits: killed at any instant, it
    goes on where it was, and nobody is written to twice.
    """
    held = announcements.locked(session, told.version.id)
    if held.stopped_at is not None or held.ended_at is not None:
        return False
    rows = session.execute(next_accounts(told.version, held.publisher, held.cursor, batch)).all()
    mailing = announcements.mailing_of(told.version.id)
    mails: list[MailAsked] = [
        {
            "key": f"{mailing}:{row.id}", "to": row.email, "subject": told.subject, "body": told.body,
            "at": at, "publisher": held.publisher, "notification": _told(told.version, row.subject_id),
        }
        for row in rows
        if row.deactivated_at is None and (row.service in told.services or row.decided)
    ]  # fmt: skip
    held.told += enqueue_mailing(session, mailing, mails)
    if len(rows) < batch:
        held.ended_at, held.cursor = at, ""
        return False
    held.cursor = rows[-1].id
    return True


def _told(version: PublishedVersion, subject_id: str | None) -> Notification:
    return Notification(PURPOSE, subject_id, version.statement_hash, document(version))


def next_accounts(
    version: PublishedVersion, publisher: str, after: str, count: int
) -> Select[*tuple[Any, ...]]:
    """Return what asks for the `count` accounts that come `after` one, and whether each ever decided.

    Those to leave out are among them: however many they are, a step is no longer for it.
    """
    decided = exists().where(
        Decision.subject_id == Subject.id,
        Decision.service == version.service,
        Decision.terms == version.terms,
    )
    return (
        select(
            Account.id, Account.email, Account.service, Account.deactivated_at,
            Subject.id.label("subject_id"), decided.label("decided"),
        )
        .outerjoin(Subject, Subject.account_id == Account.id)
        .where(Account.publisher == publisher, Account.id > after)
        .order_by(Account.id)
        .limit(count)
    )  # fmt: skip


def concerned(session: Session, services: Mapping[str, Service], service: Service, terms: str) -> int:
    """Return how many people a new version of a document of `service` would be told to, as things are."""
    told = [
        service.slug,
        *(one.slug for one in services.values() if service.slug in _required(services, one)),
    ]
    decided = exists().where(
        Subject.account_id == Account.id,
        Decision.subject_id == Subject.id,
        Decision.service == service.slug,
        Decision.terms == terms,
    )
    counted = select(func.count(Account.id)).where(
        Account.publisher == service.publisher.slug,
        Account.deactivated_at.is_(None),
        Account.service.in_(told) | decided,
    )
    return session.scalar(counted) or 0


def _required(services: Mapping[str, Service], service: Service) -> set[str]:
    """Return the services that `service` requires, and those that they require."""
    found: set[str] = set()
    for slug in service.requires:
        found |= {slug} | _required(services, services[slug])
    return found


def _is_later(version: PublishedVersion) -> bool:
    """Whether one may go on for a while, once it is in force, without having decided."""
    return (
        version.required_at is not None
        and version.effective_at is not None
        and version.required_at > version.effective_at
    )


def _changes(session: Session, version: PublishedVersion) -> WhatChanges | None:
    """Return what `version` changes to the one published before it; None for the first."""
    former = texts.former(session, version)
    if former is None:
        return None
    found = compare_bytes(
        former.text,
        version.text,
        old_side=texts.side(former),
        new_side=texts.side(version),
        earlier=texts.sides_before(session, version, former),
    )
    lines = tuple(entry.sentence for entry in entries(found))
    return WhatChanges(
        former,
        first_line(found),
        tuple(warning_sentence(one) for one in found.warnings),
        lines[:_MOST_LINES],
        max(0, len(lines) - _MOST_LINES),
    )
