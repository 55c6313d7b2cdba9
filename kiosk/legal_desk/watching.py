"""How people answer a version, in numbers that name nobody: told, seen, decided, silent, day by day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ColumnElement, Select, cast, distinct, extract, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from cgu_archive.corpus.dates import day_in_paris
from kiosk.acceptance.informing import PURPOSE
from kiosk.acceptance.models import Decision, Subject
from kiosk.acceptance.policy import Kind
from kiosk.accounts.models import Account
from kiosk.notices.models import Announcement, NotificationRow
from kiosk.notices.notifications import BOUNCED, HANDED, REFUSED
from kiosk.texts.models import PublishedVersion
from kiosk.traces.models import Trace
from kiosk.traces.services import Event

GROUP = 10
"""Below as many people a group is not counted: who they are could be guessed."""
_HOUR = 3600


class Series(StrEnum):
    """What is counted of a version."""

    TOLD = "told"
    """People whom a mail was asked for."""
    HANDED = "handed"
    """Mails that the server took."""
    UNDELIVERED = "undelivered"
    """Mails refused, or that came back."""
    SEEN = "seen"
    """People who had the text on their screen, to decide; known for a year."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    LEFT = "left"
    """People who renounced the service, or ended the agreement."""
    SILENT = "silent"
    """People who were told and decided nothing; those who closed their account since are among them."""


DAILY = (Series.HANDED, Series.UNDELIVERED, Series.SEEN, Series.ACCEPTED, Series.REFUSED, Series.DEFERRED)
"""What has a day."""
_OF_KIND: Mapping[str, Series] = {
    Kind.ACCEPTED.value: Series.ACCEPTED,
    Kind.REFUSED.value: Series.REFUSED,
    Kind.DEFERRED.value: Series.DEFERRED,
    Kind.RENOUNCED.value: Series.LEFT,
    Kind.TERMINATED.value: Series.LEFT,
}


@dataclass(frozen=True, slots=True)
class Size:
    """How many people, as it may be shown: tens, rounded down; None is fewer than ten.

    Rounded alike, no number is the difference of others: one that is not shown cannot be worked out, whatever
    the total.
    """

    tens: int | None

    @classmethod
    def of(cls, count: int) -> Size:
        """Return what is shown of `count` people."""
        return cls(count // GROUP * GROUP if count >= GROUP else None)


@dataclass(frozen=True, slots=True)
class Watched:
    """How people answered a version up to an instant."""

    version: PublishedVersion
    told_of: bool
    """Whether this kiosk tells people of it at all."""
    sizes: Mapping[Series, Size]
    days: tuple[tuple[date, Mapping[Series, Size]], ...]
    """Of Paris, in order, those when something was counted: how many by the end of each, since the first."""


def watch(session: Session, version: PublishedVersion) -> Watched:
    """Return how people answered `version`, in five queries whatever their number."""
    announced = session.get(Announcement, version.id)
    by_day = _by_day(session, version)
    standing = _standing(session, version.id)
    mails = {series: sum(by_day.get(series, {}).values()) for series in (Series.HANDED, Series.UNDELIVERED)}
    counts = Counter(standing) + Counter(mails)
    counts[Series.SEEN] = session.scalar(_seen(version)) or 0
    if announced is not None:
        answered = session.scalar(_answered(version, announced.announced_at)) or 0
        counts[Series.TOLD] = announced.told
        counts[Series.SILENT] = max(0, announced.told - answered)
    return Watched(
        version=version,
        told_of=announced is not None,
        sizes={series: Size.of(counts[series]) for series in Series},
        days=tuple(_running(by_day)),
    )


def _running(
    by_day: Mapping[Series, Mapping[date, int]],
) -> Iterable[tuple[date, Mapping[Series, Size]]]:
    """Yield each day with how many of each there were by its end."""
    so_far: Counter[Series] = Counter()
    for day in sorted({day for counts in by_day.values() for day in counts}):
        for series in DAILY:
            so_far[series] += by_day.get(series, {}).get(day, 0)
        yield day, {series: Size.of(so_far[series]) for series in DAILY}


def _by_day(session: Session, version: PublishedVersion) -> dict[Series, dict[date, int]]:
    """Return how many of each series there were each day, in Paris: rows come by the hour."""
    found: defaultdict[Series, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))

    def add(series: Series, hour: int, count: int) -> None:
        found[series][day_in_paris(datetime.fromtimestamp(int(hour), UTC))] += count

    notified = _hour(NotificationRow.handed_at)
    for hour, state, count in session.execute(
        select(notified, NotificationRow.state, func.count())
        .where(NotificationRow.about == version.statement_hash, NotificationRow.purpose == PURPOSE)
        .group_by(notified, NotificationRow.state)
    ):
        if state in (REFUSED, BOUNCED):
            add(Series.UNDELIVERED, hour, count)
        if state == HANDED:
            add(Series.HANDED, hour, count)
    decided = _hour(Decision.decided_at)
    for hour, kind, count in session.execute(
        select(decided, Decision.kind, func.count())
        .where(Decision.version_id == version.id)
        .group_by(decided, Decision.kind)
    ):
        if _OF_KIND.get(kind) in DAILY:
            add(_OF_KIND[kind], hour, count)
    first = select(func.min(Trace.day).label("day")).where(
        Trace.version_id == version.id, Trace.event == Event.SHOWN.value
    )
    firsts = first.group_by(Trace.account_id).subquery()
    for day, count in session.execute(select(firsts.c.day, func.count()).group_by(firsts.c.day)):
        found[Series.SEEN][day] += count
    return {series: dict(days) for series, days in found.items()}


def _hour(at: InstrumentedAttribute[datetime]) -> ColumnElement[int]:
    """Return, in SQL, the hour in which an instant is: seconds since 1970, of its beginning."""
    seconds = cast(extract("epoch", at), BigInteger)
    return seconds - seconds % _HOUR


def _standing(session: Session, version_id: int) -> dict[Series, int]:
    """Return how many people stand where with a version: the last word of each counts."""
    later = aliased(Decision)
    last = (
        select(Decision.kind, func.count())
        .outerjoin(
            later,
            (later.subject_id == Decision.subject_id)
            & (later.version_id == Decision.version_id)
            & (later.sequence > Decision.sequence),
        )
        .where(Decision.version_id == version_id, later.id.is_(None))
        .group_by(Decision.kind)
    )
    found: Counter[Series] = Counter()
    for kind, count in session.execute(last):
        if kind in _OF_KIND:
            found[_OF_KIND[kind]] += count
    return dict(found)


def _seen(version: PublishedVersion) -> Select[int]:
    return select(func.count(distinct(Trace.account_id))).where(
        Trace.version_id == version.id, Trace.event == Event.SHOWN.value
    )


def _answered(version: PublishedVersion, announced_at: datetime) -> Select[int]:
    """Return what counts the people who decided of a version and had their account when it was announced."""
    return (
        select(func.count(distinct(Decision.subject_id)))
        .join(Subject, Subject.id == Decision.subject_id)
        .join(Account, Account.id == Subject.account_id)
        .where(Decision.version_id == version.id, Account.created_at <= announced_at)
    )
