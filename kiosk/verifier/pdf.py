"""Attestations in PDF: take the receipt out, and verify the seal (PAdES, ETSI EN 319 142-1).

pyHanko, which reads them, takes a second to import: import this module when there is a PDF, not before.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO

from asn1crypto import x509
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    StreamObject,
)
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from kiosk.proof import der, receipt
from kiosk.proof.apart import apart
from kiosk.proof.errors import AlteredError, MalformedError, SpecimenError, UnknownKeyError
from kiosk.proof.token import Attested, verify_token
from kiosk.proof.trust import Trust

RECEIPT_FILE = "justificatif.receipt.json"
DEMONSTRATION_NAME = "Cachet de démonstration sans valeur"
MAX_BYTES = 60_000_000
_MAX_NODES = 100
_USES = {"non_repudiation", "digital_signature"}
_UNREADABLE = (
    PdfError, SignatureValidationError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
    AssertionError, NotImplementedError, RecursionError, OSError, zlib.error,
)  # fmt: skip
"""What a PDF that is none may make pyHanko raise.

Its own errors, and those of Python where it takes an object of one type for another, a number for a place in
the file, or where asn1crypto meets what is no DER. Changed files never gave another, and tests try some each
time: another would be a fault of ours, and shows.
"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is established of a PDF, once its seal is verified."""

    receipt: bytes
    """What is attached."""
    by: str
    """The common name and the organisation in the certificate of whoever sealed it."""
    at: datetime
    """When, as the seal itself says: nobody else attests it unless `attested` does."""
    attested: Attested | None
    """By when an authority says that the seal was there."""
    demonstration: bool
    """Whether the certificate is that of a demonstration."""


def receipt_of(raw: bytes) -> bytes:
    """Return the receipt attached to the PDF `raw`. The seal is not looked at; raises `MalformedError`."""
    with _reading():
        return _receipt(_open(raw))


def sealed_by(raw: bytes) -> str | None:
    """Return the name on the seal of the PDF `raw`, good or bad; None when it bears none.

    Raises `MalformedError`.
    """
    with _reading():
        seals = _open(raw).embedded_regular_signatures
        return _name(seals[0].signer_cert) if seals else None


def verify_pdf(raw: bytes, trust: Trust) -> Sealed:
    """Return what is established of the PDF `raw`, whose one seal covers the whole file.

    `trust.seals` vouch for the seal, `trust.authorities` for the time tokens on it, and never the other way.
    Certificates are judged at the time that the seal says, and at that of its first token, if it has one;
    revocation lists are not read. Raises `MalformedError`, `AlteredError` when the file is not as it was
    sealed, `UnknownKeyError` when nothing trusted answers for the seal, `SpecimenError` when it is such a
    one under the name of a demonstration, `TimeError` when a time token does not attest it.
    """
    return apart(partial(_verified, raw, trust))


def _verified(raw: bytes, trust: Trust) -> Sealed:
    with _reading():
        reader = _open(raw)
        found = _receipt(reader)
        seal, stamps = _signatures(reader)
        _check_integrity(seal, [seal, *stamps][-1])
        at = _time(seal)
        _check_signer(seal, trust.seals, at)
        attested = [
            verify_token(token, message, trust.authorities) for token, message in _tokens(seal, stamps, raw)
        ]
        first = min(attested, key=lambda one: one.at + one.accuracy, default=None)
        if first is not None:
            _check_signer(seal, trust.seals, first.at)
        certificate = seal.signer_cert
        return Sealed(found, _name(certificate), at, first, _of_demonstration(certificate))


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise MalformedError("PDF: it cannot be read ({})", type(error).__name__) from error


def _open(raw: bytes) -> PdfFileReader:
    if len(raw) > MAX_BYTES:
        raise MalformedError("PDF: at most {} bytes expected, {} found", MAX_BYTES, len(raw))
    reader = PdfFileReader(BytesIO(raw), strict=True)
    if reader.encrypted:
        raise MalformedError("PDF: an encrypted file, which could hide what it holds")
    return reader


# Attachments


def _receipt(reader: PdfFileReader) -> bytes:
    """Return the one attachment named as the receipt is (ISO 32000-1, 7.11.4)."""
    names = reader.root["/Names"]["/EmbeddedFiles"]
    files = [file for name, file in _attached(names) if RECEIPT_FILE in (name, *_file_names(file))]
    if len(files) != 1:
        raise MalformedError("PDF: one attachment {} expected, {} found", RECEIPT_FILE, len(files))
    return _content(files[0]["/EF"]["/F"])


def _attached(tree: DictionaryObject) -> Iterator[tuple[str, DictionaryObject]]:
    """Yield the names and files of a name tree (ISO 32000-1, 7.9.6)."""
    nodes, visits = [tree], 0
    while nodes:
        node, visits = nodes.pop(), visits + 1
        if visits > _MAX_NODES:
            raise MalformedError("PDF: a name tree of at most {} nodes expected", _MAX_NODES)
        pairs, kids = node.get("/Names", ArrayObject()), node.get("/Kids", ArrayObject())
        for at in range(0, len(pairs), 2):
            yield str(pairs[at]), pairs[at + 1]
        nodes += [kids[at] for at in range(len(kids))]


def _file_names(file: DictionaryObject) -> tuple[str, ...]:
    return tuple(str(file[key]) for key in ("/F", "/UF") if key in file)


