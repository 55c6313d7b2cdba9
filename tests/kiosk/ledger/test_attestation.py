"""The attestation: what the receipt says, in French, with the receipt and the text inside."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime

import pypdf
import pytest

from cgu_archive.corpus.model import Corpus
from kiosk.ledger.attestation import RECEIPT_FILE, TEXT_FILE, attestation_pdf
from kiosk.ledger.errors import LedgerError
from kiosk.proof import receipt as receipts
from kiosk.proof.errors import AlteredError
from kiosk.proof.statement import Kind, make
from tests.kiosk.proof.making import DEMONSTRATION, OPENINGS, PUBLISHER, Signer

PERSON = {opening.field: opening.value for opening in OPENINGS}
SENTENCE = (
    "Établit : quel texte, quelle décision, quel compte, quelle heure et qui l’atteste. N’établit pas : qui"
    " était devant l’écran, que le texte a été lu, que ses clauses sont licites. Ce n’est pas une signature"
    " électronique qualifiée."
)


@dataclass
class Held:
    text: bytes


@pytest.fixture
def held(corpus: Corpus) -> Held:
    return Held(corpus.version("soffi/cgu/sans-date-1").text)


def receipt(corpus: Corpus, signer: Signer, environment: str, **changes: object) -> bytes:
    version = corpus.version("soffi/cgu/sans-date-1")
    members = {
        "decision": "accepted",
        "capacity": "self",
        "document": {
            "service": "soffi", "terms": "cgu", "version": "sans-date-1", "label": None,
            "text_hash": version.text_hash, "metadata_hash": version.metadata_hash, "origin": "accession",
        },
        "wording": {"box": "J’accepte sans réserve.", "statements": [], "button": "Accepter ces conditions"},
        "named_without_text": [],
    } | changes  # fmt: skip
    at = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    statement = make(Kind.DECISION, environment, at, members, OPENINGS)
    return receipts.dump(receipts.issue(statement, OPENINGS, signer.name, signer.key))


def made(corpus: Corpus, held: Held, raw: bytes, person: dict[str, str] = PERSON) -> bytes:
    return attestation_pdf(raw, service=corpus.service("soffi"), version=held, person=person)


def words(raw: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(raw))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


@pytest.mark.requirement("S-58")
def test_it_says_which_text_which_decision_who_and_when(corpus: Corpus, held: Held) -> None:
    said = words(made(corpus, held, receipt(corpus, PUBLISHER, "publisher")))
    for expected in (
        "Conditions acceptées le 1er janvier 2027, 00:30:00 (heure de Paris)",
        "2026-12-31T23:30:00Z – heure du serveur, non attestée par un tiers",
        corpus.version("soffi/cgu/sans-date-1").text_hash,
        "J’accepte sans réserve.",
        "camille@exemple.invalid",
        PUBLISHER.name,
        SENTENCE,
    ):
        assert expected in said
    assert "Spécimen" not in said


def test_a_demonstration_is_marked(corpus: Corpus, held: Held) -> None:
    said = words(made(corpus, held, receipt(corpus, DEMONSTRATION, "demonstration")))
    assert "Spécimen sans valeur" in said
    assert "n’ont aucun effet" in said


def test_the_receipt_and_the_text_are_inside_to_the_byte(corpus: Corpus, held: Held) -> None:
    raw = receipt(corpus, PUBLISHER, "publisher")
    attached = pypdf.PdfReader(io.BytesIO(made(corpus, held, raw))).attachments
    assert attached[RECEIPT_FILE] == [raw]
    assert attached[TEXT_FILE] == [held.text]


def test_the_same_receipt_gives_the_same_bytes(corpus: Corpus, held: Held) -> None:
    raw = receipt(corpus, PUBLISHER, "publisher")
    assert made(corpus, held, raw) == made(corpus, held, raw)


def test_what_no_font_draws_is_left_to_the_receipt(corpus: Corpus, held: Held) -> None:
    raw = receipt(corpus, PUBLISHER, "publisher")
    said = words(made(corpus, held, raw, {"organisation_name": "日本"}))
    assert "voir le justificatif joint" in said


def test_markup_in_a_name_stays_text(corpus: Corpus, held: Held) -> None:
    raw = receipt(corpus, PUBLISHER, "publisher")
    assert "<b>Nom</b>" in words(made(corpus, held, raw, {"organisation_name": "<b>Nom</b>"}))


def test_another_text_than_the_one_decided_on_is_refused(corpus: Corpus, held: Held) -> None:
    with pytest.raises(AlteredError):
        made(corpus, Held(held.text + b" "), receipt(corpus, PUBLISHER, "publisher"))


def test_a_statement_that_is_no_decision_has_no_attestation(corpus: Corpus, held: Held) -> None:
    with pytest.raises(LedgerError):
        made(corpus, held, receipt(corpus, PUBLISHER, "publisher", decision=None))
