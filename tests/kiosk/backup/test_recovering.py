"""Taken up where it was published, and never a second history."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.kiosk.backup.drill import BELIEVING, Kiosk, check_taken_up, go_on, is_empty, rows, watched
from tests.kiosk.ledger.whole import Whole


@pytest.mark.requirement("S-59", "P-31")
def test_a_backup_older_than_what_is_published_is_refused_and_taken_up(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, empty_url: str, tmp_path: Path
) -> None:
    erased = go_on(whole)
    published = watched(whole.folder)
    shutil.copytree(whole.folder, tmp_path / "elsewhere/registre")
    refused = there("restore", saved, *BELIEVING)
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
    assert there("restore", saved, "--keys", tmp_path / "keys.tar", "--nothing-published").exit_code == 0
    erased = go_on(whole)
    published = watched(whole.folder)
    taken_up = there("ledger", "recover", "--from", whole.folder)
    assert taken_up.exit_code == 0, taken_up.output
    again = there("ledger", "recover", "--from", whole.folder)
    assert again.exit_code == 0
    assert "rien" in again.output
    check_taken_up(other, tmp_path / "elsewhere/registre", erased, published)


def test_another_history_is_never_taken_up(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, tmp_path: Path
) -> None:
    assert there("restore", saved, "--keys", tmp_path / "keys.tar", "--nothing-published").exit_code == 0
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
    assert there("restore", saved, "--keys", tmp_path / "keys.tar", "--nothing-published").exit_code == 0
    whole.decide(9)
    whole.seal()
    before = rows(other)
    tile = whole.folder / "tile/0/001.p/55"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    assert there("ledger", "recover", "--from", whole.folder).exit_code == 1
    assert there("ledger", "recover", "--from", tmp_path / "absent").exit_code == 2
    assert rows(other) == before
