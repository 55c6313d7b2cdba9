"""A comparison as lines for a terminal: what changed between signs, or in colour when that is asked."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from cgu_archive.corpus.comparison import ChangeClass, Comparison, MarkKind, Op, Place, Row, Span, UnitKind
from cgu_archive.redline.departures import TOP, departures
from cgu_archive.redline.listing import Entry, entries, is_changed
from cgu_archive.redline.places import NBSP, Former, name
from cgu_archive.redline.sentences import moved_from
from cgu_archive.redline.unseen import coded, for_terminal
from cgu_archive.redline.words import CALLOUTS, classes_alone, first_line, typography, warning_sentence

_SIDE_BY_SIDE = 140
"""Width, in columns, from which both texts stand side by side."""
_NARROWEST = 30
_GUTTER = " │ "
_SIGNS = {Op.INSERTED: ("[+", "+]"), Op.DELETED: ("[-", "-]"), Op.EQUAL: ("", "")}
_COLOURS = {Op.INSERTED: "\033[4;32m", Op.DELETED: "\033[9;31m"}
_BOLD = "\033[1m"
_PLAIN = "\033[0m"
_SPACES = dict.fromkeys([0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], "␣")

_Piece = tuple[str, Op]


def redline_terminal(comparison: Comparison, *, colour: bool = False, width: int = 80) -> str:
    """Return what changed, in lines of at most `width` columns, in colour (ANSI) when `colour`.

    Without colour, inserted words stand between ``[+`` and ``+]``, deleted ones between ``[-`` and ``-]``.
    """
    return "\n".join(_Printer(colour, max(width, _NARROWEST)).lines(comparison))


class _Printer:
    """Writes one comparison."""

    def __init__(self, colour: bool, width: int) -> None:
        self._colour = colour
        self._width = width

    def lines(self, comparison: Comparison) -> Iterator[str]:
        yield from self._said(first_line(comparison), bold=True)
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
                yield from self._said(name(unit.place), bold=True)
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
        pieces = list(_pieces(row))
        if self._width < _SIDE_BY_SIDE:
            yield from (line for line, _ in self._wrapped(pieces, self._width))
            return
        column = (self._width - len(_GUTTER)) // 2
        left = self._wrapped([piece for piece in pieces if piece[1] is not Op.INSERTED], column)
        right = self._wrapped([piece for piece in pieces if piece[1] is not Op.DELETED], column)
        for (before, length), (after, _) in zip_longest(left, right, fillvalue=("", 0)):
            yield f"{before}{' ' * (column - length)}{_GUTTER}{after}".rstrip()

    def _notes(self, comparison: Comparison, row: Row) -> Iterator[str]:
        """Yield what no sign between words can show."""
        change = comparison.changes[row.change] if row.change is not None else None
        if row.moved or not row.classes:
            yield from self._said(f"({moved_from(row, change, Former(comparison.pairs))})")
        elif not row.words.inserted and not row.words.deleted and len(row.classes) == 1:
            signs = typography([row])
            told = [classes_alone(row.classes), *([signs] if signs else [])]
            yield from self._said(f"({f'{NBSP}: '.join(told)})")
        if ChangeClass.LINK in row.classes:
            for before, after in _targets(row):
                yield from self._said(f"(lien{NBSP}: {before or 'aucun'} → {after or 'aucun'})")

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
            line += gap + "".join(self._painted(text, op) for text, op in word)
            length += len(gap) + size
        return [*lines, (line, length)] if length else lines

    def _painted(self, text: str, op: Op) -> str:
        return f"{_COLOURS[op]}{text}{_PLAIN}" if self._colour and op in _COLOURS else text

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


def _pieces(row: Row) -> Iterator[_Piece]:
    """Yield the words of a row, its numbers first, and what happened to them."""
    old, new = (" ".join(u.marker for u in units if u.marker) for units in (row.old, row.new))
    if old == new and new:
        yield f"{new} ", Op.EQUAL
    elif old or new:
        yield from ((f"{marker} ", op) for marker, op in ((old, Op.DELETED), (new, Op.INSERTED)) if marker)
    for span in row.spans:
        yield _spelled(span), span.op


def _spelled(span: Span) -> str:
    text = span.text.replace("\n", " ¶ ").replace("\t", " | ")
    if span.op is not Op.EQUAL and text.isspace():
        text = text.translate(_SPACES)
    return _safe(text, changed=span.op is not Op.EQUAL)


def _safe(text: str, *, changed: bool) -> str:
    """Return words that show on a terminal and cannot drive it."""
    return for_terminal(coded(text, changed=changed), keep="")


def _words(pieces: Sequence[_Piece], width: int, *, signs: bool) -> Iterator[list[_Piece]]:
    """Yield what stands between two spaces, as pieces; one longer than a line is cut."""
    word: list[_Piece] = []
    for text, op in pieces:
        opening, closing = _SIGNS[op] if signs else ("", "")
        head = text[: len(text) - len(text.lstrip(" "))]
        tail = text[len(text.rstrip(" ")) :] if text.strip(" ") else ""
        inner = text.strip(" ")
        if head and word:
            yield word
            word = []
        parts = f"{opening}{inner}{closing}".split(" ") if inner else []
        for rank, part in enumerate(parts):
            if rank and word:
                yield word
                word = []
            for start in range(0, len(part), width):
                cut = part[start : start + width]
                if word and sum(len(text) for text, _ in word) + len(cut) > width:
                    yield word
                    word = []
                word.append((cut, op))
        if tail and word:
            yield word
            word = []
    if word:
        yield word
