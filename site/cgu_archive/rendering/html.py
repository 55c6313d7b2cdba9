"""Turn provisions into HTML: the one rendering that the archive, the PDF and the kiosk share.

Every word of the text is written once, escaped, in reading order; whatever is added for the reader
(permalinks, « lien externe ») stands in an element of class ``hors-texte``. No tag or address of the text is
trusted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import assert_never
from urllib.parse import unquote, urlsplit

from cgu_archive.corpus import markdown
from cgu_archive.corpus.markdown import Block, Inline
from cgu_archive.corpus.model import Service
from cgu_archive.corpus.provisions import Kind, Provision

_TOP_HEADING = 2
"""The page keeps `h1` for itself; the text begins at `h2`."""
_LAST_HEADING = 6


@dataclass(frozen=True, slots=True)
class LinkPolicy:
    """Which addresses of a text may become links."""

    unlinked_hosts: tuple[str, ...] = ()
    """Hosts whose publisher forbids links without authorisation (requirements P-49, S-38)."""
    removed: frozenset[str] = frozenset()
    """Addresses that a register of links removed (requirements M-31, P-51), as `_twin` gives them."""

    def allows(self, target: str) -> bool:
        """Whether `target` may be a link: https, http or mailto, plain ASCII, to a host not refused."""
        target = unquote(target)
        if _twin(target) in self.removed or not target.isascii() or not target.isprintable():
            return False
        try:
            parts = urlsplit(target)
            host = (parts.hostname or "").lower().rstrip(".")
        except ValueError:
            return False
        if parts.scheme == "mailto":
            return "@" in parts.path and "?" not in target
        if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
            return False
        return not any(host == refused or host.endswith(f".{refused}") for refused in self.unlinked_hosts)


def link_policy(*services: Service) -> LinkPolicy:
    """Return which addresses may become links in the texts of `services`, by their sheets and registers."""
    return LinkPolicy(
        tuple(host for service in services for host in service.unlinked_hosts),
        frozenset(
            _twin(unquote(record.url))
            for service in services
            for record in service.links
            if record.removed_on is not None
        ),
    )


def _twin(address: str) -> str:
    """Return what an address and the same with a slash at its end have in common."""
    return address.removesuffix("/")


@dataclass(frozen=True, slots=True)
class Contents:
    """One line of a table of contents."""

    address: str
    title: str
    children: tuple[Contents, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What is added for the reader beside a provision; HTML, every element of it of class ``hors-texte``."""

    beside: str = ""
    """Words that follow the permalink."""
    below: str = ""
    """Blocks that follow the title, or the first paragraph of a provision without title."""


def text_to_html(
    text: Provision,
    links: LinkPolicy,
    *,
    permalinks: bool = True,
    notes: Mapping[str, Note] | None = None,
) -> str:
    """Return the whole `text` as HTML, each provision in a `section` whose id is its address.

    `notes` are by address; nothing of the text is read or written otherwise with them.
    """
    return "".join(_Writer(links, permalinks, notes or {}).provision(text, _TOP_HEADING - 1))


def contents(text: Provision) -> tuple[Contents, ...]:
    """Return the titled provisions of `text`, for a table of contents."""
    return tuple(
        Contents(child.address, title, contents(child))
        for child in text.children
        if (title := title_of(child))
    )


def title_of(provision: Provision) -> str:
    """Return the title of a provision with its number, as one reads it; empty when it has none."""
    if provision.heading is not None:
        return markdown.plain(provision.heading.inlines)
    if not provision.label and not provision.title:
        return ""
    called = f"{provision.label or ''} {provision.number or ''}".strip().capitalize()
    return " – ".join(part for part in (called, provision.title) if part)


_NO_NOTE = Note()


