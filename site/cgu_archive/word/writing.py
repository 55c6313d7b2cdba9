"""The blocks of a text as paragraphs and tables of a Word document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from cgu_archive.corpus import markdown
from cgu_archive.corpus.comparison import MarkKind
from cgu_archive.corpus.markdown import Block, Inline
from cgu_archive.corpus.provisions import Provision
from cgu_archive.word.links import Targets
from cgu_archive.word.notes import CALL, parted, walk
from cgu_archive.word.numbers import STEP, Numbers
from cgu_archive.word.runs import attire, literal, run, safe
from cgu_archive.word.tables import MOST_CELLS, row, table

_PLAIN = "<w:p/>"
_QUOTED = '<w:pBdr><w:left w:val="single" w:sz="8" w:space="8" w:color="808080"/></w:pBdr>'
_RULED = '<w:pBdr><w:bottom w:val="single" w:sz="6" w:space="1" w:color="808080"/></w:pBdr>'
_RAISED = '<w:rStyle w:val="FootnoteReference"/>'
LOST_LINK = "_lien_retire_"
"""What begins the names of places where a link was that may not be in Word; hidden, since it begins so."""
_FIRST_LOST = 1_000_000
"""The number of the first of them; those of the places that links lead to come before."""
_LONGEST_NAME = 40
"""Characters of the name of a place in a document that Word accepts."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """Where blocks stand: in so many lists and quotes, perhaps as the first of an item."""

    depth: int = 0
    quoted: int = 0
    item: str | None = None
    """The marker of the item that the next paragraph begins, empty for a bullet."""

    @property
    def indent(self) -> int:
        """How far they are from the margin, in twentieths of a point."""
        return STEP * (self.depth + self.quoted)


class Writer:
    """Writes the blocks of one text; `text` is the tree of the same blocks."""

    def __init__(self, blocks: Sequence[Block], text: Provision, targets: Targets) -> None:
        self.numbers = Numbers()
        self._body, self._notes = parted(blocks)
        self._targets = targets
        self._places = _places(blocks, text)
        self._lost = 0

    def body(self) -> str:
        """Return the body; it ends with a paragraph, since Word would add one after a table."""
        return "".join(_parted(self._blocks(self._body, _Setting())))

    def notes(self) -> list[str]:
        """Return the footnotes, after the two lines that Word draws above them; none when there are none."""
        if not self._notes:
            return []
        number = run("<w:footnoteRef/>", _RAISED) + run(literal(" "))
        written = [_paragraph("FootnoteText", number + self._inlines(words)) for words in self._notes]
        return [*_ABOVE_NOTES, *(_footnote(rank, note) for rank, note in enumerate(written, start=1))]

    def _blocks(self, blocks: Sequence[Block], setting: _Setting) -> Iterator[str]:
        for block in blocks:
            yield from self._block(block, setting)
            setting = replace(setting, item=None)

    def _block(self, block: Block, setting: _Setting) -> Iterator[str]:
        match block:
            case markdown.Paragraph(inlines, (line, _)):
                yield self._paragraph(setting, self._inlines(inlines), line)
            case markdown.Heading(level, inlines, (line, _)) if setting == _Setting():
                yield _paragraph(f"Heading{level}", self._place(line) + self._inlines(inlines))
            case markdown.Heading(_, inlines, (line, _)):
                if setting.item is None:
                    yield self._paragraph(setting, self._inlines(inlines), line, "Intertitle")
                else:
                    bold = frozenset({MarkKind.STRONG})
                    yield self._paragraph(setting, self._inlines(inlines, bold), line)
            case markdown.List(_, items):
                yield from self._list(items, setting)
            case markdown.Table():
                yield self._begun(setting)
                yield self._table(block, setting)
            case markdown.Quote(inner):
                yield self._begun(setting)
                yield from self._blocks(inner, replace(setting, quoted=setting.quoted + 1, item=None))
            case markdown.CodeBlock(text, (line, _)):
                yield self._begun(setting)
                lines = "<w:br/>".join(map(_tabbed, text.removesuffix("\n").split("\n")))
                yield self._paragraph(replace(setting, item=None), run(lines), line, "CodeBlock")
            case markdown.Rule((line, _)):
                yield self._begun(setting)
                yield self._paragraph(replace(setting, item=None), "", line, "HorizontalLine", _RULED)
            case _:
                assert_never(block)

    def _begun(self, setting: _Setting) -> str:
        """Return the item that has no words before a block which cannot bear its marker."""
        return "" if setting.item is None else self._paragraph(setting, "", -1)

    def _list(self, items: Sequence[markdown.Item], setting: _Setting) -> Iterator[str]:
        yield self._begun(setting)
        inside = replace(setting, depth=setting.depth + 1)
        for item in items:
            begins = replace(inside, item=item.marker)
            if item.blocks:
                yield from self._blocks(item.blocks, begins)
            else:
                yield self._begun(begins)

    def _paragraph(
        self, setting: _Setting, content: str, line: int, style: str = "", border: str = ""
    ) -> str:
        """Return a paragraph where `setting` says; the item that it begins, if any, bears its marker."""
        content = self._place(line) + content
        if setting.item is None:
            style = style or ("ListContinue" if setting.depth else "Quote" if setting.quoted else "")
            return _paragraph(style, content, border or _border(setting), _indent(setting))
        style = "ListNumber" if setting.item else "ListBullet"
        counted = self.numbers.of(setting.item, setting.depth - 1)
        if not counted:
            content = run(literal(safe(setting.item)) + "<w:tab/>") + content
        return _paragraph(style, content, counted, _border(setting), _indent(setting, hanging=True))

    def _table(self, block: markdown.Table, setting: _Setting) -> str:
        count = len(block.header.cells)
        count = count if count <= MOST_CELLS else 1
        rows = [
            row(
                [_paragraph("TableContents", words) for words in self._cells(line, count)],
                count,
                header=line is block.header,
                indent=setting.indent,
            )
            for line in (block.header, *block.rows)
        ]
        return table(rows, count, setting.indent, "TableOfText")

    def _cells(self, line: markdown.Row, count: int) -> list[str]:
        """Return the words of each cell of a row; of a row that Word would refuse, in one."""
        cells = [self._inlines(cell) for cell in line.cells]
        return cells if len(cells) <= count else [run(literal(" | ")).join(cells)]

    def _inlines(self, inlines: Sequence[Inline], kinds: frozenset[MarkKind] = frozenset()) -> str:
        return "".join(self._inline(inline, kinds) for inline in inlines)

    def _inline(self, inline: Inline, kinds: frozenset[MarkKind]) -> str:
        match inline:
            case markdown.Text(text):
                return self._text(text, attire(kinds))
            case markdown.Code(text):
                return run(_tabbed(text), attire(kinds | {MarkKind.CODE}))
            case markdown.Strong(children):
                return self._inlines(children, kinds | {MarkKind.STRONG})
            case markdown.Emphasis(children):
                return self._inlines(children, kinds | {MarkKind.EMPHASIS})
            case markdown.Link(target, children):
                return self._link(target, children, kinds)
            case markdown.Image(_, description):
                return run(_tabbed(description), attire(kinds | {MarkKind.IMAGE}))
            case markdown.Break(hard):
                return run("<w:br/>" if hard else literal(" "), attire(kinds))
            case _:
                assert_never(inline)

    def _text(self, words: str, properties: str) -> str:
        """Return words, and the calls of notes that are among them."""
        if not self._notes:
            return run(_tabbed(words), properties)
        said, *called = CALL.split(words)
        written = run(_tabbed(said), properties) if said else ""
        for number, after in zip(called[::2], called[1::2], strict=True):
            written += run(f'<w:footnoteReference w:id="{number}"/>', _RAISED)
            written += run(_tabbed(after), properties) if after else ""
        return written

    def _link(self, target: str, children: Sequence[Inline], kinds: frozenset[MarkKind]) -> str:
        """Return words that point somewhere; plain words where they may not.

        « [words](#) », a link whose target was lost, leads to the top, as it would in a browser.
        """
        plain, linked = self._inlines(children, kinds), self._inlines(children, kinds | {MarkKind.LINK})
        if target == "#":
            return f'<w:hyperlink w:anchor="_top">{plain}</w:hyperlink>' if plain else ""
        if target[1:] in self._places.values() and target[0] == "#":
            return f'<w:hyperlink w:anchor="{safe(target[1:])}" w:history="1">{linked}</w:hyperlink>'
        if self._targets.allows(target):
            return self._targets.link(target, linked)
        return self._told(plain)

    def _told(self, plain: str) -> str:
        """Return words that lost their link between two marks that nobody sees, for who reads the file."""
        number = _FIRST_LOST + self._lost
        self._lost += 1
        begins = f'<w:bookmarkStart w:id="{number}" w:name="{LOST_LINK}{self._lost}"/>'
        return f'{begins}{plain}<w:bookmarkEnd w:id="{number}"/>'

    def _place(self, line: int) -> str:
        """Return the name of the provision that begins on this line of the text, if a link leads there."""
        name = self._places.get(line)
        if name is None:
            return ""
        number = list(self._places).index(line)
        return f'<w:bookmarkStart w:id="{number}" w:name="{safe(name)}"/><w:bookmarkEnd w:id="{number}"/>'


def _parted(blocks: Iterator[str]) -> Iterator[str]:
    """Yield `blocks`, with a paragraph between two tables, which Word would join, and after a last one."""
    is_after, is_empty = False, True
    for block in filter(None, blocks):
        is_table = block.startswith("<w:tbl>")
        yield _PLAIN if is_table and is_after else ""
        yield block
        is_after, is_empty = is_table, False
    yield _PLAIN if is_after or is_empty else ""


def _paragraph(style: str, content: str, *shape: str) -> str:
    """Return a paragraph with its properties: its style, then others in the order that Word wants."""
    properties = "".join([f'<w:pStyle w:val="{style}"/>' if style else "", *shape])
    head = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f"<w:p>{head}{content}</w:p>"


def _border(setting: _Setting) -> str:
    """Return the line beside words quoted in a list, whose style draws none."""
    return _QUOTED if setting.quoted and setting.depth else ""


def _indent(setting: _Setting, *, hanging: bool = False) -> str:
    if not setting.indent:
        return ""
    hangs = f' w:hanging="{STEP}"' if hanging else ""
    return f'<w:ind w:left="{setting.indent}"{hangs}/>'


def _footnote(number: int, content: str, kind: str = "") -> str:
    said = f' w:type="{kind}"' if kind else ""
    return f'<w:footnote{said} w:id="{number}">{content}</w:footnote>'


_ABOVE_NOTES = (
    _footnote(-1, f"<w:p>{run('<w:separator/>')}</w:p>", "separator"),
    _footnote(0, f"<w:p>{run('<w:continuationSeparator/>')}</w:p>", "continuationSeparator"),
)


def _tabbed(words: str) -> str:
    """Return the words of a run, tabs included."""
    return "<w:tab/>".join(literal(safe(part)) for part in words.split("\t"))


def _places(blocks: Sequence[Block], text: Provision) -> Mapping[int, str]:
    """Return the provisions that links of the text lead to, by the line each begins on."""
    links = (node for node in walk(tuple(blocks)) if isinstance(node, markdown.Link))
    wanted = {link.target[1:] for link in links if link.target.startswith("#")}
    found: dict[int, str] = {}
    for provision in text.walk():
        begins = (provision.heading, *provision.blocks)
        first = next((block.lines[0] for block in begins if block is not None), None)
        if first is not None and provision.address in wanted and len(provision.address) <= _LONGEST_NAME:
            found.setdefault(first, provision.address)
    return found
