"""The worker at work: threads that never wait for one another, and end together."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from cgu_archive.corpus.model import Corpus
from kiosk import worker
from kiosk.clock import system_clock
from kiosk.config import Settings
from kiosk.connections import Authority
from kiosk.db import make_engine, reading, writing
from kiosk.ledger.errors import AuthorityError
from kiosk.ledger.files import published
from kiosk.ledger.models import ClockObservation, StatementRow
from kiosk.ledger.signer import SocketSigner
from kiosk.notices import services as notices
from kiosk.proof.errors import MalformedError
from kiosk.retention.models import ArchivedDisclosure
from kiosk.texts import projections, registering
from kiosk.texts import services as texts
from kiosk.traces import services as traces
from kiosk.traces.models import ExposureDigest, Trace
from kiosk.traces.services import Event
from kiosk.worker import WorkerContext
from tests.authority import issue
from tests.kiosk.ledger.making import add, wait
from tests.kiosk.worker.working import (
    Clock,
    as_published,
    head,
    pending,
    publish,
    rows,
    running,
    send,
    tasks,
    until,
)


def test_it_works_until_told_to_stop(context: WorkerContext) -> None:
    thread = threading.Thread(target=worker.run_forever, args=(context,))
    thread.start()
    send(context)
    deadline = time.monotonic() + 20
    while tasks(context)[0].done_at is None and time.monotonic() < deadline:
        time.sleep(0.02)
    context.stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert tasks(context)[0].state == "done"


@pytest.mark.requirement("S-62")
def test_it_tells_the_day_that_ended_before_it_forgets(
    context: WorkerContext, corpus: Corpus, clock: Clock
) -> None:
    with writing(context.engine) as session:
        registering.sync(session, corpus, "demonstration", clock())
        version = texts.current(session, "demonstration", "cgu", clock())
        assert version is not None
        traces.leave(session, "a" * 32, Event.SHOWN, clock(), os.urandom, "demonstration", version.id)
    clock.at += timedelta(days=366)  # down for a year
    with running(context):
        assert until(lambda: told_and_gone(context))


def told_and_gone(context: WorkerContext) -> bool:
    with reading(context.engine) as session:
        told = session.scalar(select(func.count()).select_from(ExposureDigest))
        left = session.scalar(select(func.count()).select_from(Trace))
    return (told, left) == (1, 0)


@pytest.mark.requirement("S-58")
def test_sealing_waits_neither_for_an_authority_nor_for_a_build(
    settings: Settings, engine: Engine, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both hang until the end of the test; what is recorded meanwhile is sealed, published and promised."""
    (tmp_path / "root.pem").write_bytes(issue("root", ca=True, kind="ec").pem)
    authority = Authority("lente", "https://tsa.exemple.invalid", tmp_path / "root.pem")
    hold, asked, building = threading.Event(), threading.Event(), threading.Event()

    def never(_authority: Authority, _query: bytes) -> bytes:
        asked.set()
        hold.wait(60)
        raise AuthorityError("trop tard")

    def build(*_: object) -> bool:
        building.set()
        return hold.wait(60)

    monkeypatch.setattr(projections, "build_archive", build)
    context = WorkerContext(
        dataclasses.replace(settings, authorities=(authority,)), engine, system_clock, ask=never
    )
    publish(context, corpus)
    with running(context):
        try:
            assert until(lambda: asked.is_set() and building.is_set() and pending(context) == 0)
            before = head(context)
            assert before is not None
            (digest,) = wait(engine, 1)
            assert until(lambda: pending(context) == 0)
            assert until(lambda: published(settings.ledger_dir) == as_published(context))
            assert SocketSigner(settings.data_dir / "signer.sock").promise(digest)
            after = head(context)
            assert after is not None
            assert after.size == before.size + 1
            assert not hold.is_set()
        finally:
            hold.set()


def test_a_clock_that_leaps_is_told_in_the_ledger(context: WorkerContext, clock: Clock) -> None:
    seconds = [0.0]
    watched = dataclasses.replace(context, elapsed=lambda: seconds[0])
    with running(watched):
        assert until(lambda: context.settings.ledger_dir.exists())
        clock.at += timedelta(hours=1)
        assert until(lambda: head(context))
        index = context.settings.ledger_dir / "statements" / "index"
        assert until(lambda: index.exists() and "incident" in index.read_text())
    with reading(context.engine) as session:
        row = session.scalars(select(StatementRow).where(StatementRow.kind == "incident")).one()
        seen = session.scalars(select(ClockObservation)).one()
    assert (seen.kind, seen.offset_ms) == ("leap", -3_600_000)
    members = json.loads(row.body)
    assert (members["nature"], members["details"]) == ("clock", {"kind": "leap", "offset_ms": -3_600_000})
    assert row.hash in index.read_text()


