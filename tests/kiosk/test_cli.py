"""`kiosk`: the commands, their exit codes and what they say."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from cgu_archive.corpus import loader
from kiosk import demonstration
from kiosk.cli import main
from kiosk.clock import system_clock
from kiosk.config import SETTINGS_FILE, Mode, find_settings
from kiosk.db import make_engine, reading, writing
from kiosk.environment import ConfigurationError, DemonstrationError
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.models import StampAttempt, StatementRow
from kiosk.ledger.signer import SocketSigner
from kiosk.proof.cosignature import WitnessKey
from kiosk.texts import projections, services
from tests.authority import issue
from tests.kiosk.ledger.making import add, body
from tests.kiosk.texts.making import DRAFT, copy
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

Kiosk = Callable[..., Result]


@pytest.fixture
def copied_from(request: pytest.FixtureRequest, copied_from: str | None) -> str | None:
    """What is `ready` begins with the schema: `kiosk setup` has its own tests."""
    return "migrated" if "ready" in request.fixturenames else copied_from


@pytest.fixture
def data(tmp_path: Path, texts_dir: Path) -> Path:
    copy(texts_dir, tmp_path / "var/cgu_texts")
    return tmp_path / "var"


@pytest.fixture
def environ(data: Path, database_url: str) -> dict[str, str]:
    return {
        "KIOSK_MODE": "demonstration",
        "KIOSK_SECRET_KEY": "0123456789abcdef" * 4,
        "DATABASE_URL": database_url,
        "KIOSK_DATA_DIR": str(data),
        "KIOSK_TEXTS_DIR": str(data / "cgu_texts"),
        "KIOSK_ARCHIVE_DIR": str(data.parent / "archive"),
    }


@pytest.fixture
def kiosk(environ: dict[str, str]) -> Kiosk:
    def run(*words: str, **changes: object) -> Result:
        return CliRunner().invoke(main, words, env=environ, **changes)  # type: ignore[arg-type]

    return run


@pytest.fixture
def ready(kiosk: Kiosk) -> Kiosk:
    assert kiosk("setup").exit_code == 0
    assert kiosk("texts", "sync").exit_code == 0
    return kiosk


@ON_BOTH
def test_setup_makes_key_and_tables_and_may_be_repeated(kiosk: Kiosk, data: Path) -> None:
    first, second = kiosk("setup"), kiosk("setup")
    assert (first.exit_code, second.exit_code) == (0, 0)
    key = LedgerKey.load_or_create(data / "keys", "demonstration")
    assert key.verifier.encode() in first.output
    assert first.output == second.output


@ON_BOTH
def test_nothing_works_before_setup(kiosk: Kiosk) -> None:
    result = kiosk("texts", "sync")
    assert result.exit_code == 2
    assert "kiosk setup" in result.output


@ON_BOTH
def test_sync_tells_what_it_registered_once(kiosk: Kiosk) -> None:
    kiosk("setup")
    told = json.loads(kiosk("texts", "sync", "--json").output)
    assert "soffi/cgu/sans-date-1" in [one["address"] for one in told]
    assert json.loads(kiosk("texts", "sync", "--json").output) == []
    assert "0 version" in kiosk("texts", "sync").output


def test_an_altered_text_is_refused_with_code_1(kiosk: Kiosk, data: Path) -> None:
    kiosk("setup")
    file = data / "cgu_texts/soffi/cgu/sans-date-1/texte.md"
    file.write_bytes(file.read_bytes() + b"\n")
    result = kiosk("texts", "sync")
    assert result.exit_code == 1
    assert "soffi/cgu/sans-date-1" in result.output


def test_publishing_asks_first_and_a_no_publishes_nothing(ready: Kiosk) -> None:
    result = ready("publish", str(DRAFT), input="n\n")
    assert result.exit_code == 1
    assert "comptes qui devront décider : 0" in result.output
    assert "suit : demonstration/cgu/v6" in result.output
    assert ready("publish", str(DRAFT), "--yes").exit_code == 0


@ON_BOTH
def test_publishing_says_what_happens_next(ready: Kiosk, environ: dict[str, str]) -> None:
    result = ready("publish", str(DRAFT), "--reason", "Essai.", input="o\ny\n")
    assert result.exit_code == 0, result.output
    assert "Publiée : demonstration/cgu/v7" in result.output
    assert "worker" in result.output
    engine = make_engine(environ["DATABASE_URL"])
    with reading(engine) as session:
        row = services.by_address(session, DRAFT)
        assert services.reason(row) == "Essai."
    engine.dispose()
    again = ready("publish", str(DRAFT), "--yes")
    assert again.exit_code == 1
    assert "déjà publiée" in again.output


def test_publishing_answers_machines(ready: Kiosk) -> None:
    told = json.loads(ready("publish", str(DRAFT), "--yes", "--json", "--effective-on", "2999-01-02").output)
    assert told["effective_at"] == "2999-01-01T23:00:00+00:00"
    assert told["accounts_concerned"] == 0
    assert ready("publish", str(DRAFT), "--json").exit_code == 2


def test_a_markdown_file_is_published_as_it_is(ready: Kiosk, data: Path, environ: dict[str, str]) -> None:
    file = data / "nouveau.md"
    file.write_bytes((data / "cgu_texts/demonstration/cgu/v6/texte.md").read_bytes() + b"\nUn mot de plus.\n")
    words = ("demonstration/cgu/v8", "--text", str(file), "--reason", "Essai.", "--yes", "--label", "8")
    refused = ready("publish", *words)
    assert (refused.exit_code, "reason_kind" in refused.output) == (1, True)
    result = ready("publish", *words, "--reason-kind", "other")
    assert result.exit_code == 0, result.output
    engine = make_engine(environ["DATABASE_URL"])
    with reading(engine) as session:
        assert services.history(session, "demonstration", "cgu")[-1].text == file.read_bytes()
    engine.dispose()


@pytest.mark.parametrize("address", ["v7", "inconnu/cgu/v1", "soffi/autre/v1", "soffi/cgu/v99"])
def test_an_unknown_address_is_a_wrong_call(ready: Kiosk, address: str) -> None:
    assert ready("publish", address, "--yes").exit_code == 2


def test_a_documentary_kiosk_publishes_nothing(kiosk: Kiosk, environ: dict[str, str]) -> None:
    environ["KIOSK_MODE"] = "documentary"
    result = kiosk("publish", str(DRAFT), "--yes")
    assert result.exit_code == 2
    assert "documentary" in result.output


@ON_BOTH
def test_the_worker_can_do_what_is_due_and_stop(ready: Kiosk) -> None:
    result = ready("worker", "--once")
    assert result.exit_code == 0
    assert "0 tâche" in result.output


@ON_BOTH
def test_the_standing_of_the_ledger_is_told_to_people_and_machines(ready: Kiosk) -> None:
    before = ready("ledger", "status")
    assert before.exit_code == 0
    assert "Dernier point scellé : aucun" in before.output
    waiting = json.loads(ready("ledger", "status", "--json").output)
    assert waiting["pending"] > 10
    assert waiting["checkpoint"] is None
    assert ready("worker", "--once").exit_code == 0
    told = json.loads(ready("ledger", "status", "--json").output)
    assert told["checkpoint"]["size"] == waiting["pending"] + 1  # and the screen
    assert (told["pending"], told["late"], told["failing"], told["stamped_at"]) == (0, False, [], None)
    words = ready("ledger", "status").output
    assert f"Dernier point scellé : {waiting['pending'] + 1} enregistrements" in words
    assert "aucun tiers n’atteste l’heure" in words


@ON_BOTH
def test_a_backlog_that_is_too_old_is_told_with_code_1(
    ready: Kiosk, environ: dict[str, str], tmp_path: Path
) -> None:
    root = tmp_path / "autorites"
    root.mkdir()
    (root / "alpha.pem").write_bytes(issue("root", ca=True, kind="ec").pem)
    environ |= {
        "KIOSK_BACKLOG_ALERT": "1", "KIOSK_TSA": "alpha=http://127.0.0.1:1/", "KIOSK_TSA_ROOTS": str(root),
    }  # fmt: skip
    engine = make_engine(environ["DATABASE_URL"])
    with writing(engine) as session:
        add(session, body(1), datetime(2026, 1, 1, tzinfo=UTC))
        session.add(
            StampAttempt(size=1, authority="alpha", at=datetime(2026, 1, 2, tzinfo=UTC), reason="refus")
        )
    engine.dispose()
    result = ready("ledger", "status")
    assert result.exit_code == 1
    assert "EN RETARD" in result.output
    assert "Autorité alpha : 1 demande(s) sans réponse utile (refus)" in result.output
    assert "2026-01-02 00:01:00 UTC" in result.output
    told = json.loads(ready("ledger", "status", "--json").output)
    assert (told["late"], told["failing"][0]["attempts"]) == (True, 1)


def test_where_a_witness_stands_is_told_to_people_and_machines(
    ready: Kiosk, environ: dict[str, str], tmp_path: Path
) -> None:
    key = WitnessKey("temoin.invalid", bytes(32))
    (tmp_path / "temoins").write_text(f"{key.encode()} http://127.0.0.1:1/cosigne.txt\n")
    environ["KIOSK_WITNESSES"] = str(tmp_path / "temoins")
    assert "Témoin temoin.invalid : aucune cosignature\n" in ready("ledger", "status").output
    assert ready("worker", "--once").exit_code == 0
    engine = make_engine(environ["DATABASE_URL"])
    with writing(engine) as session:
        at, name = datetime(2026, 1, 2, tzinfo=UTC), f"+{key.key_id.hex()}"
        session.add(StampAttempt(size=1, authority=name, at=at, reason="absent"))
    engine.dispose()
    said = ready("ledger", "status").output
    assert "1 demande(s) sans rien de bon depuis (absent), dernière le 2026-01-02 00:00:00 UTC" in said
    (told,) = json.loads(ready("ledger", "status", "--json").output)["witnesses"]
    assert (told["name"], told["size"], told["failing"]["attempts"]) == ("temoin.invalid", 0, 1)
    (tmp_path / "temoins").write_text("rien")
    refused = ready("ledger", "status")
    assert (refused.exit_code, "KIOSK_WITNESSES, ligne 1" in refused.output) == (1, True)


@ON_BOTH
def test_the_key_is_changed_after_a_confirmation(ready: Kiosk, data: Path) -> None:
    old = LedgerKey.load_or_create(data / "keys", "demonstration").verifier.encode()
    assert ready("ledger", "rotate", "--reason", "routine", input="n\n").exit_code == 1
    assert LedgerKey.load_or_create(data / "keys", "demonstration").verifier.encode() == old
    result = ready("ledger", "rotate", "--reason", "routine", input="y\n")
    assert result.exit_code == 0, result.output
    new = LedgerKey.load_or_create(data / "keys", "demonstration").verifier.encode()
    assert old != new
    assert new in result.output
    assert "L’ancienne signe aussi, jusqu’au" in result.output
    assert ready("worker", "--once").exit_code == 0
    assert (data / "registre" / "keys.txt").read_text() == f"{new}\n{old}\n"


def test_since_when_a_key_may_be_in_other_hands_goes_with_a_theft(ready: Kiosk, data: Path) -> None:
    since = ("--since", "2026-11-20T07:30:00Z", "--yes")
    assert ready("ledger", "rotate", "--reason", "lost", *since).exit_code == 2
    assert ready("ledger", "rotate", "--reason", "stolen", *since).exit_code == 0
    assert ready("worker", "--once").exit_code == 0
    assert "2026-11-20T07:30:00Z" in (data / "registre" / "confiance.txt").read_text()


def test_a_signer_alone_serves_promises_until_told_to_stop(
    ready: Kiosk, environ: dict[str, str], data: Path
) -> None:
    engine = make_engine(environ["DATABASE_URL"])
    with reading(engine) as session:
        digest = session.scalars(select(StatementRow.hash).limit(1)).one()
    engine.dispose()
    command = [sys.executable, "-m", "kiosk.cli", "signer"]
    process = subprocess.Popen(command, env=os.environ | environ)
    path = data / "signer.sock"
    deadline = time.monotonic() + 60
    while not path.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert SocketSigner(path).promise(digest)
    second = ready("signer")
    assert (second.exit_code, "Un autre processus sert déjà" in second.output) == (1, True)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    environ["KIOSK_SIGNER"] = "none"
    assert ready("signer").exit_code == 2


def commands(group: click.Group, path: str = "kiosk") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


def test_every_command_and_option_has_a_help() -> None:
    found = dict(commands(main))
    assert {
        "kiosk setup",
        "kiosk texts sync",
        "kiosk publish",
        "kiosk worker",
        "kiosk web",
        "kiosk demo",
    } <= set(found)
    for name, command in found.items():
        assert command.help, name
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or getattr(parameter, "help", None), name


# The demonstration


@pytest.fixture
def planned(tmp_path: Path, texts_dir: Path, database_url: str) -> demonstration.Demonstration:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    asked = {
        "KIOSK_DATA_DIR": str(tmp_path / "var"), "KIOSK_ARCHIVE_DIR": str(tmp_path / "archive"),
        "KIOSK_PORT": str(port), "DATABASE_URL": database_url,
    }  # fmt: skip
    return demonstration.plan(texts_dir, asked)


@pytest.fixture
def no_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projections, "build_archive", lambda *_: True)


@pytest.mark.usefixtures("no_build")
def test_a_second_terminal_finds_the_settings_of_the_demonstration(
    planned: demonstration.Demonstration,
) -> None:
    demonstration.prepare(planned, system_clock)
    data = planned.settings.data_dir
    assert (data / SETTINGS_FILE).stat().st_mode & 0o777 == 0o600
    assert find_settings({"KIOSK_DATA_DIR": str(data)}) == planned.settings
    result = CliRunner().invoke(main, ["publish", str(DRAFT), "--yes"], env={"KIOSK_DATA_DIR": str(data)})
    assert result.exit_code == 0, result.output


@ON_BOTH
@pytest.mark.usefixtures("no_build")
def test_a_restart_keeps_the_secret_and_what_was_published(
    planned: demonstration.Demonstration, texts_dir: Path
) -> None:
    demonstration.prepare(planned, system_clock)
    data = planned.settings.data_dir
    CliRunner().invoke(main, ["publish", str(DRAFT), "--yes"], env={"KIOSK_DATA_DIR": str(data)})
    demonstration.prepare(planned, system_clock)
    assert loader.load(planned.settings.texts_dir).version(DRAFT).published
    assert not loader.load(texts_dir).version(DRAFT).published
    environ = {**planned.environment, "KIOSK_PORT": str(planned.port)}
    assert demonstration.plan(texts_dir, environ).settings.secret_key == planned.settings.secret_key


def test_a_demonstration_is_always_a_demonstration(planned: demonstration.Demonstration) -> None:
    assert planned.settings.mode is Mode.DEMONSTRATION
    assert find_settings(planned.environment) == planned.settings


@pytest.mark.parametrize("port", ["0", "65536", "http", "٣"])
def test_a_port_that_is_none_is_refused(texts_dir: Path, tmp_path: Path, port: str) -> None:
    with pytest.raises(ConfigurationError, match="KIOSK_PORT"):
        demonstration.plan(texts_dir, {"KIOSK_PORT": port, "KIOSK_DATA_DIR": str(tmp_path)})


def test_a_taken_port_is_told_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DemonstrationError, match=f"KIOSK_PORT={port + 1}"):
            demonstration.refuse_taken_port(port)


def test_texts_that_are_elsewhere_are_told(planned: demonstration.Demonstration, tmp_path: Path) -> None:
    elsewhere = demonstration.Demonstration(tmp_path / "rien", planned.settings, planned.port)
    with pytest.raises(DemonstrationError, match="dossier du projet"):
        demonstration.prepare(elsewhere, system_clock)


@pytest.mark.parametrize("line", ["KIOSK_MODE", "=valeur"])
def test_a_broken_settings_file_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / SETTINGS_FILE).write_text(line)
    with pytest.raises(ConfigurationError, match=SETTINGS_FILE):
        find_settings({"KIOSK_DATA_DIR": str(tmp_path)})


@pytest.mark.slow
def test_the_demonstration_opens_says_so_and_stops_on_ctrl_c(
    planned: demonstration.Demonstration, texts_dir: Path
) -> None:
    environ = os.environ | planned.environment | {"KIOSK_PORT": str(planned.port), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "kiosk.cli", "demo", "--texts", str(texts_dir)]
    said = ""
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        process.send_signal(signal.SIGINT)
        said += process.stdout.read()
        assert process.wait(60) == 0
    assert f"http://127.0.0.1:{planned.port}/archive/" in said
    assert "Démonstration arrêtée" in said
    demonstration.refuse_taken_port(planned.port)
