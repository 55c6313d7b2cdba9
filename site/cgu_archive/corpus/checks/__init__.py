"""Everything `cgu check` says of a corpus: what was altered, what contradicts itself, what reads badly.

An error stops a build or a publication. A warning is for the people who write the texts: a published text
is never corrected, so what is wrong in its words can only be said.
"""

from __future__ import annotations

from collections.abc import Iterator

from cgu_archive.corpus import register
from cgu_archive.corpus.checks import announced, dates, integrity, metadata, services, text
from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.model import Address, Corpus, Origin, Service, Version


def check(
    corpus: Corpus, *, previous_register: bytes | None = None, checkpoint: bytes | None = None
) -> tuple[Finding, ...]:
    """Return every finding on `corpus`, by file and line.

    `previous_register` is `PUBLISHED` as the previous commit has it, `checkpoint` a copy of it kept out of
    reach of whoever writes here; the register must begin with the bytes of both.
    """
    return tuple(sorted(_findings(corpus, previous_register, checkpoint), key=_place))


def candidate(service: Service, version: Version) -> tuple[Finding, ...]:
    """Return what is wrong with `version` alone, before it is published."""
    return tuple(sorted(_alone(service, version, strict=_ours(version)), key=_place))


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
        *metadata.among(terms, version),
        *dates.in_order(terms),
        *announced.check(terms),
        *_alone(service, version, strict=_ours(version)),
    ]
    files = (register.NAME, f"{address.service}/service.yml")
    folder = f"{address}/"
    ours = [finding for finding in found if finding.file in files or finding.file.startswith(folder)]
    return tuple(sorted(ours, key=_place))


def errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings that are errors."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def _findings(corpus: Corpus, previous: bytes | None, checkpoint: bytes | None) -> Iterator[Finding]:
    yield from integrity.check(corpus, previous, checkpoint)
    yield from services.check(corpus)
    for service, terms, version in corpus.versions():
        yield from _alone(service, version, strict=_ours(version) and not version.published)
        yield from metadata.among(terms, version)
    for service in corpus.services:
        for terms in service.terms:
            yield from dates.in_order(terms)
            yield from announced.check(terms)


def _alone(service: Service, version: Version, *, strict: bool) -> Iterator[Finding]:
    yield from metadata.check(service, version)
    yield from text.check(version, strict=strict)


def _ours(version: Version) -> bool:
    """Whether the words of `version` are written here, and can be mended until they are published."""
    return version.metadata.origin is Origin.PUBLICATION


def _place(finding: Finding) -> tuple[str, int, str]:
    return finding.file, finding.line or 0, finding.rule
