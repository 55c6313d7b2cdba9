"""Whatever the texts are, and whatever the classification says, nothing is lost and nothing is doubled."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus import provisions
from cgu_archive.corpus.comparison import (
    ChangeClass,
    ChangeKind,
    Comparison,
    Op,
    compare_bytes,
    rebuild,
    to_json,
)
from cgu_archive.corpus.comparison.model import Words
from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.corpus.model import Corpus
from tests.corpus.comparison.articles import ACCOUNT, COOKIES, LAW, LINKS, OBJECT, PASSWORD, PRICE
from tests.corpus.comparison.comparing import compared

PARTS = [
    "# ", "## ", "### ", "## Article 1 – ", "## Article 2 - ", "**ARTICLE 3. Prix**\n\n", "1. ", "2. ",
    "- ", "> ", "1.1 Lors ", "a) ", "**", "*", "`", "[x](#article-1)", "[y](https://a.fr)", "![i](u)",
    "\n\n", "\n\n", "\n", "| a | b |\n|---|---|\n| c | d |\n", "\n---\n", "```\nx\n\ny\n```\n",
    "    code\n", "  \n", "\\\n", "&nbsp;", "\t", "\r\n", "le compte ", "l’usager ", "l'usager ",
    "12 000 € ", "« mot » ", "l’article 2 ", "huit jours. ", "Il doit. ", "e\u0301 ", "OBJET ",
    "Une phrase assez longue pour être trouvée ailleurs dans ce texte. ",
    "Une autre phrase assez longue qui dit toute autre chose au lecteur. ",
]  # fmt: skip
texts = st.lists(st.sampled_from(PARTS), max_size=30).map("".join)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Return a text and another, often made from it by moving, cutting and adding lines."""
    old = draw(texts)
    if draw(st.booleans()):
        return old, draw(texts)
    lines = old.split("\n")
    for _ in range(draw(st.integers(0, 3))):
        where = draw(st.integers(0, len(lines)))
        match draw(st.integers(0, 2)):
            case 0:
                lines.insert(where, draw(texts))
            case 1:
                lines[where : where + 1] = []
            case _:
                lines = lines[where:] + lines[:where]
    return old, "\n".join(lines)


def assert_complete(comparison: Comparison, old: str, new: str) -> None:
    assert comparison.old_source() == old
    assert comparison.new_source() == new
    for units in (comparison.old_units(), comparison.new_units()):
        assert [unit.index for unit in units] == list(range(len(units)))
    for row in comparison.rows:
        assert row.old_words() == "\n".join(unit.text for unit in row.old)
        assert row.new_words() == "\n".join(unit.text for unit in row.new)
        assert row.old or row.new
        assert all(span.text for span in row.spans)
    news = [unit.index for row in comparison.rows for unit in row.new]
    assert news == sorted(news)


@given(pairs())
def test_every_unit_of_both_texts_is_there_once_word_for_word(texts: tuple[str, str]) -> None:
    old, new = texts
    comparison = compare_bytes(old.encode(), new.encode())
    assert_complete(comparison, old, new)
    assert comparison.old_text().split() == provisions.read(old.encode()).text().split()
    assert comparison.new_text().split() == provisions.read(new.encode()).text().split()
    assert rebuild(to_json(comparison)) == (old.encode(), new.encode())


@given(pairs())
def test_every_change_of_wording_is_told_by_a_change(texts: tuple[str, str]) -> None:
    old, new = texts
    comparison = compare_bytes(old.encode(), new.encode())
    for rank, row in enumerate(comparison.rows):
        for span in row.spans:
            assert (span.op is Op.EQUAL) <= (span.change in (None, ChangeClass.MARKUP, ChangeClass.LINK))
            assert (span.op is not Op.EQUAL) <= (span.change is not None or span.move is not None)
            assert span.change is None or span.change in row.classes
        if row.moved or row.moves or set(row.classes) - {ChangeClass.MARKUP}:
            assert row.change is not None
        if row.change is not None:
            assert rank in comparison.changes[row.change].rows
    for change in comparison.changes:
        assert change.kinds
        assert len(change.rows) == len(set(change.rows))
        assert change.moves or list(change.rows) == sorted(change.rows)
    firsts = [change.rows[0] for change in comparison.changes]
    assert all(a <= b for a, b in pairwise(firsts))


def assert_in_order(comparison: Comparison) -> None:
    """What is not told as moved stands in the order of both texts."""
    changes = comparison.changes
    moved = {rank for change in changes if ChangeKind.MOVED in change.kinds for rank in change.rows}
    stays = [
        unit.index
        for rank, row in enumerate(comparison.rows)
        if row.new and not row.moved and rank not in moved
        for unit in row.old
        if any(sign.isalnum() for sign in unit.text)
    ]
    assert stays == sorted(stays)


def assert_counted_once(comparison: Comparison) -> None:
    """No word is counted by two changes, and none is left out."""
    counted = sum((change.words for change in comparison.changes), Words())
    assert counted == comparison.words
    for change in comparison.changes:
        assert change.classes or set(change.kinds) - {ChangeKind.EDITED, ChangeKind.RENUMBERED}


@given(pairs())
def test_what_is_not_told_as_moved_is_in_order_and_words_are_counted_once(texts: tuple[str, str]) -> None:
    old, new = texts
    comparison = compare_bytes(old.encode(), new.encode())
    assert_in_order(comparison)
    assert_counted_once(comparison)


