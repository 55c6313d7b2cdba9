"""Reading a text, without an account."""

from __future__ import annotations

import io

import docx
import pytest

from tests.kiosk.web import Browser, Site


@pytest.mark.requirement("P-14", "T-09")
def test_every_version_stays_at_its_address_when_others_come(site: Site, browser: Browser) -> None:
    path = "/ville-exemple/demonstration/cgu/v1"
    before = browser.get(f"{path}/texte.md").response.data
    site.clock.move(minutes=1)
    site.publish()
    assert browser.get(f"{path}/texte.md").response.data == before
    assert "Remplacée" in browser.get(path).words
    assert "En vigueur" in browser.get("/ville-exemple/demonstration/cgu").words
    assert " v7 " in browser.words


@pytest.mark.requirement("S-38", "P-49")
def test_a_host_that_may_not_be_linked_is_not(browser: Browser) -> None:
    html = browser.get("/dgefp/soffi/cgu").html
    assert "soffi.emploi.gouv.fr" in html
    assert 'href="https://www.soffi' not in html


def test_a_copy_says_whose_text_it_is_and_that_it_is_no_publication(browser: Browser) -> None:
    words = browser.get("/pas-de-calais/monjob62/cgu").words
    assert "Dernière version connue" in words
    assert "En vigueur" not in words
    assert "Éditeur du texte : Département du Pas-de-Calais ; reçu le" in words
    assert "Seule la publication de l’éditeur fait foi." in words
    assert "Non renseigné dans le texte source" in words


@pytest.mark.requirement("S-05")
def test_the_pdf_is_made_once_and_served_from_then_on(site: Site, browser: Browser) -> None:
    path = "/ville-exemple/demonstration/cgu/v1/texte.pdf"
    first = browser.get(path).response
    assert first.data.startswith(b"%PDF-")
    assert first.headers["Content-Disposition"] == 'attachment; filename="demonstration-cgu-v1.pdf"'
    (kept,) = (site.settings.data_dir / "pdfs").iterdir()
    kept.write_bytes(b"%PDF- kept")
    assert browser.get(path).response.data == b"%PDF- kept"


def test_the_pdf_is_made_each_time_where_nothing_can_be_kept(site: Site, browser: Browser) -> None:
    (site.settings.data_dir / "pdfs").write_bytes(b"not a folder")
    for _ in range(2):
        answer = browser.get("/ville-exemple/demonstration/cgu/v1/texte.pdf").response
        assert (answer.status_code, answer.data[:5]) == (200, b"%PDF-")


def test_the_text_is_given_in_word_as_the_archive_has_it(site: Site, browser: Browser) -> None:
    path = "/dgefp/soffi/cgu/sans-date-1"
    page = browser.get(path)
    assert f'href="{path}/texte.docx"' in page.html
    answer = browser.get(f"{path}/texte.docx").response
    assert answer.headers["Content-Disposition"] == 'attachment; filename="soffi-cgu-sans-date-1.docx"'
    document = docx.Document(io.BytesIO(answer.data))
    foot = "\n".join(paragraph.text for paragraph in document.sections[0].footer.paragraphs)
    assert f"{site.settings.public_url}{path}" in foot
    assert document.paragraphs[0].text.startswith("Conditions Générales d'Utilisation de SOFFi")


def test_what_does_not_exist_is_not_found(browser: Browser) -> None:
    for path in (
        "/dgefp/soffi/cg",
        "/dgefp/soffi/cgu/v9",
        "/dgefp/soffi/cgu/v9/texte.md",
        "/dgefp/soffi/cg/v9/texte.pdf",
        "/dgefp/soffi/cgu/v9/texte.docx",
    ):
        assert browser.get(path).status == 404
