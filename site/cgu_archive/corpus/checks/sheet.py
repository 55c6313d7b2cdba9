"""A text laid out for its rules: runs of words, each with its provision and its place in the file.

A run is what is read in one breath: a title, a paragraph, the first words of an item, a cell. Markdown gives
no place to the words inside a paragraph; they are found again in the lines it was read from, and a word whose
place is unsure has none: it can be spoken of, never mended.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from cgu_archive.corpus import markdown
from cgu_archive.corpus.errors import Edit, Fix, Place
from cgu_archive.corpus.markdown import Block, Code, Image, Inline, Lines, Link, Strong, Text
from cgu_archive.corpus.provisions import Provision

WORD = re.compile(r"[^\W_]+")
"""A word, or a number."""
EMAIL = re.compile(
    r"(?<![^\s<>()«»@:;,])(?P<local>[^\s<>()«»@:;,]{1,64})@(?P<host>[^\s<>()«»@:;,]{0,254}[^\s<>()«»@:;,.])"
)
_SMALL = re.compile(r"(?<![\w.@/-])[a-zà-ÿœ]{3,}+(?![\w@])")
_LINE_END = re.compile(r"\r\n?|\n")
_HEAD = re.compile(r"(?:[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+)*[ \t>]*")
"""What stands before the words of a block: marks of lists and quotes."""
_TITLE_HEAD = re.compile(r"[ \t>]*(?:#{1,6}[ \t]+)?")
_MARKS = frozenset("*_`\\<>[]!#| \t\r\n-+")
_GAP = 80
"""More marks than that between two words are not understood."""


class Form(StrEnum):
    """What a run is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    CELL = "cell"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Words of a run that are a link: `start` to `end`, and where they lead."""

    start: int
    end: int
    target: str


@dataclass(frozen=True, slots=True)
class Run:
    """Words read in one breath."""

    words: str
    form: Form
    level: int
    """Of a heading, 1 to 6; 0 otherwise."""
    line: int
    """1-based, the first."""
    at: str
    """Address of its provision."""
    group: int
    """Which list an item is of; 0 for what is no item."""
    anchors: tuple[Anchor, ...]
    bold: bool
    """Whether all its words are in bold."""
    pieces: tuple[tuple[int, int, int], ...]
    """(place in `words`, place in the file, length) of the stretches that stand in both."""

    def anchor_at(self, place: int) -> Anchor | None:
        """Return the link that the letter at `place` is of."""
        rank = bisect_right(self.anchors, place, key=lambda anchor: anchor.start) - 1
        return self.anchors[rank] if rank >= 0 and place < self.anchors[rank].end else None


class Sheet:
    """The runs of one text, in reading order, and the file they stand in."""

    def __init__(self, text: str, root: Provision) -> None:
        self.text = text
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]
        self._groups = 0
        self.root = root
        self.runs: tuple[Run, ...] = tuple(run for unit in root.walk() for run in self._unit(unit))

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each word is read, in small letters."""
        return Counter(word for run in self.runs for word in WORD.findall(run.words.casefold()))

    @cached_property
    def small(self) -> frozenset[str]:
        """The words that are read without any capital, outside addresses."""
        return frozenset(word for run in self.runs for word in _SMALL.findall(run.words))

    @cached_property
    def by_line(self) -> dict[int, list[Run]]:
        """The runs that begin on each line, 1-based."""
        found: dict[int, list[Run]] = {}
        for run in self.runs:
            found.setdefault(run.line, []).append(run)
        return found

    def place(self, run: Run, start: int, end: int) -> tuple[int, Place]:
        """Return the 1-based line, and the place, of the words `start` to `end` of `run`."""
        words = run.words[start:end]
        span = self.span(run, start, end)
        if span is None:
            return run.line, Place(words, run.at)
        first, after = span
        line = bisect_right(self._starts, first)
        begins = self._starts[line - 1]
        ends = self._starts[line] if line < len(self._starts) else len(self.text) + 1
        columns = (first - begins + 1, max(first, after - 1) - begins + 1) if after <= ends else None
        return line, Place(words, run.at, first, after, columns)

    def span(self, run: Run, start: int, end: int) -> tuple[int, int] | None:
        """Return where the words `start` to `end` of `run` begin and end in the file; None when unsure."""
        first = _sought(run, start, after=False)
        last = _sought(run, end, after=True) if end > start else first
        return None if first is None or last is None or last < first else (first, last)

    def fix(self, run: Run, edits: tuple[Edit, ...]) -> Fix | None:
        """Return `edits`, given in the words of `run`, in the file; None when one of them is unsure."""
        placed = []
        for edit in edits:
            span = self.span(run, edit.start, edit.end)
            if span is None or _squeezed(self.text[slice(*span)]) != _squeezed(
                run.words[edit.start : edit.end]
            ):
                return None
            placed.append(Edit(*span, edit.words))
        return Fix(tuple(placed)) if placed else None

    def lines(self, run: Run) -> tuple[int, int]:
        """Return where the first line of `run` begins and ends in the file."""
        ends = self._starts[run.line] if run.line < len(self._starts) else len(self.text)
        return self._starts[run.line - 1], ends

    def _unit(self, unit: Provision) -> Iterator[Run]:
        if unit.heading is not None:
            heading = unit.heading
            yield self._run(heading.inlines, Form.HEADING, heading.lines, unit.address, level=heading.level)
        for block in unit.blocks:
            yield from self._block(block, unit.address, Form.PARAGRAPH, 0)

    def _block(self, block: Block, at: str, form: Form, group: int) -> Iterator[Run]:
        match block:
            case markdown.Heading(level, inlines, lines):
                yield self._run(inlines, Form.HEADING, lines, at, level=level)
            case markdown.Paragraph(inlines, lines):
                yield self._run(inlines, form, lines, at, group=group)
            case markdown.List(_, items):
                self._groups += 1
                group = self._groups
                for item in items:
                    for rank, inner in enumerate(item.blocks):
                        held = Form.PARAGRAPH if rank else Form.ITEM
                        yield from self._block(inner, at, held, 0 if rank else group)
            case markdown.Quote(inner_blocks):
                for inner in inner_blocks:
                    yield from self._block(inner, at, form, 0)
            case markdown.Table(header, rows):
                for row in (header, *rows):
                    cursor = 0
                    for cell in row.cells:
                        run = self._run(cell, Form.CELL, row.lines, at, cursor=cursor)
                        cursor = max([cursor, *(begins + length for _, begins, length in run.pieces)])
                        yield run
            case _:  # code and rules hold no sentence
                pass

    def _run(
        self,
        inlines: tuple[Inline, ...],
        form: Form,
        lines: Lines,
        at: str,
        *,
        level: int = 0,
        group: int = 0,
        cursor: int = 0,
    ) -> Run:
        begins = self._starts[min(lines[0], len(self._starts) - 1)]
        after = lines[1] if lines[1] < len(self._starts) else -1
        ends = self._starts[after] if after >= 0 else len(self.text)
        head = _TITLE_HEAD if form is Form.HEADING else _HEAD
        walk = _Walk(self.text, max(begins, cursor), ends, head)
        walk.all(inlines)
        words = "".join(walk.words)
        bold = bool(inlines) and all(isinstance(one, Strong) for one in inlines)
        pieces, anchors = tuple(walk.pieces), tuple(walk.anchors)
        return Run(words, form, level, lines[0] + 1, at, group, anchors, bold, pieces)


