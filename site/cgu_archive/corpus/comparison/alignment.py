"""Face the units of one provision with those of its counterpart: same words, joined or cut blocks, alike."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from cgu_archive.corpus.comparison.pairs import FREE, Pairs
from cgu_archive.corpus.comparison.sequences import Match, common_subsequence, heaviest_increasing
from cgu_archive.corpus.comparison.twins import join_nearest
from cgu_archive.corpus.comparison.views import View, units_likeness

_Finder = Callable[[Pairs, Sequence[int], Sequence[int]], list[Match]]

_IN_PLACE = 0.25
"""Likeness from which two units that face each other in one provision are the same, edited."""
_TITLE_ALIKE = 0.4
"""The same, for a title and the first words of a provision without one."""
_STRETCH = 64
"""Longest stretch of units faced with one another at once."""
_HELD = 0.75
"""Part of a unit's words that a joined or cut neighbour must hold."""


def align_bodies(pairs: Pairs, s: int, t: int) -> None:
    """Join what is still free in the bodies of provisions `s` and `t`, which are the same."""
    olds, news = pairs.old.sections[s].body, pairs.new.sections[t].body
    _join_titles(pairs, s, t)
    _face(pairs, s, t, _same_keys)
    join_nearest(pairs, olds, news)
    _face(pairs, s, t, _alike)


def _face(pairs: Pairs, s: int, t: int, find: _Finder) -> None:
    """Join what `find` faces in the gaps of two bodies, then blocks that were cut or joined."""
    for i, j in _in_gaps(pairs, s, t, find):
        pairs.join(i, j)
    absorb(pairs, pairs.old.sections[s].body, pairs.new.sections[t].body)


def _join_titles(pairs: Pairs, s: int, t: int) -> None:
    """Join the title of a provision with the first words of its counterpart, which has none, when alike."""
    ours, theirs = pairs.old.sections[s], pairs.new.sections[t]
    if (ours.heading is None) == (theirs.heading is None):
        return
    heads = []
    for section in (ours, theirs):
        first = section.body[0] if section.body else FREE
        heads.append(first if section.heading is None else section.heading)
    i, j = heads
    if FREE in heads or not pairs.is_free(i, j):
        return
    if units_likeness(pairs.old, i, pairs.new, j) >= _TITLE_ALIKE:
        pairs.join(i, j)


def _in_gaps(pairs: Pairs, s: int, t: int, find: _Finder) -> Iterator[Match]:
    """Yield what `find` joins between the units already joined in place."""
    for olds, news in list(_gaps(pairs, s, t)):
        yield from ((olds[i], news[j]) for i, j in find(pairs, olds, news))


