"""Say whether a text has the words it was made from: all of them, in their order, and no other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from cgu_archive.corpus import markdown, provisions
from cgu_archive.importing.model import Difference
from cgu_archive.importing.pieces import BULLET, Paragraph, Piece, Table, words_of

_TOKEN = re.compile(r"\w+|[^\w\s]")
_NEAR = 6
"""Words said before a difference."""
_LONG = 4000
"""More words than that in a difference are not searched for what they share."""
_SHOWN = 40
_LINES = re.compile(r"lines=\(\d+, \d+\)")


def tokens(text: str) -> list[str]:
    """Return the words, numbers and signs of `text`, each by itself."""
    return _TOKEN.findall(text)


def received(pieces: Sequence[Piece]) -> list[str]:
    """Return the words of `pieces` as a reader sees them, numbers included, bullets not."""
    return [token for piece in pieces for token in _seen(piece)]


def _seen(piece: Piece) -> list[str]:
    match piece:
        case Paragraph(marker=marker, text=text):
            return tokens(text) if marker == BULLET else tokens(f"{marker} {text}")
        case Table(rows):
            return [token for row in rows for cell in row for run in [cell] for token in _cell(run)]
        case _:
            return tokens(piece.seen)


def _cell(runs: Sequence[object]) -> list[str]:
    return tokens("".join(getattr(run, "text", "") for run in runs))


def understood(text: provisions.Provision) -> list[str]:
    """Return the words of `text` as its provisions have them."""
    return [token for line in _lines(text) for token in tokens(line)]


def _lines(text: provisions.Provision) -> Iterator[str]:
    for provision in text.walk():
        if provision.heading is not None:
            yield markdown.plain(provision.heading.inlines)
        if provision.marker:
            yield provision.marker
        yield from _blocks(provision.blocks)


def _blocks(blocks: Sequence[markdown.Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case markdown.Heading(_, inlines) | markdown.Paragraph(inlines):
                yield markdown.plain(inlines)
            case markdown.List(_, items):
                for item in items:
                    yield item.marker
                    yield from _blocks(item.blocks)
            case markdown.Table(header, rows):
                for row in (header, *rows):
                    yield from (markdown.plain(cell) for cell in row.cells)
            case markdown.Quote(inner):
                yield from _blocks(inner)
            case markdown.CodeBlock(text):
                yield text
            case _:
                pass


def differences(
    before: Sequence[str], after: Sequence[str]
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """Return what `before` has and `after` lacks, then the other way round, in reading order."""
    if before == after:
        return (), ()
    start = next(
        (at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]),
        min(len(before), len(after)),
    )
    tail = 0
    while tail < min(len(before), len(after)) - start and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    middle = before[start : len(before) - tail], after[start : len(after) - tail]
    if max(map(len, middle)) > _LONG:
        codes = [(start, len(before) - tail, start, len(after) - tail)]
    else:
        matcher = SequenceMatcher(None, *middle, autojunk=False)
        codes = [
            (i1 + start, i2 + start, j1 + start, j2 + start)
            for tag, i1, i2, j1, j2 in matcher.get_opcodes()
            if tag != "equal"
        ]
    lost = tuple(_difference(before, i1, i2) for i1, i2, _, _ in codes if i2 > i1)
    added = tuple(_difference(after, j1, j2) for _, _, j1, j2 in codes if j2 > j1)
    return lost, added


def unread(raw: str, pieces: Sequence[Piece]) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """Return the words of the file that no piece has, then those of the pieces that the file has not.

    `raw` is read without looking at structure: their order may differ, their number may not.
    """
    ours = Counter(token for words in words_of(pieces) for token in tokens(words))
    theirs = Counter(tokens(raw))
    return _missing(theirs - ours), _missing(ours - theirs)


def _missing(words: Counter[str]) -> tuple[Difference, ...]:
    return (Difference(" ".join(words.elements()), ""),) if words else ()


def _difference(words: Sequence[str], start: int, end: int) -> Difference:
    shown = " ".join(words[start : min(end, start + _SHOWN)])
    rest = " …" if end - start > _SHOWN else ""
    return Difference(f"{shown}{rest}", " ".join(words[max(0, start - _NEAR) : start]))


def shape(text: str) -> list[str]:
    """Return the blocks of a text without their lines; raises `UnreadableTextError`."""
    return [_LINES.sub("", repr(block)) for block in markdown.parse(text)]
