"""Write blocks in the one dialect: what is read back has the same words, numbers and marks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from cgu_archive.corpus import markdown
from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.importing.pieces import BULLET, Line, Literal, Paragraph, Piece, Run, Table, merged

_ITEM = re.compile(r"\d{1,9}[.)]")
_SPECIAL = re.compile(r"[\\`*_\[\]<>&|~!#\n]|^[-+=>]|^\d+[.)]")
_ESCAPED = re.compile(r"[\\`*_\[\]<>&|~!#{}]")
_START = re.compile(r"(?m)^([ \t]*)(?:([-+=])|(\d+)([.)](?=\s|$)))")
_URL = re.compile(r"https?://[^\s<>«»\"]*[\w/]")
_SPACES = re.compile(r"[ \t\r\f\v]+")
_NESTED = 4
"""Spaces before what stands under a number."""
_MARKS = {(True, False): "**", (False, True): "*", (True, True): "***", (False, False): ""}
_LAST_LEVEL = 6

_Look = tuple[str, bool, bool, bool]
"""Characters with their look: bold, italic, whether they are a link."""


@dataclass(frozen=True, slots=True)
class Written:
    """The Markdown of one block."""

    markdown: str
    line: int
    """Its first line in the whole, from 1."""
    plain: bool
    """Whether marks of bold, italics or links had to be given up for its words to be kept."""


def write(pieces: Sequence[Piece], *, addresses: bool = False) -> tuple[str, list[Written]]:
    """Return the Markdown of `pieces`, and what each became.

    With `addresses`, a web address typed in the words becomes a link to itself.
    """
    writer = _Writer(addresses)
    chunks: list[Written] = []
    lines: list[str] = []
    before: Piece | None = None
    for piece in pieces:
        chunk = writer.piece(piece)
        if lines and not _is_tight(before, piece):
            lines.append(("> " * min(_quotes(before), _quotes(piece))).rstrip())
        chunks.append(Written(chunk, len(lines) + 1, writer.gave_up))
        lines += chunk.split("\n")
        before = piece
    return "\n".join(lines) + "\n" if lines else "", chunks


def _is_tight(before: Piece | None, piece: Piece) -> bool:
    """Whether two blocks stand on neighbouring lines: items of one list, or of one under the other."""
    if not (isinstance(before, Paragraph) and isinstance(piece, Paragraph)):
        return False
    if not (is_item(before) and is_item(piece)) or before.quotes != piece.quotes:
        return False
    same_kind = (before.marker == BULLET) == (piece.marker == BULLET)
    return piece.depth > before.depth or before.depth > 1 or same_kind


def _quotes(piece: Piece | None) -> int:
    return 0 if piece is None or isinstance(piece, Table) else piece.quotes


def is_item(piece: Paragraph) -> bool:
    """Whether Markdown has a list for it; « a) » and « 1.1 » are words."""
    return not piece.level and (piece.marker == BULLET or _ITEM.fullmatch(piece.marker) is not None)


class _Writer:
    """Writes blocks one after the other; knows which lists are open."""

    def __init__(self, addresses: bool) -> None:
        self._addresses = addresses
        self._widths: list[int] = []
        self.gave_up = False

    def piece(self, piece: Piece) -> str:
        self.gave_up = False
        match piece:
            case Paragraph(level=level) if level:
                self._widths.clear()
                text = self._text(
                    [Run(f"{piece.marker} "), *piece.runs] if piece.marker else piece.runs, one=True
                )
                return f"{'#' * min(level, _LAST_LEVEL)} {text}".rstrip()
            case Paragraph():
                return self._quoted(self._paragraph(piece), piece.quotes)
            case Table(rows):
                self._widths.clear()
                return "\n".join(self._table(rows))
            case Literal(text):
                self._widths.clear()
                fence = "~" * max(3, *(len(found) + 1 for found in re.findall(r"~+", text) or [""]))
                return self._quoted(f"{fence}\n{text.rstrip(chr(10))}\n{fence}", piece.quotes)
            case Line():
                self._widths.clear()
                return self._quoted("---", piece.quotes)

    def _quoted(self, chunk: str, quotes: int) -> str:
        return "\n".join(f"{'> ' * quotes}{line}".rstrip() for line in chunk.split("\n")) if quotes else chunk

    def _paragraph(self, piece: Paragraph) -> str:
        if not piece.marker:
            del self._widths[piece.depth :]
            return self._indented("", self._text(piece.runs), sum(self._widths))
        del self._widths[max(piece.depth - 1, 0) :]
        indent = sum(self._widths)
        if not is_item(piece):
            self._widths.append(0)
            return self._indented("", self._text([Run(f"{piece.marker} "), *piece.runs]), indent)
        sign = "-" if piece.marker == BULLET else piece.marker
        width = 2 if sign == "-" else max(_NESTED, len(sign) + 1)
        self._widths.append(width if piece.text.strip() else 0)  # nothing may stand under an empty item
        return self._indented(f"{sign} ", self._text(piece.runs), indent)

    def _indented(self, sign: str, text: str, indent: int) -> str:
        inner = " " * (indent + len(sign))
        lines = text.split("\n")
        return "\n".join(
            [f"{' ' * indent}{sign}{lines[0]}".rstrip(), *(f"{inner}{line}" for line in lines[1:])]
        )

    def _table(self, rows: Sequence[Sequence[tuple[Run, ...]]]) -> Iterator[str]:
        width = max(len(row) for row in rows)
        for rank, row in enumerate(rows):
            cells = [self._text(cell, one=True, cell=True) for cell in row] + [""] * (width - len(row))
            yield f"| {' | '.join(cells)} |"
            if rank == 0:
                yield f"|{' --- |' * width}"

    def _text(self, runs: Sequence[Run], *, one: bool = False, cell: bool = False) -> str:
        """Return the Markdown of `runs`: as few signs as what is read back allows."""
        runs = merged(list(_tidy(_with_addresses(runs) if self._addresses else runs, one)))
        words = "".join(run.text for run in runs)
        if not _SPECIAL.search(words) and _is_simple(runs):
            return "".join(_looks(runs, _as_is))
        wanted = _joined([(run.text, run.bold, run.italic, run.link is not None) for run in runs])
        for escape in (_as_is, _escape):
            text = "".join(_spans(runs, escape))
            if _reads_as(text, wanted, one=one, cell=cell):
                return _in_cell(text) if cell else text
        self.gave_up = True
        text = _escape(words)
        return _in_cell(text) if cell else text


def _is_simple(runs: Sequence[Run]) -> bool:
    """Whether the marks of `runs` cannot be mistaken: round whole words, never two side by side."""
    before = False
    for run in runs:
        marked = run.bold or run.italic
        inner = run.text.strip()
        whole = inner[:1].isalnum() and inner[-1:].isalnum()
        if run.link is not None or (marked and (before or not whole)):
            return False
        before = marked
    return True


def _in_cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def _tidy(runs: Iterable[Run], one: bool) -> Iterator[Run]:
    """Yield `runs` without the spaces that Markdown has no use for, at both ends and doubled."""
    runs = list(runs)
    texts = [_SPACES.sub(" ", run.text.replace("\n", " ") if one else run.text) for run in runs]
    whole = "".join(texts)
    start, end = len(whole) - len(whole.lstrip()), len(whole.rstrip())
    at, last = 0, ""
    for run, text in zip(runs, texts, strict=True):
        kept = text[max(start - at, 0) : max(end - at, 0)]
        at += len(text)
        kept = kept.lstrip(" ") if last in (" ", "\n") else kept
        kept = re.sub(r" *\n *", "\n", kept)
        last = kept[-1:] or last
        yield Run(kept, run.bold, run.italic, run.link, run.mark)


def _as_is(text: str) -> str:
    return text.replace("\n", "\\\n")


def _escape(text: str) -> str:
    text = _ESCAPED.sub(r"\\\g<0>", text)
    text = _START.sub(lambda found: f"{found[1]}{found[3] or ''}\\{found[2] or found[4]}", text)
    return text.replace("\n", "\\\n")


def _spans(runs: Sequence[Run], escape: Callable[[str], str]) -> Iterator[str]:
    """Yield the Markdown of `runs`: links, and the looks inside them."""
    for target, linked in groupby(runs, key=lambda run: run.link):
        inside = list(linked)
        words = "".join(run.text for run in inside)
        if target is not None and words == target and _URL.fullmatch(words):
            yield f"<{words}>"
            continue
        text = "".join(_looks(inside, escape))
        yield f"[{text}]({_target(target)})" if target is not None else text


def _looks(runs: Sequence[Run], escape: Callable[[str], str]) -> Iterator[str]:
    for run in runs:
        sign = _MARKS[run.bold, run.italic]
        inner = run.text.strip() if sign else run.text
        before, _, after = run.text.partition(inner) if inner else (run.text, "", "")
        yield f"{escape(before)}{sign}{escape(inner)}{sign}{escape(after)}" if inner else escape(before)


def _with_addresses(runs: Sequence[Run]) -> Iterator[Run]:
    """Yield `runs` with each web address that is no link made one, to itself."""
    for run in runs:
        if run.link is not None:
            yield run
            continue
        at = 0
        for found in _URL.finditer(run.text):
            yield Run(run.text[at : found.start()], run.bold, run.italic)
            yield Run(found[0], run.bold, run.italic, found[0])
            at = found.end()
        yield Run(run.text[at:], run.bold, run.italic, None, run.mark)


def _target(target: str) -> str:
    target = target.strip().replace(" ", "%20").replace("<", "%3C").replace(">", "%3E").replace("\n", "")
    target = target.replace("\\", "%5C")
    return f"<{target}>" if re.search(r"[()]", target) else target


def _joined(parts: Sequence[_Look]) -> list[_Look]:
    """Return characters with their look; spaces look the same in any."""
    found: list[_Look] = []
    for text, bold, italic, link in parts:
        for piece in re.findall(r"\s+|\S+", text):
            if piece.strip():
                found.append((piece, bold, italic, link))
            else:
                found.append(("\n" if "\n" in piece else " ", False, False, link))
    return [
        ("".join(text for text, *_ in group), bold, italic, link)
        for (bold, italic, link), group in groupby(found, key=itemgetter(1, 2, 3))
    ]


def _reads_as(text: str, wanted: Sequence[_Look], *, one: bool, cell: bool) -> bool:
    """Whether `text`, read back, has the characters and the looks wanted, in one paragraph."""
    source = f"| {_in_cell(text)} |\n| --- |" if cell else f"# {text}" if one else text
    try:
        blocks = markdown.parse(source)
    except UnreadableTextError:
        return False
    match blocks:
        case (markdown.Heading(1, inlines),) | (markdown.Paragraph(inlines),):
            pass
        case (markdown.Table(markdown.Row((inlines,))),):
            pass
        case _:
            return not blocks and not wanted
    return _joined(list(_flat(inlines, False, False, False))) == wanted


def _flat(inlines: Sequence[markdown.Inline], bold: bool, italic: bool, link: bool) -> Iterator[_Look]:
    for inline in inlines:
        match inline:
            case markdown.Text(text):
                yield text, bold, italic, link
            case markdown.Strong(children):
                yield from _flat(children, True, italic, link)
            case markdown.Emphasis(children):
                yield from _flat(children, bold, True, link)
            case markdown.Link(_, children):
                yield from _flat(children, bold, italic, True)
            case markdown.Break(True):
                yield "\n", bold, italic, link
            case _:  # what was not asked for is never as wanted
                yield "\x00", bold, italic, link
