"""The outbox: asked once, taken once, tried again, given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from kiosk.db import reading, writing
from kiosk.ledger import services as ledger
from kiosk.ledger.sealing import seal_once
from kiosk.notices import receipts, services
from kiosk.notices.errors import NoticesError, NotSealedError
from kiosk.notices.models import Task
from kiosk.proof.receipt import State
from kiosk.proof.trust import Trust
from kiosk.proof.verify import examine
from tests.kiosk.ledger.making import KEY
from tests.kiosk.proof.making import OPENINGS, decision
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE


def ask(engine: Engine, at: datetime, key: str = "essai:1", kind: str = services.PROJECT) -> bool:
    with writing(engine) as session:
        return services.enqueue(session, kind, key, {"n": 1}, at)


def only(engine: Engine) -> Task:
    with reading(engine) as session:
        return session.scalars(select(Task)).one()


def take(engine: Engine, at: datetime) -> int | None:
    with writing(engine) as session:
        task = services.take(session, at)
        return task.id if task else None


def test_a_task_asked_twice_is_one_task(engine: Engine, at: datetime) -> None:
    assert ask(engine, at)
    assert not ask(engine, at + timedelta(days=1))
    assert only(engine).due_at == at


def test_a_task_is_asked_only_if_its_cause_is_committed(engine: Engine, at: datetime) -> None:
    with reading(engine) as session:
        services.enqueue(session, services.BUILD, "essai:1", {}, at)
    assert take(engine, at) is None


def test_a_task_is_taken_when_due_and_by_one_only(engine: Engine, at: datetime) -> None:
    ask(engine, at)
    assert take(engine, at - timedelta(microseconds=1)) is None
    assert take(engine, at) is not None
    assert take(engine, at) is None


@ON_BOTH
def test_a_row_that_another_worker_is_taking_is_left_to_it(engine: Engine, at: datetime) -> None:
    ask(engine, at)
    ask(engine, at, "essai:2")
    if engine.dialect.name == "sqlite":
        return  # one writer at a time: the second waits, then sees what the first took
    with writing(engine) as first, writing(engine) as second:
        one, other = services.take(first, at), services.take(second, at)
        assert one is not None
        assert other is not None
        assert one.id != other.id


def test_a_worker_that_died_gives_its_task_back(engine: Engine, at: datetime) -> None:
    ask(engine, at)
    taken = take(engine, at)
    assert take(engine, at + timedelta(minutes=1)) is None
    assert take(engine, at + timedelta(minutes=3)) == taken


def test_failures_are_tried_again_later_and_later_then_given_up(engine: Engine, at: datetime) -> None:
    ask(engine, at)
    delays = []
    for _ in range(services.MAX_ATTEMPTS):
        taken = take(engine, at)
        assert taken is not None
        with writing(engine) as session:
            services.fail(session, taken, "essai" * 200, at)
        delays.append(only(engine).due_at - at)
        at = only(engine).due_at
    assert [delay.total_seconds() for delay in delays[:3]] == [30, 60, 120]
    assert max(delays) <= timedelta(hours=1)
    given_up = only(engine)
    assert (given_up.state, len(given_up.error or "")) == ("failed", 500)
    assert take(engine, at + timedelta(days=365)) is None


def test_a_mail_that_left_is_forgotten(engine: Engine, at: datetime) -> None:
    with writing(engine) as session:
        services.enqueue_mail(session, key="essai:1", to="a@exemple.invalid", subject="s", body="b", at=at)
    taken = take(engine, at)
    assert taken is not None
    with writing(engine) as session:
        services.succeed(session, taken, "delivered-to-server", at)
    task = only(engine)
    assert (task.payload, task.state, task.done_at) == ({}, "delivered-to-server", at)


@ON_BOTH
def test_a_task_put_off_keeps_its_attempts(engine: Engine, at: datetime) -> None:
    ask(engine, at)
    taken = take(engine, at)
    assert taken is not None
    with writing(engine) as session:
        assert services.waiting(session, services.PROJECT)
        services.postpone(session, taken, at + timedelta(seconds=2))
    task = only(engine)
    assert (task.attempts, task.due_at) == (0, at + timedelta(seconds=2))


# What goes with a mail


def test_a_mail_without_a_receipt_leaves_as_it_is(engine: Engine, at: datetime) -> None:
    with writing(engine) as session:
        assert services.enqueue_mail(
            session, key="essai:1", to="camille@exemple.invalid", subject="Essai", body="Bonjour.\n", at=at
        )
    with reading(engine) as session:
        assert receipts.attachments(session, only(engine).payload) == ()


def test_a_mail_with_a_receipt_waits_for_the_seal_and_then_proves_without_a_promise(
    engine: Engine, at: datetime, tmp_path: Path
) -> None:
    with writing(engine) as session:
        digest = ledger.record(session, decision(), OPENINGS, at)
        services.enqueue_mail(
            session, key="essai:1", to="camille@exemple.invalid", subject="Essai", body="Bonjour.\n", at=at,
            receipt=digest,
        )  # fmt: skip
    payload = only(engine).payload
    with reading(engine) as session, pytest.raises(NotSealedError):
        receipts.attachments(session, payload)
    assert seal_once(engine, KEY, lambda: at, folder=tmp_path)
    with reading(engine) as session:
        ((name, media_type, raw),) = receipts.attachments(session, payload)
    assert (name, media_type) == (f"justificatif-{'1' * 32}.receipt.json", "application/json")
    found = examine(raw, Trust((KEY.verifier,)))
    assert (found.refused, found.receipt and found.receipt.state) == (None, State.SEALED)


def test_a_receipt_that_cannot_be_made_fails_its_mail_alone(engine: Engine) -> None:
    with reading(engine) as session, pytest.raises(NoticesError, match="justificatif"):
        receipts.attachments(session, {"receipt": "0" * 64})
