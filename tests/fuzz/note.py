"""Notes, checkpoints, cosignatures: only errors of proofs leave, and what is read is written back alike."""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["kiosk.proof"]):
    from kiosk.proof import checkpoint, cosignature, note
    from kiosk.proof.cosignature import WitnessKey
    from kiosk.proof.errors import ProofError
    from kiosk.proof.note import VerifierKey

from tests.fuzz.running import run, text
from tests.vectors.cases_tree import cases

SEEDS = [one for one in cases() if one.kind in ("checkpoint", "cosignature")]
WORDS = [line.split(" ") for line in sorted({line for one in SEEDS for line in one.trust.splitlines()})]
TRUSTED = [VerifierKey.parse(words[0]) for words in WORDS if len(words) == 1]
WITNESSES = [WitnessKey.parse(words[1]) for words in WORDS if words[0] == "witness"]


def read(raw: bytes) -> None:
    written = text(raw)
    if written is None:
        return
    try:
        held = note.parse(written)
    except ProofError:
        return
    lines = "".join(f"{signature.line}\n" for signature in held.signatures)
    assert f"{held.text}\n{lines}" == written
    try:
        cosignature.verify(held, WITNESSES)
        head, _ = checkpoint.opened(written, TRUSTED)
    except ProofError:
        return
    assert head.text == held.text


if __name__ == "__main__":
    run(read, [one.input for one in SEEDS])
