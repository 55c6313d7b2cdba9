"""Who deletes a suspended account and comes back under the same address finds the measure again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from kiosk.accounts import barred, passwords
from kiosk.accounts.models import Account, BarredAddress
from kiosk.db import reading, writing
from kiosk.ledger.models import StatementRow
from kiosk.ledger.rows import snapshot
from kiosk.sanctions import audit, services
from kiosk.sanctions.policy import Measure
from tests.kiosk.sanctions.people import DIRECTOR, OFFICER, Case, ruling
from tests.kiosk.web import PASSWORD, Browser

SPACE = "/dgefp/soffi/"


def suspended(case: Case, **changes: object) -> str:
    procedure: str = case.act(
        services.notify, case.account_id, OFFICER, case.notice(), case.site.clock()
    ).procedure_id
    case.work()
    case.site.clock.move(days=9)
    case.act(services.decide, "dgefp", procedure, DIRECTOR, ruling(**changes), case.site.clock())
    return procedure


def delete(case: Case) -> str:
    """Delete the account as its holder does; returns the address, free again."""
    with writing(case.site.engine) as session:
        email = session.scalars(select(Account.email)).one()
        session.execute(update(Account).values(password_hash=passwords.hashed(PASSWORD)))
    browser = case.browser().get("/dgefp/mon-compte/suppression")
    assert browser.send(password=PASSWORD, confirm="1").path == "/dgefp/compte-supprime", browser.words
    return email


def come_back(case: Case, email: str) -> Browser:
    browser = case.site.browser().sign_up("dgefp", "soffi", email, profile="opco")
    for service in ("portail", "soffi"):
        browser.get(f"/dgefp/{service}/cgu/decider").accept()
    return browser


@pytest.mark.requirement("S-56", "T-22")
def test_a_suspension_is_not_escaped_by_deleting_the_account(case: Case) -> None:
    procedure = suspended(case)
    email = delete(case)
    with reading(case.site.engine) as session:
        kept = session.scalars(select(BarredAddress)).one()
        assert [one["procedure"] for one in kept.measures] == [procedure]
        assert email not in f"{kept.address_hash}{kept.measures}"
        assert kept.ends_at == case.site.clock() + barred.LONGEST
    browser = come_back(case, email)
    assert case.site.count(BarredAddress) == 0, "the account carries it from here on"
    closed = browser.get(SPACE)
    assert closed.status == 403
    assert "Une mesure court encore" in closed.words
    assert procedure in closed.words
    with snapshot(case.site.engine) as session:
        kinds = session.scalars(select(StatementRow.kind)).all()
        assert audit.audit(session, Counter(kinds)) == 2
    with writing(case.site.engine) as session:
        assert barred.release(session, "ocapiat", procedure) == 0
        assert barred.release(session, "dgefp", procedure) == 1
    assert browser.get(SPACE).status == 200


def test_what_is_kept_ends_with_the_measure_and_a_dated_one_is_over_for_who_comes_later(case: Case) -> None:
    end = case.site.clock() + timedelta(days=20)
    suspended(case, until=end)
    email = delete(case)
    case.site.clock.at = end - timedelta(seconds=1)
    case.retain()
    assert case.site.count(BarredAddress) == 1
    case.site.clock.at = end
    case.retain()
    assert case.site.count(BarredAddress) == 0
    assert come_back(case, email).get(SPACE).status == 200


def test_nothing_is_kept_of_who_has_no_measure_that_lasts(case: Case) -> None:
    suspended(case, measure=Measure.WARNING)
    delete(case)
    assert case.site.count(BarredAddress) == 0
