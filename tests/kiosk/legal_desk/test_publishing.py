"""What was approved is published, by the worker or from a terminal: once, whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Address
from kiosk.db import reading, writing
from kiosk.legal_desk import drafts, publishing, scheduling
from kiosk.legal_desk import writing as desk_writing
from kiosk.legal_desk.drafts import Held, as_version
from kiosk.legal_desk.errors import RefusedError
from kiosk.legal_desk.policy import Act, State
from kiosk.notices.models import Announcement, Task
from kiosk.notices.publication import publish as publish_here
from kiosk.staff import officers, roles
from kiosk.staff.errors import OfficerError
from kiosk.staff.officers import Person
from kiosk.staff.roles import Role
from kiosk.tasks import WorkerContext, do_next
from kiosk.texts import services as texts
from kiosk.texts.errors import UnknownVersionError
from kiosk.texts.models import PublishedVersion
from tests.kiosk.legal_desk.team import SOFFI, Team


def ready(team: Team, **changes: object) -> tuple[Held, Person]:
    """A draft that another than its author approved, and who publishes."""
    author = team.officer("a.uteur", Role.AUTHOR)
    reviewer = team.officer("r.electeur", Role.REVIEWER)
    publisher = team.officer("p.ublie", Role.PUBLISHER)
    what = team.plain()
    with writing(team.site.engine) as session:
        draft_id = desk_writing.open_draft(
            session, team.desk, author, team.service, SOFFI,
            replace(what, metadata=replace(what.metadata, **changes)), team.site.clock(),
        )  # fmt: skip
    team.do(draft_id, Act.SUBMITTED, author)
    return team.do(draft_id, Act.APPROVED, reviewer), publisher


def schedule(team: Team, held: Held, officer: Person, due_at: datetime | None = None) -> Held:
    with writing(team.site.engine) as session:
        return scheduling.schedule(
            session, team.desk, officer, team.service, held.draft.id, team.site.clock(),
            seen=held.standing.content_hash, due_at=due_at,
        )  # fmt: skip


def work(team: Team) -> None:
    """Do the publication that is due."""
    assert do_next(WorkerContext(team.site.settings, team.site.engine, team.site.clock)) == 1


def published(team: Team, address: Address = SOFFI) -> PublishedVersion | None:
    with reading(team.site.engine) as session:
        try:
            return texts.by_address(session, address)
        except UnknownVersionError:
            return None


def test_scheduled_it_is_published_when_due_and_told_late_when_late(team: Team) -> None:
    held, publisher = ready(team)
    due_at = team.site.clock() + timedelta(days=1)
    schedule(team, held, publisher, due_at)
    assert do_next(WorkerContext(team.site.settings, team.site.engine, team.site.clock)) is None
    team.site.clock.move(days=1, hours=3)  # nobody worked for three hours
    work(team)
    row = published(team)
    assert row is not None
    assert row.published_at == team.site.clock().replace(microsecond=0)
    after = team.get(held.draft.id)
    assert after.standing.state is State.PUBLISHED
    told = after.acts[-1]
    assert (told.version_id, told.done.function) == (row.id, "Juriste")
    assert told.done.content_hash == held.standing.content_hash
    with reading(team.site.engine) as session:
        assert session.get(Announcement, row.id) is not None
        tasks = session.execute(select(Task.kind, Task.state)).all()
    assert sorted(tasks) == [
        ("announce", "waiting"), ("build", "waiting"), ("project", "waiting"), ("publish", "done"),
    ]  # fmt: skip


def test_what_was_lifted_or_scheduled_again_is_not_published(light_team: Team) -> None:
    team = light_team
    held, publisher = ready(team)
    due_at = team.site.clock() + timedelta(hours=1)
    schedule(team, held, publisher, due_at)
    with writing(team.site.engine) as session:
        scheduling.unschedule(
            session, team.desk, publisher, held.draft.id, team.site.clock(), words="Plus tard."
        )
    schedule(team, held, publisher, due_at + timedelta(hours=5))
    team.site.clock.move(hours=2)
    work(team)  # the first task is done with, and does nothing
    assert published(team) is None
    assert team.get(held.draft.id).standing.state is State.SCHEDULED
    team.site.clock.move(hours=5)
    work(team)
    assert published(team) is not None


def another_published(team: Team, held: Held, publisher: Person) -> None:
    plain = team.plain()
    what = replace(
        plain, text=b"# Autre\n\nUn autre texte.\n", metadata=replace(plain.metadata, label="v1 bis")
    )
    address = Address("soffi", "cgu", "v1-bis")
    draft = replace(drafts.as_version(held, what), address=address)
    with writing(team.site.engine) as session:
        publish_here(
            session, team.service, draft, environment="demonstration", reason=None, at=team.site.clock()
        )


def same_label_published(team: Team, held: Held, publisher: Person) -> None:
    draft = replace(
        as_version(held, replace(team.plain(), text=b"# Autre\n\nUn autre texte.\n")),
        address=Address("soffi", "cgu", "v1-bis"),
    )
    with writing(team.site.engine) as session:
        publish_here(
            session, team.service, draft, environment="demonstration", reason=None, at=team.site.clock()
        )


def role_withdrawn(team: Team, held: Held, publisher: Person) -> None:
    with writing(team.site.engine) as session:
        roles.withdraw(session, publisher.id, Role.PUBLISHER, None, team.site.clock())


def gone(team: Team, held: Held, publisher: Person) -> None:
    with writing(team.site.engine) as session:
        officers.deactivate(session, "dgefp", publisher.login, team.site.clock())


def day_passed(team: Team, held: Held, publisher: Person) -> None:
    team.site.clock.move(days=3)


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        (another_published, "a été publiée depuis"),
        (role_withdrawn, "rôles ne permettent pas"),
        (gone, "plus en fonction"),
        (day_passed, "déjà passée"),
    ],
)
def test_refused_when_due_it_is_told_at_the_desk(
    light_team: Team, meanwhile: Callable[[Team, Held, Person], None], words: str
) -> None:
    team = light_team
    held, publisher = ready(team, effective_on=date(2026, 11, 24))
    schedule(team, held, publisher, team.site.clock() + timedelta(days=1))
    team.site.clock.move(minutes=1)
    meanwhile(team, held, publisher)
    team.site.clock.move(days=1)
    context = WorkerContext(team.site.settings, team.site.engine, team.site.clock)
    while team.get(held.draft.id).standing.state is State.SCHEDULED:
        with reading(team.site.engine) as session:
            waits = session.scalars(select(Task.kind).where(Task.done_at.is_(None)).order_by(Task.due_at))
            others = [one for one in waits if one != "publish"]
        if others:
            _set_aside(team)
        assert do_next(context) == 1
    after = team.get(held.draft.id)
    assert published(team) is None
    assert after.standing.state is State.APPROVED
    assert after.acts[-1].done.function == "publication programmée"
    assert words in (after.acts[-1].words or "")


def _set_aside(team: Team) -> None:
    """Let files and builds of another publication wait."""
    with writing(team.site.engine) as session:
        for task in session.scalars(select(Task).where(Task.kind != "publish", Task.done_at.is_(None))):
            task.due_at = team.site.clock() + timedelta(days=9)


def test_from_a_terminal_it_is_published_at_once_and_only_if_approved(light_team: Team) -> None:
    team = light_team
    held, publisher = ready(team)
    reviewer = team.officer("r.electrice", Role.REVIEWER)
    with pytest.raises(OfficerError), writing(team.site.engine) as session:
        publishing.publish(session, team.desk, reviewer, team.service, held.draft.id, team.site.clock())
    with writing(team.site.engine) as session:
        row = publishing.publish(
            session, team.desk, publisher, team.service, held.draft.id, team.site.clock()
        )
    assert published(team) is not None
    assert team.get(held.draft.id).acts[-1].version_id == row.id
    with pytest.raises(RefusedError, match="publié"), writing(team.site.engine) as session:
        publishing.publish(session, team.desk, publisher, team.service, held.draft.id, team.site.clock())


def test_what_is_published_is_of_a_service_of_the_draft_s_publisher(light_team: Team) -> None:
    """A file of services that changed hands, or a draft put in the database under another publisher."""
    team = light_team
    held, publisher = ready(team)
    schedule(team, held, publisher, team.site.clock() + timedelta(hours=1))
    corpus = load(team.site.settings.texts_dir)
    sold = replace(team.service, publisher=corpus.service("ocapiat").publisher)
    number = team.get(held.draft.id).standing.acts
    payload = {"publisher": "dgefp", "draft": held.draft.id, "number": number}
    for services in ({"soffi": sold}, {"soffi": corpus.service("portail")}):
        with pytest.raises(OfficerError, match="de cet éditeur"), writing(team.site.engine) as session:
            publishing.publish_due(
                session, team.desk, services, payload, team.site.clock(), hold=timedelta(0)
            )
        with pytest.raises(OfficerError, match="de cet éditeur"), reading(team.site.engine) as session:
            publishing.ready(session, services["soffi"], held, team.site.clock())
    assert published(team) is None


def test_what_came_online_meanwhile_may_stop_what_was_approved(light_team: Team) -> None:
    """Two texts under one label is what `cgu check` refuses: so does the door of publications."""
    team = light_team
    held, publisher = ready(team)
    same_label_published(team, held, publisher)
    with pytest.raises(RefusedError, match="label"), writing(team.site.engine) as session:
        publishing.publish(session, team.desk, publisher, team.service, held.draft.id, team.site.clock())
    assert published(team) is None
