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
from cgu_archive.corpus.markdown import Block, Break, Heading, Inline, Link, List, Paragraph
from cgu_archive.corpus.numbering import Numbered, read_title, slug, title_line, typed_number
from cgu_archive.corpus.runin import bold_head, is_bold, may_follow, run_in_titles

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
    label: str | None
    """What the title calls it: ``article``, ``annexe``; None when it says only a number or words."""
    title: str
    """The words of the title without label and number; empty when there is none."""
    heading: Heading | None
    """None where the title, if any, stands at the head of the first block: « **Article 4.** Le service… »."""
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
            case _:  # a line drawn across the page has no words
                pass


_FEW = 3
"""Fewer lines in bold than that are no titles."""
_LAST_LEVEL = 6
_STEP = 0.01
"""Among headings of one level, « 11.1 » is under « 11 »."""
_LINE_DEPTH = 10
"""Paragraphs that stand as titles (« **ARTICLE 1. OBJET** ») are under headings of any level, 1 to 6."""
_DOTTED_DEPTH = 40
"""Among these, « 2.1 » is under « Article 2 » and « 2.1.1 » under « 2.1 »."""
_PARAGRAPH_DEPTH = 1000
"""Numbered paragraphs stand under titles of any kind."""


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

    def __init__(self, kind: Kind, depth: float, numbered: Numbered) -> None:
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
        self._line_labels: list[str] = []
        self._last_letter = ""
        self._marked_labels = set(_marked_labels(blocks))
        run_ins = run_in_titles(blocks)
        self._run_in_numbers = {(numbered.label, numbered.number) for numbered in run_ins.values()}
        self._titles = set(_titles(blocks))
        self._bold_titles = not run_ins and _stands_in_bold(blocks)
        for rank, block in enumerate(blocks):
            if numbered := run_ins.get(rank):
                self._titled(numbered).blocks.append(block)
            else:
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
            case Paragraph(inlines, lines) if numbered := self._title_line(inlines):
                self._titled(numbered).heading = Heading(_LAST_LEVEL, inlines, lines)
            case Paragraph(inlines) if number := self._paragraph_number(markdown.plain(inlines)):
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
        draft = _Draft(kind, self._depth(block.level, numbered.number), numbered)
        draft.heading = block
        self._hang(draft)

    def _depth(self, level: int, number: str | None) -> float:
        """Return how deep a heading stands: « 11.1 » is under « 11 », even where both are of one level."""
        points = (number or "").count(".")
        above = (number or "").rpartition(".")[0]
        under = any(level <= draft.depth < level + 1 and above == draft.number for draft in self._open)
        return level + points * _STEP if points and under else level

    def _titled(self, numbered: Numbered) -> _Draft:
        """Hang and return the unit whose title is not a heading."""
        kind = Kind.ARTICLE if numbered.label == "article" else Kind.SECTION
        draft = _Draft(kind, self._title_depth(numbered), numbered)
        self._hang(draft)
        return draft

    def _title_depth(self, numbered: Numbered) -> float:
        """Return how deep a title that is no heading stands: beside the one it may follow, heading or not.

        Otherwise, among labels, the first one seen is the outermost.
        """
        for draft in reversed(self._open):
            if _may_be_next(draft, numbered):
                return draft.depth
        points = (numbered.number or "").count(".")
        if points:
            return _DOTTED_DEPTH + points
        label = numbered.label or self._manner(numbered.number)
        if label not in self._line_labels:
            self._line_labels.append(label)
        return _LINE_DEPTH + self._line_labels.index(label)

    def _title_line(self, inlines: tuple[Inline, ...]) -> Numbered | None:
        """Return what a paragraph says as a title, when it is one line that stands as one.

        Where articles have headings or stand in bold, a plain « Article 7 – Prix » is a line of the table of
        contents.
        """
        if any(isinstance(inline, Break | Link) for inline in inlines):
            return None
        bold = is_bold(inlines)
        words = markdown.plain(inlines).strip()
        numbered = title_line(words, bold=bold)
        if numbered is None and bold and self._bold_titles and words[-1] not in ".;,":
            return Numbered(None, None, words)
        return None if numbered and not bold and self._is_listed(inlines, numbered) else numbered

    def _is_listed(self, inlines: tuple[Inline, ...], numbered: Numbered) -> bool:
        """Whether a plain title is that of a provision which has a mark of its own elsewhere."""
        runs_in = (numbered.label, numbered.number) in self._run_in_numbers and not bold_head(inlines)
        return runs_in or numbered.label in self._marked_labels

    def _manner(self, number: str | None) -> str:
        """Return how a title without label is numbered: « 1 », « I », « i », « A » or « a »."""
        if number is None or number.isdecimal():
            return "1" if number else ""
        # « i) » after « h) » is a letter
        follows = len(number) == 1 and ord(number) - 1 in map(ord, self._last_letter)
        roman = not number.strip("IVXivx") and not follows
        self._last_letter = "" if roman or len(number) > 1 else number
        return ("I" if roman else "A") if number.isupper() else ("i" if roman else "a")

    def _paragraph_number(self, words: str) -> str | None:
        """Return the dotted number a paragraph begins with; a line of the table of contents has none."""
        number = typed_number(words)
        return None if number and slug(words) in self._titles else number

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


