"""Which keys count: those trusted, those that follow them, and none once it was stolen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from kiosk.proof import receipt
from kiosk.proof.errors import (
    AlteredError,
    MalformedError,
    UnknownKeyError,
)
from kiosk.proof.receipt import Keys, Receipt
from kiosk.proof.statement import Kind, Statement, make
from kiosk.proof.trust import Trust, key_name
from kiosk.proof.verify import (
    Step,
    Verdict,
    examine,
    verify,
)
from tests.kiosk.proof.making import (
    AT,
    DEMONSTRATION,
    HOUR,
    MINUTE,
    PUBLISHER,
    SUCCESSOR,
    Log,
    Signer,
    accession,
    changed_key,
    decision,
    issued,
    trusting,
)
from tests.kiosk.proof.verifying import (
    RECEIPTS,
    SEALED,
    STAMPED,
    TRUST,
    refusal,
)


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
