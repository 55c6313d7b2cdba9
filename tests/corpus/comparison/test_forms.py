"""The same text in the many forms that people give to titles: the tree and the comparison stay the same."""

import re
import textwrap
from collections.abc import Callable

import pytest

from cgu_archive.corpus import provisions
from cgu_archive.corpus.comparison import compare_bytes
from cgu_archive.corpus.model import Corpus

Title = Callable[[int, str], str]
ROMAN = ["", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv"]
FORMS: dict[str, Title] = {
    "underlined": lambda n, title: f"Article {n} – {title}\n---",
    "bold": lambda n, title: f"**Article {n} – {title}**",
    "bold without number": lambda _, title: f"**{title}**",
    "plain": lambda n, title: f"Article {n} – {title}",
    "capitals": lambda n, title: f"ARTICLE {n}. {title.upper()}",
    "bold capitals": lambda n, title: f"**ARTICLE {n} : {title.upper()}**",
    "section": lambda n, title: f"## Section {n} : {title}",
    "decimal": lambda n, title: f"## 4.{n} {title}",
    "bold decimal": lambda n, title: f"**4.{n}. {title}**",
    "roman": lambda n, title: f"### {ROMAN[n]}. {title}",
    "bold roman": lambda n, title: f"**{ROMAN[n]}. {title}**",
    "letter": lambda n, title: f"## {chr(96 + n)}) {title}",
    "bold letter": lambda n, title: f"**{chr(96 + n)}) {title}**",
    "numbered list": lambda n, title: f"{n}. **{title}**",
}
LAYOUTS: dict[str, Callable[[str], str]] = {
    "wrapped": lambda text: "\n".join(map(_wrapped, text.split("\n"))),
    "carriage returns": lambda text: text.replace("\n", "\r\n"),
    "mark of encoding": lambda text: f"\ufeff{text}",
}


def _wrapped(line: str) -> str:
    if not line or line[0] in "#|-*":
        return line
    return textwrap.fill(line, 72, break_long_words=False, break_on_hyphens=False)


def written(text: str, title: Title) -> str:
    return re.sub(
        r"^## Article (\d+) – (.*)$", lambda found: title(int(found[1]), found[2]), text, flags=re.M
    )


def told(old: str, new: str) -> list[tuple[object, ...]]:
    changes = compare_bytes(old.encode(), new.encode()).changes
    return [(change.kinds, change.classes, change.words.inserted, change.words.deleted) for change in changes]


@pytest.fixture
def texts(corpus: Corpus) -> list[str]:
    versions = corpus.service("demonstration").document("cgu").versions
    return [version.text.decode() for version in versions[1:3]]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_title_opens_a_provision(texts: list[str], form: str) -> None:
    old, new = texts
    other = written(old, FORMS[form])
    assert other != old
    tree = provisions.read(other.encode())
    assert len(list(tree.walk())) == len(list(provisions.read(old.encode()).walk()))
    assert told(other, written(new, FORMS[form])) == told(old, new)


@pytest.mark.parametrize("form", FORMS)
def test_another_form_of_titles_changes_no_word(texts: list[str], form: str) -> None:
    comparison = compare_bytes(texts[0].encode(), written(texts[0], FORMS[form]).encode())
    assert (comparison.words.inserted, comparison.words.deleted) == (0, 0)
    assert len(comparison.pairs) == len(list(provisions.read(texts[0].encode()).walk()))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_of_the_file_changes_nothing(texts: list[str], layout: str) -> None:
    old, new = texts
    other = LAYOUTS[layout](old)
    assert other != old
    assert told(old, other) == []
    assert told(other, new) == told(old, new)
