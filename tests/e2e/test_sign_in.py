"""Passwords and sign-in in a real browser: what is said while typing, pages with and without script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.demonstration import PASSWORD, Demonstration, sign_up, violations
from tests.e2e.keyboard import Keyboard

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

Open = Callable[..., Page]
OPEN_PAGES = (
    "/dgefp/connexion", "/dgefp/mot-de-passe-oublie", "/dgefp/sans-boite", "/dgefp/sans-boite/code",
    "/dgefp/sans-boite/demande", "/dgefp/sans-boite/recue", f"/dgefp/ce-n-est-pas-moi/{'0' * 32}",
)  # fmt: skip
OWN_PAGES = (
    "/dgefp/mon-compte", "/dgefp/mon-compte/mot-de-passe?motif=vol", "/dgefp/mon-compte/connexions",
    "/dgefp/mon-compte/codes-de-secours",
)  # fmt: skip


def examine(page: Page, path: str) -> list[str]:
    page.goto(path)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*violations(page), *([f"{path} is {wide} px too wide"] if wide > 0 else [])]


def test_every_page_of_a_sign_in_is_accessible_on_a_phone_with_and_without_script(
    open_page: Open, demonstration: Demonstration
) -> None:
    page = open_page(width=320)
    assert [wrong for path in OPEN_PAGES for wrong in examine(page, path)] == []
    sign_up(page, demonstration, "pages@exemple.fr", "/dgefp/portail")
    assert [wrong for path in OWN_PAGES for wrong in examine(page, path)] == []
    page.get_by_role("button", name="Créer huit codes").click()
    expect(page.get_by_role("list").locator("code")).to_have_count(8)
    assert violations(page) == []


def test_a_new_password_is_told_how_strong_it_is_and_can_be_pasted_and_shown(
    open_page: Open, demonstration: Demonstration
) -> None:
    page = open_page()
    sign_up(page, demonstration, "force@exemple.fr", "/dgefp/portail")
    page.goto("/dgefp/mon-compte/mot-de-passe")
    field, told = page.get_by_label("Nouveau mot de passe"), page.locator("#force")
    assert told.get_attribute("role") == "status"
    for typed, said in (
        ("court", "Encore 7 caractères au moins."),
        ("onze signes", "Encore un caractère au moins."),
        ("rien que des mots", "Il manque\N{NO-BREAK SPACE}: une majuscule, un chiffre."),
        ("Un pont, 7 oies", "Assez long, assez varié."),
        ("Un pont de bois, 7 oies grises", "Long et varié."),
    ):
        field.fill(typed)
        expect(told).to_contain_text(said)
    assert violations(page) == []
    field.fill("")
    expect(told).to_be_hidden()
    field.evaluate(
        """(field) => {
            const held = new DataTransfer();
            held.setData("text", "x");
            const event = new ClipboardEvent("paste", {clipboardData: held, bubbles: true, cancelable: true});
            if (!field.dispatchEvent(event)) throw new Error("paste refused");
        }"""
    )
    assert field.get_attribute("autocomplete") == "new-password"
    keys = Keyboard(page)
    keys.reach("Nouveau mot de passe")
    keys.reach("Afficher la saisie")
    page.keyboard.press("Enter")
    expect(page.locator("#password")).to_have_attribute("type", "text")
    page.keyboard.press("Enter")
    expect(page.locator("#password")).to_have_attribute("type", "password")
    expect(page.locator("#current")).to_have_attribute("type", "password")


def test_a_theft_is_reported_and_the_password_changed_without_script(
    open_page: Open, demonstration: Demonstration
) -> None:
    page = open_page(width=320, scripts=False)
    sign_up(page, demonstration, "vol@exemple.fr", "/ville-exemple/demonstration")
    page.get_by_role("checkbox", name="J’accepte").check()
    page.get_by_role("button", name="Accepter ces conditions").click()
    page.get_by_role("link", name="Mon compte").click()
    page.get_by_role("link", name="Signaler et changer de mot de passe").click()
    expect(page.get_by_role("checkbox", name="Le signaler en même temps")).to_be_checked()
    assert page.locator("#force").is_hidden()
    assert page.get_by_role("button", name="Afficher").count() == 0
    page.get_by_label("Mot de passe actuel").fill(PASSWORD)
    page.get_by_label("Nouveau mot de passe").fill("Trois ponts gris, 9 barques !")
    page.get_by_role("button", name="Changer le mot de passe").click()
    expect(page).to_have_url(re.compile("/mon-compte"))
    expect(page.locator("main")).to_contain_text("Signalé le")
    assert "securite@exemple.invalid" in demonstration.mail_to("vol@exemple.fr", "Votre signalement")
