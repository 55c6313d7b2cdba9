"""What can be wrong with a corpus, said so that its author can mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CorpusError(Exception):
    """Base of every error of this package."""


class Severity(StrEnum):
    """How much a finding weighs: an error stops a build, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in one place: where, what was expected, what was found, what to do."""

    file: str
    """Path from the root of the texts, with ``/``."""
    line: int | None
    """1-based, when known."""
    rule: str
    """Stable identifier of the check, in kebab case."""
    message: str
    """What is wrong, naming the field, what was expected and what was found."""
    remedy: str
    """What to do about it."""
    severity: Severity = Severity.ERROR

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
