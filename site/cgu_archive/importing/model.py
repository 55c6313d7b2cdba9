"""What an import gives back, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cgu_archive.corpus.errors import CorpusError


class ImportRefusedError(CorpusError):
    """A received file cannot be read, or not without a decision; says what is wrong and what to do."""


class Kind(StrEnum):
    """What a received file is."""

    DOCX = "docx"
    ODT = "odt"
    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"
    """Plain text, one paragraph by line or between empty lines."""
    PASTED = "pasted"
    """Plain text whose lines are cut where a page cut them."""


class Tracked(StrEnum):
    """What becomes of the changes that a file tracks."""

    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that a person must look at."""

    place: str
    """Where in the received file: « paragraphe 12 », « ligne 40 »; empty when it is about the whole."""
    sentence: str
    """What was done, and what to check; French."""
    line: int | None = None
    """Of the text understood, from 1; None when it is about none of them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One block, as it was received and as it was understood."""

    received: str
    """Its words as a reader of the file sees them, numbers included."""
    understood: str
    """Its Markdown; empty when it was left out."""
    place: str
    line: int | None
    """The first of its lines in the text understood, from 1."""
    doubts: tuple[str, ...] = ()
    """The sentences of the doubts about it."""


@dataclass(frozen=True, slots=True)
class ReceivedComment:
    """A comment that the file carries."""

    author: str
    words: str
    written_at: datetime | None
    """As the file says it; without time zone when the file gives none."""
    address: str
    """That of the provision it hangs on."""


@dataclass(frozen=True, slots=True)
class TrackedCount:
    """How many tracked changes of one kind one author made."""

    change: str
    """« insertion », « suppression », « déplacement », « changement de mise en forme »."""
    author: str
    count: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Words that stand in one of the two texts and not in the other."""

    words: str
    near: str
    """The words before them."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A text made from a received file, and all that a person needs to trust it or not."""

    kind: Kind
    text: bytes
    """Markdown, UTF-8."""
    rows: tuple[Row, ...]
    doubts: tuple[Doubt, ...]
    comments: tuple[ReceivedComment, ...]
    changes: tuple[TrackedCount, ...]
    source_hash: str
    """SHA-256 of the bytes received."""
    lost: tuple[Difference, ...]
    """Words received that the text understood does not have; empty when it is whole."""
    added: tuple[Difference, ...]
    """Words of the text understood that were not received; empty when it is whole."""

    @property
    def is_whole(self) -> bool:
        """Whether every word received was understood, in its order, and none was added."""
        return not (self.lost or self.added)


class TrackedChangesError(ImportRefusedError):
    """The file tracks changes and nobody said what becomes of them."""

    def __init__(self, changes: tuple[TrackedCount, ...], kind: Kind) -> None:
        kinds: dict[str, int] = {}
        for one in changes:
            kinds[one.change] = kinds.get(one.change, 0) + one.count
        told = ", ".join(f"{count} {change}{'s' if count > 1 else ''}" for change, count in kinds.items())
        authors = len({one.author for one in changes})
        super().__init__(
            f"Le fichier porte des modifications suivies ({told} ; {authors}"
            f" auteur{'s' if authors > 1 else ''}). Dites s’il faut les accepter ou les refuser."
        )
        self.changes = changes
        self.kind = kind
