"""Saved while it runs, brought back whole or not at all, and never into a second history (O-47)."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Engine, func, inspect, select
from sqlalchemy.exc import DBAPIError

from kiosk import migrations
from kiosk.acceptance.models import Subject
from kiosk.accounts.models import Account
from kiosk.backup import databases, making, manifest
from kiosk.backup.errors import DamagedError, PlaceError, ProgramError
from kiosk.cli import main
from kiosk.db import Base, make_engine, reading
from kiosk.ledger.keys import PRIVATE_FILE, PUBLIC_FILE, LedgerKey
from kiosk.ledger.models import Disclosure, LeafRow, Pending, StatementRow
from kiosk.monitor import watching
from kiosk.monitor.sources import source
from kiosk.proof.statement import Statement
from tests.kiosk.ledger.making import KEY
from tests.kiosk.ledger.tampering import tamper
from tests.kiosk.ledger.whole import Whole, fill

Kiosk = Callable[..., Result]


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[str]:
    """Another database of the same kind, without a table."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/elsewhere/kiosk.sqlite3"
        return
    server = request.getfixturevalue("postgresql_server")
    name = f"empty_{os.urandom(6).hex()}"
    with server.connect() as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield server.url(name)
    with server.connect() as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def run(url: str, data: Path, *words: object) -> Result:
    environ = {
        "KIOSK_MODE": "demonstration",
        "KIOSK_SECRET_KEY": "0123456789abcdef" * 4,
        "DATABASE_URL": url,
        "KIOSK_DATA_DIR": str(data),
        "KIOSK_LEDGER_DIR": str(data / "registre"),
    }
    return CliRunner().invoke(main, [str(word) for word in words], env=environ)


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Kiosk:
    """The kiosk that is saved."""
    keys = tmp_path / "data/keys"
    keys.mkdir(parents=True, mode=0o700)
    pem = KEY.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (keys / PRIVATE_FILE).write_bytes(pem)
    (keys / PRIVATE_FILE).chmod(0o600)
    (keys / PUBLIC_FILE).write_text(f"{KEY.verifier.encode()}\n")
    return lambda *words: run(database_url, tmp_path / "data", *words)


@pytest.fixture
def there(empty_url: str, tmp_path: Path) -> Kiosk:
    """The kiosk that is brought back, elsewhere."""
    return lambda *words: run(empty_url, tmp_path / "elsewhere", *words)


@pytest.fixture
def whole(engine: Engine, tmp_path: Path) -> Whole:
    return fill(engine, tmp_path / "data/registre")


@pytest.fixture
def saved(here: Kiosk, whole: Whole, tmp_path: Path) -> Path:
    """A backup, made by the command."""
    result = here("backup", tmp_path / "saved", "--keys", tmp_path / "keys.tar")
    assert result.exit_code == 0, result.output
    return tmp_path / "saved"


@pytest.fixture
def other(empty_url: str) -> Iterator[Engine]:
    """An engine on the database that is filled; it connects when it is used."""
    made = make_engine(empty_url)
    yield made
    made.dispose()


def is_empty(url: str) -> bool:
    if url.startswith("sqlite"):
        place = Path(url.removeprefix("sqlite:///"))
        return not place.parent.exists() or not any(place.parent.glob("*kiosk.sqlite3*"))
    engine = make_engine(url)
    try:
        return not inspect(engine).get_table_names()
    finally:
        engine.dispose()


def rows(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }


def count(engine: Engine, model: type, *which: Any) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(model).where(*which)) or 0


def test_a_backup_that_other_keys_signed_is_refused(saved: Path, there: Kiosk, tmp_path: Path) -> None:
    """The keys given say whom to trust; the one that the backup names proves nothing."""
    strange = LedgerKey.load_or_create(tmp_path / "strange/keys", "demonstration")
    archive = tmp_path / "strange.tar"
    with tarfile.open(archive, "w") as made:
        made.add(tmp_path / "strange/keys", "keys")
    assert strange.verifier != KEY.verifier
    refused = there("restore", saved, "--keys", archive)
    assert refused.exit_code != 0
    assert "Restauré" not in refused.output
    assert not (tmp_path / "elsewhere/keys").exists()
    restored = there("restore", saved, "--keys", tmp_path / "keys.tar")
    assert restored.exit_code == 0, restored.output


