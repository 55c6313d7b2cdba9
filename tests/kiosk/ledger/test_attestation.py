"""The attestation: what the receipt says, in French, with the receipt and the text inside."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdf
import pytest

from cgu_archive.corpus.comparison import compare_bytes, hashed_bytes
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.model import Corpus
from kiosk.ledger.attestation import COMPARISON_FILE, NOTHING, RECEIPT_FILE, TEXT_FILE, Aside, attestation_pdf
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.sealed_pdf import Seal, seal_pdf
from kiosk.proof import checkpoint, merkle
from kiosk.proof import receipt as receipts
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import AlteredError, ProofError
from kiosk.proof.note import sign
from kiosk.proof.receipt import Earlier, HeldToken, Proof, Receipt
from kiosk.proof.statement import Kind, Statement, make
from kiosk.verifier.pdf import receipt_of
from tests import handmade
from tests.authority import Issued, issue
from tests.kiosk.proof.making import DEMONSTRATION, OPENINGS, PUBLISHER, Signer
from tests.verapdf import broken_rules

PERSON = {opening.field: opening.value for opening in OPENINGS}
AT = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
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


@pytest.fixture(scope="module")
def signer() -> Issued:
    return issue("Horodatage", kind="ec")


def statement(corpus: Corpus, environment: str, **changes: object) -> Statement:
    version = corpus.version("soffi/cgu/sans-date-1")
    members = {
        "id": "1" * 32,
        "subject": "2" * 32,
        "decision": "accepted",
        "capacity": "self",
        "document": {
            "service": "soffi", "terms": "cgu", "version": "sans-date-1", "label": None,
            "text_hash": version.text_hash, "metadata_hash": version.metadata_hash, "origin": "accession",
            "published_at": None, "effective_at": None,
        },
        "wording": {
            "box": "J’accepte sans réserve.", "statements": [], "button": "Accepter ces conditions",
            "language": "fr",
        },
        "named_without_text": [],
        "exposure": {
            "shown_at": "2026-12-31T23:29:00.000000Z", "text": "whole", "compared_with": None,
            "comparison_hash": None,
        },
        "authentication": {"method": "password", "at": "2026-12-31T23:20:00.000000Z"},
        "previous": None,
        "screen": "0" * 64,
        "checkpoint": None,
        "retention": "Fin de la relation, plus cinq ans.",
    } | changes  # fmt: skip
    return make(Kind.DECISION, environment, AT, members, OPENINGS)


def promised(said: Statement, signer: Signer = PUBLISHER) -> bytes:
    """The receipt in the response: a promise."""
    note = sign(receipts.promised_text(said), signer.name, signer.key)
    return receipts.dump(Receipt(said.body, OPENINGS, promise=note))


def proved(said: Statement, *tokens: HeldToken) -> bytes:
    """The receipt of a statement that is alone in the tree."""
    made = checkpoint.sign(Checkpoint(PUBLISHER.name, 1, merkle.leaf_hash(said.body)), PUBLISHER.key)
    return receipts.dump(Receipt(said.body, OPENINGS, proof=Proof(0, (), made), tokens=tokens))


def receipt(corpus: Corpus, signer: Signer, environment: str, **changes: object) -> bytes:
    return promised(statement(corpus, environment, **changes), signer)


def made(
    corpus: Corpus, held: Held, raw: bytes, person: dict[str, str] = PERSON, aside: Aside = NOTHING
) -> bytes:
    return attestation_pdf(raw, service=corpus.service("soffi"), version=held, person=person, aside=aside)


def words(raw: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(raw))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


@pytest.mark.requirement("S-58")
def test_it_says_which_text_which_decision_who_and_when(corpus: Corpus, held: Held) -> None:
    said = words(made(corpus, held, receipt(corpus, PUBLISHER, "publisher")))
    for expected in (
        "Conditions acceptées le 1er janvier 2027 à 00:30:00 (heure de Paris)",
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


@pytest.mark.usefixtures("slow_pdfs")
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
    document = statement(corpus, "publisher").members["document"]
    names = ("declared_on", "approved_on", "published_at", "effective_on", "required_on", "archived_on")
    members = {
        "id": "1" * 32, "document": document, "dates": dict.fromkeys(names), "reason": None,
        "checkpoint": None,
    }  # fmt: skip
    said = make(Kind.ACCESSION, "publisher", AT, members)
    note = sign(receipts.promised_text(said), PUBLISHER.name, PUBLISHER.key)
    with pytest.raises(LedgerError):
        made(corpus, held, receipts.dump(Receipt(said.body, promise=note)))


# How far it is proved


def test_a_signed_receipt_says_that_it_is_not_sealed_yet(corpus: Corpus, held: Held) -> None:
    said = words(made(corpus, held, receipt(corpus, PUBLISHER, "publisher")))
    assert "État Justificatif signé, scellement en cours : aucun tiers n’atteste l’heure" in said
    assert "Heure attestée" not in said


def test_a_sealed_receipt_says_when_and_that_nobody_attests_it(corpus: Corpus, held: Held) -> None:
    raw = proved(statement(corpus, "publisher"))
    said = words(made(corpus, held, raw, aside=Aside(sealed_at=AT + timedelta(seconds=2))))
    assert "Justificatif scellé le 1er janvier 2027 à 00:30:02 (heure de Paris), heure du serveur" in said
    assert "heure du serveur, non attestée par un tiers" in said
    assert PUBLISHER.name in said
    assert "Justificatif scellé, heure du serveur, non attestée" in words(made(corpus, held, raw))


def test_a_stamped_receipt_names_its_authorities(corpus: Corpus, held: Held, signer: Issued) -> None:
    tokens = [
        HeldToken(name, handmade.token(b"text", AT + timedelta(minutes=minutes), signer))
        for name, minutes in (("essai", 10), ("autre", 40))
    ]
    said = words(made(corpus, held, proved(statement(corpus, "publisher"), *tokens)))
    assert "Justificatif horodaté : heure attestée par essai, autre" in said
    assert "Au plus tard 2026-12-31T23:40:00Z, par essai" in said
    assert "Au plus tard 2027-01-01T00:10:00Z, par autre" in said
    assert "non attestée" not in said
    assert "Au plus tôt" not in said


def test_the_token_that_the_statement_names_is_told_as_its_lower_bound(
    corpus: Corpus, held: Held, signer: Issued
) -> None:
    known = HeldToken("essai", handmade.token(b"text", AT - timedelta(minutes=10), signer))
    whole = receipts.parse(proved(statement(corpus, "publisher")))
    assert whole.proof
    earlier = Earlier(whole.proof.checkpoint, (), known)
    said = words(made(corpus, held, receipts.dump(replace(whole, earlier=earlier))))
    assert "Au plus tôt 2026-12-31T23:20:00Z, par essai" in said


def test_a_contested_decision_says_so(corpus: Corpus, held: Held) -> None:
    raw = receipt(corpus, PUBLISHER, "publisher")
    aside = Aside(contested_at=datetime(2027, 2, 3, 11, tzinfo=UTC))
    said = words(made(corpus, held, raw, aside=aside))
    assert "« Ce n’est pas moi »" in said
    assert "quelqu’un a déclaré « Ce n’est pas moi » le 3 février 2027 à 12:00:00 (heure de Paris)" in said
    assert "Contestée" not in words(made(corpus, held, raw))


def test_the_comparison_that_was_shown_is_attached(corpus: Corpus, held: Held) -> None:
    shown = hashed_bytes(compare_bytes(b"# Conditions\n", held.text))
    exposure = {
        "shown_at": "2026-12-31T23:29:00.000000Z", "text": "whole", "compared_with": "sans-date-0",
        "comparison_hash": text_hash(shown),
    }  # fmt: skip
    raw = receipt(corpus, PUBLISHER, "publisher", exposure=exposure)
    pdf = made(corpus, held, raw, aside=Aside(comparison=shown))
    assert pypdf.PdfReader(io.BytesIO(pdf)).attachments[COMPARISON_FILE] == [shown]
    assert COMPARISON_FILE in words(pdf)


SHOWN_AT = "2026-12-31T23:29:00.000000Z"


@pytest.mark.parametrize(
    ("compared_with", "told"),
    [
        (None, "Comparaison affichée Aucune"),
        ("sans-date-0", "Comparaison affichée De la version sans-date-0 à celle-ci"),
        ("sans-date-1", "Comparaison affichée De cette version avec elle-même"),
    ],
)
def test_it_says_what_the_text_was_compared_with(
    corpus: Corpus, held: Held, compared_with: str | None, told: str
) -> None:
    exposure = {
        "shown_at": SHOWN_AT, "text": "whole", "compared_with": compared_with,
        "comparison_hash": "a" * 64 if compared_with else None,
    }  # fmt: skip
    assert told in words(made(corpus, held, receipt(corpus, PUBLISHER, "publisher", exposure=exposure)))


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("sans-date-1", "Version sans-date-1 Décision"),
        ("Sans-Date-1", "Version sans-date-1 Décision"),
        ("V6", "Version sans-date-1 – V6 Décision"),
        (None, "Version sans-date-1 – numéro non renseigné dans le texte source Décision"),
    ],
)
def test_a_version_named_as_its_number_is_not_named_twice(
    corpus: Corpus, held: Held, label: str | None, told: str
) -> None:
    """Never « v6 – v6 »."""
    document = statement(corpus, "publisher").members["document"] | {"label": label}
    assert told in words(made(corpus, held, receipt(corpus, PUBLISHER, "publisher", document=document)))


def test_sealed_it_conforms_and_its_receipt_comes_out(
    corpus: Corpus, held: Held, signer: Issued, tmp_path: Path
) -> None:
    token = HeldToken("essai", handmade.token(b"text", AT, signer))
    raw = proved(statement(corpus, "publisher"), token)
    aside = Aside(sealed_at=AT, contested_at=AT)
    key = issue("Cachet", usage=None, kind="ec")
    sealed = seal_pdf(made(corpus, held, raw, aside=aside), Seal(key.key, (key.certificate,)), AT)
    assert receipt_of(sealed) == raw
    assert broken_rules({"attestation.pdf": sealed}, tmp_path) == {
        ("attestation.pdf", "3a"): [], ("attestation.pdf", "ua1"): [],
    }  # fmt: skip


def test_another_comparison_than_the_one_shown_is_refused(corpus: Corpus, held: Held) -> None:
    with pytest.raises(ProofError):
        made(corpus, held, receipt(corpus, PUBLISHER, "publisher"), aside=Aside(comparison=b"{}"))
