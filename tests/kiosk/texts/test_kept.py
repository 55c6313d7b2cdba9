"""What is kept a while, so that it is not made twice."""

from __future__ import annotations

import pytest

from kiosk.texts.kept import Kept


def test_a_value_is_made_once_and_the_one_used_longest_ago_goes_first() -> None:
    made: list[str] = []
    kept: Kept[str, str] = Kept(2)

    def ask(key: str) -> str:
        return kept.get(key, lambda: made.append(key) or key.upper())  # type: ignore[func-returns-value]

    assert [ask(key) for key in "abacab"] == list("ABACAB")
    assert made == ["a", "b", "c", "b"]


def test_values_weigh_what_they_are_said_to_weigh() -> None:
    kept: Kept[int, bytes] = Kept(10, len)
    made: list[int] = []

    def ask(key: int) -> bytes:
        return kept.get(key, lambda: made.append(key) or bytes(key))  # type: ignore[func-returns-value]

    for key in (4, 6, 4, 5, 4, 6):
        assert ask(key) == bytes(key)
    assert made == [4, 6, 5, 6]
    assert ask(11) == ask(11) == bytes(11)
    assert made[4:] == [11, 11], "heavier than all that may be kept: it is not"


def test_what_could_not_be_made_is_not_kept() -> None:
    kept: Kept[str, int] = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 1) == 1
