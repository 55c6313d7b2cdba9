"""PAdES (ETSI EN 319 142-1) by pyHanko, heavy to import: `sealed_pdf` does when there is a PDF to seal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import Any

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, TimestampDSSContentSettings
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from kiosk.ledger.errors import AuthorityError, SealError
from kiosk.proof.apart import apart

FIELD = "Cachet"
_DIGEST = "sha256"

Key = Any
"""A private key of `cryptography`, RSA or elliptic curve."""


def signed(
    pdf: bytes,
    key: Key,
    certificates: tuple[x509.Certificate, ...],
    at: datetime,
    *,
    post: Callable[[bytes], bytes] | None = None,
    roots: Iterable[x509.Certificate] = (),
    fetch_list: Callable[[str], bytes] | None = None,
    field: str = FIELD,
) -> bytes:
    """Return `pdf` with an invisible seal of the whole file, dated `at`, in the form's field `field`.

    `certificates` is that of `key`, then those above it. `post` sends a TimeStampReq and returns the answer
    (level B-T). `fetch_list` gives the revocation list of an address: with it what a verifier will need in
    ten years is kept in the file, up to `roots`, and stamped again (level B-LTA). Raises `SealError`; the
    level is the one asked for, or none.
    """
    try:
        return apart(partial(_signed, pdf, key, certificates, at, post, roots, fetch_list, field))
    except AuthorityError as error:
        raise SealError(f"L’autorité d’horodatage ou de révocation du cachet : {error}.") from error
    except (SigningError, PathError, ValidationError, PdfError, ValueError, OSError) as error:
        raise SealError(f"Le PDF n’a pas pu être scellé : {error}.") from error


def _signed(
    pdf: bytes,
    key: Key,
    certificates: tuple[x509.Certificate, ...],
    at: datetime,
    post: Callable[[bytes], bytes] | None,
    roots: Iterable[x509.Certificate],
    fetch_list: Callable[[str], bytes] | None,
    field: str,
) -> bytes:
    stamper = _Stamper(post) if post else None
    context = _context(stamper, certificates, roots, at, fetch_list) if stamper and fetch_list else None
    meta = PdfSignatureMetadata(
        field_name=field,
        md_algorithm=_DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        embed_validation_info=context is not None,
        use_pades_lta=context is not None,
        validation_context=context,
        dss_settings=DSSContentSettings(
            include_vri=False,
            # The last time-stamp comes last, so that it covers the whole file.
            next_ts_settings=TimestampDSSContentSettings(update_before_ts=True, include_vri=False),
        ),
    )
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    return bytes(_Signer(meta, _signer(key, certificates), stamper, at).sign_pdf(writer).getbuffer())


class _Stamper(TimeStamper):
    """Asks an authority through the ledger's one door."""

    def __init__(self, post: Callable[[bytes], bytes]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._post = post

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Return the answer to `req`."""
        return tsp.TimeStampResp.load(self._post(req.dump()))

    def chain(self) -> list[asn1_x509.Certificate]:
        """Return the certificates of the authority, which only a token shows: one is asked for."""
        asyncio.run(self.async_dummy_response(_DIGEST))
        return [*self._certs.values(), *self.cert_registry]


class _Signer(PdfSigner):
    """Signs at an instant it is given."""

    def __init__(
        self, meta: PdfSignatureMetadata, signer: SimpleSigner, stamper: TimeStamper | None, at: datetime
    ) -> None:
        super().__init__(meta, signer, timestamper=stamper)
        self._at = at

    def init_signing_session(self, *arguments: Any, **options: Any) -> Any:
        """Set the instant that the session would take from the system."""
        session = super().init_signing_session(*arguments, **options)
        session.system_time = self._at
        return session


def _signer(key: Key, certificates: tuple[x509.Certificate, ...]) -> SimpleSigner:
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    above = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    above.register_multiple(_again(certificate) for certificate in certificates[1:])
    return SimpleSigner(_again(certificates[0]), keys.PrivateKeyInfo.load(private), above)


def _context(
    stamper: _Stamper,
    certificates: tuple[x509.Certificate, ...],
    roots: Iterable[x509.Certificate],
    at: datetime,
    fetch_list: Callable[[str], bytes],
) -> ValidationContext:
    """Return what the chains are validated with, revocation lists in hand: nothing else is asked."""
    chain = [*(_again(certificate) for certificate in certificates), *stamper.chain()]
    points = [point for certificate in chain for point in certificate.crl_distribution_points]
    addresses = {point.url or "" for point in points}
    return ValidationContext(
        trust_roots=[_again(root) for root in roots],
        other_certs=chain,
        moment=at,
        crls=[fetch_list(address) for address in sorted(addresses)],
        revocation_mode="require",
    )


def _again(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
