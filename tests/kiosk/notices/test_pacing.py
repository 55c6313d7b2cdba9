"""Never more than so many mails in any sixty seconds, whatever the seconds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.notices.pacing import Pace


@given(st.integers(1, 5), st.lists(st.floats(0, 40), max_size=40))
def test_no_sixty_seconds_have_more_than_is_set(most: int, waits: list[float]) -> None:
    pace, now, left = Pace(most), 0.0, []
    for wait in waits:
        now += wait
        if pace.allows(now):
            pace.note(now)
            left.append(now)
    assert all(sum(begin <= one < begin + 60 for one in left) <= most for begin in left)


def test_what_waited_leaves_once_the_minute_is_over() -> None:
    pace = Pace(2)
    for now in (0.0, 1.0):
        assert pace.allows(now)
        pace.note(now)
    assert [pace.allows(now) for now in (1.0, 59.9, 60.0, 61.0)] == [False, False, True, True]
    pace.note(60.0)
    assert [pace.allows(now) for now in (60.5, 61.0)] == [False, True]
