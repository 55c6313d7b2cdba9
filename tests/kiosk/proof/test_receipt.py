"""Receipts: read back to the byte, refused when anything is not as expected."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kiosk.proof import receipt
from kiosk.proof.errors import MalformedError
from tests.kiosk.proof.making import OPENINGS, decision, issued


def changed(**members: Any) -> bytes:
    """A receipt of which some members were replaced; `None` removes one."""
    whole = json.loads(receipt.dump(issued())) | members
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


def test_a_receipt_is_read_back() -> None:
    assert receipt.parse(receipt.dump(issued())) == issued()


def test_a_receipt_is_the_same_bytes_each_time() -> None:
    raw = receipt.dump(issued())
    assert raw == receipt.dump(receipt.parse(raw))
    assert raw.endswith(b"}\n")


def test_what_is_signed_is_a_format_line_and_the_hash_of_the_statement() -> None:
    assert receipt.signed_text(decision()) == f"cgu-statement-signature/1\n{decision().hash}\n"


@pytest.mark.requirement("O-56")
def test_the_statement_in_a_receipt_tells_the_time_in_utc_to_the_microsecond() -> None:
    assert json.loads(issued().statement)["at"] == "2026-11-22T08:00:00.123456Z"


def salt(value: object) -> list[dict[str, object]]:
    return [{"field": "email", "salt": value, "value": "x"}]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param(b"[" * 200_000, id="nested too deep"),
        pytest.param(b"[]", id="not an object"),
        pytest.param(b'{"format": NaN}', id="not a number"),
        pytest.param(changed(signature=None), id="member missing"),
        pytest.param(changed(more=1), id="member unknown"),
        pytest.param(changed(format="cgu-receipt/2"), id="another format"),
        pytest.param(b'{"format": "cgu-receipt/1", "format": "cgu-receipt/1"}', id="member twice"),
        pytest.param(changed(statement=1), id="statement not a text"),
        pytest.param(changed(statement="é"), id="statement not base64"),
        pytest.param(changed(statement="AB=="), id="loose base64"),
        pytest.param(changed(signature="\ud800"), id="lone surrogate"),
        pytest.param(changed(disclosures={}), id="disclosures not a list"),
        pytest.param(changed(disclosures=[1]), id="disclosure not an object"),
        pytest.param(changed(disclosures=salt("AAAA")), id="short salt"),
        pytest.param(changed(disclosures=salt("A" * 22 + "==") * 2), id="field twice"),
        pytest.param(changed(disclosures=salt("A" * 22 + "==") * 51), id="too many disclosures"),
        pytest.param(
            changed(disclosures=[{"field": "", "salt": "A" * 22 + "==", "value": "x"}]), id="nameless field"
        ),
        pytest.param(
            changed(disclosures=[{"field": "f", "salt": "A" * 22 + "==", "value": "x" * 1001}]),
            id="long value",
        ),
        pytest.param(b" " * receipt.MAX_BYTES + receipt.dump(issued()), id="too long"),
    ],
)
def test_a_malformed_receipt_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        receipt.parse(raw)


def test_a_receipt_may_disclose_nothing() -> None:
    held = receipt.parse(receipt.dump(issued(openings=())))
    assert held.disclosures == ()
    for opening in OPENINGS:
        assert opening.value.encode() not in receipt.dump(held)
