"""The administration in a real browser: nothing that axe finds, and the whole of it on a small screen."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from kiosk.staff.roles import Role
from tests import demonstration
from tests.demonstration import violations
from tests.kiosk.administration.conftest import DESK
from tests.kiosk.staff.conftest import SECRET, Team
from tests.kiosk.web import EMAIL

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]


@pytest.fixture
def served(team: Team) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, team.site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with demonstration.chromium() as browser:
        yield browser


def fits(page: Page) -> None:
    assert page.locator("html").evaluate("html => html.scrollWidth - html.clientWidth") <= 0, page.url


def test_somebody_is_found_and_an_account_closed_on_a_small_screen(
    chromium: Browser, served: str, team: Team
) -> None:
    team.site.browser().sign_up("dgefp", "portail").accept()
    team.add("s.port", Role.SUPPORT)
    secret, _ = team.enrol(team.come("s.port"))
    team.site.clock.move(minutes=1)
    page = chromium.new_context(
        base_url=served, locale="fr-FR", viewport={"width": 320, "height": 700}
    ).new_page()
    page.goto(DESK)
    page.get_by_label("Identifiant").fill("s.port")
    page.get_by_label("Secret").fill(SECRET)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("textbox", name="Code").fill(team.code(secret))
    page.get_by_role("button", name="Ouvrir la séance").click()
    for path in (DESK, f"{DESK}/incidents", f"{DESK}/fermetures", f"{DESK}/avis-de-securite"):
        page.goto(path)
        assert violations(page) == []
        fits(page)
    page.goto(DESK)
    page.get_by_label("Adresse électronique").fill(EMAIL)
    page.get_by_label("Motif").first.fill("Appel de la personne.")
    page.get_by_role("button", name="Chercher").click()
    assert violations(page) == []
    fits(page)
    page.get_by_role("button", name="Désactiver le compte").click()
    expect(page.get_by_role("alert")).to_contain_text("Indiquez le motif")
    assert violations(page) == []
    page.get_by_label("Motif").fill("Compte employé par un autre.")
    page.get_by_role("button", name="Désactiver le compte").click()
    expect(page.get_by_role("status")).to_contain_text("Compte désactivé.")
    page.goto(DESK)
    page.get_by_label("Motif").last.fill("Contrôle.")
    page.get_by_role("button", name="Montrer la liste").click()
    assert violations(page) == []
    fits(page)
