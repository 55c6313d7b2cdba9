"""What was cancelled stays so: for an audit, for files that say it, for a database that lost it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from cgu_archive.corpus import freezing, loader
from cgu_archive.corpus.model import Cancellation
from kiosk import worker
from kiosk.backup import versions
from kiosk.db import reading, writing
from kiosk.ledger.deviations import DeviationError
from kiosk.legal_desk import cancelling as desk_cancelling
from kiosk.legal_desk import publishing
from kiosk.legal_desk.drafts import Held
from kiosk.notices import publication
from kiosk.notices.models import Announcement
from kiosk.staff.roles import Role
from kiosk.texts import cancelling, projections
from kiosk.texts import services as texts
from kiosk.texts.errors import SyncRefusedError
from kiosk.worker import WorkerContext
from tests.kiosk.ledger.tampering import tamper
from tests.kiosk.legal_desk.team import DESK, SOFFI, Team
from tests.kiosk.legal_desk.test_history import audited
from tests.kiosk.legal_desk.test_publishing import ready

REASON = "Une clause est illicite."


@pytest.fixture
def to_come(light_team: Team) -> tuple[Team, Held]:
    """A version published from the desk, its files written, that takes effect in a month."""
    held, publisher = ready(light_team, effective_on=date(2026, 12, 24))
    site = light_team.site
    with writing(site.engine) as session:
        publishing.publish(
            session, light_team.desk, publisher, light_team.service, held.draft.id, site.clock()
        )
    with reading(site.engine) as session:
        projections.project(session, texts.by_address(session, SOFFI), site.settings.texts_dir)
    return light_team, held


def cancel(team: Team, held: Held) -> None:
    two = [team.officer(login, Role.PUBLISHER) for login in ("p.un", "p.deux")]
    at = team.site.clock()
    with writing(team.site.engine) as session:
        desk_cancelling.ask(session, team.desk, two[0], held.draft.id, at, words=REASON)
        desk_cancelling.confirm(session, team.desk, two[1], held.draft.id, at)
    worker.seal(WorkerContext(team.site.settings, team.site.engine, team.site.clock))


def upcoming(team: Team) -> bool:
    with reading(team.site.engine) as session:
        return texts.upcoming(session, "soffi", "cgu", team.site.clock()) is not None


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM cancelled_version",
        "UPDATE draft_act SET version_id = NULL WHERE act = 'cancelled' AND about IS NOT NULL",
        "UPDATE cancelled_version SET reason = 'Autre.'",
        "UPDATE cancelled_version SET at = '2026-11-01 00:00:00.000000'",
        "UPDATE cancelled_version SET version_id = (SELECT min(id) FROM published_version)",
    ],
)
def test_an_audit_finds_another_cancellation_than_the_one_decided(
    to_come: tuple[Team, Held], change: str
) -> None:
    team, held = to_come
    cancel(team, held)
    assert audited(team) == 6
    tamper(team.site.engine, change)
    with pytest.raises(DeviationError) as found:
        audited(team)
    assert found.value.table == "cancelled_version"


def test_a_cancellation_that_arrives_by_files_is_registered_once(to_come: tuple[Team, Held]) -> None:
    team, _ = to_come
    folder: Path = team.site.settings.texts_dir
    said_at = team.site.clock().replace(microsecond=0)
    freezing.cancel(folder, SOFFI, Cancellation(said_at, REASON))
    team.site.clock.move(days=2)
    at = team.site.clock()
    assert upcoming(team)
    with writing(team.site.engine) as session:
        gone = cancelling.sync(session, loader.load(folder), "demonstration", at)
        assert [texts.address(one) for one in gone] == [SOFFI]
        assert texts.cancellations(session, gone)[gone[0].id].at == said_at
        publication.cancel_synced(session, gone, at=at)
    assert not upcoming(team)
    with writing(team.site.engine) as session:
        assert cancelling.sync(session, loader.load(folder), "demonstration", at) == []
    worker.do_tasks(WorkerContext(team.site.settings, team.site.engine, team.site.clock))
    with reading(team.site.engine) as session:
        assert session.get_one(Announcement, gone[0].id).stopped_at is not None
    assert audited(team) == 4
    tamper(team.site.engine, "UPDATE cancelled_version SET reason = 'Autre.'")
    with pytest.raises(SyncRefusedError, match="diffère"), writing(team.site.engine) as session:
        cancelling.sync(session, loader.load(folder), "demonstration", at)


@pytest.mark.parametrize("days", [40, -1], ids=["too late", "to come"])
def test_files_do_not_cancel_what_took_effect_nor_in_advance(to_come: tuple[Team, Held], days: int) -> None:
    team, _ = to_come
    at = team.site.clock()
    said_at = (at + timedelta(days=abs(days))).replace(microsecond=0)
    freezing.cancel(team.site.settings.texts_dir, SOFFI, Cancellation(said_at, REASON))
    corpus = loader.load(team.site.settings.texts_dir)
    with (
        pytest.raises(SyncRefusedError, match="avant la prise d’effet"),
        writing(team.site.engine) as session,
    ):
        cancelling.sync(session, corpus, "demonstration", at + timedelta(days=max(days, 0)))


def test_a_database_that_lost_a_cancellation_takes_it_up_again(to_come: tuple[Team, Held]) -> None:
    team, held = to_come
    cancel(team, held)
    tamper(team.site.engine, "DELETE FROM cancelled_version")
    assert upcoming(team), "it would have taken effect"
    with writing(team.site.engine) as session:
        assert versions.take_up(session, team.site.settings.texts_dir) == (0, ())
    assert not upcoming(team)
    assert audited(team) == 6


def test_pages_tell_a_request_to_cancel_from_a_cancellation(to_come: tuple[Team, Held]) -> None:
    team, held = to_come
    two = [team.officer(login, Role.PUBLISHER) for login in ("p.un", "p.deux")]
    at = team.site.clock()
    home, page = f"{DESK}/brouillons/{held.draft.id}", f"{DESK}/versions/soffi/cgu/v2"
    with writing(team.site.engine) as session:
        desk_cancelling.ask(session, team.desk, two[0], held.draft.id, at, words=REASON)
    browser = team.come("p.un").get(page)
    assert "Annulation demandée" in browser.words
    assert "Annulation avant effet" not in browser.words
    with writing(team.site.engine) as session:
        desk_cancelling.confirm(session, team.desk, two[1], held.draft.id, at)
    assert "Aurait pris effet" in browser.get(page).words
    assert "Annulation avant effet" in browser.words
    assert "en vigueur le" not in browser.get(home).words
    assert "Annulée avant effet le" in browser.get(f"{page}/suivi").words
    assert "Rappeler" not in browser.words
