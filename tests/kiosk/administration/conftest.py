"""A demonstration that its staff administer in the browser, on SQLite, with people who decided."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from kiosk.staff.roles import Role
from tests.kiosk.staff.conftest import Team
from tests.kiosk.web import Browser, Making

DESK = "/dgefp/administration"


@pytest.fixture
def team(light: Engine, make_site: Making) -> Team:
    return Team(make_site(light, administration=True))


@pytest.fixture
def support(team: Team) -> Browser:
    """Somebody of the support of the DGEFP, signed in."""
    team.add("s.port", Role.SUPPORT)
    browser = team.come("s.port")
    team.enrol(browser)
    return browser.get(DESK)
