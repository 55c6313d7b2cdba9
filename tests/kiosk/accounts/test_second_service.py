"""One account opens every service of its publisher; each asks for the profile that its text wants."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from cgu_archive.corpus.model import Profile
from kiosk.accounts import steps
from kiosk.accounts.models import Account
from kiosk.db import reading
from tests.kiosk.web import Browser, Site
from tests.postgres import ON_SQLITE

pytestmark = ON_SQLITE

DASHBOARD = "/dgefp/tableau-de-bord"


def profiles(site: Site) -> tuple[str | None, dict[str, str] | None]:
    with reading(site.engine) as session:
        row = session.scalars(select(Account)).one()
        return row.profile, row.profiles


@pytest.mark.requirement("T-10")
def test_a_second_service_asks_its_profile_once_before_anything_is_decided(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    assert browser.get(f"{DASHBOARD}/").path == f"{DASHBOARD}/inscription/profil"
    assert "Vous avez ouvert votre compte pour Portail de service." in browser.words
    assert browser.send().status == 422
    assert browser.send(profile="recruteur").status == 422
    assert profiles(site) == ("professionnel", None)
    browser.send(profile="cfa-of")
    assert browser.path == f"{DASHBOARD}/cgu/decider"
    browser.accept()
    assert "/mes-acceptations/" in browser.path
    assert profiles(site) == ("professionnel", {"tableau-de-bord": "cfa-of"})
    assert browser.get(f"{DASHBOARD}/inscription/profil").path == f"{DASHBOARD}/"  # asked once


@pytest.mark.requirement("T-10")
def test_nobody_decides_at_a_second_service_without_a_profile_there(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    browser.get(f"{DASHBOARD}/").send(profile="cfa-of")
    form = browser.form().values | {"box": "1", "choice": "accepter"}
    with site.engine.begin() as connection:
        connection.execute(Account.__table__.update().values(profiles=None))
    assert browser.client.post(f"{DASHBOARD}/cgu/decider", data=form).status_code == 409


def test_a_profile_chosen_elsewhere_stands_among_what_a_person_takes_away(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "portail").accept().get(f"{DASHBOARD}/").send(profile="operateur-public")
    assert profiles(site)[1] == {"tableau-de-bord": "operateur-public"}
    browser.get("/dgefp/mon-compte")
    assert "Opérateur public" in browser.words


@pytest.mark.requirement("S-32")
@pytest.mark.parametrize(
    ("domains", "email", "may"),
    [
        ((), "a@example.org", True),
        (("emploi.gouv.fr", "interieur.gouv.fr"), "a@emploi.gouv.fr", True),
        (("emploi.gouv.fr", "interieur.gouv.fr"), "a@Interieur.Gouv.FR", True),
        (("emploi.gouv.fr",), "a@dr.emploi.gouv.fr", True),
        (("emploi.gouv.fr",), "a@faux-emploi.gouv.fr", False),
        (("emploi.gouv.fr",), "a@emploi.gouv.fr.example.org", False),
        (("emploi.gouv.fr",), "emploi.gouv.fr@example.org", False),
    ],
)
def test_a_profile_may_be_for_the_addresses_of_some_domains(
    domains: tuple[str, ...], email: str, may: bool
) -> None:
    assert steps.may_choose(Profile("agent", "Agent", (), domains), email) is may


@pytest.mark.requirement("S-32")
def test_who_has_no_address_of_a_ministry_does_not_sign_up_as_its_agent(site: Site, browser: Browser) -> None:
    held = site.app.extensions["kiosk"].services
    soffi = held["soffi"]
    reserved = tuple(
        replace(one, email_domains=("emploi.gouv.fr",)) if one.slug.startswith("agent-") else one
        for one in soffi.profiles
    )
    held["soffi"] = replace(soffi, profiles=reserved)
    browser.prove("dgefp", "soffi").send(password="Un pré vert, 7 vaches !")
    browser.send(nom="Martin", prenom="Camille", siren="732829320").send(confirmation="oui")
    assert browser.path == "/dgefp/soffi/inscription/profil"
    assert browser.send(profile="agent-dgefp-mpfq").status == 422
    assert "réservé aux adresses professionnelles de ces domaines : emploi.gouv.fr" in browser.words
    assert browser.send(profile="opco").path == "/dgefp/portail/cgu/decider"
