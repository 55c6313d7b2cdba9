"""Find the sentences that moved alone, out of a block that did not go with them, and tell them as moved.

Blocks that move whole are the business of `pairing`. Here, once the rows are made, a sentence that one row
deletes and another place inserts is taken out of both; what is left there is compared again without it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from cgu_archive.corpus.comparison.model import (
    ChangeClass,
    Mark,
    Move,
    Op,
    Row,
    Span,
    Unit,
    UnitKind,
    ordered_classes,
)
from cgu_archive.corpus.comparison.rows import facing, respelled
from cgu_archive.corpus.comparison.spans import Speller
from cgu_archive.corpus.comparison.splicing import Cut, splice
from cgu_archive.corpus.comparison.tokens import STOP_WORDS, all_words, count_words, fold, lower, squeeze
from cgu_archive.corpus.comparison.views import likeness
from cgu_archive.corpus.sentences import sentences

_LEAST = 4
"""A sentence of fewer words found elsewhere is a coincidence, not a move."""
_LEAST_EDITED = 6
"""The same, where its words changed on the way."""
_ALIKE = 0.75
"""Likeness from which two sentences are the same, moved and edited."""
_GONE = 0.3
"""Part of a sentence that its row must tell as changed: less, and it is edited where it stands."""
_GONE_EDITED = 0.5
"""The same, where its words changed on the way."""
_ROUNDS = 3
"""Without what moved, a row is compared better, and may show another sentence that did."""
_RARE = 6
"""A word that more of the sentences that came hold says nothing of where one comes from."""
_PASSED = 20
"""Letters, in one row, that a sentence must have passed over for it to have moved when it is edited too."""
_SAID = frozenset({UnitKind.PARAGRAPH, UnitKind.ITEM})
"""Blocks made of sentences."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence that one side of a row has, and the other side of that row has not."""

    row: int
    unit: int
    """Rank of its unit among those of its side of the row."""
    rank: int
    """Its own rank in that unit."""
    start: int
    end: int
    text: str
    passed: int
    """How many letters that stayed stand before it in the row."""
    changed: float
    """Part of it that its row tells as changed."""


_Match = tuple[_Sentence, _Sentence]
_Group = list[_Match]


def move_sentences(rows: Sequence[Row], speller: Speller) -> tuple[list[Row], tuple[Move, ...]]:
    """Return `rows` where the sentences that moved are told as moved, and those moves in the new order."""
    found = list(rows)
    moves: tuple[Move, ...] = ()
    matches: list[_Match] = []
    stayed = _Stayed(rows)
    for _ in range(_ROUNDS):
        gone = list(_candidates(found, Op.DELETED))
        come = list(_candidates(found, Op.INSERTED)) if gone else []
        same = _same(gone, come)
        edited = _edited(gone, come, same)
        if not same and not edited:
            break
        matches += same + edited
        groups = sorted(_together(matches), key=lambda group: (group[0][1].row, group[0][1].start))
        moves = tuple(_move(group, rows, speller, stayed) for group in groups)
        found = _respelled(rows, speller, groups, moves)
    return found, moves


def _candidates(rows: Sequence[Row], op: Op) -> Iterator[_Sentence]:
    """Yield the sentences that some row deletes, or inserts, for the most part."""
    for rank, row in enumerate(rows):
        if ChangeClass.WORDING in row.classes and any(_is_long(span, op) for span in row.spans):
            yield from _of_row(rank, row, op)


def _is_long(span: Span, op: Op) -> bool:
    return _is_lone(span, op) and len(span.text.split(None, _LEAST)) >= _LEAST


def _is_lone(span: Span, op: Op) -> bool:
    return span.op is op and span.change is ChangeClass.WORDING and span.move is None


def _of_row(rank: int, row: Row, op: Op) -> Iterator[_Sentence]:
    touched = _Touched(row, op)
    at = 0
    for number, unit in enumerate(row.old if op is Op.DELETED else row.new):
        bounds = sentences(unit.text) if unit.kind in _SAID else ()
        first = unit.own[1] if unit.own else 0
        for place, (start, end) in enumerate(bounds):
            letters, passed = touched.within(at + start, at + end)
            if start >= first and letters >= _GONE * (end - start):
                changed = letters / (end - start)
                yield _Sentence(rank, number, place, start, end, unit.text[start:end], passed, changed)
        at += len(unit.text) + 1


