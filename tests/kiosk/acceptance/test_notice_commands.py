"""`kiosk notices`: what is announced, stopped and resumed from a terminal, and a mail that comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, insert, select

from kiosk import worker
from kiosk.accounts.models import Account
from kiosk.cli import main
from kiosk.clock import system_clock
from kiosk.config import Settings
from kiosk.db import make_engine, reading, writing
from kiosk.notices import services
from kiosk.notices.mail import message_name
from kiosk.notices.models import NotificationRow, Task
from kiosk.worker import WorkerContext
from tests.kiosk.notices.test_bounces import report
from tests.kiosk.texts.making import copy
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

Kiosk = Callable[..., Result]
SAYS = ("--function", "Directrice juridique", "--reason", "Coquille à l’article 3.")


@pytest.fixture
def environ(tmp_path: Path, texts_dir: Path, database_url: str) -> dict[str, str]:
    return {
        "KIOSK_MODE": "demonstration",
        "KIOSK_SECRET_KEY": "0123456789abcdef" * 4,
        "DATABASE_URL": database_url,
        "KIOSK_DATA_DIR": str(tmp_path / "var"),
        "KIOSK_TEXTS_DIR": str(copy(texts_dir, tmp_path / "textes")),
        "KIOSK_NOTICE_HOLD": "1",
    }


@pytest.fixture
def kiosk(environ: dict[str, str]) -> Kiosk:
    def run(*words: str, **changes: object) -> Result:
        return CliRunner().invoke(main, words, env=environ, **changes)  # type: ignore[arg-type]

    assert run("setup").exit_code == 0
    assert run("texts", "sync").exit_code == 0
    return run


@pytest.fixture
def context(environ: dict[str, str], kiosk: Kiosk) -> Iterator[WorkerContext]:
    """A worker an hour later, without files nor archive to make."""
    engine: Engine = make_engine(environ["DATABASE_URL"])
    person = {
        "id": "1" * 32, "publisher": "ville-exemple", "service": "demonstration",
        "email": "p1@exemple.invalid", "email_key": "p1@exemple.invalid", "password_hash": "x",
        "password_changed_at": system_clock(), "created_at": system_clock(),
    }  # fmt: skip
    with writing(engine) as session:
        session.execute(insert(Account), [person])
    assert kiosk("publish", "demonstration/cgu/v7", "--yes").exit_code == 0
    with writing(engine) as session:
        for task in session.scalars(select(Task).where(Task.kind != services.ANNOUNCE)):
            session.delete(task)
    settings = Settings.from_environment(environ)
    yield WorkerContext(settings, engine, lambda: system_clock() + timedelta(hours=1))
    engine.dispose()


def test_stopping_asks_first_says_what_left_and_is_kept_with_who_and_why(
    kiosk: Kiosk, context: WorkerContext
) -> None:
    refused = kiosk("notices", "stop", "demonstration/cgu/v7", *SAYS, input="n\n")
    assert refused.exit_code == 1
    assert json.loads(kiosk("notices", "list", "--json").output)[0]["state"] in ("held", "under-way")
    done = kiosk("notices", "stop", "demonstration/cgu/v7", *SAYS, input="y\n")
    assert "Messages déjà partis : 0 ; prêts et retenus : 0." in done.output.replace("\u00a0", " ")
    worker.do_tasks(context)
    (held,) = json.loads(kiosk("notices", "list", "--json").output)
    assert (held["address"], held["state"], held["told"]) == ("demonstration/cgu/v7", "stopped", 0)
    assert [(act["act"], act["function"], act["reason"]) for act in held["acts"]] == [
        ("stopped", "Directrice juridique", "Coquille à l’article 3.")
    ]
    again = kiosk("notices", "stop", "demonstration/cgu/v7", *SAYS, "--yes")
    assert (again.exit_code, "déjà arrêté" in again.output) == (1, True)
    assert kiosk("notices", "resume", "demonstration/cgu/v7", *SAYS, "--yes").exit_code == 0
    worker.do_tasks(context)
    said = kiosk("notices", "list").output.replace("\u00a0", " ")
    assert "demonstration/cgu/v7 : terminé. Personnes : 1 ; partis : 1" in said
    assert "repris le" in said


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("stop", "demonstration/cgu/v6", *SAYS, "--yes"), 2),
        (("stop", "demonstration/cgu/absente", *SAYS, "--yes"), 2),
        (("stop", "demonstration/cgu/v7", "--function", "x", "--yes"), 2),
        (("resume", "demonstration/cgu/v7", *SAYS, "--yes"), 1),
        (("stop", "demonstration/cgu/v7", "--function", " ", "--reason", "x", "--yes"), 1),
    ],
)
@pytest.mark.usefixtures("context")
def test_a_wrong_call_does_nothing(kiosk: Kiosk, words: tuple[str, ...], code: int) -> None:
    assert kiosk("notices", *words).exit_code == code
    assert json.loads(kiosk("notices", "list", "--json").output)[0]["acts"] == []


@ON_BOTH
@pytest.mark.requirement("P-11")
def test_a_mail_that_comes_back_is_read_from_a_pipe(kiosk: Kiosk, context: WorkerContext) -> None:
    worker.do_tasks(context)
    version = json.loads(kiosk("notices", "list", "--json").output)[0]
    assert version["left"] == 1
    with reading(context.engine) as session:
        key = session.scalars(select(Task.key).where(Task.mailing.is_not(None))).one()
    original = f"Subject: Essai\r\nMessage-ID: <{message_name(key)}@exemple.invalid>\r\n"
    delayed = kiosk("notices", "bounce", input=report(original, action="delayed"))
    assert (delayed.exit_code, "Rien à inscrire" in delayed.output) == (0, True)
    told = kiosk("notices", "bounce", input=report(original))
    assert told.output.startswith("Inscrit")
    assert "Déjà inscrit" in kiosk("notices", "bounce", input=report(original)).output
    with reading(context.engine) as session:
        states = session.scalars(select(NotificationRow.state).order_by(NotificationRow.state)).all()
    assert states == ["bounced", "handed"]
    assert kiosk("ledger", "audit", "--json").exit_code in (0, 1)
    for wrong in (
        b"",
        report("Message-ID: <x@y>\r\n"),
        report(original.replace(message_name(key), "0" * 32)),
    ):
        refused = kiosk("notices", "bounce", input=wrong)
        assert (refused.exit_code, "Refusé" in refused.output) == (1, True)
