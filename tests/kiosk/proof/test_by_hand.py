"""What README.md tells people to do by hand works as it is written, with the tools of others alone."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.proof import merkle, receipt
from kiosk.proof.receipt import Receipt
from tests.kiosk.proof.making import PUBLISHER, SUCCESSOR, TEXT, Log, accession, authority, sealed, stamped

README = Path(merkle.__file__).with_name("README.md")
TEXT_DIGEST = hashlib.sha256(TEXT).hexdigest()
ByHand = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def by_hand(tmp_path: Path) -> ByHand:
    """Run the very commands of README.md on a receipt."""

    def run(
        raw: bytes, text: bytes = TEXT, key: str = PUBLISHER.verifier.encode(), root: str = "essai"
    ) -> subprocess.CompletedProcess[str]:
        (tmp_path / "r.receipt.json").write_bytes(raw)
        (tmp_path / "texte.md").write_bytes(text)
        (tmp_path / "root.pem").write_bytes(authority(root)[0].pem)
        _, block, _ = README.read_text("utf-8").partition("## By hand")[2].split("```")
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", block],
            cwd=tmp_path, env={"KEY": key, "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def whole() -> Receipt:
    return stamped(text_hash=TEXT_DIGEST)


@pytest.mark.requirement("S-58")
def test_a_receipt_is_verified_by_hand(by_hand: ByHand) -> None:
    held = whole()
    done = by_hand(receipt.dump(held))
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    assert words[words.index("statement.json") - 1] == hashlib.sha256(held.statement).hexdigest()
    assert words[words.index("texte.md") - 1] == TEXT_DIGEST
    assert f'"email":"{email_commitment(held)}"' in words
    assert "Signature Verified Successfully" in done.stdout
    assert "Inclusion: OK" in done.stdout
    assert (done.stdout + done.stderr).count("Verification: OK") == 2
    assert "token.tst: Nov 22 08:01:00" in done.stdout
    assert "earlier.tst: Nov 22 07:00:00" in done.stdout
    assert held.earlier
    assert f'"hash":"{held.earlier.token.hash}"' in words


def email_commitment(held: Receipt) -> str:
    return next(one.commitment for one in held.disclosures if one.field == "email")


def changed(old: bytes, new: bytes) -> bytes:
    raw = receipt.dump(whole())
    assert raw.count(old) == 1, old
    return raw.replace(old, new)


@pytest.mark.requirement("S-58")
@pytest.mark.parametrize(
    ("attack", "missing"),
    [
        pytest.param(lambda: (changed(b"camille@", b"dominique@"),), '"email":', id="another address"),
        pytest.param(lambda: (changed(b'"index": 3', b'"index": 2'),), "Inclusion: OK", id="another place"),
        pytest.param(
            lambda: (receipt.dump(whole()), TEXT, SUCCESSOR.verifier.encode()), "Verified", id="another key"
        ),
        pytest.param(
            lambda: (receipt.dump(whole()), TEXT, PUBLISHER.verifier.encode(), "autre"), "token.tst:",
            id="another authority",
        ),
    ],
)  # fmt: skip
def test_an_altered_receipt_stops_the_commands_where_it_is_altered(
    by_hand: ByHand, attack: Callable[[], tuple[object, ...]], missing: str
) -> None:
    done = by_hand(*attack())
    assert done.returncode != 0 or "WRONG" in done.stdout
    assert missing not in done.stdout


@pytest.mark.parametrize("size", range(1, 9))
def test_inclusion_is_found_by_hand_at_every_place_of_a_tree(by_hand: ByHand, size: int) -> None:
    held = whole()
    for index in range(size):
        bodies = [accession(number).body for number in range(size)]
        bodies[index] = held.statement
        log = Log(bodies)
        raw = receipt.dump(Receipt(held.statement, held.disclosures, proof=log.proof(index, size)))
        assert "Inclusion: OK" in by_hand(raw).stdout, index


def test_a_sealed_receipt_is_verified_up_to_the_tokens_that_it_does_not_have(by_hand: ByHand) -> None:
    done = by_hand(receipt.dump(sealed(text_hash=TEXT_DIGEST)[0]))
    assert "Inclusion: OK" in done.stdout
    assert "token.tst" not in done.stdout
