"""Brought back whole or not at all, at an empty place (O-47)."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from kiosk import migrations
from kiosk.backup import databases, manifest
from kiosk.ledger.keys import PRIVATE_FILE, PUBLIC_FILE, LedgerKey
from kiosk.proof import checkpoint, merkle
from kiosk.proof.checkpoint import Checkpoint
from tests.kiosk.backup.drill import BELIEVING, Kiosk, is_empty, lie, rows
from tests.kiosk.ledger.making import KEY, OTHER
from tests.kiosk.ledger.whole import Whole
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE


@ON_BOTH
def test_a_backup_that_other_keys_signed_is_refused(saved: Path, there: Kiosk, tmp_path: Path) -> None:
    """The keys given say whom to trust; the one that the backup names proves nothing."""
    strange = LedgerKey.load_or_create(tmp_path / "strange/keys", "demonstration")
    archive = tmp_path / "strange.tar"
    with tarfile.open(archive, "w") as made:
        made.add(tmp_path / "strange/keys", "keys")
    assert strange.verifier != KEY.verifier
    refused = there("restore", saved, "--keys", archive, "--nothing-published")
    assert refused.exit_code != 0
    assert "Restauré" not in refused.output
    assert not (tmp_path / "elsewhere/keys").exists()
    restored = there("restore", saved, "--keys", tmp_path / "keys.tar", "--nothing-published")
    assert restored.exit_code == 0, restored.output


@ON_BOTH
@pytest.mark.requirement("O-47", "S-59")
def test_what_was_saved_comes_back_whole(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, tmp_path: Path
) -> None:
    result = there("restore", saved, "--keys", tmp_path / "keys.tar", "--nothing-published")
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


@ON_BOTH
@pytest.mark.requirement("O-47")
def test_a_place_that_is_not_empty_is_left_alone(here: Kiosk, whole: Whole, saved: Path) -> None:
    before = rows(whole.engine)
    result = here("restore", saved, "--nothing-published")
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
    result = there("restore", saved, *BELIEVING)
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
    assert there("restore", saved, *BELIEVING).exit_code == code
    assert is_empty(empty_url)


def test_what_is_no_backup_is_said(there: Kiosk, whole: Whole, saved: Path, tmp_path: Path) -> None:
    assert there("restore", tmp_path / "data", *BELIEVING).exit_code == 2
    (saved / manifest.FILE).write_bytes(b"[" * 100_000)
    assert there("restore", saved, *BELIEVING).exit_code == 1


@pytest.mark.requirement("S-59")
def test_without_a_look_at_what_was_published_nothing_is_opened(
    saved: Path, there: Kiosk, empty_url: str, tmp_path: Path
) -> None:
    """An old backup where nothing is published: it could sign a second history."""
    refused = there("restore", saved, "--keys", tmp_path / "keys.tar")
    assert refused.exit_code == 2
    assert "--recover-from" in refused.output
    assert "--nothing-published" in refused.output
    assert is_empty(empty_url)
    assert not (tmp_path / "elsewhere/keys").exists()
    both = there(
        "restore",
        saved,
        "--keys",
        tmp_path / "keys.tar",
        "--nothing-published",
        "--recover-from",
        saved / "registre",
    )
    assert both.exit_code == 2
    assert is_empty(empty_url)


def test_what_was_published_is_compared_even_when_there_is_nothing_to_take_up(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, tmp_path: Path
) -> None:
    done = there("restore", saved, "--keys", tmp_path / "keys.tar", "--recover-from", whole.folder)
    assert done.exit_code == 0, done.output
    assert rows(other) == rows(whole.engine)


@ON_BOTH
def test_a_backup_of_another_history_than_the_one_published_is_refused(
    whole: Whole, saved: Path, there: Kiosk, engine: Engine, empty_url: str, tmp_path: Path
) -> None:
    """The published checkpoint is shorter than the backup, and not its beginning."""
    shutil.copytree(whole.folder, tmp_path / "mirror")
    other = checkpoint.sign(Checkpoint(KEY.name, 5, merkle.root([b"x" * 32] * 5)), KEY.private)
    (tmp_path / "mirror/checkpoint").write_text(other)
    (tmp_path / "mirror/tile/0/000.p").mkdir(exist_ok=True)
    (tmp_path / "mirror/tile/0/000.p/5").write_bytes(b"x" * 160)
    refused = there("restore", saved, "--keys", tmp_path / "keys.tar", "--recover-from", tmp_path / "mirror")
    assert refused.exit_code == 1
    assert is_empty(empty_url)


def test_a_backup_ahead_of_what_was_published_comes_back(
    whole: Whole, here: Kiosk, there: Kiosk, other: Engine, tmp_path: Path
) -> None:
    """Sealed, saved, and lost before it was published: the published tree is its beginning."""
    shutil.copytree(whole.folder, tmp_path / "mirror")
    whole.decide(9)
    whole.seal()
    assert here("backup", tmp_path / "saved", "--keys", tmp_path / "keys.tar").exit_code == 0
    done = there(
        "restore", tmp_path / "saved", "--keys", tmp_path / "keys.tar", "--recover-from", tmp_path / "mirror"
    )
    assert done.exit_code == 0, done.output
    assert rows(other) == rows(whole.engine)


def test_whom_to_trust_is_said_or_nothing_is_restored(
    saved: Path, there: Kiosk, empty_url: str, tmp_path: Path
) -> None:
    refused = there("restore", saved, "--nothing-published")
    assert refused.exit_code == 2
    for option in ("--keys", "--trust", "--key-of-the-backup"):
        assert option in refused.output
    assert is_empty(empty_url)
    twice = there("restore", saved, *BELIEVING, "--keys", tmp_path / "keys.tar")
    assert twice.exit_code == 2
    believed = there("restore", saved, *BELIEVING)
    assert believed.exit_code == 0, believed.output
    assert KEY.verifier.encode() in believed.output


@pytest.mark.parametrize(("own", "code"), [(True, 0), (False, 1)])
def test_a_trust_file_says_whom_to_trust(
    own: bool, code: int, saved: Path, there: Kiosk, empty_url: str, tmp_path: Path
) -> None:
    given = KEY if own else LedgerKey(KEY.name, OTHER.private)
    (tmp_path / "trust.txt").write_text(f"ledger {given.verifier.encode()}\n")
    done = there("restore", saved, "--trust", tmp_path / "trust.txt", "--nothing-published")
    assert done.exit_code == code, done.output
    assert is_empty(empty_url) is not own
    (tmp_path / "trust.txt").write_text("# personne\n")
    assert there("restore", saved, "--trust", tmp_path / "trust.txt", "--nothing-published").exit_code == 2
