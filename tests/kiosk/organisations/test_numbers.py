"""SIREN and SIRET numbers: digits and keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.organisations.numbers import digits, is_siren, is_siret, siren_of

SIRENS = [
    ("732829320", True),  # one that INSEE gives as an example
    ("130025265", True),
    ("732829321", False),  # wrong key
    ("73282932", False),
    ("7328293200", False),
    ("000000000", False),  # its key is right, nobody has it
    ("73282932O", False),
    ("٧٣٢٨٢٩٣٢٠", False),  # digits, of another script
    ("73282932０", False),
    ("", False),
]


@pytest.mark.requirement("P-05")
@pytest.mark.parametrize(("siren", "right"), SIRENS)
def test_a_siren_has_nine_digits_and_the_right_key(siren: str, right: bool) -> None:
    assert is_siren(siren) is right


@pytest.mark.parametrize(
    ("siret", "right"),
    [
        ("73282932000074", True),
        ("35600000049837", True),  # La Poste: its places have sums of another kind
        ("73282932000075", False),
        ("73282932100074", False),  # the key of its SIREN is wrong
        ("732829320", False),
        ("00000000000000", False),
        ("7328293200007４", False),
    ],
)
def test_a_siret_has_fourteen_digits_and_the_right_keys(siret: str, right: bool) -> None:
    assert is_siret(siret) is right


def test_numbers_are_read_with_the_spaces_that_people_put_in_them() -> None:
    assert digits("732 829\u00a0320\u202f00074") == "73282932000074"
    assert digits("732-829.320") == "732829320"
    assert siren_of("73282932000074") == "732829320"


@given(st.text(max_size=20))
def test_no_text_makes_a_check_fail(text: str) -> None:
    assert is_siren(text) in (True, False)
    assert is_siret(text) in (True, False)
