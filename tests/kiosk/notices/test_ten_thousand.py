"""Ten thousand people are told without being loaded at once; killed at any instant, each is told once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, select, text

from kiosk.acceptance import informing
from kiosk.acceptance.informing import Letter
from kiosk.accounts.models import Account
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.notices import announcements, services
from kiosk.notices.models import Announcement, Task
from tests.conftest import ROOT, SOAK
from tests.kiosk.web import Making, Site

PEOPLE = 10_000
TRACED = 40
"""Steps before those whose memory is measured."""
KILLS = 40 if SOAK else 3
MOST_MEGABYTES = 8


def open_accounts(site: Site, count: int) -> None:
    """Put `count` accounts of the fictional service there, their identifiers as spread as random ones."""
    rows: Sequence[dict[str, Any]] = [
        {
            "id": f"{number * 0x9E3779B97F4A7C15 % 2**64:032x}", "publisher": "ville-exemple",
            "service": "demonstration", "email": f"p{number}@exemple.invalid",
            "email_key": f"p{number}@exemple.invalid", "password_hash": "x",
            "password_changed_at": site.clock(), "created_at": site.clock(),
        }
        for number in range(count)
    ]  # fmt: skip
    with writing(site.engine) as session:
        session.execute(insert(Account), rows)


def letter(site: Site, version_id: int) -> Letter:
    known = site.app.extensions["kiosk"].services
    with reading(site.engine) as session:
        return informing.letter(
            session, known, version_id, public_url="http://localhost",
            archive_address="http://localhost/archive/", mode="demonstration", at=site.clock(),
        )  # fmt: skip


def plan(engine: Engine, wanted: Any) -> str:
    """How the database does it, once it knows its tables."""
    written = str(wanted.compile(engine, compile_kwargs={"literal_binds": True}))
    with engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        explain = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        return "\n".join(str(tuple(row)) for row in connection.execute(text(f"{explain} {written}")))


@pytest.mark.requirement("P-11", "T-06", "O-55")
def test_ten_thousand_are_written_to_in_steps_that_cost_the_same(make_site: Making, engine: Engine) -> None:
    site: Site = make_site(engine)
    open_accounts(site, PEOPLE)
    version = site.publish()
    told = letter(site, version.id)
    seen: list[int] = []
    current = [0]
    event.listen(site.engine, "before_cursor_execute", lambda *_: current.__setitem__(0, current[0] + 1))
    begin = time.monotonic()
    more = True
    while more:
        if len(seen) == TRACED:  # tracing takes several times as long
            tracemalloc.start()
        with writing(site.engine) as session:
            more = informing.spread(session, told, site.clock())
        seen.append(current[0])
        current[0] = 0
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{PEOPLE} people, {len(seen)} steps, {time.monotonic() - begin:.1f} s, {peak / 1e6:.1f} MB")
    assert peak < MOST_MEGABYTES * 1e6
    assert max(seen[:-1]) == min(seen[:-1]) <= 10, "a step costs what any other does"
    with reading(site.engine) as session:
        (standing,) = announcements.latest(session, 5, site.clock())
        assert (standing.told, standing.waiting) == (PEOPLE, PEOPLE)
        keys = select(func.count(Task.key.distinct())).where(Task.mailing.is_not(None))
        assert session.scalar(keys) == PEOPLE
    for mass, index in ((False, "ix_task_urgent"), (True, "ix_task_mass")):
        assert index in plan(site.engine, services.first_due(site.clock(), mass=mass))
    assert "publisher" in plan(site.engine, informing.next_accounts(version, "ville-exemple", "8" * 32, 200))


def test_killed_processes_leave_nobody_out_and_write_to_nobody_twice(
    make_site: Making, engine: Engine, database_url: str, tmp_path: Path
) -> None:
    site: Site = make_site(engine)
    open_accounts(site, 2_000)
    version = site.publish()
    dice = random.Random(20261122)
    begun: list[int] = []
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.kiosk.notices.spreading", database_url, str(version.id)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            time.sleep(dice.uniform(0, 0.3))
            process.kill()
        with reading(site.engine) as session:
            held = session.scalars(select(Announcement)).one()
            asked = session.scalar(select(func.count()).where(Task.mailing.is_not(None)))
            assert asked == held.told, "the mails and how far it went are one transaction"
            begun.append(held.told)
    told = letter(site, version.id)
    more = True
    while more:
        with writing(site.engine) as session:
            more = informing.spread(session, told, site.clock())
    with reading(site.engine) as session:
        to = Counter(session.scalars(select(Task.payload["to"].as_string()).where(Task.mailing.is_not(None))))
    assert begun == sorted(begun)
    assert (len(to), set(to.values())) == (2_000, {1})


def test_settings_are_within_reason(make_settings: Any) -> None:
    held: Settings = make_settings()
    assert (held.notice_hold.total_seconds(), held.notices_per_minute) == (1800, 300)
