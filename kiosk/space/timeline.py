"""« Histoire » : what a person did and was told, beside the publications of the texts they use (S-60).

Newest first, a page at a time, found by where the page before ended: one question to the database a page.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    case,
    cast,
    func,
    literal,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from kiosk.acceptance.models import Contestation, Decision, Subject
from kiosk.accounts.models import Account, ConsentChange
from kiosk.db import UTCDateTime
from kiosk.ledger.models import Disclosure
from kiosk.notices.models import NotificationRow
from kiosk.proof.statement import instant
from kiosk.retention.models import RightsRequest
from kiosk.texts.models import PublishedVersion
from kiosk.traces.models import Trace
from kiosk.traces.services import Event

PAGE = 50
"""Entries of a page."""
_KEY = re.compile(r"([a-z]{1,16})\.([0-9a-z-]{1,80})\.(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)")


class Source(StrEnum):
    """What an entry is about."""

    TRACE = "trace"
    DECISION = "decision"
    CONTESTATION = "contestation"
    NOTICE = "notice"
    CONSENT = "consent"
    REQUEST = "request"
    ANSWER = "answer"
    PUBLICATION = "publication"


class InvalidPlaceError(Exception):
    """What an address says of where a page begins is not a place."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands."""

    at: datetime
    source: str
    key: str

    def __str__(self) -> str:
        """Return it as an address carries it; it names nobody."""
        return f"{self.source}.{self.key}.{instant(self.at)}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """Return what `text` says; raises `InvalidPlaceError`."""
        found = _KEY.fullmatch(text)
        try:
            if found is None:
                raise ValueError(text)  # noqa: TRY301
            return cls(datetime.fromisoformat(found[3]), Source(found[1]).value, found[2])
        except ValueError as error:
            raise InvalidPlaceError(text[:120]) from error


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    at: datetime
    source: str
    key: str
    what: str
    """Which event, decision, purpose, channel or right."""
    service: str | None
    version_id: int | None
    state: str | None
    """How it stands, where that may change: a mail, a consent, an answer."""

    @property
    def place(self) -> Place:
        """Return where it stands."""
        return Place(self.at, self.source, self.key)


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, newest first."""

    entries: tuple[Entry, ...]
    after: Place | None
    """Where the next page begins; None: there is none."""


def used(session: Session, account_id: str) -> tuple[str, ...]:
    """Return the services that a person signed up at or decided about, sorted."""
    decided = (
        select(Decision.service)
        .join(Subject, Subject.id == Decision.subject_id)
        .where(Subject.account_id == account_id)
    )
    own = select(Account.service).where(Account.id == account_id)
    return tuple(sorted(set(session.scalars(decided.union(own)))))


def page(
    session: Session, account_id: str, services: Collection[str], after: Place | None, *, alone: bool = False,
    size: int = PAGE,
) -> Page:  # fmt: skip
    """Return the entries of an account that concern `services`, `size` at most, from `after` on.

    And what concerns no service in particular, unless `services` are wanted `alone`.
    """
    mine = select(Subject.id).where(Subject.account_id == account_id).scalar_subquery()
    together = union_all(
        *(
            select(_cut(one, services if alone else None, after, size).subquery())
            for one in _branches(account_id, mine, services)
        )
    ).subquery()
    place = tuple_(together.c.at, together.c.source, together.c.key)
    rows = session.execute(select(together).order_by(*(one.desc() for one in place.clauses)).limit(size + 1))
    found = [Entry(*row) for row in rows]
    return Page(tuple(found[:size]), found[size - 1].place if len(found) > size else None)


def _cut(branch: Select[Any], alone: Collection[str] | None, after: Place | None, size: int) -> Select[Any]:
    inner = branch.subquery()
    wanted = select(inner)
    if alone is not None:
        wanted = wanted.where(inner.c.service.in_(alone))
    place = tuple_(inner.c.at, inner.c.source, inner.c.key)
    if after is not None:
        here = tuple_(literal(after.at, UTCDateTime()), literal(after.source), literal(after.key))
        wanted = wanted.where(place < here)
    return wanted.order_by(*(one.desc() for one in place.clauses)).limit(size + 1)


def _entry(
    source: Source,
    at: Any,
    key: Any,
    what: Any,
    *,
    service: Any = None,
    version_id: Any = None,
    state: Any = None,
) -> Select[Any]:
    none: ColumnElement[Any] = null()
    return select(
        at.label("at"),
        literal(source.value, String).label("source"),
        cast(key, String).label("key"),
        what.label("what"),
        cast(none if service is None else service, String).label("service"),
        cast(none if version_id is None else version_id, Integer).label("version_id"),
        cast(none if state is None else state, String).label("state"),
    )


def _branches(account_id: str, subject: Any, services: Collection[str]) -> Iterator[Select[Any]]:
    yield _entry(
        Source.TRACE, Trace.at, Trace.id, Trace.event, service=Trace.service, version_id=Trace.version_id
    ).where(Trace.account_id == account_id, Trace.event != Event.DECIDED.value)
    yield _entry(
        Source.DECISION, Decision.decided_at, Decision.id, Decision.kind, service=Decision.service,
        version_id=Decision.version_id,
    ).where(Decision.subject_id == subject)  # fmt: skip
    yield (
        _entry(
            Source.CONTESTATION, Contestation.contested_at, Decision.id + "-" + Contestation.id,
            Decision.kind, service=Decision.service, version_id=Decision.version_id, state=Disclosure.field,
        )
        .join(Decision, Decision.statement_hash == Contestation.about)
        .outerjoin(
            Disclosure,
            (Disclosure.statement_hash == Contestation.statement_hash)
            & (Disclosure.field == "organisation_name"),
        )
        .where(Contestation.subject_id == subject)
    )  # fmt: skip
    yield (
        _entry(
            Source.NOTICE, NotificationRow.handed_at, NotificationRow.statement_hash, NotificationRow.purpose,
            service=func.coalesce(Decision.service, PublishedVersion.service),
            version_id=func.coalesce(Decision.version_id, PublishedVersion.id), state=NotificationRow.state,
        )
        .select_from(NotificationRow)
        .outerjoin(Decision, Decision.statement_hash == NotificationRow.about)
        .outerjoin(PublishedVersion, PublishedVersion.statement_hash == NotificationRow.about)
        .where(NotificationRow.subject_id == subject)
    )  # fmt: skip
    yield _entry(
        Source.CONSENT, ConsentChange.at,
        ConsentChange.service + "-" + ConsentChange.channel + "-" + cast(ConsentChange.sequence, String),
        ConsentChange.channel, service=ConsentChange.service, state=cast(ConsentChange.given, Integer),
    ).where(ConsentChange.account_id == account_id)  # fmt: skip
    yield _entry(Source.REQUEST, RightsRequest.received_at, RightsRequest.id, RightsRequest.wanted).where(
        RightsRequest.account_id == account_id
    )
    yield _entry(
        Source.ANSWER, RightsRequest.decided_at, RightsRequest.id, RightsRequest.wanted,
        state=RightsRequest.outcome,
    ).where(RightsRequest.account_id == account_id, RightsRequest.decided_at.is_not(None))  # fmt: skip
    yield _entry(
        Source.PUBLICATION, func.coalesce(PublishedVersion.published_at, PublishedVersion.registered_at),
        PublishedVersion.id, PublishedVersion.terms, service=PublishedVersion.service,
        version_id=PublishedVersion.id,
        state=case((PublishedVersion.published_at.is_(None), "received"), else_="published"),
    ).where(PublishedVersion.service.in_(services))  # fmt: skip
