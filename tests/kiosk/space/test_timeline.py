"""« Histoire » : events of the person beside the texts they use, by day, a page at a time."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.space import timeline
from kiosk.space.timeline import InvalidPlaceError, Place
from kiosk.texts.models import PublishedVersion
from kiosk.traces.models import Trace
from kiosk.worker import WorkerContext, run_once
from tests.kiosk.web import Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE


def account(site: Site) -> str:
    with reading(site.engine) as session:
        return session.scalars(select(Account.id)).one()


@ON_BOTH
@pytest.mark.requirement("S-60")
def test_it_shows_events_and_every_version_of_the_texts_used_by_day(site: Site, browser: Browser) -> None:
    publisher = site.app.extensions["kiosk"].services["demonstration"].publisher.slug
    browser.sign_up(publisher, "demonstration").accept()
    context = WorkerContext(site.settings, site.engine, site.clock)
    for _ in range(2):  # the mail waits for the seal
        run_once(context)
    site.clock.move(days=1)
    site.publish()
    site.clock.move(days=1)
    browser.sign_in(publisher)
    page = browser.get(f"/{publisher}/mon-compte/histoire")
    assert page.status == 200
    words = page.words
    for said in (
        "24 novembre 2026", "Connexion", "23 novembre 2026", "Texte publié", "22 novembre 2026",
        "Compte ouvert", "Acceptation (", "Message de confirmation d’une décision : remis au serveur",
    ):  # fmt: skip
        assert said in words.replace("\u00a0", " "), said
    assert words.index("24 novembre 2026") < words.index("23 novembre 2026") < words.index("Compte ouvert")
    with reading(site.engine) as session:
        slugs = session.scalars(
            select(PublishedVersion.slug).where(PublishedVersion.service == "demonstration")
        ).all()
    assert len(slugs) >= 6
    for slug in slugs:
        assert f"/demonstration/cgu/{slug}" in page.html
    assert "Décision prise" not in words


@ON_BOTH
@pytest.mark.requirement("S-60")
def test_pages_follow_each_other_without_gap_or_repetition(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    mine = account(site)
    with writing(site.engine) as session:
        session.add_all(
            Trace(account_id=mine, event="signed-in", at=site.clock.at, salt=number.to_bytes(16, "big"))
            for number in range(40)  # all at one instant
        )
        session.add(Trace(account_id="f" * 32, event="signed-in", at=site.clock.at, salt=bytes(16)))
    with reading(site.engine) as session:
        used = timeline.used(session, mine)
        whole = timeline.page(session, mine, used, None, size=1_000)
        assert whole.after is None
        found, after = [], None
        for _ in range(30):
            some = timeline.page(session, mine, used, after, size=7)
            found += some.entries
            after = some.after
            if after is None:
                break
            assert Place.parse(str(after)) == after
    assert tuple(found) == whole.entries
    assert len({(one.source, one.key) for one in found}) == len(found) > 40
    assert {one.service for one in found} == {"portail", None}


@pytest.mark.requirement("S-60")
def test_each_kind_of_decision_is_told_whoever_clicked(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "soffi", profile="opco").accept().get("/dgefp/soffi/").accept()
    browser.get("/dgefp/soffi/cgu/decider").send(choice="resilier", words="Fermé depuis un mois.")
    assert "Résiliation pour manquement (" in browser.get("/dgefp/mon-compte/histoire").words
    assisted = {"assisted": "1", "representative_email": "parent@example.org"}
    other = site.browser().sign_up("pas-de-calais", "monjob62", profile="recruteur").accept(**assisted)
    other.get("/pas-de-calais/mon-compte/histoire")
    assert "Acceptation, en attente de l’accord de votre représentant légal (" in other.words


def test_a_page_takes_as_many_questions_whatever_it_holds(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    asked: list[str] = []
    event.listen(site.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    browser.get("/dgefp/mon-compte/histoire")
    few = len(asked)
    browser.get("/dgefp/soffi/cgu/decider").accept()
    browser.get("/dgefp/tableau-de-bord/cgu/decider").send(profile="cfa-of").accept()
    asked.clear()
    browser.get("/dgefp/mon-compte/histoire")
    assert len(asked) == few <= 6


@ON_BOTH
def test_one_service_is_shown_alone_and_only_one_that_is_used(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    browser.get("/dgefp/soffi/cgu/decider").send(profile="opco").accept()
    assert browser.path.startswith("/dgefp/mes-acceptations/")
    alone = browser.get("/dgefp/mon-compte/histoire?service=soffi").words
    assert "SOFFi" in alone
    assert "Compte ouvert" not in alone
    for wrong in (
        "service=monjob62",
        "service=ocapiat",
        "apres=x",
        "apres=trace.1.2026-13-01T00:00:00.000000Z",
    ):
        assert browser.get(f"/dgefp/mon-compte/histoire?{wrong}").status == 404, wrong


@pytest.mark.parametrize(
    "text",
    ["", "trace.1", "autre.1.2026-11-22T08:00:00.000000Z", "trace.é.2026-11-22T08:00:00.000000Z", "x" * 999],
)
def test_a_place_that_is_none_is_refused_with_one_error(text: str) -> None:
    with pytest.raises(InvalidPlaceError):
        Place.parse(text)
