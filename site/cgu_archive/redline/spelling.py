"""The words of a row as HTML: what came, what went, what is marked, in words too for those who listen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from operator import itemgetter
from typing import Protocol

from cgu_archive.corpus.comparison import ChangeClass, Mark, MarkKind, Op, Row, Span, Unit, UnitKind
from cgu_archive.corpus.comparison.model import CELL_BREAK, UNIT_BREAK
from cgu_archive.redline.moves import Ends, is_new_or_gone
from cgu_archive.redline.places import NBSP
from cgu_archive.redline.unseen import UNSEEN, coded, parted
from cgu_archive.rendering import LinkPolicy

_BREAKS = re.compile(f"([{UNIT_BREAK}{CELL_BREAK}])")
_LONG = 3
"""From this many words on, the end of what came or went is announced too."""
_SAID = {
    Op.INSERTED: ("ins", "ajouté", "de l’ajout"),
    Op.DELETED: ("del", "supprimé", "de la suppression"),
}
_NAMES = {
    MarkKind.STRONG: "gras",
    MarkKind.EMPHASIS: "italique",
    MarkKind.CODE: "code",
    MarkKind.IMAGE: "image",
    MarkKind.LINK: "lien",
    MarkKind.BREAK: "retour à la ligne",
}
_KEPT = frozenset({ChangeClass.MARKUP, ChangeClass.LINK})
"""What changes of words that moved as they were: the marks on them."""
_SIDES = {Op.DELETED: "mouvement parti", Op.INSERTED: "mouvement venu"}
_TAGS = {MarkKind.STRONG: "strong", MarkKind.EMPHASIS: "em", MarkKind.CODE: "code"}


_End = tuple[int, Op]
"""A move, and which of its two ends."""


@dataclass(slots=True)
class Block:
    """One block to show: the unit that gives its shape, and its words as HTML, cell by cell."""

    row: int
    unit: Unit
    cells: list[list[str]] = field(default_factory=lambda: [[]])

    @property
    def html(self) -> str:
        """Return its words, cells one after the other."""
        return " ".join("".join(cell) for cell in self.cells)


def aside(words: str, *, heard: bool = False) -> str:
    """Return words that are not of the text; `heard` ones are for screen readers only."""
    classes = "hors-texte lecteur-seul" if heard else "hors-texte precision"
    return f'<span class="{classes}">{escape(coded(words), quote=False)}</span>'


def _seen(words: str, *, changed: bool) -> str:
    """Return words of the text as HTML; what nobody sees gives way to its code, which is not of the text."""
    return "".join(
        f'<span class="hors-texte invisible">{part}</span>' if is_code else escape(part, quote=False)
        for part, is_code in parted(words, changed=changed)
    )


class Inner(Protocol):
    """Finds where a link inside a text leads on the page."""

    def __call__(self, target: str, *, is_old: bool) -> str:
        """Return an identifier of the page; empty when the link leads nowhere."""


class Outer(Protocol):
    """Finds the identifier of one end of a move."""

    def __call__(self, move: int, op: Op) -> str:
        """Return the identifier of the place that words left (`DELETED`) or came to (`INSERTED`)."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Where links lead."""

    links: LinkPolicy | None
    inner: Inner
    ends: Ends
    outer: Outer


def spell(rank: int, row: Row, ways: Ways) -> list[Block]:
    """Return the blocks of a row: as many as it has units on the side that gives its shape."""
    return _Speller(rank, row, ways).blocks()


