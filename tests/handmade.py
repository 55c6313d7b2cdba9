"""Time tokens made by hand: at any instant, and wrong in any one place (RFC 3161, RFC 5652).

Every part is DER, under a name; a test replaces the one it is about, or leaves it out (``b""``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from kiosk.proof import der
from tests.authority import POLICY, Issued

SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
CERTIFICATE_ID, CERTIFICATE_ID_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
SHA1, SHA384 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.2"
HASHES = {"sha1": SHA1, "sha256": "2.16.840.1.101.3.4.2.1", "sha384": SHA384}
RSA = "1.2.840.113549.1.1.1"
ECDSA = {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3"}
_ALGORITHMS = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384()}
CONTEXT_0 = 0xA0
Parts = Mapping[str, bytes]
NOTHING: Parts = MappingProxyType({})


def sequence(*members: bytes) -> bytes:
    return der.encode(der.SEQUENCE, b"".join(members))


def set_of(*members: bytes) -> bytes:
    return der.encode(der.SET, b"".join(members))


def octets(content: bytes) -> bytes:
    return der.encode(der.OCTET_STRING, content)


def number(value: int, tag: int = der.INTEGER) -> bytes:
    return der.encode(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def identifier(dotted: str) -> bytes:
    """An object identifier, encoded here again: the code under test only reads them."""
    first, second, *arcs = map(int, dotted.split("."))
    content = bytearray()
    for arc in (first * 40 + second, *arcs):
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.insert(0, arc & 0x7F | 0x80)
        content += bytes(digits)
    return der.encode(der.OBJECT, bytes(content))


def algorithm(dotted: str) -> bytes:
    return sequence(identifier(dotted))


def context(content: bytes) -> bytes:
    return der.encode(CONTEXT_0, content)


def imprint(text: bytes, digest: str) -> bytes:
    return sequence(algorithm(HASHES[digest]), octets(hashlib.new(digest, text).digest()))


def attribute(dotted: str, *values: bytes) -> bytes:
    return sequence(identifier(dotted), set_of(*values))


def token(
    text: bytes,
    at: datetime,
    signer: Issued,
    *,
    certificates: tuple[Issued, ...] | None = None,
    digest: str = "sha256",
    accuracy: timedelta | None = None,
    info: Parts = NOTHING,
    attributes: Parts = NOTHING,
    signature: Parts = NOTHING,
    data: Parts = NOTHING,
) -> bytes:
    """Return a token of `text` at `at`; `info`, `attributes`, `signature`, `data` replace parts by name."""
    carried = (signer,) if certificates is None else certificates
    said = _info(text, at, digest, accuracy) | dict(info)
    content = sequence(*said.values())
    signed = {
        "type": attribute(CONTENT_TYPE, identifier(TST_INFO)),
        "digest": attribute(MESSAGE_DIGEST, octets(hashlib.new(digest, content).digest())),
        "certificate": attribute(
            CERTIFICATE_ID_V2, sequence(sequence(sequence(octets(hashlib.sha256(signer.der).digest()))))
        ),
    } | dict(attributes)  # fmt: skip
    ordered = b"".join(sorted(signed.values()))
    signer_info = {
        "version": number(1),
        "signer": sequence(
            signer.certificate.issuer.public_bytes(), number(signer.certificate.serial_number)
        ),
        "hash": algorithm(HASHES[digest]),
        "attributes": context(ordered),
        "algorithm": algorithm(RSA if isinstance(signer.key, rsa.RSAPrivateKey) else ECDSA[digest]),
        "signature": octets(_sign(signer, set_of(ordered), digest)),
    } | dict(signature)
    whole = {
        "version": number(3),
        "hashes": set_of(algorithm(HASHES[digest])),
        "content": sequence(identifier(TST_INFO), context(octets(content))),
        "certificates": context(b"".join(sorted(issued.der for issued in carried))),
        "signers": set_of(sequence(*signer_info.values())),
    } | dict(data)
    return sequence(identifier(SIGNED_DATA), context(sequence(*whole.values())))


def answer(query: bytes, at: datetime, signer: Issued, *, status: int = 0, info: Parts = NOTHING) -> bytes:
    """Return the TimeStampResp to the TimeStampReq `query`, with a token when `status` grants one."""
    _, imprint, nonce, *_ = der.read(query).children()
    said = {"imprint": imprint.raw, "nonce": nonce.raw} | dict(info)
    given = b"" if status > 1 else token(b"", at, signer, info=said)
    return sequence(sequence(number(status)), given)


def _info(text: bytes, at: datetime, digest: str, accuracy: timedelta | None) -> dict[str, bytes]:
    stamp = f"{at:%Y%m%d%H%M%S.%f}".rstrip("0").rstrip(".")
    return {
        "version": number(1),
        "policy": identifier(POLICY),
        "imprint": imprint(text, digest),
        "serial": number(7),
        "time": der.encode(der.TIME, f"{stamp}Z".encode()),
        "accuracy": _accuracy(accuracy) if accuracy is not None else b"",
        "ordering": b"",
        "nonce": b"",
    }


def _accuracy(accuracy: timedelta) -> bytes:
    millis, micros = divmod(accuracy.microseconds, 1000)
    parts = {der.INTEGER: accuracy.seconds, 0x80: millis, 0x81: micros}
    return sequence(*(number(value, tag) for tag, value in parts.items() if value))


def _sign(signer: Issued, message: bytes, digest: str) -> bytes:
    match signer.key:
        case rsa.RSAPrivateKey():
            return signer.key.sign(message, padding.PKCS1v15(), _ALGORITHMS[digest])
        case ec.EllipticCurvePrivateKey():
            return signer.key.sign(message, ec.ECDSA(_ALGORITHMS[digest]))
        case _:
            return signer.key.sign(message)
