"""What tests of measures share: a kiosk where the module is on, and somebody who accepted."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.kiosk.sanctions.people import Case, accepted
from tests.kiosk.web import Making, Site


@pytest.fixture
def measured(make_site: Making, light: Engine) -> Site:
    site: Site = make_site(light, sanctions=True)
    return site


@pytest.fixture
def case(measured: Site) -> Case:
    """Somebody who accepted what SOFFi asks."""
    return accepted(measured)
