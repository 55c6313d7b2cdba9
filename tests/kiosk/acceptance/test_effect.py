"""What an acceptance does: from its instant on, for the person who made it, until they say otherwise."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.acceptance.models import Decision
from kiosk.accounts.models import Account
from kiosk.db import Base, reading
from kiosk.ledger.models import Disclosure, StatementRow
from kiosk.proof.statement import instant, parse
from tests.kiosk.web import EMAIL, Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

SPACE = "/dgefp/tableau-de-bord/"
DECIDE = "/dgefp/tableau-de-bord/cgu/decider"
NEVER_ASKED = (
    "nir", "rib", "iban", "social", "identite", "identity_document", "photo", "biometr", "race",
    "face", "facial", "selfie", "image", "picture", "template",
)  # fmt: skip


class Loaded(HTMLParser):
    """The addresses that a page makes a browser fetch by itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        address = held.get("src") or (held.get("href") if tag == "link" else None)
        if address:
            self.found.append(address)


def only_decision(site: Site) -> tuple[Decision, dict[str, object]]:
    with reading(site.engine) as session:
        decision = session.scalars(select(Decision)).one()
        return decision, dict(parse(session.get_one(StatementRow, decision.statement_hash).body).members)


@pytest.mark.requirement("P-06", "S-01", "S-09", "T-02", "S-04")
def test_terms_bind_from_the_instant_they_are_accepted_and_not_before(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of")
    assert browser.path == DECIDE
    assert "J’accepte sans réserve" in browser.words
    for _ in range(2):
        site.clock.move(hours=1)
        assert browser.get(SPACE).path == DECIDE, "reading, however long, accepts nothing"
    assert site.count(Decision) == 0
    site.clock.move(minutes=7)
    browser.accept()
    decision, said = only_decision(site)
    assert decision.decided_at == site.clock.at
    assert (said["decision"], said["at"]) == ("accepted", instant(site.clock.at))
    assert browser.get(SPACE).path == SPACE


@pytest.mark.requirement("S-55")
def test_an_acceptance_does_not_lapse_with_time(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of").accept()
    site.clock.move(days=20 * 365)
    again = site.browser().sign_in("dgefp")
    assert again.get(SPACE).path == SPACE
    assert site.count(Decision) == 1


@ON_BOTH
@pytest.mark.requirement("T-14", "S-23", "S-25")
def test_a_decision_says_which_account_made_it_and_its_address_of_then(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of").accept()
    decision, said = only_decision(site)
    with reading(site.engine) as session:
        account = session.scalars(select(Account.id)).one()
        opened = session.execute(
            select(Disclosure.field, Disclosure.value).where(
                Disclosure.statement_hash == decision.statement_hash
            )
        )
        found = {row.field: row.value for row in opened}
    assert found == {"account": account, "email": EMAIL}
    commitments = said["commitments"]
    assert isinstance(commitments, dict)
    assert commitments.keys() == found.keys()


@pytest.mark.requirement("P-16", "S-51", "S-53")
def test_each_page_that_asks_something_of_a_person_links_to_what_is_done_with_it(
    site: Site, browser: Browser
) -> None:
    labels = {slug: one.privacy.label for slug, one in site.app.extensions["kiosk"].services.items()}
    assert labels["soffi"] == "Protection des données personnelles"
    for slug, label in labels.items():
        publisher = site.app.extensions["kiosk"].services[slug].publisher.slug
        assert label in browser.get(f"/{publisher}/{slug}/inscription").words
    for path in ("/dgefp/connexion", "/dgefp/mot-de-passe-oublie"):
        assert "Données personnelles" in browser.get(path).words
    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of")
    assert labels["tableau-de-bord"] in browser.words
    assert "Données personnelles" in browser.accept().get("/dgefp/mon-compte").words


@pytest.mark.requirement("P-58", "S-52")
def test_beside_free_text_people_are_asked_to_leave_out_what_the_law_protects_most(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "soffi", profile="opco").accept().get("/dgefp/soffi/").accept()
    decision = browser.path
    for path in (
        "/dgefp/soffi/cgu/decider", f"{decision}/contester", "/dgefp/mon-compte/droits/demande",
        "/dgefp/mon-compte/effacement", "/dgefp/mon-compte/mot-de-passe?motif=vol",
    ):  # fmt: skip
        page = browser.get(path)
        assert page.status == 200, path
        described = re.search(r'<textarea id="words"[^>]*aria-describedby="([^"]+)"', page.html)
        assert described, path
        help_id = described.group(1).split()[-1]
        said = re.search(rf'id="{help_id}">([^<]*)<', page.html)
        assert said, path
        assert "ni santé, ni opinions, ni condamnations" in said.group(1), path


@pytest.mark.requirement("O-37", "O-43")
def test_a_journey_leaves_the_cookies_it_says_and_loads_nothing_from_elsewhere(
    site: Site, browser: Browser
) -> None:
    pages = [browser.get("/").html, browser.get("/dgefp/tableau-de-bord/inscription").html]
    pages.append(browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of").html)
    pages.append(browser.accept().html)
    loaded = [address for page in pages for address in Loaded(page).found]
    assert loaded
    assert all(one.startswith(("/", "data:")) and not one.startswith("//") for one in loaded), loaded
    assert "que deux cookies : l’un pour la connexion et l’envoi des formulaires" in browser.words
    assert "Aucune mesure d’audience." in browser.words
    assert not site.browser().get("/dgefp/tableau-de-bord/cgu").client._cookies
    left = {cookie.key for cookie in site.browser().sign_in("dgefp").client._cookies.values()}
    assert left == {"kiosk", "kiosk-navigateur"}


@pytest.mark.requirement("O-28")
def test_nobody_is_asked_for_a_file_nor_told_that_one_is_kept(site: Site) -> None:
    """Officers alone send files, to the legal desk: texts."""
    folder = Path(site.app.root_path) / "templates"
    asking = [
        one for one in folder.rglob("*.html") if re.search(r"type=.file|enctype|capture", one.read_text())
    ]
    assert {one.parent.name for one in asking} == {"legal_desk"}
    privacy = site.browser().get("/donnees-personnelles").words
    assert "Ni pièce d’identité, ni image, ni donnée biométrique" in privacy


@pytest.mark.requirement("O-36", "O-28")
def test_no_table_has_a_place_for_what_is_never_asked() -> None:
    columns = [f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.c]
    assert columns
    assert [one for one in columns if any(word in one.split("_") for word in NEVER_ASKED)] == []
    assert [one for one in columns if any(f".{word}" in one for word in NEVER_ASKED)] == []


@pytest.mark.requirement("S-34")
def test_the_service_is_open_at_any_hour_of_any_day(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of").accept()
    for _ in range(24 * 7 // 5):
        site.clock.move(hours=5)
        page = site.browser().sign_in("dgefp").get(SPACE)
        assert (page.status, page.path) == (200, SPACE), site.clock.at