STYLES = [
    "{n}. {said}",
    "- {said}",
    "a) {said}",
    "1.{n} {said}",
    "**{n}.** {said}",
    "## Article {n}\n\n{said}",
    "{said}",
]
SAID = [OBJECT, PRICE, ACCOUNT, PASSWORD, LAW, LINKS, COOKIES]


def styled(style: str, order: list[int], cut: int) -> str:
    """Return sentences written as the entries of a list, or paragraphs, two of them in one entry."""
    entries = [SAID[rank] for rank in order]
    entries[cut : cut + 2] = [" ".join(entries[cut : cut + 2])]
    return "\n\n".join(["# Titre", *(style.format(n=n, said=said) for n, said in enumerate(entries, 1))])


@given(
    st.sampled_from(STYLES),
    st.sampled_from(STYLES),
    st.permutations(range(len(SAID))),
    st.integers(0, len(SAID)),
    st.integers(0, len(SAID)),
)
def test_a_list_laid_out_otherwise_and_in_another_order_is_told_as_moved(
    before: str, after: str, order: list[int], old_cut: int, new_cut: int
) -> None:
    in_order = list(range(len(SAID)))
    comparison = compared(styled(before, in_order, old_cut), styled(after, order, new_cut))
    assert_in_order(comparison)
    assert_counted_once(comparison)


@given(texts)
def test_a_text_compared_with_itself_has_no_change(text: str) -> None:
    comparison = compare_bytes(text.encode(), text.encode())
    assert comparison.changes == ()
    assert comparison.classes == ()
    assert (comparison.words.inserted, comparison.words.deleted) == (0, 0)


@given(pairs())
def test_without_a_change_of_wording_no_letter_or_digit_differs(texts: tuple[str, str]) -> None:
    old, new = texts
    comparison = compare_bytes(old.encode(), new.encode())
    if set(comparison.classes) <= {ChangeClass.TYPOGRAPHY, ChangeClass.MARKUP, ChangeClass.LINK}:
        sides = (comparison.old_units(), comparison.new_units())
        letters = [
            sorted(sign for unit in units for sign in unit.text.casefold() if sign.isalnum())
            for units in sides
        ]
        assert letters[0] == letters[1]


@pytest.mark.parametrize("slug", ["v1", "v2", "v3", "v4", "v5"])
def test_the_versions_of_the_demonstration_are_complete_in_their_comparisons(
    corpus: Corpus, slug: str
) -> None:
    versions = corpus.service("demonstration").document("cgu").versions
    old = next(version for version in versions if version.address.slug == slug)
    for new in versions:
        comparison = compare_bytes(old.text, new.text)
        assert_complete(comparison, old.text.decode(), new.text.decode())


VOCABULARY = [f"{head}{tail}" for head in ("compt", "servic", "dat", "agen", "lign") for tail in "aeiouyrs"]
Article = list[list[str]]


def edited(seed: int, size: int, rate: float) -> tuple[str, str, int]:
    """Return a text, another one, and how many words were truly changed between them.

    Single words are replaced, three articles moved, one added, and every reference follows the numbers.
    """
    rng = random.Random(seed)
    before: dict[int, Article] = {
        article: [[rng.choice(VOCABULARY) + str(rng.randrange(40)) for _ in range(20)] for _ in range(4)]
        for article in range(size)
    }
    after = {
        article: [[f"neuf{word}" if rng.random() < rate else word for word in words] for words in paragraphs]
        for article, paragraphs in before.items()
    }
    changed = sum(word.startswith("neuf") for body in after.values() for words in body for word in words)
    after[size] = [[f"ajout{rng.randrange(999)}" for _ in range(20)]]
    order = list(range(size))
    for _ in range(3):
        order.insert(rng.randrange(size), order.pop(rng.randrange(size)))
    order.insert(size // 2, size)
    added = 20 + 3 + 4  # its body, « Selon l’article 4, » and « Article 16 – Sujet z30 »
    return written(list(range(size)), before), written(order, after), 2 * changed + added


def written(order: list[int], bodies: dict[int, Article]) -> str:
    number = {article: rank for rank, article in enumerate(order, start=1)}
    blocks = []
    for article in order:
        blocks.append(f"## Article {number[article]} – Sujet {chr(97 + article % 26)}{article}")
        cited = number[(article + 3) % 20]
        blocks += [f"Selon l’article {cited}, {' '.join(words)}." for words in bodies[article]]
    return "\n\n".join(blocks)


@pytest.mark.parametrize(("seed", "size", "rate"), [(1, 30, 0.0), (2, 30, 0.05), (3, 60, 0.1)])
def test_few_more_words_are_shown_as_changed_than_were(seed: int, size: int, rate: float) -> None:
    old, new, edits = edited(seed, size, rate)
    words = compare_bytes(old.encode(), new.encode()).words
    assert 0.95 * edits <= words.inserted + words.deleted <= 1.05 * edits


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mot " * 30_000, "mot " * 29_999 + "fin"),
        ("a b " * 10_000, "b a " * 10_000),
        ("## Titre\n\nTexte.\n\n" * 800, "## Titre\n\nTexte.\n\n" * 799 + "## Fin\n\nTexte.\n\n"),
        ("- " * 20 + "a", "- " * 20 + "b"),
        ("x" * 200_000, "x" * 199_999),
        ("[a](#b) **c** " * 3_000, "[a](#c) c " * 3_000),
    ],
)
def test_odd_texts_are_compared_too(old: str, new: str) -> None:
    comparison = compare_bytes(old.encode(), new.encode())
    assert comparison.changes
    assert_complete(comparison, old, new)


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"a\x00b", b"a" * 5_000_001])
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableTextError):
        compare_bytes(b"a", raw)
