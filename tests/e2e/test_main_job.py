"""The main job, walked through as people do: keyboard only, without JavaScript, and across a publication."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.demonstration import PASSWORD, Demonstration, sign_up, violations
from tests.e2e.keyboard import Keyboard

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

Open = Callable[..., Page]


@pytest.mark.requirement("P-07", "P-18", "P-45", "S-05", "S-10", "S-11", "O-56", "S-58")
def test_from_the_home_page_to_the_receipt_with_the_keyboard_alone(
    open_page: Open, demonstration: Demonstration, tmp_path: Path
) -> None:
    page = open_page()
    keys = Keyboard(page)
    wrong: list[str] = []

    def look() -> None:
        wrong.extend(violations(page))

    page.goto("/archive/index.html")
    look()
    keys.follow("Se connecter pour décider")
    look()
    keys.follow("Créer un compte : SOFFi")
    look()
    address = "clavier@exemple.fr"
    keys.fill("Adresse électronique", address)
    keys.follow("Recevoir le message de vérification")
    look()
    keys.fill("Code reçu", demonstration.code_for(address))
    keys.follow("Vérifier")
    look()
    keys.fill("Mot de passe", PASSWORD)
    keys.follow("Continuer")
    look()
    keys.fill("Nom", "Martin")
    keys.fill("Prénom", "Camille")
    keys.fill("Numéro SIREN", "732 829 320")
    keys.follow("Continuer")
    look()
    keys.follow("C’est mon entreprise")
    look()
    keys.tick("Opérateur de compétences (OPCO)")
    keys.follow("Continuer")

    for terms in ("portail", "soffi"):
        expect(page).to_have_url(re.compile(rf"/dgefp/{terms}/cgu/decider$"))
        look()
        box = page.get_by_role("checkbox")
        expect(box).not_to_be_checked()
        keys.skip_to("Aller à la décision")
        keys.tick("J’accepte sans réserve")
        keys.follow("Accepter ces conditions")
        expect(page).to_have_url(re.compile(r"/dgefp/mes-acceptations/[0-9a-f]{32}(#decision)?$"))
        look()
        if terms == "portail":
            page.goto("/dgefp/soffi/")

    keys.reach("Télécharger le justificatif (JSON)")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    receipt = tmp_path / "justificatif.receipt.json"
    download.value.save_as(receipt)
    assert json.loads(receipt.read_text())["format"] == "cgu-receipt/2"

    checked = demonstration.command("cgu-verify", str(receipt), "--lang", "fr")
    assert checked.returncode == 1
    assert "Spécimen sans valeur" in checked.stdout
    assert "N’établit pas" in checked.stdout

    state = page.get_by_role("status")
    for _ in range(40):
        if "scellé le" in state.inner_text():
            break
        page.wait_for_timeout(250)
        keys.follow("Actualiser")
    expect(state).to_contain_text("heure du serveur, non attestée par un tiers")
    look()
    keys.reach("Partager sans mes coordonnées")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    shared = tmp_path / "partage.receipt.json"
    download.value.save_as(shared)
    assert address not in shared.read_text()
    assert json.loads(shared.read_text())["proof"]

    page.goto("/dgefp/soffi/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre espace SOFFi")
    look()
    keys.follow("Mes acceptations")
    expect(page.get_by_role("row")).to_have_count(3)
    look()
    keys.follow("Mon compte")
    look()
    assert wrong == []


def accept(page: Page) -> None:
    page.get_by_role("checkbox", name="J’accepte").check()
    page.get_by_role("button", name="Accepter ces conditions").click()
    expect(page).to_have_url(re.compile("/mes-acceptations/"))


@pytest.mark.requirement("S-05", "M-06")
def test_everything_works_without_javascript_on_a_phone(
    open_page: Open, demonstration: Demonstration
) -> None:
    page = open_page(width=320, scripts=False)
    page.goto("/archive/index.html")
    page.get_by_role("link", name=re.compile("SOFFi")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("SOFFi")
    sign_up(page, demonstration, "sans.script@exemple.fr", "/dgefp/tableau-de-bord")
    accept(page)
    page.get_by_role("link", name=re.compile("Continuer vers")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Votre espace")
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto("/dgefp/tableau-de-bord/")
    expect(page).to_have_url(re.compile("/dgefp/connexion"))


@pytest.mark.requirement("P-08", "P-10", "S-10", "S-14", "T-05")
def test_a_version_published_meanwhile_is_asked_on_the_next_request(
    open_page: Open, demonstration: Demonstration
) -> None:
    page = open_page()
    sign_up(page, demonstration, "en.cours@exemple.fr", "/ville-exemple/demonstration")
    accept(page)
    page.goto("/ville-exemple/demonstration/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Votre espace")
    page.get_by_label("Note").fill("Une note longue à écrire, qu’il ne faut pas perdre.")

    published = demonstration.command("kiosk", "publish", "demonstration/cgu/v7", "--yes")
    assert published.returncode == 0, published.stderr

    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("alert")).to_contain_text("Votre saisie n’a pas été envoyée.")
    expect(page.get_by_label("note")).to_have_value("Une note longue à écrire, qu’il ne faut pas perdre.")
    assert violations(page) == []

    page.goto("/ville-exemple/demonstration/")
    expect(page).to_have_url(re.compile("/ville-exemple/demonstration/cgu/decider$"))
    changes = page.get_by_role("region", name="Ce qui change pour vous")
    expect(changes.locator("ins").filter(has_text="trois").first).to_be_visible()
    expect(changes.locator("del").filter(has_text="deux").first).to_be_visible()
    assert violations(page) == []
    accept(page)
    page.goto("/ville-exemple/demonstration/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Votre espace")

    built = page.request.get("/archive/demonstration/cgu/v7/index.html")
    for _ in range(120):
        if built.status == 200:
            break
        page.wait_for_timeout(500)
        built = page.request.get("/archive/demonstration/cgu/v7/index.html")
    assert built.status == 200, "the archive was not rebuilt after the publication"


@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_scrolls_sideways(open_page: Open, width: int) -> None:
    page = open_page(width=width)
    for path in (
        "/", "/dgefp/soffi/inscription", "/dgefp/connexion", "/dgefp/soffi/cgu", "/verifier",
        "/archive/index.html", "/archive/soffi/index.html", "/archive/soffi/cgu/sans-date-1/index.html",
        "/archive/demonstration/cgu/v4/depuis/v3.html",
    ):  # fmt: skip
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} is {wide} px too wide at {width} px"
