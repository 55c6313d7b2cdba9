"""Receipts and statements: only errors of proofs leave."""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["kiosk.proof"]):
    from kiosk.proof import receipt, statement
    from kiosk.proof.errors import ProofError

from tests.fuzz.running import run
from tests.kiosk.proof.making import issued


def read(raw: bytes) -> None:
    for parse in (_receipt, statement.parse):
        try:
            parse(raw)
        except ProofError:
            continue


def _receipt(raw: bytes) -> None:
    statement.parse(receipt.parse(raw).statement)


if __name__ == "__main__":
    run(read, [receipt.dump(issued()), issued().statement])
