"""Sentences that moved alone: what is said at either end, and what is left of a row without them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cgu_archive.corpus.comparison import ChangeClass, Comparison, Move, Op, Place, Row, Span
from cgu_archive.corpus.comparison.facts import changed_sentences
from cgu_archive.corpus.comparison.model import ordered_classes
from cgu_archive.corpus.comparison.rows import count
from cgu_archive.corpus.sentences import sentences
from cgu_archive.redline.naming import Names
from cgu_archive.redline.places import NBSP, of_said
from cgu_archive.redline.words import CLASSES, classes_alone, edited, many, wording

_DONE = {
    Op.DELETED: ("partie", "parties"),
    Op.INSERTED: ("venue", "venues"),
    Op.EQUAL: ("déplacée", "déplacées"),
}
"""What sentences did, seen from a row; `Op.EQUAL` where both ends are in it."""
_PUT = ("mise", "mises")
"""The same, where a block was merely cut or joined."""

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
    on_the_way: str
    """« 2 mots supprimés en chemin », where words are seen at the other end alone; often empty."""


class Ends:
    """Tells the moves of a comparison from both their ends."""

    def __init__(self, comparison: Comparison) -> None:
        self._moves = comparison.moves
        self._rows = comparison.rows
        self._names = Names(comparison)

    def end(self, rank: int, op: Op) -> End:
        """Return what is said of a move where its words were deleted, or where they were inserted."""
        move = self._moves[rank]
        old, new = _places(move)
        is_below = self._goes_down(rank) is (op is Op.DELETED)
        told = on_the_way(move, Op.INSERTED if op is Op.DELETED else Op.DELETED)
        if self._is_home(old, new):
            away = "plus bas" if is_below else "plus haut"
            if move.is_cut and op is Op.DELETED:
                return End(f"mis dans un autre alinéa, {away}", f"nouvel alinéa, {away}", is_below, told)
            if move.is_cut:
                return End(f"venu d’un autre alinéa, {away}", f"ancien alinéa, {away}", is_below, told)
            if op is Op.DELETED:
                return End(f"déplacé {away}", f"nouvelle place, {away}", is_below, told)
            return End(f"déplacé depuis {away}", f"ancienne place, {away}", is_below, told)
        if op is Op.DELETED:
            where, named = (self._names.now(new, article=article) for article in (True, False))
            return End(f"déplacé vers {where}", f"nouvelle place{NBSP}: {named}", is_below, told)
        where, named = (self._names.old(old, article=article) for article in (True, False))
        return End(f"déplacé depuis {where}", f"ancienne place{NBSP}: {named}", is_below, told)

    def bare(self, span: Span) -> Span:
        """Return a span without the class that only says of its words that a block was cut there."""
        if span.move is None or span.change is not ChangeClass.MARKUP:
            return span
        return span if ChangeClass.MARKUP in carried(self._moves[span.move]) else replace(span, change=None)

    def facts(self, row: Row) -> Iterator[str]:
        """Yield « une phrase partie vers l’article 3 », « 2 phrases venues de l’article 9 et modifiées »."""
        found: dict[_Fact, list[Move]] = {}
        for rank in row.moves:
            found.setdefault(self._fact(row, rank), []).append(self._moves[rank])
        for (op, where), moves in found.items():
            times = how_many(moves)
            is_put = op is Op.DELETED and all(move.is_cut for move in moves)
            one, several = _PUT if is_put else _DONE[op]
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
            if self._moves[rank].is_cut:
                return op, f"{'dans un' if op is Op.DELETED else 'd’un'} autre alinéa, {away}"
            return op, f"{'de ' if op is Op.INSERTED else ''}{away} dans la même disposition"
        if op is Op.DELETED:
            return op, f"vers {self._names.now(new)}"
        return op, of_said(self._names.old(old))

    def _is_home(self, old: Place, new: Place) -> bool:
        now = self._names.new(old)
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
    classes = ordered_classes(found for move in moves for found in carried(move))
    return f", {classes_alone(classes)}" if classes else ""


def carried(move: Move) -> Iterator[ChangeClass]:
    """Yield the classes of what happened to the words of a move, not of the block cut there."""
    told = {span.change for span in move.row.spans}
    is_laid_out = not move.is_cut or ChangeClass.MARKUP in told
    yield from (found for found in move.row.classes if found is not ChangeClass.MARKUP or is_laid_out)


def is_new_or_gone(span: Span) -> bool:
    """Whether only one of the texts has these words: those that moved as they were are in both."""
    return span.op is not Op.EQUAL and (span.move is None or span.change is not None)


def on_the_way(move: Move, op: Op) -> str:
    """Return what sentences lost (`DELETED`) or won: « 2 mots supprimés en chemin »; often nothing."""
    spans = tuple(span for span in move.row.spans if span.op is op and span.change is ChangeClass.WORDING)
    if not spans:
        return ""
    words = count(spans)
    one, several = ("mot supprimé", "mots supprimés") if op is Op.DELETED else ("mot ajouté", "mots ajoutés")
    if times := words.deleted if op is Op.DELETED else words.inserted:
        return f"{many(times, one, several)} en chemin"
    done = "supprimé" if op is Op.DELETED else "ajouté"
    signs = wording([replace(move.row, spans=spans)])
    return f"ponctuation {done}e en chemin" if signs == "ponctuation" else f"signes {done}s en chemin"


def settled(row: Row, moves: Sequence[Move]) -> Row:
    """Return `row` without the sentences that left it or came to it: its own changes alone."""
    if not row.moves:
        return row
    spans = tuple(span for span in row.spans if span.move is None)
    own = {span.change for span in spans}
    others = {found for rank in row.moves for found in moves[rank].row.classes}
    classes = tuple(found for found in row.classes if found in own or found not in others)
    return replace(row, spans=spans, classes=classes, words=count(spans))


def _places(move: Move) -> tuple[Place, Place]:
    return move.row.old[0].place, move.row.new[0].place
