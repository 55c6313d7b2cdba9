"""Time tokens: who attests that a text existed at an instant (RFC 3161; README.md, « Time token »).

A token is read here, strictly, and its signature checked with the key of its certificate. The chain from
there to a trusted root, at the time of the token, is left to `rfc3161_client` (OpenSSL). Nobody is asked
anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from kiosk.proof import cms, der
from kiosk.proof.cms import CONTEXT_0, CONTEXT_1, Fields, Signed, hash_name
from kiosk.proof.der import Element
from kiosk.proof.errors import MalformedError, TimeError

_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_ALGORITHMS: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_RSA = "1.2.840.113549.1.1.1"
_RSA_WITH = {
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
_ECDSA_WITH = {
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
}
_BOOLEAN, _MILLIS, _MICROS = 0x01, 0x80, 0x81
_GRANTED = der.encode(der.SEQUENCE, der.encode(der.INTEGER, b"\x00"))
"""PKIStatusInfo of a response that gives a token (RFC 3161, 2.4.2)."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says. Nothing of it is verified."""

    hash_name: str
    """``sha256``, ``sha384`` or ``sha512``: how the text was hashed."""
    imprint: bytes
    """That hash of the text."""
    at: datetime
    """When, in UTC."""
    accuracy: timedelta
    """How far from `at` the time may be; zero when the authority does not say."""
    serial: int
    policy: str
    """Object identifier of the authority's practice, dotted."""
    nonce: int | None
    certificates: tuple[bytes, ...]
    """Those the token carries, DER, in its order."""


@dataclass(frozen=True, slots=True)
class Attested:
    """What an authority that the verifier trusts attests: the text existed at this time."""

    authority: str
    """The name that the verifier gives to the authority's root."""
    at: datetime
    """In UTC."""
    accuracy: timedelta
    """How far from `at` the time may be; zero when the authority does not say."""


def read_token(raw: bytes) -> Token:
    """Return what the TimeStampToken `raw` (DER, at most `cms.MAX_BYTES`) says.

    Raises `TimeError`: `malformed`, `weak-hash`, or `wrong-signature` when something else was signed.
    """
    with _malformed():
        return _read(cms.read(raw, _TST_INFO))


def verify_token(raw: bytes, text: bytes, roots: Mapping[str, bytes]) -> Attested:
    """Return what the token `raw` attests of `text`, when one of `roots` answers for it.

    `roots` are the certificates (DER) that the verifier trusts, by the names it gives them. Certificates are
    judged at the time of the token: one that ended since still counts (RFC 3161, 4.3 and appendix B).
    Raises `TimeError`, whose `reason` is the first of `malformed`, `weak-hash`, `wrong-signature`,
    `other-message`, `unknown-authority` and `expired`; `MalformedError` when a root is not a certificate.
    """
    anchors = {authority: _root(authority, root) for authority, root in roots.items()}
    with _malformed():
        signed = cms.read(raw, _TST_INFO)
        token = _read(signed)
        signer = _signer(signed)
        others = tuple(map(_certificate, signed.certificates))
        _check_signature(signed, signer)
        if hashlib.new(token.hash_name, text).digest() != token.imprint:
            raise TimeError("other-message", "time token: it is about another text")
        authority = _authority(
            signed, token.at, text, {n: _path(signer, others, r) for n, r in anchors.items()}
        )
        return Attested(authority, token.at, token.accuracy)


@contextmanager
def _malformed() -> Iterator[None]:
    """Name what cannot be read, by us or by `cryptography`."""
    try:
        yield
    except (MalformedError, ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise TimeError("malformed", "time token: {}", error) from error


def _read(signed: Signed) -> Token:
    """Read TSTInfo (RFC 3161, 2.4.2)."""
    fields = Fields(der.read(signed.content))
    fields.version(1)
    policy = der.dotted(fields.take(der.OBJECT))
    imprint = Fields(fields.take(der.SEQUENCE))
    hashed_by = hash_name(imprint.take(der.SEQUENCE))
    hashed = imprint.take(der.OCTET_STRING).content
    imprint.end()
    serial = der.integer(fields.take(der.INTEGER))
    at = der.instant(fields.take(der.TIME))
    accuracy = fields.optional(der.SEQUENCE)
    fields.optional(_BOOLEAN)  # ordering
    nonce = fields.optional(der.INTEGER)
    fields.optional(CONTEXT_0)  # name of the authority: its certificate says who it is
    fields.optional(CONTEXT_1)  # extensions
    fields.end()
    return Token(
        hashed_by, hashed, at, _accuracy(accuracy) if accuracy else timedelta(), serial, policy,
        der.integer(nonce) if nonce else None, signed.certificates,
    )  # fmt: skip


def _accuracy(element: Element) -> timedelta:
    fields = Fields(element)
    seconds, millis, micros = (
        der.integer(part) if part else 0 for part in map(fields.optional, (der.INTEGER, _MILLIS, _MICROS))
    )
    fields.end()
    if not (0 <= seconds <= 86_400 and 0 <= millis < 1000 and 0 <= micros < 1000):
        raise MalformedError("an accuracy of at most a day expected")
    return timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)


def _signer(signed: Signed) -> x509.Certificate:
    """Return the certificate that the signature names, by issuer and number and by hash (RFC 5816, 2.2.1)."""
    for raw in signed.certificates:
        if _issuer_and_serial(raw) == signed.issuer_and_serial and all(_named(signed, raw)):
            return x509.load_der_x509_certificate(raw)
    raise TimeError(
        "wrong-signature", "time token: it does not hold the certificate that its signature names"
    )


