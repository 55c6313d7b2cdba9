"""Sentences that moved alone: what is said at either end, and what is left of a row without them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cgu_archive.corpus.comparison import ChangeClass, Comparison, Move, Op, Place, Row, Span
from cgu_archive.corpus.comparison.facts import changed_sentences
from cgu_archive.corpus.comparison.model import ordered_classes
from cgu_archive.corpus.comparison.rows import count
from cgu_archive.corpus.sentences import sentences
from cgu_archive.redline.places import NBSP, Former, bare, inside, of, short
from cgu_archive.redline.words import CLASSES, classes_alone, edited, many, wording

_DONE = {
    Op.DELETED: ("partie", "parties"),
    Op.INSERTED: ("venue", "venues"),
    Op.EQUAL: ("déplacée", "déplacées"),
}
"""What sentences did, seen from a row; `Op.EQUAL` where both ends are in it."""

_Fact = tuple[Op, str]
"""What sentences did, and where the other end is."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of a move, told where its words stand."""

    said: str
    """« déplacé vers l’article 3 »."""
    link: str
    """« nouvelle place : article 3 »: leads to the other end."""
    is_below: bool
    """Whether the other end stands further down."""


class Ends:
    """Tells the moves of a comparison from both their ends."""

    def __init__(self, comparison: Comparison) -> None:
        self._moves = comparison.moves
        self._rows = comparison.rows
        self._former = Former(comparison.pairs)

    def end(self, rank: int, op: Op) -> End:
        """Return what is said of a move where its words were deleted, or where they were inserted."""
        move = self._moves[rank]
        old, new = _places(move)
        is_below = self._goes_down(rank) is (op is Op.DELETED)
        if self._is_home(old, new):
            away = "plus bas" if is_below else "plus haut"
            if op is Op.DELETED:
                return End(f"déplacé {away}", f"nouvelle place, {away}", is_below)
            return End(f"déplacé depuis {away}", f"ancienne place, {away}", is_below)
        if op is Op.DELETED:
            place, former = new, False
            said, link = "déplacé vers", "nouvelle place"
        else:
            place, former = old, self._former.has(old)
            said, link = "déplacé depuis", "ancienne place"
        where, named = short(place, former=former), bare(place, former=former)
        return End(f"{said} {where}{inside(place)}", f"{link}{NBSP}: {named}{inside(place)}", is_below)

    def facts(self, row: Row) -> Iterator[str]:
        """Yield « une phrase partie vers l’article 3 », « 2 phrases venues de l’article 9 et modifiées »."""
        found: dict[_Fact, list[Move]] = {}
        for rank in row.moves:
            found.setdefault(self._fact(row, rank), []).append(self._moves[rank])
        for (op, where), moves in found.items():
            times = how_many(moves)
            one, several = _DONE[op]
            head = f"une phrase {one}" if times == 1 else many(times, "", f"phrases {several}")
            yield f"{head} {where}{became(moves)}"

    def _fact(self, row: Row, rank: int) -> _Fact:
        old, new = _places(self._moves[rank])
        ops = {span.op for span in row.spans if span.move == rank}
        if len(ops) > 1:
            return Op.EQUAL, "à l’intérieur"
        (op,) = ops
        if self._is_home(old, new):
            is_below = self._goes_down(rank) is (op is Op.DELETED)
            away = "plus bas" if is_below else "plus haut"
            return op, f"{'de ' if op is Op.INSERTED else ''}{away} dans la même disposition"
        if op is Op.DELETED:
            return op, f"vers {short(new)}{inside(new)}"
        return op, f"{of(old, former=self._former.has(old))}{inside(old)}"

    def _is_home(self, old: Place, new: Place) -> bool:
        now = self._former.new(old)
        return now is not None and now.address == new.address

    def _goes_down(self, rank: int) -> bool:
        """Whether the words stand further down than they did, as the rows show both ends."""
        move = self._moves[rank]
        if move.origin != move.arrival:
            return move.origin < move.arrival
        return next(span.op for span in self._rows[move.origin].spans if span.move == rank) is Op.DELETED


def how_many(moves: Sequence[Move]) -> int:
    """Return how many sentences moved."""
    return sum(max(len(sentences(side[0].text)) for side in (move.row.old, move.row.new)) for move in moves)


def became(moves: Sequence[Move]) -> str:
    """Return what became of the words on the way: « et modifiée », « , dont 1 modifiée »; or nothing."""
    times = how_many(moves)
    touched = min(times, sum(changed_sentences(move.row) for move in moves))
    rows = [move.row for move in moves]
    if touched and wording(rows) != CLASSES[ChangeClass.WORDING]:
        return f", {edited(rows)}"
    if touched == times:
        return " et modifiée" if times == 1 else " et modifiées"
    if touched:
        return f", dont {many(touched, 'modifiée', 'modifiées')}"
    classes = ordered_classes(found for row in rows for found in row.classes)
    return f", {classes_alone(classes)}" if classes else ""


def is_new_or_gone(span: Span) -> bool:
    """Whether only one of the texts has these words: those that moved as they were are in both."""
    return span.op is not Op.EQUAL and (span.move is None or span.change is not None)


def settled(row: Row) -> Row:
    """Return `row` without the sentences that left it or came to it: its own changes alone."""
    if not row.moves:
        return row
    spans = tuple(span for span in row.spans if span.move is None)
    own = {span.change for span in spans}
    carried = {span.change for span in row.spans if span.move is not None}
    classes = tuple(found for found in row.classes if found in own or found not in carried)
    return replace(row, spans=spans, classes=classes, words=count(spans))


def _places(move: Move) -> tuple[Place, Place]:
    return move.row.old[0].place, move.row.new[0].place
