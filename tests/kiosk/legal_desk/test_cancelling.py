"""Cancelled before effect: nobody is bound, whom it was announced to is told, files say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from cgu_archive.corpus import checks, fields, loader, timeline
from cgu_archive.corpus import reading as file_reading
from cgu_archive.corpus import writing as file_writing
from cgu_archive.corpus.hashing import metadata_hash, text_hash
from cgu_archive.corpus.model import Address, Cancellation, NewVersion, Version
from cgu_archive.corpus.timeline import Standing
from kiosk.acceptance.policy import Access, Decided, Document, Kind, VersionFacts, answer
from kiosk.db import reading, writing
from kiosk.ledger.models import StatementRow
from kiosk.legal_desk import approving, cancelling, publishing
from kiosk.legal_desk.errors import RefusedError
from kiosk.notices.models import Announcement, Task
from kiosk.notices.publication import publish as publish_here
from kiosk.staff.roles import Role
from kiosk.tasks import WorkerContext, do_next
from kiosk.texts import projections
from kiosk.texts import services as texts
from kiosk.texts.errors import PublicationRefusedError
from tests.kiosk.legal_desk.team import Team
from tests.kiosk.legal_desk.test_publishing import ready, schedule
from tests.kiosk.notices.announcing import open_account

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_two_people_cancel_and_everybody_reached_is_told(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projections, "build_archive", lambda *_: False)
    context = WorkerContext(team.site.settings, team.site.engine, team.site.clock)
    for number in (1, 2, 3):
        open_account(team.site, number, "soffi", "dgefp")
    held, publisher = ready(team, effective_on=date(2026, 12, 24))
    second = team.officer("p.ublie.aussi", Role.PUBLISHER, function="Directrice juridique")
    schedule(team, held, publisher)
    while do_next(context) is not None:
        continue
    team.site.clock.move(minutes=31)
    for _ in range(3):  # the accounts are gone through, then two of the three mails leave
        do_next(context)
    at, draft_id = team.site.clock(), held.draft.id
    with writing(team.site.engine) as session:
        cancelling.ask(session, team.desk, publisher, draft_id, at, words="Une clause est illicite.")
    with pytest.raises(RefusedError, match="autre personne"), writing(team.site.engine) as session:
        cancelling.confirm(session, team.desk, publisher, draft_id, at)
    with writing(team.site.engine) as session:
        cancelling.confirm(session, team.desk, second, draft_id, at)
    while do_next(context) is not None:
        continue
    with reading(team.site.engine) as session:
        version = texts.by_address(session, held.address)
        assert texts.current(session, "soffi", "cgu", at + timedelta(days=90)) is not None
        assert texts.upcoming(session, "soffi", "cgu", at) is None
        stopped = session.get_one(Announcement, version.id)
        left = session.scalars(
            select(Task.mailing).where(Task.kind == "mail", Task.state != "stopped").order_by(Task.id)
        ).all()
        said = session.scalars(select(StatementRow.body).where(StatementRow.kind == "cancellation")).one()
    assert stopped.stopped_at is not None
    announced = [one for one in left if one == f"publication:{version.id}"]
    told = [one for one in left if one == f"cancellation:{version.id}"]
    assert len(announced) == len(told) == 2, "those who were told of it, and no one else"
    assert b"Directrice juridique" in said
    corpus = loader.load(team.site.settings.texts_dir)
    terms = corpus.service("soffi").document("cgu")
    cancelled = corpus.version(held.address)
    assert cancelled.cancellation is not None
    assert timeline.standing(terms, cancelled, team.site.clock()) is Standing.CANCELLED
    assert timeline.current(terms, team.site.clock() + timedelta(days=90)) != cancelled
    assert checks.errors(checks.check(corpus)) == ()


def test_what_took_effect_is_not_cancelled_and_another_may_follow(light_team: Team) -> None:
    team = light_team
    held, publisher = ready(team)
    with writing(team.site.engine) as session:
        publishing.publish(session, team.desk, publisher, team.service, held.draft.id, team.site.clock())
    with (
        pytest.raises(PublicationRefusedError, match="a déjà pris effet"),
        writing(team.site.engine) as session,
    ):
        cancelling.ask(session, team.desk, publisher, held.draft.id, team.site.clock(), words="Trop tard.")


def test_the_reason_is_read_back_from_the_files_as_forms_send_it() -> None:
    said = approving.reason(" Une clause est illicite\u00a0:\r\nelle sera récrite. ")
    raw = file_writing.cancellation_yml(Cancellation(AT, said))
    found, faults = fields.load("cancellation.yml", raw, file_reading.cancellation)
    assert faults == ()
    assert found is not None
    assert found.reason == "Une clause est illicite\u00a0:\nelle sera récrite."


@pytest.mark.parametrize("typed", ["a\rb", "a\x1b[2Jb", "a\x00b", "a\x85b", "a\u202eb", "\ud800"])
def test_a_reason_that_files_would_not_be_read_back_with_is_refused(typed: str) -> None:
    with pytest.raises(RefusedError, match="invisibles"):
        approving.reason(typed)


V1, V2, V3 = (VersionFacts(number, AT, AT) for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("current", "accepted", "access"),
    [
        (V2, [1], Access.OPEN),
        (replace(V2, asking_id=2), [1], Access.CLOSED),
        (replace(V2, asking_id=2), [1, 2], Access.OPEN),
        (replace(V3, asking_id=2), [1], Access.CLOSED),
        (replace(V3, asking_id=2), [1, 2], Access.OPEN),
    ],
)
def test_a_version_may_ask_more_than_its_service_never_less(
    current: VersionFacts, accepted: list[int], access: Access
) -> None:
    decisions = tuple(Decided(one, Kind.ACCEPTED, AT) for one in accepted)
    document = Document("monjob62", "cgu", NewVersion.NOTIFY, current, decisions)
    assert answer(document, AT + timedelta(days=1)).access is access


def test_a_version_that_asks_is_remembered_by_those_that_follow(light_team: Team) -> None:
    team = light_team
    with reading(team.site.engine) as session:
        first = texts.newest(session, "monjob62", "cgu")
        assert first is not None
        assert texts.last_asking(session, first) is None
        frozen = texts.metadata(first)
    service = loader.load(team.site.settings.texts_dir).service("monjob62")
    made = []
    for number, asks in ((2, NewVersion.ACCEPT), (3, None)):
        what = team.plain()
        what = replace(what, text=f"# Conditions {number}\n\nUne phrase.\n".encode())
        metadata = replace(what.metadata, asks=asks, label=f"v{number}")
        held = Version(
            Address("monjob62", "cgu", f"v{number}"), what.text, metadata, text_hash(what.text),
            metadata_hash(metadata.contractual()), None, None, published=False,
        )  # fmt: skip
        team.site.clock.move(minutes=1)
        with writing(team.site.engine) as session:
            made.append(
                publish_here(
                    session, service, held, environment="demonstration", reason=None, at=team.site.clock()
                ).id
            )
    with reading(team.site.engine) as session:
        assert texts.last_asking(session, texts.get(session, made[1])) == made[0]
    assert "asks" not in frozen.contractual(), "what was published before keeps its hash"
