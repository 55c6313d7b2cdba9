"""The history of each document, computed once for a whole build and shared by its pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cgu_archive.corpus import announced, comparison
from cgu_archive.corpus.comparison import Comparison, Side, Text
from cgu_archive.corpus.hashing import Json, short
from cgu_archive.corpus.history import history
from cgu_archive.corpus.history_document import to_json
from cgu_archive.corpus.lives import History, Step
from cgu_archive.corpus.model import Origin, Service, Terms, Version
from cgu_archive.pages.reading import naming
from cgu_archive.redline.listing import entries
from cgu_archive.redline.words import in_brief
from cgu_archive.rendering import words


@dataclass(frozen=True, slots=True)
class Listed:
    """What the comparison of a version with the one before it tells on its own page."""

    changes: int
    """How many lines its list of changes has."""
    said: str


@dataclass(frozen=True, slots=True)
class Past:
    """What the versions of one document were; ranks are those of its lasting versions.

    A version that was cancelled before it took effect is no step of it: its words never applied.
    """

    versions: tuple[Version, ...]
    names: tuple[str, ...]
    """The shortest name of each version that no other has: « v2 », « version de janvier 2024 »."""
    history: History
    checks: tuple[tuple[str, ...], ...]
    """For each version, what its summary says too much or too little of; empty when it has none."""
    listed: tuple[Listed, ...]
    """For each version after the first."""

    def the(self, rank: int) -> str:
        """Return a version inside a sentence: « v2 », « la version de janvier 2024 »."""
        name = self.names[rank]
        return f"la {name}" if name.startswith("version") else name

    def rank(self, version: Version) -> int:
        """Return the rank of a lasting version."""
        return self.versions.index(version)

    def announced(self, version: Version) -> tuple[str, ...]:
        """Return what the check of a version's own summary found, as people read it; none once cancelled."""
        return self.checks[self.rank(version)] if version in self.versions else ()

    def steps(self) -> tuple[tuple[Version, Version, str, Step, Listed], ...]:
        """Return, for each version after the first, the one before it, itself, its name, what it changed."""
        after = self.versions[1:]
        return tuple(
            zip(self.versions[:-1], after, self.names[1:], self.history.steps, self.listed, strict=True)
        )

    def to_json(self) -> dict[str, Json]:
        """Return the history of the document as `cgu-history/1`."""
        sides = [Side.of(version.text_hash, version.metadata) for version in self.versions]
        return to_json(self.history, sides)

    @property
    def is_received(self) -> bool:
        """Whether some version was received from elsewhere: its place among the others is not attested."""
        return any(version.metadata.origin is Origin.ACCESSION for version in self.versions)


class Pasts:
    """The past of every document, each told the first time it is asked for."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, ...], Past] = {}

    def of(self, service: Service, terms: Terms) -> Past | None:
        """Return the past of a document; None when it has one version, or none that lasted.

        Raises `UnreadableTextError` naming the file of a text that cannot be read.
        """
        versions = terms.lasting
        if len(terms.published) < 2 or not versions:
            return None
        key = (service.slug, terms.slug, *(version.metadata_hash for version in versions))
        if key not in self._told:
            sides = [Side.of(version.text_hash, version.metadata) for version in versions]
            checks: list[tuple[str, ...]] = [()]
            listed: list[Listed] = []

            def watch(old: Text, new: Text, found: Comparison) -> None:
                summary = versions[len(checks)].metadata.summary
                checks.append(announced.said(announced.check(summary, old, new, found)) if summary else ())
                listed.append(Listed(len(entries(found)), in_brief(found)))

            told = history(map(_read, versions), sides, watch)
            self._told[key] = Past(versions, _names(versions), told, tuple(checks), tuple(listed))
        return self._told[key]


def _read(version: Version) -> Text:
    with naming(version):
        return comparison.read(version.text)


def _names(versions: tuple[Version, ...]) -> tuple[str, ...]:
    briefs = [words.brief(version) for version in versions]
    shared = Counter(briefs)
    return tuple(
        brief if shared[brief] == 1 else f"{brief}, empreinte {short(version.text_hash)}"
        for brief, version in zip(briefs, versions, strict=True)
    )
