"""What `cgu-verify` finds of a PDF: the receipt in it first, then the seal on it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from cgu_archive import pdf
from kiosk.ledger.attestation import RECEIPT_FILE
from kiosk.ledger.sealed_pdf import Seal, seal_pdf
from kiosk.proof import receipt
from kiosk.proof.trust import Trust
from kiosk.proof.verify import Step, Verdict
from kiosk.verifier import Given, judge
from tests.authority import Issued, issue
from tests.kiosk.ledger.pdf_making import AT, document
from tests.kiosk.proof.making import DEMONSTRATION, PUBLISHER, TEXT, issued, stamped, trusting

HELD = stamped(text_hash=sha256(TEXT).hexdigest())
TRUST = trusting(PUBLISHER)


@pytest.fixture(scope="module")
def root() -> Issued:
    return issue("Racine des cachets", ca=True, kind="ec", at=AT)


@pytest.fixture(scope="module")
def sealed(root: Issued) -> bytes:
    """A PDF that holds a stamped receipt, sealed by a publisher."""
    return seal_pdf(holding(receipt.dump(HELD)), seal_of(root), AT)


def seal_of(root: Issued) -> Seal:
    signer = issue("Cachet de l’éditeur", root, kind="ec", usage=None, at=AT)
    return Seal(signer.key, (signer.certificate, root.certificate))


def holding(raw: bytes) -> bytes:
    return document(pdf.Attached(RECEIPT_FILE, raw, "Justificatif", "Data"))


def trusting_seals(root: Issued) -> Trust:
    return replace(TRUST, seals={"cachets": root.der})


def test_a_sealed_pdf_is_verified_with_the_receipt_in_it(sealed: bytes, root: Issued) -> None:
    judged = judge(sealed, trusting_seals(root), Given(text=TEXT))
    assert (judged.verdict, judged.failed) == (Verdict.INTACT, None)
    assert judged.found.passed[-2:] == [Step.TEXT, Step.SEAL]
    assert judged.asked[-1] is Step.SEAL


def test_a_pdf_changed_after_its_seal_is_altered_at_the_last_step(sealed: bytes, root: Issued) -> None:
    place = sealed.index(b"/Producer") + 12
    changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
    judged = judge(changed, trusting_seals(root))
    assert (judged.verdict, judged.failed) == (Verdict.ALTERED, Step.SEAL)


def test_a_seal_that_nobody_answers_for_is_an_unknown_key(sealed: bytes) -> None:
    judged = judge(sealed, TRUST)
    assert (judged.verdict, judged.failed) == (Verdict.UNKNOWN_KEY, Step.SEAL)


def test_the_seal_is_not_examined_when_the_receipt_is_refused(root: Issued) -> None:
    raw = seal_pdf(holding(receipt.dump(issued())), seal_of(root), AT)
    judged = judge(raw, replace(trusting_seals(root), ledger=()))
    assert (judged.verdict, judged.failed) == (Verdict.UNKNOWN_KEY, Step.SIGNATURE)
    assert Step.SEAL in judged.asked
    assert Step.SEAL not in judged.found.passed


def test_a_specimen_stays_one_under_a_good_seal(root: Issued) -> None:
    raw = seal_pdf(holding(receipt.dump(issued("demonstration", DEMONSTRATION))), seal_of(root), AT)
    judged = judge(raw, replace(trusting_seals(root), ledger=(DEMONSTRATION.verifier,)))
    assert (judged.verdict, judged.failed) == (Verdict.SPECIMEN, Step.ENVIRONMENT)
    assert judged.found.passed[-1] is Step.SEAL


def test_of_a_pdf_without_a_seal_only_the_receipt_is_verified() -> None:
    judged = judge(holding(receipt.dump(HELD)), TRUST)
    assert (judged.verdict, judged.unsealed_pdf) == (Verdict.INTACT, True)
    assert not judged.verified, "what is printed may be anything"
    assert Step.SEAL not in judged.asked


@pytest.mark.parametrize("raw", [b"%PDF-", b"%PDF-1.7\nrien"])
def test_a_pdf_that_is_none_is_malformed(raw: bytes) -> None:
    judged = judge(raw, TRUST)
    assert (judged.verdict, judged.failed) == (Verdict.ALTERED, Step.FORMAT)
