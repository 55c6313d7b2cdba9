"""Read a Word document as Word does once every tracked change is accepted, or rejected."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
CAME = (f"{W}ins", f"{W}moveTo")
WENT = (f"{W}del", f"{W}moveFrom")


@dataclass
class Line:
    """A paragraph, or a row of a table: its style, and its words."""

    style: str
    text: str
    marks: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Its words, run by run, with the properties of each."""


def parts(raw: bytes) -> dict[str, bytes]:
    """Return the parts of a document by name."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def body(raw: bytes) -> Element:
    """Return the body of a document."""
    found = ElementTree.fromstring(parts(raw)["word/document.xml"]).find(f"{W}body")
    assert found is not None
    return found


def accepted(raw: bytes) -> list[Line]:
    """Return the lines that have words once all changes are accepted."""
    return _Resolved(WENT, CAME, accept=True).lines(body(raw))


def rejected(raw: bytes) -> list[Line]:
    """Return the lines that have words once all changes are rejected."""
    return _Resolved(CAME, WENT, accept=False).lines(body(raw))


def links(raw: bytes) -> list[tuple[str, str]]:
    """Return the words of each link and its target."""
    relations = ElementTree.fromstring(parts(raw)["word/_rels/document.xml.rels"])
    targets = {found.get("Id"): found.get("Target", "") for found in relations}
    return [
        ("".join(link.itertext()), targets[link.get(f"{R}id")]) for link in body(raw).iter(f"{W}hyperlink")
    ]


class _Resolved:
    def __init__(self, dropped: tuple[str, ...], kept: tuple[str, ...], *, accept: bool) -> None:
        self._dropped = dropped
        self._kept = kept
        self._accept = accept

    def lines(self, blocks: Element) -> list[Line]:
        return [line for line in self._blocks(blocks) if line.text.strip(" |")]

    def _blocks(self, blocks: Element) -> Iterator[Line]:
        waiting = Line("", "")
        for block in blocks:
            if block.tag == f"{W}p":
                line, ends = self._paragraph(block)
                line = Line(line.style, waiting.text + line.text, waiting.marks + line.marks)
                waiting = Line("", "")
                if ends:
                    yield line
                else:
                    waiting = line
            elif block.tag == f"{W}tbl":
                assert not waiting.text, "words would go into a table"
                waiting = Line("", "")
                yield from filter(None, map(self._row, block.iter(f"{W}tr")))
        assert not waiting.text, "words would go past the end"

    def _row(self, row: Element) -> Line | None:
        if any(row.find(f"{W}trPr/{tag}") is not None for tag in self._dropped):
            assert not "".join(
                line.text for cell in row.iter(f"{W}tc") for line in self._blocks(cell)
            ).strip()
            return None
        cells = [list(self._blocks(cell)) for cell in row.iter(f"{W}tc")]
        style = cells[0][0].style
        return Line(style, " | ".join(" ".join(line.text for line in cell) for cell in cells))

    def _paragraph(self, paragraph: Element) -> tuple[Line, bool]:
        properties = paragraph.find(f"{W}pPr")
        style, ends = "", True
        if properties is not None:
            change = properties.find(f"{W}pPrChange/{W}pPr")
            shown = properties if self._accept or change is None else change
            name = shown.find(f"{W}pStyle")
            style = "" if name is None else name.get(f"{W}val", "")
            mark = properties.find(f"{W}rPr")
            ends = mark is None or all(mark.find(tag) is None for tag in self._dropped)
        marks = list(self._runs(paragraph))
        return Line(style, "".join(text for text, _ in marks), marks), ends

    def _runs(self, element: Element) -> Iterator[tuple[str, tuple[str, ...]]]:
        for child in element:
            if child.tag in self._dropped:
                continue
            if child.tag in (*self._kept, f"{W}hyperlink"):
                yield from self._runs(child)
            elif child.tag == f"{W}r":
                yield self._words(child), self._properties(child)

    def _properties(self, run: Element) -> tuple[str, ...]:
        properties = run.find(f"{W}rPr")
        if properties is None:
            return ()
        change = properties.find(f"{W}rPrChange/{W}rPr")
        shown = properties if self._accept or change is None else change
        return tuple(
            f"{child.tag.removeprefix(W)} {child.get(f'{W}val', '')}".strip()
            for child in shown
            if child.tag != f"{W}rPrChange"
        )

    @staticmethod
    def _words(run: Element) -> str:
        said = ""
        for child in run:
            if child.tag in (f"{W}t", f"{W}delText"):
                said += child.text or ""
            elif child.tag in (f"{W}tab", f"{W}br"):
                said += " "
        return said
