"""Sealing beside people who decide: how late it is at a steady rate, and what it costs them."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path

import psycopg
from sqlalchemy import Engine, func, insert, select

from kiosk.clock import system_clock
from kiosk.config import Settings
from kiosk.db import make_engine, reading, writing
from kiosk.ledger.models import CheckpointRow, LeafRow, Pending, StatementRow
from kiosk.migrations import upgrade
from kiosk.worker import PUBLISHING, SEALING, TASKS, Duty
from tests.bench import acceptance
from tests.bench.decisions import bodies
from tests.bench.processor import below, own
from tests.bench.tables import barred, noted
from tests.conftest import ROOT
from tests.postgres import running_server

RATE = 500
"""Decisions a second."""
SECONDS = 60
AT_ONCE = 10
"""Decisions inserted in one transaction."""
MOST_LAG = 2.0
LEAST_RATIO = 0.9
RUNS = 5
PEOPLE = 500
"""Who decide in one run."""
DRAIN_SECONDS = 60

Lag = tuple[datetime, float]
"""When a statement was recorded, and the seconds until the checkpoint that seals it."""


def measure() -> Iterator[str]:
    with running_server(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        with server.connect() as connection:
            connection.execute("CREATE DATABASE fed")
            connection.execute("CREATE DATABASE kiosk")
        yield from _kept_up("PostgreSQL", server.url("fed"), Path(folder) / "fed", bar=True)
        yield from _beside(server.url("kiosk"), Path(folder) / "kiosk")
    with tempfile.TemporaryDirectory() as folder:
        yield from _kept_up("SQLite", f"sqlite:///{folder}/fed.sqlite3", Path(folder) / "fed", bar=False)


def _kept_up(name: str, url: str, folder: Path, *, bar: bool) -> Iterator[str]:
    """Feed a database for a minute while `kiosk worker` seals it."""
    settings = acceptance.settings_of(url, folder)
    settings.data_dir.mkdir(parents=True)
    engine = make_engine(url)
    try:
        upgrade(engine)
        made = bodies(1 + RATE * SECONDS)
        _insert(engine, [next(made)])
        with _worker(settings) as worker:
            _drain(engine)  # it works, once this is sealed
            before = own(worker.pid)
            rate = _feed(engine, made)
            _drain(engine)
            used = own(worker.pid) - before
        lags = sorted(lag for _, lag in _lags(engine)[1:])
        checkpoints = _count(engine, CheckpointRow)
    finally:
        engine.dispose()
    worst = lags[int(len(lags) * 0.99)]
    what = f"{name}, fed {rate:.0f} decisions/s for {SECONDS} s: lag of sealing, p99"
    if bar:
        met = worst < MOST_LAG and rate > 0.98 * RATE
        yield barred(what, f"{worst:.2f} s", f"< {MOST_LAG:.0f} s", met=met)
    else:
        yield noted(what, f"{worst:.2f} s")
    yield noted("   median; the longest", f"{statistics.median(lags):.2f}; {lags[-1]:.2f} s")
    yield noted(f"   processor time of the worker, {checkpoints:,} checkpoints", f"{used:.1f} s")


def _beside(url: str, folder: Path) -> Iterator[str]:
    """Accept with and without the worker's sealing, in turn."""
    settings = acceptance.settings_of(url, folder)
    cookies = acceptance.people(settings, 2 * RUNS * PEOPLE)
    engine = make_engine(url)
    rates: dict[bool, list[float]] = {True: [], False: []}
    processor: dict[bool, list[float]] = {True: [], False: []}
    spans = []
    with (
        psycopg.connect(url, autocommit=True) as connection,
        acceptance.kiosk(settings) as port,
        _held(connection, TASKS),  # mails would be sent in one case only
        _worker(settings),
    ):
        for run in range(2 * RUNS):
            sealing = bool(run % 2)
            requests = acceptance.forms(port, cookies[run * PEOPLE : (run + 1) * PEOPLE])
            _drain(engine)
            with _held(connection, *(() if sealing else (SEALING, PUBLISHING))):
                begin, used = system_clock(), below(os.getpid())
                rates[sealing].append(acceptance.send(port, requests)[0])
                processor[sealing].append((below(os.getpid()) - used) / PEOPLE)
                if sealing:
                    spans.append((begin, system_clock()))
        _drain(engine)
    lags = sorted(lag for at, lag in _lags(engine) if any(begin <= at <= end for begin, end in spans))
    engine.dispose()
    on, off = statistics.median(rates[True]), statistics.median(rates[False])
    ratio = on / off
    yield barred(
        f"PostgreSQL: acceptances with sealing, beside without ({RUNS} runs each)",
        f"× {ratio:.2f}",
        f">= {LEAST_RATIO}",
        met=ratio >= LEAST_RATIO,
    )
    yield noted("   acceptances/s, with; without", f"{on:.0f}; {off:.0f}")
    spent, bare = statistics.median(processor[True]), statistics.median(processor[False])
    yield noted(
        "   processor time an acceptance, database included, with; without",
        f"{spent * 1e3:.2f}; {bare * 1e3:.2f} ms",
    )
    yield noted("   lag of sealing meanwhile, p99", f"{lags[int(len(lags) * 0.99)]:.2f} s")


def _feed(engine: Engine, made: Iterator[bytes]) -> float:
    """Insert decisions at a steady rate; returns how many a second there were."""
    begin = time.monotonic()
    for turn in range(RATE * SECONDS // AT_ONCE):
        time.sleep(max(0.0, begin + turn * AT_ONCE / RATE - time.monotonic()))
        _insert(engine, list(islice(made, AT_ONCE)))
    return RATE * SECONDS / max(SECONDS, time.monotonic() - begin)


def _insert(engine: Engine, some: Sequence[bytes]) -> None:
    with writing(engine) as session:
        at = system_clock()
        rows = [
            {"hash": sha256(body).hexdigest(), "kind": "decision", "body": body, "recorded_at": at}
            for body in some
        ]
        session.execute(insert(StatementRow), rows)
        session.execute(insert(Pending), [{"statement_hash": row["hash"]} for row in rows])


def _drain(engine: Engine) -> None:
    """Wait until nothing waits."""
    for _ in range(DRAIN_SECONDS * 20):
        if not _count(engine, Pending):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the worker did not seal what waited within {DRAIN_SECONDS} seconds")


def _count(engine: Engine, model: type[CheckpointRow | Pending]) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def _lags(engine: Engine) -> list[Lag]:
    with reading(engine) as session:
        held = session.execute(select(CheckpointRow.size, CheckpointRow.made_at).order_by(CheckpointRow.size))
        sizes, made_at = zip(*held, strict=True)
        leaves = session.execute(
            select(LeafRow.leaf_index, StatementRow.recorded_at)
            .join(StatementRow, StatementRow.hash == LeafRow.statement_hash)
            .order_by(LeafRow.leaf_index)
        )
        return [(at, (made_at[bisect_right(sizes, index)] - at).total_seconds()) for index, at in leaves]


@contextmanager
def _worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Run `kiosk worker`."""
    command = [Path(sys.executable).with_name("kiosk"), "worker"]
    environment = os.environ | acceptance.environment(settings)
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def _held(connection: psycopg.Connection, *duties: Duty) -> Iterator[None]:
    """Keep the worker from these duties, as another worker would that does them."""
    for duty in duties:
        connection.execute("SELECT pg_advisory_lock(%s)", (duty.number,))
    try:
        yield
    finally:
        for duty in duties:
            connection.execute("SELECT pg_advisory_unlock(%s)", (duty.number,))
