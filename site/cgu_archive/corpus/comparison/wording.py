"""Compare two runs of tokens word by word, so that a person can read the result.

What is found is exact first (a longest common subsequence), then made readable: edits are moved to the
beginning of a phrase where the words allow it, and a rewritten passage is told as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from cgu_archive.corpus.comparison.model import CELL_BREAK, UNIT_BREAK
from cgu_archive.corpus.comparison.sequences import Match, common_subsequence
from cgu_archive.corpus.comparison.tokens import STOP_WORDS, is_word, lower

_ENDS = frozenset({".", "!", "?", ";", ":", "…", "...", CELL_BREAK, UNIT_BREAK})
"""Tokens that end a sentence, a cell or a unit."""
_MAX_SHIFT = 40
"""Farthest an insertion or deletion is moved to begin or end better, in tokens."""
_BESIDE = 3
"""Small words (« et », « de ») are told as rewritten between so many times more changed ones."""
_CONTENT = 3
"""A word that says something counts for so many small ones."""
_KEPT = 1 << 16
"""How many words this process remembers the weight of."""
_REWRITTEN = 0.25
"""A sentence that keeps no more than this part of its words between its edits is told as rewritten."""


@dataclass(slots=True)
class Hunk:
    """Old tokens `a` to `b` (excluded) became new tokens `c` to `d`."""

    a: int
    b: int
    c: int
    d: int


def hunks(
    old: Sequence[str], new: Sequence[str], old_keys: Sequence[int], new_keys: Sequence[int]
) -> list[Hunk]:
    """Return what changed from `old` to `new`, in order; tokens with the same key are the same.

    Between hunks, tokens answer to one another one for one.
    """
    matches = common_subsequence(old_keys, new_keys)
    found = [trimmed for hunk in _between(matches, len(old), len(new)) if (trimmed := _trim(hunk, old, new))]
    _shift_all(found, old, new)
    return _tell_rewritten(_merge_crumbs(found, old), old, new)


def _between(matches: list[Match], old_length: int, new_length: int) -> Iterator[Hunk]:
    a = c = 0
    for i, j in [*matches, (old_length, new_length)]:
        if a < i or c < j:
            yield Hunk(a, i, c, j)
        a, c = i + 1, j + 1


def _trim(hunk: Hunk, old: Sequence[str], new: Sequence[str]) -> Hunk | None:
    """Leave out the very same tokens at both ends; None when nothing else is left."""
    while hunk.a < hunk.b and hunk.c < hunk.d and old[hunk.a] == new[hunk.c]:
        hunk.a, hunk.c = hunk.a + 1, hunk.c + 1
    while hunk.a < hunk.b and hunk.c < hunk.d and old[hunk.b - 1] == new[hunk.d - 1]:
        hunk.b, hunk.d = hunk.b - 1, hunk.d - 1
    return hunk if hunk.a < hunk.b or hunk.c < hunk.d else None


def _shift_all(found: list[Hunk], old: Sequence[str], new: Sequence[str]) -> None:
    """Move each pure insertion or deletion, between its neighbours, to where it reads best."""
    ends = [Hunk(-1, -1, -1, -1), *found, Hunk(len(old) + 1, 0, len(new) + 1, 0)]
    for rank, hunk in enumerate(found, start=1):
        before, after = ends[rank - 1], ends[rank + 1]
        if hunk.a == hunk.b:
            room = before.d + 1, after.c - 1
            by = _best_shift(new, (hunk.c, hunk.d), room, old, hunk.a - hunk.c)
        elif hunk.c == hunk.d:
            room = before.b + 1, after.a - 1
            by = _best_shift(old, (hunk.a, hunk.b), room, new, hunk.c - hunk.a)
        else:
            continue
        hunk.a, hunk.b, hunk.c, hunk.d = hunk.a + by, hunk.b + by, hunk.c + by, hunk.d + by


def _best_shift(
    words: Sequence[str], run: tuple[int, int], room: tuple[int, int], other: Sequence[str], offset: int
) -> int:
    """Return how far to move the run of `words` that is alone on its side, inside `room`, to read best.

    It moves over a token only where the very same one enters at its other end, here and in `other`, whose
    ranks are `offset` away. Among equals, the farthest to the left.
    """
    start, end = run
    best = (_quality(words, start, end), 0)
    by = 0
    while start + by > room[0] and -by < _MAX_SHIFT:
        if not words[start + by - 1] == words[end + by - 1] == other[start + by - 1 + offset]:
            break
        by -= 1
        best = max(best, (_quality(words, start + by, end + by), -by))
    by = 0
    while end + by < room[1] and by < _MAX_SHIFT:
        if not words[start + by] == words[end + by] == other[start + by + offset]:
            break
        by += 1
        best = max(best, (_quality(words, start + by, end + by), -by))
    return -best[1]


def _quality(words: Sequence[str], start: int, end: int) -> int:
    """Return how well `words[start:end]` reads alone: whole sentences, then whole phrases."""
    score = 0
    if start == 0 or words[start - 1] in _ENDS:
        score += 2
    if words[end - 1] in _ENDS:
        score += 2
    elif words[end - 1] == "," or (start > 0 and words[start - 1] == ","):
        score += 1
    return score


def _merge_crumbs(found: list[Hunk], old: Sequence[str]) -> list[Hunk]:
    """Join hunks that only a few unchanged words separate, few beside what changed on either side."""
    merged: list[Hunk] = []
    for hunk in found:
        while merged and _is_crumb(merged[-1], hunk, old):
            before = merged.pop()
            hunk = Hunk(before.a, hunk.b, before.c, hunk.d)
        merged.append(hunk)
    return merged


def _is_crumb(before: Hunk, after: Hunk, old: Sequence[str]) -> bool:
    kept = old[before.b : after.a]
    if not _ENDS.isdisjoint(kept):
        return False
    return min(_size(before), _size(after)) >= _BESIDE * max(_cost(kept), 1)


def _cost(kept: Sequence[str]) -> int:
    """Return how much a reader loses when these unchanged words are told as rewritten."""
    return sum(map(_weight, kept))


@lru_cache(maxsize=_KEPT)
def _weight(token: str) -> int:
    if not is_word(token):
        return 0
    return 1 if lower(token) in STOP_WORDS else _CONTENT


def _size(hunk: Hunk) -> int:
    return max(hunk.b - hunk.a, hunk.d - hunk.c)


def _tell_rewritten(found: list[Hunk], old: Sequence[str], new: Sequence[str]) -> list[Hunk]:
    """Make one hunk of those of a sentence that was mostly rewritten."""
    told: list[Hunk] = []
    for group in _by_sentence(found, old):
        if len(group) <= 2:
            told += group
            continue
        whole = Hunk(group[0].a, group[-1].b, group[0].c, group[-1].d)
        kept = _cost([word for x, y in pairwise(group) for word in old[x.b : y.a]])
        if kept > _REWRITTEN * _size(whole):
            told += group
            continue
        span = max(sum(map(is_word, old[whole.a : whole.b])), sum(map(is_word, new[whole.c : whole.d])))
        told += [whole] if kept <= _REWRITTEN * span else group
    return told


def _by_sentence(found: list[Hunk], old: Sequence[str]) -> Iterator[list[Hunk]]:
    """Yield the hunks that no end of sentence separates, together."""
    group: list[Hunk] = []
    for hunk in found:
        if group and not _ENDS.isdisjoint(old[group[-1].b : hunk.a]):
            yield group
            group = []
        group.append(hunk)
    if group:
        yield group
