"""The statement of each day that ended: once, after a downtime too, and its lines are those it tells of."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import IntegrityError

from cgu_archive.corpus.model import Corpus
from kiosk.db import reading, writing
from kiosk.ledger import services as ledger
from kiosk.ledger.deviations import DeviationError
from kiosk.texts.models import PublishedVersion
from kiosk.texts.registering import sync
from kiosk.traces import exposure, services
from kiosk.traces.models import ExposureDigest, Trace
from kiosk.traces.services import Event

DAY = timedelta(days=1)
TOLD = timedelta(hours=17)
"""From the instant of the tests to where its day is over: 01:00 the next day, UTC."""


@pytest.fixture
def versions(engine: Engine, corpus: Corpus, at: datetime) -> list[int]:
    with writing(engine) as session:
        sync(session, corpus, "demonstration", at)
        return list(session.scalars(select(PublishedVersion.id).order_by(PublishedVersion.id)))


def show(engine: Engine, account: int, version_id: int, at: datetime) -> None:
    with writing(engine) as session:
        services.leave(session, f"{account:032x}", Event.SHOWN, at, os.urandom, "demonstration", version_id)


def tell(engine: Engine, at: datetime) -> list[date]:
    with writing(engine) as session:
        return exposure.tell_days(session, "demonstration", at, os.urandom)


def told(engine: Engine) -> list[dict[str, object]]:
    with reading(engine) as session:
        rows = session.scalars(select(ExposureDigest).order_by(ExposureDigest.day)).all()
        return [dict(ledger.get(session, row.statement_hash).members) for row in rows]


def traces(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return list(session.scalars(select(Trace.id).where(Trace.event == Event.SHOWN).order_by(Trace.id)))


def audit(engine: Engine, at: datetime) -> None:
    with reading(engine) as session:
        exposure.audit(session, at)


def test_a_document_shown_again_the_same_day_leaves_one_trace(
    engine: Engine, versions: list[int], at: datetime
) -> None:
    for later in (timedelta(), timedelta(hours=3), timedelta(hours=15, minutes=59)):
        show(engine, 1, versions[0], at + later)
    assert len(traces(engine)) == 1
    show(engine, 1, versions[1], at)
    show(engine, 2, versions[0], at)
    show(engine, 1, versions[0], at + timedelta(hours=16))  # the next day, UTC
    assert len(traces(engine)) == 4


def test_a_day_is_told_once_when_it_is_over(engine: Engine, versions: list[int], at: datetime) -> None:
    for account in range(5):
        show(engine, account, versions[account % 2], at)
    assert tell(engine, at + timedelta(hours=16)) == []  # a last line may still be on its way
    assert tell(engine, at + TOLD) == [at.date()]
    assert tell(engine, at + TOLD) == []
    (said,) = told(engine)
    assert (said["day"], said["count"], said["kind"]) == ("2026-11-22", 5, "exposure")
    assert "commitments" not in said
    audit(engine, at + TOLD)


def test_after_a_downtime_every_day_that_had_lines_is_told(
    engine: Engine, versions: list[int], at: datetime
) -> None:
    for days in (0, 1, 4):
        show(engine, 1, versions[0], at + days * DAY)
    show(engine, 1, versions[0], at + 5 * DAY)
    assert tell(engine, at + 5 * DAY) == [at.date() + days * DAY for days in (0, 1, 4)]
    assert [one["day"] for one in told(engine)] == ["2026-11-22", "2026-11-23", "2026-11-26"]


def test_a_day_without_a_document_shown_is_not_told(engine: Engine, at: datetime) -> None:
    with writing(engine) as session:
        services.leave(session, "a" * 32, Event.SIGNED_IN, at, os.urandom)
    assert tell(engine, at + 3 * DAY) == []


def test_two_workers_do_not_tell_a_day_twice(engine: Engine, versions: list[int], at: datetime) -> None:
    show(engine, 1, versions[0], at)
    tell(engine, at + TOLD)
    with pytest.raises(IntegrityError), writing(engine) as session:
        exposure._tell(session, at.date(), "demonstration", at + TOLD, os.urandom)
    assert len(told(engine)) == 1


def test_a_clock_put_back_adds_no_line_to_a_day_that_is_told(
    engine: Engine, versions: list[int], at: datetime
) -> None:
    show(engine, 1, versions[0], at)
    tell(engine, at + TOLD)
    show(engine, 2, versions[0], at)
    assert tell(engine, at + 2 * DAY) == []
    assert len(traces(engine)) == 2
    audit(engine, at + TOLD)


@pytest.mark.requirement("S-62")
def test_after_the_purge_the_digest_stays(engine: Engine, versions: list[int], at: datetime) -> None:
    show(engine, 1, versions[0], at)
    tell(engine, at + TOLD)
    before = told(engine)
    with writing(engine) as session:
        services.purge(session, at + timedelta(days=366))
    assert traces(engine) == []
    assert told(engine) == before
    assert tell(engine, at + timedelta(days=366)) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"account_id": "f" * 32}, id="another account"),
        pytest.param({"salt": b"x" * 16}, id="another salt"),
        pytest.param({"at": datetime(2026, 11, 22, 9, tzinfo=UTC)}, id="another time"),
    ],
)
def test_a_line_that_was_changed_is_a_deviation(
    engine: Engine, versions: list[int], at: datetime, change: dict[str, object]
) -> None:
    for account in (1, 2):
        show(engine, account, versions[0], at)
    tell(engine, at + TOLD)
    audit(engine, at + TOLD)
    with writing(engine) as session:
        session.execute(update(Trace).where(Trace.account_id == f"{1:032x}").values(**change))
    with pytest.raises(DeviationError, match="trace, 2026-11-22"):
        audit(engine, at + TOLD)


def test_a_line_too_many_is_a_deviation(engine: Engine, versions: list[int], at: datetime) -> None:
    for account, days in ((1, 1), (2, 0)):
        show(engine, account, versions[0], at + days * DAY)
    tell(engine, at + TOLD)
    with writing(engine) as session:
        session.execute(update(Trace).values(day=at.date()))
    for days in (1, 400):
        with pytest.raises(DeviationError, match="attendu 1 ligne"):
            audit(engine, at + days * DAY)


@pytest.mark.parametrize("kept", [0, 1])
def test_lines_that_are_gone_are_a_deviation_until_their_day_is_purged(
    engine: Engine, versions: list[int], at: datetime, kept: int
) -> None:
    for account in (1, 2):
        show(engine, account, versions[0], at)
    tell(engine, at + TOLD)
    with writing(engine) as session:
        session.execute(delete(Trace).where(Trace.id.in_(traces(engine)[kept:])))
    for days in (1, 363):
        with pytest.raises(DeviationError, match=f"trace, 2026-11-22 : attendu 2 ligne.*trouvé {kept} ligne"):
            audit(engine, at + days * DAY)
    audit(engine, at + 364 * DAY)


def test_no_line_is_missed_before_it_may_be_purged(engine: Engine, versions: list[int], at: datetime) -> None:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    for account, hours in ((1, 0), (2, 12)):
        show(engine, account, versions[0], midnight + timedelta(hours=hours))
    tell(engine, at + TOLD)
    purged_at = midnight + services.KEPT
    with writing(engine) as session:
        assert services.purge(session, purged_at) == 1
    audit(engine, purged_at)
