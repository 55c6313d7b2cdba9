"""A real time authority (RFC 3161) for the tests: OpenSSL's, with certificates of our own, on loopback.

OpenSSL stamps with this machine's clock; the certificates are made around it, in date or not.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SECONDS = 30
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
POLICY = "1.2.3.4.1"
ACCURACY = "secs:1, millisecs:500, microsecs:100"
YEARS = timedelta(days=3650)
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def issue(
    name: str,
    issuer: Issued | None = None,
    *,
    ca: bool = False,
    since: timedelta = -timedelta(days=30),
    until: timedelta = YEARS,
    usage: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.TIME_STAMPING,
    critical: bool = True,
    kind: str = "rsa",
    at: datetime | None = None,
    key: PrivateKey | None = None,
    serial: int | None = None,
    lists: str | None = None,
) -> Issued:
    """Make a certificate, self-signed without `issuer`; `since` and `until` count from now, or from `at`.

    `lists` is where its issuer's revocation list is.
    """
    now = (at or datetime.now(UTC)).replace(microsecond=0)
    key = key or _KINDS[kind]()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    public = key.public_key()
    builder = (
        x509.CertificateBuilder(
            subject_name=subject, public_key=public, serial_number=serial or x509.random_serial_number()
        )
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .not_valid_before(now + since)
        .not_valid_after(now + until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(_usage(sign=not ca), critical=True)
    )
    signer = issuer.key if issuer else key
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
    )
    if lists:
        place = x509.DistributionPoint([x509.UniformResourceIdentifier(lists)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([place]), critical=False)
    if usage and not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=critical)
    return Issued(
        builder.sign(signer, None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()), key
    )


_KINDS: dict[str, Callable[[], PrivateKey]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


def revocation_list(issuer: Issued, *revoked: Issued, at: datetime | None = None) -> bytes:
    """Return the list of the certificates that `issuer` revoked, DER, made a minute ago."""
    now = (at or datetime.now(UTC)).replace(microsecond=0) - timedelta(minutes=1)
    builder = (
        x509.CertificateRevocationListBuilder(issuer.certificate.subject, now, now + timedelta(days=1))
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
        )
    )
    for one in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder(one.certificate.serial_number, now).build()
        )
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign, content_commitment=sign, key_cert_sign=not sign, crl_sign=not sign,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip


def signed_again(issued: Issued, issuer: Issued, digest: str, folder: Path) -> Issued:
    """Return a self-signed certificate signed by `issuer` instead, with any hash."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "issued.pem").write_bytes(issued.pem)
    (folder / "issuer.pem").write_bytes(issuer.pem)
    (folder / "issuer.key").write_bytes(_private(issuer))
    openssl(
        "x509", "-in", folder / "issued.pem", "-CA", folder / "issuer.pem", "-CAkey", folder / "issuer.key",
        f"-{digest}", "-set_serial", 9, "-days", 100, "-out", folder / "again.pem",
    )  # fmt: skip
    return Issued(x509.load_pem_x509_certificate((folder / "again.pem").read_bytes()), issued.key)


def _private(issued: Issued) -> bytes:
    return issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Authority:
    """An authority that keeps its files in a folder: `root` is what a verifier trusts, `signer` stamps."""

    def __init__(
        self,
        folder: Path,
        root: Issued,
        signer: Issued,
        *,
        chain: tuple[Issued, ...] = (),
        digest: str = "sha256",
        essid: str = "sha256",
        accuracy: str | None = ACCURACY,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.root, self.signer = folder, root, signer
        self._lock = threading.Lock()
        self.root_file.write_bytes(root.pem)
        (folder / "signer.pem").write_bytes(signer.pem)
        (folder / "chain.pem").write_bytes(b"".join(issued.pem for issued in chain))
        (folder / "signer.key").write_bytes(_private(signer))
        lines = [
            "[tsa]", "default_tsa = here", "[here]", f"serial = {folder}/serial", "crypto_device = builtin",
            f"signer_cert = {folder}/signer.pem", f"signer_key = {folder}/signer.key",
            f"signer_digest = {digest}", f"default_policy = {POLICY}",
            "digests = sha1, sha256, sha384, sha512", "ordering = no", "tsa_name = yes",
            f"ess_cert_id_alg = {essid}", "ess_cert_id_chain = no",
        ]  # fmt: skip
        lines += [f"certs = {folder}/chain.pem"] if chain else []
        lines += [f"accuracy = {accuracy}"] if accuracy else []
        self._configuration = folder / "authority.cnf"
        self._configuration.write_text("\n".join(lines) + "\n")

    @property
    def root_file(self) -> Path:
        """The root, in PEM."""
        return self.folder / "root.pem"

    def reply(self, query: bytes) -> bytes:
        """Return the TimeStampResp to the TimeStampReq `query`."""
        with self._lock:
            question, answer = self.folder / "question.tsq", self.folder / "answer.tsr"
            question.write_bytes(query)
            openssl(
                "ts", "-reply", "-config", self._configuration, "-section", "here", "-queryfile", question,
                "-out", answer,
            )  # fmt: skip
            return answer.read_bytes()

    def token(self, message: bytes, digest: str = "sha256") -> bytes:
        """Return a token of `message`."""
        data, question, answer = (self.folder / name for name in ("message", "asked.tsq", "token.tst"))
        data.write_bytes(message)
        openssl("ts", "-query", "-data", data, f"-{digest}", "-cert", "-out", question)
        (self.folder / "whole.tsr").write_bytes(self.reply(question.read_bytes()))
        openssl(
            "ts", "-reply", "-config", self._configuration, "-in", self.folder / "whole.tsr", "-token_out",
            "-out", answer,
        )  # fmt: skip
        return answer.read_bytes()

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it on loopback; yields its address."""
        with served(lambda query: (200, self.reply(query))) as url:
            yield url


def openssl(*arguments: object, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    """Run OpenSSL; an error fails the test with its words."""
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
    return done


def openssl_accepts(
    token: bytes, message: bytes, root_file: Path, folder: Path, at: datetime | None = None
) -> bool:
    """Whether `openssl ts -verify` accepts the token of `message`, chain judged at `at` (now by default)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "token").write_bytes(token)
    (folder / "data").write_bytes(message)
    when = ["-attime", int(at.timestamp())] if at else []
    done = openssl(
        "ts", "-verify", "-data", folder / "data", "-in", folder / "token", "-token_in",
        "-CAfile", root_file, *when, check=False,
    )  # fmt: skip
    return done.returncode == 0 and b"Verification: OK" in done.stdout


@contextmanager
def served(
    answer: Callable[[bytes], tuple[int, bytes]], headers: Mapping[str, str] = NO_HEADERS
) -> Iterator[str]:
    """Serve on loopback what `answer`, a function of the bytes posted, returns: a status and a body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = answer(query)
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
