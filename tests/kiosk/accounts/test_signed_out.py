"""After signing out, in a real browser: neither back nor an address shows a page of the account."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import Engine
from werkzeug.serving import make_server

from tests.demonstration import CHROMIUM
from tests.kiosk.web import EMAIL, PASSWORD, Making, Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

PAGES = ("/dgefp/mon-compte", "/dgefp/mes-acceptations", "/dgefp/mon-compte/suppression")


@pytest.fixture
def served(light: Engine, make_site: Making) -> Iterator[tuple[Site, str]]:
    """A demonstration where somebody accepted, and its address on loopback."""
    site = make_site(light)
    site.browser().sign_up("dgefp", "portail").accept()
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site, f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(served: tuple[Site, str]) -> Iterator[Page]:
    """A window that keeps the pages it leaves, as that of people does and that of tests does not."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"],
            ignore_default_args=["--disable-back-forward-cache"],
        )  # fmt: skip
        yield browser.new_context(base_url=served[1], locale="fr-FR").new_page()
        browser.close()


def test_the_back_button_shows_nothing_personal_once_signed_out(page: Page) -> None:
    page.goto("/dgefp/connexion")
    page.get_by_label("Adresse électronique").fill(EMAIL)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/dgefp/portail/**")
    for path in PAGES:
        page.goto(path)
    assert EMAIL in page.content()
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/dgefp/deconnecte")
    assert "téléchargé" in page.inner_text("main")
    seen = []
    for _ in range(len(PAGES) + 1):
        page.go_back(wait_until="commit")  # a page that was kept is shown without being loaded
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        seen.append(page.url)
        assert EMAIL not in page.content(), page.url
        assert "acceptée le" not in page.inner_text("main").lower(), page.url
    assert any("connexion" in url for url in seen)
    for path in PAGES:
        page.goto(path)
        assert "/dgefp/connexion" in page.url
