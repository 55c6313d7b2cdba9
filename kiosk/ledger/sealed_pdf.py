"""The seal on PDFs made from receipts: whose key, at which level; never a lower level than configured."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from cgu_archive.corpus.model import Mode
from kiosk import connections
from kiosk.config import Settings
from kiosk.ledger import authorities
from kiosk.ledger.errors import AuthorityError, SealError

DEMONSTRATION_NAME = "Cachet de démonstration sans valeur"
"""Common name of a demonstration's certificate: a verifier refuses it by name."""
DEMONSTRATION_FILE = "seal.pem"
_YEARS = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Seal:
    """A key that seals, and what goes with it."""

    key: Any = field(repr=False)
    """RSA or elliptic curve, of `cryptography`."""
    certificates: tuple[x509.Certificate, ...]
    """That of the key, then those above it."""
    tsa_url: str | None = None
    """Authority that stamps the seal (level B-T); None: level B-B."""
    revocation: bool = False
    """Whether what a verifier will need in ten years is kept in the PDF (level B-LTA)."""
    roots: tuple[x509.Certificate, ...] = ()
    """Roots of the authorities that may stamp; wanted at level B-LTA."""


def load_seal(settings: Settings, at: datetime) -> Seal | None:
    """Return what seals PDFs; None when a publisher configured nothing: its attestations then bear no seal.

    A demonstration seals with a certificate of its own, made at `at` the first time and named for what it is.
    Raises `SealError` when a file is not as the settings say.
    """
    if settings.seal is None:
        return _demonstration(settings.keys_dir, at) if settings.mode is Mode.DEMONSTRATION else None
    held = _publisher(settings.seal)
    try:
        roots = tuple(
            x509.load_der_x509_certificate(authorities.root(authority)) for authority in settings.authorities
        )
    except AuthorityError as error:
        raise SealError(f"{settings.seal.p12} : racine d’une autorité illisible.") from error
    _refuse_demonstration(held.certificates[0], settings.mode)
    return replace(held, tsa_url=settings.seal.tsa_url, revocation=settings.seal.revocation, roots=roots)


def published_seal(settings: Settings) -> tuple[str, bytes] | None:
    """Return what a trust file says of who seals here: a name, and the certificate to trust (DER).

    That is the root that comes with the key, if one does, else the certificate of the key. None when nothing
    seals here, or the demonstration has made no seal yet. Raises `SealError`.
    """
    if settings.seal is not None:
        certificates = _publisher_certificates(settings.seal, _changed(settings.seal))
        tops = [one for one in certificates if one.issuer == one.subject]
        return "editeur", (tops or list(certificates))[0].public_bytes(Encoding.DER)
    if settings.mode is Mode.DEMONSTRATION and (settings.keys_dir / DEMONSTRATION_FILE).exists():
        return "demonstration", _kept(settings.keys_dir).certificates[0].public_bytes(Encoding.DER)
    return None


def seal_pdf(pdf: bytes, seal: Seal, at: datetime) -> bytes:
    """Return `pdf` sealed as PAdES, invisibly, at `at`: the seal covers the whole file.

    It stays PDF/A and PDF/UA. Raises `SealError` when the level of `seal` cannot be had.
    """
    from kiosk.ledger import pades

    tops = tuple(one for one in seal.certificates if one.issuer == one.subject)
    return pades.signed(
        pdf,
        seal.key,
        seal.certificates,
        at,
        post=partial(authorities.post, seal.tsa_url) if seal.tsa_url else None,
        roots=(*tops, *seal.roots),
        fetch_list=authorities.fetch_list if seal.revocation else None,
    )


def _publisher(files: connections.Seal) -> Seal:
    """Return the key of a publisher and its certificates."""
    try:
        password = files.password_file.read_bytes().rstrip(b"\r\n")
        held = pkcs12.load_pkcs12(files.p12.read_bytes(), password)
    except (OSError, ValueError) as error:
        raise SealError(f"{files.p12} : clé, mot de passe ou certificat illisible.") from error
    if held.key is None or held.cert is None:
        raise SealError(f"{files.p12} : attendu une clé et son certificat.")
    above = tuple(one.certificate for one in held.additional_certs)
    return Seal(held.key, (held.cert.certificate, *above))


@lru_cache(maxsize=1)
def _publisher_certificates(files: connections.Seal, _at: tuple[int, ...]) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a publisher, read again when the files changed: a password takes time."""
    return _publisher(files).certificates


def _changed(files: connections.Seal) -> tuple[int, ...]:
    """Return when the files changed last."""
    try:
        return tuple(file.stat().st_mtime_ns for file in (files.p12, files.password_file))
    except OSError as error:
        raise SealError(f"{files.p12} : clé ou mot de passe illisible.") from error


def _refuse_demonstration(certificate: x509.Certificate, mode: Mode) -> None:
    names = [name.value for name in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    if mode is Mode.PUBLISHER and DEMONSTRATION_NAME in names:
        raise SealError(
            f"KIOSK_SEAL_P12 : « {DEMONSTRATION_NAME} » ne scelle pas les attestations d’un éditeur."
        )


def _demonstration(keys_dir: Path, at: datetime) -> Seal:
    """Return the seal kept in `keys_dir`, made the first time, whole or not at all."""
    file = keys_dir / DEMONSTRATION_FILE
    if not file.exists():
        keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _keep(file, _made(at))
    return _kept(keys_dir)


def _kept(keys_dir: Path) -> Seal:
    file = keys_dir / DEMONSTRATION_FILE
    raw = file.read_bytes()
    try:
        return Seal(load_pem_private_key(raw, None), (x509.load_pem_x509_certificate(raw),))
    except ValueError as error:
        raise SealError(f"{file} : clé ou certificat illisible. Effacez-le : un autre sera fait.") from error


def _made(at: datetime) -> bytes:
    """Return a new key and its self-signed certificate, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, DEMONSTRATION_NAME)])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(at.replace(microsecond=0) - timedelta(days=1))
        .not_valid_after(at.replace(microsecond=0) + _YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


def _keep(file: Path, content: bytes) -> None:
    """Write `file`, for its owner alone; one made meanwhile by another process stays."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
