"""To ask for erasure and to delete one's account: with the keyboard alone, on a phone, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.demonstration import PASSWORD, Demonstration, sign_up, violations
from tests.e2e.keyboard import Keyboard
from tests.e2e.test_main_job import accept

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

Open = Callable[..., Page]


def too_wide(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.requirement("P-30", "O-41")
def test_asking_and_leaving_with_the_keyboard_alone(open_page: Open, demonstration: Demonstration) -> None:
    page = open_page(width=320)
    wrong: list[str] = []

    def look() -> None:
        wrong.extend(violations(page))
        assert too_wide(page) <= 0, page.url

    sign_up(page, demonstration, "partante@exemple.fr", "/dgefp/tableau-de-bord")
    accept(page)
    keys = Keyboard(page)
    page.goto("/dgefp/mon-compte")
    look()
    keys.follow("Demander l’effacement")
    look()
    keys.follow("Envoyer ma demande")
    look()
    expect(page.get_by_role("alert")).to_contain_text("Choisissez ce que vous demandez.")
    expect(page.get_by_role("group", name="Ce que vous demandez")).to_have_attribute(
        "aria-describedby", "wanted-erreur"
    )
    keys.reach("Effacer ce qui m’attribue")
    page.keyboard.press("Space")
    keys.fill("Pourquoi", "Je pars.")
    keys.follow("Envoyer ma demande")
    look()
    expect(page.get_by_role("status")).to_contain_text("Demande reçue. Réponse au plus tard le")
    assert "Référence" in demonstration.mail_to("partante@exemple.fr", "Votre demande d’effacement est reçue")

    page.goto("/dgefp/mon-compte")
    keys.follow("Supprimer mon compte")
    look()
    expect(page.get_by_text("Téléchargez d’abord vos justificatifs")).to_be_visible()
    keys.reach("télécharger")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".receipt.json")
    keys.fill("Mot de passe", "un autre")
    keys.follow("Supprimer mon compte")
    look()
    expect(page.get_by_role("alert")).to_contain_text("Cochez la case")
    keys.fill("Mot de passe", PASSWORD)
    keys.tick("Je supprime mon compte.")
    keys.follow("Supprimer mon compte")
    expect(page).to_have_url(re.compile("/dgefp/compte-supprime$"))
    look()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre compte est supprimé")
    assert "est supprimé" in demonstration.mail_to("partante@exemple.fr", "est supprimé")
    page.goto("/dgefp/mon-compte")
    expect(page).to_have_url(re.compile("/dgefp/connexion"))
    assert wrong == []


@pytest.mark.requirement("P-30", "P-31", "O-41")
def test_leaving_and_coming_back_without_javascript(open_page: Open, demonstration: Demonstration) -> None:
    page = open_page(width=320, scripts=False)
    address = "revenante@exemple.fr"
    for _ in range(2):
        sign_up(page, demonstration, address, "/dgefp/tableau-de-bord")
        page.goto("/dgefp/mon-compte")
        page.get_by_role("link", name="Demander l’effacement").click()
        page.get_by_role("radio", name="Tout effacer").check()
        page.get_by_role("button", name="Envoyer ma demande").click()
        expect(page.get_by_role("status")).to_contain_text("Demande reçue")
        page.goto("/dgefp/mon-compte")
        page.get_by_role("link", name="Supprimer mon compte").click()
        expect(page.get_by_text("rien qui vous identifie ne sera gardé")).to_be_visible()
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("checkbox", name="Je supprime mon compte").check()
        page.get_by_role("button", name="Supprimer mon compte").click()
        expect(page).to_have_url(re.compile("/compte-supprime$"))
        assert "rien qui vous identifie n’est gardé" in demonstration.mail_to(address, "est supprimé")
        for mail in (demonstration.data / "mails").glob("*.txt"):
            if address in mail.read_text("utf-8"):
                mail.unlink()  # the code of the second time is not that of the first
