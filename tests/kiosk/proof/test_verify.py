"""Verification: every step refuses its own attack, and says which step it was."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.proof import note, receipt
from kiosk.proof.commitment import Opening
from kiosk.proof.errors import AlteredError, MalformedError, ProofError, SpecimenError, UnknownKeyError
from kiosk.proof.receipt import Receipt
from kiosk.proof.statement import Kind, make, parse
from kiosk.proof.verify import Step, read, verify, verify_text
from tests.kiosk.proof.making import AT, DEMONSTRATION, OPENINGS, PUBLISHER, TEXT, decision, issued

TRUSTED = (PUBLISHER.verifier,)
INTACT = receipt.dump(issued())


@pytest.mark.requirement("S-58", "O-56")
def test_an_intact_receipt_of_a_trusted_key_is_verified() -> None:
    verify(INTACT, TRUSTED)
    held, said = read(INTACT)
    assert (held, said) == (issued(), decision())


def test_a_receipt_whose_fields_stay_closed_is_verified() -> None:
    verify(receipt.dump(issued(openings=())), TRUSTED)


def attack(make_receipt: Callable[[], Receipt]) -> bytes:
    return receipt.dump(make_receipt())


def unknown_environment() -> Receipt:
    statement = make(Kind.DECISION, "test", AT, {})
    return receipt.issue(statement, (), PUBLISHER.name, PUBLISHER.key)


@pytest.mark.requirement("S-58")
@pytest.mark.parametrize(
    ("raw", "error", "step"),
    [
        pytest.param(b"{}", MalformedError, Step.FORMAT, id="not a receipt"),
        pytest.param(
            attack(lambda: Receipt(b"{}", (), issued().signature)), MalformedError, Step.STATEMENT,
            id="not a statement",
        ),
        pytest.param(
            attack(lambda: issued(openings=(Opening("email", bytes(16), "autre@exemple.invalid"),))),
            AlteredError, Step.DISCLOSURES, id="another address",
        ),
        pytest.param(
            attack(lambda: issued(openings=(*OPENINGS, Opening("siren", bytes(16), "1")))),
            AlteredError, Step.DISCLOSURES, id="a field the statement does not know",
        ),
        pytest.param(
            attack(lambda: Receipt(decision(text_hash="f" * 64).body, (), issued().signature)),
            AlteredError, Step.SIGNATURE, id="the signature of another statement",
        ),
        pytest.param(
            attack(lambda: Receipt(decision().body, (), "rien")), MalformedError, Step.SIGNATURE,
            id="no note",
        ),
        pytest.param(
            attack(lambda: Receipt(
                decision().body, (),
                note.sign(f"autre/1\n{decision().hash}\n", PUBLISHER.name, PUBLISHER.key),
            )),
            AlteredError, Step.SIGNATURE, id="a note that means something else",
        ),
        pytest.param(attack(unknown_environment), MalformedError, Step.ENVIRONMENT, id="another environment"),
        pytest.param(
            attack(lambda: issued(environment="demonstration")), AlteredError, Step.ENVIRONMENT,
            id="a demonstration signed by a publisher",
        ),
    ],
)  # fmt: skip
def test_each_step_refuses_its_own_attack(raw: bytes, error: type[ProofError], step: Step) -> None:
    with pytest.raises(error) as refused:
        verify(raw, TRUSTED)
    assert type(refused.value) is error
    assert refused.value.step == step


def test_keys_come_from_outside_and_an_unknown_one_is_named_so() -> None:
    with pytest.raises(UnknownKeyError) as refused:
        verify(INTACT, ())
    assert refused.value.step == Step.SIGNATURE


def test_a_specimen_is_refused_by_name_even_without_its_key() -> None:
    raw = receipt.dump(issued("demonstration", DEMONSTRATION))
    with pytest.raises(SpecimenError) as refused:
        verify(raw, TRUSTED)
    assert refused.value.step == Step.SIGNATURE


def test_an_intact_specimen_is_refused_at_the_last_step() -> None:
    raw = receipt.dump(issued("demonstration", DEMONSTRATION))
    with pytest.raises(SpecimenError) as refused:
        verify(raw, (DEMONSTRATION.verifier,))
    assert refused.value.step == Step.ENVIRONMENT


def test_a_demonstration_key_cannot_speak_for_a_publisher() -> None:
    with pytest.raises(AlteredError):
        verify(receipt.dump(issued("publisher", DEMONSTRATION)), (DEMONSTRATION.verifier,))


def test_the_text_that_was_decided_on_is_told_from_any_other() -> None:
    said = decision(text_hash=hashlib.sha256(TEXT).hexdigest())
    verify_text(said, TEXT)
    with pytest.raises(AlteredError) as refused:
        verify_text(said, TEXT + b" ")
    assert refused.value.step == Step.TEXT


@pytest.mark.parametrize("document", [{}, {"document": 1}, {"document": {"text_hash": 1}}])
def test_a_statement_that_names_no_text_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(MalformedError, match="names no text"):
        verify_text(make(Kind.DECISION, "publisher", AT, document), TEXT)


@pytest.mark.requirement("S-58")
@given(place=st.integers(0, len(INTACT) - 1), byte=st.integers(0, 255))
def test_a_receipt_with_one_byte_changed_never_says_something_else(place: int, byte: int) -> None:
    raw = INTACT[:place] + bytes([byte]) + INTACT[place + 1 :]
    try:
        verify(raw, TRUSTED)
    except ProofError:
        return
    assert receipt.parse(raw) == issued(), "only white space between members may differ"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_else_gives_only_typed_errors(raw: bytes) -> None:
    with pytest.raises(ProofError):
        verify(raw, TRUSTED)
    with pytest.raises(ProofError):
        parse(raw)


@given(name=st.sampled_from(["statement", "disclosures", "signature"]), value=JSON)
def test_a_receipt_with_one_member_replaced_gives_only_typed_errors(name: str, value: object) -> None:
    whole = json.loads(INTACT) | {name: value}
    if whole == json.loads(INTACT) or value == []:
        return
    with pytest.raises(ProofError):
        verify(json.dumps(whole).encode(), TRUSTED)


@given(members=st.dictionaries(st.sampled_from(["at", "document", "environment", "commitments"]), JSON))
def test_a_statement_of_any_members_gives_only_typed_errors(members: dict[str, object]) -> None:
    try:
        statement = make(Kind.DECISION, "publisher", AT, members)
    except ProofError:
        return
    raw = receipt.dump(Receipt(statement.body, (), note.sign("x\n", PUBLISHER.name, PUBLISHER.key)))
    assert base64.b64decode(json.loads(raw)["statement"]) == statement.body
    with pytest.raises(ProofError):
        verify(raw, TRUSTED)
    with pytest.raises(ProofError):
        verify_text(statement, TEXT)
