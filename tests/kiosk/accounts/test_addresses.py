"""One mailbox, one key."""

from __future__ import annotations

import pytest

from kiosk.accounts.addresses import looks_shared, normalise
from kiosk.accounts.errors import InvalidAddressError


@pytest.mark.requirement("P-17")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A@x.fr", "a@x.fr"),
        ("  camille@Exemple.FR ", "camille@exemple.fr"),
        ("a@écologie.fr", "A@xn--cologie-9xa.fr"),
        ("a@ÉCOLOGIE.fr", "a@écologie.fr"),
        ("é@x.fr", "e\u0301@x.fr"),
    ],
)
def test_two_ways_to_write_one_address_have_one_key(one: str, other: str) -> None:
    assert normalise(one).key == normalise(other).key


def test_two_addresses_have_two_keys() -> None:
    assert normalise("a.b@x.fr").key != normalise("ab@x.fr").key


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a@", "@x.fr", "a@x", "a b@x.fr", "a@x.fr\nBcc: b@x.fr", "a" * 300 + "@x.fr",
        "=?utf-8?q?a?=@x.fr",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddressError):
        normalise(text)


@pytest.mark.requirement("T-13")
@pytest.mark.parametrize(
    ("email", "shared"),
    [
        ("contact@cfa.fr", True), ("Contact+tdb@cfa.fr", True), ("SECRETARIAT@x.fr", True),
        ("camille.martin@cfa.fr", False), ("contactez@x.fr", False), ("c@contact.fr", False),
    ],
)  # fmt: skip
def test_an_address_that_several_people_may_read_is_told_from_ones_own(email: str, shared: bool) -> None:
    assert looks_shared(email) is shared
