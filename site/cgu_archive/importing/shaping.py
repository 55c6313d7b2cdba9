"""Put blocks in the shape of the texts: numbers before words, lists under their number, cuts mended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cgu_archive.importing.pieces import BULLET, Paragraph, Piece, Run, Table, cut, typed_marker

_JOINED = "Deux blocs joints : le premier n’est pas fini, le second commence en minuscule."
_NESTED = "Liste rangée sous le numéro qui la précède."
_LONG_LINE = 80
"""A paragraph that a page cut is at least that long."""


def joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield `pieces` with the paragraphs that a page cut in two made one."""
    before: Piece | None = None
    for piece in pieces:
        if before is not None and is_cut(before, piece):
            assert isinstance(before, Paragraph)  # noqa: S101 - what is_cut says
            assert isinstance(piece, Paragraph)  # noqa: S101 - what is_cut says
            doubts = (*before.doubts, _JOINED, *piece.doubts)
            before = replace(before, runs=(*before.runs, Run(" "), *piece.runs), doubts=doubts)
            continue
        if before is not None:
            yield before
        before = piece
    if before is not None:
        yield before


def is_cut(before: Piece, piece: Piece) -> bool:
    """Whether a paragraph goes on in the next one: the first is not finished, the second begins so."""
    if not (isinstance(before, Paragraph) and isinstance(piece, Paragraph)):
        return False
    if before.level or piece.level or piece.marker or piece.depth or before.quotes or piece.quotes:
        return False
    end, start = before.text.rstrip()[-1:], piece.text.lstrip()[:1]
    return start.islower() and (end == "," or (end.isalpha() and len(before.text) > _LONG_LINE))


def nested(pieces: Sequence[Piece], *, tell: bool = True) -> Iterator[Piece]:
    """Yield `pieces` with the bullets that follow a numbered paragraph put under it, where they belong."""
    under = False
    fresh = False
    for piece in pieces:
        if not isinstance(piece, Paragraph) or piece.level or not piece.depth:
            under = False
        elif piece.depth == 1 and piece.marker and piece.marker != BULLET:
            under, fresh = True, True
        elif under and piece.marker == BULLET and piece.depth == 1:
            doubts = (*piece.doubts, _NESTED) if fresh and tell else piece.doubts
            fresh = False
            yield replace(piece, depth=2, doubts=doubts)
            continue
        yield piece


def numbered(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield `pieces` with the numbers and bullets typed before words told apart from them."""
    for piece in pieces:
        if isinstance(piece, Paragraph) and not (piece.level or piece.marker or piece.depth or piece.quotes):
            words = piece.text.lstrip()
            marker, length = typed_marker(words)
            if marker:
                runs = cut(piece.runs, len(piece.text) - len(words) + length)
                yield replace(piece, marker=marker, depth=1, runs=runs)
                continue
        yield piece


def headed(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield `pieces` with the bold taken from the headings of tables, which are bold by themselves."""
    for piece in pieces:
        if isinstance(piece, Table) and all(
            run.bold for cell in piece.rows[0] for run in cell if run.text.strip()
        ):
            first = tuple(tuple(replace(run, bold=False) for run in cell) for cell in piece.rows[0])
            yield replace(piece, rows=(first, *piece.rows[1:]))
        else:
            yield piece


def shaped(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the `pieces` of a document, its typed numbers told apart, its lists under their number."""
    return list(nested(list(numbered(list(headed(pieces)))), tell=False))
