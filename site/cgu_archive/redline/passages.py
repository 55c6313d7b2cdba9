"""A comparison as one line of passages from which each text is read in its own order, moves included.

`Comparison.rows` follow the new text alone. Here what stayed in place is the backbone; between, what left
stands where it stood in the old text, and what came where it stands in the new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from cgu_archive.corpus.comparison import Comparison, Op, Row, Unit, UnitKind
from cgu_archive.corpus.comparison.model import CELL_BREAK, UNIT_BREAK
from cgu_archive.corpus.comparison.sequences import heaviest_increasing


class Fate(StrEnum):
    """What happened to a passage."""

    KEPT = "kept"
    """It stands at one place in both texts; its words may differ."""
    DELETED = "deleted"
    INSERTED = "inserted"
    MOVED_FROM = "moved-from"
    """It stood here, and is elsewhere in the new text."""
    MOVED_TO = "moved-to"


OLD_ALONE = frozenset({Fate.DELETED, Fate.MOVED_FROM})
"""What only the old text has here."""
NEW_ALONE = frozenset({Fate.INSERTED, Fate.MOVED_TO})
"""What only the new text has here."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A row, or one unit of one side of it, at the place where one or both texts have it."""

    rank: int
    """Rank of its row in `Comparison.rows`."""
    row: Row
    fate: Fate
    at: int = 0
    """Rank of the unit in its side of the row, unless it is kept."""
    move: int | None = None
    """What tells both ends of one move, from 1; None when it did not move."""
    opens: bool = False
    """Whether a move begins here: one move may hold several passages."""
    closes: bool = False

    @property
    def unit(self) -> Unit:
        """The unit shown; the first of the new side when the whole row is kept."""
        units = self.row.old if self.fate in OLD_ALONE else self.row.new
        return units[self.at]


def passages(comparison: Comparison) -> list[Passage]:
    """Return every unit of both texts at its place: reading what is not `OLD_ALONE` gives the new text."""
    rows = comparison.rows
    steady = _steady(rows)
    kept = frozenset(steady)
    loose = [rank for rank in range(len(rows)) if rank not in kept]
    placed = list(_place(rows, steady, loose))
    return _name_moves(placed)


def sentence_moves(comparison: Comparison, placed: Sequence[Passage]) -> dict[int, int]:
    """Return the moves of sentences that a document can tell, by their rank in `Comparison.moves`.

    Each has a number that no other move of `placed` has. Nothing is nested in a move, and both its ends are
    told or none: sentences of a passage that moved, or of a table, have no move here.
    """
    rows = comparison.rows
    count = max((passage.move for passage in placed if passage.move is not None), default=0)
    numbers: dict[int, int] = {}
    moved = {passage.rank for passage in placed if passage.move is not None}
    for rank, move in enumerate(comparison.moves):
        if not moved.isdisjoint((move.origin, move.arrival)):
            continue
        if _has_end(rows[move.origin], rank, Op.DELETED) and _has_end(rows[move.arrival], rank, Op.INSERTED):
            count += 1
            numbers[rank] = count
    return numbers


def _has_end(row: Row, move: int, op: Op) -> bool:
    """Whether the words of `move` stand together in one paragraph of `row`, some of them unchanged."""
    ranks = [rank for rank, span in enumerate(row.spans) if span.move == move and span.op is op]
    spans = [row.spans[rank] for rank in ranks]
    return (
        any(span.change is None for span in spans)
        and len(ranks) == ranks[-1] - ranks[0] + 1
        and not any(UNIT_BREAK in span.text for span in spans)
        and not _has_table(row)
    )


def cells(unit: Unit) -> int:
    """Return how many cells a row of a table has."""
    return unit.text.count(CELL_BREAK) + 1


def _steady(rows: Sequence[Row]) -> list[int]:
    """Return the ranks of the rows that stay in place: as many words as can be."""
    facing = [rank for rank, row in enumerate(rows) if row.old and row.new and _is_gathered(row)]
    weights = [(rows[rank].old[0].index, 1 + len(rows[rank].new_words().split())) for rank in facing]
    return [facing[kept] for kept in heaviest_increasing(weights)]


