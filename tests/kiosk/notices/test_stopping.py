"""Announcements that are stopped, resumed, killed or overtaken: nothing is lost, nobody is told twice."""

from __future__ import annotations

import email
import email.policy
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from cgu_archive.corpus.loader import load
from kiosk.acceptance import informing
from kiosk.connections import Smtp
from kiosk.db import reading, writing
from kiosk.ledger.administration import Operator, Registrar
from kiosk.notices import announcements, services
from kiosk.notices.announcements import State
from kiosk.notices.errors import AnnouncementError, UnknownAnnouncementError
from kiosk.notices.models import NotificationRow, Task
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion
from kiosk.worker import WorkerContext
from tests.kiosk.notices.announcing import (
    addressees,
    due,
    notices,
    open_account,
    work,
)
from tests.kiosk.notices.inbox import Inbox
from tests.kiosk.web import EMAIL, Making, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE
MEANS = Registrar("demonstration", os.urandom)


@pytest.fixture
def site(make_site: Making, engine: Engine, smtp: Smtp) -> Site:
    made: Site = make_site(engine, smtp=smtp)
    return made


@pytest.fixture
def context(site: Site) -> WorkerContext:
    return WorkerContext(site.settings, site.engine, site.clock)


# Stopped, resumed


def stop(site: Site, version: PublishedVersion) -> announcements.Stopped:
    with writing(site.engine) as session:
        return announcements.stop(
            session,
            version.id,
            by=Operator("Directrice juridique"),
            means=MEANS,
            reason="Coquille.",
            at=site.clock(),
        )


def resume(site: Site, version: PublishedVersion) -> int:
    with writing(site.engine) as session:
        return announcements.resume(
            session,
            version.id,
            by=Operator("Directrice juridique"),
            means=MEANS,
            reason="Relu.",
            at=site.clock(),
        )


def test_stopped_during_the_hold_nothing_leaves_until_it_is_resumed(
    site: Site, context: WorkerContext, inbox: Inbox
) -> None:
    open_account(site, 1, "demonstration", "ville-exemple")
    version = site.publish()
    site.clock.move(minutes=5)
    assert stop(site, version) == announcements.Stopped(0, 0)
    site.clock.move(days=400)
    work(context)
    assert notices(inbox) == []
    with pytest.raises(AnnouncementError, match="déjà arrêté"):
        stop(site, version)
    assert resume(site, version) == 0
    work(context)
    assert len(notices(inbox)) == 1
    with reading(site.engine) as session:
        kept = [
            (one.act, one.function, one.reason, one.had_left)
            for one in announcements.acts(session, version.id)
        ]
    assert kept == [
        ("stopped", "Directrice juridique", "Coquille.", 0), ("resumed", "Directrice juridique", "Relu.", 0),
    ]  # fmt: skip


def test_resumed_within_the_hold_it_still_waits_for_its_end(
    site: Site, context: WorkerContext, inbox: Inbox
) -> None:
    open_account(site, 1, "demonstration", "ville-exemple")
    version = site.publish()
    stop(site, version)
    resume(site, version)
    site.clock.move(minutes=29)
    work(context)
    assert notices(inbox) == []
    site.clock.move(minutes=1)
    work(context)
    assert len(notices(inbox)) == 1


@pytest.mark.requirement("P-11")
def test_stopped_after_it_began_what_has_not_left_does_not_and_the_rest_is_counted(
    make_site: Making, engine: Engine, smtp: Smtp, inbox: Inbox
) -> None:
    site = make_site(engine, smtp=smtp, notices_per_minute=2)
    seconds = [0.0]
    context = WorkerContext(site.settings, site.engine, site.clock, elapsed=lambda: seconds[0])
    for number in range(1, 6):
        open_account(site, number, "demonstration", "ville-exemple")
    version = site.publish()
    due(site)
    work(context)
    assert len(notices(inbox)) == 2
    assert stop(site, version) == announcements.Stopped(left=2, kept_back=3)
    seconds[0] += 60
    site.clock.move(days=1)
    work(context)
    assert len(notices(inbox)) == 2
    assert resume(site, version) == 3
    work(context)
    seconds[0] += 60
    work(context)
    assert addressees(inbox) == [f"p{number}@exemple.invalid" for number in range(1, 6)]
    with pytest.raises(AnnouncementError, match="plus rien à arrêter"):
        stop(site, version)
    with pytest.raises(AnnouncementError, match="pas arrêté"):
        resume(site, version)


@ON_BOTH
def test_a_mail_taken_before_the_stop_that_leaves_all_the_same_is_told(
    site: Site, context: WorkerContext
) -> None:
    open_account(site, 1, "demonstration", "ville-exemple")
    version = site.publish()
    due(site)
    with reading(site.engine) as session:
        told = informing.letter(
            session, load_services(site), version.id, public_url="http://localhost",
            archive_address="http://localhost/archive/", mode="demonstration", at=site.clock(),
        )  # fmt: skip
    with writing(site.engine) as session:
        assert informing.spread(session, told, site.clock()) is False
    with writing(site.engine) as session:
        taken = services.take(session, site.clock(), mass=True)
        assert taken is not None
    assert stop(site, version).kept_back == 1
    with writing(site.engine) as session:
        services.fail(session, taken.id, "essai", site.clock())
        assert services.take(session, site.clock() + timedelta(days=9), mass=True) is None
        assert services.succeed(session, taken.id, "delivered-to-server", site.clock())


def load_services(site: Site) -> Any:
    return {one.slug: one for one in load(site.settings.texts_dir).services}


