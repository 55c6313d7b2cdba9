"""Warn of what is odd about two texts, whatever their changes are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgu_archive.corpus.comparison.model import (
    ComparisonWarning,
    Move,
    Place,
    Row,
    Side,
    Unit,
    UnitKind,
    WarningKind,
)
from cgu_archive.corpus.comparison.pairs import FREE, Pairs
from cgu_archive.corpus.comparison.references import References, may_cite, plain_number
from cgu_archive.corpus.comparison.views import View
from cgu_archive.corpus.provisions import Kind

_SHRUNK = 3
"""A text is said shrunk when this many times fewer words are left."""
_FEW_WORDS = 30
"""A shorter text neither shrinks nor has a language."""
_LANGUAGE = 3
"""A text is in the language whose small words are this many times those of the other."""
_HEAD_UNITS = 100
_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_STAMP = re.compile(
    rf"\b(?:v(?:ersion)?\s?\d+(?:\.\d+)+|version\s(?:n°\s?)?\d+|(?:1er|\d{{1,2}})\s(?:{_MONTHS})\s\d{{4}}"
    r"|\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{2}-\d{2})",
    re.IGNORECASE,
)
_STAMPED = re.compile(r"mise? à jour|mise à jour|version|en vigueur|date|updated|effective", re.IGNORECASE)
_MOST_HIDDEN = 3
_DIGITS = 6
"""A longer number has no rank."""
_ROMAN = {"I": 1, "V": 5, "X": 10}
_FRENCH = frozenset(
    {"le", "la", "les", "des", "est", "dans", "pour", "une", "sur", "que", "qui", "aux", "par"}
)
_ENGLISH = frozenset({"the", "of", "and", "to", "in", "is", "for", "with", "that", "this", "by", "be", "or"})
_SAMPLE = 1000
"""How many words tell a language."""


def find_warnings(
    pairs: Pairs,
    references: References,
    rows: Sequence[Row],
    moves: Sequence[Move],
    old_side: Side,
    new_side: Side,
    earlier: Sequence[Side],
) -> tuple[ComparisonWarning, ...]:
    """Return what a reader of the comparison must be warned of, the whole text first, then its numbers."""
    old, new = pairs.old, pairs.new
    return (
        *_identity(old, new, old_side, new_side),
        *_seen_before(new_side, earlier),
        *_language(old, new),
        *_size(old, new),
        *_numbers(new),
        *_stale(pairs, references, [*rows, *(move.row for move in moves)]),
    )


def _identity(old: View, new: View, old_side: Side, new_side: Side) -> Iterator[ComparisonWarning]:
    """Warn of two texts that are one, or of one label or date on two texts."""
    same = len(old.units) == len(new.units)
    if same and all(_look(ours) == _look(theirs) for ours, theirs in zip(old.units, new.units, strict=True)):
        if old_side.text_hash == new_side.text_hash:
            yield ComparisonWarning(WarningKind.IDENTICAL)
        return
    for ours, theirs in (
        (old_side.label, new_side.label),
        (old_side.declared_on, new_side.declared_on),
    ):
        if ours is not None and ours == theirs:
            yield ComparisonWarning(WarningKind.LABEL_UNCHANGED, (ours,))
            return
    if (old_side.label, old_side.declared_on) == (None, None) == (new_side.label, new_side.declared_on):
        stamp = _stamp(old)
        if stamp and stamp == _stamp(new):
            yield ComparisonWarning(WarningKind.LABEL_UNCHANGED, stamp)


def _look(unit: Unit) -> tuple[object, ...]:
    return unit.kind, unit.marker, unit.text, unit.marks, unit.level, unit.depth, unit.quoted


def _stamp(view: View) -> tuple[str, ...]:
    """Return the version and dates that a text gives of itself at its head; empty when it gives none."""
    for unit in view.units[:_HEAD_UNITS]:
        if unit.kind is UnitKind.HEADING and unit.place.number is not None:
            break
        found = tuple(" ".join(stamp.split()) for stamp in _STAMP.findall(unit.text))
        if found and _STAMPED.search(unit.text):
            return found
    return ()


def _seen_before(new_side: Side, earlier: Sequence[Side]) -> Iterator[ComparisonWarning]:
    for side in earlier:
        if side.text_hash == new_side.text_hash:
            yield ComparisonWarning(WarningKind.SEEN_BEFORE, (side.label,) if side.label else ())
            return


def _language(old: View, new: View) -> Iterator[ComparisonWarning]:
    languages = _language_of(old), _language_of(new)
    if None not in languages and languages[0] != languages[1]:
        yield ComparisonWarning(WarningKind.LANGUAGE_CHANGED, tuple(map(str, languages)))


def _language_of(view: View) -> str | None:
    """Return ``fr`` or ``en`` where the small words of a text leave no doubt."""
    words: list[str] = []
    for rank in range(len(view.units)):
        words += view.words(rank)
        if len(words) > _SAMPLE:
            break
    french, english = (sum(map(small.__contains__, words)) for small in (_FRENCH, _ENGLISH))
    if len(words) < _FEW_WORDS or max(french, english) < _LANGUAGE * min(french, english) + 1:
        return None
    return "fr" if french > english else "en"


def _size(old: View, new: View) -> Iterator[ComparisonWarning]:
    before, after = sum(old.weights), sum(new.weights)
    if before >= _FEW_WORDS and after * _SHRUNK < before:
        yield ComparisonWarning(WarningKind.SHRUNK, (str(before), str(after)))


def _stale(pairs: Pairs, references: References, rows: Sequence[Row]) -> Iterator[ComparisonWarning]:
    """Warn of references that did not follow what they name: same words, another meaning."""
    if all(_keeps_number(pairs, s) for s in range(len(pairs.old.sections))):
        return
    found: dict[tuple[str, ...], ComparisonWarning] = {}
    for row in rows:
        if not (row.old and any(_may_cite(unit) for unit in row.new)):
            continue
        place = row.new[0].place
        for cited, section in references.left_behind(row):
            number = pairs.new.sections[section].place.number if section != FREE else None
            if number is not None and cited.endswith(f" {plain_number(number)}"):
                continue  # two provisions bear this number
            details = (cited, number) if number else (cited,)
            key = (place.address, *details)
            found.setdefault(key, ComparisonWarning(WarningKind.REFERENCE_STALE, details, place))
    yield from found.values()


def _may_cite(unit: Unit) -> bool:
    return unit.kind is not UnitKind.HEADING and may_cite(unit.text)


def _keeps_number(pairs: Pairs, s: int) -> bool:
    number, t = pairs.old.sections[s].place.number, pairs.section_to_new[s]
    return number is None or (t != FREE and number == pairs.new.sections[t].place.number)


Unseen = tuple[str, Place | None]
"""Words of a file that no reader of the text sees, and the provision whose lines hold them."""


def find_hidden(old: Sequence[Unseen], new: Sequence[Unseen]) -> Iterator[ComparisonWarning]:
    """Warn of words of the files that no reader of the texts sees, when they changed, by provision."""
    before, after = (Counter(words for words, _ in side) for side in (old, new))
    changed: dict[str, tuple[Place | None, list[str]]] = {}
    for side, lost in ((old, before - after), (new, after - before)):
        for words, place in side:
            if words in lost:
                _, told = changed.setdefault(place.address if place else "", (place, []))
                told.append(words)
    for place, told in changed.values():
        details = tuple(dict.fromkeys(told))[:_MOST_HIDDEN]
        yield ComparisonWarning(WarningKind.HIDDEN_WORDS, details, place)


@dataclass(slots=True)
class _Run:
    """Numbers that follow one another."""

    parent: int
    last: int
    seen: set[tuple[int, Kind]]


def _numbers(view: View) -> Iterator[ComparisonWarning]:
    """Warn of a number used twice and of one left out, among those that follow one another."""
    runs: dict[tuple[str | None, str], _Run] = {}
    for section in view.sections:
        place = section.place
        prefix, value = _value(plain_number(place.number or ""))
        if value is None:
            continue
        run = runs.get((place.label, prefix))
        if run is None or (value == 1 and (place.kind is Kind.PARAGRAPH or section.parent != run.parent)):
            runs[place.label, prefix] = _Run(section.parent, value, {(value, place.kind)})
            continue
        if (value, place.kind) in run.seen:
            yield ComparisonWarning(WarningKind.NUMBER_DUPLICATED, (str(place.number),), place)
        elif value > run.last + 1:
            expected = f"{prefix}{run.last + 1}"
            yield ComparisonWarning(WarningKind.NUMBER_SKIPPED, (str(place.number), expected), place)
        run.seen.add((value, place.kind))
        run.last = max(run.last, value)


def _value(number: str) -> tuple[str, int | None]:
    """Return what stands before the last point of a number, and its last part; None when it has no rank."""
    if number and not number.strip("IVX"):
        return "", _roman(number)
    prefix, point, last = number.rpartition(".")
    return prefix + point, int(last) if last.isdecimal() and len(last) <= _DIGITS else None


def _roman(number: str) -> int:
    values = [_ROMAN[letter] for letter in number]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )
