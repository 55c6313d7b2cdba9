"""What the pages say of one version: its names, its state, its files and its neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cgu_archive.corpus import timeline
from cgu_archive.corpus.model import Corpus, Service, Terms, Version
from cgu_archive.corpus.timeline import Standing
from cgu_archive.pages import addresses
from cgu_archive.pages.model import Archive, Held
from cgu_archive.rendering import words

COMPARED = 11
"""Earlier versions that each version is compared with, at addresses that answer for ever."""


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file offered beside a page: where, what it is, and how much it weighs."""

    address: str
    label: str
    weight: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One version, ready to be shown."""

    held: Held
    page: str
    name: str
    brief: str
    standing: Standing
    status: str
    files: tuple[FileLink, ...]
    """PDF first, then Word, the hashed bytes, then the text as received."""
    earlier: tuple[Version, ...]
    """The versions it is compared with, the nearest first."""

    @property
    def version(self) -> Version:
        """The version shown."""
        return self.held.version

    @property
    def pdf(self) -> FileLink:
        """The PDF of the version."""
        return self.files[0]


def entry(archive: Archive, held: Held) -> Entry:
    """Return what is shown of one version of the archive."""
    standing = timeline.standing(held.terms, held.version, archive.at)
    return Entry(
        held=held,
        page=addresses.version(held.version.address),
        name=words.name(held.version),
        brief=words.brief(held.version),
        standing=standing,
        status=words.standing(standing, held.service, archive.mode),
        files=tuple(_files(archive, held.version)),
        earlier=earlier(held.terms, held.version),
    )


def entries(archive: Archive, service: Service, terms: Terms) -> tuple[Entry, ...]:
    """Return the published versions of a document, the newest first."""
    return tuple(entry(archive, Held(service, terms, version)) for version in reversed(terms.published))


def current(archive: Archive, service: Service, terms: Terms) -> Entry | None:
    """Return the version to read now, if any has taken effect or may have."""
    version = timeline.current(terms, archive.at)
    return entry(archive, Held(service, terms, version)) if version else None


def earlier(terms: Terms, version: Version) -> tuple[Version, ...]:
    """Return the versions before `version` that it is compared with: the nearest first, those cancelled last.

    The one that it follows, which applied, is always among them.
    """
    published = terms.published
    position = published.index(version)
    before = published[:position][::-1]
    lasting = [one for one in before if one.cancellation is None]
    near = [one for one in before[:COMPARED] if one in lasting[1:] or one.cancellation is not None]
    near.sort(key=lambda one: one.cancellation is not None)
    return (*lasting[:1], *near)


def held(corpus: Corpus) -> Iterator[Held]:
    """Yield every published version."""
    for service, terms, version in corpus.versions():
        if version.published:
            yield Held(service, terms, version)


def _files(archive: Archive, version: Version) -> Iterator[FileLink]:
    offered = (
        (addresses.pdf(version.address), "PDF"),
        (addresses.docx(version.address), "Télécharger en Word (DOCX)"),
        (addresses.text(version), "Texte à l’empreinte (Markdown)"),
        (addresses.source(version), "Texte tel que reçu"),
    )
    for address, label in offered:
        content = archive.files.get(address)
        if content is not None:
            yield FileLink(address, label, words.weight(len(content)))
