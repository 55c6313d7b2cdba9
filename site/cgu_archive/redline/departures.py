"""Where what moved stood in the old text, as the new order shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cgu_archive.corpus.comparison import Change, ChangeKind, Comparison, Row, Scope
from cgu_archive.redline.naming import Names
from cgu_archive.redline.places import agreed, short, to_said

TOP = -1
"""Stands for the place before the first row."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A former place: what stood there, and where it is now."""

    sentence: str
    """« Ici se trouvait l’article 7 (déplacé, devenu l’article 9) »."""
    after: int
    """Rank of the row after which it stood, or `TOP`."""
    arrival: int
    """Rank of the first row that shows it at its new place."""
    rows: tuple[int, ...]


def departures(comparison: Comparison) -> tuple[Departure, ...]:
    """Return the former place of each provision or passage that moved, in the order of the old text."""
    groups = list(_groups(comparison))
    gone = {rank for _, ranks in groups for rank in ranks}
    stays = _last_that_stays(comparison, gone)
    names = Names(comparison)
    found = []
    for change, ranks in groups:
        begins = min(unit.index for rank in ranks for unit in comparison.rows[rank].old)
        sentence = _sentence(comparison, change, comparison.rows[ranks[0]], names)
        found.append((begins, Departure(sentence, stays[begins], ranks[0], tuple(ranks))))
    return tuple(departure for _, departure in sorted(found, key=lambda one: one[0]))


def _groups(comparison: Comparison) -> Iterator[tuple[Change | None, list[int]]]:
    """Yield the rows that left together: those of a provision, then those of each passage."""
    rows = comparison.rows
    told: set[int] = set()
    for change in comparison.changes:
        if ChangeKind.MOVED in change.kinds and change.scope is Scope.PROVISION:
            ranks = [rank for rank in change.rows if rows[rank].old and rows[rank].new]
            if ranks:
                told.update(ranks)
                yield change, ranks
    passage: list[int] = []
    for rank, row in enumerate(rows):
        if not (row.moved and row.old and row.new) or rank in told:
            continue
        if passage and not _follows(rows, passage[-1], rank):
            yield None, passage
            passage = []
        passage.append(rank)
    if passage:
        yield None, passage


def _follows(rows: tuple[Row, ...], before: int, rank: int) -> bool:
    last, first = rows[before].old[-1], rows[rank].old[0]
    is_next = rank == before + 1 and first.index == last.index + 1
    return is_next and first.place.address == last.place.address


def _last_that_stays(comparison: Comparison, gone: set[int]) -> dict[int, int]:
    """Return, by rank of an old unit, the row of the last unit before it that did not move."""
    row_of = {unit.index: rank for rank, row in enumerate(comparison.rows) for unit in row.old}
    stays: dict[int, int] = {}
    last = TOP
    for index in range(len(row_of)):
        stays[index] = last
        if row_of[index] not in gone:
            last = row_of[index]
    return stays


def _sentence(comparison: Comparison, change: Change | None, row: Row, names: Names) -> str:
    if change is None or change.old is None or change.new is None:
        told = comparison.changes[row.change] if row.change is not None else None
        return f"Ici se trouvait un passage ({_whither(told, row, names)})"
    moved = agreed(change.old, "déplacé") if change.old.number is not None else "disposition déplacée"
    became = ""
    if names.has(change.old):
        became = f", {'devenue' if moved.endswith('e') else 'devenu'} {short(change.new)}"
    return f"Ici se trouvait {short(change.old)} ({moved}{became})"


def _whither(told: Change | None, row: Row, names: Names) -> str:
    """Return where a passage went; an entry that lost or won its number may not have left its provision."""
    old, new = row.old[0].place, row.new[0].place
    is_home = told is not None and told.scope is Scope.PASSAGE and told.is_same and not told.moves
    now = names.new(old)
    if is_home or (now is not None and now.address == new.address):
        return "déplacé dans la même disposition"
    return f"déplacé {to_said(names.now(new))}"
