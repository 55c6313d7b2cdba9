"""Brought back whole or not at all, at an empty place (O-47)."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from kiosk import migrations
from kiosk.backup import databases, manifest
from kiosk.ledger.keys import PRIVATE_FILE, PUBLIC_FILE, LedgerKey
from tests.kiosk.backup.drill import Kiosk, is_empty, lie, rows
from tests.kiosk.ledger.making import KEY
from tests.kiosk.ledger.whole import Whole


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
