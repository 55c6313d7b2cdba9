"""The blocks of a comparison in lists, quotes, tables and headings, as the text has them."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from cgu_archive.corpus.comparison import Unit, UnitKind
from cgu_archive.redline.spelling import Block
from cgu_archive.redline.unseen import coded

_TOP_HEADING = 4
"""The page keeps `h1` and `h2`, the comparison `h3`; the text begins at `h4`."""
_LAST_HEADING = 6


class Layout:
    """Opens and closes what gathers blocks, as they come."""

    def __init__(self) -> None:
        self._open: list[str] = []
        """The elements to close, outermost first: ``blockquote``, ``ul``, ``li``, ``table``."""
        self._levels: list[int] = []
        self._columns = 1
        """How many cells the last row of a table had."""

    def title(self, words: str) -> Iterator[str]:
        """Yield the title of a provision whose own title is not shown."""
        yield from self.close()
        said = escape(coded(words, changed=False), quote=False)
        yield f'<h{_TOP_HEADING} class="hors-texte disposition">{said}</h{_TOP_HEADING}>'

    def note(self, html: str) -> str:
        """Return a paragraph that stands after the last block, whatever that is in."""
        if self._open and self._open[-1] == "table":
            return f'<tr class="hors-texte"><td colspan="{self._columns}">{html}</td></tr>'
        return html

    def block(self, block: Block, attributes: str, bar: str) -> Iterator[str]:
        """Yield a block: `attributes` are those of its outermost element, `bar` stands at its head."""
        unit = block.unit
        if unit.kind is UnitKind.HEADING:
            yield from self.close()
        yield from self._gather(unit)
        match unit.kind:
            case UnitKind.ROW:
                yield from self._row(block, attributes, bar)
            case UnitKind.ITEM:
                number = ' class="numerotee"' if unit.marker and not attributes else ""
                yield f"<li{number}{attributes}>{bar}{block.html}"
                self._open.append("li")
            case _:
                inner = self._plain(block)
                yield f"<div{attributes}>{bar}{inner}</div>" if attributes else inner

    def close(self) -> Iterator[str]:
        """Yield the end of all that is open."""
        yield from self._close_to(0)

    def _close_to(self, length: int) -> Iterator[str]:
        while len(self._open) > length:
            tag = self._open.pop()
            yield "</tbody></table></div>" if tag == "table" else f"</{tag}>"

    def _gather(self, unit: Unit) -> Iterator[str]:
        """Close and open what is needed to stand where `unit` stands."""
        if self._open and self._open[-1] == "table" and (unit.kind is not UnitKind.ROW or unit.header):
            yield from self._close_to(len(self._open) - 1)
        wanted = ["blockquote"] * unit.quoted + ["ul", "li"] * unit.depth
        if unit.kind is UnitKind.ITEM and unit.depth:
            wanted.pop()
        elif self._open and self._open[-1] == "table":
            wanted.append("table")
        shared = 0
        while shared < min(len(wanted), len(self._open)) and wanted[shared] == self._open[shared]:
            shared += 1
        yield from self._close_to(shared)
        for tag in wanted[shared:]:
            yield f"<{tag}>"
            self._open.append(tag)

    def _row(self, block: Block, attributes: str, bar: str) -> Iterator[str]:
        if not (self._open and self._open[-1] == "table"):
            yield '<div class="tableau" role="group" aria-label="Tableau" tabindex="0"><table><tbody>'
            self._open.append("table")
        tag = 'th scope="col"' if block.unit.header else "td"
        cells = ["".join(cell) for cell in block.cells]
        self._columns = len(cells)
        if bar:
            cells[0] = f"{bar}{cells[0]}"
        end = tag[:2]
        yield f"<tr{attributes}>{''.join(f'<{tag}>{cell}</{end}>' for cell in cells)}</tr>"

    def _plain(self, block: Block) -> str:
        match block.unit.kind:
            case UnitKind.HEADING:
                level = self._level(block.unit.level)
                return f"<h{level}>{block.html}</h{level}>"
            case UnitKind.INTERTITLE:
                return f'<p class="intertitre"><strong>{block.html}</strong></p>'
            case UnitKind.CODE:
                return f"<pre>{block.html}</pre>"
            case UnitKind.RULE:
                return "<hr>"
            case _:
                return f"<p>{block.html}</p>"

    def _level(self, level: int) -> int:
        """Return the level of a heading in the page: none is ever skipped."""
        while self._levels and self._levels[-1] >= level:
            self._levels.pop()
        self._levels.append(level)
        return min(_TOP_HEADING + len(self._levels) - 1, _LAST_HEADING)
