"""A demonstration that its staff administer in the browser, on SQLite, with people who decided."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.db import make_engine
from kiosk.migrations import upgrade
from kiosk.staff.roles import Role
from tests.kiosk.staff.conftest import Team
from tests.kiosk.web import Browser, Making

DESK = "/dgefp/administration"


@pytest.fixture
def team(tmp_path: Path, make_site: Making) -> Iterator[Team]:
    engine = make_engine(f"sqlite:///{tmp_path}/administration.sqlite3")
    upgrade(engine)
    yield Team(make_site(engine, administration=True))
    engine.dispose()


@pytest.fixture
def support(team: Team) -> Browser:
    """Somebody of the support of the DGEFP, signed in."""
    team.add("s.port", Role.SUPPORT)
    browser = team.come("s.port")
    team.enrol(browser)
    return browser.get(DESK)
