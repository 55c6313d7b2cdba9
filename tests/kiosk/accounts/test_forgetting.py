"""An address given once and left is not kept."""

from __future__ import annotations

import pytest

from kiosk.accounts.forgetting import forget_expired
from kiosk.accounts.models import Account, Attempt, SignIn, Verification
from kiosk.db import writing
from tests.kiosk.web import Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE


def held(site: Site) -> list[int]:
    return [site.count(table) for table in (Verification, Attempt, SignIn)]


def forget(site: Site) -> None:
    with writing(site.engine) as session:
        forget_expired(session, site.clock())


def test_a_sign_up_left_half_way_is_forgotten_after_a_day(site: Site, browser: Browser) -> None:
    browser.prove("pas-de-calais", "monjob62")
    site.clock.move(hours=24)
    forget(site)
    assert site.count(Verification) == 1
    site.clock.move(hours=1, minutes=1)
    forget(site)
    assert held(site) == [0, 0, 0]


@ON_BOTH
@pytest.mark.requirement("P-21")
def test_an_account_stays_when_what_opened_it_is_forgotten(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    assert site.count(Account) == 1
    site.clock.move(hours=26)
    forget(site)
    assert held(site) == [0, 0, 0]
    assert site.count(Account) == 1