def _certificate(raw: bytes) -> x509.Certificate:
    """Return the certificate `raw`; a number that is not positive is refused (RFC 5280, 4.1.2.2)."""
    if der.integer(der.read(_issuer_and_serial(raw)[1])) <= 0:
        raise MalformedError("a certificate with a positive number expected")
    return x509.load_der_x509_certificate(raw)


def _issuer_and_serial(certificate: bytes) -> tuple[bytes, bytes]:
    """Return the issuer and the serial number of a certificate, DER (RFC 5280, 4.1)."""
    body = Fields(Fields(der.read(certificate)).take(der.SEQUENCE))
    body.optional(CONTEXT_0)  # version
    serial = body.take(der.INTEGER).raw
    body.take(der.SEQUENCE)  # signature algorithm
    return body.take(der.SEQUENCE).raw, serial


def _named(signed: Signed, certificate: bytes) -> Iterator[bool]:
    """Yield whether each signed attribute that names the signer's certificate names this one.

    The older attribute has SHA-1 alone: it tells certificates apart, and proves nothing more.
    """
    for attribute, usual in ((cms.CERTIFICATE_ID, "sha1"), (cms.CERTIFICATE_ID_V2, "sha256")):
        if attribute in signed.attributes:
            listed = Fields(signed.attributes[attribute]).take(der.SEQUENCE)
            first = Fields(Fields(listed).take(der.SEQUENCE))
            algorithm = first.optional(der.SEQUENCE)
            hashed = first.take(der.OCTET_STRING).content
            chosen = hash_name(algorithm) if algorithm else usual
            yield hashlib.new(chosen, certificate, usedforsecurity=False).digest() == hashed


def _check_signature(signed: Signed, signer: x509.Certificate) -> None:
    key, algorithm = signer.public_key(), _ALGORITHMS[signed.hash_name]
    try:
        match key:
            case rsa.RSAPublicKey() if signed.signed_with in (_RSA, _RSA_WITH[signed.hash_name]):
                key.verify(signed.signature, signed.message, padding.PKCS1v15(), algorithm)
            case ec.EllipticCurvePublicKey() if signed.signed_with == _ECDSA_WITH[signed.hash_name]:
                key.verify(signed.signature, signed.message, ec.ECDSA(algorithm))
            case _:
                raise MalformedError(
                    "a signature RSA (PKCS #1, 1.5) or ECDSA, of the certificate's key, expected"
                )
    except InvalidSignature as error:
        raise TimeError(
            "wrong-signature", "time token: its signature is not that of its certificate"
        ) from error


def _root(authority: str, raw: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(raw)
    except ValueError as error:
        raise MalformedError("authority {}: a certificate (DER) expected", authority) from error


def _path(
    signer: x509.Certificate, others: Sequence[x509.Certificate], root: x509.Certificate
) -> tuple[x509.Certificate, ...]:
    """Return the shortest way from `signer` to `root`, each signed by the next; empty when there is none."""
    ways: list[tuple[x509.Certificate, ...]] = [(signer,)]
    seen = {signer}
    while ways:
        way = ways.pop(0)
        if way[-1] == root:
            return way
        for issuer in (root, *others):
            if issuer not in seen and _issued(way[-1], issuer):
                seen.add(issuer)
                ways.append((*way, issuer))
    return ()


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if _weak(certificate):
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _weak(certificate: x509.Certificate) -> bool:
    """Return whether another hash than ours signs it; that of a root does not matter: nobody relies on it."""
    algorithm = certificate.signature_hash_algorithm
    known = algorithm is None or algorithm.name in _ALGORITHMS
    return not known and certificate.issuer != certificate.subject


def _authority(
    signed: Signed, at: datetime, text: bytes, paths: Mapping[str, Sequence[x509.Certificate]]
) -> str:
    """Return the first authority whose path answers for what is signed; raises `TimeError`."""
    refusals = [_unknown(signed)]
    for authority, path in paths.items():
        if path:
            try:
                _check_path(path, signed, at, text)
            except TimeError as error:
                refusals.append(error)
            else:
                return authority
    raise refusals[-1]


def _unknown(signed: Signed) -> TimeError:
    """Return why no trusted root answers: a weak hash on the way, or none at all."""
    if any(_weak(_certificate(raw)) for raw in signed.certificates):
        return TimeError("weak-hash", "time token: no trusted root but through a hash other than SHA-2")
    return TimeError("unknown-authority", "time token: no root that is trusted here issued its certificate")


def _check_path(path: Sequence[x509.Certificate], signed: Signed, at: datetime, text: bytes) -> None:
    """Raise `TimeError` unless the last of `path`, a trusted root, answers at `at` for what is signed."""
    for certificate in path:
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise TimeError(
                "expired",
                "time token: the certificate « {} » was not in force at {:%Y-%m-%dT%H:%M:%SZ}",
                _name(certificate),
                at,
            )
    chain = tuple(certificate.public_bytes(Encoding.DER) for certificate in path)
    try:
        response = decode_timestamp_response(der.encode(der.SEQUENCE, _GRANTED + signed.carrying(chain)))
        VerifierBuilder(roots=[path[-1]]).build().verify_message(response, text)
    except VerificationError as error:
        raise TimeError("unknown-authority", "time token: {}", error) from error


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()
