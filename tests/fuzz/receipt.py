"""Receipts and statements, read and verified: only errors of proofs leave, and a file has one form only."""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["kiosk.proof"]):
    from kiosk.proof import receipt, statement
    from kiosk.proof.errors import ProofError
    from kiosk.proof.verify import examine

from tests.fuzz.running import run
from tests.kiosk.proof.making import PUBLISHER, changed_key, issued, sealed, stamped, trusting

TRUST = trusting(PUBLISHER)
RECEIPTS = [receipt.dump(one) for one in (issued(), sealed()[0], stamped(), changed_key()[0])]


def read(raw: bytes) -> None:
    for parse in (_receipt, statement.parse):
        try:
            parse(raw)
        except ProofError:
            continue


def _receipt(raw: bytes) -> None:
    held = receipt.parse(raw)
    assert receipt.dump(held) == raw or examine(raw, TRUST).refused  # its sha256 may be that of another
    statement.parse(held.statement)


if __name__ == "__main__":
    run(read, [*RECEIPTS, issued().statement])
