"""What leaves a trace, as people go through the pages, and what is said to them of it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from kiosk.accounts.models import Account
from kiosk.db import reading
from kiosk.traces import afterwards, services
from kiosk.traces.models import Trace
from kiosk.traces.services import Event
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site

NEW = "Un pré bleu, 8 chevaux !"


def events(site: Site) -> list[str]:
    """What was traced, oldest first."""
    with reading(site.engine) as session:
        return list(session.scalars(select(Trace.event).order_by(Trace.id)))


def closed(browser: Browser) -> Browser:
    """Let the answer be sent to its end, as a server does."""
    browser.response.close()
    return browser


@pytest.mark.requirement("S-61", "S-41")
def test_what_a_person_does_leaves_its_trace(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    closed(browser)
    browser.accept()
    page = browser.path
    for name in (f"{page}.receipt.json", f"{page}.pdf"):
        closed(browser.get(name))
    browser.get("/dgefp/mon-compte/mot-de-passe").send(current="faux", password=NEW)
    closed(browser).send(current=PASSWORD, password=NEW)
    browser.send(at="/dgefp/deconnexion")
    closed(browser.sign_in("dgefp", password="faux")).sign_in("dgefp", password=NEW)
    assert events(site) == [
        "account-opened", "document-shown", "decision-made", "receipt-downloaded", "receipt-downloaded",
        "sign-in-failed", "password-changed", "signed-out", "sign-in-failed", "signed-in",
    ]  # fmt: skip
    with reading(site.engine) as session:
        account = session.scalars(select(Account)).one()
        mine = services.of_account(session, account.id)
        shown = next(one for one in mine if one.event == Event.SHOWN)
    assert len(mine) == 10
    assert (shown.service, shown.version_id is not None) == ("portail", True)


def test_a_forgotten_password_leaves_its_trace(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    browser.get("/dgefp/mot-de-passe-oublie").send(email=EMAIL)
    code = re.search(r"\b\d{6}\b", site.mails(EMAIL)[-1]["body"])
    assert code
    browser.send(code=code.group()).send(password=NEW)
    assert events(site) == ["account-opened", "password-changed"]


def test_a_password_tried_on_an_account_that_does_not_exist_leaves_none(site: Site, browser: Browser) -> None:
    browser.sign_in("dgefp", email="personne@example.org")
    assert events(site) == []


def test_who_signs_up_is_not_traced_before_there_is_an_account(site: Site, browser: Browser) -> None:
    closed(browser.sign_up("pas-de-calais", "monjob62", profile="recruteur"))
    assert events(site) == []
    browser.accept()
    assert events(site) == ["account-opened", "decision-made"]


def test_asking_for_the_head_of_a_page_shows_nothing(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    browser.client.head("/dgefp/portail/cgu/decider").close()
    assert events(site) == ["account-opened"]


def test_a_trace_that_cannot_be_written_breaks_no_page(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("dgefp", "portail")

    def away(*_: object) -> None:
        raise OperationalError("INSERT", {"account_id": "qui"}, Exception("away"))

    monkeypatch.setattr(afterwards.services, "leave", away)
    page = browser.get("/dgefp/portail/cgu/decider")
    assert page.status == 200
    assert "J’accepte" in page.words
    closed(page)
    assert events(site) == ["account-opened"]
    told = site.log.getvalue()
    assert "trace not left" in told
    assert "qui" not in told.replace("require", "")


@pytest.mark.requirement("S-61", "S-62")
def test_what_is_traced_is_said_to_who_asks_and_to_who_has_an_account(site: Site, browser: Browser) -> None:
    words = {
        Event.ACCOUNT_OPENED: "l’ouverture du compte",
        Event.SIGNED_IN: "vos connexions",
        Event.SIGNED_OUT: "vos déconnexions",
        Event.SIGN_IN_FAILED: "les essais de connexion",
        Event.PASSWORD_CHANGED: "les changements de mot de passe",
        Event.ADDRESS_CHANGED: "les changements d’adresse électronique",
        Event.INCIDENT_REPORTED: "les signalements d’un vol",
        Event.CODES_MADE: "la création de codes de secours",
        Event.SHOWN: "les textes présentés pour décision",
        Event.DECIDED: "vos décisions",
        Event.DOWNLOADED: "les téléchargements de justificatifs",
        Event.EXPORTED: "les téléchargements de toutes vos données",
    }
    assert set(words) == set(Event)
    browser.sign_up("dgefp", "portail")
    for page in ("/dgefp/mon-compte", "/donnees-personnelles"):
        said = browser.get(page).words
        assert "garde un an, puis efface" in said
        for one in words.values():
            assert one in said
