"""The most that a text may hold, checked before it is parsed: whatever its words, reading it takes seconds.

The longest text that the product promises to serve has three hundred pages: one million bytes. Signs that
open something (a link, a picture), lines and cells cost far more than words, so they are counted too; what is
accepted is still several times what a text of that length, written for people, holds.
"""

from __future__ import annotations

import re

from cgu_archive.corpus.errors import UnreadableTextError

MAX_BYTES = 1_000_000
"""Longest text accepted, in bytes: three hundred pages. The longest real one seen is 125 KB."""
MAX_LINES = 20_000
MAX_CELLS = 50_000
"""Of all the tables; a row is counted as long as the longest of its table, as it will be shown."""
MAX_SIGNS = {"[": 10_000, "*": 50_000, "_": 50_000, "`": 50_000, "<": 50_000, "&": 50_000, "\\": 50_000}
"""Most of each sign that may open something, whose end is looked for."""

_LINE_END = re.compile(r"\r\n?|\n")
_OF_QUOTES = " \t>"


def refuse_excess(text: str) -> None:
    """Raise `UnreadableTextError`, naming the line, when `text` holds more than any text for people does."""
    if len(text) > MAX_BYTES:
        raise UnreadableTextError(
            f"Le texte fait {len(text)} caractères ; {MAX_BYTES} au plus sont acceptés. Coupez-le."
        )
    lines = _LINE_END.split(text)
    if len(lines) - (not lines[-1]) > MAX_LINES:
        raise UnreadableTextError(
            f"Ligne {MAX_LINES + 1} : le texte a plus de {MAX_LINES} lignes. Coupez-le."
        )
    for sign, most in MAX_SIGNS.items():
        if text.count(sign) > most:
            raise UnreadableTextError(
                f"Ligne {_line_of(lines, sign, most)} : plus de {most} signes « {sign} » dans le texte."
                " Coupez-le, ou retirez ceux qui n’y disent rien."
            )
    _refuse_cells(lines)


def _line_of(lines: list[str], sign: str, most: int) -> int:
    """Return the line, from 1, of the first `sign` after `most` of them."""
    seen = 0
    for number, line in enumerate(lines, start=1):
        seen += line.count(sign)
        if seen > most:
            return number
    return len(lines)


def _refuse_cells(lines: list[str]) -> None:
    """Raise `UnreadableTextError` when tables hold too many cells.

    A table ends at an empty line at the latest, and each of its rows gets as many cells as its title has.
    """
    ended = rows = columns = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip(_OF_QUOTES):
            ended, rows, columns = ended + rows * columns, 0, 0
            continue
        rows, columns = rows + 1, max(columns, line.count("|"))
        if ended + rows * columns > MAX_CELLS:
            raise UnreadableTextError(
                f"Ligne {number} : les tableaux du texte ont plus de {MAX_CELLS} cases. Coupez-le."
            )
