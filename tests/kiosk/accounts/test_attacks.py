"""What someone who means harm tries on accounts that are not theirs."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kiosk.accounts.models import Account, SignIn
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site, code_of
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

NEW_PASSWORD = "Trois ponts gris, 9 barques !"


@pytest.mark.requirement("P-17", "P-18")
@pytest.mark.parametrize("page", ["/dgefp/mot-de-passe-oublie", "/dgefp/portail/inscription"])
def test_a_mail_about_an_account_goes_to_its_own_address_however_it_was_typed(
    site: Site, browser: Browser, page: str
) -> None:
    browser.sign_up("dgefp", "portail", email="straße@example.org")
    before = len(site.mails())
    site.browser().get(page).send(email="strasse@example.org")
    assert [mail["to"] for mail in site.mails()[before:]] == ["straße@example.org"]


@ON_BOTH
@pytest.mark.requirement("P-44")
@pytest.mark.parametrize("proved", [True, False], ids=["proved", "asked"])
def test_a_change_of_password_ends_every_other_way_to_choose_one(
    site: Site, browser: Browser, proved: bool
) -> None:
    browser.sign_up("dgefp", "portail")
    thief = site.browser().get("/dgefp/mot-de-passe-oublie").send(email=EMAIL)
    code = code_of(site.mails(EMAIL)[-1])
    if proved:
        assert thief.send(code=code).path == "/dgefp/mot-de-passe-oublie/nouveau"
    site.clock.move(minutes=1)
    browser.get("/dgefp/mon-compte/mot-de-passe").send(current=PASSWORD, password=NEW_PASSWORD)
    thief.send(**({"password": "Dix chats noirs, 4 toits !"} if proved else {"code": code}))
    assert thief.path != "/dgefp/connexion"
    assert thief.path != "/dgefp/mot-de-passe-oublie/nouveau"
    assert site.browser().sign_in("dgefp", password=NEW_PASSWORD).path == "/dgefp/portail/cgu/decider"


@pytest.mark.requirement("P-44", "S-29")
def test_one_network_has_one_count_however_many_addresses_it_has(site: Site) -> None:
    browser = site.browser().get("/dgefp/connexion")
    form = browser.form()

    def status(number: int, network: str) -> int:
        return browser.client.post(
            form.action or browser.path,
            data=form.values | {"email": f"a{number}@example.org", "password": "faux"},
            environ_overrides={"REMOTE_ADDR": f"{network}::{number:x}"},
        ).status_code

    assert [status(number, "2001:db8:0:1") for number in range(1, 21)] == [422] * 20
    assert status(21, "2001:db8:0:1") == 429
    assert status(22, "2001:db8:0:2") == 422


@pytest.mark.requirement("P-21")
def test_a_commit_that_fails_leaves_the_sign_up_to_be_sent_again(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.prove("dgefp", "portail")
    form, commit = browser.form(), Session.commit
    monkeypatch.setattr(Session, "commit", _away)
    assert browser.send(password=PASSWORD).status == 503
    monkeypatch.setattr(Session, "commit", commit)
    sent = browser.client.post(browser.path, data=form.values | {"password": PASSWORD})
    assert (sent.status_code, sent.location) == (303, "/dgefp/portail/inscription/identite")
    assert (site.count(Account), site.count(SignIn)) == (1, 1)


def _away(_session: Any) -> None:
    raise OperationalError("COMMIT", {}, Exception("away"))
