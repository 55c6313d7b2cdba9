"""Sign up at each service: its steps, in its order, none skipped; what is asked, what is kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.accounts import registration
from kiosk.accounts.errors import RegistrationCodeError
from kiosk.accounts.models import Account, AccountField, RegistrationCode, Verification
from kiosk.db import reading
from kiosk.ledger.models import StatementRow
from tests.kiosk.web import ANSWERS, EMAIL, PASSWORD, Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

PROFILE, IDENTITY, PASSWORD_PAGE = "inscription/profil", "inscription/identite", "inscription/mot-de-passe"
DECIDE = "cgu/decider"
WALKS = [
    ("dgefp", "portail", None, [PASSWORD_PAGE, IDENTITY, DECIDE], 5),
    ("dgefp", "soffi", "opco", [PASSWORD_PAGE, IDENTITY, PROFILE, DECIDE], 6),
    ("dgefp", "tableau-de-bord", "cfa-of", [PASSWORD_PAGE, PROFILE, DECIDE], 5),
    ("ocapiat", "ocapiat", "cfa", [PASSWORD_PAGE, PROFILE, IDENTITY, DECIDE], 6),
    ("pas-de-calais", "monjob62", "candidat", [PASSWORD_PAGE, PROFILE, IDENTITY, DECIDE], 6),
    ("pas-de-calais", "monjob62", "recruteur", [PASSWORD_PAGE, PROFILE, IDENTITY, DECIDE], 6),
    ("pas-de-calais", "monjob62", "partenaire", [PASSWORD_PAGE, PROFILE, IDENTITY, DECIDE], 6),
    ("ville-exemple", "demonstration", "habitant", [PASSWORD_PAGE, DECIDE, PROFILE, IDENTITY], 6),
]
CANDIDATE = (
    "nom",
    "prenom",
    "date-de-naissance",
    "adresse-postale",
    "code-inscription",
    "telephone-portable",
)


def candidate(site: Site, email: str = EMAIL) -> Browser:
    """Return who is asked what a candidate is asked."""
    browser = site.browser().prove("pas-de-calais", "monjob62", email).send(password=PASSWORD)
    return browser.send(profile="candidat")


def answers(site: Site, **changes: str) -> dict[str, str]:
    """Return all that a candidate answers."""
    given = {name: ANSWERS[name] for name in CANDIDATE if name in ANSWERS}
    return given | {"code-inscription": site.give_code("monjob62")} | changes


def fields(site: Site) -> dict[str, str]:
    with reading(site.engine) as session:
        return {row.field: row.value for row in session.scalars(select(AccountField))}


def everything(site: Site) -> str:
    """Return all that the database, the mails and the journal hold, as text."""
    with reading(site.engine) as session:
        rows = [session.execute(select(table)).all() for table in Account.metadata.sorted_tables]
    return f"{rows}{site.mails()}{site.log.getvalue()}"


@pytest.mark.requirement("T-03", "T-10", "S-08", "S-20", "M-07", "S-10")
@pytest.mark.parametrize(("publisher", "service", "profile", "walk", "count"), WALKS)
def test_each_service_asks_for_its_steps_in_its_order_and_none_is_skipped(
    site: Site, publisher: str, service: str, profile: str | None, walk: list[str], count: int
) -> None:
    browser, home = site.browser().get(f"/{publisher}/{service}/inscription"), f"/{publisher}/{service}/"
    assert f"Étape 1 sur {count}" in browser.words
    browser.prove(publisher, service)
    for place, page in enumerate(walk):
        first = "/dgefp/portail/" if (service, page) == ("soffi", DECIDE) else home  # SOFFi asks for both
        assert browser.path == first + page
        for later in walk[place + 1 :]:
            if DECIDE not in walk[:place]:  # what follows the acceptance may wait
                assert browser.get(home + later).path == home + page, later
        browser.get(home + page)
        if page == PASSWORD_PAGE:
            browser.send(password=PASSWORD)
        elif page == PROFILE:
            assert browser.send(profile="inconnu").status == 422
            browser.send(profile=profile or "")
        elif page == IDENTITY:
            assert browser.send().status == 422
            asked = browser.form().types
            browser.send(**(ANSWERS | {"code-inscription": site.give_code(service)}))
            if "siren" in asked or "siret" in asked:
                browser.send(confirmation="oui")
        else:
            capacity = {"organisation_name": "CFA des Prés", "siren": "732829320", "capacity": "1"}
            browser.accept(**capacity if service == "ocapiat" else {})
            assert "/mes-acceptations/" in browser.path
            if place + 1 < len(walk):
                browser.get(home + walk[place + 1])
    with reading(site.engine) as session:
        account = session.scalars(select(Account)).one()
    assert account.sign_up_step is None
    assert account.profile == (profile or "professionnel")


@pytest.mark.requirement("P-20")
def test_an_address_that_is_validated_leads_to_a_password_then_to_signing_in_and_to_a_service(
    site: Site, browser: Browser
) -> None:
    """C-05: the text lets sign in before a password is chosen; here the password comes between."""
    browser.get("/dgefp/portail/inscription").send(email=EMAIL)
    assert browser.get(f"/dgefp/portail/{PASSWORD_PAGE}").path == "/dgefp/connexion"
    assert site.browser().sign_in("dgefp").status == 422
    browser.prove("dgefp", "portail")
    assert browser.path == f"/dgefp/portail/{PASSWORD_PAGE}"
    assert site.browser().sign_in("dgefp").status == 422
    browser.send(password=PASSWORD)
    signed_in = site.browser().sign_in("dgefp")
    assert signed_in.path == f"/dgefp/portail/{IDENTITY}"
    assert signed_in.introduce().path == "/dgefp/portail/cgu/decider"
    signed_in.accept()
    assert signed_in.get("/dgefp/soffi/").path == "/dgefp/soffi/inscription/profil"


def test_what_follows_the_acceptance_waits_in_the_space_of_the_service(site: Site, browser: Browser) -> None:
    browser.sign_up("ville-exemple", "demonstration").accept().get("/ville-exemple/demonstration/")
    assert browser.path == "/ville-exemple/demonstration/"
    assert 'href="/ville-exemple/demonstration/inscription/profil"' in browser.html
    browser.get("/ville-exemple/demonstration/inscription/profil").send(profile="habitant")
    browser.get("/ville-exemple/demonstration/")
    assert 'href="/ville-exemple/demonstration/inscription/identite"' in browser.html
    browser.get("/ville-exemple/demonstration/inscription/identite").introduce()
    assert "Votre inscription n’est pas finie" not in browser.get("/ville-exemple/demonstration/").words
    assert fields(site)["adresse-postale"] == "1 rue Haute, 62000 Arras"


@pytest.mark.requirement("T-03")
def test_the_dashboard_offers_exactly_the_users_that_its_text_names(browser: Browser) -> None:
    browser.prove("dgefp", "tableau-de-bord").send(password=PASSWORD)
    for name in (
        "CFA ou organisme de formation", "Opérateur public", "Réseau d’organismes de formation",
        "Membre du Réseau des Carif-Oref",
    ):  # fmt: skip
        assert name in browser.words
    assert browser.html.count('type="radio"') == 4


@pytest.mark.requirement("T-10", "S-20")
def test_nobody_decides_before_they_chose_a_profile(site: Site, browser: Browser) -> None:
    browser.prove("dgefp", "tableau-de-bord").send(password=PASSWORD)
    other = site.browser().sign_up("dgefp", "tableau-de-bord", "b@example.org", profile="cfa-of")
    sent = browser.client.post(
        "/dgefp/tableau-de-bord/cgu/decider", data=other.form().values | {"box": "1", "choice": "accepter"}
    )
    assert sent.status_code in (400, 409)
    assert site.browser().sign_in("dgefp").path == "/dgefp/tableau-de-bord/inscription/profil"


@pytest.mark.requirement("M-08")
@pytest.mark.parametrize("missing", CANDIDATE)
def test_a_candidate_gives_each_of_what_the_text_lists(site: Site, missing: str) -> None:
    browser = candidate(site).send(**answers(site, **{missing: ""}))
    assert browser.status == 422
    assert f'href="#{missing}"' in browser.html
    assert f'aria-describedby="{missing}-erreur {missing}-aide"' in browser.html
    assert browser.path.endswith("/inscription/identite")


@pytest.mark.requirement("M-09", "M-10")
@pytest.mark.parametrize(
    ("profile", "asked"),
    [
        ("recruteur", {"civilite", "nom", "prenom", "telephone", "siret"}),
        ("partenaire", {"nom", "prenom", "telephone", "statut", "siret"}),
    ],
)
def test_recruiters_and_partners_give_what_the_text_lists(
    site: Site, browser: Browser, profile: str, asked: set[str]
) -> None:
    browser.prove("pas-de-calais", "monjob62").send(password=PASSWORD).send(profile=profile)
    assert set(browser.form().types) == asked | {"csrf_token"}
    browser.send(**dict.fromkeys(asked, ""))
    assert browser.status == 422
    assert all(f'href="#{name}"' in browser.html for name in asked)


@pytest.mark.requirement("S-50", "M-08")
def test_beside_each_question_is_what_the_answer_is_for(site: Site) -> None:
    browser = candidate(site)
    service = site.app.extensions["kiosk"].services["monjob62"]
    for name in CANDIDATE:
        assert f'id="{name}-aide"' in browser.html
        assert service.fields[name].purpose in browser.words


@pytest.mark.requirement("M-08")
def test_what_is_not_to_be_kept_is_nowhere_once_the_account_is_open(site: Site) -> None:
    given = answers(site)
    browser = candidate(site).send(**given)
    cookie = browser.client.get_cookie("kiosk").value
    assert browser.path == "/pas-de-calais/monjob62/cgu/decider"
    browser.accept()
    assert fields(site) == {"nom": "Martin", "prenom": "Camille", "telephone-portable": "+33612345678"}
    held = everything(site) + cookie
    for secret in (given["code-inscription"], registration.canonical(given["code-inscription"])):
        assert secret not in held
    for secret in ("31/01/1990", "1990-01-31", "rue Haute"):
        assert secret not in held


@pytest.mark.requirement("M-08", "M-11", "M-12")
def test_a_registration_code_opens_one_account(site: Site) -> None:
    given = answers(site)
    candidate(site).send(**given).accept()
    assert site.count(Account) == 1
    late = candidate(site, "b@example.org").send(**given)
    assert late.status == 422
    assert "n’est pas valable, ou a déjà servi" in late.words
    assert late.send(**given | {"code-inscription": "INCONNU-99"}).status == 422
    assert site.count(Account) == 1


@ON_BOTH
@pytest.mark.requirement("M-08", "M-12")
def test_a_code_given_twice_at_once_opens_one_account(site: Site) -> None:
    given = answers(site)
    browsers = [candidate(site, f"{name}@example.org").send(**given) for name in "ab"]
    assert {one.path for one in browsers} == {"/pas-de-calais/monjob62/cgu/decider"}
    barrier = threading.Barrier(2)

    def accept(one: Browser) -> None:
        barrier.wait()
        one.accept()

    threads = [threading.Thread(target=accept, args=(one,)) for one in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert site.count(Account) == 1
    (lost,) = [one for one in browsers if one.path.endswith("/inscription/identite")]
    assert "n’est pas valable, ou a déjà servi" in lost.words
    lost.send(**answers(site)).accept()
    assert site.count(Account) == 2
    with reading(site.engine) as session:
        assert all(row.used_at for row in session.scalars(select(RegistrationCode)))


def test_codes_are_not_guessed(site: Site) -> None:
    browser = candidate(site)
    for number in range(10):
        assert browser.send(**answers(site, **{"code-inscription": f"FAUX{number:04}"})).status == 422
    assert browser.send(**answers(site)).status == 429


@ON_BOTH
@pytest.mark.requirement("M-11", "M-12")
def test_without_acceptance_nothing_is_kept_of_a_candidate(site: Site) -> None:
    given = answers(site)
    candidate(site).send(**given).send(choice="refuser")
    assert site.count(Account) == 0
    with reading(site.engine) as session:
        row = session.scalars(select(Verification)).one()
        code = session.scalars(select(RegistrationCode)).one()
    assert (row.password_hash, row.answers, row.code_to_use) == (None, None, None)
    assert code.used_at is None


@pytest.mark.requirement("P-22", "S-44")
@pytest.mark.parametrize("service", ["portail", "soffi"])
def test_the_company_is_shown_and_is_the_persons_only_once_they_say_so(
    site: Site, browser: Browser, service: str
) -> None:
    browser.prove("dgefp", service).send(password=PASSWORD)
    given = {"nom": "Martin", "prenom": "Camille", "siren": "732 829 320"}
    browser.send(**given)
    for words in ("Est-ce votre entreprise ?", "CFA des Prés", "4 rue du Moulin", "62000 Arras"):
        assert words in browser.words.replace("\u00a0", " ")
    assert fields(site) == {}
    browser.send(confirmation="non")
    assert browser.form().values["nom"] == "Martin"
    assert browser.form().values["siren"] == "732 829 320"
    browser.send(**given).send(confirmation="oui")
    assert fields(site)["siren"] == "732829320"
    with reading(site.engine) as session:
        account = session.scalars(select(Account)).one()
    assert (account.organisation_name, account.siren) == ("CFA des Prés", "732829320")
    assert account.organisation_checked_at == site.clock.at


@pytest.mark.requirement("P-22")
@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("732829321", "Ce numéro SIREN n’est pas valable"),
        ("900000092", "L’annuaire des entreprises ne connaît pas ce numéro"),
        ("900000035", "cette entreprise ou cet établissement est fermé"),
    ],
)
def test_a_number_that_is_nobodys_is_refused_and_the_input_stays(
    site: Site, browser: Browser, number: str, said: str
) -> None:
    browser.prove("dgefp", "portail").send(password=PASSWORD)
    browser.send(nom="Martin", prenom="Camille", siren=number)
    assert browser.status == 422
    assert said in browser.words
    assert browser.form().values["nom"] == "Martin"
    assert browser.form().values["siren"] == number
    assert fields(site) == {}


@ON_BOTH
@pytest.mark.requirement("P-22")
def test_a_name_may_be_given_instead_of_a_number_but_one_of_them_must_be(
    site: Site, browser: Browser
) -> None:
    browser.prove("dgefp", "portail").send(password=PASSWORD)
    browser.send(nom="Martin", prenom="Camille")
    assert "l’un des deux" in browser.words
    browser.send(nom="Martin", prenom="Camille", **{"raison-sociale": "Scierie Zéphyr"})
    assert browser.path == "/dgefp/portail/cgu/decider"
    browser.get("/dgefp/mon-compte/informations")
    assert "Scierie Zéphyr, déclarée, non vérifiée" in browser.words


def test_when_the_directory_does_not_answer_the_company_is_declared_in_words(
    site: Site, browser: Browser
) -> None:
    browser.prove("dgefp", "soffi").send(password=PASSWORD)
    browser.send(nom="Martin", prenom="Camille", siren="351000005")
    assert "ne répond pas" in browser.words
    assert "déclarée et non vérifiée" in browser.words
    browser.send(confirmation="declarer")
    assert browser.path.endswith("/inscription/profil")
    with reading(site.engine) as session:
        account = session.scalars(select(Account)).one()
    assert (account.siren, account.organisation_checked_at) == ("351000005", None)


def test_a_service_may_want_a_directory_that_answers(site: Site, browser: Browser) -> None:
    state = site.app.extensions["kiosk"]
    portail = replace(state.services["portail"], company_may_be_declared=False)
    state.services = {**state.services, "portail": portail}
    browser.prove("dgefp", "portail").send(password=PASSWORD)
    browser.send(nom="Martin", prenom="Camille", siren="351000005")
    assert browser.status == 422
    assert "ne répond pas. Réessayez plus tard." in browser.words
    assert browser.form().values["siren"] == "351000005"


def test_another_check_compares_all_that_was_typed_with_what_the_publisher_knows(site: Site) -> None:
    class Office:
        """Knows when the person who was given a code was born."""

        def verify(self, session: Session, service: str, code: str, answers: Mapping[str, str]) -> str:
            if answers["date-de-naissance"] != "1990-01-31":
                raise RegistrationCodeError(service)
            return ours.verify(session, service, code, answers)

    ours = site.app.extensions["registration"]
    site.app.extensions["registration"] = Office()
    given = answers(site)
    browser = candidate(site).send(**given | {"date-de-naissance": "01/02/1990"})
    assert browser.status == 422
    assert "n’est pas valable" in browser.words
    assert browser.send(**given).path.endswith("/cgu/decider")


@pytest.mark.parametrize("wanted", ["oui", "declarer"])
def test_a_company_is_not_confirmed_with_what_was_shown_to_somebody_else(
    site: Site, browser: Browser, wanted: str
) -> None:
    given = {"nom": "Martin", "prenom": "Camille", "siren": "732829320"}
    other = site.browser().prove("dgefp", "portail", "b@example.org").send(password=PASSWORD).send(**given)
    signed = other.form().values["company"]
    browser.prove("dgefp", "portail").send(password=PASSWORD)
    for token in (signed, "", signed[:-1]):
        browser.send(**given, company=token, confirmation=wanted)
        assert "Est-ce votre entreprise" in browser.words
        browser.send(confirmation="non")
    browser.send(**given | {"siren": "900000019"})
    mine = browser.form().values["company"]
    browser.send(**given, company=mine, confirmation=wanted)
    assert "CFA des Prés" in browser.words
    assert fields(site) == {}


def test_a_person_goes_back_and_finds_what_they_said(site: Site, browser: Browser) -> None:
    browser.prove("pas-de-calais", "monjob62").send(password=PASSWORD).send(profile="recruteur")
    browser.introduce()
    assert 'href="/pas-de-calais/monjob62/inscription/identite"' in browser.html
    browser.get("/pas-de-calais/monjob62/inscription/identite")
    assert browser.form().values["nom"] == "Martin"
    assert browser.form().values["telephone"] == "03 21 00 00 00"
    browser.get("/pas-de-calais/monjob62/inscription/profil").send(profile="partenaire")
    assert browser.form().values["nom"] == "Martin"
    assert browser.get("/pas-de-calais/monjob62/cgu/decider").path.endswith("/inscription/identite")


def test_a_sign_up_is_taken_up_again_within_a_day_or_begun_with_another_address(
    site: Site, browser: Browser
) -> None:
    browser.prove("pas-de-calais", "monjob62").send(password=PASSWORD)
    site.clock.move(hours=23)
    browser.get("/pas-de-calais/monjob62/inscription")
    assert "Une inscription est commencée" in browser.words
    assert 'href="/pas-de-calais/monjob62/inscription/profil"' in browser.html
    assert browser.get("/pas-de-calais/monjob62/cgu/decider").path.endswith("/inscription/profil")
    browser.prove("pas-de-calais", "monjob62", "autre@example.org")
    assert browser.path.endswith("/inscription/mot-de-passe")
    site.clock.move(hours=25)
    assert "Une inscription est commencée" not in browser.get("/pas-de-calais/monjob62/inscription").words


@pytest.mark.requirement("O-04")
@pytest.mark.parametrize("profile", ["entreprise-adherente", "organisme-de-formation", "cfa"])
def test_a_company_a_training_body_and_a_cfa_decide_as_the_company_of_the_text(
    site: Site, profile: str
) -> None:
    browser = site.browser().sign_up("ocapiat", "ocapiat", profile=profile)
    assert browser.path == f"/ocapiat/ocapiat/{DECIDE}"
    assert "au nom de l’entreprise que vous représentez" in browser.words
    assert browser.form().values["siren"]
    with reading(site.engine) as session:
        assert session.scalars(select(Account.profile)).one() == profile


@pytest.mark.requirement("P-53", "P-54", "T-21")
@pytest.mark.parametrize(
    ("service", "profile"), [("portail", {}), ("tableau-de-bord", {"profile": "cfa-of"})]
)
def test_who_signs_up_vouches_for_what_they_said_and_the_proof_says_so(
    site: Site, browser: Browser, service: str, profile: dict[str, str]
) -> None:
    browser.sign_up("dgefp", service, **profile)
    words = browser.words.replace("\u00a0", " ")
    vouched = site.app.extensions["kiosk"].services[service].acceptance.statements
    assert all(one in words for one in vouched)
    browser.accept()
    with reading(site.engine) as session:
        row = session.scalars(select(StatementRow).where(StatementRow.kind == "decision")).one()
    said = json.loads(row.body)["wording"]["statements"]
    assert said == list(vouched)
    assert "un seul compte" in said[0]
    assert "véracité" in said[1]


@pytest.mark.requirement("P-25", "P-17")
def test_a_sign_up_that_is_over_is_not_answered_again(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    before = fields(site)
    for page in (PROFILE, IDENTITY):
        assert browser.get(f"/dgefp/portail/{page}").path == "/dgefp/portail/"
    data = {"csrf_token": browser.form().values["csrf_token"], "nom": "Autre", "siren": "900000019"}
    assert browser.client.post(f"/dgefp/portail/{IDENTITY}", data=data).status_code == 303
    assert fields(site) == before


@pytest.mark.requirement("T-13")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_gives_a_shared_address_is_warned_and_may_go_on(site: Site, browser: Browser) -> None:
    browser.prove("dgefp", "tableau-de-bord", "contact@exemple.fr")
    assert "semble lue par plusieurs personnes" in browser.words
    assert "/inscription/" in browser.send(password=PASSWORD).path, "warned, not refused"
    other = site.browser().prove("dgefp", "tableau-de-bord", "camille@exemple.fr")
    assert "semble lue" not in other.words
