"""Find what answers to what in two texts, by content: identical units, then similar ones, then provisions.

Numbers never decide. A number alone pairs nothing; it only weighs a little between provisions that already
say alike things.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from cgu_archive.corpus.comparison.alignment import absorb, align_bodies
from cgu_archive.corpus.comparison.homing import stay_home
from cgu_archive.corpus.comparison.matching import (
    match_by_openings,
    match_by_votes,
    match_leftovers,
    match_parents,
)
from cgu_archive.corpus.comparison.pairs import FREE, Pairs
from cgu_archive.corpus.comparison.sequences import common_subsequence
from cgu_archive.corpus.comparison.views import View, units_likeness

_SHINGLE = 3
"""Words in a row that, found once in each text, say that two units may be the same."""
_LONG_SHINGLE = 8
"""The same, for what a text may say two or three times."""
_STEP = 4
"""One run in so many is enough to find it."""
_MOST_COPIES = 3
_SIMILAR = 0.4
"""Likeness from which two units that share such words are the same, edited."""
_SIMILAR_ELSEWHERE = 0.6
"""The same, where they stand in provisions that are not the same."""
_MOVED_WORDS = 4
"""A shorter passage found elsewhere is a coincidence, not a move."""


def pair(old: View, new: View) -> Pairs:
    """Return what answers to what in `old` and `new`."""
    pairs = Pairs(old, new)
    if bool(old.sections[0].body) == bool(new.sections[0].body):
        pairs.match_sections(0, 0)
    _same_sections(pairs)
    _same_units(pairs)
    _similar_units(pairs, _SIMILAR)
    _copied_units(pairs)
    match_by_votes(pairs)
    match_leftovers(pairs)
    match_parents(pairs)
    match_by_openings(pairs)
    if pairs.section_to_new[0] == FREE == pairs.section_to_old[0]:
        pairs.match_sections(0, 0)
    _part_coincidences(pairs)
    for s, t in pairs.matched_sections():
        align_bodies(pairs, s, t)
    _same_elsewhere(pairs)
    _similar_units(pairs, _SIMILAR_ELSEWHERE)
    _part_coincidences(pairs)
    stay_home(pairs)
    absorb(pairs, pairs.free_old(), pairs.free_new())
    return pairs


def _same_sections(pairs: Pairs) -> None:
    """Match provisions that say the very same thing, as many as stand in the same order."""
    old, new = pairs.old, pairs.new
    numbers: dict[str, int] = {}
    signatures = [
        [_number(numbers, _signature(view, rank), side) for rank in range(1, len(view.sections))]
        for side, view in enumerate((old, new))
    ]
    for s, t in common_subsequence(*signatures):
        pairs.match_sections(s + 1, t + 1)
        for i, j in zip(old.sections[s + 1].body, new.sections[t + 1].body, strict=True):
            pairs.join(i, j)


def _signature(view: View, rank: int) -> str | None:
    """Return all that a provision says, its number left out; None when only those under it say something."""
    section = view.sections[rank]
    said = [view.keys[unit] for unit in section.body]
    if not section.title and not any(said) and section.children:
        return None
    return "\n".join([section.title, *said])


def _number(numbers: dict[str, int], signature: str | None, side: int) -> int:
    """Return one number per signature; a mere parent is like no other."""
    return -1 - side if signature is None else numbers.setdefault(signature, len(numbers))


def _same_units(pairs: Pairs) -> None:
    """Join units that occur once in each text, then those around them that say the same too."""
    found = list(_alone_in_both(pairs, pairs.old.keys, pairs.new.keys))
    for i, j in found:
        pairs.join(i, j)
    for i, j in found:
        for step in (1, -1):
            _spread(pairs, i + step, j + step, step)


def _spread(pairs: Pairs, i: int, j: int, step: int) -> None:
    old, new = pairs.old.keys, pairs.new.keys
    while 0 <= i < len(old) and 0 <= j < len(new):
        if not (pairs.is_free(i, j) and pairs.old.is_body(i) and pairs.new.is_body(j) and old[i] == new[j]):
            return
        pairs.join(i, j)
        i, j = i + step, j + step


def _alone_in_both(pairs: Pairs, old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the free units whose key occurs once among those of each text."""
    free_old, free_new = pairs.free_old(), pairs.free_new()
    in_old = Counter(old[i] for i in free_old)
    where: dict[str, list[int]] = {}
    for j in free_new:
        where.setdefault(new[j], []).append(j)
    for i in free_old:
        if in_old[old[i]] == 1 and len(found := where.get(old[i], [])) == 1:
            yield i, found[0]