def _gaps(pairs: Pairs, s: int, t: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the free units of both bodies, cut where units are joined in the same order."""
    olds, news = pairs.old.sections[s].body, pairs.new.sections[t].body
    joined = [
        (i, pairs.rows[row][1][0])
        for i in olds
        if (row := pairs.old_row[i]) != FREE and pairs.new.section_of[pairs.rows[row][1][0]] == t
    ]
    kept = heaviest_increasing([(j, 1 + pairs.old.weights[i]) for i, j in joined])
    fixed = [(-1, -1), *(joined[rank] for rank in kept), (len(pairs.old.units), len(pairs.new.units))]
    free_old = [i for i in olds if pairs.old_row[i] == FREE]
    free_new = [j for j in news if pairs.new_row[j] == FREE]
    for before, after in pairwise(fixed):
        within = _between(free_old, before[0], after[0])
        facing = _between(free_new, before[1], after[1])
        if within and facing:
            yield within, facing


def _between(ranks: list[int], before: int, after: int) -> list[int]:
    return ranks[bisect_right(ranks, before) : bisect_left(ranks, after)]


def _same_keys(pairs: Pairs, olds: Sequence[int], news: Sequence[int]) -> list[Match]:
    numbers: dict[str, int] = {}
    return common_subsequence(
        [numbers.setdefault(pairs.old.keys[i], len(numbers)) for i in olds],
        [numbers.setdefault(pairs.new.keys[j], len(numbers)) for j in news],
    )


def _alike(pairs: Pairs, olds: Sequence[int], news: Sequence[int]) -> list[Match]:
    """Return the alignment of most likeness, stretch by stretch where there are many units."""
    stretches = -(-max(len(olds), len(news)) // _STRETCH)
    matches: list[Match] = []
    for rank in range(stretches):
        a = [len(olds) * (rank + step) // stretches for step in (0, 1)]
        b = [len(news) * (rank + step) // stretches for step in (0, 1)]
        found = _best_facing(pairs, olds[a[0] : a[1]], news[b[0] : b[1]])
        matches += ((i + a[0], j + b[0]) for i, j in found)
    return matches


def _best_facing(pairs: Pairs, olds: Sequence[int], news: Sequence[int]) -> list[Match]:
    """Return the increasing matches whose likeness, weighted by words, is greatest in all."""
    gains = [[_gain(pairs, i, j) for j in news] for i in olds]
    best = [[0.0] * (len(news) + 1) for _ in range(len(olds) + 1)]
    for x, row in enumerate(gains):
        above, here = best[x], best[x + 1]
        for y, gain in enumerate(row):
            here[y + 1] = max(above[y + 1], here[y], above[y] + gain)
    matches: list[Match] = []
    x, y = len(olds), len(news)
    while x and y:
        reached = best[x][y]
        if reached == best[x - 1][y]:
            x -= 1
        elif reached == best[x][y - 1]:
            y -= 1
        else:
            x, y = x - 1, y - 1
            matches.append((x, y))
    matches.reverse()
    return matches


def _gain(pairs: Pairs, i: int, j: int) -> float:
    alike = units_likeness(pairs.old, i, pairs.new, j)
    if alike < _IN_PLACE:
        return 0.0
    return alike * (pairs.old.weights[i] + pairs.new.weights[j])


def absorb(pairs: Pairs, olds: Sequence[int], news: Sequence[int]) -> None:
    """Add free units to the row next to them whose other side holds their words: blocks joined or cut."""
    for step in (-1, 1):
        for j in news[::-step]:
            row = pairs.new_row[j + step] if 0 <= j + step < len(pairs.new_row) else FREE
            if _may_join(pairs.new, pairs.new_row, j, row) and _holds(
                _left(pairs, row, of_old=True), pairs.new.words(j)
            ):
                pairs.add_new(j, row)
        for i in olds[::-step]:
            row = _old_neighbour(pairs, i, step)
            if _may_join(pairs.old, pairs.old_row, i, row) and _holds(
                _left(pairs, row, of_old=False), pairs.old.words(i)
            ):
                pairs.add_old(i, row)


def _may_join(view: View, rows: Sequence[int], unit: int, row: int) -> bool:
    return rows[unit] == FREE != row and view.is_body(unit)


def _old_neighbour(pairs: Pairs, unit: int, step: int) -> int:
    """Return the row of the next old unit; the title of what was joined to it may stand between both."""
    rows, beside = pairs.old_row, unit + step
    if 0 <= beside < len(rows) and rows[beside] == FREE and not pairs.old.is_body(beside):
        beside += step
    return rows[beside] if 0 <= beside < len(rows) else FREE


def _left(pairs: Pairs, row: int, *, of_old: bool) -> Counter[str]:
    """Return the words that one side of a row says and the other does not."""
    olds, news = pairs.rows[row]
    said_old = Counter(word for i in olds for word in pairs.old.words(i))
    said_new = Counter(word for j in news for word in pairs.new.words(j))
    return said_old - said_new if of_old else said_new - said_old


def _holds(left: Counter[str], words: list[str]) -> bool:
    held = (left & Counter(words)).total()
    return bool(words) and held >= _HELD * len(words)
