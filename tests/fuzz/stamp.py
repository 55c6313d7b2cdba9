"""Time tokens: only the error of a token leaves, and none that was changed attests another time."""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["kiosk.proof"]):
    from kiosk.proof.errors import TimeError
    from kiosk.proof.token import read_token, verify_token

from tests.fuzz.running import run
from tests.vectors.cases_token import AT, FOLDER, TEXT

ROOTS = {"essai": (FOLDER / "root.der").read_bytes()}
SEEDS = [file.read_bytes() for file in sorted(FOLDER.glob("*.tst")) if not file.name.startswith("receipt-")]


def read(raw: bytes) -> None:
    try:
        read_token(raw)
        found = verify_token(raw, TEXT, ROOTS)
    except TimeError:
        return
    assert abs((found.at - AT).total_seconds()) < 1


if __name__ == "__main__":
    run(read, SEEDS)
