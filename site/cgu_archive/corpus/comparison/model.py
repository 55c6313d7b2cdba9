"""What a comparison says, as values: units, rows, changes, warnings. No sentence for people is made here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cgu_archive.corpus import attachments as files
from cgu_archive.corpus.attachments import Attachment, AttachmentChange
from cgu_archive.corpus.model import Metadata
from cgu_archive.corpus.provisions import Kind

UNIT_BREAK = "\n"
"""Stands between two units in the words of a row that holds several; never inside a unit."""
CELL_BREAK = "\t"
"""Stands between two cells of a table row; never inside a cell."""


class UnitKind(StrEnum):
    """What the smallest block of a text is."""

    HEADING = "heading"
    """The title that opens a provision."""
    INTERTITLE = "intertitle"
    """A title inside a list or a quote: it opens no provision."""
    PARAGRAPH = "paragraph"
    ITEM = "item"
    """The first block of an entry of a list."""
    ROW = "row"
    """One row of a table; its cells are separated by `CELL_BREAK`."""
    CODE = "code"
    """One line given literally."""
    RULE = "rule"
    """A line drawn across the page: no word."""


class MarkKind(StrEnum):
    """What is done to some words of a unit."""

    STRONG = "strong"
    EMPHASIS = "emphasis"
    CODE = "code"
    IMAGE = "image"
    LINK = "link"
    BREAK = "break"
    """The author asked for the end of the line here; the mark covers one space."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The words from `start` to `end` (excluded) are marked; `target` is where a link or image points."""

    start: int
    end: int
    kind: MarkKind
    target: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A provision, as one cites it."""

    address: str
    number: str | None
    title: str
    label: str | None
    """``article``, ``section``, ``annexe``… where its title says so."""
    kind: Kind
    above: Place | None = None
    """For an entry of a numbered list, the numbered provision it is under: its own number is not enough."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest block of a text that is compared whole."""

    index: int
    """Its rank in its text, from 0."""
    kind: UnitKind
    place: Place
    """The provision it belongs to."""
    marker: str
    """The number that stands before its words and is none of them (``28.``); often empty."""
    text: str
    """Its words, as they are read, without any mark."""
    marks: tuple[Mark, ...]
    level: int
    """Level of a heading in the source, 0 for the rest."""
    depth: int
    """How many lists it stands in."""
    quoted: int
    """How many quotes it stands in."""
    header: bool
    """Whether it is the first row of its table."""
    own: tuple[int, int] | None
    """Where its own number stands in its words (``Article 11 – …``, ``b) …``), if it does."""
    source: str = ""
    """The lines of Markdown it was read from, with those up to the next unit; empty when not known."""

    def line(self) -> str:
        """Return its number and its words, as `Provision.text` gives them."""
        return f"{self.marker} {self.text.replace(CELL_BREAK, ' | ')}".strip()


class Op(StrEnum):
    """What happened to some words."""

    EQUAL = "equal"
    INSERTED = "inserted"
    DELETED = "deleted"


class ChangeClass(StrEnum):
    """What a change touches."""

    WORDING = "wording"
    """Words, figures, case or punctuation inside a sentence: what can change the meaning."""
    TYPOGRAPHY = "typography"
    """Apostrophes, quotes, dashes, spaces; a whole title between capitals and sentence case."""
    MARKUP = "markup"
    """Emphasis, heading level, paragraph or list: the same words, laid out otherwise."""
    LINK = "link"
    """Where the same words point."""
    NUMBERING = "numbering"
    """A provision's own number, or a reference that names the same provision by its new number."""
    TABLE = "table"
    """Cells of a table; it comes with `WORDING` when words change."""


class ChangeKind(StrEnum):
    """What happened to a provision."""

    MOVED = "moved"
    RENUMBERED = "renumbered"
    RETITLED = "retitled"
    EDITED = "edited"
    SPLIT = "split"
    MERGED = "merged"
    INSERTED = "inserted"
    DELETED = "deleted"
    NUMBER_REUSED = "number-reused"


