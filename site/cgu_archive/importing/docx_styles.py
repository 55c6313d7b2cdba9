"""What the styles of a Word file say of a paragraph: title or not, its numbering, its look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgu_archive.importing.packages import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TITLE_NAMES = frozenset({"title", "titre"})
_QUOTE_NAMES = frozenset({"quote", "citation"})
_CODE_NAMES = frozenset({"code", "code dans le texte"})
_HEADING = re.compile(r"(?:heading|titre) ([1-9])")
_CONTENTS = re.compile(r"(?:toc|tm) \d|toc heading|en-tête de table des matières|table of figures")
_LEVELS = 9
_DEEPEST = 20
"""Styles based one on the other; more than that is a loop."""
_OFF = frozenset({"0", "false", "off", "none"})


def value(parent: Element | None, name: str) -> str | None:
    """Return the `w:val` of the child `name` of `parent`; None when there is no such child."""
    child = None if parent is None else parent.find(f"{W}{name}")
    return None if child is None else str(child.get(f"{W}val", ""))


def number(text: str | None) -> int | None:
    """Return `text` as a whole number, None when it is none or absurd."""
    return int(text) if text is not None and re.fullmatch(r"-?\d{1,9}", text) else None


def switch(parent: Element | None, name: str) -> bool | None:
    """Return whether the child `name` turns something on; None when nothing is said."""
    found = value(parent, name)
    return None if found is None else found.lower() not in _OFF


@dataclass(frozen=True, slots=True)
class Look:
    """How words look, as far as that may make a title of them."""

    bold: bool = False
    italic: bool = False
    caps: bool = False
    hidden: bool = False
    size: int = 22
    """Half points."""


@dataclass(frozen=True, slots=True)
class Place:
    """The numbering of a paragraph: which, and at which level (None: the level tied to its style)."""

    number: str | None
    level: int | None


class Styles:
    """The styles of one file."""

    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, Element] = {}
        self._defaults: dict[str, str] = {}
        self._looks: dict[str, Look] = {}
        self.normal_size = 22
        if root is None:
            return
        for style in root.iterfind(f"{W}style"):
            name = str(style.get(f"{W}styleId", ""))
            self._styles[name] = style
            if str(style.get(f"{W}default", "")).lower() in ("1", "true", "on"):
                self._defaults[str(style.get(f"{W}type", ""))] = name
        base = root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        self._base = look_over(Look(), base)
        self.normal_size = self.look(None).size

    def _chain(self, style: str | None, kind: str = "paragraph") -> Iterator[Element]:
        """Yield the style and those it is based on, nearest first."""
        name = style if style in self._styles else self._defaults.get(kind)
        for _ in range(_DEEPEST):
            found = self._styles.get(name or "")
            if found is None:
                return
            yield found
            name = value(found, "basedOn")

    def names(self, style: str | None) -> tuple[str, ...]:
        """Return the names of a style and of those it is based on, in small letters."""
        return tuple((value(found, "name") or "").lower() for found in self._chain(style))

    def look(self, style: str | None) -> Look:
        """Return how the words of a paragraph of this style look."""
        key = style or ""
        if key not in self._looks:
            look = getattr(self, "_base", Look())
            for found in reversed(list(self._chain(style))):
                look = look_over(look, found.find(f"{W}rPr"))
            self._looks[key] = look
        return self._looks[key]

    def character(self, look: Look, style: str | None) -> Look:
        """Return `look` with what a style of characters adds."""
        for found in reversed(list(self._chain(style, "character")) if style else []):
            look = look_over(look, found.find(f"{W}rPr"))
        return look

    def is_title(self, style: str | None) -> bool:
        """Whether it is the style of the title of the whole."""
        return any(name in _TITLE_NAMES for name in self.names(style)[:2])

    def is_quote(self, style: str | None) -> bool:
        """Whether it is the style of quoted paragraphs."""
        return any(name in _QUOTE_NAMES for name in self.names(style)[:2])

    def is_code(self, style: str | None) -> bool:
        """Whether it is the style of lines, or words, given as they are."""
        return any(name in _CODE_NAMES for name in self.names(style)[:2])

    def is_contents(self, style: str | None) -> bool:
        """Whether it is a style of automatic tables of contents."""
        return any(_CONTENTS.fullmatch(name) for name in self.names(style)[:2])

    def level(self, style: str | None, properties: Element | None) -> int:
        """Return the level of a title, from 1; 0 for a paragraph that is none."""
        direct = number(value(properties, "outlineLvl"))
        if direct is not None:
            return direct + 1 if 0 <= direct < _LEVELS else 0
        for found in self._chain(style):
            if heading := _HEADING.fullmatch((value(found, "name") or "").lower()):
                return int(heading[1])
            outline = number(value(found.find(f"{W}pPr"), "outlineLvl"))
            if outline is not None:
                return outline + 1 if 0 <= outline < _LEVELS else 0
        return 0

    def numbering(self, style: str | None, properties: Element | None) -> tuple[Place, str | None]:
        """Return the numbering of a paragraph, and the style that gave it, None when it is its own."""
        own = None if properties is None else properties.find(f"{W}numPr")
        level = number(value(own, "ilvl"))
        if own is not None and (named := value(own, "numId")) is not None:
            return Place(named, level), None
        for found in self._chain(style):
            given = found.find(f"{W}pPr/{W}numPr")
            if given is not None and (named := value(given, "numId")) is not None:
                theirs = number(value(given, "ilvl"))
                return Place(named, level if level is not None else theirs), found.get(f"{W}styleId")
        return Place(None, level), None

    def of_numbering(self, style: str | None) -> str | None:
        """Return the numbering that a style of lists stands for."""
        found = self._styles.get(style or "")
        given = None if found is None else found.find(f"{W}pPr/{W}numPr")
        return value(given, "numId")

    def indent(self, style: str | None) -> int | None:
        """Return the left indent of a style, in twentieths of a point."""
        for found in self._chain(style):
            if (left := indent(found.find(f"{W}pPr"))) is not None:
                return left
        return None


def indent(properties: Element | None) -> int | None:
    """Return the left indent that `properties` say, in twentieths of a point."""
    found = None if properties is None else properties.find(f"{W}ind")
    if found is None:
        return None
    return number(found.get(f"{W}left", found.get(f"{W}start")))


def look_over(look: Look, properties: Element | None) -> Look:
    """Return `look` with what `properties` of a run change in it."""
    if properties is None:
        return look
    bold, italic, caps = (switch(properties, name) for name in ("b", "i", "caps"))
    hidden, size = switch(properties, "vanish"), number(value(properties, "sz"))
    return Look(
        look.bold if bold is None else bold,
        look.italic if italic is None else italic,
        look.caps if caps is None else caps,
        look.hidden if hidden is None else hidden,
        look.size if size is None else size,
    )
