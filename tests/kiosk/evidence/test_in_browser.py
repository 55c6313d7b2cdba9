"""the evidence room in a real browser: with the keyboard alone, on a small screen, without JavaScript."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine
from werkzeug.serving import make_server

from kiosk import worker
from kiosk.db import writing
from kiosk.evidence import searches
from kiosk.proof import bundle
from kiosk.proof.verify import Verdict
from kiosk.verifier.bundle import judge_bundle
from tests import demonstration
from tests.authority import Issued
from tests.demonstration import violations
from tests.e2e.keyboard import Keyboard
from tests.kiosk.evidence.case import SECRET, Ask, Case
from tests.kiosk.web import EMAIL, Making

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

DESK = "/dgefp/preuves"
TEAM = "/dgefp/equipe"


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with demonstration.chromium() as browser:
        yield browser


@pytest.fixture
def desk(light: Engine, make_site: Making, root: Issued, stamper: Issued) -> Iterator[tuple[Case, str]]:
    """A demonstration with an evidence room, served on loopback; somebody decided, and it is sealed."""
    site = make_site(light, evidence_desk=True)
    case = Case(site, Ask(site.clock, stamper), root)
    case.decide()
    worker.seal(case.context)
    site.clock.move(minutes=1)
    for login, function in (("c.martin", "Juriste"), ("a.durand", "Directrice juridique")):
        case.officer(login, function)
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield case, f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def sign_in(page: Page, case: Case, login: str) -> Keyboard:
    page.goto(DESK)
    keys = Keyboard(page)
    keys.fill("Identifiant", login)
    keys.fill("Secret", SECRET)
    keys.follow("Continuer")
    assert violations(page) == []
    keys.fill("Code", case.code(login))
    keys.follow("Ouvrir la séance")
    return keys


def test_a_file_is_released_by_two_people_with_the_keyboard_alone(
    chromium: Browser, desk: tuple[Case, str], tmp_path: Path
) -> None:
    case, url = desk
    first, second = (
        chromium.new_context(base_url=url, locale="fr-FR", accept_downloads=True).new_page() for _ in range(2)
    )
    first.goto(DESK)
    assert violations(first) == []
    keys = sign_in(first, case, "c.martin")
    assert violations(first) == []
    keys.follow("Demander un dossier")
    keys.follow("Demander ce dossier")
    expect(first.get_by_role("alert")).to_contain_text("Indiquez qui demande ce dossier")
    assert violations(first) == []
    first.goto(f"{DESK}/dossiers/demander")
    keys.fill("Personne", EMAIL)
    keys.fill("Qui demande ce dossier", "Tribunal judiciaire de Paris")
    keys.fill("Motif", "Contestation.")
    keys.follow("Demander ce dossier")
    expect(first.get_by_role("definition").first).to_contain_text("À approuver")
    assert violations(first) == []
    other = sign_in(second, case, "a.durand")
    second.get_by_role("link", name="Demande du").press("Enter")
    other.reach("J’ai comparé la personne avec la demande")
    second.keyboard.press("Space")
    other.follow("Approuver cette demande")
    expect(second.get_by_role("definition").first).to_contain_text("Approuvée")
    assert violations(second) == []
    other.reach("Télécharger le dossier")
    with second.expect_download() as handed:
        second.keyboard.press("Enter")
    file = tmp_path / "dossier.zip"
    handed.value.save_as(file)
    assert handed.value.suggested_filename.endswith(".zip")
    judged = judge_bundle(file.read_bytes(), case.trust)
    assert judged.verdict is Verdict.SPECIMEN, "a demonstration's, and says so"
    assert b"LISEZ-MOI.pdf" in bundle.unpack(file.read_bytes())[bundle.LISTING]


def test_it_works_on_a_small_screen_without_javascript(chromium: Browser, desk: tuple[Case, str]) -> None:
    case, url = desk
    request_id = case.asked(case.acting("c.martin"))
    with writing(case.site.engine) as session:
        searches.search(
            session, case.acting("c.martin"), list(case.offered), EMAIL, at=case.at,
            randomness=case.randomness,
        )  # fmt: skip
    page = chromium.new_context(
        base_url=url, viewport={"width": 320, "height": 700}, java_script_enabled=False
    ).new_page()
    page.goto(f"{TEAM}/connexion")
    page.get_by_label("Identifiant").fill("a.durand")
    page.get_by_label("Secret").fill(SECRET)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("textbox", name="Code").fill(case.code("a.durand"))
    page.get_by_role("button", name="Ouvrir la séance").click()
    for path in (
        DESK, f"{DESK}/dossiers/demander", f"{DESK}/dossiers/{request_id}", f"{TEAM}/connexion",
        f"{TEAM}/journal", f"{TEAM}/secret", f"{TEAM}/collegues", f"{TEAM}/second-facteur",
        f"{TEAM}/second-facteur/application", f"{TEAM}/preuve",
    ):  # fmt: skip
        page.goto(path)
        wide = page.locator("html").evaluate("html => html.scrollWidth - html.clientWidth")
        assert wide <= 0, f"{path} is {wide} px too wide"
    page.goto(f"{DESK}/dossiers/{request_id}")
    page.get_by_label("J’ai comparé la personne avec la demande").check()
    page.get_by_role("button", name="Approuver cette demande").click()
    expect(page.get_by_role("button", name="Télécharger le dossier")).to_be_visible()


def test_a_secret_is_changed_and_the_journal_says_so_with_the_keyboard_alone(
    chromium: Browser, desk: tuple[Case, str]
) -> None:
    case, url = desk
    new = "Une huître, 3 perles grises !"
    page = chromium.new_context(base_url=url, locale="fr-FR").new_page()
    keys = sign_in(page, case, "c.martin")
    keys.follow("Changer mon secret")
    assert violations(page) == []
    keys.follow("Changer le secret")
    expect(page.get_by_role("alert")).to_contain_text("Indiquez votre secret actuel")
    assert violations(page) == []
    page.goto(f"{TEAM}/secret")
    keys.fill("Secret actuel", SECRET)
    keys.fill("Nouveau secret", new)
    keys.fill("une seconde fois", new)
    keys.follow("Changer le secret")
    expect(page.get_by_role("status")).to_contain_text("Secret changé")
    assert violations(page) == []
    keys.fill("Identifiant", "c.martin")
    keys.fill("Secret", new)
    keys.follow("Continuer")
    keys.fill("Code", case.code("c.martin"))
    keys.follow("Ouvrir la séance")
    keys.follow("Journal")
    expect(page.get_by_role("cell", name="Secret changé")).to_be_visible()
    assert violations(page) == []
