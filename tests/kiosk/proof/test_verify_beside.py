"""What is given beside a receipt, a text or a comparison, is the one that its statement names."""

from __future__ import annotations

import hashlib
import json

import pytest

from kiosk.proof.errors import (
    AlteredError,
    MalformedError,
)
from kiosk.proof.verify import (
    Step,
    verify_comparison,
    verify_text,
)
from tests.kiosk.proof.making import (
    TEXT,
    decision,
)
from tests.kiosk.proof.verifying import (
    former,
)


def test_the_text_that_was_decided_on_is_told_from_any_other() -> None:
    said = decision(text_hash=hashlib.sha256(TEXT).hexdigest())
    verify_text(said, TEXT)
    with pytest.raises(AlteredError) as caught:
        verify_text(said, TEXT + b" ")
    assert caught.value.step == Step.TEXT


@pytest.mark.parametrize("document", [{}, {"document": 1}, {"document": {"text_hash": 1}}])
def test_a_statement_that_names_no_text_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(MalformedError, match="names no text"):
        verify_text(former(**document), TEXT)


@pytest.mark.parametrize("exposure", [{}, {"exposure": 1}, {"exposure": {"comparison_hash": None}}])
def test_a_statement_that_names_no_comparison_is_refused(exposure: dict[str, object]) -> None:
    with pytest.raises(MalformedError, match="no comparison"):
        verify_comparison(former(**exposure), b"{}")


def shown(old: bytes, new: bytes) -> bytes:
    """A comparison, as far as verification reads it."""
    sides = {"old": old, "new": new}
    rows = [{side: [{"index": 0, "source": text.decode()}] for side, text in sides.items()}]
    hashes = {side: {"text_hash": hashlib.sha256(text).hexdigest()} for side, text in sides.items()}
    return json.dumps({"format": "cgu-comparison/1", "rows": rows} | hashes).encode()


@pytest.mark.requirement("S-58")
def test_the_comparison_that_was_shown_is_told_from_any_other() -> None:
    old, held = b"ancien", shown(b"ancien", TEXT)
    text_hash = hashlib.sha256(TEXT).hexdigest()
    said = decision(text_hash=text_hash, comparison_hash=hashlib.sha256(held).hexdigest())
    verify_comparison(said, held)
    verify_comparison(said, held, old)
    elsewhere = shown(old, b"autre")
    lying = decision(text_hash=text_hash, comparison_hash=hashlib.sha256(elsewhere).hexdigest())
    for told, other, before in (
        (said, held + b" ", None),
        (said, held, b"un autre"),
        (lying, elsewhere, None),
    ):
        with pytest.raises(AlteredError) as caught:
            verify_comparison(told, other, before)
        assert caught.value.step == Step.COMPARISON
