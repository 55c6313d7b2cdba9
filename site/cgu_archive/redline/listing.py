"""The list of changes: one line per provision; a cascade, or what touches no word, told once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgu_archive.corpus.comparison import Change, ChangeClass, ChangeKind, Comparison, Row, Scope
from cgu_archive.corpus.comparison.model import ordered_classes
from cgu_archive.redline.details import aside
from cgu_archive.redline.places import NBSP, noun
from cgu_archive.redline.sentences import Teller, cascade, driver
from cgu_archive.redline.words import classes_alone, many

_MEANT = frozenset({ChangeClass.WORDING, ChangeClass.TABLE})
"""What is never told together with other provisions."""
_NEAR = 5
"""Ranks between two renumbered provisions up to which they are told together."""

_Shift = tuple[str, str, str, int]
"""What two provisions are called, what stands before the last part of their number, what that part gains."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list, and the rows it is about."""

    name: str
    """The provision it is about."""
    sentence: str
    callouts: tuple[str, ...]
    rows: tuple[int, ...]
    classes: tuple[ChangeClass, ...]
    at: int
    """The first of its rows that stands in the provision it names."""
    passage: bool = False
    """Whether it tells of a passage that moved, not of a whole provision."""
    is_moved: bool = False
    """Whether it tells that something left its place, whatever happened to the words."""
    is_minor: bool = False
    """Whether it tells of no word, no number of its own and no move: such lines are told together."""
    members: tuple[Entry, ...] = ()
    """The lines it stands for, when it tells several provisions at once."""
    moves: tuple[int, ...] = ()
    """The sentences it tells, when they moved alone: ranks in `Comparison.moves`."""


def entries(comparison: Comparison) -> tuple[Entry, ...]:
    """Return the lines of the list of changes, in the order of the new text; no changed row is left out.

    What touches no word of several provisions is told in one line, after the others.
    """
    teller = Teller(comparison)
    found = [_entry(comparison, teller, group) for group in _groups(comparison.changes)]
    told = {row for entry in found for row in entry.rows}
    left = [rank for rank, row in enumerate(comparison.rows) if rank not in told and row.classes]
    found += _untold(comparison, teller, left)
    found.sort(key=lambda entry: (entry.at, entry.passage))
    return tuple(_gathered(comparison, found))


def is_changed(comparison: Comparison, rank: int) -> bool:
    """Whether a row shows a change: in its words, or because it, or some of it, moved."""
    row = comparison.rows[rank]
    if row.classes or row.moved or row.moves:
        return True
    return row.change is not None and ChangeKind.MOVED in comparison.changes[row.change].kinds


