"""For each day that ended, one statement of all documents shown on it, which names nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from kiosk.ledger import proofs
from kiosk.ledger import services as ledger
from kiosk.ledger.deviations import DeviationError
from kiosk.proof import exposure, statement
from kiosk.proof.statement import Kind, Statement
from kiosk.texts.models import PublishedVersion
from kiosk.traces.models import ExposureDigest, Trace
from kiosk.traces.services import KEPT, Event, Randomness

SETTLED = timedelta(minutes=10)
"""How long after midnight a day is over: a trace of its last second may still be on its way."""
_WHOLE = KEPT - timedelta(days=1)
"""How long no line of a day may be missing; a day less than until the first is purged, by whatever clock."""


def tell_days(session: Session, environment: str, at: datetime, randomness: Randomness) -> list[date]:
    """Record the statement of each day (UTC) that is over and has none yet; returns those days.

    A day without a document shown has none. The caller commits. Two workers at once cannot both tell a day:
    the second fails with `IntegrityError`.
    """
    told = select(ExposureDigest.day)
    days = session.scalars(
        select(Trace.day)
        .where(Trace.day < (at - SETTLED).astimezone(UTC).date(), Trace.day.not_in(told))
        .distinct()
        .order_by(Trace.day)
    )
    found = [day for day in days if day is not None]
    for day in found:
        _tell(session, day, environment, at, randomness)
    return found


def audit(session: Session, at: datetime) -> None:
    """Check that the lines still kept `at` of each day that is told are those of its statement.

    Of a day old enough to be purged, or whose statement was handed back after a loss of data, there may be
    fewer; then nothing is said of the others. Raises `DeviationError`.
    """
    today = at.astimezone(UTC).date()
    for told in session.scalars(select(ExposureDigest).order_by(ExposureDigest.day)):
        lines = [line for _, line in _lines(session, told.day, told.last_trace_id)]
        made = ledger.get(session, told.statement_hash)
        said = made.members
        fewer = len(lines) < said["count"]
        if fewer and (today - told.day >= _WHOLE or _is_handed_back(session, made)):
            continue
        found = exposure.digest(lines)
        if (len(lines), found) != (said["count"], said["digest"]):
            wanted = f"{said['count']} ligne(s), {said['digest']}"
            raise DeviationError("trace", told.day.isoformat(), wanted, f"{len(lines)} ligne(s), {found}")


def _is_handed_back(session: Session, made: Statement) -> bool:
    """Whether a statement was lost here, and came back alone: what it tells of was lost with it."""
    return proofs.recovered_leaf(session, made.body) is not None


def _tell(session: Session, day: date, environment: str, at: datetime, randomness: Randomness) -> None:
    lines = list(_lines(session, day))
    members = {
        "id": randomness(16).hex(),
        "day": day.isoformat(),
        "count": len(lines),
        "digest": exposure.digest(line for _, line in lines),
    }
    made = statement.make(Kind.EXPOSURE, environment, at, members)
    last = max(trace_id for trace_id, _ in lines)
    digest = ledger.record(session, made, (), at)
    session.add(ExposureDigest(day=day, statement_hash=digest, last_trace_id=last))
    session.flush()


_LINES = (
    select(
        Trace.id, Trace.day, Trace.account_id, Trace.at, Trace.salt,
        PublishedVersion.service, PublishedVersion.terms, PublishedVersion.slug, PublishedVersion.text_hash,
    )
    .join(PublishedVersion, PublishedVersion.id == Trace.version_id)
    .where(Trace.event == Event.SHOWN.value)
)  # fmt: skip


def _lines(session: Session, day: date, last: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield trace and line of each document shown on `day`, up to the trace `last`."""
    wanted = _LINES.where(Trace.day == day)
    if last is not None:
        wanted = wanted.where(Trace.id <= last)
    for row in session.execute(wanted):
        yield row.id, _line(row)


def _line(row: Row[*tuple[Any, ...]]) -> bytes:
    return exposure.line(
        account=row.account_id,
        at=row.at,
        salt=row.salt,
        service=row.service,
        terms=row.terms,
        version=row.slug,
        text_hash=row.text_hash,
    )
