"""Guessing is stopped; nobody is locked out of their own account by who guesses."""

from __future__ import annotations

import statistics
import time

import pytest
from sqlalchemy import event, select

from kiosk.accounts import known, limits
from kiosk.accounts.models import Attempt
from kiosk.db import reading
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site, code_of
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

NEW_PASSWORD = "Trois ponts gris, 9 barques !"


def tries(browser: Browser, network: str, *, email: str = EMAIL, password: str = "faux") -> int:
    """Try a password from `network`, in the form that the browser shows still; returns the status."""
    if not hasattr(browser, "response") or browser.path != "/dgefp/connexion":
        browser.get("/dgefp/connexion")
    form = browser.form()
    return browser.client.post(
        "/dgefp/connexion",
        data=form.values | {"email": email, "password": password},
        environ_overrides={"REMOTE_ADDR": network},
    ).status_code


def test_ten_failures_close_an_account_to_the_place_they_come_from_and_to_no_other(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "portail")
    guesser = site.browser()
    assert [tries(guesser, "192.0.2.1") for _ in range(11)] == [422] * 10 + [429]
    assert tries(site.browser(), "192.0.2.1", password=PASSWORD) == 429
    assert tries(site.browser(), "192.0.2.2", password=PASSWORD) == 303
    site.clock.move(minutes=15, seconds=1)
    assert tries(site.browser(), "192.0.2.1", password=PASSWORD) == 303


def test_twenty_failures_from_one_place_stop_it_whatever_account_it_tries(site: Site) -> None:
    one = site.browser()
    told = [tries(one, "192.0.2.1", email=f"compte{number}@example.org") for number in range(21)]
    assert told == [422] * 20 + [429]
    with reading(site.engine) as session:
        assert all("@" not in row.key and "192.0" not in row.key for row in session.scalars(select(Attempt)))


def test_a_browser_that_its_holder_signed_in_with_is_not_locked_by_strangers(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "portail").send(at="/dgefp/deconnexion")
    stranger = site.browser()
    for number in range(100):
        if number % 9 == 0:
            site.clock.move(minutes=1)
        assert tries(stranger, f"192.0.2.{number}") == 422
    assert tries(stranger, "198.51.100.1") == 429  # the brake of the account
    assert tries(site.browser(), "198.51.100.2", password=PASSWORD) == 429
    assert tries(browser, "192.0.2.1", password=PASSWORD) == 303
    mails = [mail for mail in site.mails(EMAIL) if mail["subject"].startswith("Trop d’essais")]
    assert len(mails) == 1