class _Side:
    """Where one side of a row is being read."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._units = units
        self._rank = 0
        self._to_come = self._in_order()
        self._near: list[tuple[int, Mark]] = []
        self.at = 0

    @property
    def unit(self) -> Unit | None:
        return self._units[self._rank] if self._rank < len(self._units) else None

    def _in_order(self) -> list[tuple[int, Mark]]:
        """Return the marks of the unit with their ranks, the first to begin last."""
        ranked = enumerate(self.unit.marks if self.unit else ())
        return sorted(ranked, key=lambda mark: mark[1].start, reverse=True)

    def near(self, start: int, end: int) -> list[Mark]:
        """Return the marks on words from `start` to `end`, in their order; `start` never goes back."""
        self._near = [mark for mark in self._near if mark[1].end > start]
        while self._to_come and self._to_come[-1][1].start < end:
            self._near.append(self._to_come.pop())
        here = sorted(self._near, key=itemgetter(0))
        return [mark for _, mark in here if mark.start < min(end, mark.end)]

    def next_unit(self) -> None:
        self._rank += 1
        self._to_come, self._near = self._in_order(), []
        self.at = 0


class _Speller:
    """Reads the spans of a row and writes its blocks."""

    def __init__(self, rank: int, row: Row, ways: Ways) -> None:
        self._rank = rank
        self._row = row
        self._ways = ways
        self._old = _Side(row.old)
        self._new = _Side(row.new)
        self._leads = Op.DELETED if row.new else Op.INSERTED
        """What happened to the words that give no shape."""
        self._blocks: list[Block] = []
        self._open: _End | None = None
        """The end of a move whose words are being written."""
        self._named: set[_End] = set()
        """The ends of moves that have been given their identifier."""

    def blocks(self) -> list[Block]:
        self._open_block()
        self._markers(self._old.unit, self._new.unit)
        for span in self._row.spans:
            self._span(self._ways.ends.bare(span))
        self._follow(None)
        return self._blocks

    def _open_block(self) -> None:
        unit = self._new.unit if self._row.new else self._old.unit
        if unit is not None:
            self._blocks.append(Block(self._rank, unit))

    def _write(self, html: str) -> None:
        self._blocks[-1].cells[-1].append(html)

    def _markers(self, old: Unit | None, new: Unit | None) -> None:
        """Write the number that stands before the words of a unit, old and new when they differ."""
        before, after = (unit.marker if unit else "" for unit in (old, new))
        if before == after:
            if after:
                self._write(f'<span class="numero">{escape(after)}</span> ')
            return
        lone = not (old and new)
        change = ChangeClass.WORDING if lone else ChangeClass.NUMBERING
        carried = lone and all(span.move is not None for span in self._row.spans if span.text.strip())
        for op, marker in ((Op.DELETED, before), (Op.INSERTED, after)):
            if marker:
                number = f'<span class="numero">{escape(marker)}</span>'
                moved = f'<{_SAID[op][0]} class="deplace">{number}</{_SAID[op][0]}>'
                self._write(f"{moved if carried else _wrapped(op, number, marker, change)} ")

    def _span(self, span: Span) -> None:
        for at, piece in enumerate(_BREAKS.split(span.text)):
            if at % 2:
                self._break(span.op, piece)
            else:
                self._piece(span, piece)

    def _break(self, op: Op, letter: str) -> None:
        """Pass from one unit, or cell, to the next."""
        self._follow(None)
        shapes = op is not self._leads
        if letter == CELL_BREAK:
            for side, other in ((self._old, Op.INSERTED), (self._new, Op.DELETED)):
                side.at += op is not other
            if shapes and self._blocks[-1].unit.kind is UnitKind.ROW:
                self._blocks[-1].cells.append([])
            else:
                self._write(" " + aside("|") + " ")
            return
        if op is not Op.INSERTED:
            self._old.next_unit()
        if op is not Op.DELETED:
            self._new.next_unit()
        if shapes:
            self._open_block()
            if op is not Op.EQUAL:
                self._write(aside("(alinéa ouvert ici) "))
        else:
            self._write(f" {aside('(alinéa fermé ici)')} ")
        self._markers(
            self._old.unit if op is not Op.INSERTED else None,
            self._new.unit if op is not Op.DELETED else None,
        )

    def _piece(self, span: Span, text: str) -> None:
        if not text:
            return
        self._follow((span.move, span.op) if span.move is not None else None)
        side = self._old if span.op is Op.DELETED else self._new
        html = "".join(self._marked(text, side, changed=is_new_or_gone(span)))
        is_same = span.op is Op.EQUAL or span.move is not None
        note = self._note(span) if is_same and span.change in _KEPT else ""
        if span.op is not Op.INSERTED:
            self._old.at += len(text)
        if span.op is not Op.DELETED:
            self._new.at += len(text)
        if span.move is not None:
            self._write(_carried(span, html, text, note))
        elif span.op is not Op.EQUAL:
            self._write(_wrapped(span.op, html, text, span.change))
        elif span.change:
            self._write(f'<span class="retouche classe-{span.change}">{html}</span>{note}')
        else:
            self._write(html)

    def _follow(self, end: _End | None) -> None:
        """Close what is open of a move that goes no further, and open the one whose words come."""
        if end == self._open:
            return
        if self._open is not None:
            self._write(self._closing(*self._open))
        if end is not None:
            self._write(self._opening(*end))
        self._open = end

    def _opening(self, move: int, op: Op) -> str:
        ident = ""
        if (move, op) not in self._named:
            self._named.add((move, op))
            ident = f' id="{self._ways.outer(move, op)}"'
        said = aside(f"{self._ways.ends.end(move, op).said}{NBSP}: ", heard=True)
        return f'<span class="{_SIDES[op]}"{ident}>{said}'

    def _closing(self, move: int, op: Op) -> str:
        end = self._ways.ends.end(move, op)
        target = self._ways.outer(move, Op.INSERTED if op is Op.DELETED else Op.DELETED)
        arrow = f'<span aria-hidden="true">{"↓" if end.is_below else "↑"}</span> '
        link = f'<a href="#{target}">{arrow}{escape(end.link, quote=False)}</a>'
        heard = aside(" fin du passage déplacé ", heard=True)
        told = f" ({end.on_the_way})" if end.on_the_way else ""
        told = f'<span class="classe-wording en-chemin">{told}</span>' if told else ""
        return f'{heard}<span class="hors-texte renvoi">{told} ({link}) </span></span>'

    def _note(self, span: Span) -> str:
        """Return what changed in words that stayed the same; of those that moved, each end tells its own."""
        if span.op is not Op.EQUAL:
            side, when = (self._old, "avant") if span.op is Op.DELETED else (self._new, "après")
            if span.change is ChangeClass.LINK:
                return aside(f" (lien {when}{NBSP}: {_target(side)})")
            return aside(f" (mise en forme {when}{NBSP}: {_attire(side)})")
        if span.change is not ChangeClass.LINK:
            return aside(f" ({_attire(self._old)} → {_attire(self._new)})")
        old, new = _target(self._old), _target(self._new)
        return aside(f" (lien{NBSP}: {old} → {new})")

    def _marked(self, text: str, side: _Side, *, changed: bool) -> Iterator[str]:
        """Yield `text`, cut where a mark begins or ends."""
        start, end = side.at, side.at + len(text)
        marks = side.near(start, end)
        edges = {start, end}.union(edge for mark in marks for edge in (mark.start, mark.end))
        cuts = sorted(edge for edge in edges if start <= edge <= end)
        begins: dict[int, list[int]] = {}
        for rank, mark in enumerate(marks):
            begins.setdefault(max(mark.start, start), []).append(rank)
        worn: list[int] = []
        for left, right in pairwise(cuts):
            worn = sorted([rank for rank in worn if marks[rank].end > left] + begins.get(left, []))
            part = _seen(text[left - start : right - start], changed=changed)
            yield self._worn(part, [marks[rank] for rank in worn], right, is_old=side is self._old)

    def _worn(self, html: str, worn: Sequence[Mark], end: int, *, is_old: bool) -> str:
        for mark in reversed(worn):
            if mark.kind in _TAGS:
                html = f"<{_TAGS[mark.kind]}>{html}</{_TAGS[mark.kind]}>"
            elif mark.kind is MarkKind.BREAK:
                html = f"<br>{html}"
            elif mark.kind is MarkKind.IMAGE:
                html = f'<span class="image">{html}</span>'
            else:
                html = self._link(mark, html, last=mark.end == end, is_old=is_old)
        return html

    def _link(self, mark: Mark, words: str, *, last: bool, is_old: bool) -> str:
        if here := self._ways.inner(mark.target, is_old=is_old):
            return f'<a href="#{escape(here)}">{words}</a>'
        if self._ways.links is None or not self._ways.links.allows(mark.target):
            return f'<span class="lien-inactif">{words}</span>'
        if mark.target.startswith("mailto:"):
            return f'<a href="{escape(mark.target)}">{words}</a>'
        outside = '<span class="hors-texte lien-externe"> (lien externe)</span>' if last else ""
        return f'<a href="{escape(mark.target)}" rel="external noopener noreferrer">{words}{outside}</a>'


def _wrapped(op: Op, html: str, text: str, change: ChangeClass | None, *, names: str = "") -> str:
    """Return words between `ins` or `del`, announced to those who listen."""
    tag, said, end = _SAID[op]
    classes = f"{names} classe-{change}".lstrip() if change else names
    if text.isspace() and not UNSEEN.search(text):
        heard = f"espace {said}e" if len(text) == 1 else f"espaces {said}es"
        return f'<{tag} class="{classes} espace">{aside(f" {heard} ", heard=True)}{html}</{tag}>'
    after = aside(f" fin {end} ", heard=True) if len(text.split()) >= _LONG else ""
    return f'<{tag} class="{classes}">{aside(f"{said}{NBSP}: ", heard=True)}{html}{after}</{tag}>'


def _carried(span: Span, html: str, text: str, note: str) -> str:
    """Return words that moved, or that were lost or won on the way, as one end of their move has them.

    `note` tells what became of the marks on words that are the same at both ends.
    """
    tag, _, _ = _SAID[span.op]
    if span.change is None:
        return f'<{tag} class="deplace">{html}</{tag}>'
    if span.change not in _KEPT:
        return _wrapped(span.op, html, text, span.change, names="deplace edite")
    return f'<{tag} class="deplace retouche classe-{span.change}">{html}</{tag}>{note}'


def _target(side: _Side) -> str:
    here = side.near(side.at, side.at + 1)
    targets = [mark.target for mark in here if mark.kind in (MarkKind.LINK, MarkKind.IMAGE)]
    return targets[0] if targets and targets[0] else "aucun"


def _attire(side: _Side) -> str:
    return ", ".join(_NAMES[mark.kind] for mark in side.near(side.at, side.at + 1)) or "ordinaire"
