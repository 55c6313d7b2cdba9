"""Read Markdown into a small closed tree: the only parser of the product.

Provisions, HTML, PDF and comparisons are all made from this tree, so none can hold a word that the others
lack. The dialect is CommonMark with tables. Raw HTML is not a feature of it: a tag is text that a reader
sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, reference
from markdown_it.token import Token

from cgu_archive.corpus.bounds import MAX_BYTES, refuse_excess
from cgu_archive.corpus.errors import UnreadableTextError

MAX_NESTING = 60
"""Deepest nesting of lists, quotes and emphasis accepted."""

_MARK = "\ufeff"
"""Some editors put it at the head of a file in UTF-8."""

Lines = tuple[int, int]
"""First line (0-based) and the line after the last."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words as they are read."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words in bold."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Words in italics."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Words given literally."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Words that point somewhere; the target is not trusted."""

    target: str
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that is never fetched: its description is read instead."""

    target: str
    description: str


@dataclass(frozen=True, slots=True)
class Break:
    """The end of a line inside a paragraph; `hard` when the author asked for it."""

    hard: bool


Inline = Text | Strong | Emphasis | Code | Link | Image | Break


@dataclass(frozen=True, slots=True)
class Heading:
    """A title and its level in the source, 1 to 6."""

    level: int
    inlines: tuple[Inline, ...]
    lines: Lines


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    inlines: tuple[Inline, ...]
    lines: Lines


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list; `marker` is what stands before it (``28.``), empty for a bullet."""

    marker: str
    blocks: tuple[Block, ...]
    lines: Lines


@dataclass(frozen=True, slots=True)
class List:
    """A list, numbered or not."""

    ordered: bool
    items: tuple[Item, ...]
    lines: Lines


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    cells: tuple[tuple[Inline, ...], ...]
    lines: Lines


@dataclass(frozen=True, slots=True)
class Table:
    """A table: one heading row, then the others."""

    header: Row
    rows: tuple[Row, ...]
    lines: Lines


