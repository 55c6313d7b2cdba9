"""The list of changes: one sentence per provision, a cascade of renumbering told once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgu_archive.corpus.comparison import (
    Change,
    ChangeClass,
    ChangeKind,
    Comparison,
    Place,
    Row,
    Scope,
    Unit,
    UnitKind,
)
from cgu_archive.corpus.comparison.facts import changed_sentences
from cgu_archive.redline.places import NBSP, name, noun, of, quote, short, to
from cgu_archive.redline.words import callout_sentence, classes_alone, many

_LONE = frozenset({ChangeKind.INSERTED, ChangeKind.DELETED})
_MOST_CALLOUTS = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list, and the rows it is about."""

    sentence: str
    callouts: tuple[str, ...]
    rows: tuple[int, ...]
    classes: tuple[ChangeClass, ...]
    at: int
    """The first of its rows that stands in the provision it names."""
    passage: bool = False
    """Whether it tells of a passage that moved, not of a whole provision."""


def entries(comparison: Comparison) -> tuple[Entry, ...]:
    """Return the lines of the list of changes, in the order of the new text; no changed row is left out."""
    teller = _Teller(comparison)
    found = [teller.entry(group) for group in _groups(comparison.changes)]
    told = {row for entry in found for row in entry.rows}
    found += teller.untold(
        [rank for rank, row in enumerate(comparison.rows) if rank not in told and row.classes]
    )
    return tuple(sorted(found, key=lambda entry: (entry.at, entry.passage)))


def is_changed(comparison: Comparison, rank: int) -> bool:
    """Whether a row shows a change: in its words, or because it moved with its provision."""
    row = comparison.rows[rank]
    if row.classes or row.moved:
        return True
    return row.change is not None and ChangeKind.MOVED in comparison.changes[row.change].kinds


