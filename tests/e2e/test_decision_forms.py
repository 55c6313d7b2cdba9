"""Decisions that are not one person's on one text, in a real browser: no account, or a representative."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.demonstration import Demonstration, sign_up, violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

Open = Callable[..., Page]


def examine(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*violations(page), *([f"{page.url} is {wide} px too wide"] if wide > 0 else [])]


def test_the_pages_of_who_has_no_account_are_accessible_on_a_phone_without_script(
    open_page: Open, demonstration: Demonstration
) -> None:
    page = open_page(width=320)
    page.goto("/ocapiat/ocapiat/cgu/sans-compte")
    assert examine(page) == []
    page.get_by_role("button", name="Accepter ces conditions").click()
    assert examine(page) == []
    expect(page.get_by_role("alert")).to_contain_text("Choisissez le service que vous utilisez.")
    page.get_by_label("DPC Express").check()
    page.get_by_label("Raison sociale").fill("CFA des Prés")
    page.get_by_label("Numéro SIREN").fill("732829320")
    page.get_by_label("Je déclare être habilité").check()
    page.get_by_label("J’accepte les conditions générales").check()
    page.get_by_role("button", name="Accepter ces conditions").click()
    code = page.locator("#code").inner_text()
    assert examine(page) == []
    other = open_page(width=320, scripts=False)
    other.goto("/ocapiat/ocapiat/justificatif")
    other.get_by_label("Code").fill(code)
    other.get_by_role("button", name="Voir le justificatif").click()
    expect(other.get_by_text("Identité déclarée, non vérifiée.").first).to_be_visible()
    page.goto("/ocapiat/ocapiat/justificatif")
    assert examine(page) == []
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Voir le justificatif").click()
    assert examine(page) == []
    with page.expect_download() as given:
        page.get_by_role("button", name="Télécharger le justificatif").first.click()
    assert given.value.suggested_filename.endswith(".receipt.json")


def test_a_representative_reads_and_agrees_on_a_phone(open_page: Open, demonstration: Demonstration) -> None:
    page = open_page(width=320)
    sign_up(page, demonstration, "mineur@exemple.fr", "/pas-de-calais/monjob62")
    page.get_by_label("Je n’ai pas la pleine capacité juridique").check()
    page.get_by_label("J’adhère").check()
    page.get_by_role("button", name="Accepter ces conditions").click()
    assert examine(page) == []
    expect(page.locator("#representative_email")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Adresse électronique de votre représentant légal").fill("parent@exemple.fr")
    page.get_by_label("J’adhère").check()
    page.get_by_role("button", name="Accepter ces conditions").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("En attente de l’accord")
    assert examine(page) == []
    found = re.search(r"https?://\S+/accord/\S+", demonstration.mail_to("parent@exemple.fr", "Votre accord"))
    assert found
    parent = open_page(width=320)
    parent.goto(found[0])
    assert examine(parent) == []
    parent.get_by_label("En qualité de représentant légal").check()
    parent.get_by_role("button", name="Donner mon accord", exact=True).click()
    expect(parent.get_by_role("heading", level=1)).to_have_text("Votre accord est enregistré")
    assert examine(parent) == []
    page.goto("/pas-de-calais/monjob62/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("MonJob62")
