"""Tell equal words whose emphasis or link target changed apart from those that are wholly the same."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from cgu_archive.corpus.comparison.model import ChangeClass, Mark, MarkKind, Op, Span, Unit

Worn = frozenset[tuple[MarkKind, str]]
"""The marks on one character, with their targets."""
_POINTING = frozenset({MarkKind.LINK, MarkKind.IMAGE})


def with_marks(spans: tuple[Span, ...], old: Sequence[Unit], new: Sequence[Unit]) -> tuple[Span, ...]:
    """Return `spans` where equal words are cut by what happened to the marks on them."""
    before, after = joined_marks(old), joined_marks(new)
    if before == after and (not before or len(spans) <= 1):
        return spans
    worn_before, worn_after = Layers(before), Layers(after)
    told: list[Span] = []
    i = j = 0
    for span in spans:
        if span.op is Op.EQUAL:
            told += _cut(span.text, worn_before, i, worn_after, j)
        else:
            told.append(span)
        i += len(span.text) if span.op is not Op.INSERTED else 0
        j += len(span.text) if span.op is not Op.DELETED else 0
    return tuple(told)


class Layers:
    """What marks each character of some words wears, as runs of the same."""

    def __init__(self, marks: list[Mark]) -> None:
        opening: dict[int, list[Mark]] = {}
        closing: dict[int, list[Mark]] = {}
        for mark in marks:
            opening.setdefault(mark.start, []).append(mark)
            closing.setdefault(mark.end, []).append(mark)
        self.edges = sorted({0, *opening, *closing})
        self.worn: list[Worn] = []
        open_marks: list[Mark] = []
        for edge in self.edges:
            open_marks += opening.get(edge, [])
            for mark in closing.get(edge, []):
                open_marks.remove(mark)
            self.worn.append(frozenset((mark.kind, mark.target) for mark in open_marks))

    def at(self, position: int) -> tuple[Worn, int]:
        """Return what the character at `position` wears, and for how many characters from there."""
        rank = bisect_right(self.edges, position)
        until = self.edges[rank] - position if rank < len(self.edges) else 1 << 60
        return self.worn[rank - 1], until


def joined_marks(units: Sequence[Unit]) -> list[Mark]:
    """Return the marks of the joined words of `units`."""
    found: list[Mark] = []
    at = 0
    for unit in units:
        if unit.marks:
            found += (Mark(mark.start + at, mark.end + at, mark.kind, mark.target) for mark in unit.marks)
        at += len(unit.text) + 1
    return found


def _cut(text: str, before: Layers, i: int, after: Layers, j: int) -> Iterator[Span]:
    """Yield the equal words `text`, which stand at `i` in the old text and `j` in the new one."""
    start = at = 0
    told: ChangeClass | None = None
    while at < len(text):
        (old, old_until), (new, new_until) = before.at(i + at), after.at(j + at)
        until = min(at + old_until, at + new_until, len(text))
        change = _change(text[at:until], old, new)
        if change is not told and at > start:
            yield Span(Op.EQUAL, text[start:at], told)
            start = at
        told = change
        at = until
    yield Span(Op.EQUAL, text[start:], told)


def _change(text: str, old: Worn, new: Worn) -> ChangeClass | None:
    """Return what the marks on `text` changed; emphasis on white space is nothing."""
    changed = {kind for kind, _ in old ^ new}
    if changed & _POINTING:
        return ChangeClass.LINK
    if text.isspace():
        changed &= {MarkKind.BREAK}
    return ChangeClass.MARKUP if changed else None