class Scope(StrEnum):
    """How much of the text a change is about."""

    PROVISION = "provision"
    PASSAGE = "passage"
    """Some blocks or sentences that went from one provision to another, or elsewhere in the same one."""


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive words and what happened to them; equal words may carry a markup or link change."""

    op: Op
    text: str
    change: ChangeClass | None = None
    move: int | None = None
    """Rank, in `Comparison.moves`, of the move these words are part of: they left from here (`DELETED`), or
    came here (`INSERTED`), and no class says so; the words lost or won on the way have their class."""


@dataclass(frozen=True, slots=True)
class Words:
    """How many words of the class `WORDING` were inserted and deleted; a moved word counts zero."""

    inserted: int = 0
    deleted: int = 0

    def __add__(self, other: Words) -> Words:
        return Words(self.inserted + other.inserted, self.deleted + other.deleted)


@dataclass(frozen=True, slots=True)
class Row:
    """Units of the two texts that face each other; one side is empty for an insertion or a deletion.

    The equal and deleted spans, one after the other, are the old words exactly, and the equal and inserted
    spans the new words exactly; where a side has several units, `UNIT_BREAK` stands between them.
    """

    old: tuple[Unit, ...]
    new: tuple[Unit, ...]
    spans: tuple[Span, ...]
    classes: tuple[ChangeClass, ...]
    words: Words
    moved: bool = False
    """Whether it left its place inside its provision, or its provision."""
    change: int | None = None
    """Rank of the change of `Comparison.changes` that tells it, if any."""

    @property
    def moves(self) -> tuple[int, ...]:
        """The sentences that left from here or came here, in order: ranks in `Comparison.moves`."""
        return tuple(dict.fromkeys(span.move for span in self.spans if span.move is not None))

    def old_words(self) -> str:
        """Return the words of the old side."""
        return "".join(span.text for span in self.spans if span.op is not Op.INSERTED)

    def new_words(self) -> str:
        """Return the words of the new side."""
        return "".join(span.text for span in self.spans if span.op is not Op.DELETED)


@dataclass(frozen=True, slots=True)
class Move:
    """Sentences that left a block for another one, or for another place in the same one."""

    row: Row
    """What became of their words: one unit on each side, which holds those sentences alone."""
    origin: int
    """Rank, in `Comparison.rows`, of the row they left."""
    arrival: int
    """Rank, in `Comparison.rows`, of the row they came to."""
    is_cut: bool = False
    """Whether they passed over nothing that stayed: a block was cut there, or two were joined. No change of
    kind `MOVED` tells it, and the words that kept their wording are of the class `MARKUP`."""


class CalloutKind(StrEnum):
    """What a remarked passage holds."""

    AMOUNT = "amount"
    DELAY = "delay"
    DATE = "date"
    FIGURE = "figure"
    OBLIGATION = "obligation"


@dataclass(frozen=True, slots=True)
class Callout:
    """A figure, delay, amount, date or obligation that changed; None where it was not or is no more."""

    kind: CalloutKind
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one provision, or to one passage."""

    kinds: tuple[ChangeKind, ...]
    classes: tuple[ChangeClass, ...]
    old: Place | None
    new: Place | None
    is_same: bool
    """Whether `old` and `new` are one provision in both texts."""
    scope: Scope
    words: Words
    sentences: int
    """How many sentences hold a change of wording."""
    callouts: tuple[Callout, ...]
    rows: tuple[int, ...]
    """Ranks, in `Comparison.rows`, of the rows it is told by."""
    moves: tuple[int, ...] = ()
    """Ranks, in `Comparison.moves`, of the sentences it tells, if any: its classes, words, sentences and
    callouts are then theirs alone, and `rows` are those they came to, then those they left."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One provision in both texts."""

    old: Place
    new: Place


