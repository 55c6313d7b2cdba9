from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus import register
from cgu_archive.corpus.model import Address
from cgu_archive.corpus.register import Entry

A, B, C = "a" * 64, "b" * 64, "c" * 64
FIRST = Entry(Address("mairie", "cgu", "v0.1"), A, B)


def test_a_line_says_address_and_both_hashes() -> None:
    assert FIRST.line() == f"mairie/cgu/v0.1 {A} {B}\n"
    assert register.parse(FIRST.line().encode()) == ((FIRST,), ())


@pytest.mark.parametrize(
    "line",
    [
        "\n",
        f"mairie/cgu/v1 {A} {B}",
        f"mairie/cgu/v1 {A}  {B}\n",
        f"mairie/cgu/v1 {A} {B} \n",
        f"mairie/cgu/v1 {A} {B}\r\n",
        f"mairie/cgu {A} {B}\n",
        f"Mairie/cgu/v1 {A} {B}\n",
        f"mairie/cgu/v1 {A.upper()} {B}\n",
        f"mairie/cgu/v1 {A[1:]} {B}\n",
        "# commentaire\n",
    ],
)
def test_any_other_line_is_refused_with_its_number(line: str) -> None:
    entries, findings = register.parse((FIRST.line() + line).encode())
    assert entries == (FIRST,)
    assert [(finding.line, finding.rule) for finding in findings] == [(2, "register")]


@given(st.binary(max_size=200))
def test_no_bytes_make_reading_fail(raw: bytes) -> None:
    entries, findings = register.parse(raw)
    assert "".join(entry.line() for entry in entries).encode() == raw or findings


def test_the_last_line_of_an_address_counts_in_its_first_place() -> None:
    second = Entry(Address("mairie", "cgu", "v2"), B, B)
    again = Entry(FIRST.address, C, C)
    assert register.latest((FIRST, second, again)) == {"mairie/cgu/v0.1": again, "mairie/cgu/v2": second}
    assert list(register.latest((FIRST, second, again))) == ["mairie/cgu/v0.1", "mairie/cgu/v2"]


@pytest.mark.requirement("P-10")
def test_lines_are_only_added_at_the_end() -> None:
    one = FIRST.line().encode()
    two = one + Entry(Address("mairie", "cgu", "v2"), B, B).line().encode()
    assert not register.removed_or_changed(one, two)
    assert not register.removed_or_changed(b"", one)
    assert register.removed_or_changed(two, one)
    assert register.removed_or_changed(one, one.replace(b"a", b"d", 1))
