"""Everything `cgu check` says of a corpus: what was altered, what contradicts itself, what reads badly.

An error stops a build or a publication. A warning is for the people who write the texts: a published text
is never corrected, so what is wrong in its words can only be said.
The rules of reading have numbers (`RULES`): those said for information are read in drafts, and elsewhere when
they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from cgu_archive.corpus import register
from cgu_archive.corpus.checks import announced, dates, integrity, metadata, reading, services, silences, text
from cgu_archive.corpus.checks.fixes import apply, together
from cgu_archive.corpus.checks.metadata import among
from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.checks.proposals import Fate, RuleChange, carried_rules, proposed_rules
from cgu_archive.corpus.checks.settings import linked_passwords
from cgu_archive.corpus.checks.sheet import Sheet
from cgu_archive.corpus.checks.table import CARDS, RANKS, RULES, Card, is_of, number
from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.hashing import metadata_hash, text_hash
from cgu_archive.corpus.model import Address, Corpus, Metadata, Origin, Service, Terms, Version
from cgu_archive.corpus.notes import Silence
from cgu_archive.corpus.provisions import Provision

__all__ = [
    "CARDS",
    "RANKS",
    "RULES",
    "Card",
    "Fate",
    "RuleChange",
    "apply",
    "candidate",
    "carried_rules",
    "check",
    "errors",
    "is_of",
    "number",
    "on_draft",
    "on_publishing",
    "proposed_rules",
    "together",
]

DRAFT = "brouillon"
"""Stands for the name of a draft that has no folder."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked of one check."""

    lowest: Severity | None = None
    """Rules that weigh less are not read; None: those said for information are read in drafts alone."""
    on: date | None = None
    """The day on which an attestation is too old; None: the day the version entered the archive."""


_USUAL = _Wish()


def check(
    corpus: Corpus,
    *,
    previous_register: bytes | None = None,
    checkpoint: bytes | None = None,
    lowest: Severity | None = None,
    only: str | None = None,
    on: date | None = None,
) -> tuple[Finding, ...]:
    """Return every finding on `corpus`, by file and line.

    `previous_register` is `PUBLISHED` as the previous commit has it, `checkpoint` a copy of it kept out of
    reach of whoever writes here; the register must begin with the bytes of both. `lowest` is the least weight
    of the rules that are read (None: information in drafts only), `only` one rule, by number or name, `on`
    the day on which an attestation is too old.
    """
    if only in CARDS:
        lowest = CARDS[only].severity
    found = _findings(corpus, previous_register, checkpoint, _Wish(lowest, on))
    return _sorted(finding for finding in found if only is None or is_of(finding, only))


def candidate(service: Service, version: Version) -> tuple[Finding, ...]:
    """Return what is wrong with `version` alone, before it is published."""
    return _sorted(_alone(service, version, strict=_ours(version), wish=_USUAL))


def on_draft(
    service: Service, terms: Terms, text: bytes, metadata: Metadata, silences: tuple[Silence, ...] = ()
) -> tuple[Finding, ...]:
    """Return every finding on a draft of `terms` held in memory, with its place and, where sure, its fix.

    Findings name the version `DRAFT`, which has no folder. `silences` are those of the draft.
    """
    draft = Version(
        address=Address(service.slug, terms.slug, DRAFT),
        text=text,
        metadata=metadata,
        text_hash=text_hash(text),
        metadata_hash=metadata_hash(metadata.contractual()),
        written_text_hash=None,
        written_metadata_hash=None,
        published=False,
        silences=silences,
    )
    document = replace(terms, versions=(*terms.published, draft))
    return _sorted(
        [
            *_alone(service, draft, strict=True, wish=_USUAL),
            *among(document, draft),
            *announced.check(document),
        ]
    )


def on_publishing(after: Corpus, address: Address) -> tuple[Finding, ...]:
    """Return what is wrong with the version at `address`, its service or the register.

    `after` is the corpus as the publication of this version would leave it.
    """
    version = after.version(address)
    service = after.service(address.service)
    terms = service.document(address.terms)
    found = [
        *integrity.check(after, None, None),
        *services.check(after),
        *among(terms, version),
        *dates.in_order(terms),
        *announced.check(terms),
        *_alone(service, version, strict=_ours(version), wish=_USUAL),
    ]
    files = (register.NAME, f"{address.service}/service.yml")
    folder = f"{address}/"
    return _sorted(finding for finding in found if finding.file in files or finding.file.startswith(folder))


def errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings that are errors."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def _findings(
    corpus: Corpus, previous: bytes | None, checkpoint: bytes | None, wish: _Wish
) -> Iterator[Finding]:
    yield from integrity.check(corpus, previous, checkpoint)
    yield from services.check(corpus)
    known = {service.slug: service for service in corpus.services}
    for service, terms, version in corpus.versions():
        yield from _alone(service, version, strict=_ours(version) and not version.published, wish=wish)
        yield from among(terms, version)
        if version in terms.lasting[-1:] or not version.published:
            yield from linked_passwords(known, service, version)
    for service in corpus.services:
        for terms in service.terms:
            yield from dates.in_order(terms)
            yield from announced.check(terms)


def _alone(service: Service, version: Version, *, strict: bool, wish: _Wish) -> Iterator[Finding]:
    lowest = wish.lowest or (Severity.WARNING if version.published else Severity.INFO)
    found = _read(service, version, strict=strict, lowest=lowest, on=wish.on)
    yield from silences.heard(found, version, lowest)


def _read(
    service: Service, version: Version, *, strict: bool, lowest: Severity, on: date | None
) -> Iterator[Finding]:
    yield from metadata.check(service, version)
    tree = text.read(version)
    if not isinstance(tree, Provision):
        yield tree
        return
    sheet = Sheet(version.text.decode("utf-8"), tree)
    yield from text.check(version, sheet, strict=strict)
    yield from reading.read(Page(service, version, sheet, strict), lowest, on)


def _ours(version: Version) -> bool:
    """Whether the words of `version` are written here, and can be mended until they are published."""
    return version.metadata.origin is Origin.PUBLICATION


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=_place))


def _place(finding: Finding) -> tuple[str, int, str]:
    return finding.file, finding.line or 0, finding.rule
