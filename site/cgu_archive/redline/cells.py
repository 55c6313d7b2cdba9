"""Which cells of a table changed: their words before and after, named by their line and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    for row in rows:
        if not _is_line(row):
            return ()
        (new,) = row.new
        before, after = (unit.text.split(CELL_BREAK) for unit in (*row.old, new))
        changed = sorted(_changed(row))
        quoted = [side[at] for side in (before, after) for at in changed if at < len(side)]
        if len(before) != len(after) or not all(map(_is_short, quoted)):
            return ()
        titles = _titles(units, new)
        line = _line(units, new, after, is_changed=0 in changed)
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


def _table(units: Sequence[Unit], unit: Unit) -> Iterator[Unit]:
    """Yield the lines of a table from `unit` up to its first one."""
    for above in reversed(units[: unit.index + 1]):
        if above.kind is not UnitKind.ROW:
            return
        yield above
        if above.header:
            return


def _titles(units: Sequence[Unit], unit: Unit) -> list[str]:
    *_, top = _table(units, unit)
    return top.text.split(CELL_BREAK) if top.header and top is not unit else []


def _line(units: Sequence[Unit], unit: Unit, cells: Sequence[str], *, is_changed: bool) -> str:
    """Return how a line is called: by its first cell, or by its rank under the titles when that changed."""
    if unit.header:
        return "titres des colonnes"
    if not is_changed and cells[0].strip() and _is_short(cells[0]):
        return f"ligne {quote(cells[0])}"
    rank = sum(not above.header for above in _table(units, unit))
    return "1re ligne" if rank == 1 else f"{rank}e ligne"
