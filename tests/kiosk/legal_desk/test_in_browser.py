"""From a lawyer's Word file to a version that somebody accepts, in a real browser, without a terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pyotp import HOTP
from werkzeug.serving import make_server

from cgu_archive.corpus.model import Mode
from cgu_archive.word import version_docx
from kiosk import worker
from kiosk.staff import totp
from kiosk.staff.roles import Role
from kiosk.worker import WorkerContext
from tests import demonstration
from tests.demonstration import violations
from tests.kiosk.legal_desk.team import APPLICATION, DESK, SECRET, Team
from tests.kiosk.legal_desk.tracked import revised

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

MOST_CLICKS = 15
EDITS = (
    (
        "Ces nouvelles conditions",
        "à la page d'accueil de l'application sécurisée",
        "par courriel et à la page d'accueil de l'application sécurisée",
    ),
    ("« L'Utilisateur » peut à tout moment", "à tout moment renoncer", "à tout moment, sans motif, renoncer"),
)
DELETED = "Il en est ainsi pour les règles de fond"
MOVED = (
    "« L'Utilisateur » est responsable de traitement",
    "Les présentes conditions générales ont pour objet",
)


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with demonstration.chromium() as browser:
        yield browser


@pytest.fixture
def served(light_team: Team) -> Iterator[tuple[Team, str]]:
    """A demonstration with a legal desk, served on loopback; somebody accepted SOFFi's text."""
    team = light_team
    person = team.site.browser().sign_up("dgefp", "soffi", profile="opco").accept()
    person.get("/dgefp/soffi/cgu/decider").accept()
    server = make_server("127.0.0.1", 0, team.site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield team, f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Lawyer:
    """Somebody at the desk, whose clicks are counted once they are signed in."""

    def __init__(self, chromium: Browser, team: Team, url: str, login: str) -> None:
        self.page: Page = chromium.new_context(base_url=url, locale="fr-FR").new_page()
        self.clicks = 0
        team.site.clock.move(seconds=totp.STEP_SECONDS)
        self.page.goto(DESK)
        self.page.get_by_label("Identifiant").fill(login)
        self.page.get_by_label("Secret").fill(SECRET)
        self.page.get_by_role("button", name="Continuer").click()
        code = HOTP(APPLICATION).at(int(team.site.clock().timestamp()) // totp.STEP_SECONDS)
        self.page.locator("input[name=code]").first.fill(code)
        self.page.get_by_role("button", name="Ouvrir la séance").click()

    def follow(self, name: str) -> None:
        """Follow a link."""
        self._click("link", name)

    def press(self, name: str) -> None:
        """Press a button."""
        self._click("button", name)

    def _click(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=name).first.click()
        self.clicks += 1
        self.page.wait_for_load_state("load")
        assert violations(self.page) == [], self.page.url


def soffi_in_word(team: Team) -> bytes:
    """SOFFi's text in Word, with two clauses edited, one deleted and one moved, in tracked changes."""
    service = team.service
    terms = service.document("cgu")
    (version,) = terms.published
    plain = version_docx(service, terms, version, mode=Mode.DEMONSTRATION, permalink="http://localhost")
    return revised(plain, EDITS, DELETED, MOVED)


def test_from_a_word_file_to_a_version_that_somebody_accepts(
    chromium: Browser, served: tuple[Team, str], tmp_path: Path
) -> None:
    team, url = served
    file = tmp_path / "CGU SOFFi projet.docx"
    file.write_bytes(soffi_in_word(team))
    team.officer("a.uteur", Role.AUTHOR)
    team.officer("r.electeur", Role.REVIEWER, Role.PUBLISHER, function="Directrice juridique")
    author = Lawyer(chromium, team, url, "a.uteur")
    page = author.page
    author.follow("Préparer une version")
    author.follow("recevoir un fichier")
    page.locator("#document").select_option(label=f"SOFFi : {team.service.document('cgu').title}")
    page.get_by_label("Numéro ou nom de la version").fill("v2")
    page.locator("#file").set_input_files(file)
    author.press("Recevoir ce fichier")
    author.press("Accepter les modifications")
    expect(page.get_by_role("status").first).to_contain_text("Aucun mot perdu, aucun mot ajouté")
    page.get_by_label("Motif").first.fill("Une délibération du 10 novembre 2026.")
    page.locator("#reason_kind").select_option(index=1)
    author.press("Créer le brouillon")
    expect(page.locator("main")).to_contain_text(
        "2 dispositions modifiées, 1 disposition supprimée, 1 disposition déplacée"
    )
    author.follow("Voir les vérifications")
    page.locator("#why-tous").fill("Déjà dans le texte en ligne ; une autre version le corrigera.")
    author.press("Les laisser tels quels")
    author.press("Corriger : Lettres qui en imitent")
    author.press("Soumettre à approbation")
    expect(page.locator("main")).to_contain_text("Soumise à approbation")
    reviewer = Lawyer(chromium, team, url, "r.electeur")
    page = reviewer.page
    reviewer.follow("soffi/cgu/v2")
    reviewer.press("Approuver ce texte")
    reviewer.follow("Publier")
    reviewer.press("Continuer")
    expect(page.locator("main")).to_contain_text("accepter de nouveau, ou refuser")
    reviewer.press("Oui, publier maintenant")
    worker.do_tasks(WorkerContext(team.site.settings, team.site.engine, team.site.clock))
    assert author.clicks + reviewer.clicks < MOST_CLICKS
    person = team.site.browser().sign_in("dgefp").get("/dgefp/soffi/cgu/decider")
    assert "par courriel et à la page d'accueil" in person.words
    assert "1 disposition supprimée, 1 disposition déplacée" in person.words
    assert person.accept().status == 200
