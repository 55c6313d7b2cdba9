"""A comparison as a Word document with tracked changes: accept all for the new text, reject all for the old.

The body holds the words of both texts and nothing else; who compared what stands in the head and the foot.

- A passage that moved is a move (`w:moveFrom`, `w:moveTo`), and so are sentences that moved alone. Nothing is
  nested in a move: words that it lost are deletions where it stood, words that it won are insertions where it
  stands; sentences that left or joined a passage that moved, or a table, are deleted and inserted.
- A row of a table whose cells are other cells, or that moved, is one row deleted and one inserted.
- A row of more than 63 cells, which Word refuses, has them in one, parted by `|`.
- A number is text, as a reader sees it, never counted by Word; a bullet is Word's.
- A link is one where that may be. One that changed has a comment, and is none where its words stayed.
- A character that XML refuses is shown by its picture (``␛``), or by ``�``; one that nobody sees, by its code
  (``[U+202E]``).

Same comparison and arguments, same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from cgu_archive.corpus.comparison import Comparison, Op, Unit, UnitKind
from cgu_archive.redline.attachments import counted
from cgu_archive.redline.docx_links import Links
from cgu_archive.redline.docx_words import (
    Piece,
    Stamp,
    WordsWriter,
    kept_pieces,
    side_pieces,
    text_of,
)
from cgu_archive.redline.passages import (
    NEW_ALONE,
    OLD_ALONE,
    Fate,
    Passage,
    cells,
    passages,
    sentence_moves,
)
from cgu_archive.redline.places import NBSP
from cgu_archive.rendering import LinkPolicy
from cgu_archive.word.numbers import DEEPEST, STEP
from cgu_archive.word.package import About, pack
from cgu_archive.word.runs import date_of
from cgu_archive.word.tables import MOST_CELLS, row, table

_MARKS = {
    Fate.DELETED: "del",
    Fate.INSERTED: "ins",
    Fate.MOVED_FROM: "moveFrom",
    Fate.MOVED_TO: "moveTo",
}
_MARK_OF = {Op.EQUAL: "", Op.DELETED: "del", Op.INSERTED: "ins"}
_END_OF = {Op.DELETED: "moveFrom", Op.INSERTED: "moveTo"}
_PLAIN = "<w:p/>"


AUTHOR = "Comparaison automatique"
"""Whose changes they are, where nobody made them by hand."""
_FOOT = (
    f"Différences relevées par un programme{NBSP}: lisez le texte. "
    "Accepter toutes les modifications donne le nouveau texte, les refuser toutes donne l’ancien."
)


def redline_docx(
    comparison: Comparison,
    *,
    title: str,
    author: str,
    at: datetime,
    links: LinkPolicy | None = None,
    notices: Sequence[str] = (),
) -> bytes:
    """Return `comparison` as a `.docx` file: each change is by `author`, made at the instant `at`.

    `title` names what is compared; it is the title of the document and stands at the head of its pages.
    `notices` stand at their foot. `links` says which links may be; none may when it is None.
    """
    found = passages(comparison)
    targets = Links(links)
    stamp = Stamp(author, at)
    writer = _Body(comparison, sentence_moves(comparison, found), stamp, WordsWriter(stamp, targets))
    body = "".join(writer.blocks(found))
    beside = counted(comparison)
    foot = tuple(map(text_of, (*notices, *([beside] if beside else []), _FOOT)))
    about = About(text_of(title), text_of(author), date_of(at), foot=foot)
    return pack(body, about, links=targets.targets, comments=writer.words.comments)


class _Body:
    """Writes the paragraphs and tables of one comparison."""

    def __init__(
        self, comparison: Comparison, numbers: Mapping[int, int], stamp: Stamp, words: WordsWriter
    ) -> None:
        self.words = words
        self._stamp = stamp
        self._moves = comparison.moves
        self._numbers = numbers
        """The number of each move of sentences that is told as one, by its rank."""

    def blocks(self, found: Sequence[Passage]) -> Iterator[str]:
        """Yield the body; it ends with a paragraph that neither accepting nor rejecting can remove."""
        after_table = False
        for name, group in groupby(found, _Tables(found).name):
            if name is None:
                yield from map(self._passage, group)
            else:
                yield _PLAIN if after_table else ""
                yield self._table(list(group))
            after_table = name is not None
        if after_table or not found or found[-1].fate is not Fate.KEPT:
            yield _PLAIN

    def _passage(self, passage: Passage) -> str:
        if passage.fate is Fate.KEPT:
            return "".join(self._kept(passage))
        unit, mark = passage.unit, _MARKS[passage.fate]
        start = self.words.start_move(mark, passage.move) if passage.move and passage.opens else ""
        words = [start, self._marker_alone(passage), *self._words_alone(passage)]
        end = self.words.end_move(mark) if passage.move and passage.closes else ""
        return self._paragraph(_last_mark(passage), unit, unit, words) + end

    def _kept(self, passage: Passage) -> Iterator[str]:
        """Yield the paragraphs of a row in place: as many as it needs for both sides."""
        olds, news = passage.row.old, passage.row.new
        i = j = 0
        content: list[str] = [self._markers(olds[0].marker, news[0].marker)]
        for piece in self._told(kept_pieces(passage.row)):
            if isinstance(piece, str):
                content.append(piece)
                continue
            if not piece.is_break:
                content.append(self.words.kept(piece))
                continue
            yield self._paragraph(_MARK_OF[piece.op], olds[i], news[j], content)
            i += piece.op is not Op.INSERTED
            j += piece.op is not Op.DELETED
            content = [
                self._markers(
                    olds[i].marker if piece.op is not Op.INSERTED else "",
                    news[j].marker if piece.op is not Op.DELETED else "",
                )
            ]
        yield self._paragraph("", olds[i], news[j], content)

    def _markers(self, old: str, new: str, gap: str = "\t") -> str:
        """Return the number that stands before the words of a unit, old and new when they differ."""
        if old == new:
            return self.words.number(new, gap, "")
        return self.words.number(old, gap, "del") + self.words.number(new, gap, "ins")

    def _marker_alone(self, passage: Passage, gap: str = "\t") -> str:
        """Return the number of a unit; one that changed on the way is deleted here and inserted there."""
        mark = _MARKS[passage.fate]
        if passage.move is not None:
            olds, news = ([unit.marker for unit in units] for units in (passage.row.old, passage.row.new))
            if olds != news:
                mark = "del" if passage.fate in OLD_ALONE else "ins"
        return self.words.number(passage.unit.marker, gap, mark)

    def _words_alone(self, passage: Passage) -> Iterator[str]:
        if passage.move is None and self._numbers.keys().isdisjoint(passage.row.moves):
            yield self.words.alone(passage.unit, _MARKS[passage.fate])
            return
        old = passage.fate in OLD_ALONE
        for piece in self._told(side_pieces(passage.row, passage.at, old=old)):
            if isinstance(piece, str):
                yield piece
            elif passage.move is not None and piece.op is Op.EQUAL:
                yield self.words.moved(piece, _MARKS[passage.fate])
            else:
                yield self.words.side(piece, "del" if old else "ins", old=old)

    def _told(self, pieces: Iterator[Piece]) -> Iterator[Piece | str]:
        """Yield `pieces`, those that are an end of a move of sentences already written."""
        for end, group in groupby(pieces, self._end):
            if end is None:
                yield from group
            else:
                kind, move = end
                yield self.words.sentences(kind, self._numbers[move], group, self._moves[move].row)

    def _end(self, piece: Piece) -> tuple[str, int] | None:
        """Return which end of which move of sentences some words are part of."""
        if piece.move is None or piece.move not in self._numbers:
            return None
        return _END_OF[piece.op], piece.move

    def _paragraph(self, mark: str, old: Unit, new: Unit, content: Sequence[str]) -> str:
        """Return a paragraph shaped as `new`, that was shaped as `old`; `mark` tells its end came or went."""
        now, before = _shape(new), _shape(old)
        parts = [now]
        if mark:
            parts.append(f"<w:rPr>{self.words.tracked(mark)}</w:rPr>")
        if before != now:
            parts.append(f"{self.words.tracked('pPrChange', f'<w:pPr>{before}</w:pPr>')}")
        if not mark:
            self._stamp.next_paragraph()
        properties = "".join(parts)
        head = f"<w:pPr>{properties}</w:pPr>" if properties else ""
        return f"<w:p>{head}{''.join(content)}</w:p>"

    def _table(self, rows: Sequence[Passage]) -> str:
        """Return a table of consecutive rows; a shorter row has a wider last cell."""
        count = max(map(_written, rows))
        return table([self._row(passage, count) for passage in rows], count)

    def _row(self, passage: Passage, count: int) -> str:
        mark = "" if passage.fate is Fate.KEPT else _MARKS[passage.fate]
        tracked = self.words.tracked(mark) if mark else ""
        return row(list(self._cells(passage)), count, header=passage.unit.header, tracked=tracked)

    def _cells(self, passage: Passage) -> Iterator[str]:
        """Yield the paragraph of each cell of a row; of a row that Word would refuse, a single one."""
        unit = passage.unit
        mark = "" if passage.fate is Fate.KEPT else _MARKS[passage.fate]
        old = passage.row.old[0] if passage.fate is Fate.KEPT else unit
        wide = cells(unit) > MOST_CELLS
        content: list[str] = []
        for rank, words in enumerate(self._kept_cells(passage) if not mark else self._lone_cells(passage)):
            if rank and wide:
                content.append(self.words.number(" |", " ", mark))
            elif rank:
                yield self._paragraph(mark, old, unit, content)
                content = []
            content.append(words)
        yield self._paragraph(mark, old, unit, content)

    def _lone_cells(self, passage: Passage) -> Iterator[str]:
        """Yield the words of each cell of a row that came or went whole."""
        number = self._marker_alone(passage, " ")
        for words in self.words.cells(passage.unit, _MARKS[passage.fate]):
            yield f"{number}{words}"
            number = ""

    def _kept_cells(self, passage: Passage) -> Iterator[str]:
        """Yield the words of each cell of a row in place."""
        content = [self._markers(passage.row.old[0].marker, passage.unit.marker, " ")]
        for piece in kept_pieces(passage.row):
            if piece.is_break:
                yield "".join(content)
                content = []
            else:
                content.append(self.words.kept(piece))
        yield "".join(content)


def _written(passage: Passage) -> int:
    """Return how many cells a row of the document has."""
    count = cells(passage.unit)
    return count if count <= MOST_CELLS else 1


def _last_mark(passage: Passage) -> str:
    """Return how the end of a paragraph that came or went is tracked: as its last words.

    After an end that moved alone, LibreOffice takes the end of the next words that moved for moved too.
    """
    old = passage.fate in OLD_ALONE
    if passage.move is not None:
        last = [piece.op is Op.EQUAL for piece in side_pieces(passage.row, passage.at, old=old)][-1:]
        if last == [True]:
            return _MARKS[passage.fate]
    return "del" if old else "ins"


class _Tables:
    """Says of which table of the document each row is: one of the new text, or of the old one alone."""

    def __init__(self, found: Sequence[Passage]) -> None:
        olds = [passage for passage in found if passage.fate not in NEW_ALONE]
        self._old = _numbers([p.unit if p.fate in OLD_ALONE else p.row.old[0] for p in olds])
        self._new = _numbers([p.unit for p in found if p.fate not in OLD_ALONE])
        self._became: dict[int, int] = {}
        for passage in found:
            if passage.fate is Fate.KEPT and passage.unit.kind is UnitKind.ROW:
                old, new = self._old[passage.row.old[0].index], self._new[passage.unit.index]
                self._became.setdefault(old, new)

    def name(self, passage: Passage) -> tuple[bool, int] | None:
        """Return what is the same for two rows of one table; None for what is no row."""
        if passage.unit.kind is not UnitKind.ROW:
            return None
        if passage.fate not in OLD_ALONE:
            return True, self._new[passage.unit.index]
        old = self._old[passage.unit.index]
        return (True, self._became[old]) if old in self._became else (False, old)


def _numbers(units: Sequence[Unit]) -> dict[int, int]:
    """Return the number of the table of each row, by the index of the row."""
    numbers: dict[int, int] = {}
    table = 0
    inside = False
    for unit in units:
        if unit.kind is UnitKind.ROW:
            table += unit.header or not inside
            numbers[unit.index] = table
        inside = unit.kind is UnitKind.ROW
    return numbers


def _shape(unit: Unit) -> str:
    """Return the properties of the paragraph of a unit: its style, its bullet, its indent."""
    style = _style(unit)
    parts = [f'<w:pStyle w:val="{style}"/>' if style else ""]
    bulleted = style == "ListBullet"
    if bulleted:
        level = min(max(unit.depth, 1) - 1, DEEPEST)
        parts.append(f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')
    if unit.kind is not UnitKind.ROW:
        hanging = bulleted or bool(unit.marker)
        left = STEP * (unit.depth + unit.quoted + (bool(unit.marker) and not unit.depth))
        if left:
            parts.append(f'<w:ind w:left="{left}"' + (f' w:hanging="{STEP}"/>' if hanging else "/>"))
    return "".join(parts)


def _style(unit: Unit) -> str:
    match unit.kind:
        case UnitKind.HEADING:
            return f"Heading{min(max(unit.level, 1), 6)}"
        case UnitKind.INTERTITLE:
            return "Intertitle"
        case UnitKind.CODE:
            return "CodeBlock"
        case UnitKind.RULE:
            return "HorizontalLine"
        case UnitKind.ROW:
            return "TableHeading" if unit.header else "TableContents"
        case UnitKind.ITEM if not unit.marker:
            return "ListBullet"
        case _ if unit.marker:
            return "ListNumber"
        case _ if unit.depth:
            return "ListContinue"
        case _:
            return "Quote" if unit.quoted else ""
