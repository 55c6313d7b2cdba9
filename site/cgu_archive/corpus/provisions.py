"""A text as lawyers cite it: a tree of articles, sections and numbered paragraphs, each with an address.

The tree is made from headings and numbers alone, without configuration, and holds every block of the text
once, in reading order. A block that follows a numbered paragraph and has no number of its own belongs to that
paragraph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from cgu_archive.corpus import markdown
from cgu_archive.corpus.errors import UnknownAddressError
from cgu_archive.corpus.markdown import Block, Heading, List, Paragraph
from cgu_archive.corpus.numbering import Numbered, read_title, slug, typed_number

ROOT_ADDRESS = "texte"


class Kind(StrEnum):
    """What a provision is in its text."""

    TEXT = "text"
    ARTICLE = "article"
    SECTION = "section"
    """Any titled unit that is neither an article nor a numbered paragraph."""
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True)
class Provision:
    """One numbered or titled unit of a text, its own blocks, and the units under it."""

    kind: Kind
    address: str
    """Unique in its text; the same for the same text, for ever."""
    number: str | None
    """As written: ``7``, ``6.1.1``, ``IV``."""
    title: str
    """The words of the title without label and number; empty when there is none."""
    heading: Heading | None
    marker: str
    """The number as it stands before the first block (``28.``) when it is not part of its words."""
    blocks: tuple[Block, ...]
    children: tuple[Provision, ...]

    def walk(self) -> Iterator[Provision]:
        """Yield this provision and all under it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, address: str) -> Provision:
        """Return the provision at `address`; raises `UnknownAddressError`."""
        for provision in self.walk():
            if provision.address == address:
                return provision
        raise UnknownAddressError(f"Aucune disposition n’a l’adresse « {address} » dans ce texte.")

    def text(self) -> str:
        """Return every word of this provision and those under it, one line per block."""
        return "\n".join(line for provision in self.walk() for line in provision.own_lines())

    def own_lines(self) -> Iterator[str]:
        """Yield the words of the heading, then of each own block, as they are read."""
        if self.heading is not None:
            yield markdown.plain(self.heading.inlines)
        first = True
        for line in _block_lines(self.blocks):
            yield f"{self.marker} {line}" if first and self.marker else line
            first = False
        if first and self.marker:
            yield self.marker


def read(raw: bytes) -> Provision:
    """Return the tree of the text `raw` (UTF-8 Markdown); raises `UnreadableTextError`."""
    return build(markdown.parse(markdown.decode(raw)))


def build(blocks: tuple[Block, ...]) -> Provision:
    """Return the tree of `blocks`."""
    return _Outline(blocks).tree()


