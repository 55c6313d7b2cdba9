"""An account asked for by post, where a text offers that way: what to send, where, and the form."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader

from cgu_archive.corpus.rules import squeezed
from tests.kiosk.web import Browser
from tests.postgres import ON_SQLITE

pytestmark = ON_SQLITE

PAGE = "/ocapiat/ocapiat/inscription/par-courrier"


@pytest.mark.requirement("O-25", "O-26")
def test_whoever_refuses_facial_recognition_reads_how_to_ask_by_post(browser: Browser) -> None:
    browser.get("/ocapiat/ocapiat/inscription")
    assert f'href="{PAGE}"' in browser.html
    said = squeezed(browser.get(PAGE).words)
    for words in (
        "OCAPIAT 153 rue de la Pompe 75116 PARIS",
        "en recommandé avec demande d’accusé de réception",
        "la photocopie de la pièce d’identité recto-verso du demandeur du compte",
        "le Kbis ou l’avis de situation au répertoire Siren de l’Entreprise",
        "son numéro de téléphone et son adresse de messagerie électronique",
        "sera généralement compris entre 2 et 4 semaines",
    ):
        assert words in said


@pytest.mark.requirement("O-25")
def test_the_form_is_an_accessible_pdf_that_asks_what_the_text_asks(browser: Browser) -> None:
    answer = browser.client.get(f"{PAGE}.pdf")
    assert answer.mimetype == "application/pdf"
    read = PdfReader(BytesIO(answer.data))
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr"
    words = squeezed(" ".join(page.extract_text() for page in read.pages))
    for asked in ("Nom", "Prénom", "Téléphone", "Raison sociale", "SIRET", "Adresse électronique"):
        assert asked in words
    assert "/Image" not in str(read.pages[0].get("/Resources"))


@pytest.mark.requirement("O-25")
def test_where_no_text_offers_that_way_there_is_none(browser: Browser) -> None:
    assert browser.get("/dgefp/soffi/inscription/par-courrier").status == 404
    assert browser.get("/dgefp/soffi/inscription/par-courrier.pdf").status == 404
    assert "par courrier" not in browser.get("/dgefp/soffi/inscription").words
