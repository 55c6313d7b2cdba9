"""The quick way to canonical bytes gives what the general library gives, or leaves it to it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from kiosk.proof import canonical

TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from('\x00\x1f\x7f"\\/\u2028\ue000😀'))
WHOLE = st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER)
ANYTHING = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXTS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


class Word(StrEnum):
    ONE = "é"


@given(ANYTHING)
def test_the_bytes_are_those_of_the_general_library(value: Any) -> None:
    assert canonical.dumps(value) == rfc8785.dumps(value)


def test_names_that_sort_otherwise_in_utf_16_are_left_to_the_library() -> None:
    assert canonical.dumps({"\ue000": 1, "😀": 2}) == '{"😀":2,"\ue000":1}'.encode()
    assert canonical.dumps({"b": Word.ONE, "a": (1,)}) == rfc8785.dumps({"b": "é", "a": [1]})


@pytest.mark.parametrize(
    "value",
    ["\ud800", {"un": "\udc00"}, {"\ud800": 1}, canonical.MAX_INTEGER + 1, [float("nan")], {1: "un"}, {"un"}],
)
def test_what_has_no_canonical_bytes_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever says it
        canonical.dumps(value)
