"""DER, as much of it as a time token needs (ITU-T X.690, clauses 8 and 10): strictly, one at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from kiosk.proof.errors import MalformedError

INTEGER, OCTET_STRING, NULL, OBJECT, TIME, SEQUENCE, SET = 0x02, 0x04, 0x05, 0x06, 0x18, 0x30, 0x31
MAX_CHILDREN = 64
_LONG = 0x80
_MAX_LENGTH_BYTES = 4
_GENERALIZED_TIME = re.compile(rb"(\d{14})(?:\.(\d{0,8}[1-9]))?Z")


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag (one byte), what it holds, and its bytes as they were read."""

    tag: int
    content: bytes
    raw: bytes

    def children(self) -> tuple[Element, ...]:
        """Return the elements it holds, at most `MAX_CHILDREN`; raises `MalformedError`."""
        found, rest = [], self.content
        while rest:
            found.append(first(rest))
            rest = rest[len(found[-1].raw) :]
            if len(found) > MAX_CHILDREN:
                raise MalformedError("DER: at most {} elements expected in one", MAX_CHILDREN)
        return tuple(found)


def read(raw: bytes) -> Element:
    """Return the one element that `raw` is; raises `MalformedError`."""
    element = first(raw)
    if len(element.raw) != len(raw):
        raise MalformedError("DER: {} bytes after the end", len(raw) - len(element.raw))
    return element


def first(raw: bytes) -> Element:
    """Return the element that `raw` begins with: tag of one byte, definite length in its shortest form.

    Raises `MalformedError`.
    """
    if len(raw) < 2 or raw[0] & 0x1F == 0x1F:
        raise MalformedError("DER: a tag and a length expected")
    start, size = 2, raw[1]
    if size & _LONG:
        start += size & (_LONG - 1)
        size = int.from_bytes(raw[2:start], "big")
        if not 2 < start <= 2 + _MAX_LENGTH_BYTES or _length(size) != raw[1:start]:
            raise MalformedError("DER: a definite length in its shortest form expected")
    if len(raw) < start + size:
        raise MalformedError("DER: {} bytes expected, {} found", start + size, len(raw))
    return Element(raw[0], raw[start : start + size], raw[: start + size])


def encode(tag: int, content: bytes) -> bytes:
    """Return the element `tag` that holds `content`."""
    return bytes((tag,)) + _length(len(content)) + content


def integer(element: Element) -> int:
    """Return the number that `element` is, whatever its tag; raises `MalformedError`."""
    content = element.content
    if not content or (len(content) > 1 and content[0] in (0x00, 0xFF) and (content[0] ^ content[1]) < _LONG):
        raise MalformedError("DER: an integer in its shortest form expected")
    return int.from_bytes(content, "big", signed=True)


def dotted(element: Element) -> str:
    """Return the object identifier `element`, for example ``1.2.840.113549``; raises `MalformedError`."""
    if not element.content or element.content[-1] & _LONG or len(element.content) > MAX_CHILDREN:
        raise MalformedError("DER: an object identifier expected")
    arcs = [0]
    for octet in element.content:
        if octet == _LONG and not arcs[-1]:
            raise MalformedError("DER: an object identifier in its shortest form expected")
        arcs[-1] = arcs[-1] << 7 | octet & (_LONG - 1)
        arcs += [] if octet & _LONG else [0]
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:-1])))


def instant(element: Element) -> datetime:
    """Return the GeneralizedTime `element`, in UTC, to the microsecond (RFC 3161, 2.4.2).

    Raises `MalformedError`.
    """
    found = _GENERALIZED_TIME.fullmatch(element.content)
    try:
        seconds, fraction = found.groups(b"") if found else (b"", b"")
        whole = datetime.strptime(seconds.decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise MalformedError("DER: a time like 20261122080000Z expected") from error
    return whole.replace(microsecond=int(fraction[:6].ljust(6, b"0")))


def _length(size: int) -> bytes:
    """Return `size` as it is written, in its shortest form."""
    if size < _LONG:
        return bytes((size,))
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((_LONG | len(digits),)) + digits
