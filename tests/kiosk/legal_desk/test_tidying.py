"""What the worker sets right by itself at the desk: drafts whose acts were lost, files that nobody used."""

from __future__ import annotations

import os
from datetime import timedelta

from sqlalchemy import select

from cgu_archive.importing import Kind
from kiosk import worker
from kiosk.db import reading, writing
from kiosk.legal_desk import findings, publishing, received
from kiosk.legal_desk import writing as desk_writing
from kiosk.legal_desk.models import ReceivedFile
from kiosk.legal_desk.policy import Act, State
from kiosk.legal_desk.purging import KEPT
from kiosk.legal_desk.reconciling import FUNCTION
from kiosk.notices.publication import publish
from kiosk.staff.roles import Role
from kiosk.worker import WorkerContext
from tests.kiosk.legal_desk.team import SOFFI, TEXT, Team


def tidy(team: Team) -> None:
    worker.tidy(WorkerContext(team.site.settings, team.site.engine, team.site.clock))


def test_a_draft_whose_publication_was_lost_with_a_database_is_closed(light_team: Team) -> None:
    team, site = light_team, light_team.site
    author, reviewer = team.officer("a.uteur", Role.AUTHOR), team.officer("r.electeur", Role.REVIEWER)
    held = team.approved(author, [reviewer])
    other = team.open(author, what=team.plain())  # the same words, that nobody approved
    changed = team.open(author, ("conditions", "clauses"))
    tidy(team)
    assert team.get(held.draft.id).standing.state is State.APPROVED, "nothing is online"
    with reading(site.engine) as session:
        version = findings.as_read(session, team.service, held, team.plain())
    with writing(site.engine) as session:  # as a restored database has it: the version, none of the acts
        row = publish(
            session, team.service, version, environment=team.desk.environment, reason=None, at=site.clock()
        )
        version_id = row.id
    tidy(team)
    tidy(team)
    after = team.get(held.draft.id)
    assert (after.standing.state, after.version_id) == (State.PUBLISHED, version_id)
    last = after.acts[-1].done
    assert (last.act, last.function) == (Act.PUBLISHED, FUNCTION)
    assert last.officer_id not in (author.id, reviewer.id)
    assert team.get(other.draft.id).standing.state is State.ABANDONED
    assert team.get(changed.draft.id).standing.state is State.DRAFT, "what is not online is left alone"


def test_a_draft_of_the_same_words_as_one_that_was_published_is_not_said_to_be_it(light_team: Team) -> None:
    team, site = light_team, light_team.site
    author, reviewer = team.officer("a.uteur", Role.AUTHOR), team.officer("r.electeur", Role.REVIEWER)
    publisher = team.officer("p.ublie", Role.PUBLISHER)
    held, twin = team.approved(author, [reviewer]), team.approved(author, [reviewer])
    with writing(site.engine) as session:
        row = publishing.publish(session, team.desk, publisher, team.service, held.draft.id, site.clock())
        version_id = row.id
    tidy(team)
    assert team.get(held.draft.id).version_id == version_id
    assert team.get(twin.draft.id).standing.state is State.APPROVED


def test_files_that_nothing_was_made_of_are_destroyed_after_a_month(light_team: Team) -> None:
    team, site = light_team, light_team.site
    author = team.officer("a.uteur", Role.AUTHOR)
    with writing(site.engine) as session:
        for name in ("servi.txt", "inutile.txt"):
            row = received.keep(session, team.desk, author, name, TEXT, (Kind.TEXT, "0" * 64), site.clock())
            if name == "servi.txt":
                desk_writing.open_draft(
                    session, team.desk, author, team.service, SOFFI, team.plain(), site.clock(),
                    received_id=row.id,
                )  # fmt: skip
        session.add(
            ReceivedFile(
                id=os.urandom(16).hex(), publisher="dgefp", name="visa.pdf", kind="visa", tracked=None,
                hash="0" * 64, size=4, content=b"%PDF", officer_id=author.id, function="Juriste",
                at=site.clock(),
            )
        )  # fmt: skip

    def names() -> set[str]:
        with reading(site.engine) as session:
            return set(session.scalars(select(ReceivedFile.name)))

    site.clock.move(seconds=(KEPT - timedelta(hours=1)).total_seconds())
    tidy(team)
    assert names() == {"servi.txt", "inutile.txt", "visa.pdf"}
    site.clock.move(seconds=7200)
    tidy(team)
    assert names() == {"servi.txt", "visa.pdf"}
