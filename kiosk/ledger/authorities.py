"""Ask a timestamp authority over the network (RFC 3161, 3.4): the one door of the ledger to the outside."""

from __future__ import annotations

import time
from http.client import HTTPException  # noqa: TID251 - this is that door
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (  # noqa: TID251 - this is that door
    HTTPRedirectHandler,
    ProxyHandler,
    Request,
    build_opener,
)

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from kiosk.connections import Authority
from kiosk.ledger.errors import AuthorityError
from kiosk.proof import cms, der
from kiosk.proof.errors import ProofError
from kiosk.proof.token import Token, read_token, verify_token

SECONDS = 10
MAX_BYTES = cms.MAX_BYTES + 1_000
MAX_LIST_BYTES = 5_000_000
LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""No proxy stands before this machine."""
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"
_GRANTED = (0, 1)
"""PKIStatus: granted, granted with modifications (RFC 3161, 2.4.2); the token is verified all the same."""
_CHUNK = 8_192


def ask(authority: Authority, query: bytes) -> bytes:
    """Post the TimeStampReq `query` to `authority` and return the bytes of its answer; raises as `post`."""
    return post(authority.url, query)


def post(url: str, query: bytes) -> bytes:
    """Post the TimeStampReq `query` and return the bytes of the answer.

    It has `SECONDS` and `MAX_BYTES`; a redirection is refused: the address is a matter of configuration.
    Raises `AuthorityError`, whose message says in a few words why.
    """
    headers = {"Content-Type": _QUERY, "Accept": _REPLY}
    request = Request(url, data=query, method="POST", headers=headers)  # noqa: S310 - settings take https alone
    return _exchange(request, MAX_BYTES)


def fetch_list(url: str) -> bytes:
    """Return the revocation list (RFC 5280, 5) at `url`, which a certificate names; signed, http will do.

    It has `SECONDS` and `MAX_LIST_BYTES`. Raises `AuthorityError`.
    """
    if not url.startswith(("http://", "https://")):
        raise AuthorityError("liste de révocation sans adresse http")
    return _exchange(Request(url), MAX_LIST_BYTES)  # noqa: S310 - checked above


def request(text: bytes) -> tuple[bytes, int]:
    """Return a TimeStampReq for the SHA-256 of `text`, and its nonce, which the token must repeat."""
    made = (
        TimestampRequestBuilder()
        .data(text)
        .hash_algorithm(HashAlgorithm.SHA256)
        .cert_request(cert_request=True)
        .nonce(nonce=True)
        .build()
    )
    return made.as_bytes(), made.nonce or 0


def granted(answer: bytes, text: bytes, nonce: int, authority: Authority) -> tuple[bytes, Token]:
    """Return the token in the TimeStampResp `answer`, verified under its root, and what it says.

    Raises `AuthorityError` when there is none, or not one that a receipt could bear.
    """
    try:
        fields = cms.Fields(der.read(answer))
        status = der.integer(cms.Fields(fields.take(der.SEQUENCE)).take(der.INTEGER))
        if status not in _GRANTED:
            raise AuthorityError(f"refus de l’autorité, statut {status}")
        token = fields.take(der.SEQUENCE).raw
        fields.end()
        said = read_token(token)
        if said.nonce != nonce:
            raise AuthorityError("réponse à une autre demande")
        verify_token(token, text, {authority.name: root(authority)})
    except ProofError as error:
        raise AuthorityError(getattr(error, "reason", "malformed")) from error
    return token, said


def root(authority: Authority) -> bytes:
    """Return the root certificate of `authority`, DER; raises `AuthorityError`."""
    try:
        certificate = x509.load_pem_x509_certificate(authority.root.read_bytes())
    except (OSError, ValueError) as error:
        raise AuthorityError("certificat racine illisible") from error
    return certificate.public_bytes(Encoding.DER)


class _NoRedirection(HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        """Follow nothing: the redirection becomes the error it is answered with."""


def _exchange(request: Request, most: int) -> bytes:
    """Return the answer to `request`, of at most `most` bytes; raises `AuthorityError`."""
    until = time.monotonic() + SECONDS
    here = [ProxyHandler({})] if urlsplit(request.full_url).hostname in LOOPBACK else []
    try:
        with build_opener(_NoRedirection, *here).open(request, timeout=SECONDS) as answer:
            return _read(answer, until, most)
    except HTTPError as error:
        error.close()
        raise AuthorityError(f"réponse HTTP {error.code}") from error
    except TimeoutError as error:
        raise AuthorityError("pas de réponse à temps") from error
    except URLError as error:
        late = isinstance(error.reason, TimeoutError)
        raise AuthorityError("pas de réponse à temps" if late else "injoignable") from error
    except (OSError, HTTPException, ValueError) as error:
        raise AuthorityError("injoignable") from error


def _read(answer: IO[bytes], until: float, most: int) -> bytes:
    """Read an answer that comes in time, and is not longer than an answer can be."""
    found = b""
    while chunk := answer.read1(_CHUNK):  # type: ignore[attr-defined]
        found += chunk
        if len(found) > most:
            raise AuthorityError(f"réponse de plus de {most} octets")
        if time.monotonic() > until:
            raise TimeoutError
    return found
