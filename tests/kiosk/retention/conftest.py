"""What tests of this room share: the worker's hand, an office, and every value of every table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select

from kiosk import worker
from kiosk.db import Base
from kiosk.retention.erasures import Office
from kiosk.worker import WorkerContext
from tests.kiosk.web import Site

Found = Callable[..., set[str]]


@pytest.fixture
def context(site: Site) -> WorkerContext:
    """The worker of the site."""
    return WorkerContext(site.settings, site.engine, site.clock)


@pytest.fixture
def run_worker(context: WorkerContext) -> Callable[[], None]:
    """Do what the worker does in a day: mails, seals, terms."""

    def run() -> None:
        worker.run_once(context)
        worker.tidy(context)
        worker.retain(context)
        worker.run_once(context)  # what the day asked for, and mails that waited for a seal

    return run


@pytest.fixture
def office(site: Site) -> Office:
    held = site.app.extensions["kiosk"]
    return Office(held.services, "demonstration", "http://localhost", held.randomness)


def where(engine: Engine, *values: str) -> set[str]:
    """Return every ``table.column`` that holds one of `values`, whatever the case, in any form."""
    wanted = [form for value in values for form in forms(value)]
    found = set()
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for name, held in row.items():
                    raw = _bytes(held).lower()
                    if any(one in raw for one in wanted):
                        found.add(f"{table.name}.{name}")
    return found


def forms(value: str) -> tuple[bytes, ...]:
    plain = value.lower().encode()
    return plain, plain.hex().encode()


def _bytes(held: Any) -> bytes:
    return bytes(held) if isinstance(held, bytes | bytearray | memoryview) else str(held).encode()
