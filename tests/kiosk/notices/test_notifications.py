"""What became of a mail: one statement, in the transaction that ends its task, when it tells something."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from kiosk import worker
from kiosk.connections import Smtp
from kiosk.db import reading, writing
from kiosk.ledger import services as ledger
from kiosk.ledger.models import StatementRow
from kiosk.notices import services
from kiosk.notices.models import NotificationRow, Task
from kiosk.notices.notifications import NO_MAIL, Notification
from kiosk.proof.errors import MalformedError
from kiosk.proof.statement import Statement
from kiosk.worker import WorkerContext
from tests.kiosk.notices.inbox import SENDER, Inbox
from tests.kiosk.proof.making import DOCUMENT
from tests.kiosk.web import EMAIL, Browser, Making, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

TOLD = Notification("decision", "2" * 32, None, DOCUMENT)


def ask(
    context: WorkerContext, to: str = EMAIL, told: Notification | None = TOLD, key: str = "essai:1"
) -> None:
    with writing(context.engine) as session:
        services.enqueue_mail(
            session,
            key=key,
            to=to,
            subject="Essai",
            body="Bonjour.\n.\n",
            at=context.clock(),
            notification=told,
        )


def statements(engine: Engine) -> list[Statement]:
    with reading(engine) as session:
        rows = session.scalars(
            select(StatementRow.hash)
            .where(StatementRow.kind == "notification")
            .order_by(StatementRow.recorded_at)
        )
        return [ledger.get(session, digest) for digest in rows]


def task(engine: Engine) -> Task:
    with reading(engine) as session:
        return session.scalars(select(Task)).one()


@pytest.mark.requirement("S-59")
def test_a_mail_handed_to_the_server_is_told_with_the_hash_of_its_bytes(
    context: WorkerContext, inbox: Inbox
) -> None:
    ask(context)
    worker.do_tasks(context)
    (said,) = statements(context.engine)
    (raw,) = inbox.mails
    told = {
        name: said.members[name] for name in ("subject", "about", "document", "purpose", "channel", "state")
    }
    assert told == {
        "subject": "2" * 32, "about": None, "document": DOCUMENT, "purpose": "decision", "channel": "mail",
        "state": "handed",
    }  # fmt: skip
    assert said.members["mail_hash"] == hashlib.sha256(raw).hexdigest()
    assert EMAIL.encode() not in said.body
    with reading(context.engine) as session:
        (row,) = session.scalars(select(NotificationRow))
        assert (row.statement_hash, row.subject_id) == (said.hash, "2" * 32)
        (opening,) = ledger.disclosures(session, said.hash)
    assert (opening.field, opening.value) == ("email", EMAIL)


def test_an_address_that_is_not_ascii_is_written_as_it_is(context: WorkerContext, inbox: Inbox) -> None:
    ask(context, "rené@exemple.invalid")
    worker.do_tasks(context)
    (said,) = statements(context.engine)
    (raw,) = inbox.mails
    assert email.message_from_bytes(raw, policy=email.policy.SMTPUTF8)["To"] == "rené@exemple.invalid"
    assert said.members["mail_hash"] == hashlib.sha256(raw).hexdigest()


def test_a_mail_that_tells_nothing_has_no_statement(context: WorkerContext, inbox: Inbox) -> None:
    ask(context, told=None)
    worker.do_tasks(context)
    assert len(inbox.mails) == 1
    assert statements(context.engine) == []


def refused(context: WorkerContext) -> list[Statement]:
    """Try as often as a mail is tried; returns what was told, which is nothing before the last time."""
    for _ in range(services.MAX_ATTEMPTS):
        assert statements(context.engine) == []
        assert worker.do_tasks(context) == 0
        context.clock.move(hours=2)  # type: ignore[attr-defined]
    return statements(context.engine)


def test_a_mail_refused_to_the_end_is_told_once(context: WorkerContext) -> None:
    ask(context, "plein@exemple.invalid")
    (said,) = refused(context)
    assert (said.members["state"], said.members["channel"]) == ("refused", "mail")
    assert said.members["mail_hash"] != NO_MAIL
    assert task(context.engine).state == "failed"
    worker.do_tasks(context)
    assert len(statements(context.engine)) == 1


@ON_BOTH
def test_a_mail_that_could_not_even_be_made_has_no_hash(context: WorkerContext) -> None:
    nowhere = dataclasses.replace(context, settings=dataclasses.replace(context.settings, smtp=None))
    ask(nowhere)
    with writing(nowhere.engine) as session:
        payload = session.scalars(select(Task)).one()
        payload.payload = payload.payload | {"subject": "a\r\nBcc: b@exemple.invalid"}
    (said,) = refused(context)
    assert said.members["mail_hash"] == NO_MAIL


@ON_BOTH
def test_killed_after_the_server_took_it_the_mail_leaves_again_and_is_told_once(
    context: WorkerContext, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        """Nothing catches it, as nothing catches a kill."""

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    ask(context)
    with monkeypatch.context() as patched:
        patched.setattr(services, "succeed", killed)
        with pytest.raises(KilledError):
            worker.do_tasks(context)
    assert statements(context.engine) == []
    context.clock.move(minutes=3)  # type: ignore[attr-defined]
    assert worker.do_tasks(context) == 1
    first, second = (email.message_from_bytes(raw)["Message-ID"] for raw in inbox.mails)
    assert first == second
    (said,) = statements(context.engine)
    assert said.members["mail_hash"] == hashlib.sha256(inbox.mails[1]).hexdigest()


def test_a_statement_that_cannot_be_written_leaves_the_task_to_be_done_again(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError("no room left")

    ask(context)
    with monkeypatch.context() as patched:
        patched.setattr("kiosk.ledger.services.record", full)
        with pytest.raises(OSError, match="no room"):
            worker.do_tasks(context)
    assert (task(context.engine).done_at, statements(context.engine)) == (None, [])


@ON_BOTH
def test_a_task_that_another_worker_ended_is_not_told_again(context: WorkerContext) -> None:
    ask(context)
    with writing(context.engine) as session:
        held = services.take(session, context.clock())
    assert held is not None
    for expected in (True, False):
        with writing(context.engine) as session:
            assert services.succeed(session, held.id, "delivered-to-server", context.clock()) is expected
    with writing(context.engine) as session:
        assert services.fail(session, held.id, "trop tard", context.clock()) is False
    assert task(context.engine).state == "delivered-to-server"


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": ""}, {"purpose": "x" * 33}, {"subject": "x"}, {"about": "0"},
        {"document": {"service": "x"}},
    ],
)  # fmt: skip
def test_what_could_not_be_told_is_refused_before_the_mail_leaves(wrong: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        Notification(**({"purpose": "decision"} | wrong))


# Through the pages


def test_the_mail_of_a_decision_is_told_and_shown_for_what_it_is(
    make_site: Making, engine: Engine, smtp: Smtp
) -> None:
    site: Site = make_site(engine, smtp=smtp)
    browser: Browser = site.browser().sign_up("dgefp", "portail").accept()
    page = browser.path
    assert "remis au serveur" not in browser.words
    worker.run_once(WorkerContext(site.settings, site.engine, site.clock))
    (said,) = statements(engine)
    with reading(engine) as session:
        row = session.scalars(select(NotificationRow)).one()
    assert said.members["document"]["text_hash"]
    assert (row.about, row.purpose, row.state) == (said.members["about"], "decision", "handed")
    for path in (page, "/dgefp/mes-acceptations"):
        browser.get(path)
        assert "Message du 22 novembre 2026 à 09:00:00 (heure de Paris) : remis au serveur" in browser.words
        assert not any(word in browser.words for word in ("informé", "message lu"))


def test_in_demonstration_the_mail_is_said_to_be_a_file(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    page = browser.path
    worker.run_once(WorkerContext(site.settings, site.engine, site.clock))
    (said,) = statements(site.engine)
    assert said.members["channel"] == "folder"
    hashes = {hashlib.sha256(file.read_bytes()).hexdigest() for file in site.settings.mail_dir.glob("*.txt")}
    assert said.members["mail_hash"] in hashes
    assert "envoyé (démonstration : un fichier)" in browser.get(page).words


def test_a_mail_that_never_left_is_said_not_to_have(make_site: Making, engine: Engine) -> None:
    away = Smtp("127.0.0.1", 1, SENDER, starttls=False)
    site: Site = make_site(engine, smtp=away)
    browser = site.browser().sign_up("dgefp", "portail").accept()
    page = browser.path
    context = WorkerContext(site.settings, site.engine, site.clock)
    for _ in range(services.MAX_ATTEMPTS):
        worker.run_once(context)
        site.clock.at += timedelta(hours=2)
    browser.sign_in("dgefp")
    assert " : non remis" in browser.get(page).words