def _groups(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Yield each change alone, and the renumberings that follow one another together."""
    cascade: list[Change] = []
    rest: list[list[Change]] = []
    for change in changes:
        if not _only_renumbered(change):
            rest.append([change])
        elif cascade and _follows(cascade[-1], change):
            cascade.append(change)
        else:
            cascade = [change]
            rest.append(cascade)
    yield from rest


def _only_renumbered(change: Change) -> bool:
    kinds = set(change.kinds)
    return (
        ChangeKind.RENUMBERED in kinds
        and kinds <= {ChangeKind.RENUMBERED, ChangeKind.EDITED}
        and change.classes == (ChangeClass.NUMBERING,)
    )


def _follows(before: Change, after: Change) -> bool:
    """Whether `after` is renumbered by as much as `before`, in the same numbering."""
    if not (before.old and before.new and after.old and after.new):
        return False
    if noun(before.old) != noun(after.old) or noun(before.new) != noun(after.new):
        return False
    shifts = _shift(before.old, before.new), _shift(after.old, after.new)
    return shifts[0] is not None and shifts[0] == shifts[1]


def _shift(old: Place, new: Place) -> tuple[str, int] | None:
    """Return what the last part of a number gains, and what stands before it; None when it has no rank."""
    before, _, ours = (old.number or "").rpartition(".")
    after, _, theirs = (new.number or "").rpartition(".")
    if before != after or not (ours.isdecimal() and theirs.isdecimal()):
        return None
    return after, int(theirs) - int(ours)


class _Teller:
    """Tells changes as sentences."""

    def __init__(self, comparison: Comparison) -> None:
        self._rows = comparison.rows
        self._old = comparison.old_units()
        self._new = comparison.new_units()

    def entry(self, group: Sequence[Change]) -> Entry:
        """Return the line of one change, or of a cascade."""
        change = group[0]
        rows = tuple(sorted({row for member in group for row in member.rows}))
        callouts = [callout_sentence(callout) for member in group for callout in member.callouts]
        if len(callouts) > _MOST_CALLOUTS:
            left = len(callouts) - _MOST_CALLOUTS
            callouts = [*callouts[:_MOST_CALLOUTS], f"et {many(left, 'autre', 'autres')}"]
        sentence = _cascade(group) if len(group) > 1 else self._sentence(change)
        passage = change.scope is Scope.PASSAGE
        return Entry(
            sentence, tuple(dict.fromkeys(callouts)), rows, change.classes, self._at(change, rows), passage
        )

    def _at(self, change: Change, rows: Sequence[int]) -> int:
        place = change.new or change.old
        own = [rank for rank in rows if place and _driver(self._rows[rank]).place.address == place.address]
        return (own or list(rows))[0]

    def untold(self, ranks: Sequence[int]) -> Iterator[Entry]:
        """Yield a line for the changed rows that are part of no change: an empty title, a ruled line."""
        by_place: dict[str, list[int]] = {}
        for rank in ranks:
            by_place.setdefault(_driver(self._rows[rank]).place.address, []).append(rank)
        for found in by_place.values():
            rows = [self._rows[rank] for rank in found]
            classes = tuple(c for c in ChangeClass if any(c in row.classes for row in rows))
            place = _driver(rows[0]).place
            yield Entry(f"{name(place)}{NBSP}: {classes_alone(classes)}", (), tuple(found), classes, found[0])

    def _sentence(self, change: Change) -> str:
        kinds = set(change.kinds)
        if change.old is None or change.new is None:
            place = change.new or change.old
            what = "ajouté" if change.old is None else "supprimé"
            return f"{name(place) if place else 'Texte'}{NBSP}: {what}"
        if ChangeKind.NUMBER_REUSED in kinds:
            return (
                f"{noun(change.new).capitalize()} {change.new.number}{NBSP}: ce numéro porte un autre texte, "
                f"{quote(change.old.title)} supprimé, {quote(change.new.title)} ajouté"
            )
        if change.scope is Scope.PASSAGE:
            return self._passage(change, change.old, change.new)
        if ChangeKind.SPLIT in kinds:
            head = f"{name(change.new)}{NBSP}: détaché {of(change.old)}"
        elif ChangeKind.MERGED in kinds:
            head = f"{name(change.old)}{NBSP}: réuni {to(change.new)}"
        else:
            head = name(change.new, change.old) + NBSP + ":"
            return f"{head} {', '.join(self._facts(change, change.old, change.new))}"
        return f"{head}, {self._edits(change) or 'texte inchangé'}"

    def _facts(self, change: Change, old: Place, new: Place) -> Iterator[str]:
        kinds = set(change.kinds)
        if ChangeKind.MOVED in kinds:
            yield "déplacé"
        if ChangeKind.RETITLED in kinds:
            yield _retitled(old, new)
        if ChangeKind.RENUMBERED in kinds and change.classes == (ChangeClass.NUMBERING,):
            yield "numéro seul" if kinds == {ChangeKind.RENUMBERED} else "numéros seuls"
            return
        edits = self._edits(change)
        if edits:
            yield edits
        elif ChangeKind.RETITLED not in kinds:
            yield "texte inchangé"

    def _passage(self, change: Change, old: Place, new: Place) -> str:
        edits = self._edits(change) or "texte inchangé"
        if old.address == new.address:
            return f"{name(new)}{NBSP}: passage déplacé à l’intérieur, {edits}"
        return f"{name(new)}{NBSP}: passage déplacé {of(old)} {to(new)}, {edits}"

    def _edits(self, change: Change) -> str:
        """Return how much of the words changed, or which other classes alone did."""
        rows = [self._rows[rank] for rank in change.rows if self._rows[rank].classes]
        if not change.classes:
            return ""
        if ChangeClass.WORDING not in change.classes:
            return classes_alone(change.classes)
        worded = [
            row
            for row in rows
            if ChangeClass.WORDING in row.classes and _driver(row).kind is not UnitKind.HEADING
        ]
        facing = [row for row in worded if row.old and row.new]
        tables = [row for row in facing if _driver(row).kind is UnitKind.ROW]
        sentences = sum(changed_sentences(row) for row in facing if row not in tables)
        said = [
            many(sentences, "phrase modifiée", "phrases modifiées") if sentences else "",
            many(len(tables), "ligne de tableau modifiée", "lignes de tableau modifiées") if tables else "",
            self._alone([row for row in worded if not row.old], "ajouté"),
            self._alone([row for row in worded if not row.new], "supprimé"),
        ]
        return ", ".join(part for part in said if part)

    def _alone(self, rows: Sequence[Row], done: str) -> str:
        """Return « 3e alinéa supprimé », « 2 alinéas ajoutés »."""
        lines = [row for row in rows if _driver(row).kind is UnitKind.ROW]
        others = [row for row in rows if row not in lines]
        said = []
        if len(others) == 1:
            rank = self._rank(others[0])
            said.append(f"{'1er' if rank == 1 else f'{rank}e'} alinéa {done}")
        elif others:
            said.append(f"{many(len(others), 'alinéa', 'alinéas')} {done}s")
        if lines:
            said.append(many(len(lines), f"ligne de tableau {done}e", f"lignes de tableau {done}es"))
        return ", ".join(said)

    def _rank(self, row: Row) -> int:
        """Return the rank of a block in its provision, its title left out."""
        unit = _driver(row)
        units = self._new if row.new else self._old
        rank = 0
        for before in reversed(units[: unit.index + 1]):
            if before.place.address != unit.place.address or before.kind is UnitKind.HEADING:
                break
            rank += before.kind is not UnitKind.RULE
        return rank


def _driver(row: Row) -> Unit:
    return (row.new or row.old)[0]


def _retitled(old: Place, new: Place) -> str:
    if not old.title:
        return f"titre {quote(new.title)} ajouté"
    if not new.title:
        return f"titre {quote(old.title)} supprimé"
    return f"titre {quote(old.title)} devenu {quote(new.title)}"


def _cascade(group: Sequence[Change]) -> str:
    """Return « Articles 6 à 11 → 7 à 12, numéros seuls », those told apart named."""
    olds = [change.old.number or "" for change in group if change.old]
    news = [change.new.number or "" for change in group if change.new]
    label = next(noun(change.new) for change in group if change.new)
    left_out = list(_missing(olds))
    told = f", sauf {label} {', '.join(left_out)}" if left_out else ""
    return f"{label.capitalize()}s {_ends(olds)} → {_ends(news)}, numéros seuls{told}"


def _missing(numbers: Sequence[str]) -> Iterator[str]:
    """Yield the numbers between the first and the last that are not among `numbers`."""
    prefix, dot, first = numbers[0].rpartition(".")
    last = numbers[-1].rpartition(".")[2]
    for value in range(int(first), int(last)):
        if (number := f"{prefix}{dot}{value}") not in numbers:
            yield number


def _ends(numbers: Sequence[str]) -> str:
    joint = " et " if len(numbers) == 2 else " à "
    return f"{numbers[0]}{joint}{numbers[-1]}"


def moved_from(row: Row, change: Change | None) -> str:
    """Return « Déplacé depuis l’article 9 »."""
    place = row.old[0].place if row.old else change.old if change else None
    if place is None or (row.new and row.new[0].place.address == place.address and row.moved):
        return "Déplacé à l’intérieur de la disposition"
    return f"Déplacé depuis {short(place)}"
