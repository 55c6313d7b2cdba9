"""Text whose lines say nothing of themselves becomes the text that was published by hand."""

from __future__ import annotations

import difflib

import pytest

from cgu_archive.corpus import provisions
from cgu_archive.corpus.model import Corpus
from cgu_archive.importing import Kind, receive

KINDS = {
    "portail/cgu/2024-01": Kind.PASTED,
    "tableau-de-bord/cgu/v0.3": Kind.MARKDOWN,
    "soffi/cgu/sans-date-1": Kind.MARKDOWN,
    "ocapiat/cgu/ca-2025-04-08": Kind.TEXT,
    "monjob62/cgu/sans-date-1": Kind.MARKDOWN,
}
IDENTICAL = ("tableau-de-bord", "ocapiat", "monjob62")


@pytest.mark.parametrize("address", KINDS)
def test_a_source_becomes_the_published_text(corpus: Corpus, address: str) -> None:
    version = corpus.version(address)
    assert version.source_text is not None
    found = receive("source.txt", version.source_text)
    assert found.is_whole
    assert found.kind is KINDS[address]
    if version.address.service in IDENTICAL:
        assert found.text == version.text
    ours, theirs = (_addresses(raw) for raw in (found.text, version.text))
    assert ours == theirs
    blocks = [raw.decode().replace("\\", "").split("\n\n") for raw in (found.text, version.text)]
    assert difflib.SequenceMatcher(None, *blocks, autojunk=False).ratio() > 0.95


def _addresses(raw: bytes) -> list[str]:
    return [provision.address for provision in provisions.read(raw).walk()]


def test_markdown_that_is_tidy_stays_byte_for_byte(corpus: Corpus) -> None:
    for _, _, version in corpus.versions():
        found = receive("texte.md", version.text)
        assert (found.text, found.is_whole, found.doubts) == (version.text, True, ()), version.address


@pytest.mark.parametrize(
    ("source", "understood"),
    [
        ("Titre\n\nUn mot.\r\n", "# Titre\n\nUn mot.\n"),
        ("1. Objet\nLe service aide.\n2. Prix\nIl est gratuit.", "# 1. Objet\n\nLe service aide.\n\n"
         "# 2. Prix\n\nIl est gratuit.\n"),
        ("Il promet :\n1. un\n2. deux\n– trois\n", "Il promet :\n\n1. un\n2. deux\n    - trois\n"),
        ("28. Le mot est secret.\n29. Il est long.", "28. Le mot est secret.\n29. Il est long.\n"),
        ("Voir https://a.example/b_c.", "Voir <https://a.example/b_c>.\n"),
        ("L’article 5 du code.\nArticle 5 du code civil : il dit.", "L’article 5 du code.\n\n"
         "Article 5 du code civil : il dit.\n"),
    ],
)  # fmt: skip
def test_lines(source: str, understood: str) -> None:
    found = receive("a.txt", source.encode())
    assert found.is_whole
    assert found.text.decode() == understood


def test_a_text_in_windows_1252_is_read_and_doubted() -> None:
    found = receive("a.txt", "Été, c’est l’usager.".encode("cp1252"))
    assert found.text.decode() == "Été, c’est l’usager.\n"
    assert "Windows-1252" in found.doubts[0].sentence


def test_a_paragraph_cut_by_a_page_is_joined_and_doubted() -> None:
    found = receive("a.md", b"1. Le service permet de consulter,\n\nde modifier.\n\n2. Fin.\n")
    assert found.text == b"1. Le service permet de consulter, de modifier.\n2. Fin.\n"
    assert [doubt.line for doubt in found.doubts] == [1]
