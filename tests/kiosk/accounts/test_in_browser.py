"""Sign-up and a shared computer in a real browser: with the keyboard, without JavaScript, leaving nothing."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine
from werkzeug.serving import make_server

from tests.demonstration import ANSWERS, PASSWORD, chromium, violations
from tests.kiosk.web import PASSWORD as KNOWN
from tests.kiosk.web import Making, Site, code_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

PICTURES = os.environ.get("CGU_PICTURES")
"""Folder to put pictures of the pages in, when one wants to look at them."""


@pytest.fixture
def served(light: Engine, make_site: Making) -> Iterator[tuple[Site, str]]:
    """A demonstration and its address on loopback."""
    site = make_site(light, shared_terminal=True)
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site, f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser_window() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def examined(page: Page, name: str, width: int) -> None:
    """Refuse a page that axe faults, or that scrolls sideways."""
    assert violations(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)


def prove(page: Page, site: Site, path: str, address: str) -> None:
    page.goto(f"{path}/inscription")
    page.get_by_label("Adresse électronique").fill(address)
    page.get_by_role("button", name="Recevoir le message").click()
    page.get_by_label("Code reçu").fill(code_of(site.mails(address)[-1]))
    page.get_by_role("button", name="Vérifier").click()
    page.get_by_label(re.compile("^Mot de passe")).fill(PASSWORD)
    page.get_by_role("button", name="Continuer").click()


def answer(page: Page, code: str = "") -> None:
    for name, value in (ANSWERS | {"code-inscription": code}).items():
        field = page.locator(f"#{name}")
        if field.count():
            field.fill(value)


def test_a_sign_up_is_walked_with_the_keyboard_and_without_javascript(
    browser_window: Browser, served: tuple[Site, str]
) -> None:
    site, url = served
    page = browser_window.new_context(base_url=url, locale="fr-FR", java_script_enabled=False).new_page()
    prove(page, site, "/dgefp/soffi", "c@example.org")
    answer(page)
    page.locator("#siren").press("Enter")
    expect(page.get_by_text("4 rue du Moulin")).to_be_visible()
    page.get_by_role("button", name="C’est mon entreprise").press("Enter")
    page.get_by_label("Opérateur de compétences (OPCO)").press("Space")
    page.get_by_role("button", name="Continuer").press("Enter")
    expect(page).to_have_url(re.compile("/cgu/decider$"))
    page.context.close()


def test_what_browsers_know_is_filled_by_them_and_nothing_else(
    browser_window: Browser, served: tuple[Site, str]
) -> None:
    site, url = served
    page = browser_window.new_context(base_url=url, locale="fr-FR").new_page()
    prove(page, site, "/pas-de-calais/monjob62", "d@example.org")
    page.get_by_label("Candidat allocataire du RSA").check()
    page.get_by_role("button", name="Continuer").click()
    tokens = {
        name: page.locator(f"#{name}").get_attribute("autocomplete")
        for name in ("nom", "prenom", "date-de-naissance", "adresse-postale", "telephone-portable")
    }
    assert tokens == {
        "nom": "family-name", "prenom": "given-name", "date-de-naissance": "bday",
        "adresse-postale": "street-address", "telephone-portable": "tel",
    }  # fmt: skip
    assert page.locator("#code-inscription").get_attribute("autocomplete") == "off"
    page.context.close()


@pytest.mark.requirement("P-23", "S-43", "S-60")
def test_nothing_of_my_space_stays_on_a_shared_computer(
    browser_window: Browser, served: tuple[Site, str]
) -> None:
    (site, url), width = served, 390
    site.browser().sign_up("pas-de-calais", "monjob62", "e@example.org", profile="recruteur").accept()
    context = browser_window.new_context(
        base_url=url, locale="fr-FR", viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.goto("/pas-de-calais/connexion?poste=partage")
    examined(page, "partage-connexion", width)
    page.get_by_label("Adresse électronique").fill("e@example.org")
    page.get_by_label("Mot de passe", exact=False).first.fill(KNOWN)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("link", name="Mon compte").press("Enter")
    expect(page.get_by_role("navigation", name="Paramètres du compte")).to_be_visible()
    examined(page, "compte", width)
    page.goto("/pas-de-calais/mes-acceptations")
    page.get_by_role("link", name="Voir le justificatif").first.click()
    examined(page, "partage-justificatif", width)
    page.clock.install()
    page.goto("/pas-de-calais/mon-compte")
    page.clock.run_for(150_000)
    page.keyboard.press("Tab")  # somebody is there
    page.clock.run_for(150_000)
    expect(page.get_by_text("e@example.org")).to_be_visible()
    page.clock.run_for(100_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Êtes-vous encore là\u00a0?")
    examined(page, "encore-la", width)
    page.get_by_role("button", name="Je continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon compte")
    page.clock.run_for(250_000)
    expect(page.get_by_role("button", name="Je continue")).to_be_visible()
    page.clock.run_for(61_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion verrouillée")
    examined(page, "verrou", width)
    page.get_by_label("Mot de passe", exact=False).first.fill(KNOWN)
    page.get_by_role("button", name="Reprendre").click()
    expect(page.get_by_text("e@example.org")).to_be_visible()
    page.get_by_role("button", name="Recommencer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté")
    examined(page, "partage-fini", width)
    left = {one["name"]: one.get("expires", -1) for one in context.cookies()}
    assert "kiosk-navigateur" not in left
    assert set(left.values()) <= {-1}
    for _ in range(3):
        page.go_back()
        expect(page.get_by_text("e@example.org")).to_have_count(0)
    page.goto("/pas-de-calais/mon-compte")
    expect(page).to_have_url(re.compile("/connexion"))
    context.close()