class _Touched:
    """Says how much of one side of a row is told as changed; asked in reading order."""

    def __init__(self, row: Row, op: Op) -> None:
        self._runs: list[tuple[int, int, int]] = []
        """Where each run of changed words begins and ends, and the letters that stayed before it."""
        self._next = 0
        at = stayed = 0
        for span in row.spans:
            length = len(span.text)
            if _is_lone(span, op):
                self._runs.append((at, at + length, stayed))
            stayed += length if span.op is Op.EQUAL else 0
            at += length if span.op in (Op.EQUAL, op) else 0

    def within(self, start: int, end: int) -> tuple[int, int]:
        """Return how many letters from `start` to `end` changed, and how many stayed before the first."""
        while self._next < len(self._runs) and self._runs[self._next][1] <= start:
            self._next += 1
        letters = passed = 0
        rank = self._next
        while rank < len(self._runs) and self._runs[rank][0] < end:
            left, right, stayed = self._runs[rank]
            passed = passed if letters else stayed
            letters += min(right, end) - max(left, start)
            rank += 1
        return letters, passed


def _same(gone: Sequence[_Sentence], come: Sequence[_Sentence]) -> list[_Match]:
    """Return the sentences that say the very same, one for one, in their order."""
    waiting: dict[str, list[_Sentence]] = {}
    for sentence in come:
        waiting.setdefault(_key(sentence), []).append(sentence)
    matches = []
    for sentence in gone:
        others = waiting.get(_key(sentence))
        if others and count_words(sentence.text) >= _LEAST and _has_left(sentence, others[0], 0):
            matches.append((sentence, others.pop(0)))
    return matches + list(_short(gone, come, matches))


def _key(sentence: _Sentence) -> str:
    return squeeze(fold(sentence.text))


def _short(gone: Sequence[_Sentence], come: Sequence[_Sentence], found: Sequence[_Match]) -> Iterator[_Match]:
    """Yield the shorter sentences that went along with one of those `found`, right before or after it."""
    olds, news = ({_place(s): s for s in side} for side in (gone, come))
    taken = {_place(s) for match in found for s in match[:1]}, {_place(s) for _, s in found}
    for match in found:
        for step in (1, -1):
            old, new = (_place(s) for s in match)
            while True:
                old, new = (*old[:2], old[2] + step), (*new[:2], new[2] + step)
                if old not in olds or new not in news or old in taken[0] or new in taken[1]:
                    break
                if _key(olds[old]) != _key(news[new]):
                    break
                taken[0].add(old)
                taken[1].add(new)
                yield olds[old], news[new]


def _place(sentence: _Sentence) -> tuple[int, int, int]:
    return sentence.row, sentence.unit, sentence.rank


def _has_left(gone: _Sentence, come: _Sentence, passed: int) -> bool:
    """Whether a sentence is elsewhere now, and was not merely rewritten where it stood."""
    return gone.row != come.row or abs(gone.passed - come.passed) > passed


