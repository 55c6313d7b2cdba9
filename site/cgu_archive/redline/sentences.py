"""What happened to one provision, as one French sentence that can be checked on the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from cgu_archive.corpus.comparison import (
    Callout,
    CalloutKind,
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
from cgu_archive.corpus.comparison.model import ordered_classes
from cgu_archive.redline.cells import cells
from cgu_archive.redline.details import aside
from cgu_archive.redline.moves import became, how_many, settled
from cgu_archive.redline.naming import Names
from cgu_archive.redline.places import NBSP, agreed, cut, noun, of_said, quote, to_said
from cgu_archive.redline.substitutions import Substitution, substitutions
from cgu_archive.redline.words import (
    CLASSES,
    callout_sentence,
    classes_alone,
    edited,
    listed,
    many,
    wording,
)

_MOST_CALLOUTS = 8
_LONGEST_QUOTE = 12
"""Words of a change, on each side, up to which it is quoted whole."""
_SHORTEST_FIGURE = 3
"""Digits under which a number without a noun says little by itself."""
_MANY_BARE = 3
"""Such numbers from which they are those of a list, of articles for instance."""


class Teller:
    """Tells changes as sentences."""

    def __init__(self, comparison: Comparison) -> None:
        self._rows = comparison.rows
        self._moves = comparison.moves
        self._old = comparison.old_units()
        self._new = comparison.new_units()
        self.names = Names(comparison)
        self._counts: dict[int, Change] = {}
        for change in comparison.changes:
            for rank in () if change.moves else change.rows:
                self._counts.setdefault(rank, change)

    def told(self, change: Change) -> tuple[str, tuple[str, ...]]:
        """Return the sentence of a change, and what is remarkable in it beyond that sentence."""
        found = _remarkable(change)
        quoted = self._quoted(change, found)
        callouts = list(dict.fromkeys(callout_sentence(callout) for callout in found))
        if quoted and all(words in quoted for callout in found for words in _sides(callout)):
            callouts = []
        if tabled := self._cells(change):
            quoted, callouts = (tabled[0], []) if len(tabled) == 1 else ("", list(tabled))
        if len(callouts) > _MOST_CALLOUTS:
            left = len(callouts) - _MOST_CALLOUTS
            callouts = [*callouts[:_MOST_CALLOUTS], f"et {many(left, 'autre', 'autres')}"]
        sentence = self._sentence(change)
        return f"{sentence}{NBSP}; {quoted}" if quoted else sentence, tuple(callouts)

    def _sentence(self, change: Change) -> str:
        kinds = set(change.kinds)
        if change.old is None or change.new is None:
            if change.new is not None:
                return f"{self.names.name(change.new)}{NBSP}: {agreed(change.new, 'ajouté')}"
            if change.old is not None:
                return f"{self.names.gone_name(change.old)}{NBSP}: {agreed(change.old, 'supprimé')}"
            return "Texte supprimé"
        if ChangeKind.NUMBER_REUSED in kinds:
            return (
                f"{noun(change.new).capitalize()} {change.new.number}{NBSP}: ce numéro porte un autre texte, "
                f"{quote(change.old.title)} supprimé, {quote(change.new.title)} ajouté"
            )
        if change.scope is Scope.PASSAGE:
            return self._passage(change, change.old, change.new)
        if ChangeKind.SPLIT in kinds:
            source = of_said(self.names.old(change.old))
            head = f"{self.names.name(change.new)}{NBSP}: {agreed(change.new, 'détaché')} {source}"
        elif ChangeKind.MERGED in kinds:
            whither = to_said(self.names.now(change.new))
            head = f"{self.names.former_name(change.old)}{NBSP}: {agreed(change.old, 'réuni')} {whither}"
        else:
            head = self.names.name(change.new, change.old) + NBSP + ":"
            return f"{head} {', '.join(self._facts(change, change.old, change.new))}"
        return f"{head}, {self._edits(change) or 'texte inchangé'}"

    def _facts(self, change: Change, old: Place, new: Place) -> Iterator[str]:
        kinds = set(change.kinds)
        if ChangeKind.MOVED in kinds:
            yield agreed(new, "déplacé")
        if ChangeKind.RETITLED in kinds:
            yield _retitled(old, new)
        if ChangeKind.RENUMBERED in kinds and change.classes == (ChangeClass.NUMBERING,):
            unchanged = kinds <= {ChangeKind.RENUMBERED, ChangeKind.MOVED}
            yield agreed(new, "renuméroté")
            yield "texte inchangé" if unchanged else "seuls des numéros changent"
            return
        edits = self._edits(change)
        if edits:
            yield edits
        elif ChangeKind.RETITLED not in kinds:
            yield "texte inchangé"

    def _passage(self, change: Change, old: Place, new: Place) -> str:
        if change.moves:
            return self._sentences(change, old, new)
        edits = self._edits(change) or "texte inchangé"
        if change.is_same:
            return f"{self.names.name(new)}{NBSP}: passage déplacé à l’intérieur, {edits}"
        return f"{self.names.name(new)}{NBSP}: passage déplacé depuis {self.names.old(old)}, {edits}"

    def _sentences(self, change: Change, old: Place, new: Place) -> str:
        """Return what is said of sentences that moved out of a block that did not go with them."""
        moves = [self._moves[rank] for rank in change.moves]
        count = how_many(moves)
        moved = "phrase déplacée" if count == 1 else many(count, "", "phrases déplacées")
        where = "à l’intérieur" if change.is_same else f"depuis {self.names.old(old)}"
        return f"{self.names.name(new)}{NBSP}: {moved} {where}{became(moves) or ', texte inchangé'}"

    def _edits(self, change: Change) -> str:
        """Return how much of the words changed, or which other classes alone did."""
        if not change.classes:
            return ""
        if ChangeClass.WORDING not in change.classes:
            return classes_alone(change.classes) + aside([self._rows[rank] for rank in change.rows])
        worded = self._worded(change)
        if not worded and (elsewhere := self._elsewhere(change)):
            return elsewhere
        facing = [row for row in worded if row.old and row.new]
        if signs := self._signs(worded, facing):
            return signs
        tables = sum(_is_line(row) for row in facing)
        sentences = sum(changed_sentences(row) for row in facing if not _is_line(row))
        said = [
            many(sentences, "phrase modifiée", "phrases modifiées") if sentences else "",
            many(tables, "ligne de tableau modifiée", "lignes de tableau modifiées") if tables else "",
            self._alone([row for row in worded if not row.old], "ajouté"),
            self._alone([row for row in worded if not row.new], "supprimé"),
        ]
        return ", ".join(part for part in said if part)

    def _signs(self, worded: Sequence[Row], facing: Sequence[Row]) -> str:
        """Return « ponctuation modifiée dans 2 phrases » where no word changed; else nothing."""
        if not worded or len(worded) != len(facing) or wording(worded) == CLASSES[ChangeClass.WORDING]:
            return ""
        count = sum(max(changed_sentences(row), 1) for row in facing)
        return f"{edited(worded)} dans {many(count, 'phrase', 'phrases')}"

    def _worded(self, change: Change) -> list[Row]:
        """Return the rows whose words changed and that no change before this one counted, titles left out."""
        if change.moves:
            rows = [self._moves[rank].row for rank in change.moves]
        else:
            own = [self._rows[rank] for rank in change.rows if self._counts[rank] is change]
            rows = [settled(row, self._moves) for row in own]
            carried = dict.fromkeys(rank for row in own for rank in row.moves)
            rows += [self._moves[rank].row for rank in carried if self._moves[rank].is_cut]
        return [row for row in rows if _is_worded(row)]

    def _elsewhere(self, change: Change) -> str:
        """Return « modifications comptées avec l’article 3 », whose line tells them already; else nothing."""
        if change.moves:
            return ""
        others = (self._counts[rank] for rank in change.rows if _is_worded(self._rows[rank]))
        other = next((other for other in others if other is not change), None)
        if other is None:
            return ""
        place = self.names.now(other.new) if other.new else self.names.old(other.old) if other.old else ""
        return f"modifications comptées avec {place}"

    def _cells(self, change: Change) -> tuple[str, ...]:
        """Return what became of each cell, of a provision of which lines of tables alone changed."""
        is_edited = change.old is not None and change.new is not None and _is_edited_in_place(change)
        return cells(self._worded(change), self._new) if is_edited else ()

    def _quoted(self, change: Change, callouts: Sequence[Callout]) -> str:
        """Return the words before and after when they are few, and the same wherever they changed."""
        if change.old is None or change.new is None or not _is_edited_in_place(change):
            return ""
        rows = self._worded(change)
        if not rows or not all(row.old and row.new for row in rows):
            return ""
        found: dict[Substitution, int] = {}
        for row in rows:
            for one in substitutions(row):
                found[one] = found.get(one, 0) + 1
                if len(found) > 1 or one.length > _LONGEST_QUOTE:
                    return ""
        if len(found) != 1:
            return ""
        ((one, times),) = found.items()
        if times > 1:
            return f"{one.alone} ({times} fois)"
        if len(callouts) == 1 and one.is_told_by(callouts[0]):
            return callout_sentence(callouts[0])
        return one.sentence

    def _alone(self, rows: Sequence[Row], done: str) -> str:
        """Return « 3e alinéa supprimé », « 2 alinéas ajoutés »."""
        others = [row for row in rows if not _is_line(row)]
        lines = len(rows) - len(others)
        said = []
        if len(others) == 1:
            rank = self._rank(others[0])
            said.append(f"{'1er' if rank == 1 else f'{rank}e'} alinéa {done}")
        elif others:
            said.append(f"{many(len(others), 'alinéa', 'alinéas')} {done}s")
        if lines:
            said.append(many(lines, f"ligne de tableau {done}e", f"lignes de tableau {done}es"))
        return ", ".join(said)

    def _rank(self, row: Row) -> int:
        """Return the rank of a block in its provision, its title left out."""
        unit = driver(row)
        units = self._new if row.new else self._old
        rank = 0
        for before in reversed(units[: unit.index + 1]):
            if before.place.address != unit.place.address or before.kind is UnitKind.HEADING:
                break
            rank += before.kind is not UnitKind.RULE
        return rank


def _is_worded(row: Row) -> bool:
    return ChangeClass.WORDING in row.classes and driver(row).kind is not UnitKind.HEADING


def driver(row: Row) -> Unit:
    """Return the unit that gives a row its place and shape: the new one where there is one."""
    return (row.new or row.old)[0]


def _is_line(row: Row) -> bool:
    return driver(row).kind is UnitKind.ROW


def cascade(group: Sequence[Change]) -> str:
    """Return « Articles 6 à 11 → 7 à 12 : renumérotés, texte inchangé », those told apart named."""
    olds = [change.old.number or "" for change in group if change.old]
    news = [change.new.number or "" for change in group if change.new]
    place = next(change.new for change in group if change.new)
    label = noun(place)
    left_out = list(_missing(olds))
    but = ""
    if left_out:
        but = (
            f" (sauf les {label}s {listed(left_out)})"
            if len(left_out) > 1
            else f" (sauf {label} {left_out[0]})"
        )
    classes = ordered_classes(found for change in group for found in change.classes)
    what = "seuls des numéros changent"
    if classes != (ChangeClass.NUMBERING,):
        what = f"seuls changent{NBSP}: {', '.join(CLASSES[found] for found in classes)}"
    elif all(change.kinds == (ChangeKind.RENUMBERED,) for change in group):
        what = "texte inchangé"
    head = f"{label.capitalize()}s {_ends(olds)} → {_ends(news)}{but}"
    return f"{head}{NBSP}: {agreed(place, 'renuméroté')}s, {what}"


def moved_from(row: Row, change: Change | None, names: Names) -> str:
    """Return « Déplacé depuis l’article 9 », « Déplacé depuis l’ancien article 8 »."""
    place = row.old[0].place if row.old else change.old if change else None
    if place is None:
        return "Déplacé"
    now = names.new(place)
    if row.moved and row.new and now is not None and row.new[0].place.address == now.address:
        return "Déplacé à l’intérieur de la disposition"
    return f"Déplacé depuis {names.old(place)}"


def _is_edited_in_place(change: Change) -> bool:
    apart = {ChangeKind.SPLIT, ChangeKind.MERGED, ChangeKind.NUMBER_REUSED}
    return ChangeClass.WORDING in change.classes and not apart & set(change.kinds)


def _remarkable(change: Change) -> list[Callout]:
    """Return what is remarkable in a change, without what only went from one of its sentences to another.

    Small numbers without a noun are left out of what came or went whole, where they number a list.
    """
    lost = {callout.old for callout in change.callouts if callout.new is None}
    gained = {callout.new for callout in change.callouts if callout.old is None}
    net = [
        callout
        for callout in change.callouts
        if _is_facing(callout) or not set(_sides(callout)) & lost & gained
    ]
    bare = [callout for callout in net if _is_bare(callout)]
    if change.old is not None and change.new is not None and len(bare) < _MANY_BARE:
        return net
    return [callout for callout in net if not _is_bare(callout)]


def _is_facing(callout: Callout) -> bool:
    return callout.old is not None and callout.new is not None


def _is_bare(callout: Callout) -> bool:
    """Whether it is a small number without a noun that faces nothing."""
    (words, *_) = _sides(callout)
    is_small = words.isdecimal() and len(words) < _SHORTEST_FIGURE
    return callout.kind is CalloutKind.FIGURE and not _is_facing(callout) and is_small


def _sides(callout: Callout) -> list[str]:
    return [words for words in (callout.old, callout.new) if words is not None]


def _retitled(old: Place, new: Place) -> str:
    if not old.title:
        return "titre ajouté"
    if not new.title:
        return f"titre {quote(old.title)} supprimé"
    if cut(old.title) == cut(new.title):
        return "titre modifié"
    return f"titre modifié (avant{NBSP}: {quote(old.title)})"


def _missing(numbers: Sequence[str]) -> Iterator[str]:
    """Yield the numbers between the first and the last that are not among `numbers`."""
    for before, after in pairwise(numbers):
        prefix, dot, first = before.rpartition(".")
        for value in range(int(first) + 1, int(after.rpartition(".")[2])):
            yield f"{prefix}{dot}{value}"


def _ends(numbers: Sequence[str]) -> str:
    joint = " et " if len(numbers) == 2 else " à "
    return f"{numbers[0]}{joint}{numbers[-1]}"
