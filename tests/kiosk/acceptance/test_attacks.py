"""Decisions under attack: sent again, at once, from a copied cookie, or while the database is away."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kiosk.acceptance.models import Decision
from kiosk.db import reading
from kiosk.ledger.models import StatementRow
from tests.kiosk.web import PASSWORD, Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

SIGN_UP = ("ville-exemple", "demonstration")
DECIDE = "/ville-exemple/demonstration/cgu/decider"


def _kinds(site: Site) -> list[tuple[str, datetime]]:
    with reading(site.engine) as session:
        found = session.scalars(select(Decision).order_by(Decision.sequence)).all()
    return [(one.kind, one.decided_at) for one in found]


def _away(_session: Any) -> None:
    raise OperationalError("COMMIT", {}, Exception("away"))


@pytest.mark.requirement("M-12")
def test_a_commit_that_fails_leaves_the_acceptance_to_be_sent_again(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up(*SIGN_UP, profile="habitant")
    assert browser.path == DECIDE
    sent = browser.form().values | {"box": "1", "choice": "accepter"}
    commit = Session.commit
    monkeypatch.setattr(Session, "commit", _away)
    assert browser.client.post(DECIDE, data=sent).status_code == 503
    monkeypatch.setattr(Session, "commit", commit)
    assert _kinds(site) == []
    again = browser.client.post(DECIDE, data=sent)
    assert again.status_code == 303
    assert again.location.startswith("/ville-exemple/mes-acceptations/")
    assert [kind for kind, _ in _kinds(site)] == ["accepted"]


@pytest.mark.requirement("M-12", "P-44")
@pytest.mark.parametrize("later", ["an hour later", "after a new password"])
def test_a_sign_up_sent_again_from_a_copied_cookie_opens_no_session(
    site: Site, browser: Browser, later: str
) -> None:
    browser.sign_up(*SIGN_UP, profile="habitant")
    sent = browser.form().values | {"box": "1", "choice": "accepter"}
    cookie = browser.client.get_cookie("kiosk")
    assert cookie is not None
    browser.client.post(DECIDE, data=sent)
    site.clock.move(minutes=1)
    if later == "an hour later":
        site.clock.move(hours=1)
    else:
        page = browser.get("/ville-exemple/mon-compte/mot-de-passe")
        page.send(current=PASSWORD, password="Trois ponts gris, 9 barques !")
        assert "suite" in page.response.request.args
    thief = site.browser()
    thief.client.set_cookie("kiosk", cookie.value)
    answer = thief.client.post(DECIDE, data=sent)
    assert answer.location == "/ville-exemple/connexion"
    assert thief.get("/ville-exemple/mon-compte").path == "/ville-exemple/connexion"


@ON_BOTH
@pytest.mark.requirement("P-12", "T-07")
def test_a_decision_that_waited_for_another_is_dated_after_it(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    first, second = browser.form(), browser.get(browser.path).form()
    kiosk, clock, path = site.app.extensions["kiosk"], site.clock, browser.path
    early = clock.at
    asked: list[datetime] = []

    def slow() -> datetime:
        """Tell the time the first request came, once the second was served meanwhile."""
        asked.append(clock.at)
        if len(asked) == 1:
            clock.move(seconds=1)
            kiosk.clock = clock
            browser.client.post(path, data=second.values | {"choice": "refuser"})
            clock.move(seconds=1)
            kiosk.clock = slow
            return early
        return clock.at

    kiosk.clock = slow
    browser.client.post(path, data=first.values | {"box": "1", "choice": "accepter"})
    assert _kinds(site) == [
        ("refused", early + timedelta(seconds=1)),
        ("accepted", early + timedelta(seconds=2)),
    ]


@pytest.mark.requirement("O-12")
def test_the_name_of_an_organisation_holds_nothing_that_hides_or_turns_its_letters(
    site: Site, browser: Browser
) -> None:
    browser.sign_up(_ocapiat(site), "ocapiat", **_first_profile(site))
    page = browser.accept(organisation_name="Terre\u202eerreT\x07", siren="732829320", capacity="1")
    assert page.status == 422
    assert 'href="#organisation_name"' in page.html


def _ocapiat(site: Site) -> str:
    return str(site.app.extensions["kiosk"].services["ocapiat"].publisher.slug)


def _first_profile(site: Site) -> dict[str, str]:
    profiles = site.app.extensions["kiosk"].services["ocapiat"].profiles
    return {"profile": profiles[0].slug} if len(profiles) > 1 else {}


@pytest.mark.requirement("O-08", "O-10")
def test_the_words_recorded_are_those_that_were_shown_whatever_changed_since(
    site: Site, browser: Browser
) -> None:
    """The wording of a service is a file: it may change, with a restart, between a page and its answer."""
    browser.sign_up("dgefp", "portail").get("/dgefp/portail/cgu/decider")
    state = site.app.extensions["kiosk"]
    held = state.services["portail"]
    changed = replace(held, acceptance=replace(held.acceptance, statements=("Autre chose.",)))
    state.services = {**state.services, "portail": changed}
    browser.accept()
    with reading(site.engine) as session:
        row = session.scalars(select(StatementRow).where(StatementRow.kind == "decision")).one()
    assert json.loads(row.body)["wording"]["statements"] == list(held.acceptance.statements)
