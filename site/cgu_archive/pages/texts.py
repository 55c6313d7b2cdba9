"""The page of a version: its whole text, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from markupsafe import Markup

from cgu_archive.corpus import provisions
from cgu_archive.corpus.loader import text_name
from cgu_archive.corpus.model import Mode, Version
from cgu_archive.corpus.provisions import Kind, Provision
from cgu_archive.pages import addresses, entries
from cgu_archive.pages.bodies import fill
from cgu_archive.pages.history import notes
from cgu_archive.pages.model import Archive, Held, Page, SearchEntry
from cgu_archive.pages.reading import naming
from cgu_archive.rendering import Contents, contents, link_policy, text_to_html, title_of, words


def version_page(archive: Archive, held: Held) -> Page:
    """Return the page of one version; raises `UnreadableTextError` naming its file."""
    service, terms, version = held.service, held.terms, held.version
    text = read(version)
    entry = entries.entry(archive, held)
    links = link_policy(service)
    current = entries.current(archive, service, terms)
    outline = _outline(text)
    past = archive.pasts.of(service, terms)
    added = notes(past, version, current.version if current else None, entry.page) if past else None
    title = f"{service.name}, {entry.name}"
    return Page(
        address=entry.page,
        title=title,
        description=words.french(f"{terms.title}, {entry.name} : texte entier, dates, empreinte, PDF, Word."),
        body=fill(
            "version.html",
            entry.page,
            service=service,
            terms=terms,
            entry=entry,
            current=current,
            corrections=list(_corrections(held, archive.at)),
            corrected=_corrected(held),
            contents=outline,
            text=Markup(text_to_html(text, links, notes=added)),  # noqa: S704 - made from escaped words
            text_file=text_name(version.metadata.transcription),
            history=addresses.history(version.address) if past else None,
            checked=past.announced(version) if past else (),
            permalink=archive.permanent(entry.page),
            links=links,
            publisher_speaks=archive.mode is Mode.PUBLISHER,
        ),
        kind="version",
        banners=words.banners(service, version, archive.mode),
        contents=outline,
        search=tuple(_search(text, title)) if current and current.version == version else (),
        feeds=((f"{service.name} : nouvelles versions", addresses.feed(service)),),
    )


def read(version: Version) -> Provision:
    """Return the provisions of a version; raises `UnreadableTextError` naming its file."""
    with naming(version):
        return provisions.read(version.text)


def _outline(text: Provision) -> tuple[Contents, ...]:
    """Return the contents of the text, without the title that stands alone above everything."""
    outline = contents(text)
    while len(outline) == 1 and outline[0].children:
        outline = outline[0].children
    return outline


def _corrections(held: Held, at: datetime) -> Iterator[Version]:
    """Yield the versions in effect at `at` that were published to correct this one."""
    for version in held.terms.lasting:
        effective_at = version.metadata.effective_at
        if version.metadata.corrects == held.version.address.slug and effective_at and effective_at <= at:
            yield version


def _corrected(held: Held) -> Version | None:
    slug = held.version.metadata.corrects
    return next((v for v in held.terms.published if v.address.slug == slug), None)


def _search(text: Provision, title: str) -> Iterator[SearchEntry]:
    """Yield one answer per provision; its number and title find it, then its words."""
    yield SearchEntry("", title, "")
    for provision in text.walk():
        if provision.kind is Kind.TEXT:
            continue
        lines = list(provision.own_lines())
        title = title_of(provision) or f"Paragraphe {provision.number}"
        if provision.heading is not None:
            lines = lines[1:]
        yield SearchEntry(provision.address, title, " ".join(lines))