@pytest.mark.requirement("O-47", "S-59")
def test_what_was_saved_comes_back_whole(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, tmp_path: Path
) -> None:
    result = there("restore", saved, "--keys", tmp_path / "keys.tar")
    assert result.exit_code == 0, result.output
    assert rows(other) == rows(whole.engine)
    assert migrations.is_current(other)
    assert {path.name for path in saved.iterdir()} == {
        "backup.json", "registre", databases.FILES[other.dialect.name],
    }  # fmt: skip
    audit = there("ledger", "audit", "--json")
    assert audit.exit_code == 0, audit.output
    told = json.loads(audit.output)
    assert (told["verdict"], told["leaves"], told["decisions"], told["versions"]) == ("intact", 300, 300, 1)
    keys = tmp_path / "elsewhere/keys"
    assert (keys / PRIVATE_FILE).stat().st_mode & 0o777 == 0o600
    assert (keys / PUBLIC_FILE).read_bytes() == (tmp_path / "data/keys" / PUBLIC_FILE).read_bytes()
    again = Whole(other, tmp_path / "elsewhere/registre", whole.count)
    again.decide()
    assert again.seal().size == 303
    assert there("ledger", "audit").exit_code == 0


def test_nothing_of_the_keys_is_in_the_backup(whole: Whole, saved: Path, tmp_path: Path) -> None:
    secret = KEY.private.private_bytes_raw()
    pem = (tmp_path / "data/keys" / PRIVATE_FILE).read_bytes()
    for path in saved.rglob("*"):
        if path.is_file():
            assert secret not in path.read_bytes()
            assert pem not in path.read_bytes()
    assert (tmp_path / "keys.tar").stat().st_mode & 0o777 == 0o600
    assert saved.stat().st_mode & 0o077 == 0


def test_keys_are_never_put_beside_what_they_sign(here: Kiosk, whole: Whole, tmp_path: Path) -> None:
    result = here("backup", tmp_path / "saved", "--keys", tmp_path / "saved/keys.tar")
    assert result.exit_code == 2
    assert not (tmp_path / "saved").exists()


def test_it_is_saved_while_it_runs(here: Kiosk, there: Kiosk, whole: Whole, tmp_path: Path) -> None:
    """Somebody decides, and the ledger seals and publishes, all through the backup."""
    stop = threading.Event()

    def go_on() -> int:
        rounds = 0
        while not stop.is_set():
            whole.decide(7)
            whole.seal()
            rounds += 1
        return rounds

    with ThreadPoolExecutor(1) as others:
        rounds = others.submit(go_on)
        try:
            result = here("backup", tmp_path / "saved")
        finally:
            stop.set()
        assert rounds.result() > 0
    assert result.exit_code == 0, result.output
    said = manifest.load(tmp_path / "saved")
    assert 300 <= said.published <= said.size
    assert said.deviation is None
    shutil.rmtree(tmp_path / "elsewhere", ignore_errors=True)
    assert there("restore", tmp_path / "saved").exit_code == 0


def test_a_backup_is_never_half_written(
    here: Kiosk, whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(tmp_path.iterdir())

    def fail(*_: object) -> None:
        raise DamagedError("la copie relue n’est pas la même.")

    monkeypatch.setattr(manifest, "verify", fail)
    result = here("backup", tmp_path / "saved")
    assert result.exit_code == 1
    assert "la copie relue" in result.output
    assert set(tmp_path.iterdir()) == before


def test_no_folder_is_written_over(here: Kiosk, whole: Whole, saved: Path, tmp_path: Path) -> None:
    before = (saved / manifest.FILE).read_bytes()
    assert here("backup", saved).exit_code == 2
    assert here("backup", tmp_path / "absent/saved").exit_code == 2
    assert here("backup", tmp_path / "new", "--keys", tmp_path / "keys.tar").exit_code == 2
    assert not (tmp_path / "new").exists()
    assert (saved / manifest.FILE).read_bytes() == before


@pytest.mark.requirement("O-47")
def test_a_place_that_is_not_empty_is_left_alone(here: Kiosk, whole: Whole, saved: Path) -> None:
    before = rows(whole.engine)
    result = here("restore", saved)
    assert result.exit_code == 2
    assert "place vide" in result.output
    assert rows(whole.engine) == before


@pytest.mark.parametrize("damage", ["changed", "cut", "missing", "added", "published"])
def test_a_damaged_backup_is_refused_and_nothing_is_opened(
    whole: Whole, saved: Path, there: Kiosk, empty_url: str, damage: str
) -> None:
    database = saved / databases.FILES[whole.engine.dialect.name]
    raw = database.read_bytes()
    match damage:
        case "changed":
            database.write_bytes(raw[:5_000] + bytes([raw[5_000] ^ 1]) + raw[5_001:])
        case "cut":
            database.write_bytes(raw[:-1])
        case "missing":
            (saved / "registre/statements/000").unlink()
        case "added":
            (saved / "registre/more").write_bytes(b"x")
        case "published":
            (saved / "registre/checkpoint").write_bytes(b"")
    result = there("restore", saved)
    assert result.exit_code == 1
    assert "Refusé" in result.output
    assert is_empty(empty_url)


def lie(saved: Path, **changes: Any) -> None:
    """Change what the backup says of itself."""
    held = json.loads((saved / manifest.FILE).read_text())
    (saved / manifest.FILE).write_text(json.dumps(held | changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"format": "cgu-backup/9"}, 1),
        ({"size": -1}, 1),
        ({"size": True}, 1),
        ({"files": {}}, 1),
        ({"files": {"x": [1, 2]}}, 1),
        ({"more": 1}, 1),
        ({"size": 299}, 1),
        ({"root": "0" * 64}, 1),
        ({"environment": "publisher"}, 2),
        ({"database": "oracle"}, 2),
        ({"revision": "0001"}, 2),
    ],
)
def test_a_backup_that_says_something_else_is_refused(
    whole: Whole, saved: Path, there: Kiosk, empty_url: str, changes: dict[str, Any], code: int
) -> None:
    lie(saved, **changes)
    assert there("restore", saved).exit_code == code
    assert is_empty(empty_url)