class _Walk:
    """Follows the words of a block in its lines of the file."""

    def __init__(self, text: str, begins: int, ends: int, head: re.Pattern[str]) -> None:
        found = head.match(text, begins, ends)
        self._text = text
        self._ends = ends
        self._at = found.end() if found else begins
        self._length = 0
        self.words: list[str] = []
        self.pieces: list[tuple[int, int, int]] = []
        self.anchors: list[Anchor] = []

    def all(self, inlines: tuple[Inline, ...]) -> None:
        for inline in inlines:
            match inline:
                case Text(words) | Code(words):
                    self._words(words)
                case Link(target, children):
                    start = self._length
                    self.all(children)
                    self.anchors.append(Anchor(start, self._length, target))
                    self._pass_target()
                case Image(_, description):
                    self._words(description)
                    self._pass_target()
                case markdown.Strong(children) | markdown.Emphasis(children):
                    self.all(children)
                case _:
                    self._read(" ")

    def _read(self, words: str) -> None:
        self.words.append(words)
        self._length += len(words)

    def _words(self, words: str) -> None:
        stop = min(self._ends, self._at + len(words) + _GAP)
        found = self._text.find(words, self._at, stop)
        if found >= 0 and _MARKS.issuperset(self._text[self._at : found]):
            self.pieces.append((self._length, found, len(words)))
            self._at = found + len(words)
        else:
            self._letter_by_letter(words)
        self._read(words)

    def _letter_by_letter(self, words: str) -> None:
        """Place words among marks that escape a sign: each stretch between two marks is a piece."""
        at, pieces, skipped = self._at, [], 0
        begun: tuple[int, int] | None = None
        for rank, letter in enumerate(words):
            while at < self._ends and self._text[at] != letter:
                if self._text[at] not in _MARKS or skipped > _GAP:
                    return
                if begun is not None:
                    pieces.append((self._length + begun[0], begun[1], rank - begun[0]))
                    begun = None
                at, skipped = at + 1, skipped + 1
            if at >= self._ends:
                return
            begun = begun or (rank, at)
            at += 1
        if begun is not None:
            pieces.append((self._length + begun[0], begun[1], len(words) - begun[0]))
        self.pieces += pieces
        self._at = at

    def _pass_target(self) -> None:
        """Go past ``](target)``, ``][name]`` or ``>``."""
        text, at = self._text, self._at
        while at < self._ends and text[at] in "*_`":
            at += 1
        if text.startswith(">", at):
            self._at = at + 1
        elif text.startswith("](", at):
            depth, at = 1, at + 2
            while at < self._ends and depth:
                depth += {"(": 1, ")": -1}.get(text[at], 0)
                at += 2 if text[at] == "\\" else 1
            self._at = min(at, self._ends)
        elif text.startswith("][", at):
            closed = text.find("]", at + 2, self._ends)
            self._at = closed + 1 if closed >= 0 else at


def _sought(run: Run, place: int, *, after: bool) -> int | None:
    """Return where the letter at `place` stands in the file, or the end of the letter before it."""
    letter = place - 1 if after else place
    rank = bisect_right(run.pieces, (letter, len(run.words) + (1 << 40), 0)) - 1
    if rank < 0:
        return None
    start, begins, length = run.pieces[rank]
    if not start <= letter < start + length:
        # a place between two words, where something may be added
        return begins + length if not after and letter == start + length == len(run.words) else None
    return begins + place - start


def same(words: str) -> str:
    """Return `words` in small letters, signs left out, for comparison."""
    return " ".join(WORD.findall(words.casefold()))


def _squeezed(words: str) -> str:
    return " ".join(words.split())
