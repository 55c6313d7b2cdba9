"""A version in Word, received again: the same text, byte for byte, but for links that may not be in Word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cgu_archive.corpus import provisions
from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Corpus
from cgu_archive.importing import receive
from tests.archive.test_word import TEXTS, of, real

ALL = [str(version.address) for _, _, version in load(Path("cgu_texts")).versions()]
LOST = re.compile(r"\[((?:[^\]\\]|\\.)*)\]\((?:#|mailto:μ[^)]*)\)")
"""A link that leads nowhere, or to an address which is none: in Word, its words."""
REFUSED = re.compile(r"<(https://www\.soffi\.emploi\.gouv\.fr/[^>]*)>")
"""A link that its publisher forbids (SOFFi, paragraph 45)."""


def without_links_that_may_not_be(text: str) -> str:
    words = LOST.sub(lambda found: re.sub(r"\\([()])", r"\1", found[1]), text)
    return REFUSED.sub(r"\1", words)


@pytest.mark.parametrize("address", ALL)
def test_a_version_comes_back_as_it_was(corpus: Corpus, address: str) -> None:
    text = corpus.version(address).text.decode()
    received = receive("texte.docx", real(corpus, address))
    assert received.text.decode() == without_links_that_may_not_be(text)
    assert (text != received.text.decode()) == address.startswith(("soffi/", "monjob62/"))
    assert (received.comments, received.changes) == ((), ())


@pytest.mark.parametrize(
    "name",
    [
        "jumps",
        "goes-on-after-a-title",
        "both-signs",
        "not-as-word-counts",
        "nested",
        "nested-goes-on",
        "typed-numbers",
        "item-of-blocks",
        "marks",
        "tables",
        "deep",
    ],
)
def test_provisions_and_numbers_come_back(name: str) -> None:
    before, after = (
        provisions.read(raw) for raw in (TEXTS[name].encode(), receive("a.docx", of(TEXTS[name])).text)
    )
    assert [list(one.own_lines()) for one in after.walk()] == [list(one.own_lines()) for one in before.walk()]


def test_footnotes_come_back() -> None:
    text = "Un délai[^1], puis un **autre[^2]**.\n\n[^1]: Trente jours.\n\n[^2]: Voir [là](https://a.invalid/).\n"
    received = receive("a.docx", of(text)).text.decode()
    assert received.replace("**", "") == text.replace("**", "")