def test_what_is_no_backup_is_said(there: Kiosk, whole: Whole, saved: Path, tmp_path: Path) -> None:
    assert there("restore", tmp_path / "data").exit_code == 2
    (saved / manifest.FILE).write_bytes(b"[" * 100_000)
    assert there("restore", saved).exit_code == 1


@pytest.mark.requirement("S-59", "P-31")
def test_a_backup_older_than_what_is_published_is_refused_and_taken_up(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, empty_url: str, tmp_path: Path
) -> None:
    erased = go_on(whole)
    published = watched(whole.folder)
    shutil.copytree(whole.folder, tmp_path / "elsewhere/registre")
    refused = there("restore", saved)
    assert refused.exit_code == 1
    assert "--recover-from" in refused.output
    assert is_empty(empty_url)
    taken_up = there(
        "restore", saved, "--keys", tmp_path / "keys.tar", "--recover-from", tmp_path / "elsewhere/registre"
    )
    assert taken_up.exit_code == 0, taken_up.output
    check_taken_up(other, tmp_path / "elsewhere/registre", erased, published)
    audit = there("ledger", "audit")
    assert audit.exit_code == 0, audit.output


@pytest.mark.requirement("S-59")
def test_a_database_that_came_back_older_is_taken_up_where_it_stands(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, tmp_path: Path
) -> None:
    assert there("restore", saved, "--keys", tmp_path / "keys.tar").exit_code == 0
    erased = go_on(whole)
    published = watched(whole.folder)
    taken_up = there("ledger", "recover", "--from", whole.folder)
    assert taken_up.exit_code == 0, taken_up.output
    again = there("ledger", "recover", "--from", whole.folder)
    assert again.exit_code == 0
    assert "rien" in again.output
    check_taken_up(other, tmp_path / "elsewhere/registre", erased, published)


def watched(folder: Path) -> watching.Seen:
    """What a monitor keeps of what is published there."""
    there = source(str(folder))
    return watching.follow(there, watching.fetch(there, [KEY.verifier]), None)[0]


def go_on(whole: Whole) -> tuple[Statement, Statement]:
    """Seal 260 decisions more, and two erasures; returns the statements they erase, known to the backup."""
    with reading(whole.engine) as session:
        bodies = session.scalars(
            select(StatementRow.body).join(LeafRow, LeafRow.statement_hash == StatementRow.hash)
            .where(LeafRow.leaf_index.in_([5, 6])).order_by(LeafRow.leaf_index)
        ).all()  # fmt: skip
    first, second = (Statement(body, json.loads(body)) for body in bodies)
    whole.decide(260)
    whole.erase("request", [first])
    whole.erase("account", [second, second])
    assert whole.seal().size == 564
    return first, second


