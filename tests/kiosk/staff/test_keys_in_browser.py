"""Security keys for real: Chromium and its virtual authenticator add one and prove with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, select, update
from werkzeug.serving import make_server

from kiosk.db import reading, writing
from kiosk.staff.keys import Party
from kiosk.staff.models import OfficerKey
from tests import demonstration
from tests.demonstration import violations
from tests.kiosk.staff.conftest import SECRET, TEAM, Team
from tests.kiosk.web import Making

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

DESK = "/dgefp/preuves"


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with demonstration.chromium() as browser:
        yield browser


@pytest.fixture
def served(light: Engine, make_site: Making) -> Iterator[tuple[Team, str]]:
    """Officers of a kiosk served at localhost, which browsers hold safe."""
    holder: list[Team] = []
    server = make_server("localhost", 0, lambda *given: holder[0].site.app(*given), threaded=True)
    url = f"http://localhost:{server.port}"
    holder.append(Team(make_site(light, evidence_desk=True, public_url=url)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield holder[0], url
    server.shutdown()
    thread.join()
    server.server_close()


def come(page: Page) -> None:
    page.goto(DESK)
    page.get_by_label("Identifiant").fill("c.martin")
    page.get_by_label("Secret").fill(SECRET)
    page.get_by_role("button", name="Continuer").click()


def test_a_key_is_added_proves_at_each_sign_in_and_a_copy_of_it_does_not(
    chromium: Browser, served: tuple[Team, str]
) -> None:
    team, url = served
    team.add("c.martin")
    page = chromium.new_context(base_url=url, locale="fr-FR").new_page()
    authenticator = page.context.new_cdp_session(page)
    authenticator.send("WebAuthn.enable")
    authenticator.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}},
    )
    come(page)
    assert violations(page) == []
    page.get_by_label("Nom de la clé").fill("Clé du trousseau")
    page.get_by_role("button", name="Ajouter une clé").click()
    expect(page.get_by_role("status")).to_contain_text("Voici huit codes.")
    page.get_by_role("link", name="continuer").click()
    expect(page).to_have_url(f"{url}{DESK}")
    page.goto(f"{TEAM}/second-facteur")
    expect(page.get_by_text("Clé de sécurité : Clé du trousseau")).to_be_visible()
    page.get_by_role("button", name="Ajouter une clé").click()
    expect(page.get_by_text("La clé n’a pas répondu, ou elle est déjà inscrite.")).to_be_visible()
    page.get_by_role("button", name="Fermer la séance").click()
    come(page)
    assert violations(page) == []
    page.get_by_role("button", name="Employer ma clé").click()
    expect(page).to_have_url(f"{url}{DESK}")
    with reading(team.site.engine) as session:
        assert session.scalars(select(OfficerKey.sign_count)).one() > 0
    page.get_by_role("button", name="Fermer la séance").click()
    with writing(team.site.engine) as session:  # as if another with the same key had signed since
        session.execute(update(OfficerKey).values(sign_count=1_000))
    come(page)
    page.get_by_role("button", name="Employer ma clé").click()
    expect(page.get_by_role("alert").first).to_contain_text("inexact, ou a déjà servi")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://cgu.example.fr", "cgu.example.fr"), ("http://localhost:8000", "localhost"),
        ("http://127.0.0.1:8000", None), ("https://192.0.2.1", None), ("http://cgu.example.fr", None),
    ],
)  # fmt: skip
def test_keys_are_offered_where_browsers_let_them_be_used(url: str, host: str | None) -> None:
    party = Party.of(url)
    assert (party and party.id) == host
    assert party is None or party.origin == url
