"""People are counted without being named; looking at one, and closing an account, are acts with a reason."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event, select

from kiosk.acceptance.models import Decision, Subject
from kiosk.acceptance.policy import Kind
from kiosk.accounts.models import Account, SignIn
from kiosk.administration import people
from kiosk.administration.people import State
from kiosk.administration.services import HOURLY
from kiosk.db import reading, writing
from kiosk.staff import records, sessions
from kiosk.staff.models import ActWords, OfficerRecord
from kiosk.staff.records import Act
from kiosk.staff.roles import Grant, Role
from kiosk.texts.services import current
from tests.kiosk.administration.conftest import DESK
from tests.kiosk.staff.conftest import Team
from tests.kiosk.web import EMAIL, PASSWORD, Browser

OTHER = "dominique.autre@example.org"
WHY = "Appel de la personne."


def account_of(team: Team, email: str = EMAIL, publisher: str = "dgefp") -> str:
    with reading(team.site.engine) as session:
        wanted = select(Account.id).where(Account.email_key == email, Account.publisher == publisher)
        return session.scalars(wanted).one()


def version_of(browser: Browser, name: str) -> str:
    """The number of the newest version of a service in the list of texts."""
    found = re.search(rf'<option value="(\d+)"[^>]*>{name}', browser.html)
    assert found, browser.words
    return found.group(1)


def acts(team: Team) -> list[Act]:
    with reading(team.site.engine) as session:
        return [one.act for one in records.every(session, "dgefp")]


@pytest.mark.requirement("T-17")
def test_states_are_counted_and_nobody_is_named_before_a_reason_is_written_down(
    team: Team, support: Browser
) -> None:
    team.site.browser().sign_up("dgefp", "portail").accept()
    team.site.browser().sign_up("dgefp", "portail", OTHER)
    portail = version_of(support.get(DESK), "Portail")
    support.get(f"{DESK}?version={portail}")
    assert (
        "Acceptée 1 En attente du représentant légal 0 Refusée 0 Reportée 0 Renoncée 0 Résiliée par la"
        " personne 0 Sans réponse 1"
    ) in support.words
    assert EMAIL not in support.words
    support.send(at=f"{DESK}/liste", state="to-decide", reason="")
    assert (support.status, "Indiquez le motif." in support.words, OTHER in support.words) == (
        422,
        True,
        False,
    )
    support.send(at=f"{DESK}/liste", state="to-decide", reason=WHY)
    assert (OTHER in support.words, EMAIL in support.words) == (True, False)
    assert acts(team)[0] is Act.LISTED
    with reading(team.site.engine) as session:
        assert session.scalars(select(ActWords.reason)).one() == WHY


def test_pages_follow_one_another_by_key_and_none_is_missed(team: Team, support: Browser) -> None:
    at = team.site.clock()
    with writing(team.site.engine) as session:
        session.add_all(
            Account(
                id=f"{number:032x}", publisher="dgefp", service="portail", email=f"p{number}@example.org",
                email_key=f"p{number}@example.org", password_hash="x", password_changed_at=at, created_at=at,
            )
            for number in range(1, people.PAGE + 8)
        )  # fmt: skip
    portail = version_of(support.get(DESK), "Portail")
    support.get(f"{DESK}?version={portail}").send(at=f"{DESK}/liste", state="silent", reason=WHY)
    assert support.words.count("Ouvrir la fiche") == people.PAGE
    support.send(at=f"{DESK}/liste")
    assert support.words.count("Ouvrir la fiche") == 7
    with reading(team.site.engine) as session:
        assert people.counts(session, "dgefp", "portail", int(portail))[State.SILENT] == people.PAGE + 7


def test_a_person_is_found_by_their_whole_address_and_each_look_is_recorded(
    team: Team, support: Browser
) -> None:
    team.site.browser().sign_up("dgefp", "soffi", profile="opco").accept()
    support.get(DESK).send(at=f"{DESK}/recherche", address="camille", why=WHY)
    assert (support.status, "adresse électronique entière" in support.words) == (422, True)
    support.get(DESK).send(at=f"{DESK}/recherche", address=OTHER, why=WHY)
    assert "Aucun compte n’a exactement cette adresse" in support.words
    support.get(DESK).send(at=f"{DESK}/recherche", address=EMAIL.upper(), why=WHY)
    assert f"Adresse {EMAIL}" in support.words
    assert "Acceptée le 22 novembre 2026" in support.words
    with reading(team.site.engine) as session:
        found = records.every(session, "dgefp")
        assert [one.search.found for one in found if one.search] in ([1, 0], [0, 1])
        kept = session.scalars(select(ActWords.account_id)).all()
    assert sorted(kept, key=str) == sorted([None, account_of(team)], key=str)
    assert EMAIL not in support.get("/dgefp/equipe/journal").words


def test_nobody_reads_everybody(team: Team, support: Browser) -> None:
    at = team.site.clock()
    officer = team.get("s.port")
    with writing(team.site.engine) as session:
        session.add_all(
            OfficerRecord(
                officer_id=officer.id,
                sequence=100 + number,
                publisher="dgefp",
                function="x",
                at=at,
                act="looked",
            )
            for number in range(HOURLY)
        )
    support.get(DESK).send(at=f"{DESK}/recherche", address=EMAIL, why=WHY)
    assert (support.status, "le plus qui soit permis" in support.words) == (429, True)


@pytest.mark.requirement("P-32", "P-33")
def test_a_deactivated_account_is_shut_at_once_told_and_opens_again_with_all_it_had(
    team: Team, support: Browser
) -> None:
    person = team.site.browser().sign_up("dgefp", "soffi", profile="opco").accept()
    account = account_of(team)
    page = f"{DESK}/personnes/{account}"
    support.get(DESK).send(at=f"{DESK}/recherche", address=EMAIL, why=WHY)
    support.send(reason="")
    assert (support.status, "Indiquez le motif." in support.words) == (422, True)
    assert acts(team).count(Act.LOOKED) == 1, "nobody is seen again without a line"
    support.send(reason="Compte employé par un autre.")
    assert "Compte désactivé. Ses connexions sont fermées" in support.words
    assert person.get("/dgefp/mes-acceptations").path == "/dgefp/connexion", "on the next request"
    with reading(team.site.engine) as session:
        assert session.scalars(select(SignIn)).all() == []
    (told,) = [mail for mail in team.site.mails(EMAIL) if "désactivé" in mail["subject"]]
    assert "Compte employé par un autre." in told["body"]
    assert "Rien n’est supprimé" in told["body"]
    assert "Auteur de cette décision : Prénom Nom, Juriste" in told["body"]
    assert "devant le tribunal administratif de Paris" in told["body"]
    person.sign_in("dgefp", password="Un autre secret, 9 !")
    assert "Adresse ou mot de passe inexact." in person.words, "told to its holder alone"
    person.sign_in("dgefp")
    assert (person.status, "a désactivé ce compte le 22 novembre 2026" in person.words) == (403, True)
    assert "Vous gardez tous vos droits" in person.words
    support.send(at=f"{page}/reactivation", reason="Vérifié avec la personne.")
    assert "Compte rouvert." in support.words
    assert person.sign_in("dgefp").get("/dgefp/mes-acceptations").status == 200
    assert "Acceptée le" in person.words
    assert sorted(acts(team))[:2] == [Act.CODES_MADE, Act.DEACTIVATED]
    assert Act.REACTIVATED in acts(team)
    mails = [mail["subject"] for mail in team.site.mails(EMAIL)]
    assert any("rouvert" in subject for subject in mails)


def test_closing_an_account_asks_for_the_second_factor_again(team: Team, support: Browser) -> None:
    team.site.browser().sign_up("dgefp", "portail").accept()
    support.get(DESK).send(at=f"{DESK}/recherche", address=EMAIL, why=WHY)
    team.site.clock.at += sessions.LATELY
    support.send(reason="Compte employé par un autre.")
    assert support.path == "/dgefp/equipe/preuve"
    with reading(team.site.engine) as session:
        assert session.scalars(select(Account.deactivated_at)).one() is None


@pytest.mark.requirement("O-30", "O-45")
def test_no_route_answers_another_publisher_another_role_or_a_person(team: Team, support: Browser) -> None:
    team.site.browser().sign_up("dgefp", "portail").accept()
    account = account_of(team)
    team.add("e.vidence", Role.EVIDENCE)
    team.add("a.uteur", Role.AUTHOR, Role.REVIEWER, Role.PUBLISHER)
    team.add("o.ther", Role.SUPPORT, publisher="ocapiat")
    others = [team.come("e.vidence"), team.come("a.uteur"), team.come("o.ther", "ocapiat")]
    for browser in others:
        team.enrol(browser)
    person = team.site.browser().sign_in("dgefp")
    every = [one for one in team.site.app.url_map.iter_rules() if one.endpoint.startswith("administration.")]
    assert len(every) == 17
    for rule in every:
        path = re.sub("<string.*?>", account, str(rule).replace("<publisher>", "dgefp"))
        for browser in (*others, person):
            token = browser.get(browser.path).forms[0].values["csrf_token"]
            for method in rule.methods & {"GET", "POST"}:
                answer = browser.client.open(path, method=method, data={"csrf_token": token, "reason": "x"})
                assert answer.status_code in (303, 401, 403), (path, method)
                assert EMAIL not in answer.get_data(as_text=True)
    stranger = others[2]
    stranger.get("/ocapiat/administration").send(
        at="/ocapiat/administration/recherche", address=EMAIL, why="x"
    )
    assert "Aucun compte n’a exactement cette adresse" in stranger.words
    token = stranger.forms[0].values["csrf_token"]
    for act in ("", "/desactivation", "/reactivation"):
        path = f"/ocapiat/administration/personnes/{account}{act}"
        assert stranger.client.post(path, data={"csrf_token": token, "reason": "x"}).status_code == 404, path
    with reading(team.site.engine) as session:
        assert session.scalars(select(Account.deactivated_at)).one() is None


def test_an_officer_of_one_service_sees_its_people_and_closes_no_account(team: Team) -> None:
    team.site.browser().sign_up("dgefp", "portail").accept()
    team.site.browser().sign_up("dgefp", "soffi", OTHER, profile="opco").accept()
    team.add("s.offi", Grant(Role.SUPPORT, "soffi", team.site.clock()))
    team.enrol(browser := team.come("s.offi"))
    browser.get(DESK).send(at=f"{DESK}/recherche", address=EMAIL, why=WHY)
    assert "Aucun compte n’a exactement cette adresse" in browser.words
    browser.get(DESK).send(at=f"{DESK}/recherche", address=OTHER, why=WHY)
    assert f"Adresse {OTHER}" in browser.words
    assert "Désactiver" not in browser.words
    token = browser.forms[0].values["csrf_token"]
    path = f"{DESK}/personnes/{account_of(team, OTHER)}/desactivation"
    assert browser.client.post(path, data={"csrf_token": token, "reason": "x"}).status_code == 422
    assert browser.get(f"{DESK}?version=999").status == 404


def test_an_officer_of_one_service_sees_nothing_done_at_another(team: Team) -> None:
    person = team.site.browser().sign_up("dgefp", "soffi", profile="opco").accept()
    team.site.clock.move(minutes=1)
    person.get("/dgefp/soffi/cgu/decider").accept()
    team.add("p.ortail", Grant(Role.SUPPORT, "portail", team.site.clock()))
    team.enrol(browser := team.come("p.ortail"))
    browser.get(DESK).send(at=f"{DESK}/recherche", address=EMAIL, why=WHY)
    assert f"Adresse {EMAIL}" in browser.words
    assert browser.words.count(": décision") == 1, "the one at the portal"


@pytest.mark.parametrize(
    ("kind", "said"),
    [(Kind.AWAITING, "En attente du représentant légal"), (Kind.TERMINATED, "Résiliée par la personne")],
)
def test_every_kind_of_decision_is_counted_and_listed(
    team: Team, support: Browser, kind: Kind, said: str
) -> None:
    with writing(team.site.engine) as session:
        version = current(session, "soffi", "cgu", team.site.clock())
        assert version
        number = version.id
        session.add(
            Account(
                id="7" * 32, publisher="dgefp", service="soffi", email=OTHER, email_key=OTHER,
                password_hash="x", password_changed_at=team.site.clock(), created_at=team.site.clock(),
            )
        )  # fmt: skip
        session.flush()
        session.add_all(
            [
                Subject(id="8" * 32, account_id="7" * 32),
                Decision(
                    id="9" * 32, subject_id="8" * 32, version_id=number, service="soffi", terms="cgu",
                    kind=kind.value, sequence=1, decided_at=team.site.clock(), form_id="a" * 32,
                    statement_hash=version.statement_hash,
                ),
            ]
        )  # fmt: skip
    support.get(f"{DESK}?version={number}")
    assert (support.status, f"{said} 1" in support.words) == (200, True)
    support.send(at=f"{DESK}/liste", state=kind.value, reason=WHY)
    assert OTHER in support.words


def test_a_kiosk_without_it_has_no_such_address(team: Team) -> None:
    assert "administration" in team.site.app.blueprints
    assert team.site.browser().get("/dgefp/preuves").status == 404, "the other room stays shut"


def test_who_ended_the_agreement_or_waits_for_a_representative_is_counted_too(
    team: Team, support: Browser
) -> None:
    person = team.site.browser().sign_up("dgefp", "soffi", profile="opco").accept()
    person.get("/dgefp/soffi/").accept().get("/dgefp/soffi/cgu/decider")
    person.send(choice="resilier", words="Fermé depuis un mois.")
    version = version_of(support.get(DESK), "SOFFi")
    support.get(f"{DESK}?version={version}")
    assert (support.status, "Résiliée par la personne 1" in support.words) == (200, True)
    assert {one.value for one in State} - {"silent"} == {one.value for one in Kind}


@pytest.mark.requirement("T-18", "S-35", "O-52", "M-30", "P-52")
def test_a_service_is_closed_on_the_next_request_and_what_is_owed_stays_open(
    team: Team, support: Browser
) -> None:
    person = team.site.browser().sign_up("dgefp", "portail").accept()
    other = team.site.browser().sign_up("dgefp", "soffi", OTHER, profile="opco").accept()
    other.get("/dgefp/portail/cgu/decider").accept()
    asked: list[str] = []
    event.listen(team.site.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert person.get("/dgefp/portail/").status == 200
    before = len(asked)
    form = f"{DESK}/fermetures"
    support.get(form).send(at=form, service="inconnu", until="demain", reason="")
    assert support.status == 422
    for said in ("Choisissez un service", "Indiquez un jour et une heure", "Indiquez le motif."):
        assert said in support.words
    support.get(form).send(at=form, service="portail", until="2020-01-01T08:00", reason="Travaux.")
    assert "La réouverture doit être à venir." in support.words
    support.get(form).send(at=form, service="portail", until="2026-11-23T08:00", reason="Travaux.")
    assert "Portail de la formation" in support.words or "jusqu’au 23 novembre 2026" in support.words
    asked.clear()
    person.get("/dgefp/portail/")
    assert len(asked) < before, "no statement more, and fewer"
    assert (person.status, person.response.headers["Retry-After"]) == (503, "Mon, 23 Nov 2026 07:00:00 GMT")
    assert "Réouverture prévue : 23 novembre 2026 à 08:00:00 (heure de Paris)" in person.words
    assert "Travaux" not in person.words
    sent = person.client.post("/dgefp/portail/", data={"note": "Ma saisie", "csrf_token": csrf(person)})
    assert (sent.status_code, "Ma saisie" in sent.get_data(as_text=True)) == (503, True)
    for path in (
        "/dgefp/portail/cgu/decider", "/dgefp/mes-acceptations", "/dgefp/mon-compte",
        "/dgefp/mon-compte/suppression", "/dgefp/mon-compte/effacement",
    ):  # fmt: skip
        assert person.get(path).status == 200, path
    assert other.get("/dgefp/soffi/").status == 200, "the other services stay open"
    team.site.clock.move(hours=24)
    person.sign_in("dgefp")
    assert person.get("/dgefp/portail/").status == 200, "by itself, at the date given"


def csrf(browser: Browser) -> str:
    return browser.forms[0].values["csrf_token"]


@pytest.mark.requirement("T-18")
def test_every_service_is_closed_in_one_act_without_a_date_and_opened_again(
    team: Team, support: Browser
) -> None:
    person = team.site.browser().sign_up("dgefp", "portail").accept()
    form = f"{DESK}/fermetures"
    support.get(form).send(at=form, service="*", reason="Panne.")
    person.get("/dgefp/portail/")
    assert (person.status, person.response.headers["Retry-After"]) == (503, "3600")
    assert "La date de réouverture n’est pas encore connue." in person.words
    assert team.site.browser().get("/ocapiat/connexion").status == 200
    support.get(form)
    open_portail = next(one for one in support.forms if one.values.get("service") == "portail")
    support.client.post(open_portail.action, data=open_portail.values)
    assert person.get("/dgefp/portail/").status == 200
    assert {Act.SERVICE_CLOSED, Act.SERVICE_OPENED} <= set(acts(team))


def test_incidents_are_shown_with_what_became_of_their_mail(team: Team, support: Browser) -> None:
    person = team.site.browser().sign_up("dgefp", "soffi", profile="opco").accept()
    person.get("/dgefp/mon-compte/mot-de-passe?motif=vol")
    person.send(current=PASSWORD, password="Trois ponts gris, 9 barques !")
    words = support.get(f"{DESK}/incidents").words
    assert "Envoyé" in words
    assert EMAIL not in words
