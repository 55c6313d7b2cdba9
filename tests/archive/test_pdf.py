"""What the PDF of a version says: the text, whose it is, in which state, and its notices."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from unicodedata import normalize

import pytest

from cgu_archive.corpus import provisions
from cgu_archive.corpus.model import Corpus
from cgu_archive.pdf import version_pdf
from tests.archive.pdf_reading import (
    ALL,
    AT,
    FICTION,
    PERMALINK,
    REAL,
    SHORT,
    Reading,
    documentary,
    make,
    words,
)

# The text


@pytest.mark.requirement("P-03", "S-05")
@pytest.mark.parametrize("address", ALL)
def test_what_is_read_aloud_is_the_text_and_nothing_else(corpus: Corpus, address: str) -> None:
    text = provisions.read(corpus.version(address).text).text().replace(" | ", " ")
    assert words(" ".join(documentary(address).provisions())) == words(text)


@pytest.mark.requirement("S-05")
def test_the_paragraphs_of_soffi_are_numbered_1_to_88() -> None:
    lines = documentary("soffi/cgu/sans-date-1").provisions()
    numbers = [int(found[1]) for line in lines if (found := re.match(r"(\d+)\.\s", line))]
    assert numbers == list(range(1, 89))


@pytest.mark.requirement("S-05")
def test_the_numbers_of_soffi_are_drawn_on_the_pages() -> None:
    drawn = " ".join(documentary("soffi/cgu/sans-date-1").pages)
    places = [drawn.find(f" {number}. ") for number in range(1, 89)]
    assert -1 not in places
    assert places == sorted(places)


def test_headings_are_those_of_the_text_and_never_skip_a_level() -> None:
    for address in ALL:
        reading = documentary(address)
        levels = reading.headings()
        steps = [after - before for before, after in pairwise(levels)]
        assert levels[0] == 1, address
        assert max(steps) == 1, address
        assert levels.count(1) == 1, address


def test_bookmarks_lead_to_the_headings_of_the_text() -> None:
    outline = documentary("tableau-de-bord/cgu/v0.3").reader.outline
    titles = [entry.title for entry in _flat(outline)]
    assert titles[0] == "Fiche du document"
    assert "Article 1 - Préambule" in titles


def _flat(outline: list[object]) -> list[object]:
    return [e for entry in outline for e in (_flat(entry) if isinstance(entry, list) else [entry])]


# What it says of itself


@pytest.mark.requirement("P-02")
@pytest.mark.parametrize("address", REAL)
def test_the_first_page_tells_publisher_service_hashes_and_permalink(corpus: Corpus, address: str) -> None:
    version, reading = corpus.version(address), documentary(address)
    service = corpus.service(version.address.service)
    first = reading.first_page()
    assert service.publisher.title in first
    assert version.text_hash in first
    assert version.metadata_hash in first
    assert PERMALINK.format(address) in first
    assert any("sha256sum texte.md" in line for line in first)
    assert reading.reader.metadata.author == service.publisher.title  # type: ignore[union-attr]
    title = str(reading.reader.metadata.title)  # type: ignore[union-attr]
    assert title.startswith(service.document("cgu").title)
    assert reading.catalog["/Lang"] == "fr"


def test_unknown_dates_stay_unknown_and_months_stay_months() -> None:
    def said(address: str, label: str) -> str:
        lines = documentary(address).lines()
        return lines[lines.index(label) + 1]

    assert said("soffi/cgu/sans-date-1", "Date que le texte porte") == "Non renseigné dans le texte source"
    assert said("soffi/cgu/sans-date-1", "Mise en ligne") == "Non renseigné dans le texte source"
    assert said("portail/cgu/2024-01", "Date que le texte porte") == "janvier 2024"
    assert said("tableau-de-bord/cgu/v0.3", "Date que le texte porte") == "29 mars 2024"
    assert said("ocapiat/cgu/ca-2025-04-08", "Approbation") == "8 avril 2025"


@pytest.mark.parametrize("address", ALL)
def test_every_page_is_numbered_and_says_whose_copy_it_is(corpus: Corpus, address: str) -> None:
    pages = documentary(address).pages
    service = corpus.service(address.split("/")[0])
    expected = "Service imaginaire" if service.fictional else "Copie documentaire, non officielle. Texte d"
    for number, page in enumerate(pages, start=1):
        assert f"page {number} sur {len(pages)}" in page
        assert expected in normalize("NFKC", page)
        assert "Démonstration :" not in normalize("NFKC", page)


@pytest.mark.requirement("S-15", "P-59")
@pytest.mark.parametrize("address", REAL)
def test_every_page_bears_the_notices_of_the_text(corpus: Corpus, address: str) -> None:
    notices = corpus.service(address.split("/")[0]).notices
    assert notices
    for page in documentary(address).pages:
        for notice in notices:
            assert words(notice) in words(page)
    for notice in notices:
        assert words(notice) in words(" ".join(documentary(address).lines()[-len(notices) :]))


@pytest.mark.requirement("M-33", "P-60")
@pytest.mark.parametrize(
    ("address", "notice"),
    [
        (
            "monjob62/cgu/sans-date-1",
            "paru sur le site MonJob62.fr · http://www.monjob62.fr · droits réservés",
        ),
        ("portail/cgu/2024-01", "Document proposé au téléchargement par son éditeur"),
    ],
)
def test_the_publisher_s_own_notices_are_shown_when_it_speaks_and_only_then(
    corpus: Corpus, address: str, notice: str
) -> None:
    own = Reading(make(corpus, address, "publisher", text=SHORT))
    assert len(own.pages) == 2
    assert all(notice in page for page in own.pages)
    assert not any(notice in page for page in documentary(address).pages)
    assert not any("non officielle" in page for page in own.pages)


@pytest.mark.requirement("M-33")
def test_monjob62_links_to_its_site_when_it_speaks(corpus: Corpus) -> None:
    assert (
        "http://www.monjob62.fr"
        in Reading(make(corpus, "monjob62/cgu/sans-date-1", "publisher", text=SHORT)).links()
    )


def test_a_demonstration_says_so_on_every_page(corpus: Corpus) -> None:
    for address in ("tableau-de-bord/cgu/v0.3", FICTION):
        for page in Reading(make(corpus, address, "demonstration", text=SHORT)).pages:
            said = normalize("NFKC", page)
            assert "Démonstration : les décisions enregistrées ici n’ont aucun effet." in said


def test_an_unknown_mode_is_refused(corpus: Corpus) -> None:
    with pytest.raises(ValueError, match="officiel"):
        make(corpus, FICTION, "officiel")


def state(raw: bytes) -> str:
    """Return the state of the version that a PDF gives on its first page."""
    lines = Reading(raw).lines()
    return lines[1 + next(i for i, line in enumerate(lines) if line.startswith("État au "))]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 2, 10, tzinfo=UTC), "À venir"),
        (datetime(2026, 3, 10, tzinfo=UTC), "En vigueur"),
        (datetime(2030, 1, 1, tzinfo=UTC), "Remplacée"),
    ],
)
def test_the_state_is_that_of_the_instant_given(corpus: Corpus, at: datetime, expected: str) -> None:
    assert state(make(corpus, FICTION, "demonstration", at, SHORT)) == expected


def test_only_a_publisher_or_the_fiction_of_a_demonstration_says_en_vigueur(corpus: Corpus) -> None:
    at = datetime(2026, 3, 10, tzinfo=UTC)
    effective = {"published_at": at, "effective_on": date(2026, 3, 10)}
    address = "tableau-de-bord/cgu/v0.3"
    later = datetime(2026, 4, 1, tzinfo=UTC)
    assert state(make(corpus, FICTION, "documentary", at, SHORT)).startswith("Dernière version connue")
    assert state(make(corpus, address, "demonstration", later, SHORT, **effective)).startswith(
        "Dernière version"
    )
    assert state(make(corpus, address, "publisher", later, SHORT, **effective)).startswith("En vigueur")


def test_a_version_later_corrected_says_so(corpus: Corpus) -> None:
    service = corpus.service("demonstration")
    terms = service.document("cgu")
    first, second = (replace(version, published=True, text=SHORT) for version in terms.versions[:2])
    fixed = replace(second, metadata=replace(second.metadata, corrects=first.address.slug))
    versions = replace(terms, versions=(first, fixed))
    raw = version_pdf(service, versions, first, mode="demonstration", at=AT, permalink="v1/")
    said = " ".join(Reading(raw).lines())
    assert f"Cette version contenait une erreur ({second.metadata.reason})." in said
    assert "Elle est remplacée par version v2 depuis le 2 juin 2025" in said
