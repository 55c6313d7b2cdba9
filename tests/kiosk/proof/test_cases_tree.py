"""The vectors of trees, tiles, checkpoints, cosignatures and proofs: each is answered as it says."""

from __future__ import annotations

import base64
import json
from collections import Counter
from typing import Any

import pytest

from kiosk.proof import errors
from tests.vectors import case
from tests.vectors.cases_tree import Case, cases, evaluate

CASES = tuple(cases())


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.name)
def test_a_vector_is_answered_as_it_says(one: Case) -> None:
    written = json.loads(case.dump(one))
    assert written["expected"] == {"verdict": answer(written), "step": None, "error": one.error}


def answer(written: dict[str, Any]) -> str:
    """The verdict on a vector read back; raises unless it is refused by the very error it names."""
    given = written["kind"], base64.b64decode(written["input"]), written["trust"]
    error = written["expected"]["error"]
    if error is None:
        evaluate(*given)
        return "accepted"
    with pytest.raises(getattr(errors, error)):
        evaluate(*given)
    return "refused"


def test_names_are_given_once_and_every_kind_has_valid_and_refused_ones() -> None:
    assert not [name for name, count in Counter(one.name for one in CASES).items() if count > 1]
    valid = {one.kind for one in CASES if one.error is None}
    assert valid == {one.kind for one in CASES if one.error is not None}
