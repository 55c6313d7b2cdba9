"""The worker: each task once, one worker at a time, stopped cleanly."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from cgu_archive.corpus import loader
from cgu_archive.corpus.model import Corpus, Mode
from kiosk import worker
from kiosk.clock import system_clock
from kiosk.config import Authority, Settings, Smtp
from kiosk.db import Base, make_engine, reading, writing
from kiosk.ledger.errors import AuthorityError, ForkError
from kiosk.ledger.files import published
from kiosk.ledger.former import Reason, private_file, read
from kiosk.ledger.models import ClockObservation, Pending, StatementRow
from kiosk.ledger.proofs import Head, latest
from kiosk.ledger.rotation import BOTH_SIGN, rotate
from kiosk.ledger.signer import SocketSigner
from kiosk.notices import publication
from kiosk.notices import services as notices
from kiosk.notices.models import Task
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import MalformedError
from kiosk.retention.models import ArchivedDisclosure
from kiosk.texts import projections
from kiosk.texts import services as texts
from kiosk.texts.errors import ProjectionError
from kiosk.traces import services as traces
from kiosk.traces.models import ExposureDigest, Trace
from kiosk.traces.services import Event
from kiosk.worker import WorkerContext
from tests.authority import issue
from tests.kiosk.ledger.making import add, wait
from tests.kiosk.texts.making import DRAFT, copy, draft


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


ADDRESS = "http://127.0.0.1:8000/archive/"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, texts_dir: Path, database_url: str) -> Settings:
    return Settings(
        mode=Mode.DEMONSTRATION,
        secret_key="0123456789abcdef" * 4,
        database_url=database_url,
        data_dir=tmp_path / "var",
        texts_dir=copy(texts_dir, tmp_path / "var/cgu_texts"),
        archive_dir=tmp_path / "archive",
        public_url="http://127.0.0.1:8000",
    )


@pytest.fixture
def context(settings: Settings, engine: Engine, clock: Clock) -> WorkerContext:
    return WorkerContext(settings, engine, clock)


def send(context: WorkerContext, key: str = "essai:1") -> None:
    with writing(context.engine) as session:
        notices.enqueue_mail(
            session, key=key, to="a@exemple.invalid", subject="Bonjour", body="Texte", at=context.clock()
        )


def tasks(context: WorkerContext) -> list[Task]:
    with reading(context.engine) as session:
        return list(session.scalars(select(Task).order_by(Task.id)))


def publish(context: WorkerContext, corpus: Corpus) -> None:
    service, version = draft(corpus)
    with writing(context.engine) as session:
        texts.sync(session, corpus, "demonstration", context.clock())
        publication.publish(
            session, service, version, environment="demonstration", reason="Essai.", at=context.clock()
        )


def test_a_mail_is_written_once_and_its_content_forgotten(context: WorkerContext) -> None:
    send(context)
    assert worker.run_once(context) == 1
    assert worker.run_once(context) == 0
    (file,) = context.settings.mail_dir.iterdir()
    assert "Texte" in file.read_text("utf-8")
    (task,) = tasks(context)
    assert (task.state, task.payload) == ("done", {})


def test_a_mail_that_fails_keeps_no_other_waiting(
    settings: Settings, engine: Engine, clock: Clock, context: WorkerContext, corpus: Corpus
) -> None:
    smtp = Smtp("127.0.0.1", 1, "a@exemple.invalid", starttls=False)
    away = WorkerContext(
        Settings(
            mode=settings.mode, secret_key=settings.secret_key, database_url=settings.database_url,
            data_dir=settings.data_dir, texts_dir=settings.texts_dir, archive_dir=settings.archive_dir,
            public_url=settings.public_url, smtp=smtp,
        ),
        engine,
        clock,
    )  # fmt: skip
    send(away)
    send(away, "essai:2")
    assert worker.run_once(away) == 0
    assert [task.error for task in tasks(away)] == ["serveur de courrier : ConnectionRefusedError"] * 2
    clock.at += timedelta(seconds=30)
    assert worker.run_once(context) == 2
    assert [task.error for task in tasks(context)] == [None, None]


def test_a_former_key_that_signs_no_more_is_destroyed(context: WorkerContext, clock: Clock) -> None:
    keys = context.settings.keys_dir
    context.key()
    done = rotate(context.engine, keys, "demonstration", Reason.ROUTINE, clock, bytes)
    clock.at += BOTH_SIGN
    worker.ask_others(context)
    assert not private_file(keys, done.old).exists()
    assert [one.verifier for one in read(keys)] == [done.old]


def test_an_unknown_task_is_noted_and_left(context: WorkerContext) -> None:
    with writing(context.engine) as session:
        notices.enqueue(session, "autre", "essai:1", {}, context.clock())
    assert worker.run_once(context) == 0
    assert tasks(context)[0].error == "ValueError"


@pytest.mark.requirement("P-14", "T-09")
def test_a_publication_becomes_files_then_the_archive_is_built(
    context: WorkerContext, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(context, corpus)
    built: list[bool] = []

    def build(texts_dir: Path, *_: object) -> bool:
        built.append(loader.load(texts_dir).version(DRAFT).published)
        return True

    monkeypatch.setattr(projections, "build_archive", build)
    assert worker.run_once(context) == 2
    assert built == [True]
    version = loader.load(context.settings.texts_dir).version(DRAFT)
    with reading(context.engine) as session:
        row = texts.by_address(session, DRAFT)
        assert not projections.project(row, context.settings.texts_dir)
    assert (version.text_hash, version.metadata_hash) == (row.text_hash, row.metadata_hash)
    assert (version.written_text_hash, version.written_metadata_hash) == (row.text_hash, row.metadata_hash)


def test_the_archive_waits_for_files_that_could_not_be_written(
    context: WorkerContext, corpus: Corpus, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(context, corpus)
    built: list[Path] = []
    monkeypatch.setattr(projections, "build_archive", lambda texts_dir, *_: built.append(texts_dir))
    file = context.settings.texts_dir / str(DRAFT) / "texte.md"
    words = file.read_bytes()
    file.write_bytes(b"# Un autre brouillon\n")
    assert worker.run_once(context) == 0
    assert built == []
    project, build = tasks(context)
    assert "autre brouillon" in (project.error or "")
    assert (build.attempts, build.state) == (0, "waiting")
    file.write_bytes(words)
    for _ in range(2):
        clock.at += timedelta(minutes=1)
        assert worker.run_once(context) == 1
    assert len(built) == 1


def test_files_are_made_again_from_the_database(
    context: WorkerContext, corpus: Corpus, texts_dir: Path, tmp_path: Path
) -> None:
    publish(context, corpus)
    fresh = copy(texts_dir, tmp_path / "fresh")
    with reading(context.engine) as session:
        assert [row.slug for row in projections.project_missing(session, fresh)] == ["v7"]
        assert projections.project_missing(session, fresh) == []
    assert loader.load(fresh).version(DRAFT).published


def test_one_worker_works_at_a_time(context: WorkerContext, settings: Settings, clock: Clock) -> None:
    send(context)
    other = make_engine(settings.database_url)
    again = WorkerContext(settings, other, clock)
    with worker._alone(context, worker.TASKS) as first, worker._alone(again, worker.TASKS) as second:
        assert (first, second) == (True, False)
        assert worker.run_once(WorkerContext(settings, other, clock)) == 0
    assert worker.run_once(WorkerContext(settings, other, clock)) == 1
    other.dispose()


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
        texts.sync(session, corpus, "demonstration", clock())
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


def until(done: Callable[[], object], seconds: float = 30) -> bool:
    """Wait until `done`, or for `seconds`; returns whether it was."""
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(done())


@contextmanager
def running(context: WorkerContext) -> Iterator[None]:
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(worker.run_forever, context)
        try:
            yield
        finally:
            context.stop.set()
            ended.result(30)


def pending(context: WorkerContext) -> int:
    with reading(context.engine) as session:
        return session.scalar(select(func.count()).select_from(Pending)) or 0


def head(context: WorkerContext) -> Head | None:
    with reading(context.engine) as session:
        return latest(session)


def test_once_it_seals_and_publishes_what_waits(context: WorkerContext, corpus: Corpus) -> None:
    with writing(context.engine) as session:
        texts.sync(session, corpus, "demonstration", context.clock())
    waiting = pending(context)
    assert waiting > 10
    assert worker.run_once(context) == 0
    made, folder = head(context), context.settings.ledger_dir
    assert pending(context) == 0
    assert made is not None
    assert published(folder) == Checkpoint(context.key().name, waiting + 1, made.root)  # and the screen
    assert (folder / "keys.txt").read_text() == f"{context.key().verifier.encode()}\n"
    assert "ledger " in (folder / "confiance.txt").read_text()


def test_a_ledger_that_cannot_be_sealed_is_told_and_keeps_no_task_waiting(context: WorkerContext) -> None:
    wait(context.engine, 1)
    send(context)
    (context.settings.ledger_dir).mkdir(parents=True)
    (context.settings.ledger_dir / "checkpoint").write_text("illisible")
    with pytest.raises(ForkError, match="illisible"):
        worker.run_once(context)
    assert tasks(context)[0].state == "done"
    assert pending(context) == 2  # and the screen


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
            assert until(lambda: asked.is_set() and building.is_set())
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


def as_published(context: WorkerContext) -> Checkpoint | None:
    made = head(context)
    return made and Checkpoint(context.key().name, made.size, made.root)


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


def test_the_archive_is_built_once_for_the_same_inputs(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []

    def run(_texts: Path, archive: Path, mode: str, _address: str) -> None:
        runs.append(mode)
        archive.mkdir(exist_ok=True)

    monkeypatch.setattr(projections, "_run_build", run)
    assert projections.build_archive(settings.texts_dir, settings.archive_dir, "demonstration", ADDRESS)
    assert not projections.build_archive(settings.texts_dir, settings.archive_dir, "demonstration", ADDRESS)
    (settings.texts_dir / "README.md").write_text("autre")
    assert projections.build_archive(settings.texts_dir, settings.archive_dir, "demonstration", ADDRESS)
    assert projections.build_archive(settings.texts_dir, settings.archive_dir, "publisher", ADDRESS)
    assert runs == ["demonstration", "demonstration", "publisher"]


def test_a_build_that_fails_is_told_with_what_it_said(settings: Settings) -> None:
    (settings.texts_dir / "soffi/service.yml").write_text("format: autre\n")
    with pytest.raises(ProjectionError, match="cgu build"):
        projections.build_archive(settings.texts_dir, settings.archive_dir, "demonstration", ADDRESS)
    assert not settings.archive_dir.exists()


@pytest.mark.requirement("O-41")
def test_a_worker_that_runs_ends_terms_by_itself(context: WorkerContext, clock: Clock) -> None:
    with writing(context.engine) as session:
        digest = add(session, b'{"personal":"closed"}', clock())
        session.add(
            ArchivedDisclosure(
                statement_hash=digest, field="email", salt=bytes(16), value="x", subject_id="0" * 32,
                publisher="dgefp", service="soffi", archived_at=clock(), ends_at=clock(),
            )
        )  # fmt: skip
    with running(context):
        assert until(lambda: not rows(context, ArchivedDisclosure))
    assert [one.kind for one in rows(context, StatementRow)].count("erasure") == 1


def rows(context: WorkerContext, model: type[Base]) -> list[Any]:
    with reading(context.engine) as session:
        return list(session.scalars(select(model)))
