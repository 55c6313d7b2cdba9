"""What the styles of an OpenDocument text say, and the numbers that it does not hold, counted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cgu_archive.importing.docx_numbering import drawn, shown
from cgu_archive.importing.packages import Element
from cgu_archive.importing.pieces import BULLET

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_ID = "{http://www.w3.org/XML/1998/namespace}id"
_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_POINTS = re.compile(r"(\d{1,3}(?:\.\d+)?)pt")
_DEEPEST = 20
_TITLES = ("Title", "Titre")


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered."""

    form: str
    """Empty where nothing is drawn."""
    before: str
    after: str
    start: int
    levels: int
    """How many levels the number shows."""


class Styles:
    """The styles of one text, those made for it and those with a name."""

    def __init__(self, content: Element, styles: Element | None) -> None:
        self._styles: dict[str, Element] = {}
        self.lists: dict[str, dict[int, Level]] = {}
        self.outline: dict[int, Level] = {}
        for root in (one for one in (styles, content) if one is not None):
            for style in root.iter(f"{STYLE}style"):
                self._styles[str(style.get(f"{STYLE}name", ""))] = style
            for style in root.iter(f"{TEXT}list-style"):
                self.lists[str(style.get(f"{STYLE}name", ""))] = self._levels(style)
            for style in root.iter(f"{TEXT}outline-style"):
                self.outline = self._levels(style)
        self.normal_size = self.size("Standard")

    def _chain(self, name: str | None) -> list[Element]:
        found: list[Element] = []
        for _ in range(_DEEPEST):
            style = self._styles.get(name or "")
            if style is None:
                break
            found.append(style)
            name = style.get(f"{STYLE}parent-style-name")
        return found

    def look(self, name: str | None, around: tuple[bool, bool] = (False, False)) -> tuple[bool, bool]:
        """Return whether words of this style are bold and in italics."""
        bold, italic = around
        for style in reversed(self._chain(name)):
            properties = style.find(f"{STYLE}text-properties")
            if properties is None:
                continue
            weight, slant = properties.get(f"{_FO}font-weight"), properties.get(f"{_FO}font-style")
            bold = bold if weight is None else weight == "bold" or weight in ("600", "700", "800", "900")
            italic = italic if slant is None else slant in ("italic", "oblique")
        return bold, italic

    def size(self, name: str | None) -> int:
        """Return the size of the letters of a style, in half points."""
        for style in self._chain(name):
            properties = style.find(f"{STYLE}text-properties")
            found = (
                None if properties is None else _POINTS.fullmatch(str(properties.get(f"{_FO}font-size", "")))
            )
            if found:
                return round(float(found[1]) * 2)
        return 24

    def is_title(self, name: str | None) -> bool:
        """Whether it is the style of the title of the whole."""
        return any(style.get(f"{STYLE}name") in _TITLES for style in self._chain(name))

    def whole(self, text: str | None) -> int | None:
        """Return `text` as a whole number, None when it is none."""
        return int(text) if text is not None and re.fullmatch(r"\d{1,9}", text) else None

    def _levels(self, style: Element) -> dict[int, Level]:
        found = {}
        for level in style:
            rank = self.whole(level.get(f"{TEXT}level"))
            if rank is None:
                continue
            bullet = level.tag == f"{TEXT}list-level-style-bullet"
            form = BULLET if bullet else _FORMS.get(str(level.get(f"{STYLE}num-format", "")), "")
            found[rank] = Level(
                form,
                drawn(str(level.get(f"{STYLE}num-prefix", ""))),
                drawn(str(level.get(f"{STYLE}num-suffix", ""))),
                self.whole(level.get(f"{TEXT}start-value")) or 1,
                self.whole(level.get(f"{TEXT}display-levels")) or 1,
            )
        return found


class Counters:
    """The numbers of lists and titles, as LibreOffice draws them."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._titles: dict[int, int] = {}
        self._counts: dict[int, int] = {}
        self._by_id: dict[str, dict[int, int]] = {}
        self._by_style: dict[str | None, dict[int, int]] = {}

    def outline(self, title: Element, level: int) -> str:
        """Count a title and return its number; empty when titles of its level have none."""
        levels = self._styles.outline
        if level not in levels or not levels[level].form or title.get(f"{TEXT}is-list-header") == "true":
            return ""
        return self._next(title, levels, level, self._titles)

    def begin(self, element: Element, style: str | None, depth: int) -> None:
        """Begin a list: one that stands in no other goes on from an earlier one only when it says so."""
        if depth > 1:
            return
        earlier = element.get(f"{TEXT}continue-list")
        if earlier is not None:
            self._counts = self._by_id.get(str(earlier), {})
        elif element.get(f"{TEXT}continue-numbering") == "true":
            self._counts = self._by_style.get(style, {})
        else:
            self._counts = {}
        self._by_style[style] = self._counts
        if (name := element.get(_ID)) is not None:
            self._by_id[str(name)] = self._counts

    def item(self, item: Element, style: str | None, depth: int) -> str:
        """Count an item and return what stands before it; an item that only holds a list has nothing."""
        first = next(iter(item), None)
        if first is None or first.tag not in (f"{TEXT}p", f"{TEXT}h"):
            return ""
        levels = self._styles.lists.get(style or "", {})
        if depth not in levels or levels[depth].form == BULLET:
            return BULLET
        return self._next(item, levels, depth, self._counts)

    def _next(self, element: Element, levels: dict[int, Level], rank: int, counts: dict[int, int]) -> str:
        own = levels[rank]
        given = self._styles.whole(element.get(f"{TEXT}start-value"))
        counts[rank] = given if given is not None else counts.get(rank, own.start - 1) + 1
        for deeper in [one for one in counts if one > rank]:
            del counts[deeper]
        if not own.form:
            return ""
        parts = [
            shown(counts.get(one, levels[one].start), levels[one].form)
            for one in range(max(1, rank - own.levels + 1), rank + 1)
            if one in levels and levels[one].form not in ("", BULLET)
        ]
        return f"{own.before}{'.'.join(parts)}{own.after}".strip()
