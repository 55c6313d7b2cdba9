"""Every page of the archive, from the home page to the plan of the site."""

from __future__ import annotations

from collections.abc import Iterator

from cgu_archive.corpus.model import Service, Terms
from cgu_archive.pages import addresses, entries
from cgu_archive.pages.bodies import fill
from cgu_archive.pages.comparisons import compare_page, comparison_pages
from cgu_archive.pages.entries import Entry
from cgu_archive.pages.history import history_pages
from cgu_archive.pages.model import Archive, Page, SearchEntry
from cgu_archive.pages.services import all_dates_page, dates_page, service_page
from cgu_archive.pages.texts import version_page
from cgu_archive.rendering import words

WRITTEN = (
    ("Aide", "aide.html"),
    ("Aide aux équipes juridiques", "aide-juridique.html"),
    ("Accessibilité : non conforme", "accessibilite.html"),
    ("Mentions légales", addresses.LEGAL),
    ("Données personnelles", "donnees-personnelles.html"),
    ("Sécurité", "securite.html"),
)
"""The pages about the site itself, most of them written by hand in the folder ``pages``."""
NAME = "Archive des CGU"


def pages(archive: Archive) -> Iterator[Page]:
    """Yield every page that is made from the corpus; raises `CorpusError` naming a text that cannot be."""
    yield _home(archive)
    yield _texts(archive)
    yield compare_page(archive)
    yield all_dates_page(archive)
    for service in archive.corpus.services:
        yield service_page(archive, service)
        yield dates_page(archive, service)
    for held in entries.held(archive.corpus):
        yield version_page(archive, held)
    for service in archive.corpus.services:
        for terms in service.terms:
            yield from history_pages(archive, service, terms)
            yield from comparison_pages(archive, service, terms)
    yield _legal(archive)
    yield _map(archive)


def _shown(archive: Archive) -> list[tuple[Service, Terms, Entry | None]]:
    return [
        (service, terms, entries.current(archive, service, terms))
        for service in archive.corpus.services
        for terms in service.terms
        if terms.published
    ]


def _home(archive: Archive) -> Page:
    return Page(
        address=addresses.HOME,
        title=NAME,
        description="Conditions générales d’utilisation : textes, versions, comparaisons, vérification.",
        body=fill(
            "home.html",
            addresses.HOME,
            texts=_shown(archive),
            count=sum(1 for _ in entries.held(archive.corpus)),
            kiosk=archive.kiosk_url,
        ),
        kind="accueil",
        banners=words.general_banners(archive.mode),
        search=(SearchEntry("", NAME, "Lire et télécharger, comparer, vérifier un justificatif."),),
        feeds=((f"{NAME} : nouvelles versions", addresses.FEED),),
    )


def _texts(archive: Archive) -> Page:
    return Page(
        address=addresses.TEXTS,
        title="Lire et télécharger",
        description="Le texte à lire aujourd’hui pour chaque service, et son PDF.",
        body=fill("texts.html", addresses.TEXTS, texts=_shown(archive)),
        kind="page",
        banners=words.general_banners(archive.mode),
    )


def _legal(archive: Archive) -> Page:
    return Page(
        address=addresses.LEGAL,
        title="Mentions légales",
        description="Qui exploite ce site, et à qui sont les textes.",
        body=fill(
            "legal.html",
            addresses.LEGAL,
            mode=archive.mode.value,
            operator=archive.operator,
            services=archive.corpus.services,
            at=archive.at,
        ),
        kind="page",
        banners=words.general_banners(archive.mode),
    )


def _map(archive: Archive) -> Page:
    services = [
        (service, [(terms, entries.entries(archive, service, terms)) for terms in service.terms])
        for service in archive.corpus.services
    ]
    return Page(
        address=addresses.MAP,
        title="Plan du site",
        description="Toutes les pages de l’archive.",
        body=fill(
            "map.html",
            addresses.MAP,
            others=WRITTEN,
            services=services,
        ),
        kind="page",
        banners=words.general_banners(archive.mode),
    )
