"""What is typed on the decision page."""

from __future__ import annotations

import pytest

from kiosk.acceptance.forms import is_siren


@pytest.mark.requirement("P-05")
@pytest.mark.parametrize(
    ("siren", "right"),
    [
        ("732829320", True),
        ("552100554", True),
        ("732829321", False),
        ("73282932", False),
        ("7328293200", False),
        ("000000000", False),
        ("73282932O", False),
        ("٧٣٢٨٢٩٣٢٠", False),
        ("", False),
    ],
)
def test_a_siren_has_nine_digits_and_the_right_key(siren: str, right: bool) -> None:
    assert is_siren(siren) is right
