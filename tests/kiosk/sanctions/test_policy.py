"""Delays, turns and grounds: tables and properties, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus.dates import PARIS
from cgu_archive.corpus.rules import Rule, RuleKind
from kiosk.sanctions.policy import (
    Act,
    Done,
    Ground,
    Measure,
    Standing,
    State,
    allows,
    answer_by,
    closed_rights,
    closes_at,
    closing,
    days_to_answer,
    lasting,
    may_follow,
    state,
)

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
CURE = Rule("cure-days", RuleKind.CURE_DAYS, 8, "p-80", "huit (8) jours calendaires")
SUSPENSION = Measure.SUSPENSION


@pytest.mark.requirement("S-57")
@pytest.mark.parametrize(
    ("notified", "over"),
    [
        ("2026-11-22T08:00:00+00:00", "2026-11-30T23:00:00+00:00"),
        ("2026-11-22T22:59:59+00:00", "2026-11-30T23:00:00+00:00"),  # the last second of the day in Paris
        ("2026-11-22T23:00:00+00:00", "2026-12-01T23:00:00+00:00"),
        ("2026-11-20T12:00:00+00:00", "2026-11-28T23:00:00+00:00"),  # ends on a Saturday, and is not put off
        ("2026-03-24T12:00:00+00:00", "2026-04-01T22:00:00+00:00"),  # summer time begins on 29 March
        ("2026-10-20T12:00:00+00:00", "2026-10-28T23:00:00+00:00"),  # and ends on 25 October
        (
            "2026-03-28T23:30:00+00:00",
            "2026-04-06T22:00:00+00:00",
        ),  # notified in the night that loses an hour
        ("2028-02-27T12:00:00+00:00", "2028-03-06T23:00:00+00:00"),  # through 29 February
    ],
)
def test_eight_calendar_days_end_at_midnight_in_paris(notified: str, over: str) -> None:
    assert answer_by(datetime.fromisoformat(notified), 8) == datetime.fromisoformat(over)


@pytest.mark.requirement("S-57")
@given(
    at=st.floats(946684800, 4070908800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    days=st.integers(1, 60),
)
def test_whole_days_are_left_whatever_the_clocks_do(at: datetime, days: int) -> None:
    end = answer_by(at, days)
    local = end.astimezone(PARIS)
    assert (local.hour, local.minute, local.second) == (0, 0, 0)
    assert (local.date() - at.astimezone(PARIS).date()).days == days + 1
    assert timedelta(days=days) - timedelta(hours=1) <= end - at
    assert end - at <= timedelta(days=days + 1, hours=1)
    assert end.tzinfo is UTC


def test_days_run_from_when_the_notice_reached_the_person_and_never_end_before_what_it_told() -> None:
    told = answer_by(AT, 8)
    assert closes_at(told, 8, None) is None, "a notice that reached nobody opens no decision"
    assert closes_at(told, 8, AT) == told
    assert closes_at(told, 8, AT - timedelta(days=3)) == told
    assert closes_at(told, 8, AT + timedelta(days=2)) == answer_by(AT + timedelta(days=2), 8)


def test_the_text_gives_the_days_and_eight_stand_where_it_is_silent() -> None:
    assert days_to_answer([]) == 8
    assert days_to_answer([CURE]) == 8
    assert days_to_answer([Rule("cure-days", RuleKind.CURE_DAYS, 15, "p-80", "quinze jours")]) == 15


NOTICE, URGENT = Done(Act.NOTICE, SUSPENSION), Done(Act.URGENT, SUSPENSION)
ANSWER, DROPPED = Done(Act.ANSWER, SUSPENSION), Done(Act.DROPPED, SUSPENSION)
TAKEN, RESTORED = Done(Act.MEASURE, SUSPENSION), Done(Act.RESTORED, SUSPENSION)
WARNED = Done(Act.MEASURE, Measure.WARNING)


@pytest.mark.requirement("O-58")
@pytest.mark.parametrize(
    ("acts", "may"),
    [
        ((), {Act.NOTICE, Act.URGENT}),
        ((NOTICE,), {Act.ANSWER, Act.MEASURE, Act.DROPPED}),
        ((URGENT,), {Act.ANSWER, Act.MEASURE, Act.DROPPED}),
        ((NOTICE, ANSWER, ANSWER), {Act.ANSWER, Act.MEASURE, Act.DROPPED}),
        ((NOTICE, ANSWER, TAKEN), {Act.ANSWER, Act.RESTORED}),
        ((NOTICE, TAKEN, ANSWER), {Act.ANSWER, Act.RESTORED}),
        ((NOTICE, WARNED), {Act.ANSWER}),
        ((NOTICE, TAKEN, RESTORED), set()),
        ((NOTICE, DROPPED), set()),
    ],
)
def test_each_act_has_its_turn(acts: tuple[Done, ...], may: set[Act]) -> None:
    assert {one for one in Act if may_follow(acts, one)} == may


@pytest.mark.requirement("O-58")
@pytest.mark.parametrize(
    ("acts", "at", "expected"),
    [
        ((NOTICE,), AT, State.WAITING),
        ((NOTICE, ANSWER), AT + timedelta(days=7), State.WAITING),
        ((NOTICE,), AT + timedelta(days=8), State.DUE),
        ((URGENT,), AT + timedelta(days=8), State.DUE),
        ((NOTICE, TAKEN), AT, State.TAKEN),
        ((NOTICE, Done(Act.MEASURE, SUSPENSION, until=AT)), AT - timedelta(seconds=1), State.TAKEN),
        ((NOTICE, Done(Act.MEASURE, SUSPENSION, until=AT)), AT, State.ENDED),
        ((NOTICE, TAKEN, RESTORED), AT, State.RESTORED),
        ((NOTICE, DROPPED), AT, State.DROPPED),
    ],
)
def test_where_a_procedure_stands(acts: tuple[Done, ...], at: datetime, expected: State) -> None:
    assert state(acts, AT + timedelta(days=8), at) is expected


def test_a_notice_that_reached_nobody_is_never_due() -> None:
    assert state((NOTICE,), None, AT + timedelta(days=99)) is State.WAITING


@pytest.mark.parametrize(
    ("acts", "held"),
    [
        ((NOTICE,), None),
        ((URGENT,), URGENT),
        ((URGENT, ANSWER), URGENT),
        ((URGENT, DROPPED), None),
        ((URGENT, WARNED), None),
        ((NOTICE, TAKEN, ANSWER), TAKEN),
        ((NOTICE, TAKEN, RESTORED), None),
    ],
)
def test_what_lasts(acts: tuple[Done, ...], held: Done | None) -> None:
    assert lasting(acts) is held


def standing(measure: Measure, service: str = "soffi", **changes: object) -> Standing:
    values: dict[str, object] = {"right": None, "until": None} | changes
    return Standing("a" * 32, service, measure, since=AT, **values)  # type: ignore[arg-type]


@pytest.mark.requirement("S-47", "O-23")
def test_a_measure_closes_its_whole_service_or_one_right_and_nothing_else() -> None:
    right = standing(Measure.RIGHT, right="DPC Express")
    short = standing(SUSPENSION, until=AT + timedelta(days=1))
    for one in (right, standing(Measure.RESTRICTION)):
        assert closing([one], "soffi", AT) is None
    assert closed_rights([right, short], "soffi", AT) == {"DPC Express"}
    assert closed_rights([right], "portail", AT) == frozenset()
    assert closing([short], "soffi", AT) == short
    assert closing([short], "soffi", AT + timedelta(days=1)) is None
    assert closing([short], "portail", AT) is None
    ended = standing(Measure.TERMINATION)
    assert closing([short, ended], "soffi", AT) == ended, "the graver is told"
    assert Standing.read(short.written()) == short


@pytest.mark.requirement("S-56", "S-57", "O-58")
@pytest.mark.parametrize(
    ("ground", "rules", "expected"),
    [
        (Ground.SERIOUS, [], True),
        (Ground.REPEATED, [], True),
        (Ground.BREACH, [], False),
        (Ground.NOT_CURED, [], False),
        (Ground.NOT_CURED, [CURE], True),
        (Ground.BREACH, [CURE], False),
    ],
)
def test_termination_wants_a_ground_that_the_text_gives(
    ground: Ground, rules: list[Rule], expected: bool
) -> None:
    assert allows(Measure.TERMINATION, ground, rules) is expected
    assert allows(SUSPENSION, ground, rules)
