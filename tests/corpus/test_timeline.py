from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus import timeline
from cgu_archive.corpus.dates import PartialDate
from cgu_archive.corpus.model import Corpus, Terms, Version
from cgu_archive.corpus.timeline import InForce, NothingYet, Standing, Unknown
from tests.builders import a_document, a_draft, a_metadata, a_version, an_accession

START = datetime(2026, 1, 1, tzinfo=UTC)


def days(number: float) -> datetime:
    return START + timedelta(days=number)


def put_online(slug: str, day: float, effective_on: date | None = None) -> Version:
    metadata = a_metadata(published_at=days(day), effective_on=effective_on)
    return a_version(f"mairie/cgu/{slug}", metadata=metadata)


ONE = put_online("v1", 0)
TWO = put_online("v2", 10, date(2026, 2, 1))
RECEIVED = a_version("mairie/cgu/recue", metadata=an_accession())
DRAFT = a_draft("mairie/cgu/v3")


@pytest.mark.requirement("S-13", "S-17", "P-13")
def test_a_version_is_in_force_until_the_next_takes_effect() -> None:
    terms = a_document(ONE, TWO, DRAFT)
    begins = datetime(2026, 1, 31, 23, tzinfo=UTC)
    moment = timedelta(seconds=1)
    assert timeline.in_force(terms, days(0) - moment) == NothingYet(ONE)
    assert timeline.in_force(terms, days(0)) == InForce(ONE)
    assert timeline.in_force(terms, begins - moment) == InForce(ONE)
    assert timeline.in_force(terms, begins) == InForce(TWO)


def test_without_any_version_nothing_is_in_force() -> None:
    assert timeline.in_force(a_document(DRAFT), days(0)) == NothingYet(None)
    assert timeline.current(a_document(), days(0)) is None


def test_a_received_text_makes_the_answer_unknown_until_a_dated_one_follows() -> None:
    assert timeline.in_force(a_document(RECEIVED), days(0)) == Unknown(RECEIVED)
    assert timeline.in_force(a_document(ONE, RECEIVED), days(5)) == Unknown(RECEIVED)
    assert timeline.in_force(a_document(RECEIVED, ONE), days(5)) == InForce(ONE)
    assert timeline.in_force(a_document(RECEIVED, ONE), days(-5)) == Unknown(RECEIVED)


def test_a_received_text_never_answers_for_a_day_before_it_says_it_was_written() -> None:
    declared = an_accession(declared_on=PartialDate(2024, 3, 29))
    terms = a_document(a_version("mairie/cgu/v0.3", metadata=declared))
    before_midnight = datetime(2024, 3, 28, 22, 59, tzinfo=UTC)
    assert timeline.in_force(terms, before_midnight) == NothingYet(terms.versions[0])
    assert timeline.in_force(terms, before_midnight + timedelta(minutes=1)) == Unknown(terms.versions[0])


def test_the_version_to_read_is_the_one_in_force_else_the_last_known() -> None:
    assert timeline.current(a_document(ONE, TWO), days(5)) == ONE
    assert timeline.current(a_document(RECEIVED), days(5)) == RECEIVED
    assert timeline.current(a_document(ONE), days(-1)) is None


def test_versions_to_come_are_sorted_by_effect() -> None:
    late = put_online("v3", 11, date(2026, 6, 1))
    terms = a_document(RECEIVED, ONE, late, TWO)
    assert timeline.upcoming(terms, days(12)) == (TWO, late)
    assert timeline.upcoming(terms, days(300)) == ()


@pytest.mark.parametrize(
    ("version", "day", "expected"),
    [
        (DRAFT, 5, Standing.DRAFT),
        (ONE, -1, Standing.UPCOMING),
        (ONE, 5, Standing.IN_FORCE),
        (TWO, 12, Standing.UPCOMING),
        (ONE, 40, Standing.SUPERSEDED),
        (TWO, 40, Standing.IN_FORCE),
    ],
)
def test_the_standing_of_a_version_is_computed_at_an_instant(
    version: Version, day: int, expected: Standing
) -> None:
    assert timeline.standing(a_document(ONE, TWO, DRAFT), version, days(day)) is expected


def test_a_received_text_is_the_last_known_never_in_force() -> None:
    other = a_version("mairie/cgu/autre", metadata=an_accession())
    terms = a_document(RECEIVED, other)
    assert timeline.standing(terms, other, days(0)) is Standing.LAST_KNOWN
    assert timeline.standing(terms, RECEIVED, days(0)) is Standing.SUPERSEDED


@pytest.mark.requirement("S-02", "M-02")
def test_the_five_texts_are_never_said_to_be_in_force(corpus: Corpus) -> None:
    for service in corpus.services:
        if not service.fictional:
            (terms,) = service.terms
            assert isinstance(timeline.in_force(terms, datetime(2027, 1, 1, tzinfo=UTC)), Unknown)


EFFECTS = st.lists(st.floats(0, 100) | st.none(), max_size=6)


def document(effects: list[float | None]) -> Terms:
    """Return versions taking effect on growing days, some on a day that nobody knows."""
    known = iter(sorted(effect for effect in effects if effect is not None))
    return a_document(
        *(
            a_version(
                f"mairie/cgu/v{number}",
                metadata=an_accession() if effect is None else a_metadata(published_at=days(next(known))),
            )
            for number, effect in enumerate(effects)
        )
    )


@given(EFFECTS, st.floats(-1, 101), st.floats(0, 50))
def test_time_never_goes_back_to_an_earlier_version(
    effects: list[float | None], at: float, later: float
) -> None:
    terms = document(effects)
    order = (None, *terms.versions)
    before, after = timeline.current(terms, days(at)), timeline.current(terms, days(at + later))
    assert order.index(before) <= order.index(after)


@given(EFFECTS, st.floats(-1, 101))
def test_exactly_one_version_at_most_is_current_and_standings_agree(
    effects: list[float | None], at: float
) -> None:
    terms = document(effects)
    instant = days(at)
    standings = {version.address: timeline.standing(terms, version, instant) for version in terms.versions}
    now = [a for a, s in standings.items() if s in (Standing.IN_FORCE, Standing.LAST_KNOWN)]
    current = timeline.current(terms, instant)
    assert now == ([] if current is None else [current.address])
    coming = {version.address for version in timeline.upcoming(terms, instant)}
    assert coming == {a for a, s in standings.items() if s is Standing.UPCOMING}
