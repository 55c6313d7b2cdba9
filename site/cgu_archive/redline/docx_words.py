"""The words of a row as runs of a Word document: tracked, marked, safe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from itertools import groupby

from cgu_archive.corpus.comparison import ChangeClass, MarkKind, Op, Row, Unit
from cgu_archive.corpus.comparison.marks import Layers, Worn, joined_marks
from cgu_archive.corpus.comparison.model import CELL_BREAK, UNIT_BREAK
from cgu_archive.redline.docx_links import Links, link_of, without_links
from cgu_archive.redline.places import NBSP
from cgu_archive.redline.unseen import coded
from cgu_archive.word.package import paragraph
from cgu_archive.word.runs import attire, date_of, drawn, literal, run

_BREAKS = re.compile(f"([{UNIT_BREAK}{CELL_BREAK}])")
_APART = timedelta(minutes=2)
_POINTING = (MarkKind.LINK, MarkKind.IMAGE)
_LAID_OUT = (None, ChangeClass.MARKUP, ChangeClass.LINK)
"""What may have happened to words that moved and are the same."""


def text_of(words: str, *, changed: bool = False) -> str:
    """Return `words` as they can stand in XML, those that `changed` with all that nobody sees in them.

    A character that cannot is shown by its picture, or `�`; one that would turn the line, by its code.
    """
    return escape(coded(drawn(words), changed=changed))


class Stamp:
    """Who made the changes and when, as attributes.

    LibreOffice joins two changes of one minute that only the end of a paragraph parts, and so takes that end
    for changed too: paragraphs take turns, two minutes apart.
    """

    def __init__(self, author: str, at: datetime) -> None:
        self._author = text_of(author)
        self._turns = [date_of(at), date_of(at - _APART)]

    @property
    def by(self) -> str:
        """The attributes of a change of this paragraph."""
        return f'w:author="{self._author}" w:date="{self._turns[0]}"'

    def next_paragraph(self) -> None:
        """Pass an end of paragraph that both texts have."""
        self._turns.reverse()


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one row, without any break, or one break; where they stand in each side, and their marks."""

    op: Op
    text: str
    change: ChangeClass | None
    old_at: int
    new_at: int
    old: Layers
    new: Layers
    move: int | None = None
    """Rank, in `Comparison.moves`, of the move of sentences these words are part of."""

    @property
    def is_break(self) -> bool:
        """Whether it parts two units or two cells."""
        return self.text in (UNIT_BREAK, CELL_BREAK)


def kept_pieces(row: Row) -> Iterator[Piece]:
    """Yield the words and breaks of a row, those of both sides."""
    old, new = Layers(joined_marks(row.old)), Layers(joined_marks(row.new))
    i = j = 0
    for span in row.spans:
        for text in filter(None, _BREAKS.split(span.text)):
            yield Piece(span.op, text, span.change, i, j, old, new, span.move)
            i += len(text) if span.op is not Op.INSERTED else 0
            j += len(text) if span.op is not Op.DELETED else 0


def side_pieces(row: Row, at: int, *, old: bool) -> Iterator[Piece]:
    """Yield the words of the unit `at` of one side of a row."""
    unit = 0
    other = Op.INSERTED if old else Op.DELETED
    for piece in kept_pieces(row):
        if piece.op is other:
            continue
        if piece.is_break:
            unit += 1
        elif unit == at:
            yield piece


