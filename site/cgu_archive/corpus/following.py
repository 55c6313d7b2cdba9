"""Follow each sentence from one text to the next, through the rows of their comparison.

A sentence whose words are the same, typography, marks, links and numbers aside, is the same sentence,
wherever it stands. Another one replaces those it shares words with, or stands in the place of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cgu_archive.corpus.comparison import ChangeClass, Op, Row, Unit, UnitKind
from cgu_archive.corpus.comparison.tokens import fold, squeeze
from cgu_archive.corpus.sentences import sentences

_MUCH = 0.25
"""Part of the shorter of two sentences that they share when one was made from the other."""
_WHOLE = frozenset({UnitKind.ROW, UnitKind.CODE, UnitKind.HEADING, UnitKind.INTERTITLE})
"""Blocks that are one sentence each, whatever signs they hold."""


@dataclass(frozen=True, slots=True)
class Descent:
    """Where a sentence of the new side of a row comes from; the others are ranks among the old ones."""

    kept: int | None
    """The one that says the same."""
    replaced: tuple[int, ...]
    """Those whose words it changed."""


def cut(unit: Unit) -> tuple[str, ...]:
    """Return the sentences of a unit: a table row, a title or a line of code is one."""
    return tuple(unit.text[start:end] for start, end in _bounds(unit))


def key(sentence: str) -> str:
    """Return what two sentences of the same wording have in common."""
    return squeeze(fold(sentence))


def descents(row: Row) -> tuple[Descent, ...]:
    """Return where each sentence of the new side of `row` comes from, in the order of `cut`."""
    return _Follower(row).descents()


def _bounds(unit: Unit) -> tuple[tuple[int, int], ...]:
    if unit.kind in _WHOLE:
        return ((0, len(unit.text)),) if unit.text.strip() else ()
    return sentences(unit.text)


@dataclass(slots=True)
class _Piece:
    """One sentence of one side of a row."""

    start: int
    end: int
    letters: int
    touched: bool = False
    """Whether its wording changed."""
    links: dict[int, int] = field(default_factory=dict)
    """Ranks of the sentences of the other side it answers to, in order, and how many letters they share."""
    faced: set[int] = field(default_factory=set)
    """Those among them that it stands in the place of."""


class _Follower:
    """Reads the spans of one row."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._old = _Pieces(row.old)
        self._new = _Pieces(row.new)

    def descents(self) -> tuple[Descent, ...]:
        self._read()
        same = self._same_wording()
        kept_elsewhere = set(same.values())
        return tuple(self._descent(rank, same, kept_elsewhere) for rank in range(len(self._new.all)))

    def _descent(self, rank: int, same: dict[int, int], kept: set[int]) -> Descent:
        piece = self._new.all[rank]
        if rank in same:
            return Descent(same[rank], ())
        if piece.links and not piece.touched and not any(self._old.all[old].touched for old in piece.links):
            return Descent(next(iter(piece.links)), ())
        return Descent(None, tuple(self._ancestors(piece, kept)))

    def _ancestors(self, piece: _Piece, kept: set[int]) -> list[int]:
        """Return the old sentences that a new one was made from, else those whose place it took."""
        links = {old: shared for old, shared in piece.links.items() if old not in kept}
        made_from = [
            old
            for old, shared in links.items()
            if shared >= _MUCH * min(piece.letters, self._old.all[old].letters)
        ]
        return made_from or [old for old in links if old in piece.faced]

    def _same_wording(self) -> dict[int, int]:
        """Return the old sentence of each new one that says the very same, among those it answers to.

        Where words repeat, the shortest edit may cut across sentences that did not change.
        """
        old_words, new_words = self._row.old_words(), self._row.new_words()
        said = [key(old_words[piece.start : piece.end]) for piece in self._old.all]
        found: dict[int, int] = {}
        taken: set[int] = set()
        for rank, piece in enumerate(self._new.all):
            ours = key(new_words[piece.start : piece.end])
            for old in piece.links:
                if old not in taken and said[old] == ours:
                    found[rank] = old
                    taken.add(old)
                    break
        return found

    def _read(self) -> None:
        """Link the sentences that share words, and those that stand in the place of others."""
        i = j = 0
        gone: list[int] = []
        come: list[int] = []
        for span in self._row.spans:
            length = len(span.text)
            if span.op is Op.EQUAL:
                self._face(gone, come)
                gone, come = [], []
                self._share(span.text, i, j)
            olds = self._old.under(i, i + length, span.text) if span.op is Op.DELETED else []
            news = self._new.under(j, j + length, span.text) if span.op is Op.INSERTED else []
            if span.change is ChangeClass.WORDING and span.op is not Op.EQUAL:
                self._old.touch(olds)
                self._new.touch(news)
            gone += (rank for rank in olds if rank not in gone[-1:])
            come += (rank for rank in news if rank not in come[-1:])
            i += length if span.op is not Op.INSERTED else 0
            j += length if span.op is not Op.DELETED else 0
        self._face(gone, come)

    def _share(self, text: str, i: int, j: int) -> None:
        """Link the sentences that hold the equal words `text`, which stand at `i` and at `j`."""
        for old in self._old.under(i, i + len(text), text):
            piece = self._old.all[old]
            start, end = max(piece.start - i, 0), min(piece.end - i, len(text))
            for new in self._new.under(j + start, j + end, text[start:end]):
                other = self._new.all[new]
                left, right = max(other.start - j, start), min(other.end - j, end)
                self._link(old, new, _letters(text[left:right]))

    def _face(self, gone: Sequence[int], come: Sequence[int]) -> None:
        """Link, in order, what went and what came in its place."""
        for rank, old in enumerate(gone):
            if come:
                new = come[rank * len(come) // len(gone)]
                self._link(old, new, 0)
                self._new.all[new].faced.add(old)

    def _link(self, old: int, new: int, letters: int) -> None:
        links = self._new.all[new].links
        links[old] = links.get(old, 0) + letters


class _Pieces:
    """The sentences of one side of a row, where they stand in its joined words."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.all = list(_pieces(units))
        self._next = 0

    def under(self, start: int, end: int, text: str) -> list[int]:
        """Return the sentences that hold some of `text`, from `start` to `end`; called in reading order."""
        while self._next < len(self.all) and self.all[self._next].end <= start:
            self._next += 1
        found = []
        rank = self._next
        while rank < len(self.all) and self.all[rank].start < end:
            piece = self.all[rank]
            if text[max(piece.start - start, 0) : piece.end - start].strip():
                found.append(rank)
            rank += 1
        return found

    def touch(self, ranks: Sequence[int]) -> None:
        """Say that the wording of some sentences changed."""
        for rank in ranks:
            self.all[rank].touched = True


def _pieces(units: Sequence[Unit]) -> Iterator[_Piece]:
    at = 0
    for unit in units:
        for start, end in _bounds(unit):
            yield _Piece(at + start, at + end, _letters(unit.text[start:end]))
        at += len(unit.text) + 1


def _letters(words: str) -> int:
    """Return how many characters of `words` are seen."""
    return len(words) - sum(map(str.isspace, words))
