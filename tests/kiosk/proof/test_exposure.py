"""The digest of a day: whatever the order of its lines, each of them is shown to be in it, and no other."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.proof.errors import AlteredError, MalformedError
from kiosk.proof.exposure import digest, inclusion, line, verify_inclusion
from tests.kiosk.proof.making import AT


def lines(count: int) -> list[bytes]:
    return [
        line(
            account=f"{number:032x}", at=AT, salt=bytes([number]) * 16, service="essai", terms="cgu",
            version="v1", text_hash="b" * 64,
        )
        for number in range(count)
    ]  # fmt: skip


def test_a_line_is_canonical_and_says_who_what_and_when_only() -> None:
    (one,) = lines(1)
    assert one == (
        b'{"account":"00000000000000000000000000000000","at":"2026-11-22T08:00:00.123456Z",'
        b'"salt":"00000000000000000000000000000000","service":"essai","terms":"cgu",'
        b'"text_hash":"' + b"b" * 64 + b'","version":"v1"}'
    )
    assert set(json.loads(one)) == {"account", "at", "salt", "service", "terms", "text_hash", "version"}


def test_the_digest_of_two_lines_can_be_made_by_hand() -> None:
    first, second = sorted(lines(2))
    leaves = [hashlib.sha256(b"\x00" + one).digest() for one in (first, second)]
    expected = hashlib.sha256(b"\x01" + leaves[0] + leaves[1]).hexdigest()
    assert digest([first, second]) == digest([second, first]) == expected


@given(count=st.integers(1, 70), data=st.data())
def test_each_line_leads_to_the_digest(count: int, data: st.DataObject) -> None:
    held = lines(count)
    one = held[data.draw(st.integers(0, count - 1))]
    where = inclusion(held[::-1], one)
    assert (where.count, sorted(held)[where.index]) == (count, one)
    verify_inclusion(one, where, digest(held))


def test_another_line_another_place_and_another_day_are_refused() -> None:
    held = lines(5)
    where, told = inclusion(held, held[1]), digest(held)
    with pytest.raises(AlteredError):
        verify_inclusion(held[2], where, told)
    with pytest.raises(AlteredError):
        verify_inclusion(held[1], replace(where, index=2), told)
    with pytest.raises(AlteredError):
        verify_inclusion(held[1], where, digest(held[:4]))
    with pytest.raises(AlteredError, match="not one of that day"):
        inclusion(held[:4], held[4])


@pytest.mark.parametrize("told", ["", "zz" * 32, "ab"])
def test_what_is_no_digest_is_malformed(told: str) -> None:
    held = lines(2)
    with pytest.raises(MalformedError):
        verify_inclusion(held[0], inclusion(held, held[0]), told)


def test_a_salt_hides_what_could_be_guessed() -> None:
    known = {
        "account": "0" * 32, "at": AT, "service": "essai", "terms": "cgu", "version": "v1",
        "text_hash": "b" * 64,
    }  # fmt: skip
    first, second = (digest([line(salt=salt * 16, **known)]) for salt in (b"a", b"b"))
    assert first != second