def _is_gathered(row: Row) -> bool:
    """Whether no unit of another row stands between those of one side."""
    return all(b.index == a.index + 1 for side in (row.old, row.new) for a, b in pairwise(side))


def _place(rows: Sequence[Row], steady: Sequence[int], loose: Sequence[int]) -> Iterator[Passage]:
    """Yield the passages in their order, moves not named yet."""
    gone = _loose_units(rows, loose, old=True)
    come = _loose_units(rows, loose, old=False)
    left = right = 0
    for rank in steady:
        row = rows[rank]
        while left < len(gone) and gone[left].unit.index < row.old[0].index:
            yield gone[left]
            left += 1
        while right < len(come) and come[right].unit.index < row.new[0].index:
            yield come[right]
            right += 1
        yield from _in_place(rank, row)
    yield from gone[left:]
    yield from come[right:]


def _in_place(rank: int, row: Row) -> Iterator[Passage]:
    """Yield a row that stays in place: whole, or replaced when it is another kind of block."""
    if _is_one_block(row):
        yield Passage(rank, row, Fate.KEPT)
        return
    yield from (Passage(rank, row, Fate.DELETED, at) for at in range(len(row.old)))
    yield from (Passage(rank, row, Fate.INSERTED, at) for at in range(len(row.new)))


def _is_one_block(row: Row) -> bool:
    """Whether both sides can share their paragraphs or their cells."""
    if not _has_table(row):
        return True
    if len(row.old) != 1 or len(row.new) != 1 or row.old[0].kind is not row.new[0].kind:
        return False
    return not any(CELL_BREAK in span.text for span in row.spans if span.op is not Op.EQUAL)


def _has_table(row: Row) -> bool:
    return any(unit.kind is UnitKind.ROW for unit in (*row.old, *row.new))


def _loose_units(rows: Sequence[Row], loose: Sequence[int], *, old: bool) -> list[Passage]:
    """Return the units of one side that are not in place, in the order of their text."""
    found = []
    for rank in loose:
        row = rows[rank]
        moved = row.old and row.new and _is_gathered(row) and not _has_table(row) and _has_stayed(row)
        if old:
            fate = Fate.MOVED_FROM if moved else Fate.DELETED
        else:
            fate = Fate.MOVED_TO if moved else Fate.INSERTED
        found += [Passage(rank, row, fate, at) for at in range(len(row.old if old else row.new))]
    return sorted(found, key=lambda passage: passage.unit.index)


def _has_stayed(row: Row) -> bool:
    """Whether both sides share words: LibreOffice loses an end of paragraph beside a move that has none."""
    return any(span.op is Op.EQUAL and not span.text.isspace() for span in row.spans)


def _name_moves(placed: Sequence[Passage]) -> list[Passage]:
    """Give each move its number; rows that left one after the other and arrived so make one move."""
    left = _ends(placed, Fate.MOVED_FROM)
    come = _ends(placed, Fate.MOVED_TO)
    moves: dict[int, int] = {}
    last = None
    count = 0
    for rank in left:
        together = last is not None and all(ends[last][1] + 1 == ends[rank][0] for ends in (left, come))
        count += not together
        moves[rank] = count
        last = rank
    keys = [(passage.fate, moves.get(passage.rank)) if passage.rank in left else None for passage in placed]
    return [
        passage
        if key is None
        else replace(
            passage,
            move=key[1],
            opens=position == 0 or keys[position - 1] != key,
            closes=position + 1 == len(keys) or keys[position + 1] != key,
        )
        for position, (passage, key) in enumerate(zip(placed, keys, strict=True))
    ]


def _ends(placed: Sequence[Passage], fate: Fate) -> dict[int, tuple[int, int]]:
    """Return, by row, the first and last position of what has this `fate`, in order."""
    ends: dict[int, tuple[int, int]] = {}
    for position, passage in enumerate(placed):
        if passage.fate is fate:
            first, _ = ends.get(passage.rank, (position, position))
            ends[passage.rank] = (first, position)
    return ends