class _Stayed:
    """Says what stayed in each provision, to tell a sentence that passed over some of it from a cut block."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        found: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            if _stays(row):
                found.setdefault((row.old[0].place.address, row.new[0].place.address), []).append(row)
        self._found = found
        self._sums: dict[tuple[str, str], tuple[_Sums, _Sums]] = {}

    def is_cut(self, gone: _Sentence, come: _Sentence) -> bool:
        """Whether a sentence stands, in both texts, after the very same words of one provision."""
        left, came = self._rows[gone.row], self._rows[come.row]
        addresses = left.old[gone.unit].place.address, came.new[come.unit].place.address
        if gone.row == come.row or addresses not in self._found:
            return False
        if addresses not in self._sums:
            stayed = self._found[addresses]
            self._sums[addresses] = (
                _Sums((row.old[0].index, _kept(row)) for row in stayed),
                _Sums((row.new[0].index, _kept(row)) for row in stayed),
            )
        olds, news = self._sums[addresses]
        before = olds.before(left.old[0].index) + (gone.passed if _stays(left) else 0)
        after = news.before(came.new[0].index) + (come.passed if _stays(came) else 0)
        return before == after


class _Sums:
    """How many letters stand before each place."""

    def __init__(self, found: Iterable[tuple[int, int]]) -> None:
        ranked = sorted(found)
        self._places = [place for place, _ in ranked]
        self._sums = list(accumulate((letters for _, letters in ranked), initial=0))

    def before(self, place: int) -> int:
        """Return how many stand before `place`."""
        return self._sums[bisect_left(self._places, place)]


def _stays(row: Row) -> bool:
    return bool(row.old and row.new) and not row.moved


def _kept(row: Row) -> int:
    return sum(len(span.text) for span in row.spans if span.op is Op.EQUAL)


def _edited(gone: Sequence[_Sentence], come: Sequence[_Sentence], taken: Sequence[_Match]) -> list[_Match]:
    """Return the sentences that are most alike, both ways, among those that say nothing the same."""
    matched = {id(sentence) for match in taken for sentence in match}
    olds, news = ([s for s in side if id(s) not in matched and _may_be_edited(s)] for side in (gone, come))
    if not olds or not news:
        return []
    said_old, said_new = ([frozenset(all_words(lower(s.text))) for s in side] for side in (olds, news))
    best_old: dict[int, tuple[float, int]] = {}
    best_new: dict[int, tuple[float, int]] = {}
    for i, j in _votes(said_old, said_new):
        alike = likeness(said_old[i], said_new[j])
        if alike >= _ALIKE:
            best_old[i] = max(best_old.get(i, (0.0, 0)), (alike, -j))
            best_new[j] = max(best_new.get(j, (0.0, 0)), (alike, -i))
    return [
        (olds[i], news[-j])
        for i, (_, j) in best_old.items()
        if best_new[-j][1] == -i and _has_left(olds[i], news[-j], _PASSED)
    ]


def _may_be_edited(sentence: _Sentence) -> bool:
    return sentence.changed >= _GONE_EDITED and count_words(sentence.text) >= _LEAST_EDITED


def _votes(olds: Sequence[frozenset[str]], news: Sequence[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """Yield the sentences that share words few others hold."""
    holders: dict[str, list[int]] = {}
    for j, said in enumerate(news):
        for word in said - STOP_WORDS:
            holders.setdefault(word, []).append(j)
    for i, said in enumerate(olds):
        shared = Counter(j for word in said if len(found := holders.get(word, [])) <= _RARE for j in found)
        yield from ((i, j) for j in sorted(shared) if shared[j] > 1)


def _together(matches: Sequence[_Match]) -> list[_Group]:
    """Return the matches, those that follow one another on both sides made one."""
    groups: list[_Group] = []
    for match in sorted(matches, key=lambda match: (match[0].row, match[0].unit, match[0].start)):
        if groups and all(map(_follows, groups[-1][-1], match)):
            groups[-1].append(match)
        else:
            groups.append([match])
    return groups


def _follows(before: _Sentence, after: _Sentence) -> bool:
    row, unit, rank = _place(before)
    return (row, unit, rank + 1) == _place(after)


def _move(group: _Group, rows: Sequence[Row], speller: Speller, stayed: _Stayed) -> Move:
    origin, arrival = (group[0][side].row for side in (0, 1))
    old = _part(rows[origin].old[group[0][0].unit], group[0][0].start, group[-1][0].end)
    new = _part(rows[arrival].new[group[0][1].unit], group[0][1].start, group[-1][1].end)
    row = facing((old,), (new,), speller, moved=True, titles=False)
    is_cut = stayed.is_cut(*group[0])
    if is_cut:
        row = replace(row, moved=False, classes=ordered_classes(iter((*row.classes, ChangeClass.MARKUP))))
    return Move(row, origin, arrival, is_cut)


def _part(unit: Unit, start: int, end: int) -> Unit:
    """Return the words of `unit` from `start` to `end`, with the marks on them."""
    marks = (
        Mark(max(mark.start, start) - start, min(mark.end, end) - start, mark.kind, mark.target)
        for mark in unit.marks
        if mark.start < end and start < mark.end
    )
    return replace(unit, text=unit.text[start:end], marks=tuple(marks), own=None, marker="", source="")


def _respelled(
    rows: Sequence[Row], speller: Speller, groups: Sequence[_Group], moves: Sequence[Move]
) -> list[Row]:
    """Return `rows`, those that sentences left or came to compared again without them."""
    left: dict[int, list[Cut]] = {}
    came: dict[int, list[Cut]] = {}
    for number, (group, move) in enumerate(zip(groups, moves, strict=True)):
        for cuts, side, rank in ((left, 0, move.origin), (came, 1, move.arrival)):
            op = (Op.DELETED, Op.INSERTED)[side]
            first, last = group[0][side], group[-1][side]
            cuts.setdefault(rank, []).append(Cut(first.unit, first.start, last.end, _told(move, op, number)))
    found = list(rows)
    for rank in {*left, *came}:
        row = rows[rank]
        spans = splice(row, left.get(rank, []), came.get(rank, []), speller)
        told = respelled(row, spans)
        classes = {found for number in told.moves for found in moves[number].row.classes}
        found[rank] = replace(told, classes=ordered_classes(iter((*told.classes, *classes))))
    return found


def _told(move: Move, op: Op, number: int) -> tuple[Span, ...]:
    """Return the words of a move as one of its two ends has them."""
    stays = ChangeClass.MARKUP if move.is_cut else None
    return tuple(
        Span(op, span.text, span.change or stays, number)
        for span in move.row.spans
        if span.op in (Op.EQUAL, op)
    )
