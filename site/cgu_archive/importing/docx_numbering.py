"""The numbers that Word draws before paragraphs, which the file does not hold: they are counted here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cgu_archive.importing.docx_styles import Styles, W, number, switch, value
from cgu_archive.importing.model import ImportRefusedError
from cgu_archive.importing.packages import Element
from cgu_archive.importing.pieces import BULLET

_LEVELS = 9
_MAX_DRAWN = 255
"""Longest words that a list draws around its numbers, in characters, as in Word."""
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_HIGHEST_ROMAN = 4000
_ALPHABET = 26
_PART = re.compile(r"%([1-9])")
_FIRST = "er"
KNOWN = frozenset(
    {"decimal", "decimalZero", "lowerLetter", "upperLetter", "lowerRoman", "upperRoman", "ordinal", "none"}
)


def shown(count: int, form: str) -> str:
    """Return a count as Word draws it in the form of this name; in figures when the form is unknown."""
    match form:
        case "none":
            return ""
        case "decimalZero":
            return f"{count:02}"
        case "lowerLetter" | "upperLetter" if count > 0:
            repeats, rank = divmod(count - 1, _ALPHABET)
            letters = chr(ord("a") + rank) * min(repeats + 1, 30)
            return letters if form == "lowerLetter" else letters.upper()
        case "lowerRoman" | "upperRoman" if 0 < count < _HIGHEST_ROMAN:
            numeral = roman(count)
            return numeral if form == "lowerRoman" else numeral.upper()
        case "ordinal":
            return f"{count}{_FIRST if count == 1 else 'e'}"
    return str(count)


def roman(count: int) -> str:
    """Return a number from 1 to 3999 in small Roman figures."""
    found = ""
    for weight, letters in _ROMAN:
        repeats, count = divmod(count, weight)
        found += letters * repeats
    return found


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a numbering."""

    form: str
    text: str
    start: int
    restart: int | None
    """After which level, from 1, it begins again; 0 for never, None for any above."""
    legal: bool
    """Whether all the numbers in it are in figures."""
    style: str | None
    indent: int | None


@dataclass(frozen=True, slots=True)
class Marker:
    """What stands before a paragraph."""

    text: str
    level: int
    """From 0."""
    indent: int | None
    known: bool
    """False when Word draws the number in a form that is not counted here."""


class Numbering:
    """The numberings of one file, counting as its paragraphs are read."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._abstract: dict[str, dict[int, Level]] = {}
        self._linked: dict[str, str] = {}
        self._numbers: dict[str, tuple[str, dict[int, Level], dict[int, int]]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()
        if root is None:
            return
        for abstract in root.iterfind(f"{W}abstractNum"):
            name = str(abstract.get(f"{W}abstractNumId", ""))
            self._abstract[name] = _levels(abstract)
            if link := value(abstract, "numStyleLink"):
                self._linked[name] = link
        for own in root.iterfind(f"{W}num"):
            self._numbers[str(own.get(f"{W}numId", ""))] = self._number(own)

    def _number(self, own: Element) -> tuple[str, dict[int, Level], dict[int, int]]:
        starts: dict[int, int] = {}
        changed: dict[int, Level] = {}
        for override in own.iterfind(f"{W}lvlOverride"):
            level = number(override.get(f"{W}ilvl")) or 0
            changed |= _levels(override)
            if (start := number(value(override, "startOverride"))) is not None:
                starts[level] = start
        return value(own, "abstractNumId") or "", changed, starts

    def marker(self, named: str | None, level: int | None, style: str | None) -> Marker | None:
        """Count one more paragraph and return what stands before it; None when nothing does.

        `style` gave the paragraph its numbering; without `level`, the level is the one tied to it.
        """
        if named is None or named not in self._numbers:
            return None
        abstract, changed, starts = self._numbers[named]
        if abstract in self._linked and (target := self._styles.of_numbering(self._linked[abstract])):
            abstract = self._numbers.get(target, (abstract, {}, {}))[0]
        levels = self._abstract.get(abstract, {}) | changed
        if level is None:
            level = next((rank for rank, one in levels.items() if style and one.style == style), 0)
        if level not in levels:
            return None
        counts = self._counts.setdefault(abstract, {})
        self._count(named, level, levels, counts, starts)
        return self._drawn(level, levels, counts)

    def _count(
        self, named: str, level: int, levels: dict[int, Level], counts: dict[int, int], starts: dict[int, int]
    ) -> None:
        if level in starts and (named, level) not in self._begun:
            counts[level] = starts[level] - 1
        self._begun.add((named, level))
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in [rank for rank in counts if rank > level]:
            restart = levels[deeper].restart if deeper in levels else None
            if restart is None or level < restart:
                del counts[deeper]

    def _drawn(self, level: int, levels: dict[int, Level], counts: dict[int, int]) -> Marker | None:
        own = levels[level]
        if own.form == "bullet":
            return Marker(BULLET, level, own.indent, True)
        known = True

        def part(found: re.Match[str]) -> str:
            nonlocal known
            rank = int(found[1]) - 1
            if rank not in levels:
                return ""
            form = "decimal" if own.legal else levels[rank].form
            known = known and form in KNOWN
            return shown(counts.get(rank, levels[rank].start), form)

        text = _PART.sub(part, own.text).strip()
        return Marker(text, level, own.indent, known) if text else None


def drawn(words: str) -> str:
    """Return what a list draws around its numbers; raises `ImportRefusedError` when no list is like that.

    It stands before each paragraph: a long one, said once in the file, would fill the memory.
    """
    if len(words) > _MAX_DRAWN:
        raise ImportRefusedError(
            "Fichier refusé : une de ses listes écrit un long texte devant chaque numéro."
            " Changez la forme de cette liste, puis recommencez."
        )
    return words


def _levels(parent: Element) -> dict[int, Level]:
    found: dict[int, Level] = {}
    for level in parent.iterfind(f"{W}lvl"):
        rank = number(level.get(f"{W}ilvl"))
        if rank is None or not 0 <= rank < _LEVELS:
            continue
        ind = level.find(f"{W}pPr/{W}ind")
        start = number(value(level, "start"))
        found[rank] = Level(
            form=value(level, "numFmt") or "decimal",
            text=drawn(value(level, "lvlText") or ""),
            start=1 if start is None else start,
            restart=number(value(level, "lvlRestart")),
            legal=bool(switch(level, "isLgl")),
            style=value(level, "pStyle"),
            indent=None if ind is None else number(ind.get(f"{W}left", ind.get(f"{W}start"))),
        )
    return found
