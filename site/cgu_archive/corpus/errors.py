"""What can be wrong with a corpus, said so that its author can mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CorpusError(Exception):
    """Base of every error of this package."""


class Severity(StrEnum):
    """How much a finding weighs: an error stops a build; a warning and an information do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a text a finding stands."""

    words: str
    """As they are read, marks left out."""
    at: str
    """Address of the provision."""
    start: int | None = None
    """First character in the file, 0-based; None when marks make it unsure."""
    end: int | None = None
    """The one after the last."""
    columns: tuple[int, int] | None = None
    """First and last column in the line of the finding, 1-based, when the words stand on one line."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters `start` to `end` of a text, 0-based, `end` not among them, and what takes their place."""

    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What mends a draft: edits that do not overlap, in order; nothing else of the text changes."""

    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in one place: where, what was expected, what was found, what to do."""

    file: str
    """Path from the root of the texts, with ``/``."""
    line: int | None
    """1-based, when known."""
    rule: str
    """Stable identifier of the check: ``L-07``, or in kebab case (`checks.RULES` says which are the same)."""
    message: str
    """What is wrong, naming the field, what was expected and what was found."""
    remedy: str
    """What to do about it."""
    severity: Severity = Severity.ERROR
    place: Place | None = None
    fix: Fix | None = None
    """Proposed for drafts only: a published text is never mended."""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message} {self.remedy} [{self.rule}]"


class InvalidCorpusError(CorpusError):
    """The corpus cannot be read as it stands; carries every finding, not only the first."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


class UnreadableTextError(CorpusError):
    """A Markdown text is not UTF-8, too large, or nested too deep to be read whole."""


class UnknownAddressError(CorpusError):
    """No service, terms, version or provision has this address."""


class PublicationRefusedError(CorpusError):
    """A draft cannot be published as it stands; nothing was written."""
