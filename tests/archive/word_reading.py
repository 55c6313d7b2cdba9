"""Read a version set as a Word document as its reader sees it: numbers counted, marks, footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from tests.archive.docx_reading import W, body, parts


def lines(raw: bytes) -> list[str]:
    """Return each paragraph, and each row of a table, after its number; those without words are left out."""
    return [line for line in _Counting(raw).lines(body(raw)) if line.strip(" |")]


def notes(raw: bytes) -> dict[str, str]:
    """Return the words of each footnote by its number."""
    part = parts(raw).get("word/footnotes.xml")
    found = () if part is None else ElementTree.fromstring(part)
    return {note.get(f"{W}id", ""): _words(note).strip() for note in found if note.get(f"{W}type") is None}


def runs(raw: bytes) -> list[tuple[str, tuple[str, ...]]]:
    """Return the words of each run with its properties."""
    return [
        (_words(run), tuple(_property(child) for child in run.iterfind(f"{W}rPr/*")))
        for run in body(raw).iter(f"{W}r")
    ]


def _property(element: Element) -> str:
    return f"{element.tag.removeprefix(W)} {element.get(f'{W}val', '')}".strip()


def _words(element: Element) -> str:
    said = ""
    for child in element.iter():
        match child.tag.removeprefix(W):
            case "t":
                said += child.text or ""
            case "tab" | "br":
                said += " "
            case "footnoteReference":
                said += f"[^{child.get(f'{W}id')}]"
    return said


class _Counting:
    """Counts the items of each list as Word does: a list is its `w:num`, none shares its count."""

    def __init__(self, raw: bytes) -> None:
        part = ElementTree.fromstring(parts(raw)["word/numbering.xml"])
        lists = {found.get(f"{W}abstractNumId"): found for found in part.iter(f"{W}abstractNum")}
        owned = [
            (num.get(f"{W}numId", ""), next(num.iter(f"{W}abstractNumId")).get(f"{W}val"))
            for num in part.iter(f"{W}num")
        ]
        assert len({name for _, name in owned}) == len(owned) == len(lists)
        assert [child.tag for child in part] == sorted(child.tag for child in part), "lists come first"
        self._levels = {
            (num, level.get(f"{W}ilvl", "")): {child.tag: child.get(f"{W}val", "") for child in level}
            for num, name in owned
            for level in lists[name].iter(f"{W}lvl")
        }
        self._counts: dict[tuple[str, str], int] = {}

    def lines(self, blocks: Element) -> Iterator[str]:
        for block in blocks:
            if block.tag == f"{W}p":
                yield f"{self._number(block)} {_words(block)}".strip()
            elif block.tag == f"{W}tbl":
                for row in block.iter(f"{W}tr"):
                    yield " | ".join(_words(cell) for cell in row.iter(f"{W}tc"))

    def _number(self, paragraph: Element) -> str:
        listed = paragraph.find(f"{W}pPr/{W}numPr")
        if listed is None:
            return ""
        place = listed[1].get(f"{W}val", ""), listed[0].get(f"{W}val", "")
        level = self._levels[place]
        if level[f"{W}numFmt"] == "bullet":
            return ""
        self._counts[place] = self._counts.get(place, int(level[f"{W}start"]) - 1) + 1
        return re.sub(r"%\d", str(self._counts[place]), level[f"{W}lvlText"])
