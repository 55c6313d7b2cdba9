"""Decide before the date, leave before or after it: what stays open, what closes, what is taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from kiosk.acceptance.models import Subject
from kiosk.acceptance.services import applicable_version
from kiosk.db import reading
from kiosk.ledger.models import Disclosure
from tests.kiosk.acceptance.test_journeys import decisions, members
from tests.kiosk.acceptance.test_news import publish
from tests.kiosk.web import EMAIL, Browser, Site

SPACE = "/ville-exemple/demonstration/"
DECIDE = "/ville-exemple/demonstration/cgu/decider"
EARLY = f"{DECIDE}?version=essai"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def binding(site: Site) -> str | None:
    """The version that binds the only person of the site, now."""
    with reading(site.engine) as session:
        account_id = session.scalars(select(Subject.account_id)).one()
        held = applicable_version(session, account_id, "demonstration", "cgu", site.clock())
        return held.slug if held else None


@pytest.mark.requirement("O-57", "S-18")
def test_a_version_is_accepted_before_its_date_and_binds_from_it(site: Site, browser: Browser) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    publish(site, "demonstration/cgu/v6", effective_on=date(2026, 12, 1), required_on=None)
    assert EARLY in browser.get("/ville-exemple/mes-acceptations").html
    browser.get(EARLY)
    assert "Cette version prend effet le 1er décembre 2026." in browser.words
    assert "Une phrase de plus." in browser.words
    browser.accept()
    assert browser.status == 200
    assert members(site, decisions(site)[-1])["document"]["version"] == "essai"
    assert binding(site) == "v6"
    assert browser.get(SPACE).path == SPACE
    assert "Nouvelle version" not in browser.get("/ville-exemple/mes-acceptations").words
    assert "Acceptée d’avance" in browser.get(EARLY).words
    assert browser.send(choice="renoncer").status == 409
    site.clock.at = datetime(2026, 11, 30, 23, 0, 0, tzinfo=UTC)
    assert browser.sign_in("ville-exemple").path == SPACE, "nothing is asked again"
    assert binding(site) == "essai"


def test_an_early_acceptance_is_taken_back_before_the_date(site: Site, browser: Browser) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    publish(site, "demonstration/cgu/v6", effective_on=date(2026, 12, 1), required_on=None)
    browser.get(EARLY).accept().get(EARLY).send(choice="refuser")
    assert [one.kind for one in decisions(site)] == ["accepted", "accepted", "refused"]
    assert browser.get(SPACE).path == SPACE
    site.clock.at = datetime(2026, 11, 30, 23, 0, 0, tzinfo=UTC)
    assert browser.sign_in("ville-exemple").path == DECIDE
    browser.accept()
    assert binding(site) == "essai"


@pytest.mark.parametrize("slug", ["v1", "nulle-part", "../../x", "v7"])
def test_no_other_version_is_decided_by_its_name(site: Site, browser: Browser, slug: str) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant")
    assert browser.get(f"{DECIDE}?version={slug}").status == 200
    browser.accept()
    assert members(site, decisions(site)[-1])["document"]["version"] == "v6"


@pytest.mark.requirement("P-12")
def test_a_refusal_in_the_grace_period_keeps_what_postponing_keeps(site: Site, browser: Browser) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    publish(site, "demonstration/cgu/v6", effective_on=None, required_on=date(2026, 12, 1))
    assert "jusqu’au 1er décembre 2026 ; ensuite, Carnet d’adresses se ferme" in browser.get(DECIDE).words
    browser.send(choice="refuser")
    assert (
        "Vous continuez sous la version que vous avez acceptée, jusqu’au 1er décembre 2026" in browser.words
    )
    assert "reste fermé" not in browser.words
    assert (browser.get(SPACE).path, binding(site)) == (SPACE, "v6")
    site.clock.at = datetime(2026, 11, 30, 23, 0, 0, tzinfo=UTC)
    assert browser.sign_in("ville-exemple").path == DECIDE
    assert "reste fermé" in browser.get(f"/ville-exemple/mes-acceptations/{decisions(site)[-1].id}").words
    assert browser.get(DECIDE).accept().get(SPACE).path == SPACE


@pytest.mark.requirement("S-54", "S-16")
def test_a_person_ends_the_agreement_for_a_breach_by_the_clause_of_the_text(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "soffi", profile="opco").accept().get("/dgefp/soffi/").accept()
    decide = "/dgefp/soffi/cgu/decider"
    assert browser.get(decide).send(choice="resilier").status == 422
    assert 'href="#words"' in browser.html
    browser.send(choice="renoncer")
    assert members(site, decisions(site)[-1])["wording"]["statements"] == [], "what was not declared"
    browser.get(decide).accept().get(decide)
    reproach = "Le service est fermé depuis un mois."
    browser.send(choice="resilier", words=reproach)
    assert "Vous avez résilié pour manquement" in browser.words
    ended = decisions(site)[-1]
    said = members(site, ended)
    assert said["decision"] == ended.kind == "terminated"
    assert "paragraphe 77" in said["wording"]["statements"][0]
    assert reproach not in str(said)
    with reading(site.engine) as session:
        assert session.get_one(Disclosure, (ended.statement_hash, "words")).value == reproach
    told = site.mails("misi.dgefp@emploi.gouv.fr")
    assert len(told) == 1, "the publisher is told once, at the address of mail that the text gives"
    assert told[0]["receipt"] == ended.statement_hash
    for said_there in (EMAIL, reproach, "paragraphe 77"):
        assert said_there in told[0]["body"]
    assert told[0]["notification"]["purpose"] == "termination"
    assert "à misi.dgefp@emploi.gouv.fr" in browser.words
    assert browser.get("/dgefp/soffi/").path == decide
    assert browser.get("/dgefp/portail/").path == "/dgefp/portail/"
    assert browser.get(decide).accept().get("/dgefp/soffi/").path == "/dgefp/soffi/"
    browser.get("/dgefp/portail/cgu/decider")
    assert "Résilier" not in browser.words
    assert browser.send(choice="resilier", words=reproach).status == 409
