"""The open sessions of an account: told coarsely, ended one by one, and asked again for the password."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event, select

from kiosk.accounts.families import family, named
from kiosk.accounts.models import SignIn
from kiosk.db import reading
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

PAGE = "/dgefp/mon-compte/connexions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0"
    " Safari/537.36 Edg/139.0.0.0"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.5 Mobile/15E148 Safari/604.1"
)
CHROME_HINTS = {
    "Sec-CH-UA": '"Not)A;Brand";v="8", "Chromium";v="139", "Google Chrome";v="139"',
    "Sec-CH-UA-Platform": '"Android"',
    "User-Agent": EDGE,
}


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"User-Agent": FIREFOX}, ("Firefox", "Linux")),
        ({"User-Agent": EDGE}, ("Edge", "Windows")),
        ({"User-Agent": SAFARI}, ("Safari", "iPhone ou iPad")),
        (CHROME_HINTS, ("Chrome", "Android")),
        ({"Sec-CH-UA": '"Chromium";v="139", "Microsoft Edge";v="139"', "Sec-CH-UA-Platform": '"macOS"'},
         ("Edge", "Mac")),
        ({"Sec-CH-UA": '"Inconnu";v="1"', "User-Agent": FIREFOX}, ("Firefox", "Linux")),
        ({"User-Agent": "curl/8"}, (None, None)),
        ({}, (None, None)),
        ({"User-Agent": "x" * 100_000 + "Firefox/1"}, (None, None)),
    ],
)  # fmt: skip
def test_a_browser_is_told_by_two_words_of_closed_lists(
    headers: dict[str, str], told: tuple[str | None, str | None]
) -> None:
    kept = family(headers)
    assert named(kept) == told
    assert len(kept) <= 32
    assert not any(one.isdigit() for one in kept)


@pytest.mark.parametrize("kept", [None, "", "firefox", "<b> linux", "nom inconnu"])
def test_what_is_not_known_is_said_to_be_unknown(kept: str | None) -> None:
    assert named(kept) == (None, None)


def signed_in(site: Site, agent: str) -> Browser:
    one = site.browser()
    one.client.environ_base["HTTP_USER_AGENT"] = agent
    return one.sign_in("dgefp")


def test_every_open_session_is_told_with_its_browser_and_its_day(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    site.clock.move(hours=7, minutes=30)  # 16:30 in Paris
    phone, desk = signed_in(site, SAFARI), signed_in(site, FIREFOX)
    desk.get(PAGE)
    assert desk.words.count("Ouverte depuis le 22 novembre 2026") == 3
    first = desk.words.index("Firefox, sous Linux Ce navigateur, maintenant")
    assert first < desk.words.index("Safari, sous iPhone ou iPad")
    assert "Navigateur inconnu" in desk.words
    assert desk.words.count("Ce navigateur, maintenant") == 1
    site.clock.move(minutes=30, seconds=1)  # the first has ended by itself
    desk.get(PAGE).send(confirmation=PASSWORD)
    assert "Navigateur inconnu" not in desk.words
    assert phone.get("/dgefp/mon-compte").path == "/dgefp/mon-compte"


@ON_BOTH
def test_one_session_is_ended_and_the_others_are_not(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    phone, desk, lost = signed_in(site, SAFARI), signed_in(site, FIREFOX), signed_in(site, EDGE)
    desk.get(PAGE)
    form = next(
        one for one, family_ in zip(desk.forms[1:], families(site, desk), strict=False) if family_ == "edge"
    )
    answer = desk.client.post(PAGE, data=form.values, follow_redirects=True)
    assert "Fermée." in answer.get_data(as_text=True)
    assert lost.get("/dgefp/mon-compte").path == "/dgefp/connexion"
    for one in (phone, desk, browser):
        assert one.get("/dgefp/mon-compte").path == "/dgefp/mon-compte"


def families(site: Site, _shown_to: Browser) -> list[str]:
    """The browsers of the sessions, in the order of the page of the one under Firefox."""
    with reading(site.engine) as session:
        rows = session.scalars(select(SignIn).order_by(SignIn.created_at.desc(), SignIn.token_hash)).all()
    rows.sort(key=lambda row: row.family != "firefox linux")
    return [(row.family or "").split(" ")[0] for row in rows]


@ON_BOTH
def test_all_others_are_ended_at_once_and_the_current_one_by_signing_out(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "portail")
    others = [signed_in(site, agent) for agent in (SAFARI, EDGE)]
    browser.get(PAGE)
    everyone = browser.forms[-1]
    assert "number" not in everyone.values
    browser.client.post(PAGE, data=everyone.values)
    for one in others:
        assert one.get("/dgefp/mon-compte").path == "/dgefp/connexion"
    browser.get(PAGE)
    assert len(browser.forms) == 2  # to sign out, and to end this one
    answer = browser.client.post(PAGE, data=browser.forms[1].values)
    assert answer.location == "/dgefp/deconnecte"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.get("/dgefp/mon-compte").path == "/dgefp/connexion"


@pytest.mark.parametrize("number", ["0" * 16, "%", "_" * 16, "x", "\0" * 16])
def test_a_number_that_names_no_session_of_mine_ends_none(site: Site, browser: Browser, number: str) -> None:
    browser.sign_up("dgefp", "portail")
    stranger = site.browser().sign_up("dgefp", "portail", email="autre@example.org")
    browser.get(PAGE)
    form = browser.forms[1].values
    with reading(site.engine) as session:
        hashes = session.scalars(select(SignIn.token_hash)).all()
    for value in (number, *(one[:16] for one in hashes if not one.startswith(form["number"]))):
        browser.client.post(PAGE, data=form | {"number": value})
    assert stranger.get("/dgefp/mon-compte").path == "/dgefp/mon-compte"
    assert browser.get("/dgefp/mon-compte").path == "/dgefp/mon-compte"


@ON_BOTH
def test_the_last_day_is_noted_once_a_day_and_never_by_a_form(site: Site, browser: Browser) -> None:
    site.clock.move(hours=13)  # 22:00 in Paris
    browser.sign_up("dgefp", "portail")
    writes: list[str] = []
    event.listen(site.engine, "before_cursor_execute", lambda *said: writes.append(said[2]))

    def seen() -> int:
        return len([one for one in writes if "seen_on=" in one])

    browser.get("/dgefp/mon-compte")
    assert seen() == 0
    site.clock.move(hours=2)
    form = browser.forms[0]
    browser.client.post("/dgefp/mon-compte/mot-de-passe", data=form.values | {"current": "faux"})
    assert seen() == 0
    for _ in range(3):
        browser.get("/dgefp/mon-compte")
    assert seen() == 1
    with reading(site.engine) as session:
        assert session.scalars(select(SignIn.seen_on)).all() == [date(2026, 11, 23)]


# The password again


def test_a_password_typed_long_ago_is_asked_again(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    site.clock.move(minutes=9, seconds=59)
    assert "Ouverte depuis" in browser.get(PAGE).words
    site.clock.move(seconds=1)
    browser.get(PAGE)
    assert "Votre mot de passe, encore une fois" in browser.words
    assert "Ouverte depuis" not in browser.words
    assert 'autocomplete="current-password"' in browser.html
    browser.send(confirmation="")
    assert "Indiquez votre mot de passe." in browser.words
    browser.send(confirmation="faux")
    assert "Ce n’est pas votre mot de passe actuel." in browser.words
    assert browser.status == 422
    browser.send(confirmation=PASSWORD)
    assert "Ouverte depuis" in browser.words
    site.clock.move(minutes=9)
    assert "Ouverte depuis" in browser.get(PAGE).words


@ON_BOTH
def test_what_was_sent_meanwhile_goes_on_once_the_password_is_given(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    lost = signed_in(site, EDGE)
    browser.get(PAGE)
    everyone = browser.forms[-1].values
    site.clock.move(minutes=11)
    answer = browser.client.post(PAGE, data=everyone | {"password": "secret tapé"})
    assert answer.status_code == 403
    assert "Rien n’est encore fait." in answer.get_data(as_text=True)
    assert "secret tapé" not in answer.get_data(as_text=True)
    assert lost.get("/dgefp/mon-compte").path == "/dgefp/mon-compte"
    browser.response = answer
    browser.send(confirmation="faux")
    assert browser.status == 422
    browser.send(confirmation=PASSWORD)
    assert "Fermée." in browser.words
    assert lost.get("/dgefp/mon-compte").path == "/dgefp/connexion"


def test_guessing_the_password_of_an_open_session_is_stopped(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    site.clock.move(minutes=11)
    browser.get(PAGE)
    for _ in range(10):
        browser.send(confirmation="faux")
    assert browser.send(confirmation=PASSWORD).status == 429
    assert site.browser().sign_in("dgefp", EMAIL).path == "/dgefp/portail/cgu/decider"