class _Writer:
    """Writes the HTML of one text."""

    def __init__(self, links: LinkPolicy, permalinks: bool, notes: Mapping[str, Note]) -> None:
        self._links = links
        self._permalinks = permalinks
        self._notes = notes

    def provision(self, provision: Provision, level: int) -> Iterator[str]:
        if provision.kind is Kind.TEXT:
            yield '<div class="texte">'
        else:
            yield f'<section class="provision {provision.kind}" id="{escape(provision.address)}">'
        if provision.heading is not None:
            depth = min(level, _LAST_HEADING)
            heading = f"<h{depth}>{''.join(self._inlines(provision.heading.inlines))}</h{depth}>"
            beside = self._permalink(provision)  # outside: no link is part of the name of a heading
            yield f'<div class="titre">{heading}{beside}</div>' if beside else heading
            yield self._note(provision).below
        yield from self._own_blocks(provision)
        for child in provision.children:
            yield from self.provision(child, level + 1)
        yield "</div>" if provision.kind is Kind.TEXT else "</section>"

    def _own_blocks(self, provision: Provision) -> Iterator[str]:
        """Write the provision's blocks, the first one after its number when that is not in its words."""
        blocks = provision.blocks
        if not provision.marker:
            if provision.heading is None and provision.kind is not Kind.TEXT:
                yield self._permalink(provision)
                yield self._note(provision).below
            yield from self._blocks(blocks)
            return
        number = f'<span class="numero">{escape(provision.marker)}</span> '
        permalink = self._permalink(provision)
        if blocks and isinstance(blocks[0], markdown.Paragraph):
            yield f"<p>{number}{''.join(self._inlines(blocks[0].inlines))}{permalink}</p>"
            blocks = blocks[1:]
        else:
            yield f"<p>{number}{permalink}</p>"
        yield self._note(provision).below
        yield from self._blocks(blocks)

    def _note(self, provision: Provision) -> Note:
        return self._notes.get(provision.address, _NO_NOTE)

    def _permalink(self, provision: Provision) -> str:
        if not self._permalinks:
            return ""
        name = provision.number or provision.title
        label = escape(f"Lien permanent : {name}")
        target = escape(provision.address)
        link = f' <a class="permalien hors-texte" href="#{target}" aria-label="{label}">#</a>'
        return link + self._note(provision).beside

    def _blocks(self, blocks: Sequence[Block]) -> Iterator[str]:
        for block in blocks:
            yield from self._block(block)

    def _block(self, block: Block) -> Iterator[str]:
        match block:
            case markdown.Heading(_, inlines):  # inside a list or a quote: it opens no provision
                yield f'<p class="intertitre"><strong>{"".join(self._inlines(inlines))}</strong></p>'
            case markdown.Paragraph(inlines):
                yield f"<p>{''.join(self._inlines(inlines))}</p>"
            case markdown.List():
                yield from self._list(block)
            case markdown.Table():
                yield from self._table(block)
            case markdown.Quote(blocks):
                yield "<blockquote>"
                yield from self._blocks(blocks)
                yield "</blockquote>"
            case markdown.CodeBlock(text):
                yield f"<pre>{escape(text)}</pre>"
            case markdown.Rule():
                yield "<hr>"
            case _:
                assert_never(block)

    def _list(self, block: markdown.List) -> Iterator[str]:
        """Write a list; a numbered one shows its numbers as words, so that none can be lost."""
        yield '<ul class="numerotee">' if block.ordered else "<ul>"
        for item in block.items:
            number = f'<span class="numero">{escape(item.marker)}</span> ' if item.marker else ""
            match item.blocks:
                case (markdown.Paragraph(inlines), *rest):
                    yield f"<li>{number}{''.join(self._inlines(inlines))}"
                case rest:
                    yield f"<li>{number}"
            yield from self._blocks(rest)
            yield "</li>"
        yield "</ul>"

    def _table(self, table: markdown.Table) -> Iterator[str]:
        yield '<div class="tableau" role="group" aria-label="Tableau" tabindex="0"><table><thead><tr>'
        for cell in table.header.cells:
            yield f'<th scope="col">{"".join(self._inlines(cell))}</th>'
        yield "</tr></thead><tbody>"
        for row in table.rows:
            cells = "".join(f"<td>{''.join(self._inlines(cell))}</td>" for cell in row.cells)
            yield f"<tr>{cells}</tr>"
        yield "</tbody></table></div>"

    def _inlines(self, inlines: Sequence[Inline]) -> Iterator[str]:
        for inline in inlines:
            match inline:
                case markdown.Text(text):
                    yield escape(text, quote=False)
                case markdown.Code(text):
                    yield f"<code>{escape(text, quote=False)}</code>"
                case markdown.Strong(children):
                    yield f"<strong>{''.join(self._inlines(children))}</strong>"
                case markdown.Emphasis(children):
                    yield f"<em>{''.join(self._inlines(children))}</em>"
                case markdown.Link(target, children):
                    yield self._link(target, "".join(self._inlines(children)))
                case markdown.Image(_, description):
                    yield f'<span class="image">{escape(description, quote=False)}</span>'
                case markdown.Break(hard):
                    yield "<br>\n" if hard else "\n"
                case _:
                    assert_never(inline)

    def _link(self, target: str, words: str) -> str:
        if target.startswith("#") and len(target) > 1:
            return f'<a href="{escape(target)}">{words}</a>'
        if not self._links.allows(target):
            return f'<span class="lien-inactif">{words}</span>'
        if target.startswith("mailto:"):
            return f'<a href="{escape(target)}">{words}</a>'
        mark = '<span class="hors-texte lien-externe"> (lien externe)</span>'
        return f'<a href="{escape(target)}" rel="external noopener noreferrer">{words}{mark}</a>'
