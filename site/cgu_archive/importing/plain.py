"""Read Markdown and plain text; plain text that has the marks of Markdown is read as such."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cgu_archive.corpus import markdown
from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.importing import lines
from cgu_archive.importing.model import ImportRefusedError, Kind
from cgu_archive.importing.pieces import (
    BULLET,
    Found,
    Line,
    Literal,
    Paragraph,
    Piece,
    Run,
    Table,
    merged,
    readable,
)
from cgu_archive.importing.shaping import joined, nested
from cgu_archive.importing.titles import regular

_MARKS = re.compile(r"(?m)^#{1,6} \S|^(?:-{3,}|={3,})[ \t]*$|\*\*\S[^*\n]*\*\*|\]\((?:https?:|mailto:)")
_FEW_MARKS = 3


def read(content: bytes, kind: Kind) -> tuple[Kind, Found]:
    """Return what a text says, and whether it is Markdown, plain or pasted; raises `ImportRefusedError`."""
    text, doubt = _decoded(content)
    if kind is Kind.MARKDOWN or len(_MARKS.findall(text)) >= _FEW_MARKS:
        kind, found = Kind.MARKDOWN, _read_markdown(text)
    else:
        kind, found = lines.read(text)
    if doubt:
        found.general.append(doubt)
    return kind, found


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, doubt = content.decode("utf-16", errors="replace"), ""
    else:
        try:
            text, doubt = content.decode("utf-8-sig"), ""
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
            doubt = "Le fichier n’est pas en UTF-8 : lu en Windows-1252. Vérifiez les lettres accentuées."
    try:
        text = markdown.decode(text.encode(errors="replace"))
    except UnreadableTextError as error:
        raise ImportRefusedError(str(error)) from error
    return text.replace("\r\n", "\n").replace("\r", "\n"), doubt


def _read_markdown(text: str) -> Found:
    try:
        blocks = markdown.parse(text)
        unseen = markdown.hidden(text)
    except UnreadableTextError as error:
        raise ImportRefusedError(str(error)) from error
    found = Found()
    if unseen:
        found.general.append(
            f"{len(unseen)} mention(s) que personne ne voit (définitions de liens…) sont laissées de côté."
        )
    pieces = [piece for piece in _blocks(blocks, 0, 0) if not isinstance(piece, Paragraph) or _says(piece)]
    found.pieces = regular(list(nested(list(joined(pieces)))))
    return found


def _says(piece: Paragraph) -> bool:
    return bool(piece.text.strip() or piece.marker)


def _blocks(blocks: Sequence[markdown.Block], depth: int, quotes: int) -> Iterator[Piece]:
    for block in blocks:
        place = f"ligne {block.lines[0] + 1}"
        match block:
            case markdown.Heading(level, inlines):
                runs = merged(list(_runs(inlines)))
                inside = depth or quotes
                yield Paragraph(runs, place, 0 if inside else level, "", depth, quotes)
            case markdown.Paragraph(inlines):
                yield Paragraph(
                    merged(list(_runs(inlines))), place, 0, "", depth, quotes, doubts=tuple(_unsure(inlines))
                )
            case markdown.List(_, items):
                for item in items:
                    yield from _item(item, depth + 1, quotes)
            case markdown.Table(header, rows):
                cells = tuple(
                    tuple(merged(list(_runs(cell))) for cell in row.cells) for row in (header, *rows)
                )
                yield Table(cells, place)
            case markdown.Quote(inner):
                yield from _blocks(inner, 0, quotes + 1)
            case markdown.CodeBlock(text):
                yield Literal(text, place, quotes)
            case markdown.Rule():
                yield Line(place, quotes)


def _item(item: markdown.Item, depth: int, quotes: int) -> Iterator[Piece]:
    marker = item.marker or BULLET
    match list(_blocks(item.blocks, depth, quotes)):
        case [Paragraph(marker="", depth=own) as first, *rest] if own == depth:
            yield replace(first, marker=marker)
        case rest:
            yield Paragraph((), f"ligne {item.lines[0] + 1}", 0, marker, depth, quotes)
    yield from rest


def _runs(
    inlines: Sequence[markdown.Inline], bold: bool = False, italic: bool = False, link: str | None = None
) -> Iterator[Run]:
    for inline in inlines:
        match inline:
            case markdown.Text(text) | markdown.Code(text):
                yield Run(text, bold, italic, link)
            case markdown.Image(_, description):
                yield Run(description, bold, italic, link)
            case markdown.Strong(children):
                yield from _runs(children, True, italic, link)
            case markdown.Emphasis(children):
                yield from _runs(children, bold, True, link)
            case markdown.Link(target, children):
                yield from _runs(children, bold, italic, readable(target))
            case markdown.Break(hard):
                yield Run("\n" if hard else " ", bold, italic, link)


def _unsure(inlines: Sequence[markdown.Inline]) -> Iterator[str]:
    for inline in inlines:
        match inline:
            case markdown.Image():
                yield "Une image n’est pas reprise : seule sa description l’est."
            case markdown.Code():
                yield "Des mots donnés comme du code sont repris comme du texte."
