"""What a witness signs, and with which key."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.monitor import cli, main, witness
from kiosk.proof import checkpoint, cosignature, note
from tests.kiosk.monitor.answers import answer
from tests.kiosk.proof.making import DEMONSTRATION, PUBLISHER
from tests.kiosk.publishing import Ledger


def test_a_new_key_is_for_its_owner_alone_and_never_replaced(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    again = CliRunner().invoke(main, ["--new-key", "temoin.invalid", str(key)])
    assert (again.exit_code, "ne se remplace pas" in again.stderr) == (2, True)
    assert witness.load(key).verifier.encode() == witness.public_file(key).read_text("utf-8").strip()


def test_what_is_consistent_is_cosigned_and_can_be_published(
    site: Path, tmp_path: Path, key: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(3).write(site)
    out = tmp_path / "cosigne"
    found = answer(watch("--cosign", key, "--out", out))
    held = note.parse(out.read_text("utf-8"))
    assert found["cosignature"] == held.signatures[-1].line
    assert [one.name for one in cosignature.verify(held, [witness.load(key).verifier])] == ["temoin.invalid"]
    assert checkpoint.opened(out.read_text("utf-8"), [PUBLISHER.verifier])[0].size == 3


def test_without_a_file_the_line_is_said_and_nothing_is_written(
    site: Path, tmp_path: Path, key: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(3).write(site)
    before = {file.name for file in tmp_path.iterdir()}
    raw = note.append((site / "checkpoint").read_text("utf-8"), answer(watch("--cosign", key))["cosignature"])
    assert len(cosignature.verify(note.parse(raw), [witness.load(key).verifier])) == 1
    assert {file.name for file in tmp_path.iterdir()} == before | {"etat"}


def test_nothing_is_cosigned_beside_what_was_seen(
    site: Path, tmp_path: Path, key: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(3).write(site)
    answer(watch())
    other = Ledger().decisions(3)
    other.bodies[0] = b"another"
    other.write(site)
    found = answer(watch("--cosign", key, "--out", tmp_path / "cosigne"))
    assert (found["verdict"], found["cosignature"]) == ("fork", None)
    assert not (tmp_path / "cosigne").exists()


@pytest.mark.parametrize(("size", "verdict"), [(3, "fork"), (5, "fork"), (2, "rewound")])
def test_another_state_does_not_let_a_key_cosign_another_history(
    size: int, verdict: str, site: Path, tmp_path: Path, key: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(3).write(site)
    first = answer(watch("--cosign", key))
    assert first["cosignature"]
    other = Ledger().decisions(size)
    other.bodies[0] = b"another"
    other.write(site)
    found = answer(watch("--cosign", key, "--out", tmp_path / "cosigne", state="autre"))
    assert (found["verdict"], found["cosignature"]) == (verdict, None)
    assert found["evidence"]
    assert not (tmp_path / "cosigne").exists()
    shutil.rmtree(site)
    Ledger().decisions(9).write(site)
    again = answer(watch("--cosign", key, state="encore"))
    assert (again["verdict"], bool(again["cosignature"])) == ("consistent", True)


def test_one_key_cosigns_several_ledgers(
    site: Path, key: Path, watch: Callable[..., Result], trust: Path
) -> None:
    trust.write_text(f"{PUBLISHER.verifier.encode()}\n{DEMONSTRATION.verifier.encode()}\n", "utf-8")
    Ledger().decisions(4).write(site)
    answer(watch("--cosign", key))
    Ledger(signer=DEMONSTRATION).decisions(2).write(site)
    assert answer(watch("--cosign", key, state="autre"))["cosignature"]
    assert set(json.loads(witness.cosigned_file(key).read_text())) == {PUBLISHER.name, DEMONSTRATION.name}


@pytest.mark.parametrize("content", [None, b"rien", b"[]", b'{"a": 1}', b'{"a": "b"}', b"\xff"])
def test_a_key_without_what_it_cosigned_last_cosigns_nothing(
    content: bytes | None, site: Path, tmp_path: Path, key: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(3).write(site)
    memory = witness.cosigned_file(key)
    memory.unlink() if content is None else memory.write_bytes(content)
    result = watch("--cosign", key, "--out", tmp_path / "cosigne")
    assert (result.exit_code, memory.name in result.stderr) == (2, True)
    assert not (tmp_path / "cosigne").exists()


def test_what_is_cosigned_is_kept_beside_the_key_first(
    site: Path, tmp_path: Path, key: Path, watch: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    Ledger().decisions(3).write(site)
    monkeypatch.setattr(witness, "keep_cosigned", lambda *_: (_ for _ in ()).throw(OSError(28, "plein")))
    result = watch("--cosign", key, "--out", tmp_path / "cosigne")
    assert isinstance(result.exception, OSError)
    assert not (tmp_path / "cosigne").exists()


def test_what_is_cosigned_was_kept_before(
    site: Path, tmp_path: Path, key: Path, watch: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    Ledger().decisions(3).write(site)
    monkeypatch.setattr(cli.keeping, "save", lambda *_: (_ for _ in ()).throw(OSError(28, "plein")))
    result = watch("--cosign", key, "--out", tmp_path / "cosigne")
    assert isinstance(result.exception, OSError)
    assert not (tmp_path / "cosigne").exists()


def damaged(key: Path, how: str) -> None:
    match how:
        case "readable by others":
            key.chmod(0o640)
        case "no public file":
            witness.public_file(key).unlink()
        case "no private file":
            key.unlink()
        case "other public file":
            other = witness.Witness("temoin.invalid", Ed25519PrivateKey.from_private_bytes(b"w" * 32))
            witness.public_file(key).write_text(other.verifier.encode(), "utf-8")
        case "not PEM":
            key.write_text("rien", "utf-8")
        case "other algorithm":
            pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            key.write_bytes(pem)


@pytest.mark.parametrize(
    "how",
    ["readable by others", "no public file", "no private file", "other public file", "not PEM",
     "other algorithm"],
)  # fmt: skip
def test_a_key_that_is_not_as_it_was_made_cosigns_nothing(
    how: str, site: Path, key: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(3).write(site)
    damaged(key, how)
    result = watch("--cosign", key)
    assert (result.exit_code, result.stdout) == (2, "")
    assert key.name in result.stderr


def test_an_output_that_cannot_be_written_is_said(
    site: Path, tmp_path: Path, key: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(1).write(site)
    result = watch("--cosign", key, "--out", tmp_path / "absent" / "cosigne")
    assert (result.exit_code, "absent/cosigne" in result.stderr) == (2, True)