class WarningKind(StrEnum):
    """What a reader must be warned of."""

    IDENTICAL = "identical"
    LABEL_UNCHANGED = "label-unchanged"
    LANGUAGE_CHANGED = "language-changed"
    SHRUNK = "shrunk"
    SEEN_BEFORE = "seen-before"
    NUMBER_DUPLICATED = "number-duplicated"
    NUMBER_SKIPPED = "number-skipped"
    HIDDEN_WORDS = "hidden-words"
    """Words of the file that no reader sees changed."""
    REFERENCE_STALE = "reference-stale"
    """A sentence cites a number that is now that of another provision, or of none."""


@dataclass(frozen=True, slots=True)
class ComparisonWarning:
    """Something odd about the two texts, with the words or numbers that show it."""

    kind: WarningKind
    details: tuple[str, ...] = ()
    """`LABEL_UNCHANGED`: the label or date; `LANGUAGE_CHANGED`: both languages; `SHRUNK`: words before and
    after; `SEEN_BEFORE`: the earlier label, if it has one; numbering: the number, and the one expected;
    `HIDDEN_WORDS`: the first of them; `REFERENCE_STALE`: the reference, and the new number of what it
    named, unless that is gone."""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What is known of one of the two versions, besides its text."""

    text_hash: str | None = None
    label: str | None = None
    declared_on: str | None = None
    attachments: tuple[Attachment, ...] = ()

    @classmethod
    def of(cls, text_hash: str, metadata: Metadata) -> Side:
        """Return what its frozen metadata say of a version."""
        declared_on = metadata.declared_on
        said = str(declared_on) if declared_on else None
        return cls(text_hash, metadata.label, said, metadata.attachments)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two texts, and both texts whole."""

    old: Side
    new: Side
    rows: tuple[Row, ...]
    """Every unit of both texts exactly once, in the order of the new text, deletions where they stood."""
    changes: tuple[Change, ...]
    pairs: tuple[Pair, ...]
    """Provisions found in both texts, in the order of the old one."""
    warnings: tuple[ComparisonWarning, ...]
    words: Words = field(default=Words())
    moves: tuple[Move, ...] = ()
    """Sentences that moved alone, out of a block that did not go with them."""

    @property
    def attachments(self) -> tuple[AttachmentChange, ...]:
        """What became of the files that go along with the text."""
        return files.changes(self.old.attachments, self.new.attachments)

    @property
    def classes(self) -> tuple[ChangeClass, ...]:
        """Every class of change found, once each, in the order of `ChangeClass`."""
        return ordered_classes(found for row in self.rows for found in row.classes)

    def old_units(self) -> list[Unit]:
        """Return every unit of the old text, in its order."""
        return sorted((unit for row in self.rows for unit in row.old), key=lambda unit: unit.index)

    def new_units(self) -> list[Unit]:
        """Return every unit of the new text, in its order."""
        return sorted((unit for row in self.rows for unit in row.new), key=lambda unit: unit.index)

    def old_text(self) -> str:
        """Return the words of the old text, one line per unit."""
        return lines(self.old_units())

    def new_text(self) -> str:
        """Return the words of the new text, one line per unit."""
        return lines(self.new_units())

    def old_source(self) -> str:
        """Return the Markdown of the old text, exact when it was compared from bytes; else empty."""
        return "".join(unit.source for unit in self.old_units())

    def new_source(self) -> str:
        """Return the Markdown of the new text, exact when it was compared from bytes; else empty."""
        return "".join(unit.source for unit in self.new_units())


def lines(units: Sequence[Unit]) -> str:
    """Return the words of `units`, one line each, as `Provision.text` gives them."""
    return "\n".join(unit.line() for unit in units if unit.kind is not UnitKind.RULE)


def ordered_classes(found: Iterator[ChangeClass]) -> tuple[ChangeClass, ...]:
    """Return the classes `found`, once each, in the order of `ChangeClass`."""
    present = set(found)
    return tuple(change for change in ChangeClass if change in present)
