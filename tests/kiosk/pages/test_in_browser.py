"""Every page in a real browser, whoever it is for: axe, small screens, large letters, keys, no script."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from tests.demonstration import chromium
from tests.kiosk.pages.examining import WIDE, faults, faults_of_errors, forms, shorten
from tests.kiosk.pages.town import Town
from tests.kiosk.web import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

PICTURES = os.environ.get("CGU_PICTURES")
"""Folder to put pictures of the pages in, when one wants to look at them."""

SHUT = "details:not([open]) *"
"""What a browser opens by itself, script or not."""
NOBODY = ""
PEOPLE = {
    NOBODY: (
        "site.landing", "site.accessibility", "site.legal_notice", "site.privacy", "site.sitemap",
        "site.verify", "texts.read", "texts.read_version", "comparing.compare", "accounts.sign_in",
        "accounts.sign_up", "accounts.by_post",
        "accounts.forgotten", "accounts.signed_out", "accounts.lost_mailbox", "accounts.recover_by_code",
        "accounts.recover_by_publisher", "accounts.recovery_submitted", "accounts.object_to_recovery",
        "accounts.verify_link", "accounts.verify_recovery_link", "accounts.verify_reset_link",
        "anonymous.decide", "anonymous.ask_code", "representatives.decide", "retention.deleted",
        "staff.sign_in", "legal_desk.read_through_link",
    ),
    "sign-up": ("accounts.verify",),
    "reset": ("accounts.verify_reset",),
    "new password": ("accounts.reset",),
    "expired": ("accounts.renew",),
    "proving recovery": ("accounts.verify_recovery",),
    "ending recovery": ("accounts.end_recovery",),
    "moving": ("accounts.verify_address", "accounts.verify_address_link"),
    "password": ("accounts.choose_password",),
    "profile": ("accounts.choose_profile",),
    "identity": ("accounts.identity",),
    "ancienne": ("acceptance.decide",),
    "actuelle": (
        "acceptance.space", "accounts.account", "accounts.change_address", "accounts.edit_details",
        "accounts.open_sessions", "accounts.password_change",
        "accounts.recovery_codes_page", "contesting.contest", "receipts.decisions", "receipts.receipt",
        "retention.ask", "retention.delete", "retention.erase", "retention.rights", "sanctions.listing",
        "sanctions.one", "space.export", "space.history",
    ),
    "partage": ("shared.warning", "shared.lock"),
    "unproved": ("staff.prove",),
    "no factor": ("staff.own_factors", "staff.application"),
    "several": ("staff.home",),
    "elsewhere": ("accounts.preferences",),
    "evidence": (
        "staff.change_secret", "staff.colleagues", "staff.journal", "evidence.requests",
        "evidence.ask", "evidence.one",
    ),
    "support": (
        "administration.overview", "administration.incident_register", "administration.closed_services",
        "administration.notices", "administration.letters",
    ),
    "sanctions": ("measures.listing", "measures.notice", "measures.one"),
    "author": (
        "legal_desk.listing", "legal_desk.prepare", "legal_desk.correct", "legal_desk.receive",
        "legal_desk.received_file", "legal_desk.one", "legal_desk.text", "legal_desk.sheet",
        "legal_desk.rules", "legal_desk.preview", "legal_desk.compare", "legal_desk.comments",
        "legal_desk.look_over", "legal_desk.receive_again", "legal_desk.abandon",
        "legal_desk.version_history", "legal_desk.watch_version", "legal_desk.visa",
        "legal_desk.reading_links", "legal_desk.link_registers", "legal_desk.one_link",
        "legal_desk.attached",
    ),
    "reviewer": ("legal_desk.approval", "legal_desk.withdraw"),
    "publisher": (
        "legal_desk.release", "legal_desk.cancel", "legal_desk.undelivered_form", "legal_desk.reminder_form",
        "legal_desk.announcement", "legal_desk.deciders_form",
    ),
}  # fmt: skip
"""Who opens each page; `NOBODY` is signed in nowhere."""
NO_PAGE = {
    "static", "site.archive", "site.font", "site.healthz", "site.ledger", "site.script", "site.security_txt",
    "site.style", "comparing.as_word", "texts.docx", "texts.pdf", "texts.source",
    "accounts.by_post_form",
    "texts.attachment", "legal_desk.attachment_file", "legal_desk.attachment_through_link",
    "contesting.receipt_json", "contesting.tlog_proof", "receipts.attestation", "receipts.comparison_json",
    "receipts.receipt_json", "receipts.tlog_proof", "sanctions.receipt_json",
    "legal_desk.source", "legal_desk.word_file", "legal_desk.compared_in_word",
    "legal_desk.project_pdf", "legal_desk.print_through_link",
    "legal_desk.version_history_json", "legal_desk.version_proof", "legal_desk.watch_picture",
    "legal_desk.watch_file",
}  # fmt: skip
"""What answers with a file."""
WRONG = {
    "accounts.sign_in", "accounts.sign_up", "accounts.forgotten", "accounts.recover_by_code",
    "accounts.recover_by_publisher", "anonymous.decide", "anonymous.ask_code", "representatives.decide",
    "staff.sign_in", "accounts.verify", "accounts.verify_reset", "accounts.reset", "accounts.renew",
    "accounts.verify_recovery", "accounts.verify_address", "accounts.choose_password",
    "accounts.choose_profile", "accounts.identity", "acceptance.decide", "accounts.change_address",
    "accounts.password_change", "retention.ask", "retention.delete", "retention.erase",
    "sanctions.one", "shared.lock", "staff.prove", "staff.application", "staff.change_secret",
    "evidence.ask", "administration.overview", "administration.closed_services", "administration.notices",
    "administration.letters",
    "measures.notice", "legal_desk.prepare", "legal_desk.correct", "legal_desk.receive",
    "legal_desk.receive_again", "legal_desk.comments", "legal_desk.abandon", "legal_desk.undelivered_form",
}  # fmt: skip
"""Pages whose first form says what is missing when it is sent empty; quiet buttons undo what was done."""
PAGES = [(endpoint, who) for who, endpoints in PEOPLE.items() for endpoint in endpoints]
AT = {
    "accounts.choose_profile": "/pas-de-calais/monjob62/inscription/profil",
    "accounts.identity": "/pas-de-calais/monjob62/inscription/identite",
    "accounts.preferences": "/pas-de-calais/mon-compte/preferences",
    "accounts.renew": "/ocapiat/mot-de-passe-expire",
}
"""Where somebody stands who is not at SOFFi."""

STATES = {
    "entreprise": ("company", "/dgefp/portail/inscription/identite"),
    "conditions d’une candidate": ("candidate", "/pas-de-calais/monjob62/cgu/decider"),
    "conditions d’une entreprise": ("company decides", "/ocapiat/ocapiat/cgu/decider"),
    "procédure vue par un autre rôle": ("author", "/dgefp/administration/mesures"),
    "rien à cette adresse": (NOBODY, "/nulle-part"),
}
"""Pages that share their address with another, or refuse."""


@dataclass
class Windows:
    """A browser, and the windows of everybody in it."""

    browser: Browser
    town: Town
    url: str
    titles: dict[str, str]
    opened: dict[bool, Page]

    def of(self, who: str, *, scripts: bool = True) -> Page:
        """Give somebody a window, with the cookies they hold and nothing of who had it before."""
        if scripts not in self.opened:
            context: BrowserContext = self.browser.new_context(
                base_url=self.url, locale="fr-FR", java_script_enabled=scripts, reduced_motion="reduce"
            )
            self.opened[scripts] = context.new_page()
        page = self.opened[scripts]
        held = [{"name": name, "value": value, "url": self.url} for name, value in self.town.cookies(who)]
        page.goto("about:blank")
        page.set_viewport_size({"width": WIDE, "height": 720})
        page.context.clear_cookies()
        page.context.add_cookies(held)
        return page

    def path(self, endpoint: str) -> str:
        return AT.get(endpoint) or self.town.path(endpoint)


@pytest.fixture(scope="module")
def windows(town: Town) -> Iterator[Windows]:
    server = make_server("127.0.0.1", 0, _always_whole(town.site.app), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with chromium() as browser:
            yield Windows(browser, town, f"http://127.0.0.1:{server.port}", {}, {})
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _always_whole(app: Callable[..., Any]) -> Callable[..., Any]:
    """Never answer that a file is what the browser has: Werkzeug leaves the file open then."""

    def answer(environ: dict[str, Any], start: Any) -> Any:
        for name in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"):
            environ.pop(name, None)
        return app(environ, start)

    return answer


def pictured(page: Page, name: str) -> None:
    if PICTURES:
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)


def test_every_page_is_opened_here(town: Town) -> None:
    asked = {rule.endpoint for rule in town.site.app.url_map.iter_rules() if "GET" in rule.methods}
    assert {endpoint for endpoint, _ in PAGES} | NO_PAGE == asked
    assert len(PAGES) == len({endpoint for endpoint, _ in PAGES})
    assert {endpoint for endpoint, _ in PAGES} >= WRONG


@pytest.mark.parametrize(("endpoint", "who"), PAGES, ids=[endpoint for endpoint, _ in PAGES])
def test_a_page_has_no_fault_and_one_sent_empty_says_what_is_wrong(
    windows: Windows, endpoint: str, who: str
) -> None:
    page, path = windows.of(who), windows.path(endpoint)
    answer = page.goto(path)
    assert answer is not None
    assert answer.ok
    assert page.url == windows.url + path, "it leads elsewhere"
    plain = forms(answer.text())
    assert forms(page.content()) == plain, "a script changes what is sent"
    asks, title = page.locator("main form[method=post]").count(), page.title()
    assert windows.titles.setdefault(title, endpoint) == endpoint, f"two pages are called « {title} »"
    pictured(page, endpoint)
    if endpoint != "texts.read":
        shorten(page)
    assert faults(page) == []
    if endpoint in WRONG:
        page.goto(path)
        button = "button:not([type=button], .quiet)"
        page.locator(f"main form[method=post] {button}").first.click()
        assert page.locator(".errors[role=alert]").count() == 1, page.url
        page.locator("#erreurs:focus").wait_for()  # what is wrong has the focus
        pictured(page, f"{endpoint}-erreur")
        shorten(page)
        assert faults_of_errors(page) == []
    if asks:
        bare = windows.of(who, scripts=False)
        bare.goto(path)
        assert bare.locator("main").is_visible()
        hidden = bare.locator(f"main form:not([hidden], {SHUT}) button:not([type=button])")
        assert all(hidden.nth(place).is_visible() for place in range(hidden.count()))


@pytest.mark.parametrize("state", STATES)
def test_a_page_in_another_state_has_no_fault(windows: Windows, state: str) -> None:
    who, path = STATES[state]
    page = windows.of(who)
    page.goto(path)
    assert page.url == windows.url + path
    pictured(page, state)
    shorten(page)
    assert faults(page) == []


@pytest.mark.requirement("T-10")
def test_the_pages_that_follow_a_form_have_no_fault_and_say_aloud_what_was_done(windows: Windows) -> None:
    """One person: a second service, its conditions, a dispute, their details, a right, their password."""
    own = windows.town.site.browser().sign_up("dgefp", "portail", "suite@example.org").accept()
    windows.town.people["suite"] = own
    page = windows.of("suite")

    def look(name: str, status: str | None = None) -> None:
        if status is not None:
            assert status in page.locator("[role=status]").first.inner_text(), page.url
        pictured(page, f"suite-{name}")
        shorten(page)
        assert faults(page) == [], page.url

    def press(button: str) -> None:
        page.locator("main").get_by_role("button", name=button).click()

    page.goto("/dgefp/soffi/")
    look("profil")
    press("Continuer")
    page.locator("#erreurs:focus").wait_for()
    assert faults_of_errors(page) == []
    page.get_by_role("radio").first.check()
    press("Continuer")
    page.get_by_role("checkbox", name="J’accepte").check()
    press("Accepter ces conditions")
    look("justificatif", "Enregistré")
    page.goto(f"{page.url.split('#')[0]}/contester")
    press("Contester cette décision")
    look("contestation", "Enregistré")
    page.goto("/dgefp/mon-compte/informations")
    press("Enregistrer")
    look("informations", "Vos informations sont enregistrées")
    page.goto("/dgefp/mon-compte/droits/demande")
    page.get_by_role("radio").first.check()
    page.locator("#words").fill("Mon prénom est Camille.")
    press("Envoyer ma demande")
    look("demande", "Demande reçue")
    page.goto("/dgefp/mon-compte/mot-de-passe")
    page.locator("#current").fill(PASSWORD)
    page.locator("#password").fill("Trois ponts gris, 9 barques !")
    press("Changer le mot de passe")
    look("mot-de-passe", "Mot de passe changé")
