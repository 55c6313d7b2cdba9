"""Summaries that announce what did not change, or are silent on what did."""

from __future__ import annotations

from collections.abc import Iterator

from cgu_archive.corpus import announced, comparison
from cgu_archive.corpus.checks.named import said
from cgu_archive.corpus.errors import Finding, Severity, UnreadableTextError
from cgu_archive.corpus.model import Terms, Version

_MEND = f"Relisez : {said('summary')} ; la vérification est automatique, non exhaustive."


def check(terms: Terms) -> Iterator[Finding]:
    """Yield, as warnings, what the summary of each version says too much or too little of.

    A published version is set against the one before it, a draft against the last published one; nothing is
    set against a version that was cancelled before it took effect.
    """
    last: Version | None = None
    for version in (*terms.published, *terms.drafts):
        if last is not None:
            yield from _between(last, version)
        if version.published and version.cancellation is None:
            last = version


def _between(old: Version, new: Version) -> Iterator[Finding]:
    summary = new.metadata.summary
    if summary is None:
        return
    try:
        before, after = comparison.read(old.text), comparison.read(new.text)
    except UnreadableTextError:  # said by the check of the text itself
        return
    found = announced.check(summary, before, after, comparison.compare(before, after))
    if found.names_any and not found.agrees:
        for sentence in announced.said(found):
            yield Finding(f"{new.address}/version.yml", None, "summary", sentence, _MEND, Severity.WARNING)
