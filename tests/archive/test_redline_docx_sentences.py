"""Sentences that moved alone, in Word: a move with two ends, or a deletion and an insertion."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archive.docx_cases import word
from tests.archive.docx_checks import assert_both_ways, changes
from tests.archive.docx_reading import CAME, WENT, W, body
from tests.archive.docx_sentences import (
    ONE,
    REFUSED,
    SENTENCES,
    Lines,
    any_comparison,
    beside_moved_paragraphs,
    by_hand,
    kept,
)


def moves(raw: bytes) -> list[str]:
    """Return the names of the moves of a document, in the order of the places that were left."""
    return [start.get(f"{W}name", "") for start in body(raw).iter(f"{W}moveFromRangeStart")]


@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence_that_moved_is_a_move(name: str) -> None:
    comparison = by_hand(SENTENCES[name])
    raw = assert_both_ways(comparison)
    assert sorted(moves(raw)) == [f"deplacement{n}" for n in range(1, len(comparison.moves) + 1)]
    merely = [span.text for row in comparison.rows for span in row.spans if span.move is not None]
    assert {*changes(raw, "moveFrom"), *changes(raw, "moveTo")} <= {*merely}


@pytest.mark.parametrize("name", REFUSED)
def test_where_an_end_can_be_no_move_both_are_plain(name: str) -> None:
    raw = assert_both_ways(by_hand(*REFUSED[name]))
    told = "".join(changes(raw, "moveFrom") + changes(raw, "moveTo"))
    assert "bilan" not in told
    assert "bilan" in "".join(changes(raw, "ins"))


def test_words_lost_and_won_on_the_way_are_beside_those_that_moved() -> None:
    raw = word(by_hand(SENTENCES["edited"]))
    assert changes(raw, "moveFrom") == changes(raw, "moveTo") == ["La commune ", " un bilan. "]
    assert (changes(raw, "del"), changes(raw, "ins")) == (["publie"], ["montre", "Voilà."])
    (paragraph,) = (p for p in body(raw) if p.find(f"{W}moveFrom") is not None)
    start, *inside, end = [child.tag.removeprefix(W) for child in paragraph][:5]
    assert (start, inside, end) == (
        "moveFromRangeStart", ["moveFrom", "del", "moveFrom"], "moveFromRangeEnd"
    )  # fmt: skip


def test_a_paragraph_that_went_leaves_its_moved_sentence_as_a_move() -> None:
    raw = word(by_hand(SENTENCES["from-a-deleted-paragraph-among-others"]))
    (gone,) = (p for p in body(raw) if p.find(f"{W}pPr/{W}rPr/{W}del") is not None)
    assert [child.tag.removeprefix(W) for child in gone][1:] == [
        "del", "moveFromRangeStart", "moveFrom", "moveFromRangeEnd", "del"
    ]  # fmt: skip
    assert changes(raw, "moveTo") == [ONE]


def test_no_two_moves_have_one_name_when_paragraphs_move_too() -> None:
    long = "Un paragraphe très long, avec bien des mots, reste en place."
    rows = [Lines([kept(long)]), Lines([kept("Début.")]), *SENTENCES["in-its-paragraph"]]
    raw = assert_both_ways(by_hand(rows, [1, 0, 2]))
    assert moves(raw) == ["deplacement1", "deplacement2"]
    assert changes(raw, "moveFrom") == ["Début.", ONE]


def test_an_end_of_paragraph_moved_only_where_its_last_words_did() -> None:
    for comparison in beside_moved_paragraphs():
        raw = assert_both_ways(comparison)
        assert len(moves(raw)) == 2
        for paragraph in body(raw):
            mark = paragraph.find(f"{W}pPr/{W}rPr/*")
            if mark is not None:
                last = [child.tag for child in paragraph if child.tag in (*CAME, *WENT)][-1]
                assert mark.tag == last


@given(st.integers(0, 1 << 40))
def test_whatever_moved(seed: int) -> None:
    assert_both_ways(any_comparison(random.Random(seed)))
