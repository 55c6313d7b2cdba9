"""A folder of files to verify: good ones, bad ones, and the keys to trust."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from kiosk.proof import receipt, tlog_proof
from kiosk.proof.tlog_proof import TlogProof
from tests.kiosk.proof.making import (
    AT,
    DEMONSTRATION,
    HOUR,
    PUBLISHER,
    TEXT,
    issued,
    sealed,
    stamped,
    trust_text,
)
from tests.kiosk.verifier.files import OLD, SHOWN, TEXT_DIGEST


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cles").write_text(f"# clés de confiance\n\n{trust_text(PUBLISHER, DEMONSTRATION)}")
    (tmp_path / "texte.md").write_bytes(TEXT)
    (tmp_path / "bon.json").write_bytes(receipt.dump(issued(text_hash=TEXT_DIGEST)))
    (tmp_path / "discret.json").write_bytes(receipt.dump(issued(openings=(), text_hash=TEXT_DIGEST)))
    (tmp_path / "specimen.json").write_bytes(
        receipt.dump(issued("demonstration", DEMONSTRATION, text_hash=TEXT_DIGEST))
    )
    (tmp_path / "altere.json").write_bytes(
        receipt.dump(issued(text_hash=TEXT_DIGEST)).replace(b"camille", b"domique")
    )
    (tmp_path / "ancien.md").write_bytes(OLD)
    (tmp_path / "comparaison.json").write_bytes(SHOWN)
    (tmp_path / "compare.json").write_bytes(
        receipt.dump(issued(text_hash=TEXT_DIGEST, comparison_hash=sha256(SHOWN).hexdigest()))
    )
    (tmp_path / "rien.json").write_bytes(b"%PDF-1.7")
    held, _ = sealed(text_hash=TEXT_DIGEST)
    (tmp_path / "scelle.json").write_bytes(receipt.dump(held))
    (tmp_path / "horodate.json").write_bytes(receipt.dump(stamped()))
    (tmp_path / "tard.json").write_bytes(receipt.dump(stamped(at=AT + 30 * HOUR)))
    proof = TlogProof(held.proof.index, held.proof.path, held.proof.checkpoint, held.statement)
    (tmp_path / "preuve.tlog-proof").write_bytes(tlog_proof.dump(proof))
    return tmp_path