def check_taken_up(
    engine: Engine, folder: Path, erased: tuple[Statement, Statement], published: watching.Seen
) -> None:
    """Everything published is there, what was erased is erased, and the ledger goes on as one history."""
    first, second = erased
    assert count(engine, LeafRow) == 564
    assert count(engine, LeafRow, LeafRow.statement_hash.is_(None)) == 260
    assert count(engine, Disclosure, Disclosure.statement_hash == first.hash) == 0
    assert count(engine, Disclosure, Disclosure.statement_hash == second.hash) == 2
    assert count(engine, Account, Account.id == first.members["subject"]) == 1
    assert count(engine, Account, Account.id == second.members["subject"]) == 0
    assert count(engine, Subject, Subject.id == second.members["subject"]) == 0
    assert count(engine, Pending) == 1  # the two that waited had been sealed since; the recovery waits
    after = Whole(engine, folder, 1_000)
    after.decide()
    assert after.seal().size == 566
    here = source(str(folder))
    seen, new = watching.follow(here, watching.fetch(here, [KEY.verifier]), published)
    assert seen.head.size == 566
    assert [one.kind for one in new] == ["incident"]


def test_another_history_is_never_taken_up(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, tmp_path: Path
) -> None:
    assert there("restore", saved, "--keys", tmp_path / "keys.tar").exit_code == 0
    mine = Whole(other, tmp_path / "elsewhere/registre", 5_000)
    mine.decide(3)
    mine.seal()
    whole.decide(9)
    whole.seal()
    before = rows(other)
    result = there("ledger", "recover", "--from", whole.folder)
    assert result.exit_code == 1
    assert "deux histoires" in result.output
    assert rows(other) == before


def test_what_is_not_whole_is_never_taken_up(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, tmp_path: Path
) -> None:
    assert there("restore", saved, "--keys", tmp_path / "keys.tar").exit_code == 0
    whole.decide(9)
    whole.seal()
    before = rows(other)
    tile = whole.folder / "tile/0/001.p/55"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    assert there("ledger", "recover", "--from", whole.folder).exit_code == 1
    assert there("ledger", "recover", "--from", tmp_path / "absent").exit_code == 2
    assert rows(other) == before


def test_what_deviated_is_saved_faithfully_and_said(
    here: Kiosk, there: Kiosk, whole: Whole, other: Engine, empty_url: str, tmp_path: Path
) -> None:
    tamper(whole.engine, "UPDATE disclosure SET value = 'x' WHERE field = 'email'")
    result = here("backup", tmp_path / "saved")
    assert result.exit_code == 1
    assert "Écart : disclosure" in result.output
    refused = there("restore", tmp_path / "saved")
    assert refused.exit_code == 1
    assert "disclosure" in refused.output
    assert is_empty(empty_url)
    assert there("restore", tmp_path / "saved", "--despite-deviation").exit_code == 0
    assert rows(other) == rows(whole.engine)


def test_the_audit_names_the_deviation_and_fails(here: Kiosk, whole: Whole) -> None:
    assert here("ledger", "audit").exit_code == 0
    tamper(whole.engine, "UPDATE decision SET kind = 'refused'")
    said = here("ledger", "audit", "--json")
    assert said.exit_code == 1
    told = json.loads(said.output)
    assert (told["verdict"], told["table"]) == ("deviation", "decision")
    assert here("ledger", "audit").exit_code == 1


def test_a_filled_database_is_closed_until_it_is_opened(
    whole: Whole, saved: Path, empty_url: str, other: Engine
) -> None:
    file = saved / databases.FILES[whole.engine.dialect.name]
    with databases.filled(empty_url, file) as (engine, _):
        assert count(engine, StatementRow) == 302
        if engine.dialect.name == "postgresql":
            assert not migrations.is_current(engine)
        else:
            assert not Path(empty_url.removeprefix("sqlite:///")).exists()
    assert is_empty(empty_url)
    with databases.filled(empty_url, file) as (engine, open_it):
        open_it()
    assert migrations.is_current(other)
    assert rows(other) == rows(whole.engine)


def test_the_triggers_come_back_with_the_tables(
    whole: Whole, saved: Path, there: Kiosk, other: Engine
) -> None:
    assert there("restore", saved).exit_code == 0
    with other.connect() as connection, pytest.raises(DBAPIError, match="insert-only"):
        connection.exec_driver_sql("DELETE FROM ledger_leaf")


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramError, match="postgresql-client-15"):
        databases.program("pg_dump", 15)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.9'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(ProgramError, match="postgresql-client-15"):
        databases.program("pg_dump", 15)
    assert databases.program("pg_dump", 14) == str(old)


def test_a_sqlite_file_that_is_not_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"not a database" * 100)
    with pytest.raises(DamagedError):
        databases.check_sqlite(tmp_path / "x")


def test_keys_without_a_folder_are_not_saved(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="pas de clé"):
        making.save_keys(tmp_path / "absent", tmp_path / "keys.tar")
