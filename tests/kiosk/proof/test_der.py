"""DER: read strictly, written in its only form."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.proof import der
from kiosk.proof.der import Element
from kiosk.proof.errors import MalformedError
from tests import handmade


def element(content: bytes, tag: int = der.OCTET_STRING) -> Element:
    return der.read(der.encode(tag, content))


@given(st.binary(max_size=70_000) | st.integers(0, 70_000).map(bytes))
def test_what_is_written_is_read_back(content: bytes) -> None:
    raw = der.encode(der.OCTET_STRING, content)
    assert der.read(raw) == Element(der.OCTET_STRING, content, raw)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_only_one_form_is_read(raw: bytes) -> None:
    try:
        found = der.read(raw)
    except MalformedError:
        return
    assert der.encode(found.tag, found.content) == raw


@given(st.lists(st.binary(max_size=20), max_size=10))
def test_members_are_read_in_order(contents: list[bytes]) -> None:
    raw = handmade.sequence(*map(handmade.octets, contents))
    assert [child.content for child in der.read(raw).children()] == contents


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x04",
        b"\x04\x02a",
        b"\x04\x01ab",
        b"\x1f\x81\x01\x00",  # a tag of several bytes
        b"\x04\x80a\x00\x00",  # an indefinite length
        b"\x04\x81\x01a",  # a length that is not the shortest
        b"\x04\x82\x00\x80" + b"a" * 128,
        b"\x04\x81",
        b"\x04\x85\x00\x00\x00\x00\x01a",
        b"\x04\x84\xff\xff\xff\xffa",
        b"\x04\xff" + b"a" * 127,
    ],
)
def test_another_form_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        der.read(raw)


def test_a_crowd_is_refused() -> None:
    assert len(der.read(handmade.sequence(*[b"\x05\x00"] * der.MAX_CHILDREN)).children()) == der.MAX_CHILDREN
    crowd = der.read(handmade.sequence(*[b"\x05\x00"] * (der.MAX_CHILDREN + 1)))
    with pytest.raises(MalformedError, match="at most 64"):
        crowd.children()


@given(st.integers(-(2**200), 2**200))
def test_a_number_is_read_back(value: int) -> None:
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    assert der.integer(element(value.to_bytes(size, "big", signed=True))) == value


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"\x00\x7f", b"\xff\x80", b"\xff\xff"])
def test_a_number_in_another_form_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedError):
        der.integer(element(content))


@given(
    st.sampled_from([0, 1, 2]).flatmap(
        lambda first: st.tuples(st.just(first), st.integers(0, 39 if first < 2 else 500))
    ),
    st.lists(st.integers(0, 2**40), max_size=8),
)
def test_an_object_identifier_is_read_back(head: tuple[int, int], arcs: list[int]) -> None:
    said = ".".join(map(str, (*head, *arcs)))
    assert der.dotted(der.read(handmade.identifier(said))) == said


@pytest.mark.parametrize("content", [b"", b"\x2a\x80\x01", b"\x80\x01", b"\x2a\x86", b"\x2a" * 65])
def test_an_object_identifier_in_another_form_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedError):
        der.dotted(element(content))


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (b"20261122080000Z", datetime(2026, 11, 22, 8, tzinfo=UTC)),
        (b"20261122080000.5Z", datetime(2026, 11, 22, 8, 0, 0, 500_000, tzinfo=UTC)),
        (b"20261122080000.0123456Z", datetime(2026, 11, 22, 8, 0, 0, 12_345, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_to_the_microsecond(said: bytes, at: datetime) -> None:
    assert der.instant(element(said)) == at


@pytest.mark.parametrize(
    "said",
    [
        b"", b"20261122080000", b"202611220800Z", b"20261122080000.50Z", b"20261122080000.Z",
        b"20261122080000+0100", b"20261322080000Z", b"20261122080060Z", b"00001122080000Z",
        b"20261122080000.1234567891Z", "２０２６1122080000Z".encode(),
    ],
)  # fmt: skip
def test_a_time_in_another_form_is_refused(said: bytes) -> None:
    with pytest.raises(MalformedError):
        der.instant(element(said))
