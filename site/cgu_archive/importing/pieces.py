"""What a reader of any format finds: blocks in reading order, with their numbers as a person sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

MAX_PIECES = 50_000
"""Most blocks of a text; three hundred pages have some five thousand."""
BULLET = "•"
"""The marker of an item without number."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one look."""

    text: str
    """A line feed is a line end that the author asked for."""
    bold: bool = False
    italic: bool = False
    link: str | None = None
    mark: bool = False
    """Whether a program of the reader writes it, not the author: the call of a note."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, a title or an item of a list."""

    runs: tuple[Run, ...]
    place: str
    level: int = 0
    """Of a title, from 1; 0 for all others."""
    marker: str = ""
    """What stands before the words: ``28.``, ``a)``, or `BULLET`."""
    depth: int = 0
    """How many lists it stands in; without marker, it goes on with the item before it."""
    quotes: int = 0
    """How many quotes it stands in."""
    source: str = ""
    """The lines it was made from, where they say more than its words."""
    doubts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Its words, without its marker."""
        return "".join(run.text for run in self.runs)

    @property
    def seen(self) -> str:
        """Its words as a reader sees them."""
        return f"{self.marker} {self.text}".strip()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, each of words of one line or more; the first row is that of the headings."""

    rows: tuple[tuple[tuple[Run, ...], ...], ...]
    place: str
    doubts: tuple[str, ...] = ()

    @property
    def seen(self) -> str:
        """Its words, a row by line."""
        return "\n".join(" | ".join("".join(r.text for r in cell) for cell in row) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Literal:
    """Lines given as they are."""

    text: str
    place: str
    quotes: int = 0
    doubts: tuple[str, ...] = ()

    @property
    def seen(self) -> str:
        """Its lines."""
        return self.text


@dataclass(frozen=True, slots=True)
class Line:
    """A line drawn across the page."""

    place: str
    quotes: int = 0
    doubts: tuple[str, ...] = ()

    @property
    def seen(self) -> str:
        """Nothing: it has no words."""
        return ""


Piece = Paragraph | Table | Literal | Line


@dataclass(slots=True)
class Hanging:
    """A comment and the piece it hangs on."""

    author: str
    words: str
    date: str
    piece: int
    """Its rank."""


@dataclass(slots=True)
class Found:
    """All that a reader found in a file."""

    pieces: list[Piece] = field(default_factory=list)
    general: list[str] = field(default_factory=list)
    """Doubts about the whole file."""
    comments: list[Hanging] = field(default_factory=list)
    raw: str | None = None
    """Every word of the file, read a second time without looking at its structure; None where none can be."""


_ENCODED = re.compile(r"(?:%[89A-F][0-9A-F])+", re.IGNORECASE)
_TYPED_NUMBER = re.compile(r"(\d{1,9}[.)])[\s\u00a0]+(?=\S)")
_TYPED_BULLET = re.compile(r"[-–—•·▪‣◦●○■□➢➤✓*\uf0b7\uf0a7\uf0d8][\s\u00a0]+(?=\S)")


def typed_marker(words: str) -> tuple[str, int]:
    """Return the number or bullet typed before `words`, and how many characters it takes with its spaces."""
    if found := _TYPED_NUMBER.match(words):
        return found[1], found.end()
    if found := _TYPED_BULLET.match(words):
        return BULLET, found.end()
    return "", 0


_COMMANDS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]+")


def plain_words(words: str) -> str:
    """Return what a person wrote beside the text without what no reader sees or what turns words round."""
    return _COMMANDS.sub(" ", words).strip()


def cut(runs: Sequence[Run], count: int) -> tuple[Run, ...]:
    """Return `runs` without their first `count` characters."""
    left: list[Run] = []
    for run in runs:
        taken = min(count, len(run.text))
        count -= taken
        if run.text[taken:]:
            left.append(Run(run.text[taken:], run.bold, run.italic, run.link, run.mark))
    return tuple(left)


def merged(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return `runs` with neighbours of one look made one."""
    found: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        if found and _look(found[-1]) == _look(run):
            found[-1] = Run(found[-1].text + run.text, run.bold, run.italic, run.link, run.mark)
        else:
            found.append(run)
    return tuple(found)


def _look(run: Run) -> tuple[bool, bool, str | None, bool]:
    return run.bold, run.italic, run.link, run.mark


def words_of(pieces: Sequence[Piece]) -> Iterator[str]:
    """Yield the words of `pieces` that stand in the file as such: no number computed, no call of a note."""
    for piece in pieces:
        match piece:
            case Paragraph(runs):
                yield "".join(run.text for run in runs if not run.mark)
            case Table(rows):
                for row in rows:
                    for cell in row:
                        yield "".join(run.text for run in cell if not run.mark)
            case _:
                yield piece.seen


def readable(target: str) -> str:
    """Return an address with its letters as they were typed."""
    return _ENCODED.sub(lambda found: _letters(found[0]), target)


def _letters(encoded: str) -> str:
    try:
        return bytes.fromhex(encoded.replace("%", "")).decode()
    except UnicodeDecodeError:
        return encoded
