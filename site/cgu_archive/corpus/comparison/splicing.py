"""Compare the words of a row without some passages of it, then put those back where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cgu_archive.corpus.comparison.model import ChangeClass, Op, Row, Span, Unit
from cgu_archive.corpus.comparison.spans import Speller, joined


@dataclass(frozen=True, slots=True)
class Cut:
    """A passage of one side of a row."""

    unit: int
    """Rank of its unit among those of its side."""
    start: int
    end: int
    spans: tuple[Span, ...]
    """How its words are told, all of one `Op`."""


_Taken = tuple[int, tuple[Span, ...]]
"""Where a passage stood among the words that are left, and how it is told with the gap beside it."""


def splice(row: Row, left: Sequence[Cut], came: Sequence[Cut], speller: Speller) -> tuple[Span, ...]:
    """Return the spans of `row` where the passages `left` (old side) and `came` (new side) are told apart."""
    old, gone = _without(row.old, left)
    new, come = _without(row.new, came)
    if row.old and row.new:
        spans = speller.spans(old, new, titles=False)
    else:
        op = Op.DELETED if row.old else Op.INSERTED
        text = joined(old or new)
        spans = (Span(op, text, ChangeClass.WORDING),) if text else ()
    return tuple(_gathered(_put_back(spans, gone, come)))


def _without(units: Sequence[Unit], cuts: Sequence[Cut]) -> tuple[tuple[Unit, ...], list[_Taken]]:
    """Return `units` without the passages cut out of them, and those passages."""
    kept: list[Unit] = []
    taken: list[_Taken] = []
    at = 0
    for rank, unit in enumerate(units):
        own = sorted((cut for cut in cuts if cut.unit == rank), key=lambda cut: cut.start)
        words = ""
        done = 0
        for cut in own:
            start, end = _with_gap(unit.text, cut, done)
            words += unit.text[done:start]
            before, after = unit.text[start : cut.start], unit.text[cut.end : end]
            taken.append((at + len(words), _worn(cut.spans, before, after)))
            done = end
        words += unit.text[done:]
        kept.append(replace(unit, text=words, marks=()) if own else unit)
        at += len(words) + 1
    return tuple(kept), taken


def _with_gap(text: str, cut: Cut, done: int) -> tuple[int, int]:
    """Return where a passage begins and ends with the white space before it; at the head, after it."""
    start, end = cut.start, cut.end
    while start > done and text[start - 1].isspace():
        start -= 1
    while start == cut.start and end < len(text) and text[end].isspace():
        end += 1
    return start, end


def _worn(spans: tuple[Span, ...], before: str, after: str) -> tuple[Span, ...]:
    """Return the spans of a passage with the white space on both sides, which moved with it."""
    first = spans[0]
    gaps = [(Span(first.op, gap, None, first.move),) if gap else () for gap in (before, after)]
    return (*gaps[0], *spans, *gaps[1])


def _put_back(spans: Sequence[Span], gone: Sequence[_Taken], come: Sequence[_Taken]) -> Iterator[Span]:
    """Yield `spans`, cut where passages stood, with those passages there."""
    old, new = _Waiting(gone), _Waiting(come)
    yield from old.due(0)
    yield from new.due(0)
    i = j = 0
    for span in spans:
        rest = span
        while rest.text:
            length = len(rest.text)
            if rest.op is not Op.INSERTED:
                length = min(length, old.distance(i))
            if rest.op is not Op.DELETED:
                length = min(length, new.distance(j))
            yield replace(rest, text=rest.text[:length])
            i += length if rest.op is not Op.INSERTED else 0
            j += length if rest.op is not Op.DELETED else 0
            rest = replace(rest, text=rest.text[length:])
            yield from old.due(i)
            yield from new.due(j)


class _Waiting:
    """The passages of one side to put back, in order."""

    def __init__(self, taken: Sequence[_Taken]) -> None:
        self._taken = list(reversed(taken))

    def distance(self, at: int) -> int:
        """Return how far the next passage stands from `at`, always ahead."""
        return self._taken[-1][0] - at if self._taken else 1 << 60

    def due(self, at: int) -> Iterator[Span]:
        """Yield the passages that stand at `at`."""
        while self._taken and self._taken[-1][0] <= at:
            yield from self._taken.pop()[1]


def _gathered(spans: Iterator[Span]) -> Iterator[Span]:
    """Yield `spans`, neighbours that differ by their words alone made one."""
    last: Span | None = None
    for span in spans:
        if last is not None and (last.op, last.change, last.move) == (span.op, span.change, span.move):
            last = replace(last, text=last.text + span.text)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last
