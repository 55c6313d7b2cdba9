"""The worker: each task once, one worker at a time, stopped cleanly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from cgu_archive.corpus import loader
from cgu_archive.corpus.model import Corpus, Mode
from kiosk import worker
from kiosk.config import Settings, Smtp
from kiosk.db import make_engine, reading, writing
from kiosk.notices import publication
from kiosk.notices import services as notices
from kiosk.notices.models import Task
from kiosk.texts import projections
from kiosk.texts import services as texts
from kiosk.texts.errors import ProjectionError
from kiosk.worker import WorkerContext
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
    with worker._alone(context) as first, worker._alone(WorkerContext(settings, other, clock)) as second:
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