def _block_lines(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Heading(_, inlines) | Paragraph(inlines):
                yield markdown.plain(inlines)
            case List(_, items):
                for item in items:
                    lines = list(_block_lines(item.blocks)) or [""]
                    yield f"{item.marker} {lines[0]}".strip()
                    yield from lines[1:]
            case markdown.Table(header, rows):
                for row in (header, *rows):
                    yield " | ".join(markdown.plain(cell) for cell in row.cells)
            case markdown.Quote(inner):
                yield from _block_lines(inner)
            case markdown.CodeBlock(text):
                yield from text.splitlines()
            case markdown.Rule():
                pass


_PARAGRAPH_DEPTH = 7
"""Numbered paragraphs stand under headings of any level, 1 to 6."""


class _Draft:
    """A provision being filled."""

    __slots__ = (
        "blocks",
        "children",
        "depth",
        "heading",
        "kind",
        "label",
        "marker",
        "number",
        "title",
    )

    def __init__(self, kind: Kind, depth: int, numbered: Numbered) -> None:
        self.kind = kind
        self.depth = depth
        self.label = numbered.label
        self.number = numbered.number
        self.title = numbered.title
        self.heading: Heading | None = None
        self.marker = ""
        self.blocks: list[Block] = []
        self.children: list[_Draft] = []


class _Outline:
    """Hangs each block under the unit it belongs to."""

    def __init__(self, blocks: tuple[Block, ...]) -> None:
        self._root = _Draft(Kind.TEXT, 0, Numbered(None, None, ""))
        self._open = [self._root]
        self._last_paragraph = 0
        for block in blocks:
            self._place(block)

    def tree(self) -> Provision:
        addresses = _addresses(self._root)
        return _finish(self._root, addresses)

    def _place(self, block: Block) -> None:
        match block:
            case Heading():
                self._heading(block)
            case List(ordered=True):
                self._numbered_list(block)
            case Paragraph(inlines) if number := typed_number(markdown.plain(inlines)):
                draft = _Draft(Kind.PARAGRAPH, _PARAGRAPH_DEPTH, Numbered(None, number, ""))
                draft.blocks.append(block)
                self._hang(draft)
            case _:
                self._open[-1].blocks.append(block)

    def _heading(self, block: Heading) -> None:
        numbered = read_title(markdown.plain(block.inlines))
        kind = Kind.ARTICLE if numbered.label == "article" else Kind.SECTION
        if numbered.label is None and self._continues(numbered.number):
            kind = Kind.PARAGRAPH
            self._last_paragraph += 1
        draft = _Draft(kind, block.level, numbered)
        draft.heading = block
        self._hang(draft)

    def _continues(self, number: str | None) -> bool:
        """Whether a titled number goes on from the numbered paragraphs before it (SOFFi §§ 34, 35)."""
        return self._last_paragraph > 0 and number == str(self._last_paragraph + 1)

    def _numbered_list(self, block: List) -> None:
        for item in block.items:
            number = item.marker[:-1]
            draft = _Draft(Kind.PARAGRAPH, _PARAGRAPH_DEPTH, Numbered(None, number, ""))
            draft.marker = item.marker
            draft.blocks.extend(item.blocks)
            self._hang(draft)
            self._last_paragraph = int(number)

    def _hang(self, draft: _Draft) -> None:
        while len(self._open) > 1 and self._open[-1].depth >= draft.depth:
            self._open.pop()
        self._open[-1].children.append(draft)
        self._open.append(draft)


def _finish(draft: _Draft, addresses: dict[int, str]) -> Provision:
    return Provision(
        kind=draft.kind,
        address=addresses[id(draft)],
        number=draft.number,
        title=draft.title,
        heading=draft.heading,
        marker=draft.marker,
        blocks=tuple(draft.blocks),
        children=tuple(_finish(child, addresses) for child in draft.children),
    )


def _addresses(root: _Draft) -> dict[int, str]:
    """Return one unique address per draft: its own name, with its parent's before it when shared."""
    drafts = list(_descend(root, None))
    shared = Counter(_name(draft, parent) for draft, parent in drafts)
    addresses = {id(root): ROOT_ADDRESS}
    taken = {ROOT_ADDRESS}
    for draft, parent in drafts:
        name = _name(draft, parent)
        under = addresses[id(parent)]
        if parent is not root and (shared[name] > 1 or _always_prefixed(draft, parent)):
            name = f"{under}-{name}"
        address, copy = name, 1
        while address in taken:
            copy += 1
            address = f"{name}-{copy}"
        taken.add(address)
        addresses[id(draft)] = address
    return addresses


def _descend(draft: _Draft, parent: _Draft | None) -> Iterator[tuple[_Draft, _Draft]]:
    if parent is not None:
        yield draft, parent
    for child in draft.children:
        yield from _descend(child, draft)


def _always_prefixed(draft: _Draft, parent: _Draft) -> bool:
    """« Section 2 » of « Article 3 » is cited with its article, even where no other has that number."""
    return draft.label == "section" and parent.kind is Kind.ARTICLE


def _name(draft: _Draft, parent: _Draft) -> str:
    if draft.number is None:
        return slug(draft.title) or "sans-titre"
    number = slug(draft.number)
    if draft.kind is Kind.PARAGRAPH:
        return f"p-{number}"
    return f"{draft.label or 'section'}-{number}"
