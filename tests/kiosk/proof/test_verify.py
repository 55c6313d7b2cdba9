"""Verification: every step refuses its own attack, and says which step it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kiosk.proof import cosignature, note, receipt, statement, tlog_proof
from kiosk.proof.commitment import Opening
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.errors import (
    AlteredError,
    MalformedError,
    ProofError,
    SpecimenError,
    TimeError,
    UnknownKeyError,
    WitnessError,
)
from kiosk.proof.receipt import Keys, Receipt
from kiosk.proof.statement import Kind, Statement, instant, make
from kiosk.proof.tlog_proof import TlogProof
from kiosk.proof.trust import Trust, key_name
from kiosk.proof.verify import (
    Step,
    Verdict,
    examine,
    examine_tlog_proof,
    read,
    verify,
    verify_comparison,
    verify_text,
)
from tests.kiosk.proof.making import (
    AT,
    DEMONSTRATION,
    HOUR,
    INDEX,
    MINUTE,
    OPENINGS,
    PUBLISHER,
    SIZE,
    SUCCESSOR,
    TEXT,
    Log,
    Signer,
    accession,
    authority,
    changed_key,
    decision,
    issued,
    promised,
    sealed,
    stamped,
    token,
    trusting,
)

TRUST = trusting(PUBLISHER)
SEALED, LOG = sealed()
STAMPED = stamped()
RECEIPTS = {"signed": issued(), "sealed": SEALED, "stamped": STAMPED}
ALWAYS = (Step.FORMAT, Step.STATEMENT, Step.DISCLOSURES, Step.SIGNATURE, Step.TIME, Step.ENVIRONMENT)
IN_TREE = (*ALWAYS[:4], Step.INCLUSION, *ALWAYS[4:], Step.WHOLE)


def refused(held: Receipt | bytes, trust: Trust = TRUST) -> ProofError:
    """Why a receipt is refused."""
    raw = held if isinstance(held, bytes) else receipt.dump(held)
    with pytest.raises(ProofError) as caught:
        verify(raw, trust)
    return caught.value


def refusal(held: Receipt | bytes, trust: Trust = TRUST) -> tuple[type[ProofError], int | None]:
    error = refused(held, trust)
    return type(error), error.step


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


def with_statement(held: Receipt, body: bytes) -> Receipt:
    return replace(held, statement=body, disclosures=())


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


# Times


@pytest.mark.parametrize(
    ("held", "error"),
    [
        pytest.param(stamped(at=AT - timedelta(seconds=3)), AlteredError, id="a token from before"),
        pytest.param(
            sealed(checkpoint=LOG.named(INDEX, AT + timedelta(microseconds=1)))[0], AlteredError,
            id="names a checkpoint made after it",
        ),
        pytest.param(
            sealed(checkpoint=LOG.named(INDEX + 1, AT))[0], AlteredError,
            id="names a checkpoint that holds it",
        ),
        pytest.param(stamped(checkpoint=None), AlteredError, id="a lower bound for one that names none"),
        pytest.param(
            stamped(checkpoint=LOG.named(1, AT - HOUR)), AlteredError,
            id="a lower bound after the checkpoint that it names",
        ),
        pytest.param(
            stamped(checkpoint=LOG.named(2, AT - HOUR) | {"root": "0" * 64}), AlteredError,
            id="a lower bound that is another checkpoint",
        ),
        pytest.param(
            replace(STAMPED, tokens=(token("autre\n", AT + MINUTE),)), TimeError, id="a token on another text"
        ),
        pytest.param(
            replace(STAMPED, tokens=(token(LOG.checkpoint(SIZE).text, AT, by="inconnue"),)), TimeError,
            id="a token of an unknown authority",
        ),
        pytest.param(
            replace(STAMPED, tokens=(*STAMPED.tokens, receipt.HeldToken("essai", b"rien"))), TimeError,
            id="a token that is none beside one that is",
        ),
    ],
)  # fmt: skip
def test_times_that_do_not_agree_are_refused(held: Receipt, error: type[ProofError]) -> None:
    assert refusal(held) == (error, Step.TIME)
    named = getattr(refused(held), "reason", None) == "unknown-authority"
    assert examine(receipt.dump(held), TRUST).verdict is (Verdict.UNKNOWN_KEY if named else Verdict.ALTERED)


def test_a_difference_of_clocks_within_the_accuracy_and_a_second_is_no_lie() -> None:
    held = stamped(at=AT - timedelta(seconds=2))
    assert examine(receipt.dump(held), TRUST).verdict is Verdict.INTACT


def test_a_checkpoint_may_be_stamped_while_statements_that_name_it_are_made() -> None:
    held = stamped(before=AT + timedelta(seconds=30))
    assert examine(receipt.dump(held), TRUST).verdict is Verdict.INTACT


def test_an_earlier_checkpoint_is_of_the_same_ledger_and_has_grown_into_this_one() -> None:
    assert STAMPED.earlier
    path = replace(STAMPED.earlier, consistency=(bytes(32),))
    assert refusal(replace(STAMPED, earlier=path)) == (AlteredError, Step.TIME)
    fork = Log([accession(9).body, accession(8).body, *(accession(n).body for n in range(3))])
    forked = fork.earlier(2, SIZE, AT - HOUR)
    assert refusal(replace(STAMPED, earlier=forked)) == (AlteredError, Step.TIME)
    other = Signer("autre.exemple.invalid/registre", PUBLISHER.key)
    elsewhere = Log([accession(0).body, accession(1).body], other).earlier(2, 2, AT - HOUR)
    held = replace(STAMPED, earlier=elsewhere)
    assert refusal(held, trusting(PUBLISHER, other)) == (AlteredError, Step.TIME)
    assert refusal(held) == (UnknownKeyError, Step.SIGNATURE)


def test_an_unknown_authority_is_an_unknown_key() -> None:
    found = examine(receipt.dump(STAMPED), Trust(TRUST.ledger))
    assert found.verdict is Verdict.UNKNOWN_KEY
    assert isinstance(found.refused, TimeError)
    assert (found.refused.reason, found.refused.step) == ("unknown-authority", Step.TIME)
    other = replace(TRUST, authorities={"autre": authority("autre")[0].der})
    assert examine(receipt.dump(STAMPED), other).verdict is Verdict.UNKNOWN_KEY


# Keys that follow one another, or were stolen


def test_a_key_that_a_trusted_one_passed_on_to_is_trusted() -> None:
    held, change = changed_key()
    verify(receipt.dump(held), TRUST)
    assert refusal(replace(held, keys=Keys())) == (UnknownKeyError, Step.SIGNATURE)
    assert examine(receipt.dump(held), trusting(SUCCESSOR)).verdict is Verdict.UNATTESTED
    beside = replace(held, keys=Keys(changes=(change, change)))
    verify(receipt.dump(beside), TRUST)


def test_a_change_of_key_must_be_signed_by_the_key_before_it() -> None:
    held, change = changed_key()
    log = Log([accession(0).body, change.statement, held.statement])
    own = replace(change, proof=log.proof(1, 2, SUCCESSOR))
    assert refusal(replace(held, keys=Keys(changes=(own,)))) == (UnknownKeyError, Step.SIGNATURE)
    elsewhere = replace(change, proof=replace(change.proof, index=0))
    assert refusal(replace(held, keys=Keys(changes=(elsewhere,)))) == (AlteredError, Step.SIGNATURE)


def changing(old: Signer, new: Signer) -> Statement:
    said = {
        "id": "4" * 32,
        "old": old.verifier.encode(),
        "new": new.verifier.encode(),
        "reason": "stolen",
        "size": 1,
    }
    return make(Kind.KEY_CHANGE, "publisher", AT, said)


def test_a_change_of_key_stays_within_one_ledger_and_is_what_it_says() -> None:
    held, change = changed_key()
    for body, error in (
        (b"{}", MalformedError),
        (accession(0).body, MalformedError),
        (changing(PUBLISHER, DEMONSTRATION).body, AlteredError),
    ):
        changes = (replace(change, statement=body),)
        assert refusal(replace(held, keys=Keys(changes=changes))) == (error, Step.SIGNATURE)


def revoking(key: Signer, since: datetime) -> Trust:
    return replace(TRUST, revoked={key_name(key.verifier): since})


def test_what_a_stolen_key_signed_counts_only_under_a_token_from_before() -> None:
    verify(receipt.dump(STAMPED), revoking(PUBLISHER, AT + HOUR))
    for held in RECEIPTS.values():
        assert refusal(held, revoking(PUBLISHER, AT - HOUR)) == (UnknownKeyError, Step.TIME)
    for held in (issued(), SEALED):
        assert refusal(held, revoking(PUBLISHER, AT + HOUR)) == (UnknownKeyError, Step.TIME)
    just = revoking(PUBLISHER, AT + MINUTE)
    assert refusal(STAMPED, just) == (UnknownKeyError, Step.TIME)


def test_a_stolen_key_passes_on_to_nobody() -> None:
    held, _ = changed_key()
    assert refusal(held, revoking(PUBLISHER, AT + HOUR)) == (UnknownKeyError, Step.SIGNATURE)


def test_what_another_key_signed_too_is_not_stolen() -> None:
    said = decision()
    log = Log([said.body])
    held = Receipt(said.body, proof=log.proof(0, 1, PUBLISHER, SUCCESSOR))
    trust = replace(trusting(PUBLISHER, SUCCESSOR), revoked={key_name(PUBLISHER.verifier): AT})
    verify(receipt.dump(held), trust)


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


WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
WITNESS_KEY = WitnessKey("temoin.invalid", WITNESS.public_key().public_bytes_raw())


def witnessed(held: Receipt) -> Receipt:
    assert held.proof
    line = cosignature.cosign(note.parse(held.proof.checkpoint).text, WITNESS, WITNESS_KEY.name, AT)
    return replace(held, proof=replace(held.proof, checkpoint=note.append(held.proof.checkpoint, line)))


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


# What is given beside


def test_the_text_that_was_decided_on_is_told_from_any_other() -> None:
    said = decision(text_hash=hashlib.sha256(TEXT).hexdigest())
    verify_text(said, TEXT)
    with pytest.raises(AlteredError) as caught:
        verify_text(said, TEXT + b" ")
    assert caught.value.step == Step.TEXT


def former(**members: object) -> Statement:
    whole = {"format": statement.FORMER_FORMAT, "kind": "decision"} | members
    return statement.parse(json.dumps(whole, separators=(",", ":"), sort_keys=True).encode())


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


# Anything at all


@pytest.mark.requirement("S-58")
def test_every_byte_of_a_stamped_receipt_is_covered() -> None:
    raw = receipt.dump(witnessed(STAMPED))
    trust = replace(TRUST, witnesses=(WITNESS_KEY,), quorum=1)
    verify(raw, trust)
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        found = examine(changed, trust)
        assert found.refused, f"byte {place}"
        assert found.refused.step in tuple(Step)


@pytest.mark.requirement("S-58")
@given(data=st.data(), state=st.sampled_from(sorted(RECEIPTS)))
def test_a_receipt_with_one_byte_changed_added_or_lost_is_refused(data: st.DataObject, state: str) -> None:
    raw = receipt.dump(RECEIPTS[state])
    place = data.draw(st.integers(0, len(raw) - 1))
    piece = data.draw(st.binary(max_size=2).filter(lambda piece: piece != raw[place : place + 1]))
    assert refused(raw[:place] + piece + raw[place + 1 :]).step in tuple(Step)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_else_gives_only_typed_errors(raw: bytes) -> None:
    for run in (examine, examine_tlog_proof):
        assert run(raw, TRUST).refused
    with pytest.raises(ProofError):
        statement.parse(raw)


@given(
    name=st.sampled_from(["statement", "disclosures", "promise", "proof", "tokens", "earlier", "keys"]),
    value=JSON,
)
def test_a_receipt_with_one_member_replaced_gives_only_typed_errors(name: str, value: object) -> None:
    whole = json.loads(receipt.dump(STAMPED))
    if whole[name] != value:
        raw = json.dumps(whole | {name: value}, ensure_ascii=True, indent=2).encode()
        assert refused(raw).step in tuple(Step)


@given(members=st.dictionaries(st.sampled_from(["at", "document", "environment", "commitments"]), JSON))
def test_a_former_statement_of_any_members_gives_only_typed_errors(members: dict[str, object]) -> None:
    try:
        said = former(**members)
    except ProofError:
        return
    signed = note.sign("x\n", PUBLISHER.name, PUBLISHER.key)
    assert refusal(Receipt(said.body, promise=signed)) == (AlteredError, Step.SIGNATURE)
    examine(receipt.dump(promised(said, ())), TRUST)


def test_the_stated_time_is_that_of_the_statement() -> None:
    assert read(receipt.dump(issued()))[1].members["at"] == instant(AT)
    assert issued(openings=OPENINGS[:1]).disclosures == OPENINGS[:1]
