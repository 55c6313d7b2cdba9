"""Signed data around a time token: CMS, as strictly as DER allows (RFC 5652)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.proof import der
from kiosk.proof.der import Element
from kiosk.proof.errors import MalformedError, TimeError

MAX_BYTES = 32_000
MAX_CERTIFICATES = 8
CERTIFICATE_ID = "1.2.840.113549.1.9.16.2.12"
"""Signed attribute that names the signer's certificate by SHA-1 (RFC 2634, 5.4)."""
CERTIFICATE_ID_V2 = "1.2.840.113549.1.9.16.2.47"
"""The same by another hash, SHA-256 unless it says which (RFC 5035)."""
CONTEXT_0, CONTEXT_1 = 0xA0, 0xA1

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
"""Object identifier 1.2.840.113549.1.7.2, DER."""
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_CERTIFICATES = 3
"""Place of the certificates among the members of SignedData."""
_HASHES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
"""The only hashes taken, by object identifier."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed content and what is needed to verify it. Its digest is checked, its signature is not."""

    content: bytes
    certificates: tuple[bytes, ...]
    """DER, in the order they were written; no signature covers them."""
    issuer_and_serial: tuple[bytes, bytes]
    """What names the certificate of the signer, both DER."""
    hash_name: str
    """``sha256``, ``sha384`` or ``sha512``."""
    signed_with: str
    """Object identifier of the signature's algorithm, dotted; no signature covers it."""
    attributes: Mapping[str, Element]
    """The signed attributes, by object identifier, each with its only value."""
    message: bytes
    """What is signed: the attributes, as a SET."""
    signature: bytes
    members: tuple[bytes, ...]
    """The members of SignedData, DER (RFC 5652, 5.1)."""

    def carrying(self, certificates: tuple[bytes, ...]) -> bytes:
        """Return the same signed data with `certificates` instead, in the order of DER (X.690, 11.6)."""
        carried = der.encode(CONTEXT_0, b"".join(sorted(certificates)))
        members = (*self.members[:_CERTIFICATES], carried, *self.members[_CERTIFICATES + 1 :])
        data = der.encode(CONTEXT_0, der.encode(der.SEQUENCE, b"".join(members)))
        return der.encode(der.SEQUENCE, _SIGNED_DATA + data)


class Fields:
    """The members of a SEQUENCE or SET, taken in order; what is not as expected raises `MalformedError`."""

    def __init__(self, element: Element, tag: int = der.SEQUENCE) -> None:
        if element.tag != tag:
            raise MalformedError("DER: tag {:#04x} expected, {:#04x} found", tag, element.tag)
        self._left = list(element.children())

    def optional(self, tag: int) -> Element | None:
        """Return the next one if it has this tag."""
        return self._left.pop(0) if self._left and self._left[0].tag == tag else None

    def take(self, tag: int) -> Element:
        """Return the next one, which must have this tag."""
        found = self.optional(tag)
        if found is None:
            next_one = f"{self._left[0].tag:#04x}" if self._left else "the end"
            raise MalformedError("DER: tag {:#04x} expected, {} found", tag, next_one)
        return found

    def version(self, expected: int) -> None:
        """Take a version, which must be this one."""
        if (found := der.integer(self.take(der.INTEGER))) != expected:
            raise MalformedError("version {} expected, {} found", expected, found)

    def end(self) -> None:
        """Every one must have been taken."""
        if self._left:
            raise MalformedError("DER: nothing expected, tag {:#04x} found", self._left[0].tag)


def only(element: Element, tag: int, container: int = CONTEXT_0) -> Element:
    """Return the only member of `element`; raises `MalformedError`."""
    fields = Fields(element, container)
    found = fields.take(tag)
    fields.end()
    return found


def algorithm(element: Element) -> str:
    """Return the object identifier of the AlgorithmIdentifier `element`, dotted; raises `MalformedError`."""
    fields = Fields(element)
    found = der.dotted(fields.take(der.OBJECT))
    null = fields.optional(der.NULL)
    fields.end()
    if null and null.content:
        raise MalformedError("DER: NULL holds nothing")
    return found


