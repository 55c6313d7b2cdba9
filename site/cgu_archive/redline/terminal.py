"""A comparison as lines for a terminal: what changed between signs, or in colour when that is asked."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from cgu_archive.corpus.comparison import ChangeClass, Comparison, MarkKind, Op, Place, Row, Span, UnitKind
from cgu_archive.redline import attachments
from cgu_archive.redline.departures import TOP, departures
from cgu_archive.redline.details import TOO_LONG, details, is_too_long
from cgu_archive.redline.listing import Entry, entries, is_changed
from cgu_archive.redline.moves import Ends, is_new_or_gone, settled
from cgu_archive.redline.naming import Names
from cgu_archive.redline.places import NBSP
from cgu_archive.redline.sentences import moved_from
from cgu_archive.redline.unseen import coded, for_terminal
from cgu_archive.redline.words import CALLOUTS, classes_alone, first_line, warning_sentence

_SIDE_BY_SIDE = 140
"""Width, in columns, from which both texts stand side by side."""
_NARROWEST = 30
_GUTTER = " │ "
_SIGNS = {Op.INSERTED: ("[+", "+]"), Op.DELETED: ("[-", "-]"), Op.EQUAL: ("", "")}
_INNER_SIGNS = {Op.INSERTED: ("{+", "+}"), Op.DELETED: ("{-", "-}")}
"""Around what changed in a sentence that moved."""
_COLOURS = {Op.INSERTED: "\033[4;32m", Op.DELETED: "\033[9;31m", Op.EQUAL: ""}
_MOVED = {Op.INSERTED: "\033[4;35m", Op.DELETED: "\033[9;35m", Op.EQUAL: "\033[35m"}
"""Of words that moved, and of what is said of them."""
_BOLD = "\033[1m"
_PLAIN = "\033[0m"
_SPACES = dict.fromkeys([0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], "␣")

_ON_THE_WAY = frozenset({ChangeClass.WORDING, ChangeClass.TYPOGRAPHY, ChangeClass.NUMBERING})
"""What sets the words lost or won by a sentence that moved apart from those it kept."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some words, and how they are shown."""

    text: str
    op: Op
    opening: str = ""
    closing: str = ""
    """The signs around them, when there is no colour."""
    colour: str = ""


def redline_terminal(comparison: Comparison, *, colour: bool = False, width: int = 80) -> str:
    """Return what changed, in lines of at most `width` columns, in colour (ANSI) when `colour`.

    Without colour, inserted words stand between ``[+`` and ``+]``, deleted ones between ``[-`` and ``-]``;
    those of a sentence that moved begin with where it went or comes from, between parentheses, and the words
    lost or won on the way stand between ``{-`` and ``-}``, ``{+`` and ``+}`` inside.
    """
    return "\n".join(_Printer(comparison, max(width, _NARROWEST), colour=colour).lines())


