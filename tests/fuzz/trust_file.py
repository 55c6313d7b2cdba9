"""Trust files: only errors of proofs leave, and no line that was not understood is passed over."""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["kiosk.proof"]):
    from kiosk.proof.errors import ProofError
    from kiosk.proof.trust import parse_trust

from tests.fuzz.running import run, text
from tests.vectors import cases_receipt, cases_tree

SEEDS = sorted(
    {one.trust.encode() for module in (cases_receipt, cases_tree) for one in module.cases() if one.trust}
)


def read(raw: bytes) -> None:
    written = text(raw)
    if written is None:
        return
    try:
        found = parse_trust(written)
    except ProofError:
        return
    lines = [line.split() for line in written.split("\n")]
    said = [words for words in lines if words and not words[0].startswith("#")]
    held = (found.ledger, found.witnesses, found.authorities, found.seals, found.revoked)
    assert bool(said) is (any(held) or found.quorum > 0)


if __name__ == "__main__":
    run(read, SEEDS)