def test_a_known_browser_has_a_count_of_its_own(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").send(at="/dgefp/deconnexion")
    assert [tries(browser, f"192.0.2.{n}") for n in range(11)] == [422] * 10 + [429]
    assert tries(site.browser(), "192.0.2.1", password=PASSWORD) == 303


@pytest.mark.requirement("P-44", "S-29")
def test_whoever_is_locked_out_opens_the_account_again_by_mail(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    stranger = site.browser()
    for number in range(100):
        tries(stranger, f"192.0.2.{number}")
    owner = site.browser()
    assert tries(owner, "198.51.100.7", password=PASSWORD) == 429
    owner.get("/dgefp/mot-de-passe-oublie").send(email=EMAIL)
    owner.send(code=code_of(site.mails(EMAIL)[-1])).send(password=NEW_PASSWORD)
    assert tries(owner, "198.51.100.7", password=NEW_PASSWORD) == 303


@ON_BOTH
def test_the_cookie_of_a_known_browser_names_nobody_opens_nothing_and_ends_with_the_password(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "portail")
    cookie = browser.client.get_cookie("kiosk-navigateur")
    assert cookie.http_only
    assert (cookie.same_site, cookie.path) == ("Lax", "/")
    assert cookie.max_age == known.LIFETIME.total_seconds()
    thief = site.browser()
    thief.client.set_cookie("kiosk-navigateur", cookie.value)
    assert thief.get("/dgefp/mon-compte").path == "/dgefp/connexion"
    with site.app.test_request_context(headers={"Cookie": f"kiosk-navigateur={cookie.value}"}):
        assert known.browser_of("0" * 32, site.clock.at) is None
    site.clock.move(seconds=1)
    browser.get("/dgefp/mon-compte/mot-de-passe").send(current=PASSWORD, password=NEW_PASSWORD)
    for _ in range(10):
        tries(thief, "192.0.2.1")
    assert tries(thief, "192.0.2.1", password=NEW_PASSWORD) == 429  # known under the former password only
    browser.send(at="/dgefp/deconnexion")
    assert tries(browser, "192.0.2.1", password=NEW_PASSWORD) == 303


@pytest.mark.parametrize("value", ["", "x", "0" * 32, f"{'0' * 32}." + ".".join(["0" * 32] * 6), "é" * 40])
def test_a_cookie_that_is_not_ours_makes_no_browser_known(site: Site, browser: Browser, value: str) -> None:
    browser.sign_up("dgefp", "portail")
    other = site.browser()
    other.client.set_cookie("kiosk-navigateur", value)
    assert other.sign_in("dgefp").path == "/dgefp/portail/cgu/decider"


def test_one_browser_stays_known_to_several_accounts(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").sign_up("ocapiat", "ocapiat", profile="cfa")
    stranger = site.browser()
    for number in range(100):
        tries(stranger, f"192.0.2.{number}")
    assert tries(browser, "198.51.100.1", password=PASSWORD) == 303


# An account that exists and one that does not take as long


def statements(site: Site, browser: Browser, path: str, **values: str) -> list[str]:
    """Return the statements of one request, first words only."""
    said: list[str] = []

    def note(*told: object) -> None:
        said.append(" ".join(str(told[2]).split()[:3]))

    form = browser.get(path).form()
    event.listen(site.engine, "before_cursor_execute", note)
    try:
        browser.client.post(path, data=form.values | values)
    finally:
        event.remove(site.engine, "before_cursor_execute", note)
    return said


@pytest.mark.requirement("P-44")
@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/dgefp/connexion", {"password": "faux"}),
        ("/dgefp/mot-de-passe-oublie", {}),
        ("/dgefp/sans-boite/code", {"password": "faux", "code": "x", "new_email": "neuve@example.org"}),
    ],
)
def test_as_many_statements_are_made_whether_the_account_exists_or_not(
    site: Site, browser: Browser, path: str, values: dict[str, str]
) -> None:
    browser.sign_up("dgefp", "portail")
    mine, other = (
        statements(site, site.browser(), path, email=email, **values)
        for email in (EMAIL, "inconnu@example.org")
    )
    assert mine == other
    assert mine


@pytest.mark.usefixtures("slow_hashes")
def test_signing_in_takes_as_long_whether_the_account_exists_or_not(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    took: dict[str, list[float]] = {EMAIL: [], "inconnu@example.org": []}
    for number in range(8):
        for email, held in took.items():
            one = site.browser()
            form = one.get("/dgefp/connexion").form()
            began = time.process_time()
            one.client.post(
                "/dgefp/connexion",
                data=form.values | {"email": email, "password": "faux"},
                environ_overrides={"REMOTE_ADDR": f"192.0.2.{number}"},
            )
            held.append(time.process_time() - began)
    known_account, unknown = (statistics.median(held) for held in took.values())
    assert abs(known_account - unknown) < 0.25 * max(known_account, unknown)
    assert min(known_account, unknown) > 0.01  # a password was hashed in both


def test_the_brake_is_far_above_what_one_place_may_try() -> None:
    assert limits.SIGN_IN_ACCOUNT.count >= 10 * limits.SIGN_IN_HERE.count
    assert limits.SIGN_IN_CLIENT.count > limits.SIGN_IN_HERE.count
