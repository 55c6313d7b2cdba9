"""Who got no mail is named to whoever publishes, with a reason; who stays silent is written to once more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from kiosk import tasks
from kiosk.acceptance import reminding
from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.ledger.models import StatementRow
from kiosk.legal_desk import reminding_pages
from kiosk.notices import announcements, notifications, reminders
from kiosk.notices.errors import ReminderError
from kiosk.notices.mail import message_name
from kiosk.notices.models import Announcement, NotificationRow, Task
from kiosk.staff.models import ActWords, OfficerRecord
from kiosk.staff.roles import Role
from kiosk.texts.models import PublishedVersion
from tests.kiosk.legal_desk.team import DESK, Team
from tests.kiosk.legal_desk.test_watching import a_hash, fill

WATCH = f"{DESK}/versions/soffi/cgu/sans-date-1/suivi"
WHY = "Écrire par la poste à qui n’a pas d’adresse valable."


@pytest.fixture
def announced(light_team: Team) -> Team:
    """Twenty-five people told of SOFFi's version by mail, of whom six decided and three mails came back."""
    version_id = fill(light_team, told=25, accepted=4, refused=2, bounced=0, seen=0)
    at = light_team.site.clock()
    with writing(light_team.site.engine) as session:
        people = session.scalars(select(Account.id).order_by(Account.email)).all()
        mailing = announcements.mailing_of(version_id)
        session.execute(
            insert(Task),
            [
                {
                    "kind": "mail", "key": f"{mailing}:{one}", "payload": {}, "created_at": at, "due_at": at,
                    "attempts": 1, "done_at": at, "state": "delivered-to-server", "mailing": mailing,
                }
                for one in people
            ],
        )  # fmt: skip
        about = session.get_one(PublishedVersion, version_id).statement_hash
        for one in people[:3]:
            digest = a_hash()
            session.add(StatementRow(hash=digest, kind="notification", body=b"{}", recorded_at=at))
            session.flush()
            session.add(
                NotificationRow(
                    statement_hash=digest, about=about, purpose="publication", channel="mail",
                    state="bounced", handed_at=at, message=message_name(f"{mailing}:{one}"),
                )
            )  # fmt: skip
        session.execute(update(Announcement).values(ended_at=at))
        session.execute(update(Task).where(Task.kind == "announce").values(done_at=at, state="done"))
    return light_team


def version(team: Team) -> PublishedVersion:
    with reading(team.site.engine) as session:
        found = session.scalars(select(PublishedVersion).where(PublishedVersion.service == "soffi")).one()
        session.expunge(found)
    return found


def test_who_got_no_mail_is_named_after_a_reason_that_is_kept(announced: Team) -> None:
    announced.officer("p.ublie", Role.PUBLISHER)
    browser = announced.come("p.ublie").get(f"{WATCH}/non-remis")
    assert "@example.org" not in browser.html
    assert browser.send(reason="").status == 422
    assert "@example.org" not in browser.html
    with reading(announced.site.engine) as session:
        assert session.scalar(select(func.count()).select_from(ActWords)) == 0
    browser.send(reason=WHY, **{"as": "page"})
    assert browser.html.count("@example.org") == 3
    browser.get(f"{WATCH}/non-remis").send(reason=WHY, **{"as": "csv"})
    assert browser.response.mimetype == "text/csv"
    assert browser.html.count("annonce;revenu après la remise") == 3
    with reading(announced.site.engine) as session:
        assert session.scalars(select(ActWords.reason)).all() == [WHY, WHY]
        done = select(OfficerRecord.act).where(OfficerRecord.act == "listed")
        assert session.scalars(done).all() == ["listed", "listed"]


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.REVIEWER])
@pytest.mark.parametrize("page", ["non-remis", "rappel"])
def test_only_who_publishes_names_or_reminds_people(announced: Team, role: Role, page: str) -> None:
    announced.officer("q.uelquun", role)
    browser = announced.come("q.uelquun").get(WATCH)
    assert page not in browser.html
    token = browser.forms[0].values["csrf_token"]
    sent = {"csrf_token": token, "reason": WHY}
    assert browser.get(f"{WATCH}/{page}").status == 403
    assert browser.client.post(f"{WATCH}/{page}", data=sent).status_code == 403
    announced.officer("o.pca", Role.PUBLISHER, publisher="ocapiat")
    path = f"{WATCH}/{page}".replace("dgefp", "ocapiat")
    assert announced.come("o.pca", "ocapiat").get(path).status == 404