def _similar_units(pairs: Pairs, least: float) -> None:
    """Join units that share words in a row found nowhere else, when they are alike enough."""
    old_where: dict[tuple[str, ...], int] = {}
    for i in pairs.free_old():
        for run in _runs(pairs.old.words(i), _SHINGLE):
            if old_where.setdefault(run, i) != i:
                old_where[run] = FREE
    new_where: dict[tuple[str, ...], int] = {}
    for j in pairs.free_new():
        for run in _runs(pairs.new.words(j), _SHINGLE):
            if run in old_where and new_where.setdefault(run, j) != j:
                new_where[run] = FREE
    found = ((old_where[run], j) for run, j in new_where.items())
    _join_best(pairs, Counter((i, j) for i, j in found if i != FREE != j), least)


def _copied_units(pairs: Pairs) -> None:
    """Join units that share a longer run of words, which a text may say two or three times."""
    holders: dict[tuple[str, ...], tuple[list[int], list[int]]] = {}
    for i in pairs.free_old():
        for run in islice(_runs(pairs.old.words(i), _LONG_SHINGLE), None, None, _STEP):
            holders.setdefault(run, ([], []))[0].append(i)
    for j in pairs.free_new() if holders else ():
        for run in _runs(pairs.new.words(j), _LONG_SHINGLE):
            if run in holders:
                holders[run][1].append(j)
    votes: Counter[tuple[int, int]] = Counter()
    for olds, news in holders.values():
        if len(olds) <= _MOST_COPIES >= len(news):
            votes.update((i, j) for j in news for i in olds)
    _join_best(pairs, votes, _SIMILAR)


def _join_best(pairs: Pairs, votes: Counter[tuple[int, int]], least: float) -> None:
    """Join the units that answer best to one another, when they are alike enough."""
    best_old: dict[int, tuple[int, int]] = {}
    best_new: dict[int, tuple[int, int]] = {}
    for (i, j), count in votes.items():
        best_old[i] = max(best_old.get(i, (0, 0)), (count, -j))
        best_new[j] = max(best_new.get(j, (0, 0)), (count, -i))
    for i, (_, j) in best_old.items():
        if best_new[-j][1] == -i and units_likeness(pairs.old, i, pairs.new, -j) >= least:
            pairs.join(i, -j)


def _runs(words: list[str], length: int) -> Iterator[tuple[str, ...]]:
    """Yield the runs of `length` words in a row."""
    return zip(*(words[start:] for start in range(length)), strict=False)


def _part_coincidences(pairs: Pairs) -> None:
    """Part units joined across provisions that are not the same, when they are too short to be a move."""
    for rank, (olds, news) in enumerate(pairs.rows):
        if not olds or pairs.at_home(olds[0], news[0]) or pairs.has_title(rank) or pairs.has_company(rank):
            continue
        if sum(pairs.old.weights[i] for i in olds) < _MOVED_WORDS:
            pairs.part(rank)


def _same_elsewhere(pairs: Pairs) -> None:
    """Join what is left and says the very same: passages found once, then titles that became paragraphs."""
    for i, j in list(_alone_in_both(pairs, pairs.old.keys, pairs.new.keys)):
        if pairs.old.weights[i] >= _MOVED_WORDS:
            pairs.join(i, j)
    old, new = pairs.old.keys, pairs.new.keys
    old_titles = {old[i]: i for i in pairs.lone_titles_old()}
    new_titles = {new[j]: j for j in pairs.lone_titles_new()}
    for i in pairs.free_old() if new_titles else ():
        if (j := new_titles.get(old[i], FREE)) != FREE and pairs.is_free(i, j):
            pairs.join(i, j)
    for j in pairs.free_new() if old_titles else ():
        if (i := old_titles.get(new[j], FREE)) != FREE and pairs.is_free(i, j):
            pairs.join(i, j)
