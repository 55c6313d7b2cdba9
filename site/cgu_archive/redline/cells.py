"""Which cells of a table changed: their words before and after, named by their line and column."""

from __future__ import annotations

from collections.abc import Sequence

from cgu_archive.corpus.comparison import ChangeClass, Op, Row, Unit, UnitKind
from cgu_archive.corpus.comparison.model import CELL_BREAK
from cgu_archive.redline.places import cut, quote
from cgu_archive.redline.substitutions import Substitution


def cells(rows: Sequence[Row], units: Sequence[Unit]) -> tuple[str, ...]:
    """Return « « 10 € » devient « 20 € » (ligne « Base », colonne « Prix ») » for each cell that changed.

    `units` are those of the new text. Nothing is returned unless all of `rows` are lines of a table that face
    one another cell for cell, and every changed cell is short enough to be quoted whole.
    """
    told: list[str] = []
    tables = _Tables(units)
    for row in rows:
        if not _is_line(row):
            return ()
        (new,) = row.new
        before, after = (unit.text.split(CELL_BREAK) for unit in (*row.old, new))
        changed = sorted(_changed(row))
        quoted = [side[at] for side in (before, after) for at in changed if at < len(side)]
        if len(before) != len(after) or not all(map(_is_short, quoted)):
            return ()
        top, rank = tables.place(new)
        titles = top.text.split(CELL_BREAK) if top.header and top is not new else []
        line = _line(new, rank, after, is_changed=0 in changed)
        for at in changed:
            column = f", colonne {quote(titles[at])}" if at < len(titles) and titles[at].strip() else ""
            told.append(f"{Substitution(before[at], after[at]).alone} ({line}{column})")
    return tuple(told)


def _is_line(row: Row) -> bool:
    units = (*row.old, *row.new)
    is_table = all(unit.kind is UnitKind.ROW for unit in units)
    return is_table and len(row.old) == len(row.new) == 1 and not row.moves


def _is_short(cell: str) -> bool:
    return cut(cell) == cell


def _changed(row: Row) -> set[int]:
    """Return the ranks of the cells whose words changed; both sides have as many, or nobody asks."""
    found: set[int] = set()
    rank = {Op.DELETED: 0, Op.INSERTED: 0}
    for span in row.spans:
        if span.change is ChangeClass.WORDING:
            found.add(rank[span.op])
        breaks = span.text.count(CELL_BREAK)
        for side in rank:
            rank[side] += breaks if span.op in (Op.EQUAL, side) else 0
    return found


class _Tables:
    """Knows where lines of tables stand; of a table that it climbed once, it climbs what is new."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._units = units
        self._known: dict[int, tuple[Unit, int]] = {}

    def place(self, line: Unit) -> tuple[Unit, int]:
        """Return the first line of the table of `line`, and the rank of `line` under the titles."""
        top, rank = line, 0
        for index in range(line.index, -1, -1):
            above = self._units[index]
            if index in self._known:
                top, under = self._known[index]
                rank += under
                break
            if above.kind is not UnitKind.ROW:
                break
            top, rank = above, rank + (not above.header)
            if above.header:
                break
        self._known[line.index] = top, rank
        return top, rank


def _line(unit: Unit, rank: int, cells: Sequence[str], *, is_changed: bool) -> str:
    """Return how a line is called: by its first cell, or by its rank under the titles when that changed."""
    if unit.header:
        return "titres des colonnes"
    if not is_changed and cells[0].strip() and _is_short(cells[0]):
        return f"ligne {quote(cells[0])}"
    return "1re ligne" if rank == 1 else f"{rank}e ligne"
