"""Years and months as calendars count them, in Paris, whatever the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from cgu_archive.corpus.model import Corpus
from cgu_archive.corpus.rules import Retention
from kiosk.db import reading
from kiosk.ledger.models import StatementRow
from kiosk.proof.statement import parse
from kiosk.retention.terms import due_at, due_on, kept_years, unused_years, years_after
from tests.builders import a_service
from tests.kiosk.web import Browser, Site


@pytest.mark.parametrize(
    ("at", "years", "expected"),
    [
        ("2026-11-22T08:00:00", 5, "2031-11-22T08:00:00"),
        ("2024-02-29T12:00:00", 5, "2029-02-28T12:00:00"),
        ("2024-02-29T12:00:00", 4, "2028-02-29T12:00:00"),
        ("2026-12-31T23:30:00", 1, "2027-12-31T23:30:00"),  # 1 January 2027 in Paris
        ("2026-11-22T08:00:00", -3, "2023-11-22T08:00:00"),
        ("2026-03-28T12:00:00", 1, "2027-03-28T11:00:00"),  # 13:00 in Paris, before then after the change
    ],
)
def test_years_are_those_of_the_calendar(at: str, years: int, expected: str) -> None:
    found = years_after(datetime.fromisoformat(at).replace(tzinfo=UTC), years)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.requirement("O-41")
@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-22T08:00:00", date(2026, 12, 22)),
        ("2027-01-31T08:00:00", date(2027, 2, 28)),
        ("2028-01-31T08:00:00", date(2028, 2, 29)),
        ("2026-12-15T08:00:00", date(2027, 1, 15)),
        ("2026-10-31T12:00:00", date(2026, 11, 30)),
        ("2026-11-30T23:30:00", date(2027, 1, 1)),  # already 1 December in Paris
        ("2026-11-30T22:30:00", date(2026, 12, 30)),
    ],
)
def test_an_answer_is_due_a_month_after_in_paris(received: str, due: date) -> None:
    at = datetime.fromisoformat(received).replace(tzinfo=UTC)
    assert due_on(at) == due
    late = due_at(at)
    assert (late - timedelta(microseconds=1)).astimezone().date() <= late.astimezone().date()
    assert late == datetime.combine(due, datetime.min.time(), UTC) + timedelta(hours=23)  # winter time


def test_a_term_is_that_of_the_service_and_never_without_end(corpus: Corpus) -> None:
    services = {one.slug: one for one in corpus.services}
    assert services["soffi"].retention == Retention(5, 3)
    assert services["demonstration"].retention == Retention(5, 2)
    assert kept_years(services, "soffi") == 5
    assert kept_years(services, "unknown") == 5
    assert kept_years({}, None) == 5
    assert unused_years(services, "ville-exemple") == 2
    assert unused_years(services, "nobody") == 3
    long = a_service(retention={"years": 10, "unused_years": 1})
    assert kept_years(services | {"mairie": long}, None) == 10
    assert unused_years({"mairie": long}, long.publisher.slug) == 1


def test_a_decision_says_the_rule_of_its_service(site: Site, browser: Browser) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    with reading(site.engine) as session:
        body = session.scalars(select(StatementRow.body).where(StatementRow.kind == "decision")).one()
    said = parse(body).members["retention"]
    assert "au plus 5 ans après la suppression de votre compte" in said
    assert "après 2 ans sans connexion" in said


@pytest.mark.requirement("O-41")
@pytest.mark.parametrize(
    ("received", "day"),
    [
        (datetime(2026, 11, 22, 8, tzinfo=UTC), date(2027, 2, 22)),
        (datetime(2026, 11, 30, 8, tzinfo=UTC), date(2027, 2, 28)),
        (datetime(2027, 11, 30, 8, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), date(2027, 4, 1)),
        (datetime(2026, 9, 30, 8, tzinfo=UTC), date(2026, 12, 30)),
    ],
)
def test_three_months_end_on_the_day_of_the_same_number(received: datetime, day: date) -> None:
    assert due_on(received, extended=True) == day
