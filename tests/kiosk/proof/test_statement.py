"""Statements: canonical bytes, personal fields hidden."""

from __future__ import annotations

import hashlib
import json

import pytest

from kiosk.proof import statement
from kiosk.proof.commitment import Opening, verify_opening
from kiosk.proof.errors import AlteredError, MalformedError
from kiosk.proof.statement import Kind
from tests.kiosk.proof.making import AT, OPENINGS, decision


def test_a_statement_is_read_back_and_named_by_the_hash_of_its_bytes() -> None:
    made = decision()
    assert statement.parse(made.body) == made
    assert made.hash == hashlib.sha256(made.body).hexdigest()


def test_the_bytes_are_canonical_json() -> None:
    made = statement.make(Kind.ACCESSION, "publisher", AT, {"é": 1, "a": None})
    assert (
        made.body
        == (
            '{"a":null,"at":"2026-11-22T08:00:00.123456Z","environment":"publisher",'
            '"format":"cgu-statement/1","kind":"accession","é":1}'
        ).encode()
    )
    assert made.commitments == {}


def test_personal_values_are_not_in_the_statement() -> None:
    made = decision()
    for opening in OPENINGS:
        assert opening.value.encode() not in made.body
        verify_opening(opening, made.commitments[opening.field])


def test_the_commitment_is_the_one_the_specification_writes() -> None:
    opening = Opening("email", bytes(16), "é")
    parts = b"cgu-commitment/1\x00email\x00" + bytes(16) + "é".encode()
    assert opening.commitment == hashlib.sha256(parts).hexdigest()


def test_another_value_does_not_open_a_commitment() -> None:
    with pytest.raises(AlteredError, match="email"):
        verify_opening(Opening("email", bytes(16), "autre"), Opening("email", bytes(16), "un").commitment)


@pytest.mark.parametrize(("field", "salt"), [("", bytes(16)), ("a\x00b", bytes(16)), ("a", bytes(15))])
def test_an_opening_that_could_be_mistaken_for_another_is_refused(field: str, salt: bytes) -> None:
    with pytest.raises(MalformedError):
        Opening(field, salt, "x")


@pytest.mark.parametrize("value", [float("nan"), 2**60, "\ud800", {"\ud800": 1}])
def test_what_has_no_canonical_form_is_not_stated(value: object) -> None:
    with pytest.raises(MalformedError, match="canonically"):
        statement.make(Kind.DECISION, "publisher", AT, {"value": value})


def body(**members: object) -> bytes:
    whole = {"format": "cgu-statement/1", "kind": "decision"} | members
    return json.dumps(whole, separators=(",", ":"), sort_keys=True).encode()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="not an object"),
        pytest.param(b"[" * 90_000, id="nested too deep"),
        pytest.param(b" " + decision().body, id="a space more"),
        pytest.param(body(format="cgu-statement/2"), id="another format"),
        pytest.param(body(kind="other"), id="another kind"),
        pytest.param(body(kind=[]), id="kind not a text"),
        pytest.param(body(commitments=[]), id="commitments not an object"),
        pytest.param(body(commitments={"email": 1}), id="commitment not a text"),
        pytest.param(body(x="a" * statement.MAX_BYTES), id="too long"),
    ],
)
def test_a_malformed_statement_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        statement.parse(raw)
