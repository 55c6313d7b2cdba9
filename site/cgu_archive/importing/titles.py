"""Which lines are titles, and of which level, where the file says it with a style, a look or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cgu_archive.corpus.numbering import read_title
from cgu_archive.importing.pieces import BULLET, Paragraph, Piece, Run

WHOLE = -1
"""The level of the title of the whole text, before levels are made regular."""
_LONGEST = 120
_BIGGER = 2
"""Half points above the size of the text that make words stand out."""
_ENDS = ".;,:…"
_SAID = "Compris comme un titre, d’après {why}."
_LETTERS = re.compile(r"[^\W\d_]")
_FEW_LETTERS = 4


@dataclass(frozen=True, slots=True)
class Clue:
    """How a paragraph looks, as far as that may make a title of it."""

    bold: bool = False
    capitals: bool = False
    size: int = 22
    """Half points."""
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Title:
    """A line that stands as a title."""

    words: str
    """With its number."""
    capitals: bool
    size: int = 22
    first: bool = False
    """Whether nothing stands before it."""


def is_capitals(words: str) -> bool:
    """Whether words are written in capitals, as a title may be; an acronym alone is none."""
    return len(_LETTERS.findall(words)) >= _FEW_LETTERS and words.upper() == words


def by_look(pieces: Sequence[Piece], clues: Sequence[Clue | None], normal_size: int) -> list[Piece]:
    """Return `pieces` with regular levels; where none is a title by its style, those that look so are."""
    styled = any(isinstance(piece, Paragraph) and piece.level > 0 for piece in pieces)
    if styled:
        return regular(pieces)
    found = list(pieces)
    ranks = [
        rank
        for rank, (piece, clue) in enumerate(zip(pieces, clues, strict=True))
        if isinstance(piece, Paragraph) and (piece.level == WHOLE or _stands_out(piece, clue, normal_size))
    ]
    ranks = [rank for rank in ranks if rank + 1 < len(pieces)]
    titles = []
    for rank in ranks:
        piece, clue = found[rank], clues[rank]
        titles.append(
            Title(piece.seen, is_capitals(piece.seen), clue.size if clue else normal_size, rank == 0)
        )
    for rank, level in zip(ranks, levels(titles), strict=True):
        piece, clue = found[rank], clues[rank]
        if not isinstance(piece, Paragraph) or clue is None:
            continue
        why = "le gras" if clue.bold else "les capitales" if clue.capitals else "la taille des lettres"
        doubts = piece.doubts if piece.level == WHOLE else (*piece.doubts, _SAID.format(why=why))
        runs = tuple(Run(run.text, False, run.italic, run.link, run.mark) for run in piece.runs)
        found[rank] = replace(piece, level=level, runs=runs, depth=0, doubts=doubts)
    return regular(found)


def _stands_out(piece: Paragraph, clue: Clue | None, normal_size: int) -> bool:
    words = piece.text.strip()
    if clue is None or not words or piece.marker == BULLET or "\n" in words:
        return False
    if len(piece.seen) > _LONGEST or words[-1] in _ENDS:
        return False
    return clue.bold or is_capitals(words) or clue.size > normal_size + _BIGGER


def levels(titles: Sequence[Title]) -> list[int]:
    """Return the level of each title, from 1, by its number, its label and its look.

    The first is that of the whole when it has no number. Titles in capitals without number hold those that
    have one; « 6.1 » is under « 6 », « Section 1 » under the article before it, and words without number
    under the last number.
    """
    numbered = [read_title(title.words) for title in titles]
    plain = any(parts.number and not title.capitals for title, parts in zip(titles, numbered, strict=True))
    counted = any(parts.number for parts in numbered)
    biggest = max((title.size for title in titles[1:]), default=0)
    found: list[int] = []
    over, last = 1, 1
    labels: list[str] = []
    for title, parts in zip(titles, numbered, strict=True):
        if title.first and parts.number is None:
            found.append(1)
            continue
        if parts.number is None:
            if not counted:
                level = 2 if title.size == biggest else 3
            elif title.capitals:
                level = 2
                over, labels = (2, []) if plain else (1, [])
                last = level
            else:
                level = last + 1
            found.append(level)
            continue
        label = parts.label or ""
        if label not in labels:
            labels.append(label)
        last = over + 1 + labels.index(label) + parts.number.count(".")
        found.append(last)
    return found


def regular(pieces: Sequence[Piece]) -> list[Piece]:
    """Return `pieces` with levels from 1, none skipped; the title of the whole stands over all others."""
    has_whole = any(isinstance(piece, Paragraph) and piece.level == WHOLE for piece in pieces)
    found: list[Piece] = []
    above: list[int] = []
    for piece in pieces:
        if not isinstance(piece, Paragraph) or not piece.level:
            found.append(piece)
            continue
        level = 1 if piece.level == WHOLE else piece.level + has_whole
        while above and above[-1] >= level:
            above.pop()
        above.append(level)
        marker = "" if piece.marker == BULLET else piece.marker
        found.append(replace(piece, level=min(len(above), 6), marker=marker))
    return found
