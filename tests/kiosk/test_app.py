"""The application as a whole: modes, errors, notices."""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from kiosk.app import create_app
from kiosk.config import Mode, Settings
from kiosk.connections import Mandate, Smtp
from kiosk.environment import ConfigurationError
from tests.kiosk.web import Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE


def test_a_documentary_kiosk_has_no_account_and_no_decision(make_settings: Callable[..., Settings]) -> None:
    app = create_app(make_settings(mode=Mode.DOCUMENTARY, secret_key=""), log=StringIO())
    assert {name.split(".")[0] for name in app.view_functions} == {"static", "site"}
    client = app.test_client()
    page = client.get("/")
    assert page.status_code == 200
    assert "Copie documentaire, non officielle." in page.get_data(as_text=True)
    assert "connexion" not in page.get_data(as_text=True)
    assert "Set-Cookie" not in page.headers
    assert client.get("/healthz").data == b"ok\n"
    for path in ("/dgefp/connexion", "/dgefp/soffi/", "/dgefp/soffi/cgu/decider"):
        assert client.get(path).status_code == 404
    assert client.post("/").status_code == 405


def test_a_publisher_shows_its_notices_and_no_demonstration(
    make_site: Callable[..., Site], engine: Engine, tmp_path: Path, texts_dir: Path
) -> None:
    texts = tmp_path / "textes"
    shutil.copytree(texts_dir, texts)
    notice = tmp_path / "mentions.txt"
    notice.write_text("Éditeur : la Direction.\n\nHébergeur : la Maison.", "utf-8")
    publisher = functools.partial(
        make_site,
        engine,
        texts_dir=texts,
        mode=Mode.PUBLISHER,
        public_url="https://cgu.example.org",
        smtp=Smtp("localhost", 25, "cgu@example.org"),
        mandate=Mandate("2026-1", date(2026, 1, 1), "La directrice"),
        legal_notice=notice,
        privacy_notice=notice,
    )
    with pytest.raises(ConfigurationError, match="service imaginaire"):
        publisher()
    shutil.rmtree(texts / "demonstration")
    site = publisher()
    client = site.app.test_client()
    assert "Hébergeur : la Maison." in client.get("/mentions-legales").get_data(as_text=True)
    page = client.get("/dgefp/soffi/cgu").get_data(as_text=True)
    assert "Document proposé au téléchargement par son éditeur" in page
    assert "Démonstration" not in page


@pytest.mark.requirement("T-19", "S-42")
@pytest.mark.parametrize(
    ("path", "code", "expected"),
    [
        ("/dgefp/soffi/cgu/inconnue", 404, "https://assistance.emploi.gouv.fr/"),
        ("/dgefp/tableau-de-bord/nulle/part", 404, "tableau-de-bord@apprentissage.beta.gouv.fr"),
        ("/nulle-part", 404, "tableau-de-bord@apprentissage.beta.gouv.fr"),
    ],
)
def test_an_error_page_says_whom_to_ask_without_signing_in(
    site: Site, path: str, code: int, expected: str
) -> None:
    page = site.browser().get(path)
    assert page.status == code
    assert expected in page.html


@ON_BOTH
@pytest.mark.requirement("T-19", "O-60")
def test_when_the_database_is_away_the_page_says_so_whom_to_ask_and_when(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object, **_kwargs: object) -> None:
        raise OperationalError("SELECT", {}, ConnectionError("away"))

    monkeypatch.setattr("kiosk.texts.services.current", away)
    page = site.browser().get("/ocapiat/ocapiat/cgu")
    assert page.status == 503
    assert page.response.headers["Retry-After"] == "30"
    assert "Assistance du lundi au vendredi, de 7 h 30 à 19 h 30 (heure de Paris)" in page.words
    assert "https://www.ocapiat.fr/nous-contacter/" in page.html


@pytest.mark.requirement("O-53", "T-19")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/ocapiat/ocapiat/cgu", "/ocapiat/connexion", "/ocapiat/nulle-part"])
def test_pages_lead_to_the_form_that_takes_complaints(site: Site, path: str) -> None:
    links = site.browser().get(path).tree.xpath("//a/@href")
    assert "https://www.ocapiat.fr/nous-contacter/" in links


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503])
def test_every_refusal_has_words_of_its_own(site: Site, code: int) -> None:
    from flask import abort

    from kiosk.security import public

    site.app._got_first_request = False

    @site.app.get(f"/dgefp-essai/{code}")
    @public
    def refuse() -> None:
        abort(code)

    page = site.browser().get(f"/dgefp-essai/{code}")
    assert page.status == code
    assert f"Code {code}" in page.words
    assert '<html lang="fr">' in page.html
    assert page.html.count("<h1>") == 1


def test_a_request_that_is_too_large_is_refused(site: Site) -> None:
    browser = site.browser().get("/dgefp/connexion")
    browser.send(email="a" * 300_000, password="x")
    assert browser.status == 413


def test_pages_of_one_publisher_do_not_answer_for_the_service_of_another(site: Site) -> None:
    for path in (
        "/ocapiat/soffi/cgu",
        "/inconnu/soffi/cgu",
        "/dgefp/inconnu/cgu",
        "/dgefp/soffi/cg",
        "/dgefp/soffi/%00",
        "/dgefp/soffi/cgu/%00",
    ):
        assert site.browser().get(path).status == 404


@pytest.mark.requirement("P-52")
def test_no_page_nor_mail_promises_that_a_service_never_stops(site: Site) -> None:
    """The text declines any liability for an interruption: nothing here may say more than it."""
    folder = Path(site.app.root_path)
    said = [one for kind in ("*.html", "*.txt", "*.po") for one in folder.rglob(kind)]
    promised = re.compile(
        r"\b9\d[,.]\d+\s*%|\b24\s*h?\s*/\s*24|taux de disponibilité|sans interruption|uptime", re.I
    )
    assert len(said) > 100
    assert [one.name for one in said if promised.search(one.read_text("utf-8"))] == []


@pytest.mark.requirement("O-48")
def test_security_txt_names_a_contact_and_expires(site: Site) -> None:
    text = site.browser().get("/.well-known/security.txt").html
    assert "Contact: mailto:misi.dgefp@emploi.gouv.fr" in text
    assert "Expires: 2027-05-21T00:00:00Z" in text
    assert "invalid" not in text


@pytest.mark.parametrize(
    "path",
    ["/", "/verifier", "/accessibilite", "/mentions-legales", "/donnees-personnelles", "/plan-du-site"],
)
def test_pages_of_the_foot_answer(browser: Browser, path: str) -> None:
    assert browser.get(path).status == 200
    assert "Accessibilité : non conforme" in browser.words
    assert "Démonstration : les décisions enregistrées ici n’ont aucun effet." in browser.words


def test_a_name_longer_than_any_file_is_not_found_in_the_archive(site: Site, browser: Browser) -> None:
    site.settings.archive_dir.mkdir(exist_ok=True)
    assert browser.get(f"/archive/{'a' * 3000}").status == 404