@dataclass(frozen=True, slots=True)
class Quote:
    """Quoted blocks."""

    blocks: tuple[Block, ...]
    lines: Lines


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Lines given literally."""

    text: str
    lines: Lines


@dataclass(frozen=True, slots=True)
class Rule:
    """A line drawn across the page."""

    lines: Lines


Block = Heading | Paragraph | List | Table | Quote | CodeBlock | Rule


def decode(raw: bytes) -> str:
    """Return the text of `raw`, which must be UTF-8 and at most `MAX_BYTES` long.

    Raises `UnreadableTextError` saying where the first wrong byte stands.
    """
    if len(raw) > MAX_BYTES:
        raise UnreadableTextError(
            f"Le texte fait {len(raw)} octets ; {MAX_BYTES} au plus sont acceptés. Coupez-le."
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableTextError(
            f"Ligne {line} : un octet n’est pas de l’UTF-8 (position {error.start})."
            " Enregistrez le fichier en UTF-8."
        ) from error
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise UnreadableTextError(
            f"Ligne {line} : caractère nul ; ce n’est pas du texte en UTF-8. Enregistrez le fichier en UTF-8."
        )
    return text


def parse(text: str) -> tuple[Block, ...]:
    """Return the blocks of `text`, in reading order.

    Raises `UnreadableTextError` when it is longer than `bounds` says, or nesting is so deep that words would
    be lost.
    """
    refuse_excess(text)
    front = _front_matter(text)
    tokens = _parser().parse(_body(text, front))
    for token in tokens:
        if token.level >= MAX_NESTING - 1 or _inline_depth(token) >= MAX_NESTING:
            line = token.map[0] + 1 if token.map else 1
            raise UnreadableTextError(
                f"Ligne {line} : listes, citations ou marques imbriquées sur plus de {MAX_NESTING} niveaux."
            )
    blocks = _Reader(tokens).blocks()
    return (CodeBlock("\n".join(front), (0, len(front))), *blocks) if front else blocks


_FENCE = "---"
_KEY = re.compile(r"[\w.-]+\s*:(?:\s|\Z)")


def _front_matter(text: str) -> list[str]:
    """Return the lines of metadata that some tools put at the head of a file, both ``---`` included.

    CommonMark would make a title of them; here they are lines given literally.
    """
    lines = text.removeprefix(_MARK).splitlines()
    if len(lines) < 3 or lines[0].rstrip() != _FENCE or not _KEY.match(lines[1]):
        return []
    for rank, line in enumerate(lines[1:], start=1):
        if line.rstrip() == _FENCE:
            return lines[: rank + 1]
        if not (line[:1] in " \t-#" or not line or _KEY.match(line)):
            return []
    return []


def _body(text: str, front: list[str]) -> str:
    """Return `text` with the lines of `front` left empty, and without the mark of its encoding."""
    text = text.removeprefix(_MARK)
    return "\n" * len(front) + "\n".join(text.splitlines()[len(front) :]) if front else text


@dataclass(frozen=True, slots=True)
class Hidden:
    """Words of the file that no reader of the text sees, and the line (0-based) they stand on."""

    words: str
    line: int


def hidden(text: str) -> tuple[Hidden, ...]:
    """Return what `text` holds and no rendering shows: link definitions, link titles, code languages.

    Raises `UnreadableTextError` when it is longer than `bounds` says.
    """
    refuse_excess(text)
    shared: dict[str, Any] = {}
    tokens = _parser().parse(_body(text, _front_matter(text)), shared)
    references = [*shared.get("references", {}).values(), *shared.get("duplicate_refs", ())]
    found = [Hidden(f"{link['href']} {link['title']}".strip(), link["map"][0]) for link in references]
    for token in tokens:
        words = [token.info] if token.type == "fence" else list(_titles(token))
        found += [Hidden(word.strip(), _lines(token)[0]) for word in words if word.strip()]
    return tuple(sorted(found, key=lambda hidden: hidden.line))


def _titles(token: Token) -> Iterator[str]:
    for child in token.children or ():
        yield str(child.attrs.get("title", ""))
        yield from _titles(child)


def _inline_depth(token: Token) -> int:
    """Return how deep marks are nested inside `token`."""
    depth = deepest = 0
    for child in token.children or ():
        depth += child.nesting
        deepest = max(deepest, depth + (1 + _inline_depth(child) if child.children else 0))
    return deepest


def plain(inlines: Sequence[Inline]) -> str:
    """Return the words of `inlines` without any mark; a line break is a space."""
    return "".join(_plain(inlines))


def _plain(inlines: Sequence[Inline]) -> Iterator[str]:
    for inline in inlines:
        match inline:
            case Text(text) | Code(text):
                yield text
            case Strong(children) | Emphasis(children) | Link(_, children):
                yield from _plain(children)
            case Image(_, description):
                yield description
            case _:
                yield " "


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING}).enable("table")
    parser.block.ruler.at("reference", _reference)
    return parser


def _reference(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """Read a link definition; a footnote (« [^1]: … ») is none: its words are read where they stand."""
    if state.src.startswith("[^", state.bMarks[first] + state.tShift[first]):
        return False
    return reference(state, first, last, silent)


class _Reader:
    """Turns the parser's flat list of tokens into blocks."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def blocks(self, until: str = "") -> tuple[Block, ...]:
        """Read blocks up to the token `until`, or to the end; that token is consumed."""
        found: list[Block] = []
        while self._at < len(self._tokens):
            token = self._next()
            if token.type == until:
                break
            found.append(self._block(token))
        return tuple(found)

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _block(self, token: Token) -> Block:
        lines = _lines(token)
        match token.type:
            case "heading_open":
                return Heading(int(token.tag[1:]), self._inline_then_close(), lines)
            case "paragraph_open":
                return Paragraph(self._inline_then_close(), lines)
            case "bullet_list_open" | "ordered_list_open":
                return List(token.type == "ordered_list_open", self._items(), lines)
            case "blockquote_open":
                return Quote(self.blocks("blockquote_close"), lines)
            case "table_open":
                header, *rows = self._rows()
                return Table(header, tuple(rows), lines)
            case "fence" | "code_block":
                return CodeBlock(token.content, lines)
            case "hr":
                return Rule(lines)
        raise UnreadableTextError(f"Ligne {lines[0] + 1} : bloc « {token.type} » inconnu.")

    def _inline_then_close(self) -> tuple[Inline, ...]:
        inlines = _inlines(self._next())
        self._next()
        return inlines

    def _items(self) -> tuple[Item, ...]:
        items: list[Item] = []
        while (token := self._next()).type == "list_item_open":
            marker = f"{token.info}{token.markup}" if token.info else ""
            items.append(Item(marker, self.blocks("list_item_close"), _lines(token)))
        return tuple(items)

    def _rows(self) -> Iterator[Row]:
        while (token := self._next()).type != "table_close":
            if token.type == "tr_open":
                yield self._row(_lines(token))

    def _row(self, lines: Lines) -> Row:
        cells: list[tuple[Inline, ...]] = []
        while self._next().type != "tr_close":
            cells.append(self._inline_then_close())
        return Row(tuple(cells), lines)


def _lines(token: Token) -> Lines:
    first, after = token.map or (0, 0)
    return first, after


def _inlines(token: Token) -> tuple[Inline, ...]:
    return _spans(iter(token.children or ()), "")


def _spans(tokens: Iterator[Token], until: str) -> tuple[Inline, ...]:
    found: list[Inline] = []
    for token in tokens:
        match token.type:
            case kind if kind == until:
                break
            case "strong_open":
                found.append(Strong(_spans(tokens, "strong_close")))
            case "em_open":
                found.append(Emphasis(_spans(tokens, "em_close")))
            case "link_open":
                found.append(Link(str(token.attrs["href"]), _spans(tokens, "link_close")))
            case "code_inline":
                found.append(Code(token.content))
            case "image":
                target = str(token.attrs["src"])
                found.append(Image(target, plain(_spans(iter(token.children or ()), ""))))
            case "softbreak":
                found.append(Break(hard=False))
            case "hardbreak":
                found.append(Break(hard=True))
            case _ if token.content:
                found.append(Text(token.content))
    return tuple(found)
