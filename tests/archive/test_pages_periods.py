"""Which text applied when: periods cover all time, agree with the timeline, and never invent a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus.dates import PartialDate
from cgu_archive.corpus.model import Terms
from cgu_archive.corpus.timeline import InForce, NothingYet, Unknown, in_force
from cgu_archive.pages.periods import periods
from tests.builders import AT, a_document, a_metadata, a_version, an_accession


def published_on(*instants: datetime) -> Terms:
    return a_document(
        *(
            a_version(f"mairie/cgu/v{number}", metadata=a_metadata(published_at=at))
            for number, at in enumerate(instants, start=1)
        )
    )


def test_an_undated_text_has_one_period_without_ends_and_no_answer() -> None:
    (only,) = periods(a_document(a_version(metadata=an_accession())))
    assert (only.begins, only.ends) == (None, None)
    assert isinstance(only.answer, Unknown)
    assert only.label == "À toute date"


def test_a_month_stays_a_month() -> None:
    terms = a_document(a_version(metadata=an_accession(declared_on=PartialDate(2024, 1))))
    assert [period.label for period in periods(terms)] == ["Avant janvier 2024", "Depuis janvier 2024"]
    assert isinstance(periods(terms)[0].answer, NothingYet)
    assert isinstance(periods(terms)[1].answer, Unknown)


def test_a_version_lasts_until_the_next_takes_effect() -> None:
    terms = published_on(datetime(2025, 6, 2, 7, tzinfo=UTC), datetime(2026, 3, 1, 23, tzinfo=UTC))
    before, first, last = periods(terms)
    assert before.label == "Avant le 2 juin 2025 à 9\u00a0h\u00a000"
    assert first.label == "Du 2 juin 2025 à 9\u00a0h\u00a000 au 2 mars 2026"
    assert first.begins is not None
    assert (first.begins.local, last.begins and last.begins.local) == ("2025-06-02T09:00", "2026-03-02T00:00")
    assert last.answer == InForce(terms.versions[1])
    assert last.label == "Depuis le 2 mars 2026"


def test_a_dated_version_ends_the_doubt_of_one_without_date() -> None:
    terms = a_document(
        a_version(metadata=an_accession()),
        a_version("mairie/cgu/v2", metadata=a_metadata(effective_on=date(2026, 3, 2))),
    )
    doubt, sure = periods(terms)
    assert isinstance(doubt.answer, Unknown)
    assert isinstance(sure.answer, InForce)


def test_two_answers_alike_make_one_period() -> None:
    declared = an_accession(declared_on=PartialDate(2020))
    terms = a_document(a_version(metadata=an_accession()), a_version("mairie/cgu/v2", metadata=declared))
    assert [period.label for period in periods(terms)] == ["Avant 2020", "Depuis 2020"]


instants = st.integers(0, 5_000_000).map(lambda minutes: AT + timedelta(minutes=minutes))


@given(st.lists(instants, min_size=1, max_size=6, unique=True).map(sorted), instants)
def test_at_any_instant_one_period_gives_the_answer_of_the_timeline(
    ats: list[datetime], at: datetime
) -> None:
    terms = published_on(*ats)
    found = periods(terms)
    holding = [
        period
        for period in found
        if (period.begins is None or period.begins.at <= at) and (period.ends is None or at < period.ends.at)
    ]
    assert [period.answer for period in holding] == [in_force(terms, at)]
    assert found[0].begins is None
    assert found[-1].ends is None
    for one, following in pairwise(found):
        assert one.ends == following.begins


@pytest.mark.parametrize("hours", [0, 1, 12, 23])
def test_the_first_hours_of_a_declared_day_belong_to_it(hours: int) -> None:
    terms = a_document(a_version(metadata=an_accession(declared_on=PartialDate(2024, 3, 29))))
    _, since = periods(terms)
    assert since.begins is not None
    assert isinstance(in_force(terms, since.begins.at + timedelta(hours=hours)), Unknown)
