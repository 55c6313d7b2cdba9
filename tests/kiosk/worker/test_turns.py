"""One turn of the worker: each task once, whatever fails; then it seals and publishes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cgu_archive.corpus.model import Corpus
from kiosk import worker
from kiosk.config import Settings
from kiosk.connections import Smtp
from kiosk.db import writing
from kiosk.ledger.errors import ForkError
from kiosk.ledger.files import published
from kiosk.ledger.former import Reason, private_file, read
from kiosk.ledger.rotation import BOTH_SIGN, rotate
from kiosk.notices import services as notices
from kiosk.proof.checkpoint import Checkpoint
from kiosk.texts import registering
from kiosk.worker import WorkerContext
from tests.kiosk.ledger.making import wait
from tests.kiosk.worker.working import Clock, head, pending, send, tasks


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


def test_a_former_key_that_signs_no_more_is_destroyed(context: WorkerContext, clock: Clock) -> None:
    keys = context.settings.keys_dir
    context.key()
    done = rotate(context.engine, keys, "demonstration", Reason.ROUTINE, clock, bytes)
    clock.at += BOTH_SIGN
    worker.ask_others(context)
    assert not private_file(keys, done.old).exists()
    assert [one.verifier for one in read(keys)] == [done.old]


def test_once_it_seals_and_publishes_what_waits(context: WorkerContext, corpus: Corpus) -> None:
    with writing(context.engine) as session:
        registering.sync(session, corpus, "demonstration", context.clock())
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
