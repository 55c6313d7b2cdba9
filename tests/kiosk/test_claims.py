"""Nothing that people read claims more than what is true (words that are never used)."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pypdf
import pytest

from cgu_archive.corpus.model import Corpus
from kiosk.ledger.attestation import attestation_pdf
from kiosk.proof import receipt
from kiosk.proof.statement import Kind, make
from kiosk.verifier.words_english import ENGLISH
from kiosk.verifier.words_french import FRENCH
from tests.kiosk.proof.making import AT, members, promised

ROOT = Path(__file__).parents[2]
NEVER = re.compile(
    r"irréfutab|infalsifiab|certifiée?s?\b|valeur légale|j[’']ai lu|\bqualifiée?s?\b|acceptation valable"
    r"|irrefutab|tamper-?proof|legal value|\bqualified\b|i have read",
    re.IGNORECASE,
)
ALLOWED = (
    "Ce n’est pas une signature électronique qualifiée.",
    "This is not a qualified electronic signature.",
    "It is not a qualified electronic signature.",
)
"""What is said of the words themselves, to deny them."""
SUFFIXES = {".py", ".html", ".txt", ".md", ".js", ".css", ".conf", ".trust"}


def claims(text: str) -> list[str]:
    """What `text` should not say."""
    flat = re.sub(r"\s*\n\s*(\"|//|#|\*)?\s*", " ", text.replace('" "', "")).replace("  ", " ")
    for sentence in ALLOWED:
        flat = flat.replace(sentence, "")
    return [flat[max(0, found.start() - 40) : found.end() + 20] for found in NEVER.finditer(flat)]


def test_the_words_that_are_never_used_are_found() -> None:
    for words in ("Preuve irréfutable", "J’ai lu et j'accepte", "copie certifiée", "a qualified signature"):
        assert claims(words)
    assert claims(FRENCH.establishes) == []
    assert claims(ENGLISH.establishes) == []


@pytest.mark.parametrize("folder", ["kiosk", "site/pages", "site/theme", "site/cgu_archive"])
def test_no_page_no_message_and_no_file_of_ours_claims_more_than_is_true(folder: str) -> None:
    checking = ROOT / "site/cgu_archive/corpus/checks"  # it refuses the same words, and names them
    files = [
        file
        for file in sorted((ROOT / folder).rglob("*"))
        if file.suffix in SUFFIXES and not file.is_relative_to(checking)
    ]
    assert files
    found = {str(file.relative_to(ROOT)): claims(file.read_text("utf-8")) for file in files}
    assert {file: said for file, said in found.items() if said} == {}


def test_no_attestation_claims_more_than_is_true(corpus: Corpus) -> None:
    version = corpus.version("demonstration/cgu/v1")
    document = members()["document"] | {"service": "demonstration", "text_hash": version.text_hash}
    said = make(Kind.DECISION, "publisher", AT, members(document=document))
    pdf = attestation_pdf(
        receipt.dump(promised(said, ())),
        service=corpus.service("demonstration"),
        version=version,
        person={},
    )
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert "Établit" in text
    assert claims(text) == []
