"""What a rule is given to read, and how it says what it found."""

from __future__ import annotations

from dataclasses import dataclass

from cgu_archive.corpus.checks.sheet import Run, Sheet
from cgu_archive.corpus.checks.table import CARDS
from cgu_archive.corpus.errors import Edit, Finding, Fix, Severity
from cgu_archive.corpus.loader import text_name
from cgu_archive.corpus.model import Service, Version

AS_RECEIVED = "Le texte reste tel quel ; seul l’éditeur le corrige, par une nouvelle version."

_LONGEST = 600
"""No message is longer: a text may hold words without end."""


@dataclass(frozen=True, slots=True)
class Page:
    """One version before its rules."""

    service: Service
    version: Version
    sheet: Sheet
    strict: bool
    """Whether its words can be mended here: an error is one, and fixes are proposed."""

    def finding(
        self,
        rule: str,
        run: Run,
        start: int,
        end: int,
        message: str,
        remedy: str,
        *,
        edits: tuple[Edit, ...] = (),
        fix: Fix | None = None,
        beside: bool = False,
    ) -> Finding:
        """Return what `rule` found in the words `start` to `end` of `run`.

        `edits` mend it, in the words of `run`; or `fix`, in the file. `beside` when the remedy is not in the
        text: it stands whoever wrote it.
        """
        line, place = self.sheet.place(run, start, end)
        mended = (fix or self.sheet.fix(run, edits)) if self.strict else None
        remedy = remedy if self.strict or beside else AS_RECEIVED
        name = text_name(self.version.metadata.transcription)
        file = f"{self.version.address}/{name}"
        return Finding(file, line, rule, message[:_LONGEST], remedy, self.severity(rule), place, mended)

    def about(self, rule: str, message: str, remedy: str) -> Finding:
        """Return what `rule` found in what is said of the version."""
        file = f"{self.version.address}/version.yml"
        return Finding(file, None, rule, message, remedy, self.severity(rule))

    def severity(self, rule: str) -> Severity:
        """Return how much `rule` weighs here: an error that nobody can mend is only said."""
        weight = CARDS[rule].severity
        return Severity.WARNING if weight is Severity.ERROR and not self.strict else weight
