"""A text published with an error: another corrects it, all are told, who decided on it is named to few."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.legal_desk import drafts, spreadsheets
from kiosk.legal_desk.policy import Act
from kiosk.legal_desk.progress import How, of_task
from kiosk.notices.models import Announcement, Task
from kiosk.staff.models import ActWords, OfficerRecord
from kiosk.staff.roles import Role
from kiosk.tasks import WorkerContext, do_next
from kiosk.texts import projections
from tests.kiosk.legal_desk.team import DESK, Team, press
from tests.kiosk.legal_desk.test_watching import fill

LIST = f"{DESK}/versions/soffi/cgu/sans-date-1/suivi/decisions"
WHY = "Écrire à qui a accepté la durée fausse."


@pytest.fixture
def corrected(light_team: Team) -> Team:
    """Twelve people were told of SOFFi's version, seven decided; a draft corrects it, approved."""
    team = light_team
    fill(team, told=12, accepted=5, refused=2, bounced=0, seen=0)
    with writing(team.site.engine) as session:  # the announcement of that version is over
        session.execute(update(Announcement).values(ended_at=team.site.clock()))
        over = {"done_at": team.site.clock(), "state": "done"}
        session.execute(update(Task).where(Task.kind == "announce").values(**over))
    author = team.officer("a.uteur", Role.AUTHOR)
    reviewer = team.officer("r.electeur", Role.REVIEWER)
    team.officer("p.ublie", Role.PUBLISHER)
    plain = team.plain()
    what = replace(plain, metadata=replace(plain.metadata, corrects="sans-date-1"))
    team.approved(author, [reviewer], what)
    return team


def test_who_decided_on_a_faulty_text_is_named_after_a_reason_that_is_kept(corrected: Team) -> None:
    team = corrected
    with writing(team.site.engine) as session:
        for email, changes in (
            ("p0@example.org", {"email": "=cmd()@example.org"}),
            ("p1@example.org", {"publisher": "ocapiat"}),
        ):
            session.execute(update(Account).where(Account.email == email).values(**changes))
    browser = team.come("p.ublie").get(LIST)
    assert "@example.org" not in browser.html
    assert browser.send(reason="").status == 422
    assert browser.send(reason=WHY, **{"as": "page"}).html.count("@example.org") == 6
    assert "refus" in browser.words
    browser.get(LIST).send(reason=WHY, **{"as": "csv"})
    assert browser.response.mimetype == "text/csv"
    assert browser.html.count("acceptation;") == 4
    assert "\n'=cmd()@example.org" in browser.html.replace("\r", ""), "no formula"
    with reading(team.site.engine) as session:
        assert session.scalars(select(ActWords.reason)).all() == [WHY, WHY]
        acts = select(OfficerRecord.act).where(OfficerRecord.act == "listed")
        assert session.scalars(acts).all() == ["listed", "listed"]


def test_nobody_else_is_told_who_decided(corrected: Team) -> None:
    corrected.officer("o.pca", Role.PUBLISHER, publisher="ocapiat")
    author = corrected.come("a.uteur").get(DESK)
    assert author.get(LIST).status == 403
    token = author.get(DESK).forms[0].values["csrf_token"]
    assert author.client.post(LIST, data={"csrf_token": token, "reason": WHY}).status_code == 403
    assert corrected.come("o.pca", "ocapiat").get(LIST.replace("dgefp", "ocapiat")).status == 404


def test_nobody_is_named_of_a_text_that_two_people_did_not_agree_to_correct(light_team: Team) -> None:
    """Nobody names people by a draft that they open alone, and give up once they have the list."""
    team = light_team
    fill(team, told=12, accepted=5, refused=2, bounced=0, seen=0)
    author, reviewer = team.officer("a.uteur", Role.AUTHOR), team.officer("r.electeur", Role.REVIEWER)
    team.officer("p.ublie", Role.PUBLISHER)
    plain = team.plain()
    what = replace(plain, metadata=replace(plain.metadata, corrects="sans-date-1"))
    draft_id = team.open(author, what=what).draft.id
    browser = team.come("p.ublie").get(LIST)
    assert "ne corrige cette version" in browser.words
    team.do(draft_id, Act.SUBMITTED, author)
    assert "ne corrige cette version" in browser.get(LIST).words
    team.do(draft_id, Act.APPROVED, reviewer)
    values = browser.get(LIST).form().values | {"reason": WHY}
    team.do(draft_id, Act.RETURNED, reviewer)
    answer = browser.client.post(LIST, data=values)
    assert answer.status_code == 422
    assert "@example.org" not in answer.text
    assert "ne corrige cette version" in browser.get(LIST).words
    with reading(team.site.engine) as session:
        assert session.scalars(select(ActWords.reason)).all() == []


def test_a_correction_is_announced_as_one_to_everybody(
    corrected: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = corrected
    monkeypatch.setattr(projections, "build_archive", lambda *_: False)
    with reading(team.site.engine) as session:
        (held,) = drafts.listing(session, "dgefp", ["soffi"])
    here = f"{DESK}/brouillons/{held.draft.id}"
    browser = team.come("p.ublie").get(here)
    assert "personnes qui y ont décidé : moins de 10, dont acceptations : moins de 10" in browser.words
    press(browser.get(f"{here}/publier"), f"{here}/publier", quand="maintenant")
    assert "Personnes concernées au moins 10" in browser.words, "twelve, rounded down"
    browser.send(at=f"{here}/publier")
    context = WorkerContext(team.site.settings, team.site.engine, team.site.clock)
    assert do_next(context) == 1
    assert "fichiers du texte : en attente" in browser.get(here).words
    while do_next(context) is not None:
        continue
    assert "fichiers du texte : fait" in browser.get(here).words
    assert "courriels aux personnes concernées : en attente , aucun avant" in browser.words, browser.words
    team.site.clock.move(minutes=31)
    do_next(context)
    with reading(team.site.engine) as session:
        mails = session.scalars(select(Task.payload).where(Task.kind == "mail", Task.done_at.is_(None))).all()
    mails = [one for one in mails if one]
    assert len(mails) == 12, "those who decided, and those who did not"
    assert all("(rectificatif)" in one["subject"] for one in mails)
    assert all("contenait une erreur" in one["body"] for one in mails)
    banner = team.site.browser().get("/dgefp/soffi/cgu/sans-date-1").words
    assert "Cette version contenait une erreur (Une délibération.)" in banner
    marked = team.site.browser().get("/dgefp/soffi/cgu").words
    assert "Rectificatif corrige la version sans-date-1" in marked, "the new one says so itself"


@pytest.mark.parametrize(
    ("values", "how"),
    [
        (None, How.DONE),
        ({"state": "done"}, How.DONE),
        ({"state": "waiting", "attempts": 0}, How.WAITING),
        ({"state": "waiting", "attempts": 1}, How.UNDER_WAY),
        ({"state": "waiting", "attempts": 2, "error": "OSError"}, How.AGAIN),
        ({"state": "failed", "attempts": 8, "error": "OSError"}, How.FAILED),
        ({"state": "stopped", "attempts": 0}, How.STOPPED),
    ],
)
def test_how_far_a_task_is(values: dict[str, object] | None, how: How) -> None:
    assert of_task(None if values is None else Task(**values)) is how


@pytest.mark.parametrize("words", ["=1+1", "+33", "-2", "@a", "\tx", "\rx"])
def test_no_cell_is_a_formula(words: str) -> None:
    assert spreadsheets.cell(words) == f"'{words}"
    assert spreadsheets.cell("camille@example.org") == "camille@example.org"
