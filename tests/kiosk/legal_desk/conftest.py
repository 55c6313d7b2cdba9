"""A kiosk with a legal desk, on SQLite then on PostgreSQL, and on SQLite alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.db import make_engine
from tests.kiosk.legal_desk.team import Team
from tests.kiosk.web import Making


@pytest.fixture
def team(make_site: Making, engine: Engine) -> Team:
    """On both databases: where what is tested is a race, a trigger or a constraint."""
    return Team(make_site(engine, legal_desk=True))


@pytest.fixture
def light_team(tmp_path: Path, registered_file: Path, make_site: Making) -> Iterator[Team]:
    """On SQLite alone, which is quicker."""
    file = shutil.copyfile(registered_file, tmp_path / "bureau.sqlite3")
    engine = make_engine(f"sqlite:///{file}")
    yield Team(make_site(engine, legal_desk=True))
    engine.dispose()
