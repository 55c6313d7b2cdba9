"""Proof files and tile paths: only errors of proofs leave, and what is read is written back alike."""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["kiosk.proof"]):
    from kiosk.proof import merkle, tiles, tlog_proof
    from kiosk.proof.checkpoint import parse as parse_checkpoint
    from kiosk.proof.errors import ProofError
    from kiosk.proof.note import parse as parse_note

from tests.fuzz.running import run, text
from tests.vectors.cases_tree import cases


def read(raw: bytes) -> None:
    _read_path(raw)
    try:
        proof = tlog_proof.parse(raw)
    except ProofError:
        return
    assert tlog_proof.dump(proof) == raw
    head = parse_checkpoint(parse_note(proof.checkpoint).text)
    try:
        merkle.verify_inclusion(
            merkle.leaf_hash(proof.extra or b""), proof.index, head.size, proof.path, head.root
        )
    except ProofError:
        return


def _read_path(raw: bytes) -> None:
    written = text(raw)
    try:
        tile = tiles.parse_path(written or "")
    except ProofError:
        return
    assert tile.path == written


if __name__ == "__main__":
    run(read, [*(one.input for one in cases() if one.kind == "tlog-proof"), b"tile/0/x001/x234/067.p/112"])