class _Printer:
    """Writes one comparison."""

    def __init__(self, comparison: Comparison, width: int, *, colour: bool) -> None:
        self._comparison = comparison
        self._ends = Ends(comparison)
        self._names = Names(comparison)
        self._width = width
        self._colour = colour

    def lines(self) -> Iterator[str]:
        comparison = self._comparison
        yield from self._said(first_line(comparison), bold=True)
        for sentence in attachments.sentences(comparison):
            yield from self._said(sentence)
        for warning in comparison.warnings:
            yield from self._said(f"Attention{NBSP}: {warning_sentence(warning)}")
        listed = entries(comparison)
        if listed:
            yield ""
        for rank, entry in enumerate(listed, start=1):
            yield from self._entry(rank, entry)
        if any(change.callouts for change in comparison.changes):
            yield from self._said(CALLOUTS)
        yield from self._text(comparison)

    def _entry(self, rank: int, entry: Entry) -> Iterator[str]:
        yield from self._said(f"{rank}. {entry.sentence}.", indent="   ")
        for told in (*entry.callouts, *(member.name for member in entry.members)):
            yield from self._said(f"   - {told}", indent="     ")

    def _text(self, comparison: Comparison) -> Iterator[str]:
        """Yield what changed in the text, and where what moved stood."""
        leaving: dict[int, list[str]] = {}
        for departure in departures(comparison):
            leaving.setdefault(departure.after, []).append(departure.sentence)
        yield from self._left(leaving.get(TOP, []))
        place: Place | None = None
        for rank, row in enumerate(comparison.rows):
            changed = is_changed(comparison, rank)
            if not changed and rank not in leaving:
                continue
            unit = (row.new or row.old)[0]
            if changed:
                yield ""
            if unit.place != place and (unit.kind is not UnitKind.HEADING or not changed):
                yield from ([] if changed else [""])
                yield from self._said(self._names.of_row(row), bold=True)
            place = unit.place
            if changed:
                yield from self._row(comparison, row)
            yield from self._left(leaving.get(rank, []))

    def _left(self, sentences: Sequence[str]) -> Iterator[str]:
        for sentence in sentences:
            yield ""
            yield from self._said(f"[{sentence}]")

    def _row(self, comparison: Comparison, row: Row) -> Iterator[str]:
        if row.old and row.new:
            yield from self._notes(comparison, row)
        pieces = list(self._pieces(row))
        if self._width < _SIDE_BY_SIDE:
            yield from (line for line, _ in self._wrapped(pieces, self._width))
            return
        column = (self._width - len(_GUTTER)) // 2
        left = self._wrapped([piece for piece in pieces if piece.op is not Op.INSERTED], column)
        right = self._wrapped([piece for piece in pieces if piece.op is not Op.DELETED], column)
        for (before, length), (after, _) in zip_longest(left, right, fillvalue=("", 0)):
            yield f"{before}{' ' * (column - length)}{_GUTTER}{after}".rstrip()

    def _notes(self, comparison: Comparison, row: Row) -> Iterator[str]:
        """Yield what no sign between words can show."""
        change = comparison.changes[row.change] if row.change is not None else None
        own = settled(row, self._comparison.moves)
        if row.moved or not (row.classes or row.moves):
            yield from self._said(f"({moved_from(row, change, self._names)})")
        elif not own.words.inserted and not own.words.deleted and len(own.classes) == 1:
            signs = details([own])
            told = [classes_alone(own.classes, [own]), *([signs] if signs else [])]
            yield from self._said(f"({f'{NBSP}: '.join(told)})")
        if is_too_long(row):
            yield from self._said(f"({TOO_LONG})")
        came = dict.fromkeys(span.move for span in row.spans if span.op is Op.INSERTED)
        for linked in (own, *(comparison.moves[move].row for move in came if move is not None)):
            for before, after in _targets(linked) if ChangeClass.LINK in linked.classes else ():
                yield from self._said(f"(lien{NBSP}: {before or 'aucun'} → {after or 'aucun'})")

    def _pieces(self, row: Row) -> Iterator[_Piece]:
        """Yield the words of a row, its numbers first, and what happened to them."""
        old, new = (" ".join(u.marker for u in units if u.marker) for units in (row.old, row.new))
        if old == new and new:
            yield _Piece(f"{new} ", Op.EQUAL)
        else:
            yield from (
                _plain(f"{marker} ", op) for marker, op in ((old, Op.DELETED), (new, Op.INSERTED)) if marker
            )
        for (move, op), spans in groupby(
            map(self._ends.bare, row.spans), key=lambda span: (span.move, span.op)
        ):
            if move is None:
                yield from (_plain(_spelled(span), op) for span in spans)
            else:
                yield from self._moved(move, op, list(spans))

    def _moved(self, move: int, op: Op, spans: Sequence[Span]) -> Iterator[_Piece]:
        """Yield the words of a sentence that moved, after where the other end is."""
        (opening, closing), colour = _SIGNS[op], _MOVED[op]
        words = [_spelled(span) for span in spans]
        head = words[0][: len(words[0]) - len(words[0].lstrip(" "))]
        words[0] = words[0].lstrip(" ")
        tail = words[-1][len(words[-1].rstrip(" ")) :]
        words[-1] = words[-1].rstrip(" ")
        end = self._ends.end(move, op)
        said = _safe(f"{end.said}{end.on_the_way and f', {end.on_the_way}'}", changed=False)
        yield _Piece(f"{head}({said}) ", op, opening, "", _MOVED[Op.EQUAL])
        for span, text in zip(spans, words, strict=True):
            if span.change in _ON_THE_WAY:
                yield _Piece(text, op, *_INNER_SIGNS[op], _COLOURS[op])
            else:
                yield _Piece(text, op, colour=colour)
        yield _Piece("", op, "", closing, colour)
        yield _Piece(tail, op)

    def _wrapped(self, pieces: Sequence[_Piece], width: int) -> list[tuple[str, int]]:
        """Return lines of at most `width` columns, each with its length on the screen."""
        lines: list[tuple[str, int]] = []
        line, length = "", 0
        for word in _words(pieces, width, signs=not self._colour):
            size = sum(len(text) for text, _ in word)
            if length and length + 1 + size > width:
                lines.append((line, length))
                line, length = "", 0
            gap = " " if length else ""
            line += gap + "".join(self._painted(text, colour) for text, colour in word)
            length += len(gap) + size
        return [*lines, (line, length)] if length else lines

    def _painted(self, text: str, colour: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._colour and colour else text

    def _said(self, text: str, *, bold: bool = False, indent: str = "") -> Iterator[str]:
        safe = _safe(" ".join(re.split("[\n\t]", text)), changed=False)
        for line in textwrap.wrap(safe, self._width, subsequent_indent=indent, break_on_hyphens=False):
            yield f"{_BOLD}{line}{_PLAIN}" if bold and self._colour else line


def _targets(row: Row) -> Iterator[tuple[str, str]]:
    """Yield where the links of a row led and lead, those that changed."""
    old, new = (
        [mark.target for unit in units for mark in unit.marks if mark.kind in (MarkKind.LINK, MarkKind.IMAGE)]
        for units in (row.old, row.new)
    )
    if len(old) == len(new):
        yield from dict.fromkeys((was, now) for was, now in zip(old, new, strict=True) if was != now)
        return
    yield from ((target, "") for target in dict.fromkeys(old) if target not in new)
    yield from (("", target) for target in dict.fromkeys(new) if target not in old)


def _plain(text: str, op: Op) -> _Piece:
    return _Piece(text, op, *_SIGNS[op], _COLOURS[op])


def _spelled(span: Span) -> str:
    text = span.text.replace("\n", " ¶ ").replace("\t", " | ")
    changed = is_new_or_gone(span)
    if changed and text.isspace():
        text = text.translate(_SPACES)
    return _safe(text, changed=changed)


def _safe(text: str, *, changed: bool) -> str:
    """Return words that show on a terminal and cannot drive it."""
    return for_terminal(coded(text, changed=changed), keep="")


def _words(pieces: Sequence[_Piece], width: int, *, signs: bool) -> Iterator[list[tuple[str, str]]]:
    """Yield what stands between two spaces, as parts with their colour; one longer than a line is cut."""
    word: list[tuple[str, str]] = []
    for piece in pieces:
        text = piece.text
        opening, closing = (piece.opening, piece.closing) if signs else ("", "")
        head = text[: len(text) - len(text.lstrip(" "))]
        tail = text[len(text.rstrip(" ")) :] if text.strip(" ") else ""
        inner = text.strip(" ")
        if head and word:
            yield word
            word = []
        parts = f"{opening}{inner}{closing}".split(" ") if inner or not text else []
        for rank, part in enumerate(parts):
            if rank and word:
                yield word
                word = []
            for start in range(0, len(part), width):
                cut = part[start : start + width]
                if word and sum(len(text) for text, _ in word) + len(cut) > width:
                    yield word
                    word = []
                word.append((cut, piece.colour))
        if tail and word:
            yield word
            word = []
    if word:
        yield word
