"""A version in Word, received again: the same text, byte for byte, but for links that may not be in Word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cgu_archive.corpus import provisions
from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Corpus
from cgu_archive.importing import docx_inlines, receive
from tests.archive.test_word import TEXTS, of, real

ALL = [str(version.address) for _, _, version in load(Path("cgu_texts")).versions()]
LOST = re.compile(r"\[((?:[^\]\\]|\\.)*)\]\(mailto:μ[^)]*\)")
"""A link to an address which is none: in Word, its words."""
NEEDLESS = re.compile(r"\[[^\]]*\]\(#\)")
"""Links in whose words parentheses are escaped, which nothing asks for: they come back without."""
REFUSED = re.compile(r"<(https://www\.soffi\.emploi\.gouv\.fr/[^>]*)>")
"""A link that its publisher forbids (SOFFi, paragraph 45)."""


LOSING = {"soffi/cgu/sans-date-1": 2}
"""How many paragraphs lose a link on the way: each is told."""


def without_links_that_may_not_be(text: str) -> str:
    words = NEEDLESS.sub(lambda found: re.sub(r"\\([()])", r"\1", found[0]), LOST.sub(r"\1", text))
    return REFUSED.sub(r"\1", words)


@pytest.mark.parametrize("address", ALL)
def test_a_version_comes_back_as_it_was(corpus: Corpus, address: str) -> None:
    text = corpus.version(address).text.decode()
    received = receive("texte.docx", real(corpus, address))
    assert received.text.decode() == without_links_that_may_not_be(text)
    lost = sum(one.sentence == docx_inlines.LOST for one in received.doubts)
    assert (text != received.text.decode(), lost) == (address in LOSING, LOSING.get(address, 0))
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


INVENTED = """# Conditions

Voir [le haut](#) et le § 1.

> Un texte cité, *en partie*.
>
> Sur deux paragraphes.

~~~
ligne donnée

telle quelle
~~~

1. un
    - deux
    - trois
2. quatre

| Objet | Prix |
| --- | --- |
| **A** | 10 € |

Un délai[^1].

[^1]: Trente jours.
"""


def test_quotes_lines_given_as_they_are_lists_tables_and_notes_come_back() -> None:
    received = receive("a.docx", of(INVENTED))
    assert received.text.decode() == INVENTED
    assert received.is_whole


def test_what_does_not_come_back_is_told() -> None:
    received = receive("a.docx", of("Un `mot` et [un lien](ftp://a.invalid/).\n\n| a |\n|--:|\n| b |\n"))
    assert received.text.decode() == "Un mot et un lien.\n\n| a |\n| --- |\n| b |\n"
    assert [one.sentence for one in received.doubts if one.line] == [docx_inlines.CODE, docx_inlines.LOST]
