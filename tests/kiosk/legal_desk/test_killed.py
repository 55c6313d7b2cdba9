"""Killed at any step of a publication, the worker goes on to a state that `cgu check` accepts, once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from cgu_archive.corpus import checks, loader
from kiosk.db import reading, writing
from kiosk.legal_desk import scheduling
from kiosk.legal_desk import writing as desk_writing
from kiosk.legal_desk.drafts import Content
from kiosk.legal_desk.policy import Act, State
from kiosk.notices.models import Announcement, Task
from kiosk.staff.roles import Role
from kiosk.tasks import WorkerContext, do_next
from kiosk.texts import projections
from kiosk.texts.models import PublishedVersion
from tests.conftest import ROOT, SOAK
from tests.kiosk.legal_desk.team import SOFFI, Team

STEPS = ("begun", "publish", "project", "build")
"""After which word of the worker it is killed."""
KILLS = 60 if SOAK else len(STEPS)


def start(team: Team) -> subprocess.Popen[str]:
    settings = team.site.settings
    return subprocess.Popen(
        [
            sys.executable, "-m", "tests.kiosk.legal_desk.processes", settings.database_url,
            str(settings.texts_dir), str(settings.data_dir), team.site.clock().isoformat(),
        ],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def killed_after(team: Team, word: str, seconds: float) -> None:
    with start(team) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() in (word, "ended"):
                break
        time.sleep(seconds)
        process.kill()


def test_killed_at_each_step_it_publishes_once_and_whole(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    author = team.officer("a.uteur", Role.AUTHOR)
    reviewer = team.officer("r.electeur", Role.REVIEWER)
    publisher = team.officer("p.ublie", Role.PUBLISHER)
    monkeypatch.setattr(projections, "build_archive", lambda *_: False)
    context = WorkerContext(team.site.settings, team.site.engine, team.site.clock)
    dice = random.Random(20261122)
    before = checks.errors(checks.check(loader.load(team.site.settings.texts_dir)))
    slugs = [f"v{number}" for number in range(2, 2 + KILLS)]
    for number, slug in enumerate(slugs):
        plain = team.plain()
        what = Content(
            f"# Conditions\n\n## Article 1\n\nUne phrase {slug}.\n".encode(),
            replace(plain.metadata, label=slug),
        )
        with writing(team.site.engine) as session:
            draft_id = desk_writing.open_draft(
                session, team.desk, author, team.service, replace(SOFFI, slug=slug), what, team.site.clock()
            )
        team.do(draft_id, Act.SUBMITTED, author)
        held = team.do(draft_id, Act.APPROVED, reviewer)
        with writing(team.site.engine) as session:
            scheduling.schedule(
                session, team.desk, publisher, team.service, draft_id, team.site.clock(),
                seen=held.standing.content_hash, due_at=None,
            )  # fmt: skip
        killed_after(team, STEPS[number % len(STEPS)], dice.uniform(0, 0.05))
        team.site.clock.move(minutes=25)  # what the killed one had taken is given back
        while do_next(context) is not None:
            continue
        assert team.get(draft_id).standing.state is State.PUBLISHED
    corpus = loader.load(team.site.settings.texts_dir)
    assert checks.errors(checks.check(corpus)) == before
    files = [one.address.slug for one in corpus.service("soffi").document("cgu").published]
    assert files == ["sans-date-1", *slugs]
    with reading(team.site.engine) as session:
        rows = session.scalars(
            select(PublishedVersion.slug)
            .where(PublishedVersion.service == "soffi")
            .order_by(PublishedVersion.sequence)
        ).all()
        assert rows == files
        assert session.scalar(select(func.count()).select_from(Announcement)) == KILLS
        assert set(session.scalars(select(Task.state).where(Task.kind == "publish"))) == {"done"}
