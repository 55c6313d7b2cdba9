"""What tests of measures share: a kiosk where the module is on, and somebody who accepted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.db import make_engine
from kiosk.migrations import upgrade
from tests.kiosk.sanctions.people import Case, accepted
from tests.kiosk.web import Making, Site


@pytest.fixture
def light(tmp_path: Path) -> Iterator[Engine]:
    """A database on SQLite alone."""
    engine = make_engine(f"sqlite:///{tmp_path}/kiosk.sqlite3")
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def measured(make_site: Making, light: Engine) -> Site:
    site: Site = make_site(light, sanctions=True)
    return site


@pytest.fixture
def case(measured: Site) -> Case:
    """Somebody who accepted what SOFFi asks."""
    return accepted(measured)
