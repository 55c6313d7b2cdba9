"""Sign up, sign in, forget a password: what a person sees, and what nobody else learns."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from kiosk.accounts.models import Account, SignIn, Verification
from kiosk.db import reading
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site, code_of, link_of
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

NEW_PASSWORD = "Trois ponts gris, 9 barques !"


def ways(site: Site, browser: Browser, way: str, *, elsewhere: bool = False) -> Browser:
    """Prove the address asked for in one of the three ways."""
    mail = site.mails(EMAIL)[-1]
    if way == "code":
        return browser.send(code=code_of(mail))
    if way == "pasted link":
        return browser.send(code=f"  {link_of(mail)} ")
    follower = site.browser() if elsewhere else browser
    return follower.get(link_of(mail).removeprefix("http://localhost")).send()


@pytest.mark.requirement("P-18", "P-19")
@pytest.mark.parametrize("way", ["code", "link", "pasted link"])
def test_an_address_is_proved_in_three_ways_to_sign_up(site: Site, browser: Browser, way: str) -> None:
    browser.get("/dgefp/portail/inscription").send(email=EMAIL)
    assert browser.path == "/dgefp/portail/verification"
    ways(site, browser, way)
    assert browser.path == "/dgefp/portail/inscription/mot-de-passe"
    browser.send(password=PASSWORD)
    assert browser.path == "/dgefp/portail/inscription/identite"


@pytest.mark.requirement("P-18", "P-19", "P-44", "S-29")
@pytest.mark.parametrize("way", ["code", "link", "pasted link"])
def test_a_forgotten_password_is_replaced_in_three_ways_and_every_session_ends(
    site: Site, browser: Browser, way: str
) -> None:
    browser.sign_up("dgefp", "portail")
    thief = site.browser().sign_in("dgefp")
    assert thief.get("/dgefp/mon-compte").path == "/dgefp/mon-compte"
    forgetful = site.browser().get("/dgefp/connexion")
    assert "Mot de passe oublié ?" in forgetful.words
    assert '<a href="/dgefp/mot-de-passe-oublie">' in forgetful.html
    forgetful.get("/dgefp/mot-de-passe-oublie").send(email=EMAIL)
    ways(site, forgetful, way)
    assert forgetful.path == "/dgefp/mot-de-passe-oublie/nouveau"
    forgetful.send(password=NEW_PASSWORD)
    assert site.count(SignIn) == 0
    assert thief.get("/dgefp/mon-compte").path == "/dgefp/connexion"
    assert "inexact" in site.browser().sign_in("dgefp").words
    assert site.browser().sign_in("dgefp", password=NEW_PASSWORD).path == "/dgefp/portail/cgu/decider"


@pytest.mark.requirement("P-18")
def test_an_address_that_is_not_proved_cannot_sign_in(site: Site, browser: Browser) -> None:
    browser.get("/dgefp/portail/inscription").send(email=EMAIL)
    browser.get("/dgefp/portail/inscription/mot-de-passe")
    assert browser.path == "/dgefp/connexion"
    assert site.count(Account) == 0


def test_who_asked_does_not_go_on_when_somebody_else_proved_the_address(site: Site) -> None:
    attacker = site.browser().get("/dgefp/portail/inscription").send(email=EMAIL)
    owner = site.browser().get(link_of(site.mails(EMAIL)[-1]).removeprefix("http://localhost")).send()
    assert owner.path == "/dgefp/portail/inscription/mot-de-passe"
    assert attacker.get("/dgefp/portail/inscription/mot-de-passe").path == "/dgefp/connexion"


def test_a_link_is_not_followed_by_opening_it_and_serves_once(site: Site, browser: Browser) -> None:
    browser.get("/dgefp/portail/inscription").send(email=EMAIL)
    path = link_of(site.mails(EMAIL)[-1]).removeprefix("http://localhost")
    site.browser().get(path)
    first = site.browser().get(path).send()
    assert first.path == "/dgefp/portail/inscription/mot-de-passe"
    assert site.browser().get(path).send().status == 422


def test_a_code_serves_once_lives_ten_minutes_and_bears_four_mistakes(site: Site, browser: Browser) -> None:
    browser.get("/dgefp/portail/inscription").send(email=EMAIL)
    code = code_of(site.mails(EMAIL)[-1])
    site.clock.move(minutes=10)
    assert "n’est plus valable" in browser.send(code=code).words
    browser.get("/dgefp/portail/inscription").send(email=EMAIL)
    code = code_of(site.mails(EMAIL)[-1])
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(4):
        assert "Ce code n’est pas celui du message." in browser.send(code=wrong).words
    assert "n’est plus valable" in browser.send(code=wrong).words
    assert "n’est plus valable" in browser.send(code=code).words


def test_neither_code_nor_link_is_kept_in_clear(site: Site, browser: Browser) -> None:
    browser.get("/dgefp/portail/inscription").send(email=EMAIL)
    mail = site.mails(EMAIL)[-1]
    with reading(site.engine) as session:
        row = session.scalars(select(Verification)).one()
    kept = f"{row.id} {row.code_hash} {row.link_hash}"
    assert code_of(mail) not in kept
    assert link_of(mail).rsplit("/", 1)[-1] not in kept


@pytest.mark.requirement("P-21", "P-17", "S-20")
def test_an_address_is_reserved_once_the_password_is_set_even_if_nothing_follows(site: Site) -> None:
    site.browser().sign_up("dgefp", "portail")
    late = site.browser().get("/dgefp/portail/inscription").send(email=" Camille.Martin@EXAMPLE.org ")
    unknown = site.browser().get("/dgefp/portail/inscription").send(email="inconnu@example.org")
    assert late.words == unknown.words
    assert late.path == unknown.path
    mail = site.mails()[-2]
    assert mail["subject"].startswith("Vous avez déjà un compte")
    late.send(code="123456")
    assert "Ce code n’est pas celui du message." in late.words
    assert site.count(Account) == 1


def test_nobody_learns_who_has_an_account_when_a_password_is_forgotten(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    before = len(site.mails())
    known = site.browser().get("/dgefp/mot-de-passe-oublie").send(email=EMAIL)
    unknown = site.browser().get("/dgefp/mot-de-passe-oublie").send(email="inconnu@example.org")
    assert known.words == unknown.words
    mine, other = site.mails()[before:]  # one leaves in both cases: the answer takes as long
    assert (mine["to"], mine["subject"]) == (EMAIL, "Nouveau mot de passe pour DGEFP")
    assert (other["to"], other["subject"]) == ("inconnu@example.org", "Aucun compte DGEFP à cette adresse")
    assert "http://localhost/dgefp/mot-de-passe-oublie\n" in other["body"]


def test_the_same_address_may_have_an_account_at_two_publishers_that_know_nothing_of_each_other(
    site: Site,
) -> None:
    site.browser().sign_up("dgefp", "portail")
    second = site.browser().sign_up("ocapiat", "ocapiat", profile="cfa")
    assert second.path == "/ocapiat/ocapiat/cgu/decider"
    assert site.count(Account) == 2
    assert second.get("/dgefp/mon-compte").path == "/dgefp/connexion"


@ON_BOTH
@pytest.mark.requirement("P-17", "S-20", "T-12")
def test_two_sign_ups_at_once_for_one_address_open_one_account(site: Site) -> None:
    browsers = [site.browser().prove("dgefp", "portail") for _ in range(2)]
    barrier = threading.Barrier(2)

    def set_password(one: Browser) -> None:
        barrier.wait()
        one.send(password=PASSWORD)

    threads = [threading.Thread(target=set_password, args=(one,)) for one in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.path for one in browsers) == ["/dgefp/connexion", "/dgefp/portail/inscription/identite"]
    assert site.count(Account) == 1


def test_a_password_that_the_rule_refuses_is_explained_beside_its_field(site: Site, browser: Browser) -> None:
    browser.prove("dgefp", "soffi").send(password="court")
    assert browser.status == 422
    assert "Il faut au moins 12 caractères. Il faut une majuscule" in browser.words
    assert 'href="#password"' in browser.html
    assert 'aria-describedby="password-erreur regle"' in browser.html
    assert "court" not in browser.html
    assert "maxlength" not in browser.html
    assert site.count(Account) == 0


@pytest.mark.requirement("S-24", "S-30")
def test_an_account_that_opens_soffi_obeys_its_rule_wherever_it_is_made(site: Site, browser: Browser) -> None:
    browser.prove("dgefp", "portail").send(password="vFgkqzmwrtx7")
    assert browser.status == 422
    assert "un caractère spécial" in browser.words


@pytest.mark.requirement("P-41")
def test_where_the_text_asks_three_kinds_three_are_enough(site: Site, browser: Browser) -> None:
    browser.prove("ville-exemple", "demonstration").send(password="vFgkqzmwrtx7")
    assert browser.path == "/ville-exemple/demonstration/cgu/decider"


def test_an_unknown_account_and_a_wrong_password_are_answered_alike(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    wrong = site.browser().sign_in("dgefp", password="faux")
    unknown = site.browser().sign_in("dgefp", email="inconnu@example.org", password="faux")
    assert wrong.words == unknown.words
    assert wrong.status == unknown.status == 422


@pytest.mark.requirement("M-14")
def test_monjob62_asks_address_and_password_each_time(site: Site, browser: Browser) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur").accept()
    other = site.browser().get("/pas-de-calais/monjob62/")
    assert other.path == "/pas-de-calais/connexion"
    assert other.send(email=EMAIL, password="").status == 422
    assert other.send(email="", password=PASSWORD).status == 422
    assert other.get("/pas-de-calais/monjob62/").path == "/pas-de-calais/connexion"
    assert other.sign_in("pas-de-calais").get("/pas-de-calais/monjob62/").path == "/pas-de-calais/monjob62/"


@pytest.mark.requirement("S-26")
def test_the_session_changes_at_sign_in_and_ends_with_the_browser(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    other = site.browser().get("/dgefp/connexion")
    before = other.client.get_cookie("kiosk")
    token = other.form().values["csrf_token"]
    other.sign_in("dgefp")
    after = other.client.get_cookie("kiosk")
    assert before.value != after.value
    assert after.expires is None
    assert after.max_age is None
    assert "remember" not in other.get("/dgefp/connexion").html
    stale = other.client.post("/dgefp/deconnexion", data={"csrf_token": token})
    assert stale.status_code == 400
    site.clock.move(hours=8)
    assert other.get("/dgefp/mon-compte").path == "/dgefp/connexion"


def test_signing_out_ends_the_session_on_the_server_and_empties_the_browser(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "portail").get("/dgefp/mon-compte")
    cookie = browser.client.get_cookie("kiosk").value
    assert browser.get("/dgefp/deconnexion").status == 404
    assert browser.get("/dgefp/mon-compte").path == "/dgefp/mon-compte"
    browser.send(at="/dgefp/deconnexion", follow=False)
    assert browser.response.headers["Clear-Site-Data"] == '"cache", "storage"'
    thief = site.browser()
    thief.client.set_cookie("kiosk", cookie)
    assert thief.get("/dgefp/mon-compte").path == "/dgefp/connexion"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "///evil.example", "https://evil.example", "/\\evil.example",
        "/dgefp//evil.example",
        "/ocapiat/mon-compte", "/dgefp/../ocapiat/", "/dgefp/%2e%2e/", "javascript:alert(1)", "/dgefp/a?b",
        "\t//evil.example", "/dgefp/a\nb",
    ],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(site: Site, browser: Browser, target: str) -> None:
    browser.sign_up("dgefp", "portail")
    other = site.browser().get("/dgefp/connexion")
    other.send(email=EMAIL, password=PASSWORD, next=target, follow=False)
    assert other.response.location == "/dgefp/portail/"


def test_signing_in_leads_back_to_the_page_that_asked_for_it(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    other = site.browser().get("/dgefp/mon-compte")
    assert other.path == "/dgefp/connexion"
    other.send(email=EMAIL, password=PASSWORD)
    assert other.path == "/dgefp/mon-compte"


def test_changing_the_password_asks_the_present_one_and_closes_other_sessions(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "portail")
    other = site.browser().sign_in("dgefp")
    browser.get("/dgefp/mon-compte/mot-de-passe").send(current="faux", password=NEW_PASSWORD)
    assert "Ce n’est pas votre mot de passe actuel." in browser.words
    browser.send(current=PASSWORD, password=NEW_PASSWORD)
    assert browser.path == "/dgefp/mon-compte"
    assert other.get("/dgefp/mon-compte").path == "/dgefp/connexion"
    assert site.browser().sign_in("dgefp", password=NEW_PASSWORD).path == "/dgefp/portail/cgu/decider"
    assert site.mails(EMAIL)[-1]["subject"].startswith("Votre mot de passe")


@pytest.mark.requirement("P-42")
def test_the_password_is_nowhere_in_database_mail_or_log(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    site.browser().sign_in("dgefp")
    with reading(site.engine) as session:
        rows = [session.execute(select(table)).all() for table in Account.metadata.sorted_tables]
    assert PASSWORD not in f"{rows}{site.mails()}{site.log.getvalue()}"


def test_a_sign_up_goes_on_the_next_day_and_no_longer(site: Site, browser: Browser) -> None:
    browser.prove("dgefp", "portail")
    site.clock.move(hours=23)
    assert browser.get("/dgefp/portail/inscription/mot-de-passe").status == 200
    site.clock.move(hours=2)
    assert browser.get("/dgefp/portail/inscription/mot-de-passe").path == "/dgefp/portail/inscription"


def test_mails_asked_for_one_address_are_limited(site: Site, browser: Browser) -> None:
    for _ in range(5):
        browser.get("/dgefp/portail/inscription").send(email=EMAIL)
    assert browser.get("/dgefp/portail/inscription").send(email=EMAIL).status == 429
    assert len(site.mails(EMAIL)) == 5
