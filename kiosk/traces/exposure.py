"""For each day that ended, one statement of all documents shown on it, which names nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from kiosk.ledger import services as ledger
from kiosk.proof import exposure, statement
from kiosk.proof.exposure import Inclusion
from kiosk.proof.statement import Kind
from kiosk.texts.models import PublishedVersion
from kiosk.traces.errors import NoDigestError, UnknownTraceError
from kiosk.traces.models import ExposureDigest, Trace
from kiosk.traces.services import Event, Randomness

SETTLED = timedelta(minutes=10)
"""How long after midnight a day is over: a trace of its last second may still be on its way."""


@dataclass(frozen=True, slots=True)
class Included:
    """One line of a day, and what leads from it to the statement of that day."""

    line: bytes
    where: Inclusion
    statement_hash: str


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


def included(session: Session, trace_id: int) -> Included:
    """Return the line of a document shown and its path to the digest of its day.

    Raises `UnknownTraceError` when no document shown has this trace, `NoDigestError` when its day is not
    told yet, or was told from lines that are not all there any more.
    """
    row = session.execute(_LINES.where(Trace.id == trace_id)).one_or_none()
    if row is None:
        raise UnknownTraceError(f"trace {trace_id}")
    told = session.get(ExposureDigest, row.day)
    if told is None or trace_id > told.last_trace_id:
        raise NoDigestError(f"trace {trace_id}: {row.day} has no digest of it")
    lines = [line for _, line in _lines(session, row.day, told.last_trace_id)]
    members = ledger.get(session, told.statement_hash).members
    if exposure.digest(lines) != members["digest"]:
        raise NoDigestError(f"trace {trace_id}: lines of {row.day} are gone")
    one = _line(row)
    return Included(one, exposure.inclusion(lines, one), told.statement_hash)


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
