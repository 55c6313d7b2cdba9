"""Cut a tree of provisions into units: the smallest blocks, each with its words, marks and place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cgu_archive.corpus import markdown
from cgu_archive.corpus.comparison.model import CELL_BREAK, Mark, MarkKind, Place, Unit, UnitKind
from cgu_archive.corpus.markdown import Block, Inline
from cgu_archive.corpus.provisions import Kind, Provision

_LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")
_WORDS = re.compile(r"\w+")
_ENUMERATOR = re.compile(
    r"(?:\(?(?P<simple>[a-z]|[ivxl]+|\d{1,3})[.)°]|(?P<dotted>\d{1,3}(?:\.\d+)+)[.)]?)(?=\s)"
)
"""``a) …``, ``(iv) …``, ``2° …``, ``1.1 …`` at the beginning of a block."""


@dataclass(slots=True)
class _Setting:
    """Where the block being read stands."""

    place: Place
    depth: int = 0
    quoted: int = 0
    in_item: bool = False


class _Cutter:
    """Walks the provisions of one text and gathers its units."""

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.first_lines: list[int] = []
        self._marker = ""

    def provision(self, provision: Provision, above: Place | None = None) -> None:
        place = _place(provision, above)
        setting = _Setting(place)
        if provision.heading is not None:
            text, marks = flatten(provision.heading.inlines)
            own = _own_number(text, provision.number)
            self._add(setting, UnitKind.HEADING, text, marks, provision.heading.lines[0], own=own)
            self.units[-1] = replace(self.units[-1], level=provision.heading.level)
        self._marker = provision.marker
        self._blocks(provision.blocks, setting)
        self._spend_marker(setting, 0)
        for child in provision.children:
            self.provision(child, place)

    def never_empty(self, text: Provision) -> None:
        """Give a text without any block one unit without words, so that its source has a place."""
        if not self.units:
            self._add(_Setting(_place(text)), UnitKind.PARAGRAPH, "", (), 0)

    def _blocks(self, blocks: Sequence[Block], setting: _Setting) -> None:
        for block in blocks:
            self._block(block, setting)

    def _block(self, block: Block, setting: _Setting) -> None:
        line = block.lines[0]
        match block:
            case markdown.Heading(level, inlines):
                text, marks = flatten(inlines)
                self._add(setting, UnitKind.INTERTITLE, text, marks, line)
                self.units[-1] = replace(self.units[-1], level=level)
            case markdown.Paragraph(inlines):
                text, marks = flatten(inlines)
                own = None if self._marker else self._number_at_head(text, setting)
                self._add(setting, UnitKind.PARAGRAPH, text, marks, line, own=own)
            case markdown.List(_, items):
                for item in items:
                    self._item(item, setting)
            case markdown.Table(header, rows):
                for row in (header, *rows):
                    text, marks = _cells(row.cells)
                    self._add(setting, UnitKind.ROW, text, marks, row.lines[0], header=row is header)
            case markdown.Quote(inner):
                self._blocks(inner, replace(setting, quoted=setting.quoted + 1))
            case markdown.CodeBlock(text):
                for rank, code in enumerate(text.splitlines()):
                    self._add(setting, UnitKind.CODE, _plain_spaces(code), (), line + rank)
            case _:  # a rule: no word, and no number to take
                self._push(setting, UnitKind.RULE, "", (), line, "", None, header=False)

    def _number_at_head(self, text: str, setting: _Setting) -> tuple[int, int] | None:
        """Return where the number of a paragraph stands in its words, or of the title that opens it."""
        place = setting.place
        opens = not self.units or self.units[-1].place is not place
        if opens and place.kind in (Kind.ARTICLE, Kind.SECTION):
            return _own_number(text, place.number)
        return _enumerator(text)

    def _item(self, item: markdown.Item, setting: _Setting) -> None:
        """Read an entry of a list: its marker goes to its first block, after those of outer lists."""
        self._marker = f"{self._marker} {item.marker}".strip()
        inside = replace(setting, depth=setting.depth + 1, in_item=True)
        before = len(self.units)
        self._blocks(item.blocks, inside)
        if all(unit.kind is UnitKind.RULE for unit in self.units[before:]):
            self._add(inside, UnitKind.ITEM, "", (), item.lines[0])

    def _spend_marker(self, setting: _Setting, line: int) -> None:
        if self._marker:
            self._add(setting, UnitKind.PARAGRAPH, "", (), line)

    def _add(
        self,
        setting: _Setting,
        kind: UnitKind,
        text: str,
        marks: tuple[Mark, ...],
        line: int,
        *,
        own: tuple[int, int] | None = None,
        header: bool = False,
    ) -> None:
        """Add a unit that has words, or a number: it takes the waiting marker."""
        if setting.in_item and kind is UnitKind.PARAGRAPH:
            kind = UnitKind.ITEM
        setting.in_item = False
        marker, self._marker = self._marker, ""
        self._push(setting, kind, text, marks, line, marker, own, header=header)

    def _push(
        self,
        setting: _Setting,
        kind: UnitKind,
        text: str,
        marks: tuple[Mark, ...],
        line: int,
        marker: str,
        own: tuple[int, int] | None,
        *,
        header: bool,
    ) -> None:
        rank, place, depth, quoted = len(self.units), setting.place, setting.depth, setting.quoted
        self.units.append(Unit(rank, kind, place, marker, text, marks, 0, depth, quoted, header, own))
        self.first_lines.append(line)


def units(text: Provision, source: str = "") -> tuple[Unit, ...]:
    """Return the units of `text` in reading order, each with its part of `source` when that is given."""
    cutter = _Cutter()
    cutter.provision(text)
    cutter.never_empty(text)
    if not source:
        return tuple(cutter.units)
    parts = _parts(source, cutter.first_lines)
    return tuple(replace(unit, source=part) for unit, part in zip(cutter.units, parts, strict=True))


def is_nothing(unit: Unit) -> bool:
    """Whether a unit only holds the place of a text without any block."""
    return unit.kind is UnitKind.PARAGRAPH and not (unit.text or unit.marker or unit.marks)


def flatten(inlines: Sequence[Inline]) -> tuple[str, tuple[Mark, ...]]:
    """Return the words of `inlines`, white space made spaces, and the marks on them."""
    words: list[str] = []
    marks: list[Mark] = []
    _flatten(inlines, 0, words, marks)
    return _plain_spaces("".join(words)), tuple(marks)


def _flatten(inlines: Sequence[Inline], at: int, words: list[str], marks: list[Mark]) -> int:
    """Add the words of `inlines`, the first of which stands `at`, and their marks; return where they end."""
    for inline in inlines:
        start = at
        match inline:
            case markdown.Text(text) | markdown.Code(text) | markdown.Image(_, text):
                words.append(text)
                at += len(text)
            case markdown.Strong(children) | markdown.Emphasis(children) | markdown.Link(_, children):
                at = _flatten(children, at, words, marks)
            case _:  # the end of a line
                words.append(" ")
                at += 1
        if mark := _mark(inline, start, at):
            marks.append(mark)
    return at


def _mark(inline: Inline, start: int, end: int) -> Mark | None:
    match inline:
        case markdown.Strong():
            return Mark(start, end, MarkKind.STRONG)
        case markdown.Emphasis():
            return Mark(start, end, MarkKind.EMPHASIS)
        case markdown.Code():
            return Mark(start, end, MarkKind.CODE)
        case markdown.Link(target):
            return Mark(start, end, MarkKind.LINK, target)
        case markdown.Image(target):
            return Mark(start, end, MarkKind.IMAGE, target)
        case markdown.Break(hard=True):
            return Mark(start, end, MarkKind.BREAK)
        case _:
            return None


def _cells(cells: Sequence[Sequence[Inline]]) -> tuple[str, tuple[Mark, ...]]:
    words: list[str] = []
    marks: list[Mark] = []
    at = 0
    for cell in cells:
        text, own = flatten(cell)
        words.append(text)
        marks += (replace(mark, start=mark.start + at, end=mark.end + at) for mark in own)
        at += len(text) + 1
    return CELL_BREAK.join(words), tuple(marks)


def _plain_spaces(text: str) -> str:
    """Return `text` without the two characters that separate units and cells."""
    return text.replace("\n", " ").replace("\t", " ")


def _place(provision: Provision, above: Place | None = None) -> Place:
    if not provision.marker or above is None or above.number is None:
        above = None
    return Place(provision.address, provision.number, provision.title, provision.label, provision.kind, above)


def _own_number(text: str, number: str | None) -> tuple[int, int] | None:
    """Return where the number of a title stands in its words."""
    if number is None:
        return None
    spans = ((word.start(), word.start() + len(number)) for word in _WORDS.finditer(text))
    return next((at for at in spans if text[slice(*at)] == number and not _WORDS.match(text, at[1])), None)


def _enumerator(text: str) -> tuple[int, int] | None:
    found = _ENUMERATOR.match(text)
    return found.span(found.lastgroup or 0) if found else None


def _parts(source: str, first_lines: Sequence[int]) -> Iterator[str]:
    """Cut `source` before the first line of each unit; the first part begins with the text."""
    lines = [line for line in _LINE_END.split(source) if line]
    at = 0
    for following in first_lines[1:]:
        end = max(at, following)
        yield "".join(lines[at:end])
        at = end
    yield "".join(lines[at:])