@pytest.mark.parametrize(
    ("seconds", "took", "expected"),
    [(0.1, 0.0, 0.1), (0.1, 0.02, 0.38), (0.1, 3.0, 0.8), (1.0, 0.3, 1.0)],
    ids=["nothing to do", "a busy machine", "a very busy one", "an errand"],
)
def test_a_thread_rests_longer_when_its_turn_was_long(seconds: float, took: float, expected: float) -> None:
    """Never so long that what is decided is not sealed within two seconds."""
    assert worker.rest(seconds, took) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        ("publish", MalformedError("note: at most 16 signatures expected, 17 found")),
        ("do_tasks", OSError(24, "Too many open files")),
        ("retain", ZeroDivisionError("camille@example.org")),
    ],
    ids=["a proof", "the system", "a mistake of ours"],
)
def test_what_breaks_one_duty_is_told_by_its_type_and_ends_no_other(
    context: WorkerContext,
    broken: str,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tries: list[None] = []

    def fail(*_: object) -> int:
        tries.append(None)
        raise error

    monkeypatch.setattr(worker, "_TROUBLE_SECONDS", 0.01)
    monkeypatch.setattr(worker, broken, fail)
    with running(context):
        assert until(lambda: len(tries) > 2)
        wait(context.engine, 1)
        assert until(lambda: pending(context) == 0), "sealing goes on"
    told = capsys.readouterr()
    assert "camille@example.org" not in told.out + told.err


def test_a_state_that_cannot_be_written_after_a_task_is_told_and_tried_again(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(context)
    really = notices.succeed
    failed: list[bool] = []

    def fail_once(*given: Any) -> bool:
        if not failed:
            failed.append(True)
            raise KeyError("camille@example.org")
        return really(*given)

    monkeypatch.setattr(worker, "_TROUBLE_SECONDS", 0.01)
    monkeypatch.setattr(notices, "succeed", fail_once)
    with running(context):
        assert until(lambda: bool(failed))
        wait(context.engine, 1)
        assert until(lambda: pending(context) == 0)


def test_without_a_signer_nobody_promises(settings: Settings, engine: Engine, clock: Clock) -> None:
    context = WorkerContext(dataclasses.replace(settings, promises=False), engine, clock)
    wait(engine, 1)
    with running(context):
        assert until(lambda: pending(context) == 0)
    assert not list(settings.data_dir.glob("signer.sock*"))


def test_a_database_that_is_away_is_waited_for(
    settings: Settings, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_TROUBLE_SECONDS", 0.01)
    engine = make_engine(f"sqlite:///{tmp_path}/vide.sqlite3")  # no table
    context = WorkerContext(settings, engine, clock)
    thread = threading.Thread(target=worker.run_forever, args=(context,))
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    context.stop.set()
    thread.join(20)
    assert not thread.is_alive()
    engine.dispose()


def test_sigterm_stops_the_process_with_code_0(settings: Settings, engine: Engine) -> None:
    environ = os.environ | {
        "KIOSK_MODE": "demonstration",
        "KIOSK_SECRET_KEY": settings.secret_key,
        "DATABASE_URL": settings.database_url,
        "KIOSK_DATA_DIR": str(settings.data_dir),
        "KIOSK_TEXTS_DIR": str(settings.texts_dir),
    }
    clock = Clock()
    clock.at = datetime(2026, 1, 1, tzinfo=UTC)  # due, whatever this machine's clock says
    send(WorkerContext(settings, engine, clock))
    process = subprocess.Popen([sys.executable, "-m", "kiosk.cli", "worker"], env=environ)
    deadline = time.monotonic() + 30
    while not settings.mail_dir.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert settings.mail_dir.exists()


@pytest.mark.requirement("O-41")
def test_a_worker_that_runs_ends_terms_by_itself(context: WorkerContext, clock: Clock) -> None:
    with writing(context.engine) as session:
        digest = add(session, b'{"at":"","kind":"decision","personal":"closed"}', clock())
        session.add(
            ArchivedDisclosure(
                statement_hash=digest, field="email", salt=bytes(16), value="x", subject_id="0" * 32,
                publisher="dgefp", service="soffi", archived_at=clock(), ends_at=clock(),
            )
        )  # fmt: skip
    with running(context):
        assert until(lambda: not rows(context, ArchivedDisclosure))
    assert [one.kind for one in rows(context, StatementRow)].count("erasure") == 1