def test_a_reminder_goes_on_where_it_was_to_those_who_decided_nothing(announced: Team) -> None:
    team, found = announced, replace_required(announced)
    officer = team.officer("p.ublie", Role.PUBLISHER)
    at = team.site.clock()
    with writing(team.site.engine) as session:
        assert reminding.silent(session, found) == 19
        number = reminders.ask(session, found, "dgefp", by=officer, means=team.desk, concerned=19, at=at)
    words = reminding.letter(team.service, found, public_url="http://localhost", mode="demonstration")
    assert "avant le" in words[0]
    steps = 0
    more = True
    while more:
        with writing(team.site.engine) as session:
            more = reminding.spread(session, found, number, words, at, batch=10)
        steps += 1
        assert steps < 9
    assert steps == 3
    mails = [one for one in team.site.mails() if one.get("subject") == words[0]]
    assert len(mails) == len({one["to"] for one in mails}) == 19
    assert {one["notification"]["purpose"] for one in mails} == {reminders.PURPOSE}
    assert {one["notification"]["about"] for one in mails} == {found.statement_hash}
    assert not any("@" in words[1] for _ in mails), "the same words for everybody"
    with writing(team.site.engine) as session:
        assert reminders.stop(session, found.id, number, by=officer, means=team.desk, at=at) == 19
        with pytest.raises(ReminderError, match="déjà arrêté"):
            reminders.stop(session, found.id, number, by=officer, means=team.desk, at=at)
    with reading(team.site.engine) as session:
        (one,) = reminders.every(session, found.id)
        assert (one.left, one.waiting, one.reminder.told) == (0, 0, 19)


def test_the_worker_sends_a_reminder_and_what_became_of_each_is_a_statement(announced: Team) -> None:
    team, found = announced, replace_required(announced)
    officer = team.officer("p.ublie", Role.PUBLISHER)
    with writing(team.site.engine) as session:
        reminders.ask(
            session, found, "dgefp", by=officer, means=team.desk, concerned=19, at=team.site.clock()
        )
    context = tasks.WorkerContext(team.site.settings, team.site.engine, team.site.clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reminding.texts, "get", lambda _session, _id: found)
        while tasks.do_next(context) is not None:
            pass
    with reading(team.site.engine) as session:
        told = select(func.count()).where(NotificationRow.purpose == reminders.PURPOSE)
        assert session.scalar(told.where(NotificationRow.state == notifications.HANDED)) == 19


@pytest.mark.parametrize(
    ("required", "since", "refused"),
    [
        (timedelta(days=1), None, None),
        (timedelta(0), None, "avant la date"),
        (None, None, "avant la date"),
        (timedelta(days=1), timedelta(days=6), "sept jours"),
        (timedelta(days=1), timedelta(days=7), None),
    ],
)
def test_when_people_may_be_reminded(
    light_team: Team, required: timedelta | None, since: timedelta | None, refused: str | None
) -> None:
    at = light_team.site.clock()
    asked = version(light_team)
    asked.required_at = at + required if required is not None else None
    last = None
    if since is not None:
        last = reminders.Reminder(version_id=1, number=1, publisher="dgefp", asked_at=at - since)
    if refused is None:
        reminders.refuse(asked, last, at)
        return
    with pytest.raises(ReminderError, match=refused):
        reminders.refuse(asked, last, at)


def replace_required(team: Team) -> PublishedVersion:
    """The version of SOFFi as if its publisher had fixed a day: the row itself cannot change."""
    found = version(team)
    found.required_at = team.site.clock() + timedelta(days=20)
    return found


def test_the_page_shows_the_mail_asks_once_a_week_and_stops(
    announced: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = replace_required(announced)
    monkeypatch.setattr(reminding_pages.texts, "by_address", lambda _session, _address: found)
    announced.officer("p.ublie", Role.PUBLISHER)
    browser = announced.come("p.ublie").get(f"{WATCH}/rappel")
    assert "environ 10" in browser.words
    assert "Vous ne l’avez encore ni acceptée, ni refusée" in browser.words
    assert "@" not in browser.words
    asking = browser.form().values
    browser.send()
    assert "en cours" in browser.words
    assert browser.client.post(f"{WATCH}/rappel", data=asking).status_code == 422, "sent twice, it acts once"
    browser.get(f"{WATCH}/rappel").send()
    assert "arrêté le" in browser.words
    with reading(announced.site.engine) as session:
        (one,) = reminders.every(session, found.id)
    assert one.reminder.stopped_at is not None