def _content(stream: StreamObject) -> bytes:
    """Return what a stream holds, no more than a receipt can."""
    filters = stream.get("/Filter")
    if filters is None:
        content, left = stream.encoded_data, b""
    elif filters == "/FlateDecode" and "/DecodeParms" not in stream:
        inflate = zlib.decompressobj()
        content = inflate.decompress(stream.encoded_data, receipt.MAX_BYTES)
        left = inflate.unconsumed_tail
    else:
        raise MalformedError("PDF: an attachment as it is, or deflated, expected")
    if left or len(content) > receipt.MAX_BYTES:
        raise MalformedError("PDF: a receipt of at most {} bytes expected", receipt.MAX_BYTES)
    return content


# Seal


def _signatures(reader: PdfFileReader) -> tuple[EmbeddedPdfSignature, list[EmbeddedPdfSignature]]:
    """Return the seal and the document time-stamps that follow it."""
    seals = reader.embedded_regular_signatures
    stamps = reader.embedded_timestamp_signatures
    if len(seals) != 1 or reader.embedded_signatures[:1] != seals:
        raise MalformedError("PDF: one seal expected, before any time-stamp; {} found", len(seals))
    return seals[0], stamps


def _check_integrity(seal: EmbeddedPdfSignature, last: EmbeddedPdfSignature) -> None:
    """Raise `AlteredError` unless the file is as it was sealed, to the last byte."""
    try:
        seal.compute_integrity_info()  # type: ignore[no-untyped-call]
        last.compute_integrity_info(skip_diff=True)  # type: ignore[no-untyped-call]
        kept, signed = validate_sig_integrity(
            seal.signer_info, seal.signer_cert, "data", seal.compute_digest()
        )
    except SignatureValidationError as error:
        raise AlteredError("PDF: the seal is not that of a whole file") from error
    if not (kept and signed) or any(_padding(seal) + _padding(last)):
        raise AlteredError("PDF: the seal is not that of this file")
    since = seal.diff_result
    if last.coverage != SignatureCoverageLevel.ENTIRE_FILE or (
        since is not None
        and (not isinstance(since, DiffResult) or since.modification_level > ModificationLevel.LTA_UPDATES)
    ):
        raise AlteredError("PDF: something was added to the file after the seal")


def _padding(signature: EmbeddedPdfSignature) -> bytes:
    """Return what stands between the end of a signature and the end of its place; no signature covers it."""
    content: bytes = signature.pkcs7_content
    return content[len(der.first(content).raw) :]


def _check_signer(seal: EmbeddedPdfSignature, seals: Mapping[str, bytes], at: datetime) -> None:
    """Raise unless the certificate of the seal, in force `at`, is one of `seals` or issued under one."""
    certificate = seal.signer_cert
    if any(held == certificate.dump() for held in seals.values()):
        if not certificate.not_valid_before <= at <= certificate.not_valid_after or not _may_seal(
            certificate
        ):
            raise UnknownKeyError("PDF: the certificate of {} did not seal then", _name(certificate))
        return
    roots = [root for root in map(x509.Certificate.load, seals.values()) if root.ca]
    validator = CertificateValidator(
        certificate,
        intermediate_certs=seal.other_embedded_certs,
        validation_context=ValidationContext(trust_roots=roots, moment=at),
    )
    try:
        asyncio.run(validator.async_validate_usage(_use(certificate)))  # type: ignore[no-untyped-call]
    except (PathError, ValidationError) as error:
        if _of_demonstration(certificate):
            raise SpecimenError("PDF: sealed under the name of a demonstration, that is not known") from error
        raise UnknownKeyError(
            "PDF: sealed by {}, for whom nothing that is trusted answers then", _name(certificate)
        ) from error


def _use(certificate: x509.Certificate) -> set[str]:
    """Return what the certificate must be for: either use serves for seals (ETSI EN 319 412-2, 4.3.2)."""
    held = certificate.key_usage_value.native if certificate.key_usage_value else _USES
    return _USES & held or _USES


def _may_seal(certificate: x509.Certificate) -> bool:
    held = certificate.key_usage_value
    return held is not None and bool(_USES & held.native)


def _of_demonstration(certificate: x509.Certificate) -> bool:
    return bool(certificate.subject.native.get("common_name") == DEMONSTRATION_NAME)


def _name(certificate: x509.Certificate) -> str:
    """Return who the certificate is for: its common name and its organisation, or all that it says."""
    subject = certificate.subject.native
    named = [subject[part] for part in ("common_name", "organization_name") if part in subject]
    return ", ".join(map(str, named or subject.values()))


def _time(seal: EmbeddedPdfSignature) -> datetime:
    """Return when the seal says it was set; what attests it is in its tokens."""
    at: datetime | None = seal.self_reported_timestamp
    if at is None:
        raise MalformedError("PDF: a dated seal expected")
    return at


def _tokens(
    seal: EmbeddedPdfSignature, stamps: list[EmbeddedPdfSignature], raw: bytes
) -> Iterator[tuple[bytes, bytes]]:
    """Yield each time token of the seal and what it is about: its signature, or the file so far."""
    for attribute in seal.signer_info["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token":
            for token in attribute["values"]:
                yield token.dump(), seal.signer_info["signature"].native
    for stamp in stamps:
        start, size, again, rest = map(int, stamp.byte_range)
        yield der.first(stamp.pkcs7_content).raw, raw[start : start + size] + raw[again : again + rest]
