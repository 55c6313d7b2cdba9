"""Nobody comes in with a secret alone: the second factor is asked, each code once, lost ones reset."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from kiosk.db import reading, writing
from kiosk.staff import factors, officers, records, sessions
from kiosk.staff.brake import FACTOR_PAIR
from kiosk.staff.errors import FactorError, OfficerError
from kiosk.staff.models import OfficerCode, OfficerSession, OfficerTotp
from kiosk.staff.records import Act
from kiosk.staff.roles import Grant, Role
from tests.kiosk.staff.conftest import SECRET, TEAM, Team, codes_of, secret_of

DESK = "/dgefp/preuves"
CHOICE, PROOF = f"{TEAM}/second-facteur", f"{TEAM}/preuve"


@pytest.mark.requirement("P-46", "T-20")
def test_an_officer_adds_an_application_at_their_first_sign_in_and_nothing_is_open_before(team: Team) -> None:
    team.add("c.martin")
    browser = team.come("c.martin")
    assert (browser.path, browser.status) == (CHOICE, 200)
    for path in (DESK, TEAM, f"{TEAM}/journal", f"{TEAM}/collegues", f"{TEAM}/secret"):
        assert browser.get(path).path == CHOICE, path
    token = browser.get(CHOICE).forms[0].values["csrf_token"]
    for path in ("retrait", "codes"):
        answer = browser.client.post(f"{CHOICE}/{path}", data={"csrf_token": token, "which": "application"})
        assert answer.status_code == 401, path
    browser.get(f"{CHOICE}/application")
    secret = secret_of(browser)
    assert len(secret) == 32
    browser.send(code=team.code(secret, 5))
    assert (browser.status, secret_of(browser)) == (422, secret), "the picture that was taken still holds"
    assert "Ce n’est pas le code que cette application montre maintenant." in browser.words
    browser.send(code=team.code(secret))
    assert len(set(codes_of(browser))) == 8
    assert browser.get(DESK).path == DESK
    with reading(team.site.engine) as session:
        kept = session.scalars(select(OfficerTotp)).one()
        assert secret.encode() not in kept.sealed
        assert len(session.scalars(select(OfficerCode)).all()) == 8


def test_a_code_is_asked_at_each_sign_in_and_is_worth_nothing_a_second_time(team: Team) -> None:
    team.add("c.martin")
    secret, _ = team.enrol(team.come("c.martin"))
    browser = team.come("c.martin")
    assert (browser.path, browser.get(DESK).path) == (PROOF, PROOF)
    browser.send(code=team.code(secret))
    assert (browser.status, "inexact, ou a déjà servi" in browser.words) == (422, True), "it enrolled"
    browser.send(code=team.code(secret, -1))
    assert browser.status == 422, "nor one before it"
    browser.send(code=team.code(secret, 1))
    assert browser.path == DESK, "the page that was asked for first"
    other = team.come("c.martin")
    other.send(code=team.code(secret, 1))
    assert other.status == 422
    team.site.clock.move(seconds=60)
    assert other.send(code=team.code(secret)).path == DESK


def test_a_half_open_session_ends_soon_and_the_whole_one_has_another_token(team: Team) -> None:
    team.add("c.martin")
    secret, _ = team.enrol(team.come("c.martin"))
    team.site.clock.move(minutes=1)
    browser = team.come("c.martin")
    half = browser.client.get_cookie("equipe")
    team.site.clock.at += sessions.HALF_OPEN
    assert browser.send(code=team.code(secret), follow=False).status == 401
    browser = team.come("c.martin")
    half = browser.client.get_cookie("equipe")
    browser.send(code=team.code(secret))
    whole = browser.client.get_cookie("equipe")
    assert half
    assert whole
    assert half.value != whole.value
    browser.client.set_cookie("equipe", half.value)
    assert browser.get(DESK).path == f"{TEAM}/connexion"


def test_a_code_on_paper_stands_in_once_and_is_recorded(team: Team) -> None:
    team.add("c.martin")
    _, codes = team.enrol(team.come("c.martin"))
    browser = team.come("c.martin").send(code=codes[0].lower().replace("-", " "))
    assert browser.path == DESK
    assert team.come("c.martin").send(code=codes[0]).status == 422
    words = browser.get(f"{TEAM}/journal").words
    assert "Juriste (c.martin) Code de secours employé" in words
    assert "Juriste (c.martin) Second facteur ajouté" in words
    browser.get(CHOICE)
    assert "Il vous en reste : 7." in browser.words
    assert "Retirer" not in browser.words, "the only one is not taken away"
    browser.send(at=f"{CHOICE}/codes")
    assert team.come("c.martin").send(code=codes[1]).status == 422, "new ones void those before"
    assert team.come("c.martin").send(code=codes_of(browser)[1]).path == DESK


@pytest.mark.requirement("O-46")
def test_whoever_has_a_secret_does_not_guess_the_code_and_the_log_raises_the_alarm(team: Team) -> None:
    team.add("c.martin")
    secret, _ = team.enrol(team.come("c.martin"))
    team.site.clock.move(minutes=1)
    browser = team.come("c.martin")
    right = team.code(secret)
    for _ in range(FACTOR_PAIR.count):
        assert browser.send(code=f"{(int(right) + 1) % 1_000_000:06}").status == 422
    assert browser.send(code=right).status == 429
    assert "Trop d’essais manqués" in browser.words
    told = [json.loads(line) for line in team.site.log.getvalue().splitlines()]
    (alarm,) = [line for line in told if line["event"] == "security"]
    assert (alarm["level"], alarm["what"], alarm["publisher"]) == ("warning", "officer-factor", "dgefp")
    assert "c.martin" not in json.dumps(alarm)
    team.site.clock.move(minutes=16)
    again = team.come("c.martin").send(code=team.code(secret))
    assert again.path == DESK


def test_an_act_that_weighs_asks_for_the_factor_again_and_does_nothing_before(team: Team) -> None:
    team.add("c.martin")
    secret, _ = team.enrol(browser := team.come("c.martin"))
    team.site.clock.at += sessions.LATELY
    browser.get(f"{CHOICE}/application")
    assert (browser.path, "prouvez à nouveau que c’est vous" in browser.words) == (PROOF, True)
    browser.send(code=team.code(secret))
    assert browser.path == CHOICE
    browser.get(f"{CHOICE}/application")
    new = secret_of(browser)
    browser.send(code=team.code(new))
    assert browser.path == CHOICE
    team.site.clock.move(minutes=1)
    assert team.come("c.martin").send(code=team.code(secret)).status == 422, "one application, the last added"
    assert team.come("c.martin").send(code=team.code(new)).path == DESK
    team.site.clock.at += sessions.LIFETIME
    assert browser.get(DESK).path == f"{TEAM}/connexion", "no proof makes a session longer"


@pytest.mark.requirement("O-30", "O-45")
def test_a_colleague_of_the_same_roles_resets_a_lost_factor_and_it_is_recorded(team: Team) -> None:
    for login in ("a.durand", "c.martin"):
        team.add(login)
    team.add("s.port", Role.SUPPORT)
    _, codes = team.enrol(lost := team.come("c.martin"))
    helper, other = team.come("a.durand"), team.come("s.port")
    for one in (helper, other):
        team.enrol(one)
    target = f"{TEAM}/collegues/{team.get('c.martin').id}/second-facteur"
    assert "Réinitialiser celui de c.martin" not in other.get(f"{TEAM}/collegues").words
    token = helper.get(CHOICE).forms[-1].values["csrf_token"]
    refused = other.client.post(target, data={"csrf_token": other.get(CHOICE).forms[-1].values["csrf_token"]})
    assert refused.status_code == 422
    unknown = helper.client.post(
        target.replace(team.get("c.martin").id, "0" * 32), data={"csrf_token": token}
    )
    assert unknown.status_code == 404
    helper.get(f"{TEAM}/collegues").send(at=target)
    assert "Le second facteur de c.martin est réinitialisé" in helper.words
    assert lost.get(DESK).path == f"{TEAM}/connexion", "open sessions end"
    again = team.come("c.martin")
    assert again.path == CHOICE
    team.enrol(again)
    assert "Juriste (a.durand) Second facteur réinitialisé : c.martin" in again.get(f"{TEAM}/journal").words
    assert team.come("c.martin").send(code=codes[0]).status == 422, "the former codes on paper went too"
    with writing(team.site.engine) as session, pytest.raises(FactorError):
        factors.reset(session, team.get("s.port"), team.get("c.martin"), team.site.clock())
    team.site.clock.move(minutes=1)
    with writing(team.site.engine) as session:
        factors.reset_by_command(session, team.get("s.port"), team.site.clock())
        assert not factors.of(session, team.get("s.port").id).any
        (newest, *_) = records.every(session, "dgefp")
    assert (newest.act, newest.about) == (Act.FACTOR_RESET, newest.officer_id)


def test_a_stranger_who_learns_the_secret_of_somebody_with_a_factor_adds_none(team: Team) -> None:
    person = team.add("c.martin")
    team.enrol(team.come("c.martin"))
    browser = team.come("c.martin")
    for path in (CHOICE, f"{CHOICE}/application"):
        assert browser.get(path).path == PROOF
    with writing(team.site.engine) as session, pytest.raises(FactorError):
        factors.refuse_stranger(session, person, proved=False)


def test_who_leaves_keeps_no_factor_and_no_session(team: Team) -> None:
    team.add("c.martin")
    team.enrol(browser := team.come("c.martin"))
    with writing(team.site.engine) as session:
        officers.deactivate(session, "dgefp", "c.martin", team.site.clock())
        for model in (OfficerTotp, OfficerCode, OfficerSession):
            assert session.scalars(select(model)).all() == []
    assert browser.get(DESK).path == f"{TEAM}/connexion"


@pytest.mark.requirement("O-30", "O-45")
def test_a_role_opens_its_rooms_from_its_day_to_its_day_at_its_services(team: Team) -> None:
    at = team.site.clock()
    team.add("s.port", Role.SUPPORT)
    team.enrol(browser := team.come("s.port"))
    assert browser.get(DESK).status == 403
    assert browser.get(TEAM).path == TEAM
    dated = Grant(Role.EVIDENCE, "soffi", at + timedelta(days=1), at + timedelta(days=2))
    for days, may in ((0, False), (1, True), (2, False)):
        assert dated.holds(at + timedelta(days=days)) is may
    officer = team.add("d.ate", dated)
    for service, days, may in (
        ("soffi", 1, True),
        ("portail", 1, False),
        (None, 1, False),
        ("soffi", 2, False),
    ):
        wanted = None if service is None else (service,)
        assert officer.may(Role.EVIDENCE, service, at + timedelta(days=days)) is may
        with writing(team.site.engine) as session:
            if may:
                officers.let_act(session, officer, Role.EVIDENCE, at + timedelta(days=days), wanted)
                continue
            with pytest.raises(OfficerError, match="Vos rôles"):
                officers.let_act(session, officer, Role.EVIDENCE, at + timedelta(days=days), wanted)
    assert SECRET not in team.site.log.getvalue()
