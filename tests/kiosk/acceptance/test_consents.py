"""Accepting terms is one thing, consenting to a processing of data another: no screen asks both."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kiosk.acceptance.models import Decision
from kiosk.db import reading
from kiosk.ledger.models import Disclosure
from tests.kiosk.web import Browser, Site, link_of

PROFILES = {
    "portail": None, "soffi": "opco", "tableau-de-bord": "cfa-of", "ocapiat": "cfa",
    "monjob62": "recruteur", "demonstration": "habitant",
}  # fmt: skip
TICKED = {"box", "capacity", "assisted"}
"""What may be ticked on a screen of decision: the box, and two declarations of who decides."""
CONSENTS = (
    "consen", "biométr", "faciale", "visage", "photo", "selfie", "pièce d’identité", "prospect", "lettre d",
    "newsletter", "notifications push", "partenaires",
)  # fmt: skip
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def screens(site: Site) -> list[tuple[str, Browser]]:
    """Every screen on which somebody decides, with who is before it."""
    found = []
    for slug, profile in PROFILES.items():
        service = site.app.extensions["kiosk"].services[slug]
        browser = site.browser().sign_up(
            service.publisher.slug, slug, f"{slug}@example.org", **({"profile": profile} if profile else {})
        )
        if slug == "soffi":
            browser.accept().get("/dgefp/soffi/")
        assert browser.path.endswith(f"/{slug}/cgu/decider")
        found.append((slug, browser))
        if service.acceptance.without_account:
            found.append((slug, site.browser().get(f"/{service.publisher.slug}/{slug}/cgu/sans-compte")))
        if service.acceptance.representative:
            asking = site.browser().sign_up(
                service.publisher.slug, slug, "autre@example.org", **({"profile": profile} if profile else {})
            )
            asking.accept(assisted="1", representative_email="parent@example.org")
            address = link_of(site.mails("parent@example.org")[-1]).removeprefix("http://localhost")
            found.append((slug, site.browser().get(address)))
    return found


@pytest.mark.requirement("O-24", "M-18")
def test_no_screen_of_a_decision_asks_a_consent_with_the_box_nor_anything_of_a_face(site: Site) -> None:
    shown = screens(site)
    assert len(shown) == len(PROFILES) + 2
    for slug, browser in shown:
        form = browser.form()
        assert {name for name, kind in form.types.items() if kind == "checkbox"} <= TICKED, slug
        assert form.checked == [], slug
        assert not {"file", "image"} & set(form.types.values()), slug
        asked = browser.html[browser.html.index('id="decision"') :].casefold()
        for word in CONSENTS:
            assert word not in asked, (slug, word)


@pytest.mark.requirement("O-24")
def test_every_decision_says_of_a_person_only_who_and_in_whose_name(site: Site) -> None:
    for slug, browser in screens(site):
        browser.accept(
            solution="DPC Express", organisation_name="CFA des Prés", siren="732829320", capacity="1"
        )
        assert browser.status == 200, slug
    with reading(site.engine) as session:
        assert len(session.scalars(select(Decision.id)).all()) >= len(PROFILES)
        assert set(session.scalars(select(Disclosure.field))) == {
            "account", "email", "organisation_name", "siren", "capacity_declaration",
        }  # fmt: skip