def _marked_labels(blocks: tuple[Block, ...]) -> Iterator[str | None]:
    """Yield the labels (« article ») that headings and lines in bold carry in this text."""
    for block in blocks:
        match block:
            case Heading(_, inlines):
                yield read_title(markdown.plain(inlines)).label
            case Paragraph(inlines) if is_bold(inlines):
                if numbered := title_line(markdown.plain(inlines).strip(), bold=True):
                    yield numbered.label


def _titles(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Yield what the numbered titles of a text say, headings and words in bold."""
    for block in blocks:
        match block:
            case Heading(_, inlines):
                words = markdown.plain(inlines)
            case Paragraph(inlines):
                words = bold_head(inlines)
            case _:
                words = ""
        if read_title(words).number is not None:
            yield slug(words)


def _stands_in_bold(blocks: tuple[Block, ...]) -> bool:
    """Whether lines in bold are the only titles of this text, but for the one above everything."""
    headings = sum(isinstance(block, Heading) for block in blocks)
    numbered = any(isinstance(block, List) and block.ordered for block in blocks)
    lines = [
        markdown.plain(block.inlines).strip()
        for block in blocks
        if isinstance(block, Paragraph) and is_bold(block.inlines)
    ]
    numbered = numbered or any(title_line(words, bold=True) for words in lines)
    return headings <= 1 and not numbered and len(lines) >= _FEW


def _may_be_next(draft: _Draft, numbered: Numbered) -> bool:
    """Whether a title may be the next after that of `draft`, whatever marks them: « ## 3 », « **4 –** »."""
    titled = draft.kind is not Kind.PARAGRAPH and draft.label == numbered.label
    labelled = draft.label is not None or (numbered.number or "")[:1].isdecimal()
    is_beside = draft.label == "article" or may_follow(draft.number, numbered.number)
    return titled and labelled and is_beside


def _finish(draft: _Draft, addresses: dict[int, str]) -> Provision:
    return Provision(
        kind=draft.kind,
        address=addresses[id(draft)],
        number=draft.number,
        label=draft.label,
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
    copies: Counter[str] = Counter()
    for draft, parent in drafts:
        name = _name(draft, parent)
        under = addresses[id(parent)]
        if parent is not root and (shared[name] > 1 or _always_prefixed(draft, parent)):
            name = f"{under}-{name}"
        address = name
        while address in taken:
            copies[name] += 1
            address = f"{name}-{copies[name] + 1}"
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
    number = slug(draft.number or "")
    if not number:
        return slug(draft.title) or "sans-titre"
    if draft.kind is Kind.PARAGRAPH:
        return f"p-{number}"
    return f"{draft.label or 'section'}-{number}"
