"""How many words a comparison shows as changed: one measure for every tool, ours and the others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cgu_archive.corpus.comparison import ChangeClass, Comparison, Op, Span

_WORD = re.compile(r"https?://[^\s<>)\]]*[\w/]|[^\W\d_]*\d+(?:[.,/:]\d+)*(?![^\W_])|[^\W_]+")
"""An address of the web, a number with its decimals, a run of letters: « l’usager » is two words."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Words inserted and words deleted."""

    inserted: int
    deleted: int

    @property
    def total(self) -> int:
        """Return how many words that is, on both sides."""
        return self.inserted + self.deleted

    def __add__(self, other: Edit) -> Edit:
        return Edit(self.inserted + other.inserted, self.deleted + other.deleted)


Segment = tuple[Op, str]


def words(text: str) -> list[str]:
    """Return the words of `text`, cut apart in one way for every tool."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


def touched(segments: Iterable[Segment]) -> Edit:
    """Return how many words of each side hold at least one sign shown as changed."""
    listed = list(segments)
    return Edit(_side(listed, Op.DELETED), _side(listed, Op.INSERTED))


def _side(segments: Sequence[Segment], gone: Op) -> int:
    """Count the words touched on the side that has no segment `gone`."""
    text, changed, end = [], [], 0
    for op, part in segments:
        if op is not gone:
            text.append(part)
            if op is not Op.EQUAL:
                changed.append((end, end + len(part)))
            end += len(part)
    found = 0
    rank = 0
    for word in _WORD.finditer("".join(text)):
        while rank < len(changed) and changed[rank][1] <= word.start():
            rank += 1
        found += rank < len(changed) and changed[rank][0] < word.end()
    return found


def shown_by(comparison: Comparison, *classes: ChangeClass) -> Edit:
    """Return the words that `comparison` shows as changed in these classes (none given: in any)."""
    edit = Edit(0, 0)
    for row in comparison.rows:
        edit += touched(_segment(span, classes) for span in row.spans)
    return edit


def _segment(span: Span, classes: tuple[ChangeClass, ...]) -> Segment:
    """Return a span, left out of both sides when it is a change of another class."""
    if span.op is Op.EQUAL or not classes or span.change in classes:
        return span.op, span.text
    return span.op, re.sub(r"\S", " ", span.text)


def least(old: Sequence[str], new: Sequence[str]) -> Edit:
    """Return the smallest edit from `old` to `new`: what is not in a longest common subsequence."""
    kept = common(old, new)
    return Edit(len(new) - kept, len(old) - kept)


def common(old: Sequence[str], new: Sequence[str]) -> int:
    """Return the length of a longest common subsequence (bit-parallel, after Hyyrö)."""
    if not old:
        return 0
    where: dict[str, int] = {}
    for rank, word in enumerate(old):
        where[word] = where.get(word, 0) | 1 << rank
    every = (1 << len(old)) - 1
    row = every
    for word in new:
        matches = row & where.get(word, 0)
        row = ((row + matches) | (row - matches)) & every
    return len(old) - row.bit_count()
