"""Keep at home a block that grew or shrank by sentences of another provision: those sentences alone moved."""

from __future__ import annotations

from collections import Counter

from cgu_archive.corpus.comparison.pairs import FREE, Pairs
from cgu_archive.corpus.comparison.views import View

_HELD = 0.75
"""Part of a block's words that another one must hold to be that block, grown or shrunk."""
_MOVED = 0.8
"""Part of the rest of each of two blocks that the other one must hold: sentences that moved."""
_LEAST = 4
"""A shorter block proves nothing."""
_MOST = 64
"""How many free blocks of a provision are looked at."""

_Words = Counter[str]


def stay_home(pairs: Pairs) -> None:
    """Part blocks that are joined across provisions where each is rather another block, in its own one."""
    old_home, new_home = _by_section(pairs.old, pairs.free_old()), _by_section(pairs.new, pairs.free_new())
    if not old_home and not new_home:
        return
    for rank in range(len(pairs.rows)):
        olds, news = pairs.rows[rank]
        if len(olds) != 1 or len(news) != 1 or pairs.at_home(olds[0], news[0]) or pairs.has_title(rank):
            continue
        (i,), (j,) = olds, news
        beside_j = old_home.get(pairs.section_to_old[pairs.new.section_of[j]], [])
        beside_i = new_home.get(pairs.section_to_new[pairs.old.section_of[i]], [])
        before, after = Counter(pairs.old.words(i)), Counter(pairs.new.words(j))
        grown, shrunk = _held(pairs.old, beside_j, after), _held(pairs.new, beside_i, before)
        if grown == FREE == shrunk:
            continue
        came = after - _said(pairs.old, grown)
        left = before - _said(pairs.new, shrunk)
        if not (_is_in(came, before) and _is_in(left, after)):
            continue
        pairs.part(rank)
        if grown != FREE:
            pairs.join(grown, j)
            beside_j.remove(grown)
        if shrunk != FREE:
            pairs.join(i, shrunk)
            beside_i.remove(shrunk)


def _by_section(view: View, units: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for unit in units:
        if len(view.words(unit)) >= _LEAST:
            found.setdefault(view.section_of[unit], []).append(unit)
    return found


def _held(view: View, home: list[int], said: _Words) -> int:
    """Return the first block of `home` that words `said` elsewhere hold; `FREE` when none."""
    for unit in home[:_MOST]:
        words = Counter(view.words(unit))
        if (words & said).total() >= _HELD * words.total():
            return unit
    return FREE


def _said(view: View, unit: int) -> _Words:
    return Counter(view.words(unit)) if unit != FREE else Counter()


def _is_in(words: _Words, said: _Words) -> bool:
    return (words & said).total() >= _MOVED * words.total()
