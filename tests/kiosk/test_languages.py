"""English pages: chosen by the person, complete, and never what a decision records."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from flask import session
from sqlalchemy import select

from kiosk import languages
from kiosk.acceptance.models import Decision
from kiosk.accounts.models import ConsentChange
from kiosk.db import make_engine, reading
from kiosk.languages import CATALOGUE
from kiosk.ledger.models import StatementRow
from kiosk.sanctions import services as sanctions
from kiosk.security import local_page
from tests.kiosk.sanctions.people import accepted
from tests.kiosk.sanctions.test_procedures import OFFICER
from tests.kiosk.web import ANSWERS, EMAIL, PASSWORD, Browser, Making, Site, code_of, link_of

KIOSK = CATALOGUE.parents[1]
KEYWORDS = {"_": None, "gettext": None, "marked": None}
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*\}|(?<!%)%(?![(%])")
RESIDUE = frozenset({
    "le", "la", "les", "un", "une", "des", "du", "de", "et", "ou", "est", "sont", "vous", "votre", "vos",
    "nous", "pour", "par", "avec", "sans", "dans", "sur", "ce", "cette", "ces", "qui", "que", "quand", "au",
    "aux", "il", "elle", "pas", "ne", "plus", "été", "être", "cela", "se", "sa", "son", "ses",
})  # fmt: skip
"""French words that no English sentence has."""
NEITHER = re.compile(rf"\S*[@/]\S*|\([^)]*\)|{ANSWERS['raison-sociale']}")
"""What has no language: addresses, what people typed; and a French name that a translation repeats."""


def said() -> set[str]:
    """Everything that pages say through the catalogue."""
    with (CATALOGUE.parent / "extraction.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(KIOSK, methods, options, keywords=KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found if isinstance(message, str)}


def english() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return {message.id: message.string for message in read_po(file) if message.id}


def test_every_word_of_a_page_has_its_english_and_no_english_is_left_over() -> None:
    held = english()
    assert sorted(said() - held.keys()) == [], "make messages, then write the English"
    assert sorted(held.keys() - said()) == [], "make messages takes these away"
    assert [french for french, words in held.items() if not words.strip()] == []


def test_a_translation_keeps_the_places_of_its_values_and_the_spaces_around_it() -> None:
    for french, words in english().items():
        assert sorted(set(PLACEHOLDER.findall(french))) == sorted(set(PLACEHOLDER.findall(words))), french
        assert french.count("|") == words.count("|"), french
        assert french.endswith(" ") == words.endswith(" "), french


def test_english_is_typed_as_english_is() -> None:
    for words in english().values():
        assert not re.search(r"[\u00a0\u202f«»]| [;:!?]", words), words
        assert not RESIDUE & set(re.split(r"[^\w’]+", re.sub(r"\([^)]*\)|“[^”]*”", "", words))), words


# Pages


@pytest.fixture
def site(make_site: Making, registered_file: Path, tmp_path: Path) -> Site:
    """A demonstration, on SQLite alone: words do not depend on the database."""
    file = tmp_path / "kiosk.sqlite3"
    shutil.copyfile(registered_file, file)
    return make_site(make_engine(f"sqlite:///{file}"))


@pytest.fixture
def browser(site: Site) -> Browser:
    """A browser that speaks English."""
    return choose(site.browser().get("/"), "en")


def choose(browser: Browser, language: str, **values: str) -> Browser:
    """Press the button that chooses a language, wherever it is."""
    (form,) = browser.tree.xpath("//form[@action='/langue']")
    held = {one.get("name"): one.get("value") for one in form.iter("input")} | values
    assert [one.get("value") for one in form.iter("button")] == [language]
    browser.response = browser.client.post(
        "/langue", data=held | {"language": language}, follow_redirects=True
    )
    return browser


def residue(page: str) -> list[str]:
    """Return the sentences of a page that look French though nothing says that they are."""
    tree = lxml.html.document_fromstring(page)
    for one in tree.xpath("//*[@lang='fr'] | //script | //code | //title"):
        one.drop_tree()
    texts = [one for part in ("text()", "@aria-label", "@data-show") for one in tree.xpath(f"//body//{part}")]
    return [text for text in texts if RESIDUE & set(re.split(r"\W+", NEITHER.sub("", text).lower()))]


def read(browser: Browser) -> Browser:
    """Check that the page is English, and that it says what binds."""
    assert browser.tree.get("lang") == "en", browser.path
    assert residue(browser.html) == [], browser.path
    assert "Only the French text is binding." in browser.words
    return browser


def test_french_is_spoken_until_somebody_chooses_another_language_whatever_their_browser_asks(
    site: Site,
) -> None:
    browser = site.browser()
    browser.response = browser.client.get("/dgefp/connexion", headers={"Accept-Language": "en"})
    assert browser.tree.get("lang") == "fr"
    assert "Se connecter" in browser.words
    assert "Only the French" not in browser.html
    choose(browser, "en")
    assert browser.path == "/dgefp/connexion"
    assert "Sign in" in read(browser).words
    choose(browser, "fr")
    assert browser.tree.get("lang") == "fr"


def test_the_same_page_comes_back_in_the_language_chosen_with_what_it_was_asked(browser: Browser) -> None:
    asked = "/ville-exemple/demonstration/cgu/comparer?de=v3&a=v4"
    choose(browser.get(asked), "fr")
    assert browser.response.request.full_path == asked
    assert "Ce qui change" in browser.words
    browser.get("/nulle-part")
    assert browser.status == 404
    choose(browser, "en")
    assert (browser.path, browser.status) == ("/nulle-part", 404)
    assert "Page not found" in read(browser).words


@pytest.mark.parametrize(
    "page",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "/a/../b", "/%2e%2e/", "", "/a?b=//c"],
)
def test_no_other_host_is_shown_once_a_language_is_chosen(browser: Browser, page: str) -> None:
    assert local_page(page) is None
    assert choose(browser.get("/plan-du-site"), "fr", page=page).path == "/"


def test_a_language_is_chosen_by_a_person_not_by_a_link_nor_another_site(browser: Browser) -> None:
    assert browser.client.get("/langue").status_code == 405
    form = {"language": "fr", "page": "/"}
    elsewhere = browser.client.post("/langue", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 400
    assert browser.client.post("/langue", data=form | {"language": "de"}).status_code == 400
    assert read(browser.get("/")).status == 200


OPEN = (
    "/", "/plan-du-site", "/verifier", "/accessibilite", "/mentions-legales", "/donnees-personnelles",
    "/dgefp/connexion", "/dgefp/mot-de-passe-oublie", "/dgefp/sans-boite", "/dgefp/sans-boite/code",
    "/dgefp/sans-boite/demande", "/dgefp/sans-boite/recue", "/dgefp/deconnecte", "/dgefp/portail/cgu",
    "/dgefp/portail/inscription", "/dgefp/soffi/inscription", "/ville-exemple/demonstration/cgu/v3",
    "/ville-exemple/demonstration/cgu/comparer?de=v3&a=v4", "/ocapiat/ocapiat/cgu", "/nulle-part",
)  # fmt: skip
OWN = (
    "", "/informations", "/adresse", "/mot-de-passe?motif=vol", "/connexions", "/codes-de-secours",
    "/effacement", "/suppression", "/histoire", "/mes-donnees", "/droits", "/droits/demande",
)  # fmt: skip


def test_pages_are_english_but_for_what_their_publisher_wrote(browser: Browser) -> None:
    for path in OPEN:
        read(browser.get(path))
    assert browser.status == 404
    for path in (
        "connexion",
        "mot-de-passe-oublie",
        "sans-boite/code",
        "sans-boite/demande",
        "portail/inscription",
    ):
        assert read(browser.get(f"/dgefp/{path}").send()).status == 422


def statements(site: Site) -> Iterator[dict[str, object]]:
    with reading(site.engine) as session:
        query = select(StatementRow.body).join(Decision, Decision.statement_hash == StatementRow.hash)
        yield from (json.loads(body) for body in session.scalars(query.order_by(Decision.sequence)))


def test_who_signs_up_and_accepts_in_english_accepts_in_french(site: Site, browser: Browser) -> None:
    read(browser.get("/dgefp/soffi/inscription")).send(email=EMAIL)
    mail = site.mails(EMAIL)[-1]
    assert mail["subject"] == "Vérifiez votre adresse pour SOFFi"
    read(browser).send(code=code_of(mail))
    assert read(browser.send(password="court")).status == 422
    read(browser.send(password=PASSWORD))
    read(browser.send())
    read(browser.introduce(profile="opco"))
    assert browser.path == "/dgefp/portail/cgu/decider"
    assert read(browser.send(choice="accepter")).status == 422
    (label,) = browser.tree.xpath("//label[@for='box']")
    assert label.get("lang") == "fr"
    assert [(one.text, one.get("lang")) for one in browser.tree.xpath("//button[@name='choice']")] == [
        ("Accepter ces conditions", "fr"), ("Refuser", "fr"),
    ]  # fmt: skip
    assert {"Accept these terms", "Refuse"} <= {one.text for one in browser.tree.find_class("gloss")}
    box = label.text
    declared = [one.text_content() for one in browser.tree.xpath("//*[@id='declarations']//li")]
    assert declared
    read(browser.accept())
    assert "You accepted" in browser.words
    assert "22 November 2026 at 09:00:00 (Paris time)" in browser.words
    (statement,) = statements(site)
    assert statement["wording"] == {
        "box": box, "button": "Accepter ces conditions", "language": "fr", "statements": declared,
    }  # fmt: skip
    assert statement["retention"].startswith("Ce qui vous nomme est gardé au plus ")
    assert "Acceptation enregistrée le 22 novembre 2026 à 09:00:00" in site.mails(EMAIL)[-1]["body"]
    for path in ("", "/contester"):
        read(browser.get(f"/dgefp/mes-acceptations/{statement['id']}{path}"))
    read(browser.get("/dgefp/mes-acceptations"))
    for path in OWN:
        read(browser.get(f"/dgefp/mon-compte{path}"))
    read(browser.get("/dgefp/soffi/cgu/decider").accept())
    read(browser.get("/dgefp/soffi/"))
    read(browser.get("/dgefp/soffi/cgu/decider"))


def test_the_language_stays_through_signing_in_and_out(browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    read(browser.get("/dgefp/mon-compte")).send(at="/dgefp/deconnexion")
    assert "You are signed out" in read(browser).words
    assert "Not your address" not in read(browser.sign_in("dgefp")).words


def test_a_language_nobody_speaks_is_french(site: Site) -> None:
    for held in ("de", ["en"], 1, None):
        with site.app.test_request_context():
            session["language"] = held
            assert languages.chosen() == "fr"


@pytest.mark.parametrize(
    ("address", "profile"),
    [
        ("dgefp/portail", None), ("ocapiat/ocapiat", "cfa"), ("pas-de-calais/monjob62", "candidat"),
        ("ville-exemple/demonstration", "habitant"),
    ],
)  # fmt: skip
def test_every_service_is_signed_up_to_and_refused_in_english(
    browser: Browser, address: str, profile: str | None
) -> None:
    publisher, service = address.split("/")
    read(browser.sign_up(publisher, service, **({"profile": profile} if profile else {})))
    assert browser.path.endswith("/cgu/decider")
    read(browser.send(choice="accepter"))
    read(browser.send(choice="refuser"))
    read(browser.get(f"/{address}/"))


def test_a_new_version_is_told_compared_and_decided_on_in_english(site: Site, browser: Browser) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    site.clock.move(minutes=5)
    site.publish()
    page = "/ville-exemple/demonstration/"
    token = browser.get("/ville-exemple/mon-compte").forms[0].values["csrf_token"]
    read(browser.get("/ville-exemple/mes-acceptations"))
    browser.response = browser.client.post(
        page, data={"csrf_token": token, "note": "A word"}, follow_redirects=True
    )
    read(browser)
    read(browser.get(page))
    assert browser.tree.xpath("//*[@lang='fr']//ins")


def recorded(site: Site) -> list[str]:
    """Every word on the screen that statements hold."""
    wordings = [one["wording"] for one in statements(site)]
    return [word for one in wordings for word in (one["box"], one["button"], *one["statements"])]


def test_without_an_account_one_accepts_from_an_english_page_in_french(site: Site, browser: Browser) -> None:
    read(browser.get("/ocapiat/ocapiat/cgu/sans-compte"))
    assert read(browser.send()).status == 422
    company = {"organisation_name": ANSWERS["raison-sociale"], "siren": "732829320", "capacity": "1"}
    read(browser.send(solution="DPC Express", box="1", **company))
    read(browser.send(at="/ocapiat/ocapiat/justificatif"))
    assert "Accepter ces conditions" in recorded(site)
    assert "Identité déclarée, non vérifiée." in recorded(site)
    read(browser.get("/ocapiat/ocapiat/justificatif"))


def test_a_representative_agrees_from_an_english_page_in_french(site: Site, browser: Browser) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur")
    read(browser.accept(assisted="1", representative_email="parent@example.org"))
    read(browser.get("/pas-de-calais/monjob62/"))
    other = choose(site.browser().get("/"), "en")
    read(other.get(link_of(site.mails("parent@example.org")[-1]).removeprefix("http://localhost")))
    assert read(other.send(choice="accepter")).status == 422
    read(other.send(box="1", choice="accepter"))
    assert "Donner mon accord" in recorded(site)
    read(browser.get("/pas-de-calais/mes-acceptations"))
    read(browser.get("/pas-de-calais/mon-compte/preferences"))
    read(browser.send(**{name: "1" for name in browser.form().types if name != "csrf_token"}))
    with reading(site.engine) as session:
        assert {one.words[:7] for one in session.scalars(select(ConsentChange))} == {"Je veux"}


def test_a_measure_is_read_in_english(make_site: Making, registered_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "measures.sqlite3"
    shutil.copyfile(registered_file, file)
    site = make_site(make_engine(f"sqlite:///{file}"), sanctions=True)
    case = accepted(site)
    case.act(sanctions.notify, case.account_id, OFFICER, case.notice(), site.clock())
    browser = choose(case.browser().get("/dgefp/mesures"), "en")
    read(browser)
    read(browser.get(f"/dgefp/mesures/{case.procedure().id}"))