def _groups(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Yield each change alone, and the renumberings that follow one another together."""
    cascades: dict[_Shift, list[Change]] = {}
    groups: list[list[Change]] = []
    for change in changes:
        shift = _shift(change) if _only_renumbered(change) else None
        if shift is None:
            groups.append([change])
        elif shift in cascades and _is_near(cascades[shift][-1], change):
            cascades[shift].append(change)
        else:
            cascades[shift] = [change]
            groups.append(cascades[shift])
    yield from groups


def _only_renumbered(change: Change) -> bool:
    kinds = set(change.kinds)
    is_edited = kinds <= {ChangeKind.RENUMBERED, ChangeKind.EDITED}
    return ChangeKind.RENUMBERED in kinds and is_edited and not _MEANT & set(change.classes)


def _shift(change: Change) -> _Shift | None:
    """Return how a number changed: in which numbering, and by how much; None when it has no rank."""
    if change.old is None or change.new is None:
        return None
    before, _, ours = (change.old.number or "").rpartition(".")
    after, _, theirs = (change.new.number or "").rpartition(".")
    if before != after or not (ours.isdecimal() and theirs.isdecimal()):
        return None
    return noun(change.old), noun(change.new), after, int(theirs) - int(ours)


def _is_near(before: Change, after: Change) -> bool:
    """Whether few provisions stand between two that have the same numbering."""
    ranks = [
        int(place.number.rpartition(".")[2]) for place in (before.old, after.old) if place and place.number
    ]
    return 0 < ranks[1] - ranks[0] <= _NEAR


def _entry(comparison: Comparison, teller: Teller, group: Sequence[Change]) -> Entry:
    """Return the line of one change, or of a cascade."""
    change = group[0]
    rows = tuple(sorted({row for member in group for row in member.rows}))
    sentence, callouts = teller.told(change) if len(group) == 1 else (cascade(group), ())
    return Entry(
        name=_name(teller, change),
        sentence=sentence,
        callouts=callouts,
        rows=rows,
        classes=ordered_classes(found for member in group for found in member.classes),
        at=comparison.moves[change.moves[0]].arrival if change.moves else _at(comparison.rows, change, rows),
        passage=change.scope is Scope.PASSAGE,
        is_moved=ChangeKind.MOVED in change.kinds,
        is_minor=len(group) == 1 and _is_minor(change),
        moves=change.moves,
    )


def _name(teller: Teller, change: Change) -> str:
    if change.new is not None:
        return teller.names.name(change.new, change.old)
    return teller.names.gone_name(change.old) if change.old is not None else ""


def _is_minor(change: Change) -> bool:
    """Whether nothing is told of a change but classes that touch no word."""
    is_edited = set(change.kinds) <= {ChangeKind.EDITED, ChangeKind.RENUMBERED}
    has_only_its_number = ChangeKind.RENUMBERED in change.kinds and change.classes == (ChangeClass.NUMBERING,)
    return bool(change.classes) and is_edited and not _MEANT & set(change.classes) and not has_only_its_number


def _at(all_rows: Sequence[Row], change: Change, rows: Sequence[int]) -> int:
    place = change.new or change.old
    own = [rank for rank in rows if place and driver(all_rows[rank]).place.address == place.address]
    return (own or list(rows))[0]


def _untold(comparison: Comparison, teller: Teller, ranks: Sequence[int]) -> Iterator[Entry]:
    """Yield a line for the changed rows that are part of no change: an empty title, a ruled line."""
    by_place: dict[str, list[int]] = {}
    for rank in ranks:
        by_place.setdefault(driver(comparison.rows[rank]).place.address, []).append(rank)
    for found in by_place.values():
        rows = [comparison.rows[rank] for rank in found]
        classes = tuple(c for c in ChangeClass if any(c in row.classes for row in rows))
        where = teller.names.of_row(rows[0])
        sentence = f"{where}{NBSP}: {classes_alone(classes, rows)}{aside(rows)}"
        is_minor = not _MEANT & set(classes)
        yield Entry(where, sentence, (), tuple(found), classes, found[0], is_minor=is_minor)


def _gathered(comparison: Comparison, found: Sequence[Entry]) -> Iterator[Entry]:
    """Yield each line, then one for all the provisions of which the same classes changed, and no word."""
    alike: dict[tuple[ChangeClass, ...], list[Entry]] = {}
    for entry in found:
        if entry.is_minor:
            alike.setdefault(entry.classes, []).append(entry)
    for entry in found:
        if not entry.is_minor or len(alike[entry.classes]) == 1:
            yield entry
    for classes, members in alike.items():
        if len(members) > 1:
            yield _together(comparison, classes, members)


def _together(comparison: Comparison, classes: tuple[ChangeClass, ...], members: Sequence[Entry]) -> Entry:
    rows = tuple(sorted(row for member in members for row in member.rows))
    detail = aside([comparison.rows[row] for row in rows])
    told = classes_alone(classes)
    where = many(len(members), "disposition", "dispositions")
    return Entry(
        name=where,
        sentence=f"{told[0].upper()}{told[1:]} dans {where}{detail}",
        callouts=(),
        rows=rows,
        classes=classes,
        at=rows[0],
        members=tuple(members),
    )