class WordsWriter:
    """Writes runs, and gives each tracked change its number."""

    def __init__(self, stamp: Stamp, links: Links) -> None:
        self._stamp = stamp
        self._links = links
        self._last = 0
        self._open: dict[str, int] = {}
        self.comments: list[str] = []
        """The comments, as XML, in the order of the text."""

    def tracked(self, tag: str, inner: str = "") -> str:
        """Return `inner` as a change: `ins`, `del`, `moveFrom`, `moveTo`, `pPrChange`, `rPrChange`."""
        return f'<w:{tag} w:id="{self._number()}" {self._stamp.by}>{inner}</w:{tag}>'

    def start_move(self, kind: str, move: int) -> str:
        """Return the beginning of one end of a move: `kind` is `moveFrom` or `moveTo`."""
        number = self._open[kind] = self._number()
        return f'<w:{kind}RangeStart w:id="{number}" {self._stamp.by} w:name="deplacement{move}"/>'

    def end_move(self, kind: str) -> str:
        """Return the end of the move of that kind begun last."""
        return f'<w:{kind}RangeEnd w:id="{self._open.pop(kind)}"/>'

    def number(self, marker: str, gap: str, mark: str) -> str:
        """Return the number that stands before the words of a unit, and what parts it from them."""
        if not marker:
            return ""
        return self._tracked_runs(mark, _run(marker + gap, frozenset(), mark))

    def kept(self, piece: Piece) -> str:
        """Return words of a row that stays in place."""
        match piece.op:
            case Op.DELETED:
                return self.side(piece, "del", old=True)
            case Op.INSERTED:
                return self.side(piece, "ins", old=False)
        runs = "".join(self._same(piece))
        return self._commented(piece, runs) if piece.change is ChangeClass.LINK else runs

    def side(self, piece: Piece, mark: str, *, old: bool) -> str:
        """Return words as one side has them, tracked as `mark`."""
        layers, at = (piece.old, piece.old_at) if old else (piece.new, piece.new_at)
        return self._side(piece.text, at, layers, mark)

    def moved(self, piece: Piece, end: str) -> str:
        """Return words of a passage that moved, at an `end` of the move (`moveFrom`, `moveTo`)."""
        words = self.side(piece, end, old=end == "moveFrom")
        if piece.change is ChangeClass.LINK and end == "moveTo":
            return self._commented(piece, words, end)
        return words

    def sentences(self, end: str, number: int, pieces: Iterable[Piece], became: Row) -> str:
        """Return an `end` of a move (`moveFrom`, `moveTo`); words lost or won are beside those that moved.

        `became` is what became of them all on the way.
        """
        old = end == "moveFrom"
        edit = "del" if old else "ins"
        pointed = (piece for piece in kept_pieces(became) if piece.change is ChangeClass.LINK)
        written = [self.start_move(end, number)]
        for piece in pieces:
            words = self.side(piece, end if piece.change in _LAID_OUT else edit, old=old)
            if piece.change is ChangeClass.LINK and not old:
                words = self._commented(next(pointed), words, end)
            written.append(words)
        return f"{''.join(written)}{self.end_move(end)}"

    def alone(self, unit: Unit, mark: str) -> str:
        """Return all the words of a unit, tracked as `mark`."""
        return self._side(unit.text, 0, Layers(list(unit.marks)), mark)

    def cells(self, unit: Unit, mark: str) -> Iterator[str]:
        """Yield the words of each cell of a row of a table, tracked as `mark`."""
        layers = Layers(list(unit.marks))
        at = 0
        for cell in unit.text.split(CELL_BREAK):
            yield self._side(cell, at, layers, mark)
            at += len(cell) + 1

    def _side(self, text: str, at: int, layers: Layers, mark: str) -> str:
        """Return `text`, which stands `at` in its side, with its marks and its links."""
        worn = ((self._links.shown(worn), words) for worn, words in _cut(text, at, layers))
        written = []
        for _, group in groupby(worn, lambda found: link_of(found[0])):
            found = list(group)
            runs = "".join(_run(words, worn, mark) for worn, words in found)
            written.append(self._links.around(found[0][0], self._tracked_runs(mark, runs)))
        return "".join(written)

    def _tracked_runs(self, mark: str, runs: str) -> str:
        return self.tracked(mark, runs) if mark and runs else runs

    def _same(self, piece: Piece) -> Iterator[str]:
        """Yield words that both sides have, at one place; a link that changed is none."""
        shown = without_links if piece.change is ChangeClass.LINK else self._links.shown
        at = 0
        while at < len(piece.text):
            before, old_until = piece.old.at(piece.old_at + at)
            after, new_until = piece.new.at(piece.new_at + at)
            end = min(at + old_until, at + new_until, len(piece.text))
            runs = self._both(piece.text[at:end], shown(before), shown(after))
            yield self._links.around(shown(after), runs)
            at = end

    def _both(self, words: str, before: Worn, after: Worn) -> str:
        """Return `words` with what their marks were where those changed."""
        if _breaks(before) != _breaks(after):
            gone = self.tracked("del", _run(words, before, "del"))
            return gone + self.tracked("ins", _run(words, after, "ins"))
        if _attire(before) == _attire(after):
            return _run(words, after)
        return _run(words, after, was=self.tracked("rPrChange", f"<w:rPr>{_attire(before)}</w:rPr>"))

    def _commented(self, piece: Piece, runs: str, mark: str = "") -> str:
        """Return `runs` with a comment that says where they pointed and point; it came as `mark` says."""
        old, new = _target(piece.old.at(piece.old_at)[0]), _target(piece.new.at(piece.new_at)[0])
        number = len(self.comments)
        words = text_of(f"Lien{NBSP}: {old} → {new}")
        self.comments.append(
            f'<w:comment w:id="{number}" {self._stamp.by}>'
            f"{paragraph('CommentText', run(literal(words)))}</w:comment>"
        )
        return (
            f'<w:commentRangeStart w:id="{number}"/>{runs}<w:commentRangeEnd w:id="{number}"/>'
            + self._tracked_runs(mark, f'<w:r><w:commentReference w:id="{number}"/></w:r>')
        )

    def _number(self) -> int:
        self._last += 1
        return self._last


def _cut(text: str, at: int, layers: Layers) -> Iterator[tuple[Worn, str]]:
    """Yield `text`, which stands `at` in its side, cut where its marks change, with those marks."""
    start = 0
    while start < len(text):
        worn, until = layers.at(at + start)
        yield worn, text[start : start + until]
        start += until


def _run(said: str, worn: Worn, mark: str = "", *, was: str = "") -> str:
    """Return a run: `said` as `worn` marks it, with what its marks were (`was`) when they changed.

    `mark` says how it is tracked, if it is.
    """
    properties = f"{_attire(worn)}{was}"
    if _breaks(worn):
        return run("<w:br/>", properties)
    words, tab, _ = said.partition("\t")
    written = literal(text_of(words, changed=bool(mark)), "delText" if mark == "del" else "t")
    return run(f"{written}{'<w:tab/>' if tab else ''}", properties)


def _breaks(worn: Worn) -> bool:
    return any(kind is MarkKind.BREAK for kind, _ in worn)


def _attire(worn: Worn) -> str:
    """Return the properties of a run."""
    return attire({kind for kind, _ in worn})


def _target(worn: Worn) -> str:
    return next((target for kind, target in sorted(worn) if kind in _POINTING and target), "aucun")
