"""Tell near twins apart: « Résiliation sans frais » and « Résiliation avec frais », in one list.

What most units of a provision say tells none of them from another; a word that few say does, small ones too.
What a line is about stands at its head: « Attestation | 15 € », « Attestation : 15 € ». Where two lines
exchange what follows, they did not move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import fsum, log

from cgu_archive.corpus.comparison.model import CELL_BREAK, UnitKind
from cgu_archive.corpus.comparison.pairs import FREE, Pairs
from cgu_archive.corpus.comparison.tokens import squeeze
from cgu_archive.corpus.comparison.views import View, units_likeness

_NEAREST = 0.5
"""Likeness from which two units, each the nearest to the other, are the same wherever they stand."""
_RARE_WORDS = 1.0
"""Weight of the words that few units say, beside the likeness of two units."""
_SAME_HEAD = 3.0
"""Weight of the same head, more than all the rest."""
_HEAD_WORDS = 8
"""Words before a colon up to which they are the head of a line."""
_MOST = 1024
"""More pairs of units than that are faced in order only."""


class Nearness:
    """How near units of two bodies are to one another."""

    def __init__(self, pairs: Pairs, olds: Sequence[int], news: Sequence[int]) -> None:
        self._pairs = pairs
        self._olds = {i: frozenset(pairs.old.words(i)) for i in olds}
        self._news = {j: frozenset(pairs.new.words(j)) for j in news}
        said = [*self._olds.values(), *self._news.values()]
        holders = Counter(word for words in said for word in words)
        self._rarity = {word: log((1 + len(said)) / count) for word, count in holders.items()}
        self._old_heads = {i: _head(pairs.old, i) for i in olds}
        self._new_heads = {j: _head(pairs.new, j) for j in news}

    def score(self, i: int, j: int, least: float = 0.0) -> float:
        """Return how near old unit `i` is to new unit `j`; nothing when they are less alike than `least`."""
        alike = units_likeness(self._pairs.old, i, self._pairs.new, j)
        if alike and self._old_heads[i] == self._new_heads[j] != "":
            alike += _SAME_HEAD
        if not alike or alike < least:
            return 0.0
        ours, theirs = self._olds[i], self._news[j]
        every = self._weight(ours) + self._weight(theirs)
        return alike + _RARE_WORDS * 2 * self._weight(ours & theirs) / every

    def _weight(self, words: frozenset[str]) -> float:
        return fsum(self._rarity[word] for word in words)


def _head(view: View, unit: int) -> str:
    """Return what stands in the first cell of a row, or before a colon; empty when that is no head."""
    said = view.lowered[unit]
    sign = CELL_BREAK if view.units[unit].kind is UnitKind.ROW else ":"
    head, found, _ = said.partition(sign)
    return squeeze(head) if found and len(head.split()) <= _HEAD_WORDS else ""


def join_nearest(pairs: Pairs, olds: Sequence[int], news: Sequence[int]) -> None:
    """Join units of two bodies that are each the nearest to the other, wherever they stand there.

    Edited units that were joined are parted first, when a free one is nearer to one of them.
    """
    free_old, free_new = _free(pairs, olds, news)
    many = len(olds) * len(free_new) + len(news) * len(free_old)
    if not many or many > _MOST:
        return
    edited = _edited(pairs, olds, news)
    if not ((free_old and free_new) or edited):
        return
    near = Nearness(pairs, *_worded(pairs, olds, news))
    for i, j in edited:
        others = [(other, j) for other in free_old] + [(i, other) for other in free_new]
        score = near.score(i, j)
        if any(near.score(*match) > score for match in others):
            pairs.part(pairs.old_row[i])
    free_old, free_new = _free(pairs, olds, news)
    if free_old and free_new:
        _join_mutual(pairs, near, free_old, free_new)


def _join_mutual(pairs: Pairs, near: Nearness, olds: list[int], news: list[int]) -> None:
    scores = [[near.score(i, j, _NEAREST) for j in news] for i in olds]
    best_new = [_alone_highest(row) for row in scores]
    best_old = [_alone_highest(column) for column in zip(*scores, strict=True)]
    for x, y in enumerate(best_new):
        if y != FREE and best_old[y] == x:
            pairs.join(olds[x], news[y])


def _alone_highest(scores: Sequence[float]) -> int:
    """Return the rank of the highest score; `FREE` when it is nothing, or that of several."""
    highest = max(scores)
    return scores.index(highest) if highest and scores.count(highest) == 1 else FREE


def _edited(pairs: Pairs, olds: Sequence[int], news: Sequence[int]) -> list[tuple[int, int]]:
    """Return the units of two bodies that are joined one to one and do not say the same."""
    within = set(news)
    found = []
    for i in olds:
        if (row := pairs.old_row[i]) == FREE:
            continue
        before, (j, *others) = pairs.rows[row]
        if len(before) == 1 and not others and j in within and pairs.old.keys[i] != pairs.new.keys[j]:
            found.append((i, j))
    return found


def _free(pairs: Pairs, olds: Sequence[int], news: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the units that have words and are not joined."""
    before, after = _worded(pairs, olds, news)
    return [i for i in before if pairs.old_row[i] == FREE], [j for j in after if pairs.new_row[j] == FREE]


def _worded(pairs: Pairs, olds: Sequence[int], news: Sequence[int]) -> tuple[list[int], list[int]]:
    return [i for i in olds if pairs.old.is_body(i)], [j for j in news if pairs.new.is_body(j)]
