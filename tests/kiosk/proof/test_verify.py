"""Verification: every step refuses its own attack, and says which step it was."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from kiosk.proof import note, receipt, statement, tlog_proof
from kiosk.proof.commitment import Opening
from kiosk.proof.errors import (
    AlteredError,
    MalformedError,
    SpecimenError,
    UnknownKeyError,
    WitnessError,
)
from kiosk.proof.receipt import Keys, Receipt
from kiosk.proof.tlog_proof import TlogProof
from kiosk.proof.trust import Trust
from kiosk.proof.verify import (
    Step,
    Verdict,
    examine,
    examine_tlog_proof,
    read,
    verify,
)
from tests.kiosk.proof.making import (
    AT,
    DEMONSTRATION,
    HOUR,
    INDEX,
    MINUTE,
    PUBLISHER,
    SIZE,
    SUCCESSOR,
    Log,
    Signer,
    accession,
    decision,
    issued,
    promised,
    sealed,
    token,
    trusting,
)
from tests.kiosk.proof.verifying import (
    ALWAYS,
    IN_TREE,
    RECEIPTS,
    SEALED,
    STAMPED,
    TRUST,
    WITNESS_KEY,
    refusal,
    with_statement,
    witnessed,
)

# What passes


@pytest.mark.requirement("S-58", "O-56")
@pytest.mark.parametrize(
    ("state", "passed", "verdict"),
    [
        ("signed", (*ALWAYS, Step.WHOLE), Verdict.UNATTESTED),
        ("sealed", IN_TREE, Verdict.UNATTESTED),
        ("stamped", IN_TREE, Verdict.INTACT),
    ],
)
def test_an_intact_receipt_of_a_trusted_key_is_verified(
    state: str, passed: tuple[Step, ...], verdict: Verdict
) -> None:
    raw = receipt.dump(RECEIPTS[state])
    verify(raw, TRUST)
    found = examine(raw, TRUST)
    assert (found.refused, tuple(found.passed), found.verdict) == (None, passed, verdict)
    assert (found.receipt, found.statement) == read(raw)
    shared = examine(receipt.dump(receipt.share(RECEIPTS[state])), TRUST)
    assert (shared.refused, shared.verdict) == (None, verdict)


def test_the_time_is_the_earliest_that_a_token_attests() -> None:
    held, log = sealed()
    text = log.checkpoint(SIZE).text
    both = replace(held, tokens=(token(text, AT + HOUR), token(text, AT + MINUTE)))
    attested = examine(receipt.dump(both), TRUST).attested
    assert attested
    assert (attested.authority, attested.at) == ("essai", AT + MINUTE)


def test_a_statement_of_the_former_format_is_still_verified() -> None:
    whole = {"format": statement.FORMER_FORMAT, "kind": "decision", "environment": "publisher", "at": 1}
    said = statement.parse(json.dumps(whole, separators=(",", ":"), sort_keys=True).encode())
    verify(receipt.dump(promised(said, ())), TRUST)
    log = Log([said.body])
    held = Receipt(said.body, proof=log.proof(0, 1), tokens=(token(log.checkpoint(1).text, AT),))
    assert examine(receipt.dump(held), TRUST).verdict is Verdict.INTACT


# What each step refuses


@pytest.mark.requirement("S-58")
@pytest.mark.parametrize("state", RECEIPTS)
def test_every_state_refuses_the_attacks_that_need_no_key(state: str) -> None:
    held = RECEIPTS[state]
    other = decision(text_hash="f" * 64)
    forged = Step.SIGNATURE if held.promise else Step.INCLUSION
    assert refusal(b"{}") == (MalformedError, Step.FORMAT)
    assert refusal(with_statement(held, b"{}")) == (MalformedError, Step.STATEMENT)
    for field in ("email", "siren"):
        openings = (Opening(field, bytes(16), "autre@exemple.invalid"),)
        assert refusal(replace(held, disclosures=openings)) == (AlteredError, Step.DISCLOSURES)
    assert refusal(with_statement(held, other.body)) == (AlteredError, forged)
    assert refusal(held, Trust()) == (UnknownKeyError, Step.SIGNATURE)
    assert refusal(held, trusting(SUCCESSOR)) == (UnknownKeyError, Step.SIGNATURE)
    assert examine(receipt.dump(held), Trust()).verdict is Verdict.UNKNOWN_KEY
    damaged = receipt.dump(replace(held, keys=Keys(("x",)))).replace(b'"x"', b'"y"')
    assert refusal(damaged) == (AlteredError, Step.WHOLE)


def test_a_promise_is_of_this_statement_and_means_nothing_else() -> None:
    said = decision()
    assert refusal(Receipt(said.body, promise="rien")) == (MalformedError, Step.SIGNATURE)
    for text in (f"autre/1\n{said.hash}\n", receipt.promised_text(accession(1))):
        signed = note.sign(text, PUBLISHER.name, PUBLISHER.key)
        assert refusal(Receipt(said.body, promise=signed)) == (AlteredError, Step.SIGNATURE)
    lying = note.sign(receipt.promised_text(accession(1)), PUBLISHER.name, PUBLISHER.key)
    swapped = lying.replace(accession(1).hash, said.hash)
    assert refusal(Receipt(said.body, promise=swapped)) == (AlteredError, Step.SIGNATURE)


def test_a_promise_does_not_pass_for_a_checkpoint_nor_the_reverse() -> None:
    assert SEALED.proof
    promise = replace(SEALED.proof, checkpoint=issued().promise or "")
    assert refusal(replace(SEALED, proof=promise)) == (MalformedError, Step.SIGNATURE)
    checkpoint = Receipt(decision().body, promise=SEALED.proof.checkpoint)
    assert refusal(checkpoint) == (AlteredError, Step.SIGNATURE)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"index": INDEX + 1}, id="the leaf beside"),
        pytest.param({"index": SIZE}, id="past the end"),
        pytest.param({"path": ()}, id="no path"),
        pytest.param({"path": (bytes(32),) * 3}, id="another path"),
    ],
)
def test_a_leaf_is_where_the_proof_says(changes: dict[str, Any]) -> None:
    assert SEALED.proof
    held = with_statement(SEALED, decision().body)  # names no checkpoint, which could refuse it first
    log = Log([*(accession(number).body for number in range(INDEX)), held.statement, accession(INDEX).body])
    proof = replace(log.proof(INDEX, SIZE), **changes)
    assert refusal(replace(held, proof=proof)) == (AlteredError, Step.INCLUSION)


# Demonstrations


@pytest.mark.parametrize(
    "held",
    [issued("demonstration", DEMONSTRATION), sealed("demonstration", DEMONSTRATION)[0]],
    ids=["signed", "sealed"],
)
def test_a_specimen_is_refused_by_name_with_or_without_its_key(held: Receipt) -> None:
    assert refusal(held) == (SpecimenError, Step.SIGNATURE)
    trust = trusting(DEMONSTRATION)
    assert refusal(held, trust) == (SpecimenError, Step.ENVIRONMENT)
    found = examine(receipt.dump(held), trust)
    assert found.verdict is Verdict.SPECIMEN
    assert Step.ENVIRONMENT not in found.passed
    assert found.passed[-1] is Step.WHOLE


def test_a_damaged_specimen_is_said_to_be_damaged() -> None:
    held = replace(issued("demonstration", DEMONSTRATION), keys=Keys(("x",)))
    damaged = receipt.dump(held).replace(b'"x"', b'"y"')
    assert refusal(damaged, trusting(DEMONSTRATION)) == (AlteredError, Step.WHOLE)


@pytest.mark.parametrize(
    ("environment", "signer"), [("publisher", DEMONSTRATION), ("demonstration", PUBLISHER)]
)
def test_an_environment_cannot_speak_for_the_other(environment: str, signer: Signer) -> None:
    for held in (issued(environment, signer), sealed(environment, signer)[0]):
        assert refusal(held, trusting(signer)) == (AlteredError, Step.ENVIRONMENT)


def test_an_environment_that_nobody_knows_is_refused() -> None:
    said = statement.parse(b'{"environment":"test","format":"cgu-statement/1","kind":"decision"}')
    assert refusal(promised(said, ())) == (MalformedError, Step.ENVIRONMENT)


# Witnesses


def test_witnesses_are_asked_for_when_the_verifier_wants_some() -> None:
    trust = replace(TRUST, witnesses=(WITNESS_KEY,), quorum=1)
    found = examine(receipt.dump(witnessed(STAMPED)), trust)
    assert found.verdict is Verdict.INTACT
    assert [one.name for one in found.witnesses] == [WITNESS_KEY.name]
    assert Step.WITNESSES in found.passed
    for held in (issued(), SEALED):
        assert refusal(held, trust) == (WitnessError, Step.WITNESSES)
        assert examine(receipt.dump(held), trust).verdict is Verdict.ALTERED


# A proof by itself


def proof_file(held: Receipt, **changes: Any) -> bytes:
    assert held.proof
    whole = {"extra": held.statement} | changes
    return tlog_proof.dump(TlogProof(held.proof.index, held.proof.path, held.proof.checkpoint, **whole))


def test_a_tlog_proof_that_holds_its_statement_is_verified_alone() -> None:
    found = examine_tlog_proof(proof_file(STAMPED), TRUST)
    assert (found.refused, found.verdict) == (None, Verdict.UNATTESTED)
    assert tuple(found.passed) == (1, 2, 4, 5, 6, 7)
    assert found.statement
    assert found.statement.body == STAMPED.statement


@pytest.mark.parametrize(
    ("raw", "step"),
    [
        pytest.param(b"", Step.FORMAT, id="empty"),
        pytest.param(proof_file(SEALED, extra=None), Step.FORMAT, id="without its statement"),
        pytest.param(proof_file(SEALED, extra=b"{}"), Step.STATEMENT, id="another statement"),
        pytest.param(proof_file(SEALED, extra=decision().body), Step.INCLUSION, id="another leaf"),
    ],
)
def test_a_tlog_proof_is_refused_with_its_step(raw: bytes, step: Step) -> None:
    found = examine_tlog_proof(raw, TRUST)
    assert found.refused
    assert (found.verdict, found.refused.step) == (Verdict.ALTERED, step)
