"""A copy of a database, and an empty one that stays closed until it is verified."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from kiosk import migrations
from kiosk.backup import databases
from kiosk.backup.errors import DamagedError, ProgramError
from kiosk.ledger.models import StatementRow
from tests.kiosk.backup.drill import BELIEVING, Kiosk, count, is_empty, rows
from tests.kiosk.ledger.whole import Whole


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
    assert there("restore", saved, *BELIEVING).exit_code == 0
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
