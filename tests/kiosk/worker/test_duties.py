"""One worker at a time does each duty."""

from __future__ import annotations

from kiosk import worker
from kiosk.config import Settings
from kiosk.db import make_engine
from kiosk.duties import TASKS
from kiosk.worker import WorkerContext
from tests.kiosk.worker.working import Clock, send


def test_one_worker_works_at_a_time(context: WorkerContext, settings: Settings, clock: Clock) -> None:
    send(context)
    other = make_engine(settings.database_url)
    again = WorkerContext(settings, other, clock)
    with context.alone(TASKS) as first, again.alone(TASKS) as second:
        assert (first, second) == (True, False)
        assert worker.run_once(WorkerContext(settings, other, clock)) == 0
    assert worker.run_once(WorkerContext(settings, other, clock)) == 1
    other.dispose()
