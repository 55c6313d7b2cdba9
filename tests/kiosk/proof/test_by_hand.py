"""What README.md tells people to do by hand works as it is written, with the tools of others alone."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from kiosk.proof import merkle, receipt
from tests.kiosk.proof.making import PUBLISHER, TEXT, authority, decision, stamped

README = Path(merkle.__file__).with_name("README.md")
TEXT_DIGEST = hashlib.sha256(TEXT).hexdigest()

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="README.md asks for jq")


@pytest.mark.requirement("S-58")
def test_a_receipt_is_verified_by_hand(tmp_path: Path) -> None:
    held = stamped(text_hash=TEXT_DIGEST)
    (tmp_path / "r.receipt.json").write_bytes(receipt.dump(held))
    (tmp_path / "texte.md").write_bytes(TEXT)
    (tmp_path / "root.pem").write_bytes(authority("essai")[0].pem)
    _, block, _ = README.read_text("utf-8").partition("## By hand")[2].split("```")
    done = subprocess.run(
        ["bash", "-e", "-c", block],
        cwd=tmp_path, env={"KEY": PUBLISHER.verifier.encode(), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = decision(text_hash=TEXT_DIGEST)
    words = done.stdout.split()
    assert words[words.index("statement.json") - 1] == hashlib.sha256(held.statement).hexdigest()
    assert words[words.index("texte.md") - 1] == TEXT_DIGEST
    assert words[words.index("-") - 1] == said.commitments["email"]
    assert "Signature Verified Successfully" in done.stdout
    assert "Verification: OK" in done.stdout + done.stderr
