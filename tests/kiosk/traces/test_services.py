"""Traces: what happened to an account, for one year and not a day more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from kiosk.db import reading, writing
from kiosk.ledger.models import StatementRow
from kiosk.traces import services
from kiosk.traces.models import Trace
from kiosk.traces.services import Event
from tests.kiosk.ledger.making import wait

ACCOUNT, OTHER = "a" * 32, "b" * 32


def salt(length: int) -> bytes:
    return b"s" * length


def leave(engine: Engine, at: datetime, event: Event = Event.SIGNED_IN, account: str = ACCOUNT) -> None:
    with writing(engine) as session:
        services.leave(session, account, event, at, salt)


def purge(engine: Engine, at: datetime) -> int:
    with writing(engine) as session:
        return services.purge(session, at)


@pytest.mark.requirement("S-62")
@pytest.mark.parametrize(
    "left",
    [
        pytest.param(datetime(2026, 11, 22, 8, tzinfo=UTC), id="an ordinary year"),
        pytest.param(datetime(2027, 11, 22, 8, tzinfo=UTC), id="a leap day on the way"),
        pytest.param(datetime(2028, 2, 29, 8, tzinfo=UTC), id="left on the leap day"),
        pytest.param(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), id="left as summer time begins"),
    ],
)
def test_a_trace_is_kept_364_days_and_is_gone_after_366(engine: Engine, left: datetime) -> None:
    leave(engine, left)
    assert purge(engine, left + timedelta(days=364)) == 0
    with reading(engine) as session:
        assert len(services.of_account(session, ACCOUNT)) == 1
    assert purge(engine, left + timedelta(days=366)) == 1
    with reading(engine) as session:
        assert services.of_account(session, ACCOUNT) == []


@pytest.mark.requirement("S-62")
def test_a_purge_takes_what_is_old_alone_and_no_proof(engine: Engine, at: datetime) -> None:
    wait(engine, 3)
    leave(engine, at)
    leave(engine, at + timedelta(days=2))
    assert purge(engine, at + timedelta(days=366)) == 1
    with reading(engine) as session:
        (kept,) = services.of_account(session, ACCOUNT)
        assert kept.at == at + timedelta(days=2)
        assert session.scalar(select(func.count()).select_from(StatementRow)) == 3


def test_the_traces_of_an_account_are_its_own_newest_first(engine: Engine, at: datetime) -> None:
    leave(engine, at)
    leave(engine, at + timedelta(minutes=1), Event.SIGNED_OUT)
    leave(engine, at, account=OTHER)
    with reading(engine) as session:
        assert [one.event for one in services.of_account(session, ACCOUNT)] == ["signed-out", "signed-in"]


@pytest.mark.requirement("S-61")
def test_a_trace_has_no_place_for_where_from_or_how(engine: Engine) -> None:
    columns = set(Trace.__table__.columns.keys())
    assert columns == {"id", "account_id", "event", "at", "service", "version_id", "day", "salt"}
    assert not any(key.column.table.name == "account" for key in Trace.__table__.foreign_keys)
