"""The tables of a Word document."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 9070
"""Width of the text on the page, in twentieths of a point."""
MOST_CELLS = 63
"""Word opens no table that is wider; the cells of a longer row are written in one, parted by `|`."""


def table(rows: Sequence[str], count: int, indent: int = 0, style: str = "TableGrid") -> str:
    """Return a table of `rows` (as `row` makes them) of `count` cells, `indent` twentieths of a point in.

    A `style` may have the first row look otherwise: its words are then marked by nothing of their own.
    """
    grid = f'<w:gridCol w:w="{(WIDTH - indent) // count}"/>' * count
    size = '<w:tblW w:w="5000" w:type="pct"/>'
    if indent:
        size = f'<w:tblW w:w="{WIDTH - indent}" w:type="dxa"/><w:tblInd w:w="{indent}" w:type="dxa"/>'
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{style}"/>{size}'
        f'<w:tblLook w:val="0020"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'
    )


def row(cells: Sequence[str], count: int, *, header: bool, tracked: str = "", indent: int = 0) -> str:
    """Return a row of a table of `count` cells; the last cell of a shorter one is wider.

    Each of `cells` is a paragraph; a `header` is written again on every page; `tracked` says that it came or
    went.
    """
    width = (WIDTH - indent) // count
    written = []
    for rank, content in enumerate(cells, start=1):
        span = count - len(cells) + 1 if rank == len(cells) else 1
        wide = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
        written.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width * span}" w:type="dxa"/>{wide}</w:tcPr>{content}</w:tc>'
        )
    properties = "<w:cantSplit/>" + ("<w:tblHeader/>" if header else "") + tracked
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(written)}</w:tr>"
