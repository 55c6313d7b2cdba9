"""When a statement was made: what it says agrees with what authorities attest, from below and from above."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.proof import receipt
from kiosk.proof.errors import (
    AlteredError,
    ProofError,
    TimeError,
    UnknownKeyError,
)
from kiosk.proof.receipt import HeldToken, Receipt
from kiosk.proof.trust import Trust
from kiosk.proof.verify import (
    Step,
    Verdict,
    examine,
)
from tests.kiosk.proof.making import (
    AT,
    HOUR,
    INDEX,
    MINUTE,
    PUBLISHER,
    SIZE,
    STAMPED_SIZE,
    Log,
    Signer,
    accession,
    authority,
    before,
    issued,
    known_token,
    sealed,
    stamped,
    token,
    trusting,
)
from tests.kiosk.proof.verifying import (
    LOG,
    SEALED,
    STAMPED,
    TRUST,
    former,
    refusal,
    refused,
)


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
        pytest.param(
            sealed(checkpoint=LOG.named(1, AT - HOUR, known_token()))[0], AlteredError,
            id="names a token on a checkpoint after the one that it names",
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


# Not before


def bounded(known: HeldToken, on: int = STAMPED_SIZE, *, names: HeldToken | None = None) -> Receipt:
    """A stamped receipt that names `names`, and carries `known`, on the checkpoint of `on` leaves."""
    named = before().named(INDEX, AT - MINUTE, names or known, on)
    held, log = sealed(checkpoint=named)
    return replace(
        held,
        tokens=(token(log.checkpoint(SIZE).text, AT + MINUTE),),
        earlier=log.earlier(on, SIZE, known),
    )


@pytest.mark.requirement("S-58", "O-56")
def test_a_statement_was_not_there_before_the_token_whose_hash_it_holds() -> None:
    found = examine(receipt.dump(STAMPED), TRUST)
    assert found.not_before
    assert found.attested
    assert (found.not_before.authority, found.not_before.at) == ("essai", AT - HOUR)
    assert (found.attested.authority, found.attested.at) == ("essai", AT + MINUTE)


@pytest.mark.parametrize(
    "held", [SEALED, stamped(since=None), stamped(since=None, checkpoint=None), issued()]
)
def test_without_that_token_nothing_says_that_it_was_not_there_before(held: Receipt) -> None:
    found = examine(receipt.dump(held), TRUST)
    assert (found.refused, found.not_before) == (None, None)


def test_a_receipt_may_leave_out_the_token_that_its_statement_names() -> None:
    found = examine(receipt.dump(replace(STAMPED, earlier=None)), TRUST)
    assert (found.refused, found.verdict, found.not_before) == (None, Verdict.INTACT, None)


def test_the_token_must_be_the_very_one_that_the_statement_names() -> None:
    known = known_token()
    other = known_token(AT - 2 * HOUR)
    for held in (
        bounded(other, names=known),
        bounded(replace(known, authority="autre"), names=known),
        stamped(checkpoint=before().named(INDEX, AT - MINUTE, known, on=1)),
        stamped(checkpoint=before().named(INDEX, AT - MINUTE)),
        stamped(checkpoint=None),
    ):
        assert held.earlier
        assert refusal(held) == (AlteredError, Step.TIME)


def test_the_token_is_verified_as_any_other() -> None:
    text = before().checkpoint(STAMPED_SIZE).text
    for known, reason in (
        (token("autre\n", AT - HOUR), "other-message"),
        (replace(token(text, AT - HOUR, by="inconnue"), authority="essai"), "unknown-authority"),
        (HeldToken("essai", b"rien"), "malformed"),
    ):
        error = refused(bounded(known))
        assert isinstance(error, TimeError)
        assert (error.reason, error.step) == (reason, Step.TIME)


@pytest.mark.parametrize(("seconds", "verdict"), [(2, Verdict.INTACT), (2.000001, Verdict.ALTERED)])
def test_the_stated_time_is_after_the_token_within_its_accuracy_and_a_second(
    seconds: float, verdict: Verdict
) -> None:
    held = bounded(known_token(AT + timedelta(seconds=seconds)))
    assert examine(receipt.dump(held), TRUST).verdict is verdict


def test_the_checkpoint_of_the_token_is_of_the_same_ledger_and_has_grown_into_this_one() -> None:
    assert STAMPED.earlier
    path = replace(STAMPED.earlier, consistency=(bytes(32),))
    assert refusal(replace(STAMPED, earlier=path)) == (AlteredError, Step.TIME)
    fork = Log([accession(9).body, accession(8).body, *(accession(n).body for n in range(3))])
    forged = token(fork.checkpoint(STAMPED_SIZE).text, AT - HOUR)
    held = replace(bounded(forged), earlier=fork.earlier(STAMPED_SIZE, SIZE, forged))
    assert refusal(held) == (AlteredError, Step.TIME)
    other = Signer("autre.exemple.invalid/registre", PUBLISHER.key)
    elsewhere = Log([accession(0).body, accession(1).body], other)
    known = token(elsewhere.checkpoint(STAMPED_SIZE).text, AT - HOUR)
    held = replace(bounded(known), earlier=elsewhere.earlier(STAMPED_SIZE, STAMPED_SIZE, known))
    assert refusal(held, trusting(PUBLISHER, other)) == (AlteredError, Step.TIME)
    assert refusal(held) == (UnknownKeyError, Step.SIGNATURE)


def test_a_checkpoint_of_the_size_that_is_named_has_the_root_that_is_named() -> None:
    known = token(before().checkpoint(INDEX).text, AT - HOUR)
    assert examine(receipt.dump(bounded(known, INDEX)), TRUST).verdict is Verdict.INTACT
    named = before().named(INDEX, AT - MINUTE, known, INDEX) | {"root": "0" * 64}
    held, log = sealed(checkpoint=named)
    assert refusal(replace(held, earlier=log.earlier(INDEX, SIZE, known))) == (AlteredError, Step.TIME)


def test_the_former_format_names_nothing() -> None:
    said = former(environment="publisher")
    log = Log([*(accession(number).body for number in range(INDEX)), said.body])
    held = Receipt(said.body, proof=log.proof(INDEX, INDEX + 1))
    assert examine(receipt.dump(held), TRUST).verdict is Verdict.UNATTESTED
    earlier = log.earlier(STAMPED_SIZE, INDEX + 1, known_token())
    assert refusal(replace(held, earlier=earlier)) == (AlteredError, Step.TIME)


# Authorities


def test_an_unknown_authority_is_an_unknown_key() -> None:
    found = examine(receipt.dump(STAMPED), Trust(TRUST.ledger))
    assert found.verdict is Verdict.UNKNOWN_KEY
    assert isinstance(found.refused, TimeError)
    assert (found.refused.reason, found.refused.step) == ("unknown-authority", Step.TIME)
    other = replace(TRUST, authorities={"autre": authority("autre")[0].der})
    assert examine(receipt.dump(STAMPED), other).verdict is Verdict.UNKNOWN_KEY
