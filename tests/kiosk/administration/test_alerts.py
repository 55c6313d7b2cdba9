"""A notice to everybody leaves once two officers agreed and the hold has passed; anyone of them stops it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kiosk import worker
from kiosk.administration import alerts
from kiosk.administration.models import SecurityNotice
from kiosk.db import reading, writing
from kiosk.staff.roles import Role
from kiosk.worker import WorkerContext
from tests.kiosk.administration.conftest import DESK
from tests.kiosk.staff.conftest import Team
from tests.kiosk.web import EMAIL, Browser

PAGE = f"{DESK}/avis-de-securite"
OTHER = "dominique.autre@example.org"
WORDS = {"subject": "Fuite de données", "body": "Des adresses ont été lues.\nChangez votre mot de passe."}


@pytest.fixture
def second(team: Team) -> Browser:
    """Another officer of the same publisher, signed in."""
    team.add("a.utre", Role.SUPPORT)
    team.enrol(browser := team.come("a.utre"))
    return browser


def sent(team: Team, email: str) -> list[str]:
    return [mail["body"] for mail in team.site.mails(email) if mail["subject"] == WORDS["subject"]]


def work(team: Team) -> None:
    worker.run_once(WorkerContext(team.site.settings, team.site.engine, team.site.clock))


@pytest.mark.requirement("O-49")
def test_everybody_is_told_after_two_officers_and_the_hold_and_nobody_elsewhere(
    team: Team, support: Browser, second: Browser
) -> None:
    team.site.browser().sign_up("dgefp", "portail").accept()
    team.site.browser().sign_up("dgefp", "soffi", OTHER, profile="opco").accept()
    team.site.browser().sign_up("ocapiat", "ocapiat", "ailleurs@example.org", profile="cfa")
    support.get(PAGE).send(at=PAGE, service="*", subject="", body="")
    assert (support.status, "Il faut de 1 à 150 caractères" in support.words) == (422, True)
    support.get(PAGE).send(at=PAGE, service="*", **WORDS)
    assert "Vous avez écrit cet avis : une autre personne doit le confirmer." in support.words
    with reading(team.site.engine) as session:
        notice = session.scalars(select(SecurityNotice.id)).one()
    confirmed = f"{PAGE}/{notice}/confirmation"
    alone = support.client.post(confirmed, data={"csrf_token": support.forms[0].values["csrf_token"]})
    assert alone.status_code == 422
    second.get(PAGE).send(at=confirmed)
    assert "Confirmé le" in second.words
    team.site.clock.move(minutes=29)
    work(team)
    assert sent(team, EMAIL) == [], "the hold"
    team.site.clock.move(minutes=2)
    with writing(team.site.engine) as session:
        assert alerts.spread(session, notice, team.site.clock(), batch=1)
    work(team)
    with reading(team.site.engine) as session:
        (standing,) = alerts.latest(session, "dgefp")
        assert (standing.notice.told, standing.left, standing.waiting) == (2, 2, 0)
        assert alerts.latest(session, "ocapiat") == []
    written = [file.read_text("utf-8") for file in team.site.settings.mail_dir.iterdir()]
    told = [text for text in written if "Changez votre mot de passe." in text]
    assert sorted(email for text in told for email in (EMAIL, OTHER) if email in text) == [EMAIL, OTHER]
    assert len(told) == 2


def test_a_notice_that_is_stopped_reaches_nobody_and_is_not_confirmed_again(
    team: Team, support: Browser, second: Browser
) -> None:
    team.site.browser().sign_up("dgefp", "portail").accept()
    support.get(PAGE).send(at=PAGE, service="*", **WORDS)
    with reading(team.site.engine) as session:
        notice = session.scalars(select(SecurityNotice.id)).one()
    second.get(PAGE).send(at=f"{PAGE}/{notice}/confirmation")
    support.get(PAGE).send(at=f"{PAGE}/{notice}/arret")
    assert "Arrêté le" in support.words
    team.site.clock.move(minutes=31)
    work(team)
    assert sent(team, EMAIL) == []
    token = second.get(PAGE).forms[0].values["csrf_token"]
    team.add("l.oin", Role.SUPPORT, publisher="ocapiat")
    team.enrol(stranger := team.come("l.oin", "ocapiat"))
    for act, code in (("confirmation", 303), ("arret", 303)):
        answer = second.client.post(f"{PAGE}/{notice}/{act}", data={"csrf_token": token})
        assert answer.status_code == code, "a proof is asked again first"
        path = f"{PAGE}/{notice}/{act}".replace("dgefp", "ocapiat")
        foreign = {"csrf_token": stranger.get("/ocapiat/administration").forms[0].values["csrf_token"]}
        assert stranger.client.post(path, data=foreign).status_code == 404


@pytest.mark.requirement("O-49")
def test_the_people_of_one_service_are_told_and_the_others_are_not(
    team: Team, support: Browser, second: Browser
) -> None:
    elsewhere = team.site.browser().sign_up("dgefp", "portail", "c@example.org").accept()
    elsewhere.get("/dgefp/soffi/").send(profile="opco").accept()
    team.site.browser().sign_up("dgefp", "portail").accept()
    team.site.browser().sign_up("dgefp", "soffi", OTHER, profile="opco")
    assert support.get(PAGE).send(at=PAGE, **WORDS).status == 422
    assert 'href="#service"' in support.html
    support.get(PAGE).send(at=PAGE, service="soffi", **WORDS)
    assert "Pour les personnes de : SOFFi." in support.words
    with reading(team.site.engine) as session:
        notice = session.scalars(select(SecurityNotice.id)).one()
    second.get(PAGE).send(at=f"{PAGE}/{notice}/confirmation")
    team.site.clock.move(minutes=31)
    with writing(team.site.engine) as session:
        assert not alerts.spread(session, notice, team.site.clock())
    told = {email for email in (EMAIL, OTHER, "c@example.org") if sent(team, email)}
    assert told == {OTHER, "c@example.org"}, "who signed up at it, and who decided of it"
