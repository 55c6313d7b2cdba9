"""What the tests of the worker share: a clock, what is asked of it, what it did."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from cgu_archive.corpus.model import Corpus
from kiosk import worker
from kiosk.db import Base, reading, writing
from kiosk.ledger.models import Pending
from kiosk.ledger.proofs import Head, latest
from kiosk.notices import publication
from kiosk.notices import services as notices
from kiosk.notices.models import Task
from kiosk.proof.checkpoint import Checkpoint
from kiosk.texts import registering
from kiosk.worker import WorkerContext
from tests.kiosk.texts.making import draft


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


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
        registering.sync(session, corpus, "demonstration", context.clock())
        publication.publish(
            session, service, version, environment="demonstration", reason="Essai.", at=context.clock()
        )


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


def as_published(context: WorkerContext) -> Checkpoint | None:
    made = head(context)
    return made and Checkpoint(context.key().name, made.size, made.root)


def rows(context: WorkerContext, model: type[Base]) -> list[Any]:
    with reading(context.engine) as session:
        return list(session.scalars(select(model)))
