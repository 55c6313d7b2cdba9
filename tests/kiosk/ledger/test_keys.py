"""The ledger's key: made once, read by its owner alone, never of another environment."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from kiosk.ledger.errors import LedgerKeyError
from kiosk.ledger.keys import PRIVATE_FILE, PUBLIC_FILE, LedgerKey
from kiosk.proof.note import VerifierKey

NAME = "cgu.exemple.invalid/registre"


def test_a_key_is_made_once_then_read_back(tmp_path: Path) -> None:
    made = LedgerKey.load_or_create(tmp_path / "keys", "demonstration")
    again = LedgerKey.load_or_create(tmp_path / "keys", "demonstration")
    assert again.verifier == made.verifier
    assert made.name.startswith("demonstration.")


def test_only_the_owner_reads_the_private_file_and_everyone_the_public_one(tmp_path: Path) -> None:
    made = LedgerKey.load_or_create(tmp_path / "keys", "publisher", name=NAME)
    assert (tmp_path / "keys" / PRIVATE_FILE).stat().st_mode & 0o777 == 0o600
    line = (tmp_path / "keys" / PUBLIC_FILE).read_text()
    assert VerifierKey.parse(line.removesuffix("\n")) == made.verifier
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {PRIVATE_FILE, PUBLIC_FILE}
    assert "private" not in repr(made)


def test_processes_that_start_together_use_one_key(tmp_path: Path) -> None:
    found: list[VerifierKey] = []

    def run() -> None:
        found.append(LedgerKey.load_or_create(tmp_path, "demonstration").verifier)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_publisher_without_a_key_is_told_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(LedgerKeyError, match="kiosk setup"):
        LedgerKey.load_or_create(tmp_path, "publisher")


def test_a_publisher_refuses_the_key_of_a_demonstration(tmp_path: Path) -> None:
    LedgerKey.load_or_create(tmp_path, "demonstration")
    with pytest.raises(LedgerKeyError, match="publisher"):
        LedgerKey.load_or_create(tmp_path, "publisher")


def test_a_demonstration_refuses_the_key_of_a_publisher(tmp_path: Path) -> None:
    LedgerKey.load_or_create(tmp_path, "publisher", name=NAME)
    with pytest.raises(LedgerKeyError, match="demonstration"):
        LedgerKey.load_or_create(tmp_path, "demonstration")


def test_a_private_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    LedgerKey.load_or_create(tmp_path, "demonstration")
    (tmp_path / PRIVATE_FILE).chmod(0o640)
    with pytest.raises(LedgerKeyError, match="chmod 600"):
        LedgerKey.load_or_create(tmp_path, "demonstration")


@pytest.mark.parametrize("public", ["", "autre\n", "n+00000000+abc\n"])
def test_an_unreadable_public_file_is_refused(tmp_path: Path, public: str) -> None:
    LedgerKey.load_or_create(tmp_path, "demonstration")
    (tmp_path / PUBLIC_FILE).write_text(public)
    with pytest.raises(LedgerKeyError, match=PUBLIC_FILE):
        LedgerKey.load_or_create(tmp_path, "demonstration")


def test_files_of_two_keys_are_refused(tmp_path: Path) -> None:
    LedgerKey.load_or_create(tmp_path / "a", "demonstration")
    LedgerKey.load_or_create(tmp_path / "b", "demonstration")
    (tmp_path / "a" / PUBLIC_FILE).replace(tmp_path / "b" / PUBLIC_FILE)
    with pytest.raises(LedgerKeyError, match="ensemble"):
        LedgerKey.load_or_create(tmp_path / "b", "demonstration")


def test_a_lost_private_file_is_never_replaced_by_a_new_key(tmp_path: Path) -> None:
    LedgerKey.load_or_create(tmp_path, "demonstration")
    (tmp_path / PRIVATE_FILE).unlink()
    with pytest.raises(LedgerKeyError, match="restaurez"):
        LedgerKey.load_or_create(tmp_path, "demonstration")
    assert not (tmp_path / PRIVATE_FILE).exists()


def pem_of_another_kind() -> bytes:
    return generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize("content", [b"", b"rien", pem_of_another_kind()])
def test_a_private_file_that_is_no_ed25519_key_is_refused(tmp_path: Path, content: bytes) -> None:
    LedgerKey.load_or_create(tmp_path, "demonstration")
    (tmp_path / PRIVATE_FILE).write_bytes(content)
    with pytest.raises(LedgerKeyError, match=PRIVATE_FILE):
        LedgerKey.load_or_create(tmp_path, "demonstration")
