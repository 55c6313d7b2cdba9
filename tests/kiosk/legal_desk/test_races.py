"""Two publishers at once: one wins, the other is told; nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.db import reading, writing
from kiosk.legal_desk import approving, cancelling, publishing, scheduling
from kiosk.legal_desk.errors import LegalDeskError
from kiosk.legal_desk.policy import Act, State
from kiosk.notices.models import Task
from kiosk.staff import officers
from kiosk.staff.officers import Person
from kiosk.staff.roles import Role
from kiosk.texts.errors import TextsError
from kiosk.texts.models import CancelledVersion, PublishedVersion
from tests.kiosk.legal_desk.team import Team
from tests.kiosk.legal_desk.test_publishing import ready


def both(team: Team, acts: list[Callable[[Session], object]]) -> list[Exception | None]:
    """Do `acts` at once, each in a transaction of its own; returns what each raised."""
    together = Barrier(len(acts))

    def one(act: Callable[[Session], object]) -> Exception | None:
        together.wait()
        try:
            with writing(team.site.engine) as session:
                act(session)
        except (LegalDeskError, TextsError) as error:
            return error
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_two_publish_the_same_draft(team: Team) -> None:
    held, first = ready(team)
    second = team.officer("p.ublie.aussi", Role.PUBLISHER)
    at = team.site.clock()
    found = both(
        team,
        [
            lambda session, who=who: publishing.publish(  # type: ignore[misc]
                session, team.desk, who, team.service, held.draft.id, at
            )
            for who in (first, second)
        ],
    )
    assert sorted(error is None for error in found) == [False, True]
    told = next(str(error) for error in found if error is not None)
    assert "n’a pas eu lieu" in told or "publié" in told or "même instant" in told
    after = team.get(held.draft.id)
    assert [one.done.act for one in after.acts].count(Act.PUBLISHED) == 1
    with reading(team.site.engine) as session:
        count = select(func.count()).where(PublishedVersion.slug == "v2", PublishedVersion.service == "soffi")
        assert session.scalar(count) == 1


def test_an_approval_is_withdrawn_as_it_is_published(team: Team) -> None:
    held, publisher = ready(team)
    reviewer = next(one for one in _people(team) if one.id == held.standing.approvals[0].officer_id)
    at = team.site.clock()
    found = both(
        team,
        [
            lambda session: publishing.publish(
                session, team.desk, publisher, team.service, held.draft.id, at
            ),
            lambda session: approving.withdraw(
                session, team.desk, reviewer, held.draft.id, at, words="Une erreur."
            ),
        ],
    )
    after = team.get(held.draft.id).standing
    assert sum(error is None for error in found) == 1
    assert after.state is (State.PUBLISHED if found[0] is None else State.SUBMITTED)


def test_a_cancellation_is_confirmed_as_it_is_taken_back(team: Team) -> None:
    held, first = ready(team, effective_on=date(2026, 12, 24))
    second = team.officer("p.ublie.aussi", Role.PUBLISHER)
    at, draft_id = team.site.clock(), held.draft.id
    with writing(team.site.engine) as session:
        publishing.publish(session, team.desk, first, team.service, draft_id, at)
    with writing(team.site.engine) as session:
        cancelling.ask(session, team.desk, first, draft_id, at, words="Une erreur.")
    found = both(
        team,
        [
            lambda session: cancelling.confirm(session, team.desk, second, draft_id, at),
            lambda session: cancelling.take_back(session, team.desk, first, draft_id, at, words="Non."),
        ],
    )
    assert sum(error is None for error in found) == 1
    after = team.get(draft_id).standing
    assert after.cancelling is None
    assert after.state is (State.CANCELLED if found[0] is None else State.PUBLISHED)
    with reading(team.site.engine) as session:
        done = session.scalar(select(func.count()).select_from(CancelledVersion))
        waits = session.scalar(select(func.count()).where(Task.kind == "cancel"))
    assert done == waits == (found[0] is None)


def test_two_schedule_the_same_draft(team: Team) -> None:
    held, first = ready(team)
    second = team.officer("p.ublie.aussi", Role.PUBLISHER)
    at = team.site.clock()
    found = both(
        team,
        [
            lambda session, who=who: scheduling.schedule(  # type: ignore[misc]
                session, team.desk, who, team.service, held.draft.id, at,
                seen=held.standing.content_hash, due_at=None,
            )
            for who in (first, second)
        ],
    )  # fmt: skip
    assert sorted(error is None for error in found) == [False, True]
    with reading(team.site.engine) as session:
        assert session.scalar(select(func.count()).where(Task.kind == "publish")) == 1


def _people(team: Team) -> list[Person]:
    with reading(team.site.engine) as session:
        return officers.working(session, "dgefp")
