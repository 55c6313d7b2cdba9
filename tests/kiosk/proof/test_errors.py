"""Errors name their reason, from a closed list."""

from __future__ import annotations

import pytest

from kiosk.proof.errors import TimeError


def test_a_time_error_says_why_in_one_of_the_words_that_machines_read() -> None:
    for reason in TimeError.REASONS:
        assert TimeError(reason, "why").reason == reason
    with pytest.raises(ValueError, match="wrong-signature"):
        TimeError("tired", "why")
