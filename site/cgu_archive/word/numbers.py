"""The numbers of lists, counted by Word so that a reader sees those of the text."""

from __future__ import annotations

import re

from cgu_archive.word.package import given

STEP = 425
"""How far a list or a quote is indented, in twentieths of a point."""
DEEPEST = 8
"""Word has nine levels of lists, from 0."""
_BULLETS = 1
"""The list that all bullets are of, in the part that is the same in every document."""
_MARKER = re.compile(r"(?P<number>0|[1-9]\d{0,4})(?P<sign>[.)])")
_MOST = 32767
"""Where Word stops counting."""
_NUMS = "  <w:num "


class Numbers:
    """Gives each item the list it is of: one that counts on from the item before, or begins at its number.

    A list that goes on after titles or paragraphs, from 9 to 10, is one list: a clause added in Word
    renumbers those that follow. Lists share nothing else: no reader of the file counts one with another.
    """

    def __init__(self) -> None:
        self._lists: list[str] = []
        self._last: dict[tuple[int, str], tuple[int, int]] = {}
        """The list and number of the last item, by level and sign."""

    def of(self, marker: str, level: int) -> str:
        """Return the properties of a paragraph that `marker` stands before: ``28.``, or none for a bullet.

        The level is that of the list, from 0. Empty for a number that Word would not write as it is.
        """
        if not marker:
            return _properties(_BULLETS, level)
        found = _MARKER.fullmatch(marker)
        if found is None or int(found["number"]) > _MOST:
            return ""
        number, place = int(found["number"]), (level, found["sign"])
        rank, last = self._last.get(place, (0, -1))
        if not rank or number != last + 1:
            self._lists.append(_list(len(self._lists) + 1, level, number, found["sign"]))
            rank = len(self._lists)
        self._last[place] = rank, number
        return _properties(rank + _BULLETS, level)

    def part(self) -> str:
        """Return the part of the document that describes its lists, bullets first."""
        bullets, _, nums = given("numbering").partition(_NUMS)
        end = nums.rstrip().removesuffix("</w:numbering>")
        counted = "".join(
            f'<w:num w:numId="{rank + _BULLETS}"><w:abstractNumId w:val="{rank}"/></w:num>'
            for rank in range(1, len(self._lists) + 1)
        )
        return f"{bullets}{''.join(self._lists)}{_NUMS}{end}{counted}</w:numbering>"


def _properties(number: int, level: int) -> str:
    return f'<w:numPr><w:ilvl w:val="{min(level, DEEPEST)}"/><w:numId w:val="{number}"/></w:numPr>'


def _list(rank: int, level: int, first: int, sign: str) -> str:
    """Return what counts the items of one list, at its level from `first`."""
    level = min(level, DEEPEST)
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{first if at == level else 1}"/><w:numFmt w:val="decimal"/>'
        f'<w:lvlText w:val="%{at + 1}{sign}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="{STEP * (at + 1)}" w:hanging="{STEP}"/></w:pPr></w:lvl>'
        for at in range(DEEPEST + 1)
    )
    return (
        f'<w:abstractNum w:abstractNumId="{rank}"><w:multiLevelType w:val="hybridMultilevel"/>'
        f"{levels}</w:abstractNum>"
    )
