from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus.comparison import sequences
from cgu_archive.corpus.comparison.sequences import Match, common_subsequence, heaviest_increasing

short = st.lists(st.integers(0, 5), max_size=14)
varied = st.lists(st.integers(0, 40), max_size=30)


def longest(old: Sequence[int], new: Sequence[int]) -> int:
    """The textbook table, to be checked against."""
    above = [0] * (len(new) + 1)
    for element in old:
        row = [0]
        for j, other in enumerate(new):
            row.append(above[j] + 1 if element == other else max(above[j + 1], row[j]))
        above = row
    return above[-1]


def assert_common(matches: list[Match], old: Sequence[int], new: Sequence[int]) -> None:
    assert all(old[i] == new[j] for i, j in matches)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(matches))


@given(short, short)
def test_a_common_subsequence_is_a_longest_one(old: list[int], new: list[int]) -> None:
    matches = common_subsequence(old, new)
    assert_common(matches, old, new)
    assert len(matches) == longest(old, new)


@given(varied, varied)
def test_past_the_bound_it_is_still_common(old: list[int], new: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sequences, "MAX_CELLS", 6)
        matches = common_subsequence(old, new)
    assert_common(matches, old, new)
    assert bool(matches) <= bool(set(old) & set(new))


def test_past_the_bound_elements_found_once_hold_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequences, "MAX_CELLS", 6)
    old, new = [1, 7, 2, 8, 3, 9], [4, 7, 5, 8, 6, 9, 0]
    assert common_subsequence(old, new) == [(1, 1), (3, 3), (5, 5)]


def test_past_the_bound_a_stretch_without_any_has_no_match(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequences, "MAX_CELLS", 6)
    assert common_subsequence([1, 2, 1, 2], [2, 1, 1, 2, 1]) == []


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 9)), max_size=9))
def test_the_heaviest_increasing_subsequence_is_heaviest(items: list[tuple[int, int]]) -> None:
    kept = heaviest_increasing(items)
    assert all(a < b and items[a][0] < items[b][0] for a, b in pairwise(kept))
    best = 0
    for size in range(len(items) + 1):
        for ranks in combinations(range(len(items)), size):
            values = [items[rank][0] for rank in ranks]
            if all(a < b for a, b in pairwise(values)):
                best = max(best, sum(items[rank][1] for rank in ranks))
    assert sum(items[rank][1] for rank in kept) == best
