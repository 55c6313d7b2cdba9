"""The newest checkpoint and the proofs of texts in a bundle count under the rule of receipts, no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.db import writing
from kiosk.ledger.models import CosignatureRow
from kiosk.ledger.proofs import latest
from kiosk.proof import bundle, by_hand
from kiosk.proof.cosignature import WitnessKey, cosign
from kiosk.proof.trust import Trust, key_name
from kiosk.proof.verify import Verdict
from kiosk.verifier.bundle import BundleJudgement, State, judge_bundle
from tests.kiosk.evidence.case import Case
from tests.kiosk.evidence.conftest import Handed

CHECKPOINT = "registre/checkpoint"
WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
KEY = WitnessKey("temoin.example", WITNESS.public_key().public_bytes_raw())


def stolen(handed: Handed, since: datetime) -> Trust:
    """What is trusted once the ledger's key was stolen."""
    trust = handed.case.trust
    return replace(trust, revoked={key_name(key): since for key in trust.ledger})


def states(judged: BundleJudgement) -> dict[str, State]:
    return {piece.name: piece.state for piece in judged.pieces}


def packed(files: dict[str, bytes]) -> bytes:
    return bundle.pack({name: content for name, content in files.items() if name != bundle.LISTING})


def without_tokens_on_the_newest(handed: Handed) -> dict[str, bytes]:
    size = by_hand.opened(handed.files[CHECKPOINT].decode()).size
    gone = f"{by_hand.POINTS}/{size}/jeton-"
    assert any(name.startswith(gone) for name in handed.files)
    return {name: content for name, content in handed.files.items() if not name.startswith(gone)}


def test_a_genuine_bundle_stays_intact_after_a_theft(handed: Handed) -> None:
    """Its proofs of publication bear no token, and lead to a checkpoint that was stamped before."""
    judged = judge_bundle(handed.raw, stolen(handed, datetime(2040, 1, 1, tzinfo=UTC)))
    assert judged.verdict is Verdict.INTACT
    found = states(judged)
    assert found[CHECKPOINT] is State.PROVED
    proofs = handed.named("textes/*/*/*/publication.tlog-proof")
    assert proofs
    assert {found[name] for name in proofs} == {State.PROVED}


def test_what_was_only_stamped_after_the_theft_counts_for_nothing(handed: Handed) -> None:
    judged = judge_bundle(handed.raw, stolen(handed, datetime(2020, 1, 1, tzinfo=UTC)))
    assert judged.verdict is Verdict.UNKNOWN_KEY
    assert State.PROVED not in {
        state
        for name, state in states(judged).items()
        if name == CHECKPOINT or name.endswith((".tlog-proof", ".receipt.json"))
        or name.startswith(by_hand.CONSISTENCY)
    }  # fmt: skip


def test_a_newest_checkpoint_of_a_stolen_key_without_a_token_is_not_proved(handed: Handed) -> None:
    judged = judge_bundle(
        packed(without_tokens_on_the_newest(handed)), stolen(handed, datetime(2040, 1, 1, tzinfo=UTC))
    )
    assert judged.verified
    found = states(judged)
    assert found[CHECKPOINT] is State.LISTED
    assert {found[name] for name in handed.named("registre/coherence/*.txt")} == {State.LISTED}


@pytest.mark.parametrize("change", ["taken away", "of another tree"])
def test_a_proof_of_a_text_needs_its_way_to_the_newest(handed: Handed, change: str) -> None:
    for name in handed.named("registre/coherence/*.txt"):
        files = dict(handed.files)
        if change == "taken away":
            del files[name]
        else:
            files[name] += b"droite " + b"0" * 64 + b"\n"
        judged = judge_bundle(packed(files), stolen(handed, datetime(2040, 1, 1, tzinfo=UTC)))
        assert not judged.verified
        assert states(judged)[name] is State.REFUSED


def seen(case: Case) -> None:
    """A witness sees the newest checkpoint."""
    from kiosk.ledger.proofs import cosigned_note

    with writing(case.site.engine) as session:
        head = latest(session)
        assert head is not None
        text = by_hand.opened(cosigned_note(session, head.size)).text
        session.add(
            CosignatureRow(
                size=head.size, name=KEY.name, key_id=KEY.key_id.hex(), received_at=case.at,
                line=cosign(text, WITNESS, KEY.name, case.at),
            )
        )  # fmt: skip


def test_a_newest_checkpoint_that_too_few_witnesses_saw_is_not_proved(case: Case) -> None:
    seen(case)
    case.decide("autre@example.org")
    case.seal()
    trust = replace(case.trust, witnesses=(KEY,), quorum=1)
    request_id = case.released()
    judged = judge_bundle(case.make(request_id), trust)
    assert judged.verdict is Verdict.INTACT, [piece for piece in judged.pieces if piece.refused]
    assert states(judged)[CHECKPOINT] is State.LISTED
    seen(case)
    assert states(judge_bundle(case.make(request_id), trust))[CHECKPOINT] is State.PROVED
