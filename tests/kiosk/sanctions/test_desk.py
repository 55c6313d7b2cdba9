"""Officers take measures in a browser: only with the role, a second factor, and everything said."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kiosk.accounts.models import Account
from kiosk.db import reading
from kiosk.sanctions.policy import State
from kiosk.staff.models import OfficerRecord
from kiosk.staff.roles import Grant, Role
from tests.kiosk.sanctions.people import ACTIONS, CONTACT, FACTS, Case
from tests.kiosk.staff.conftest import Team
from tests.kiosk.web import Browser

DESK = "/dgefp/administration/mesures"
ADDRESS = "p7@example.org"
TYPED = {
    "service": "soffi", "person": ADDRESS, "provision": "p-61", "measure": "deletion", "ground": "serious",
    "facts": FACTS, "actions": ACTIONS, "contact": CONTACT, "rights": "1", "days": "", "until": "",
    "urgency": "",
}  # fmt: skip


def come(case: Case, login: str, *grants: Role | Grant, publisher: str = "dgefp") -> Browser:
    """Somebody of the team, signed in with a second factor."""
    team = Team(case.site)
    team.add(login, *grants, publisher=publisher)
    browser = team.come(login, publisher)
    team.enrol(browser)
    return browser


@pytest.mark.requirement("O-59", "S-57", "P-55", "S-46")
def test_from_notice_to_decision_by_two_officers(case: Case) -> None:
    first = come(case, "c.martin", Role.SANCTIONS)
    form = f"{DESK}/avis"
    first.get(form)
    for clause in ("p-61", "p-63", "p-64", "p-65"):
        assert f'<option value="{clause}">SOFFi, paragraphe {clause[2:]}</option>' in first.html
    missing = {"facts": " ", "provision": "p-999", "rights": "", "contact": "", "measure": ""}
    first.send(at="", **(TYPED | missing))
    assert first.status == 422
    for name in ("facts", "provision", "assistance", "contact", "measure"):
        assert f'href="#{name}"' in first.html, name
        assert f'id="{name}-erreur"' in first.html, name
    assert case.acts() == []
    first.send(at="", **(TYPED | {"person": "personne@example.org"}))
    assert "Aucun compte de cet éditeur" in first.words
    first.send(at="", **TYPED)
    assert first.status == 200, first.words
    procedure = case.procedure().id
    assert first.path == f"{DESK}/{procedure}"
    with reading(case.site.engine) as session:
        found = session.scalars(select(OfficerRecord.found).where(OfficerRecord.act == "searched")).all()
    assert sorted(found) == [0, 1, 1], "each search is written down"
    case.work()
    case.site.clock.move(days=9)
    page = f"{DESK}/{procedure}"
    first = come(case, "a.durand", Role.SANCTIONS).get(page)
    ruled = {"measure": "deletion", "ground": "serious", "facts": FACTS, "actions": ACTIONS, "until": ""}
    first.send(at=f"{page}/decision", **ruled)
    assert "attend une seconde personne" in first.words
    second = come(case, "d.irecteur", Role.SANCTIONS).get(page)
    second.send(at=f"{page}/confirmation")
    assert (second.status, second.path) == (200, DESK)
    assert case.site.count(Account) == 0
    assert [one.act for one in case.acts()] == ["notice", "measure"]


@pytest.mark.requirement("S-57")
def test_what_is_confirmed_is_what_was_read_not_what_was_proposed_since(case: Case) -> None:
    first, second = come(case, "c.martin", Role.SANCTIONS), come(case, "a.durand", Role.SANCTIONS)
    first.get(f"{DESK}/avis").send(at="", **TYPED)
    case.work()
    case.site.clock.move(days=9)
    first, second = come(case, "b.martin", Role.SANCTIONS), come(case, "b.durand", Role.SANCTIONS)
    page = f"{DESK}/{case.procedure().id}"
    ruled = {"measure": "termination", "ground": "serious", "facts": FACTS, "actions": ACTIONS, "until": ""}
    first.get(page).send(at=f"{page}/decision", **ruled)
    read = next(one for one in second.get(page).forms if one.action == f"{page}/confirmation").values
    case.site.clock.move(minutes=1)
    first.get(page).send(at=f"{page}/retrait")
    first.get(page).send(at=f"{page}/decision", **(ruled | {"measure": "deletion"}))
    for sent in (read, {"csrf_token": read["csrf_token"]}):
        answer = second.client.post(f"{page}/confirmation", data=sent)
        assert answer.status_code == 422
    assert case.site.count(Account) == 1
    assert [one.act for one in case.acts()] == ["notice"]
    second.get(page).send(at=f"{page}/confirmation")
    assert case.site.count(Account) == 0


def test_who_proved_themselves_long_ago_proves_again_and_keeps_what_was_typed(case: Case) -> None:
    officer = come(case, "c.martin", Role.SANCTIONS)
    officer.get(f"{DESK}/avis")
    case.site.clock.move(minutes=45)
    officer.send(at="", **TYPED)
    assert officer.status == 422
    assert "Prouvez de nouveau qui vous êtes" in officer.words
    assert FACTS in officer.html
    assert case.acts() == []


def test_a_decision_waits_its_turn_is_proposed_confirmed_by_another_and_lifted(case: Case) -> None:
    first, second = come(case, "c.martin", Role.SANCTIONS), come(case, "a.durand", Role.SANCTIONS)
    first.get(f"{DESK}/avis").send(
        at="", **(TYPED | {"measure": "termination", "urgency": "Les dépôts continuent."})
    )
    assert "Attendent une seconde personne" in first.words
    assert case.acts() == []
    proposal = next(one.action for one in first.forms if one.action.endswith("/confirmation"))
    assert first.send(at=proposal).status == 422, "who proposed does not confirm"
    second.get(DESK).send(at=proposal)
    assert case.acts()[0].act == "urgent"
    assert case.browser().get("/dgefp/soffi/").status == 403
    page = f"{DESK}/{case.procedure().id}"
    second.get(page)
    decision = {
        "measure": "suspension", "ground": "breach", "facts": FACTS, "actions": ACTIONS, "until": "",
        "reached_on": "",
    }  # fmt: skip
    second.send(at=f"{page}/decision", **decision)
    assert second.status == 422
    assert "n’a pas atteint la personne" in second.words
    second.get(page).send(at=f"{page}/cloture", facts="La personne s’est expliquée.")
    assert case.procedure().state(case.site.clock()) is State.DROPPED
    assert case.browser().get("/dgefp/soffi/").status == 200


@pytest.mark.parametrize("path", ["", "/avis", f"/{'0' * 32}"])
def test_other_roles_other_publishers_and_strangers_stay_out(case: Case, path: str) -> None:
    assert come(case, "j.uriste", Role.EVIDENCE).get(f"{DESK}{path}").status == 403
    other = come(case, "o.ca", Role.SANCTIONS, publisher="ocapiat")
    assert other.get(f"{DESK}{path}").path.endswith("/equipe/connexion")
    assert case.browser().get(f"{DESK}{path}").path.endswith("/equipe/connexion"), (
        "a person is not an officer"
    )


def test_an_officer_of_one_service_sees_nothing_of_another(case: Case) -> None:
    first = come(case, "c.martin", Role.SANCTIONS)
    first.get(f"{DESK}/avis").send(at="", **TYPED)
    procedure = case.procedure().id
    elsewhere = come(case, "p.ortail", Grant(Role.SANCTIONS, "portail", case.site.clock()))
    assert elsewhere.get(f"{DESK}/{procedure}").status == 404
    assert procedure not in elsewhere.get(DESK).html
    elsewhere.get(f"{DESK}/avis")
    assert 'value="soffi"' not in elsewhere.html


def test_nobody_searches_for_many(case: Case) -> None:
    officer = come(case, "c.martin", Role.SANCTIONS)
    for number in range(10):
        officer.get(f"{DESK}/avis").send(at="", **(TYPED | {"person": f"n{number}@example.org"}))
        assert "Aucun compte" in officer.words
    officer.get(f"{DESK}/avis").send(at="", **TYPED)
    assert "Trop de recherches" in officer.words
    assert case.acts() == []
