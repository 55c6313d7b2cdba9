"""« Ce n’est pas moi », with the keyboard alone, and on a small screen without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.demonstration import Demonstration, sign_up, violations
from tests.e2e.keyboard import Keyboard
from tests.e2e.test_main_job import Open, accept

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]


def decided(page: Page, demonstration: Demonstration, address: str) -> str:
    """Decide, and return where the receipt is."""
    sign_up(page, demonstration, address, "/dgefp/tableau-de-bord")
    accept(page)
    return page.url


def test_a_decision_is_contested_with_the_keyboard_alone(
    open_page: Open, demonstration: Demonstration
) -> None:
    page = open_page()
    receipt = decided(page, demonstration, "conteste@exemple.fr")
    keys = Keyboard(page)
    keys.follow("Ce n’est pas moi")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce n’est pas moi")
    assert violations(page) == []
    own = page.get_by_label("Vos mots")
    expect(own).to_have_attribute("maxlength", "1000")
    own.evaluate("one => one.removeAttribute('maxlength')")
    keys.fill("Vos mots", "x" * 1001)
    keys.follow("Contester cette décision")
    expect(page.get_by_role("alert")).to_contain_text("1 000 signes au plus")
    assert violations(page) == []
    page.get_by_label("Vos mots").fill("Mon poste est resté ouvert.")
    keys.follow("Contester cette décision")
    expect(page).to_have_url(re.compile(re.escape(receipt.partition("#")[0])))
    region = page.get_by_role("region", name="vous contestez cette décision")
    expect(region).to_contain_text("Mon poste est resté ouvert.")
    assert violations(page) == []
    assert "Ce n’est pas moi" in demonstration.mail_to("conteste@exemple.fr", "Contestation enregistrée")
    page.goto("/dgefp/mes-acceptations")
    expect(page.get_by_role("table")).to_contain_text("Contestée le")
    assert violations(page) == []


def test_it_works_on_a_small_screen_without_javascript(open_page: Open, demonstration: Demonstration) -> None:
    page = open_page(width=320, scripts=False)
    receipt = decided(page, demonstration, "conteste.sans.script@exemple.fr")
    for path in (receipt, f"{receipt}/contester", "/dgefp/mes-acceptations", "/donnees-personnelles"):
        page.goto(path)
        wide = page.locator("html").evaluate("html => html.scrollWidth - html.clientWidth")
        assert wide <= 0, f"{path} is {wide} px too wide"
    page.goto(f"{receipt}/contester")
    page.get_by_label("Vos mots").fill("Motstrèslong" * 40)
    page.get_by_role("button", name="Contester cette décision").click()
    expect(page.get_by_role("region", name="vous contestez cette décision")).to_be_visible()
    wide = page.locator("html").evaluate("html => html.scrollWidth - html.clientWidth")
    assert wide <= 0
