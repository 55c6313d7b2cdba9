"""What became of the provisions found in one text alone: merged into another, or split from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cgu_archive.corpus.comparison.model import ChangeKind
from cgu_archive.corpus.comparison.pairs import FREE, Pairs
from cgu_archive.corpus.comparison.views import Section, View

_TAKEN = 0.6
"""Part of a provision's words found in another one that makes it split from that one, or merged into it."""
_HALF = 0.35
"""The same, when it is that part of the other one's words too."""

Fate = tuple[int, ChangeKind | None]
"""The provision of the other text that answers for a lone one, and how; `FREE` and None when none does."""


@dataclass(frozen=True, slots=True)
class Fates:
    """What became of each provision that no other is the same as, by rank."""

    old: dict[int, Fate]
    """Those that the new text has no more: `MERGED` into another, or `EDITED`: merely laid out otherwise."""
    new: dict[int, Fate]
    """Those that the old text had not: `SPLIT` from another, or `EDITED`."""

    def joins(self, s: int, t: int) -> bool:
        """Whether old provision `s` became part of `t`, or new provision `t` was part of `s`."""
        return self.old.get(s, (FREE, None))[0] == t or self.new.get(t, (FREE, None))[0] == s


def find_fates(pairs: Pairs) -> Fates:
    """Say what became of each provision found in one text alone."""
    old: dict[int, Fate] = {}
    news = [news for _, news in pairs.rows]
    for section in pairs.old.sections:
        if pairs.section_to_new[section.rank] == FREE:
            t, kind = _fate(section, pairs.old, pairs.new, pairs.old_row, news)
            is_entry = t != FREE and pairs.is_entry_old(section.rank, t)
            old[section.rank] = t, ChangeKind.EDITED if is_entry else kind
    new: dict[int, Fate] = {}
    olds = [olds for olds, _ in pairs.rows]
    for section in pairs.new.sections:
        if pairs.section_to_old[section.rank] == FREE:
            s, kind = _fate(section, pairs.new, pairs.old, pairs.new_row, olds)
            kind = ChangeKind.SPLIT if kind is ChangeKind.MERGED else kind
            is_entry = s != FREE and pairs.is_entry_new(s, section.rank)
            new[section.rank] = s, ChangeKind.EDITED if is_entry else kind
    return Fates(old, new)


def _fate(
    section: Section, view: View, other: View, rows: Sequence[int], facing: Sequence[list[int]]
) -> Fate:
    """Return the provision that took most of a lone one's words, and how.

    A title that is a mere paragraph in the other text is the same words laid out otherwise.
    """
    if section.heading is not None and rows[section.heading] != FREE:
        return other.section_of[facing[rows[section.heading]][0]], ChangeKind.EDITED
    taken: Counter[int] = Counter()
    for unit in section.body:
        if rows[unit] != FREE:
            taken[other.section_of[facing[rows[unit]][0]]] += view.weights[unit]
    for taker, words in taken.most_common(1):
        both_halved = words >= _HALF * max(section.weight, other.sections[taker].weight)
        if both_halved or words >= _TAKEN * section.weight:
            return taker, ChangeKind.MERGED
    return FREE, None
