"""Saved while it runs, whole or not at all, the keys apart (O-47)."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from cgu_archive.corpus.hashing import text_hash
from kiosk.backup import making, manifest
from kiosk.backup.errors import DamagedError, PlaceError
from kiosk.db import Base, writing
from kiosk.ledger.keys import PRIVATE_FILE
from kiosk.ledger.models import AdministrationAct, Disclosure
from kiosk.retention.models import ArchivedDisclosure
from kiosk.texts.models import AttachedFile
from tests.kiosk.backup.drill import BELIEVING, Kiosk, is_empty, rows
from tests.kiosk.ledger.making import AT, KEY
from tests.kiosk.ledger.tampering import tamper
from tests.kiosk.ledger.whole import SCREEN, Whole


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
    assert there("restore", tmp_path / "saved", *BELIEVING).exit_code == 0


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


def test_what_deviated_is_saved_faithfully_and_said(
    here: Kiosk, there: Kiosk, whole: Whole, other: Engine, empty_url: str, tmp_path: Path
) -> None:
    tamper(whole.engine, "UPDATE disclosure SET value = 'x' WHERE field = 'email'")
    result = here("backup", tmp_path / "saved")
    assert result.exit_code == 1
    assert "Écart : disclosure" in result.output
    refused = there("restore", tmp_path / "saved", *BELIEVING)
    assert refused.exit_code == 1
    assert "disclosure" in refused.output
    assert is_empty(empty_url)
    despite = there("restore", tmp_path / "saved", *BELIEVING, "--despite-deviation")
    assert despite.exit_code == 0
    assert "Restauré avec l’écart que la sauvegarde disait : disclosure" in despite.output
    assert rows(other) == rows(whole.engine)


def _archived(statement_hash: str, field: str, salt: bytes) -> ArchivedDisclosure:
    return ArchivedDisclosure(
        statement_hash=statement_hash, field=field, salt=salt, value="x",
        subject_id="1" * 32, publisher="essai", service="essai", archived_at=AT, ends_at=AT,
    )  # fmt: skip


def _administered(statement_hash: str, _field: str, _salt: bytes) -> AdministrationAct:
    return AdministrationAct(
        statement_hash=statement_hash, record="officer_record/1", act="officer-named", publisher="essai",
        function="x", at=AT,
    )  # fmt: skip


def _attached(_statement_hash: str, _field: str, _salt: bytes) -> AttachedFile:
    return AttachedFile(hash="0" * 64, size=1, content=b"x", at=AT)


@pytest.mark.parametrize("made", [_archived, _administered, _attached])
def test_what_deviates_apart_is_said_when_it_is_saved(
    here: Kiosk, there: Kiosk, whole: Whole, tmp_path: Path, made: Callable[[str, str, bytes], Base]
) -> None:
    """Said only when it is restored, nothing could restore it."""
    with writing(whole.engine) as session:
        held = session.scalars(select(Disclosure).order_by(Disclosure.statement_hash).limit(1)).one()
        session.add(row := made(held.statement_hash, held.field, held.salt))
    result = here("backup", tmp_path / "saved")
    assert (result.exit_code, f"Écart : {row.__tablename__}" in result.output) == (1, True), result.output
    assert there("restore", tmp_path / "saved", *BELIEVING).exit_code == 1
    assert there("restore", tmp_path / "saved", *BELIEVING, "--despite-deviation").exit_code == 0


def test_the_audit_names_the_deviation_and_fails(here: Kiosk, whole: Whole) -> None:
    assert here("ledger", "audit").exit_code == 0
    tamper(whole.engine, "UPDATE decision SET kind = 'refused'")
    said = here("ledger", "audit", "--json")
    assert said.exit_code == 1
    told = json.loads(said.output)
    assert (told["verdict"], told["table"]) == ("deviation", "decision")
    assert here("ledger", "audit").exit_code == 1


def test_the_audit_counts_what_was_disputed_sent_and_told(here: Kiosk, whole: Whole) -> None:
    said = here("ledger", "audit")
    assert "contestations : 0 ; notifications : 0 ; journées de textes montrés : 0" in said.output
    told = json.loads(here("ledger", "audit", "--json").output)
    assert {told[name] for name in ("contestations", "notifications", "days")} == {0}


def test_the_group_of_the_ledger_names_what_it_does(here: Kiosk) -> None:
    said = here("ledger", "--help").output
    assert "son contrôle, sa clé, sa reprise et les justificatifs rapportés" in " ".join(said.split())


@pytest.mark.requirement("O-47")
def test_pictures_of_screens_are_saved_with_their_hashes_and_come_back(
    here: Kiosk, there: Kiosk, whole: Whole, tmp_path: Path
) -> None:
    pictures = tmp_path / "data/ecrans" / SCREEN.hash
    pictures.mkdir(parents=True)
    (pictures / "essai-phone.png").write_bytes(b"phone")
    (pictures / "essai-desktop.png").write_bytes(b"desktop")
    (pictures / "linked.png").symlink_to(tmp_path / "data/keys" / PRIVATE_FILE)
    assert here("backup", tmp_path / "saved").exit_code == 0
    name = f"ecrans/{SCREEN.hash}/essai-phone.png"
    said = manifest.load(tmp_path / "saved")
    assert tuple(said.files[name]) == (5, text_hash(b"phone"))
    assert not [one for one in said.files if one.endswith("linked.png")]
    back = tmp_path / "elsewhere/ecrans" / SCREEN.hash
    back.mkdir(parents=True)
    (back / "essai-desktop.png").write_bytes(b"newer")
    assert there("restore", tmp_path / "saved", *BELIEVING).exit_code == 0
    assert {file.name: file.read_bytes() for file in back.iterdir()} == {
        "essai-phone.png": b"phone",
        "essai-desktop.png": b"newer",
    }


def test_a_picture_that_was_changed_in_the_backup_is_refused(
    here: Kiosk, there: Kiosk, whole: Whole, empty_url: str, tmp_path: Path
) -> None:
    picture = tmp_path / "data/ecrans" / SCREEN.hash / "essai-phone.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"phone")
    assert here("backup", tmp_path / "saved").exit_code == 0
    (tmp_path / "saved/ecrans" / SCREEN.hash / picture.name).write_bytes(b"forge")
    refused = there("restore", tmp_path / "saved", *BELIEVING)
    assert (refused.exit_code, picture.name in refused.output) == (1, True)
    assert is_empty(empty_url)
    assert not (tmp_path / "elsewhere/ecrans").exists()


def test_a_restore_says_what_it_lost(here: Kiosk, there: Kiosk, whole: Whole, tmp_path: Path) -> None:
    assert here("backup", tmp_path / "saved").exit_code == 0
    done = there("restore", tmp_path / "saved", *BELIEVING)
    for word in (
        "kiosk rights receive",
        "kiosk hold add",
        "kiosk evidence request",
        "kiosk evidence officer",
    ):
        assert word in done.output
    assert "exports" in done.output
    assert "images d’écrans" in done.output


def test_keys_without_a_folder_are_not_saved(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="pas de clé"):
        making.save_keys(tmp_path / "absent", tmp_path / "keys.tar")
