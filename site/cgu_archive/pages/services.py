"""The page of a service, and the pages that say which text applied when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from cgu_archive.corpus.model import Mode, Service, Terms
from cgu_archive.pages import addresses, charts, entries
from cgu_archive.pages.bodies import fill
from cgu_archive.pages.entries import Entry
from cgu_archive.pages.model import Archive, Page, SearchEntry
from cgu_archive.pages.past import Past
from cgu_archive.pages.periods import Period, periods
from cgu_archive.rendering import link_policy, words


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a service, ready to be shown."""

    service: Service
    terms: Terms
    entries: tuple[Entry, ...]
    current: Entry | None
    periods: tuple[Period, ...]
    picture: Markup
    changes: tuple[Measured, ...]
    """What each version changed, the newest first; nothing when there is one version."""
    speaks: bool


def documents(archive: Archive, service: Service) -> tuple[Document, ...]:
    """Return the documents of a service that have a published version."""
    return tuple(_document(archive, service, terms) for terms in service.terms if terms.published)


def service_page(archive: Archive, service: Service) -> Page:
    """Return the page that tells the life of a service's texts."""
    address = addresses.service(service)
    shown = documents(archive, service)
    acts = [entry.version.metadata.homologation for document in shown for entry in document.entries[:1]]
    return Page(
        address=address,
        title=service.name,
        description=f"{service.title} : versions, dates, empreintes, contacts.",
        body=fill(
            "service.html",
            address,
            service=service,
            documents=shown,
            contacts=[contact for contact in service.contacts.values() if contact],
            hours=words.hours(service.support_hours) if service.support_hours else "",
            asked=[other for other in archive.corpus.services if other.slug in service.requires],
            asked_by=[other for other in archive.corpus.services if service.slug in other.requires],
            missing=list(_missing(service)),
            acts=[act.act for act in acts if act],
            links=link_policy(service),
            speaks=words.speaks(service, archive.mode),
            publisher_speaks=archive.mode is Mode.PUBLISHER,
        ),
        kind="service",
        banners=_banners(archive, service, shown),
        search=(SearchEntry("", service.name, f"{service.title}. {service.publisher.title}."),),
        feeds=((f"{service.name} : nouvelles versions", addresses.feed(service)),),
    )


def dates_page(archive: Archive, service: Service) -> Page:
    """Return the page that says which text of one service applied when."""
    address = addresses.dates(service)
    steps = [("Accueil", addresses.HOME), (service.name, addresses.service(service)), ("Dates", None)]
    shown = documents(archive, service)
    title = words.french(f"{service.name} : quel texte, quand")
    return _dates(archive, address, title, steps, shown, _banners(archive, service, shown))


def all_dates_page(archive: Archive) -> Page:
    """Return the page that answers for every service at once."""
    steps = [("Accueil", addresses.HOME), ("Texte à la date du…", None)]
    shown = tuple(document for service in archive.corpus.services for document in documents(archive, service))
    banners = words.general_banners(archive.mode)
    return _dates(archive, addresses.DATES, "Texte à la date du…", steps, shown, banners)


def _dates(
    archive: Archive,
    address: str,
    title: str,
    steps: list[tuple[str, str | None]],
    shown: tuple[Document, ...],
    banners: tuple[str, ...],
) -> Page:
    return Page(
        address=address,
        title=title,
        description="Quelle version s’appliquait à une date donnée, inconnu compris.",
        body=fill(
            "dates.html", address, address=address, title=title, steps=steps, documents=shown, at=archive.at
        ),
        kind="page",
        banners=banners,
    )


def _document(archive: Archive, service: Service, terms: Terms) -> Document:
    return Document(
        service=service,
        terms=terms,
        entries=entries.entries(archive, service, terms),
        current=entries.current(archive, service, terms),
        periods=periods(terms),
        picture=Markup(charts.life(terms, terms.title)),  # noqa: S704 - made from escaped words
        changes=_changes(archive.pasts.of(service, terms)),
        speaks=words.speaks(service, archive.mode),
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """How much one version changed the one before it, as the comparison of both tells it."""

    name: str
    inserted: int
    deleted: int
    added: Markup
    """The words inserted as a bar, on one scale with those of the other versions."""
    removed: Markup
    count: int
    """How many lines the list of changes of that comparison has."""
    said: str
    page: str
    """The comparison that shows it."""


def _changes(past: Past | None) -> tuple[Measured, ...]:
    """Return what each version changed, the newest first; nothing when one version lasted."""
    steps = past.steps() if past is not None else ()
    if not steps:
        return ()
    most = max(max(step.words.inserted, step.words.deleted) for _, _, _, step, _ in steps)
    return tuple(
        Measured(
            name=name,
            inserted=step.words.inserted,
            deleted=step.words.deleted,
            added=Markup(charts.bar("barre-ajout", step.words.inserted, most)),  # noqa: S704 - figures alone
            removed=Markup(charts.bar("barre-retrait", step.words.deleted, most)),  # noqa: S704 - figures alone
            count=told.changes,
            said=told.said,
            page=addresses.comparison(new.address, old.address),
        )
        for old, new, name, step, told in reversed(steps)
    )


def _banners(archive: Archive, service: Service, shown: tuple[Document, ...]) -> tuple[str, ...]:
    now = next((document.current for document in shown if document.current), None)
    return words.banners(service, now.version if now else None, archive.mode)


def _missing(service: Service) -> Iterator[str]:
    yield from service.known_not_held
    for document in service.acceptance.named_without_text:
        yield (
            f"La case d’acceptation nomme les « {document} » :"
            " personne ne les a remises à cette archive, elles ne sont donc pas ici."
        )
