"""New versions that a signed-in person has not decided on: what the banner of their pages says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import NewVersion, Service, Terms
from kiosk.acceptance.asking import Asked, asks
from kiosk.acceptance.policy import ENDING, Access, Decided, Kind, applicable_version
from kiosk.acceptance.services import Recorded
from kiosk.db import table
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion
from kiosk.traces import services as traces

_DECIDING = (Kind.ACCEPTED, Kind.REFUSED, *ENDING)


class Says(StrEnum):
    """What a banner says of a version."""

    DECIDE = "decide"
    NOTIFIED = "notified"
    """It asks nothing; said until it was on the screen."""
    TO_COME = "to-come"


@dataclass(frozen=True, slots=True)
class News:
    """One banner."""

    service: Service
    terms: Terms
    version: PublishedVersion
    says: Says
    deadline: datetime | None
    """Until when one goes on under the version accepted before, where that is so."""
    since: str | None
    """The version that the person accepted, to compare with."""


def of_space(session: Session, asked: Sequence[Asked], account_id: str | None, at: datetime) -> list[News]:
    """Return the banners of a service that is open, from what its gate has loaded.

    One query more when a version was notified, to know whether it was read; none otherwise.
    """
    found = [news for one in asked if (news := _of_asked(one, at))]
    return _unread(session, found, account_id, at)


def of_person(
    session: Session,
    services: Mapping[str, Service],
    recorded: Sequence[Recorded],
    account_id: str,
    at: datetime,
) -> list[News]:
    """Return the banners of a person, from their decisions, newest first; one query, or two as above."""
    documents = {(one.decision.service, one.decision.terms) for one in recorded}
    found = []
    for version in _newest(session, documents):
        decisions = [one for one in recorded[::-1] if _is_on(one, version) and not one.cancelled]
        news = _of_version(services[version.service], version, decisions, at)
        if news is not None:
            found.append(news)
    return _unread(session, found, account_id, at)


def _of_asked(one: Asked, at: datetime) -> News | None:
    version, answer = one.version, one.answer
    if version is None:
        return None
    terms = one.service.document(answer.document.terms)
    if answer.access is Access.GRACE:
        return News(one.service, terms, version, Says.DECIDE, answer.deadline, None)
    held = applicable_version(answer.document.decisions, at, current=answer.document.current)
    if answer.access is Access.OPEN and held != version.id:
        return News(one.service, terms, version, Says.NOTIFIED, None, None)
    return None


def _of_version(
    service: Service, version: PublishedVersion, decisions: Sequence[Recorded], at: datetime
) -> News | None:
    """Return what is said of the newest version of a document; `decisions` are on it, oldest first."""
    if any(one.version.id == version.id and one.decision.kind in _DECIDING for one in decisions):
        return None
    terms = service.document(version.terms)
    made = [Decided(one.version.id, Kind(one.decision.kind), one.decision.decided_at) for one in decisions]
    held = applicable_version(made, at)
    since = next((one.version.slug for one in decisions if one.version.id == held), None)
    if version.effective_at is not None and version.effective_at > at:
        return News(service, terms, version, Says.TO_COME, None, since)
    if held is not None and asks(service, texts.metadata(version)) is NewVersion.NOTIFY:
        return News(service, terms, version, Says.NOTIFIED, None, since)
    later = version.required_at is not None and at < version.required_at
    return News(service, terms, version, Says.DECIDE, version.required_at if held and later else None, since)


def _newest(session: Session, documents: set[tuple[str, str]]) -> list[PublishedVersion]:
    if not documents:
        return []
    document = tuple_(PublishedVersion.service, PublishedVersion.terms)
    last = (
        select(PublishedVersion.service, PublishedVersion.terms, func.max(PublishedVersion.sequence))
        .where(document.in_(sorted(documents)), ~texts.is_cancelled(table(PublishedVersion).c.id))
        .group_by(PublishedVersion.service, PublishedVersion.terms)
    )
    one = tuple_(PublishedVersion.service, PublishedVersion.terms, PublishedVersion.sequence)
    wanted = select(PublishedVersion).where(one.in_(last))
    return list(session.scalars(wanted.order_by(PublishedVersion.id)))


def _is_on(one: Recorded, version: PublishedVersion) -> bool:
    return (one.decision.service, one.decision.terms) == (version.service, version.terms)


def _unread(session: Session, found: list[News], account_id: str | None, at: datetime) -> list[News]:
    """Leave out what was notified and then read, or so long ago that no trace tells."""
    notified = [one.version for one in found if one.says is Says.NOTIFIED]
    if not notified:
        return found
    old = {one.id for one in notified if (one.effective_at or one.registered_at) <= at - traces.KEPT}
    recent = {one.id for one in notified} - old
    read = old | (traces.shown(session, account_id, recent) if account_id and recent else set())
    return [one for one in found if one.says is not Says.NOTIFIED or one.version.id not in read]
