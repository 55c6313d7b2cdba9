"""A clock that is set, or stops, is seen; one that keeps time is not accused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from kiosk.clock import system_clock, system_elapsed
from kiosk.db import reading, writing
from kiosk.ledger.clocks import ClockWatch, note_leap
from kiosk.ledger.models import ClockObservation
from tests.kiosk.ledger.making import AT


class Machine:
    """A clock and the time elapsed, moved by hand."""

    def __init__(self) -> None:
        self.at = AT
        self.seconds = 1000.0

    def watch(self) -> ClockWatch:
        return ClockWatch(lambda: self.at, lambda: self.seconds)

    def pass_by(self, clock: float, elapsed: float) -> None:
        self.at += timedelta(seconds=clock)
        self.seconds += elapsed


@pytest.mark.parametrize(
    ("clock", "elapsed", "offset"),
    [
        pytest.param(0.1, 0.1, None, id="kept"),
        pytest.param(86_400.9, 86_400, None, id="within a second, after a day"),
        pytest.param(-0.9, 0.1, None, id="within a second, back"),
        pytest.param(3_600.1, 0.1, -3_600, id="set forward"),
        pytest.param(-3_599.9, 0.1, 3_600, id="set back"),
        pytest.param(0, 5, 5, id="stopped"),
    ],
)
def test_a_clock_is_compared_with_the_time_elapsed(
    clock: float, elapsed: float, offset: float | None
) -> None:
    machine = Machine()
    watch = machine.watch()
    machine.pass_by(clock, elapsed)
    seen = watch.look()
    if offset is None:
        assert seen is None
        return
    assert seen is not None
    assert seen.at == machine.at
    assert abs(seen.offset.total_seconds() - offset) < 0.001
    machine.pass_by(1, 1)
    assert watch.look() is None


def test_this_machine_s_clock_keeps_time() -> None:
    watch = ClockWatch(system_clock, system_elapsed)
    assert watch.look() is None


def test_a_leap_is_written_down_to_the_millisecond(engine: Engine) -> None:
    machine = Machine()
    watch = machine.watch()
    machine.pass_by(12.0004, 10)
    leap = watch.look()
    assert leap is not None
    with writing(engine) as session:
        note_leap(session, leap)
    with reading(engine) as session:
        (seen,) = session.scalars(select(ClockObservation))
    assert (seen.kind, seen.source, seen.offset_ms, seen.at) == ("leap", "elapsed", -2_000, machine.at)
