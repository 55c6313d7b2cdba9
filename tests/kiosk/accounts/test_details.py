"""« Mon compte »: what a person may correct of themselves, their address, and what nobody may."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kiosk.accounts.models import Account, AccountField, SignIn, Verification
from kiosk.db import reading
from kiosk.ledger.models import Disclosure
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site, code_of, link_of
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

DETAILS, ADDRESS = "/dgefp/mon-compte/informations", "/dgefp/mon-compte/adresse"
NEW = "camille.autre@example.org"


def kept(site: Site) -> dict[str, str]:
    with reading(site.engine) as session:
        return {row.field: row.value for row in session.scalars(select(AccountField))}


@pytest.mark.requirement("P-24")
@pytest.mark.parametrize(
    ("field", "typed", "held"),
    [
        ("civilite", "Monsieur", "Monsieur"),
        ("nom", "Durand", "Durand"),
        ("prenom", "Anne-Marie", "Anne-Marie"),
        ("telephone", "+32 470 12 34 56", "+32470123456"),
    ],
)
def test_each_of_four_fields_is_corrected_and_proofs_keep_what_was(
    site: Site, browser: Browser, field: str, typed: str, held: str
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    with reading(site.engine) as session:
        before = [(row.field, row.value) for row in session.scalars(select(Disclosure))]
    others = {name: value for name, value in kept(site).items() if name != field}
    browser.get("/dgefp/mon-compte")
    assert f'href="{DETAILS}"' in browser.html
    browser.get(DETAILS)
    assert set(browser.form().types) == {"csrf_token", "civilite", "nom", "prenom", "telephone"}
    assert f'href="{ADDRESS}"' in browser.html
    browser.send(**{field: typed})
    assert "Vos informations sont enregistrées" in browser.words
    assert kept(site) == others | {field: held}
    with reading(site.engine) as session:
        assert [(row.field, row.value) for row in session.scalars(select(Disclosure))] == before


@pytest.mark.requirement("P-24")
def test_a_correction_that_is_wrong_is_explained_and_changes_nothing(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").get(DETAILS)
    before = kept(site)
    browser.send(nom="", telephone="12")
    assert browser.status == 422
    for name in ("nom", "telephone"):
        assert f'aria-describedby="{name}-erreur {name}-aide"' in browser.html
    assert kept(site) == before


@pytest.mark.requirement("P-25")
def test_what_says_the_company_is_shown_and_cannot_be_changed(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").get(DETAILS)
    assert "CFA des Prés (SIREN 732829320), confirmée d’après l’annuaire" in browser.words
    before = kept(site)
    browser.client.post(
        DETAILS,
        data=browser.form().values
        | {"nom": "Durand", "civilite": "Madame", "siren": "900000019", "raison-sociale": "Autre"},
    )
    assert kept(site) == before | {"nom": "Durand"}
    with reading(site.engine) as session:
        account = session.scalars(select(Account)).one()
    assert (account.siren, account.organisation_name) == ("732829320", "CFA des Prés")


@pytest.mark.requirement("P-24")
@pytest.mark.parametrize("way", ["code", "link", "pasted link"])
def test_an_address_changes_with_the_password_and_once_the_new_one_is_proved(
    site: Site, browser: Browser, way: str
) -> None:
    browser.sign_up("dgefp", "portail")
    other = site.browser().sign_in("dgefp")
    browser.get(ADDRESS).send(email=NEW, current=PASSWORD)
    mail = site.mails(NEW)[-1]
    assert site.browser().sign_in("dgefp", NEW).status == 422
    if way == "code":
        browser.send(code=code_of(mail))
    elif way == "pasted link":
        browser.send(code=link_of(mail))
    else:
        browser.get(link_of(mail).removeprefix("http://localhost")).send()
    assert browser.path == DETAILS
    assert "Votre adresse est changée" in browser.words
    assert NEW in browser.words
    assert site.mails(EMAIL)[-1]["subject"].startswith("L’adresse de votre compte")
    assert other.get("/dgefp/mon-compte").path == "/dgefp/connexion"
    assert "inexact" in site.browser().sign_in("dgefp").words
    assert site.browser().sign_in("dgefp", NEW).status == 200
    assert site.count(SignIn) == 2
    freed = site.browser().prove("dgefp", "portail")
    assert freed.path == "/dgefp/portail/inscription/mot-de-passe"


def test_without_the_password_no_mail_leaves(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").get(ADDRESS).send(email=NEW, current="faux")
    assert "Ce n’est pas votre mot de passe actuel." in browser.words
    assert site.mails(NEW) == []


def test_nobody_learns_that_another_account_has_the_address(site: Site, browser: Browser) -> None:
    site.browser().sign_up("dgefp", "portail", NEW)
    browser.sign_up("dgefp", "portail")
    before = len(site.mails())
    taken = browser.get(ADDRESS).send(email=NEW, current=PASSWORD).words
    assert len(site.mails()) == before
    free = browser.get(ADDRESS).send(email="libre@example.org", current=PASSWORD).words
    assert taken == free
    with reading(site.engine) as session:
        assert {row.email for row in session.scalars(select(Account))} == {EMAIL, NEW}


@ON_BOTH
def test_two_accounts_that_want_one_address_do_not_both_get_it(site: Site) -> None:
    first, second = (site.browser().sign_up("dgefp", "portail", f"{name}@example.org") for name in "ab")
    codes = []
    for one in (first, second):
        one.get(ADDRESS).send(email=NEW, current=PASSWORD)
        codes.append(code_of(site.mails(NEW)[-1]))
    assert first.send(code=codes[0]).path == DETAILS
    assert second.send(code=codes[1]).status == 422
    with reading(site.engine) as session:
        assert sorted(row.email for row in session.scalars(select(Account))) == ["b@example.org", NEW]


@ON_BOTH
def test_a_link_moves_only_the_account_that_asked_for_it(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    other = site.browser().sign_up("dgefp", "portail", "b@example.org")
    browser.get(ADDRESS).send(email=NEW, current=PASSWORD)
    path = link_of(site.mails(NEW)[-1]).removeprefix("http://localhost")
    assert site.browser().get(path).path == "/dgefp/connexion"
    assert other.get(path).send().status == 422
    with reading(site.engine) as session:
        assert {row.email for row in session.scalars(select(Account))} == {EMAIL, "b@example.org"}


def test_a_deleted_account_takes_with_it_what_it_held(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").get(ADDRESS).send(email=NEW, current=PASSWORD)
    browser.get("/dgefp/mon-compte/suppression").send(password=PASSWORD, confirm="1")
    assert site.count(Account) == 0
    assert kept(site) == {}
    assert site.count(Verification) == 0


@pytest.mark.requirement("M-15", "M-21", "M-22")
def test_a_number_and_an_address_are_kept_exact_and_mails_go_to_the_address_of_the_space(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="candidat").accept()
    browser.get("/pas-de-calais/mon-compte/informations").send(**{"telephone-portable": "06 98 76 54 32"})
    assert kept(site)["telephone-portable"] == "+33698765432"
    browser.get("/pas-de-calais/mon-compte/adresse").send(email=NEW, current=PASSWORD)
    browser.send(code=code_of(site.mails(NEW)[-1]))
    before = len(site.mails(EMAIL))
    browser.get("/pas-de-calais/monjob62/cgu/decider").send(choice="renoncer")
    assert browser.path.startswith("/pas-de-calais/mes-acceptations/")
    assert "MonJob62" in site.mails(NEW)[-1]["subject"] + site.mails(NEW)[-1]["body"]
    assert len(site.mails(EMAIL)) == before
