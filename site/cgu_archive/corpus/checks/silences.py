"""Findings that people have read and left as they stand, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cgu_archive.corpus.checks.table import CARDS, RANKS, is_of, number
from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.model import Version
from cgu_archive.corpus.notes import SILENCES, Silence
from cgu_archive.corpus.rules import squeezed

_NEVER = frozenset(["rule-quote", "rule-address", "rule-figure", "rule-service"])
"""Nothing is applied that a text does not promise, whatever the reason."""


def may_be_silenced(finding: Finding) -> bool:
    """Whether people may leave `finding` as it stands: never what guards the corpus."""
    return number(finding) not in (None, "L-26") and finding.rule not in _NEVER


def is_silenced(finding: Finding, silences: Iterable[Silence]) -> bool:
    """Whether one of `silences` covers `finding`."""
    return may_be_silenced(finding) and any(_covers(silence, finding) for silence in silences)


def heard(findings: Iterable[Finding], version: Version, lowest: Severity) -> Iterator[Finding]:
    """Yield the findings that no silence of `version` covers, then its silences that cover none.

    `lowest` is the least weight of the rules that were read: nothing is said of silences on the others.
    """
    silences = version.silences
    used: set[int] = set()
    for finding in findings:
        covering = (
            [rank for rank, silence in enumerate(silences) if _covers(silence, finding)]
            if may_be_silenced(finding)
            else []
        )
        used.update(covering)
        if not covering:
            yield finding
    for rank, silence in enumerate(silences):
        card = CARDS.get(silence.rule)
        unread = card is not None and RANKS[card.severity] < RANKS[lowest]
        if rank not in used and not unread:
            about = f"« {silence.words} »" if silence.words else str(silence.at)
            yield Finding(
                f"{version.address}/{SILENCES}",
                None,
                "silence-unused",
                f"silence n° {rank + 1} ({silence.rule}, {about}) : il ne tait plus rien.",
                "Retirez-le, ou corrigez ses mots.",
                Severity.WARNING,
            )


def _covers(silence: Silence, finding: Finding) -> bool:
    if not is_of(finding, silence.rule):
        return False
    place = finding.place
    if silence.at is not None and (place is None or place.at != silence.at):
        return False
    if silence.words is None:
        return True
    said = place.words if place is not None else finding.message
    return squeezed(silence.words) == squeezed(said) if place is not None else silence.words in said