def hash_name(element: Element) -> str:
    """Return the name, for `hashlib`, of the hash that the AlgorithmIdentifier `element` says.

    Raises `MalformedError`, or `TimeError` `weak-hash` for any other than SHA-256, SHA-384 and SHA-512.
    """
    found = algorithm(element)
    if found not in _HASHES:
        raise TimeError("weak-hash", "time token: hash {}; SHA-256, SHA-384 or SHA-512 expected", found)
    return _HASHES[found]


def read(raw: bytes, content_type: str) -> Signed:
    """Return the signed data `raw`, by one signer, of a content of this type (object identifier, dotted).

    Raises `MalformedError`, or `TimeError`: `weak-hash`, or `wrong-signature` when something else was signed.
    """
    if len(raw) > MAX_BYTES:
        raise MalformedError("at most {} bytes expected, {} found", MAX_BYTES, len(raw))
    outer = Fields(der.read(raw))
    if outer.take(der.OBJECT).raw != _SIGNED_DATA:
        raise MalformedError("signed data expected")
    whole = only(outer.take(CONTEXT_0), der.SEQUENCE)
    outer.end()
    fields = Fields(whole)
    fields.version(3)
    digests = only(fields.take(der.SET), der.SEQUENCE, der.SET)
    content = _content(fields.take(der.SEQUENCE), content_type)
    certificates = tuple(certificate.raw for certificate in fields.take(CONTEXT_0).children())
    if len(certificates) > MAX_CERTIFICATES:
        raise MalformedError(
            "at most {} certificates expected, {} found", MAX_CERTIFICATES, len(certificates)
        )
    signer = Fields(only(fields.take(der.SET), der.SEQUENCE, der.SET))
    fields.end()
    signer.version(1)
    identifier = Fields(signer.take(der.SEQUENCE))
    issuer_and_serial = identifier.take(der.SEQUENCE).raw, identifier.take(der.INTEGER).raw
    identifier.end()
    hashed_by = hash_name(signer.take(der.SEQUENCE))
    if hash_name(digests) != hashed_by:
        raise MalformedError("one hash for the signature expected, two found")
    signed = signer.take(CONTEXT_0)
    signed_with = algorithm(signer.take(der.SEQUENCE))
    signature = signer.take(der.OCTET_STRING).content
    signer.end()
    attributes = _attributes(signed, content_type)
    if attributes[_MESSAGE_DIGEST].content != hashlib.new(hashed_by, content).digest():
        raise TimeError("wrong-signature", "time token: what it says is not what was signed")
    members = tuple(member.raw for member in whole.children())
    message = der.encode(der.SET, signed.content)
    return Signed(
        content, certificates, issuer_and_serial, hashed_by, signed_with, attributes, message, signature,
        members,
    )  # fmt: skip


def _content(element: Element, content_type: str) -> bytes:
    """Read EncapsulatedContentInfo (RFC 5652, 5.2)."""
    fields = Fields(element)
    found = der.dotted(fields.take(der.OBJECT))
    if found != content_type:
        raise MalformedError("content {} expected, {} found", content_type, found)
    content = only(fields.take(CONTEXT_0), der.OCTET_STRING).content
    fields.end()
    return content


def _attributes(element: Element, content_type: str) -> dict[str, Element]:
    """Read the signed attributes (RFC 5652, 11), which must say the type of the content."""
    found: dict[str, Element] = {}
    for attribute in element.children():
        fields = Fields(attribute)
        name = der.dotted(fields.take(der.OBJECT))
        values = fields.take(der.SET).children()
        fields.end()
        if name in found or len(values) != 1:
            raise MalformedError("signed attribute {}: one value expected", name)
        found[name] = values[0]
    if not {_CONTENT_TYPE, _MESSAGE_DIGEST} <= set(found):
        raise MalformedError("content type and digest expected among the signed attributes")
    if not {CERTIFICATE_ID, CERTIFICATE_ID_V2} & set(found):
        raise MalformedError("the signer's certificate expected among the signed attributes")
    if der.dotted(found[_CONTENT_TYPE]) != content_type:
        raise MalformedError("signed attributes of a content {} expected", content_type)
    return found
