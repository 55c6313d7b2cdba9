"""Do what committed rows ask for: mails, files, builds. One worker at a time, stopped by SIGTERM."""

from __future__ import annotations

import fcntl
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from cgu_archive.corpus.errors import CorpusError
from cgu_archive.corpus.model import Mode
from kiosk.accounts.forgetting import forget_expired
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.notices import mail, services
from kiosk.notices.errors import NoticesError
from kiosk.texts import projections
from kiosk.texts import services as texts
from kiosk.texts.errors import TextsError

LOCK_FILE = "worker.lock"
_ADVISORY_LOCK = 0x776F726B6572
_IDLE_SECONDS = 0.5
_FORGET_EVERY = timedelta(hours=1)
_TROUBLE_SECONDS = 5.0
_PROJECT_FIRST = timedelta(seconds=2)

_log = structlog.get_logger("kiosk.worker")


class _NotYetError(Exception):
    """What a task waits for is not there yet."""


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What the worker works with."""

    settings: Settings
    engine: Engine
    clock: Clock
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class _Job:
    """A task as taken, apart from its session."""

    id: int
    kind: str
    key: str
    payload: dict[str, Any]


def run_once(context: WorkerContext) -> int:
    """Do every task that is due; returns how many were done, 0 when another worker is at it.

    A task that fails is noted and tried again later: the next is not kept waiting.
    """
    done = 0
    with _alone(context) as alone:
        while alone and not context.stop.is_set():
            job = _take(context)
            if job is None:
                break
            done += _attempt(context, job)
    return done


def run_forever(context: WorkerContext) -> None:
    """Work until `context.stop` is set; a database that is away is waited for."""
    forget_at = context.clock()
    while not context.stop.is_set():
        try:
            if context.clock() >= forget_at:
                with writing(context.engine) as session:
                    forget_expired(session, context.clock())
                forget_at = context.clock() + _FORGET_EVERY
            pause = 0.0 if run_once(context) else _IDLE_SECONDS
        except SQLAlchemyError as error:
            _log.warning("database", error=type(error).__name__)
            pause = _TROUBLE_SECONDS
        context.stop.wait(pause)


def stop_on_signals(context: WorkerContext) -> None:
    """Let SIGTERM and SIGINT end the work after the task at hand. Main thread only."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: context.stop.set())


def _take(context: WorkerContext) -> _Job | None:
    with writing(context.engine) as session:
        task = services.take(session, context.clock())
        return None if task is None else _Job(task.id, task.kind, task.key, dict(task.payload))


def _attempt(context: WorkerContext, job: _Job) -> int:
    try:
        state = _do(context, job)
    except _NotYetError:
        with writing(context.engine) as session:
            services.postpone(session, job.id, context.clock() + _PROJECT_FIRST)
        return 0
    except (NoticesError, TextsError, CorpusError, OSError, KeyError, ValueError) as error:
        # Only our own errors are known to hold nothing personal.
        known = isinstance(error, NoticesError | TextsError | CorpusError)
        reason = str(error) if known else type(error).__name__
        with writing(context.engine) as session:
            services.fail(session, job.id, reason, context.clock())
        _log.warning("task failed", task=job.id, kind=job.kind, reason=reason)
        return 0
    with writing(context.engine) as session:
        services.succeed(session, job.id, state, context.clock())
    _log.info("task done", task=job.id, kind=job.kind)
    return 1


def _do(context: WorkerContext, job: _Job) -> str:
    """Do one task; returns the state it ends in."""
    match job.kind:
        case services.MAIL:
            return _mail(context.settings, mail.Mail.from_payload(job.key, job.payload), context.clock())
        case services.PROJECT:
            with reading(context.engine) as session:
                version = texts.get(session, job.payload["version_id"])
                projections.project(version, context.settings.texts_dir)
        case services.BUILD:
            _build(context)
        case _:
            raise ValueError(job.kind)
    return "done"


def _mail(settings: Settings, letter: mail.Mail, at: datetime) -> str:
    if settings.smtp is not None:
        mail.send(letter, settings.smtp, at)
        return "delivered-to-server"
    if settings.mode is not Mode.DEMONSTRATION:
        raise NoticesError("aucun serveur de courrier (KIOSK_SMTP_HOST)")
    mail.write(letter, settings.mail_dir, at)
    return "done"


def _build(context: WorkerContext) -> None:
    with reading(context.engine) as session:
        if services.waiting(session, services.PROJECT):
            raise _NotYetError
    settings = context.settings
    projections.build_archive(
        settings.texts_dir, settings.archive_dir, settings.mode.value, settings.archive_address
    )


@contextmanager
def _alone(context: WorkerContext) -> Iterator[bool]:
    """Hold what one worker at a time may hold, and say whether it is ours."""
    if context.engine.dialect.name == "postgresql":
        with _advisory_lock(context.engine) as alone:
            yield alone
    else:
        with _file_lock(context.settings.data_dir / LOCK_FILE) as alone:
            yield alone


@contextmanager
def _advisory_lock(engine: Engine) -> Iterator[bool]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        alone = bool(connection.scalar(select(func.pg_try_advisory_lock(_ADVISORY_LOCK))))
        try:
            yield alone
        finally:
            if alone:
                connection.execute(select(func.pg_advisory_unlock(_ADVISORY_LOCK)))


@contextmanager
def _file_lock(file: Path) -> Iterator[bool]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
