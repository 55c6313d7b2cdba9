from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus.dates import PartialDate, day_in_paris, start_of_day


@pytest.mark.requirement("P-01")
@pytest.mark.parametrize("text", ["2024", "2024-01", "2024-01-31"])
def test_a_partial_date_is_written_as_it_was_read(text: str) -> None:
    assert str(PartialDate.parse(text)) == text


@pytest.mark.requirement("P-01")
def test_a_month_stays_a_month_and_sorts() -> None:
    january = PartialDate.parse("2024-01")
    assert january.day is None
    assert january.earliest == date(2024, 1, 1)
    assert january.earliest < PartialDate.parse("2024-03-29").earliest
    assert PartialDate.parse("2024").month is None


@pytest.mark.parametrize(
    "text", ["", "24-01", "2024-1", "2024-13", "2024-02-30", "0000", "2024-01-01T00", "janvier 2024"]
)
def test_anything_else_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        PartialDate.parse(text)


def test_a_day_without_a_month_is_refused() -> None:
    with pytest.raises(ValueError, match="day without a month"):
        PartialDate(2024, None, 3)


@given(st.dates(min_value=date(1, 1, 1)))
def test_every_day_survives_writing_and_reading(day: date) -> None:
    assert PartialDate.parse(day.isoformat()) == PartialDate(day.year, day.month, day.day)


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        (date(2026, 1, 5), datetime(2026, 1, 4, 23, tzinfo=UTC)),
        (date(2026, 7, 14), datetime(2026, 7, 13, 22, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (date(2026, 3, 30), datetime(2026, 3, 29, 22, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_midnight_in_paris(day: date, begins: datetime) -> None:
    assert start_of_day(day) == begins
    assert day_in_paris(begins) == day


def test_the_day_in_paris_is_not_that_of_greenwich() -> None:
    assert day_in_paris(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2027, 1, 1)