@ON_BOTH
def test_an_announcement_that_failed_to_the_end_is_seen_and_can_be_resumed(
    site: Site, context: WorkerContext, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_account(site, 1, "demonstration", "ville-exemple")
    version = site.publish()
    due(site)

    def broken(*_: object, **__: object) -> None:
        raise OSError("no texts")

    with monkeypatch.context() as patched:
        patched.setattr(texts, "load_services", broken)
        for _ in range(services.MAX_ATTEMPTS):
            work(context)
            site.clock.move(hours=2)
    with reading(site.engine) as session:
        assert announcements.latest(session, 1, site.clock())[0].stuck
    resume(site, version)
    work(context)
    assert len(notices(inbox)) == 1


@pytest.mark.parametrize(("function", "reason"), [(" ", "r"), ("f", ""), ("f", "x" * 501)])
def test_who_and_why_are_asked_for(site: Site, function: str, reason: str) -> None:
    version = site.publish()
    with pytest.raises(AnnouncementError, match="caractères attendus"), writing(site.engine) as session:
        announcements.stop(
            session, version.id, by=Operator(function), means=MEANS, reason=reason, at=site.clock()
        )
    assert stop(site, version).kept_back == 0


def test_a_version_that_was_never_announced_cannot_be_stopped(site: Site) -> None:
    with pytest.raises(UnknownAnnouncementError), writing(site.engine) as session:
        announcements.stop(session, 1, by=Operator("f"), means=MEANS, reason="r", at=site.clock())


# Killed, late, deleted


class KilledError(BaseException):
    """Nothing catches it, as nothing catches a kill."""


@ON_BOTH
@pytest.mark.parametrize("batches", [0, 1, 2])
def test_killed_between_two_steps_it_goes_on_and_nobody_is_written_to_twice(
    site: Site, context: WorkerContext, inbox: Inbox, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    for number in range(1, 8):
        open_account(site, number, "demonstration", "ville-exemple")
    site.publish()
    due(site)
    spread: Callable[..., bool] = informing.spread
    done: list[bool] = []

    def killed(session: Any, told: Any, at: datetime) -> bool:
        more = spread(session, told, at, 3)
        if len(done) == batches:
            raise KilledError
        done.append(more)
        return more

    with monkeypatch.context() as patched:
        patched.setattr(informing, "spread", killed)
        with pytest.raises(KilledError):
            work(context)
    site.clock.move(minutes=21)
    work(context)
    assert addressees(inbox) == [f"p{number}@exemple.invalid" for number in range(1, 8)]
    with reading(site.engine) as session:
        assert announcements.latest(session, 1, site.clock())[0].told == 7


@ON_BOTH
def test_a_code_asked_meanwhile_leaves_before_the_notices(
    make_site: Making, engine: Engine, smtp: Smtp, inbox: Inbox
) -> None:
    site = make_site(engine, smtp=smtp, notices_per_minute=1000)
    context = WorkerContext(site.settings, site.engine, site.clock)
    for number in range(1, 31):
        open_account(site, number, "demonstration", "ville-exemple")
    site.publish()
    due(site)
    with reading(site.engine) as session:
        told = informing.letter(
            session, load_services(site), 1 + max(0, site.count(PublishedVersion) - 1),
            public_url="http://localhost", archive_address="http://localhost/archive/",
            mode="demonstration", at=site.clock(),
        )  # fmt: skip
    with writing(site.engine) as session:
        informing.spread(session, told, site.clock())
    site.clock.move(seconds=5)
    site.browser().get("/ville-exemple/demonstration/inscription").send(email=EMAIL)
    work(context)
    to = [email.message_from_bytes(raw)["To"] for raw in inbox.mails]
    assert (to[0], len(to)) == (EMAIL, 31)


@ON_BOTH
def test_whoever_left_meanwhile_is_not_written_to(site: Site, context: WorkerContext, inbox: Inbox) -> None:
    leaver = site.browser().sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    work(context)
    version = site.publish()
    due(site)
    with reading(site.engine) as session:
        told = informing.letter(
            session, load_services(site), version.id, public_url="http://localhost",
            archive_address="http://localhost/archive/", mode="demonstration", at=site.clock(),
        )  # fmt: skip
    with writing(site.engine) as session:
        informing.spread(session, told, site.clock())
    leaver.get("/ville-exemple/mon-compte/suppression").send(password="Un pré vert, 7 vaches !", confirm="1")
    assert leaver.path == "/ville-exemple/compte-supprime"
    work(context)
    assert notices(inbox) == []
    with reading(site.engine) as session:
        standing = announcements.latest(session, 1, site.clock())[0]
        left = session.scalars(select(Task).where(Task.mailing.is_not(None))).one()
    assert (standing.cancelled, left.payload) == (1, {})


def test_a_given_up_notice_keeps_no_address(make_site: Making, engine: Engine) -> None:
    site = make_site(engine, smtp=Smtp("127.0.0.1", 1, "k@exemple.invalid", starttls=False))
    context = WorkerContext(site.settings, site.engine, site.clock)
    open_account(site, 1, "demonstration", "ville-exemple")
    site.publish()
    due(site)
    for _ in range(services.MAX_ATTEMPTS + 1):
        work(context)
        site.clock.move(hours=2)
    with reading(site.engine) as session:
        left = session.scalars(select(Task).where(Task.mailing.is_not(None))).one()
        row = session.scalars(select(NotificationRow)).one()
        standing = announcements.latest(session, 1, site.clock())[0]
    assert (left.state, left.payload, row.state) == ("failed", {}, "refused")
    assert (standing.refused, standing.state) == (1, State.ENDED)
