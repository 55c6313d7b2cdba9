"""The vectors that other implementations are given: each is answered as it says, and made again the same."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from kiosk.proof import errors, verify
from kiosk.proof.trust import parse_trust
from kiosk.proof.verify import Verdict
from tests.vectors import cases_browser, cases_receipt, cases_token, cases_tree, generate

FILES = sorted(generate.FOLDER.glob("*.json"))
EVALUATED = {
    **dict.fromkeys(("statement", "commitment", "receipt"), cases_receipt.evaluate),
    **dict.fromkeys(
        ("inclusion", "consistency", "tile", "checkpoint", "cosignature", "tlog-proof"), cases_tree.evaluate
    ),
    "token": cases_token.evaluate,
}
WORDS = {
    Verdict.INTACT: "Intact",
    Verdict.UNATTESTED: "Intact, heure non attestée",
    Verdict.UNKNOWN_KEY: "Clé inconnue",
    Verdict.SPECIMEN: "Spécimen sans valeur",
}


def test_the_generator_writes_the_very_files_that_are_kept() -> None:
    assert {file.name: file.read_bytes() for file in FILES} == generate.files()


def test_there_is_a_valid_vector_of_each_kind_and_one_that_is_refused() -> None:
    kinds = {(one.kind, one.error is None) for one in generate.cases()}
    assert kinds == {(kind, valid) for kind in EVALUATED for valid in (True, False)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_vector_is_answered_as_it_says(file: Path) -> None:
    said: dict[str, Any] = json.loads(file.read_bytes())
    raw, expected = base64.b64decode(said["input"]), said["expected"]
    whole = said["kind"] == "receipt" or file.stem.startswith("browser-")
    evaluate = cases_browser.evaluate if whole else EVALUATED[said["kind"]]
    if expected["error"] is None:
        evaluate(said["kind"], raw, said["trust"])
    else:
        with pytest.raises(getattr(errors, expected["error"])) as caught:
            evaluate(said["kind"], raw, said["trust"])
        assert caught.type.__name__ == expected["error"]
        assert caught.value.step == expected["step"]
    if whole:
        assert answer(said["kind"], raw, said["trust"]) == expected["verdict"]


def answer(kind: str, raw: bytes, trust: str) -> str:
    """The verdict on a file, in words."""
    examine = {"receipt": verify.examine, "tlog-proof": verify.examine_tlog_proof}[kind]
    found = examine(raw, parse_trust(trust))
    step = found.refused.step if found.refused else None
    return WORDS.get(found.verdict, f"Altéré ou incomplet : étape {step}")
