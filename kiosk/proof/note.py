"""Signed notes: a text and Ed25519 signatures of it (C2SP signed-note; README.md, « Signed note »)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.proof.errors import AlteredError, MalformedError, UnknownKeyError

MAX_BYTES = 20_000
MAX_SIGNATURES = 16
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_SIGNATURE_LINE = re.compile(r"— (?P<name>\S+) (?P<value>[A-Za-z0-9+/]+={0,2})")
_VERIFIER_KEY = re.compile(r"(?P<name>[^\s+]+)\+(?P<id>[0-9a-f]{8})\+(?P<value>[A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key and the name it speaks under: what a verifier trusts."""

    name: str
    public: bytes
    """32 bytes (RFC 8032)."""

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(character.isspace() for character in self.name):
            raise MalformedError(f"key name {self.name!r}: empty, or holds a space or a plus sign")
        if len(self.public) != PUBLIC_KEY_BYTES:
            raise MalformedError(
                f"public key of {self.name}: {PUBLIC_KEY_BYTES} bytes expected, {len(self.public)} found"
            )

    @property
    def key_id(self) -> bytes:
        """The four bytes that name this key in a signature line."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_KEY_ID_BYTES]

    def encode(self) -> str:
        """Return the key as one line, ``name+id+base64``, without its end."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, line: str) -> VerifierKey:
        """Return the key written `line`; raises `MalformedError`."""
        found = _VERIFIER_KEY.fullmatch(line)
        if not found:
            raise MalformedError("verifier key: name+hash+base64 expected")
        value = _decode(found["value"], "verifier key")
        if value[:1] != _ED25519:
            raise MalformedError("verifier key: only Ed25519 (type 1) is known")
        key = cls(found["name"], value[1:])
        if key.key_id.hex() != found["id"]:
            raise MalformedError(f"verifier key {key.name}: its hash does not match; was it copied whole?")
        return key


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures under it."""

    text: str
    """Ends with a line feed."""
    signatures: tuple[Signature, ...]


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Return the note of `text`, signed by `key` under `name`; raises `MalformedError`."""
    _check_text(text)
    public = VerifierKey(name, key.public_key().public_bytes_raw())
    value = base64.b64encode(public.key_id + key.sign(text.encode())).decode()
    return f"{text}\n— {name} {value}\n"


def parse(raw: str) -> Note:
    """Return the note written `raw`; raises `MalformedError` unless every byte of it is as expected."""
    if len(raw) > MAX_BYTES:
        raise MalformedError(f"note: at most {MAX_BYTES} characters expected, {len(raw)} found")
    text, separator, lines = raw.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise MalformedError("note: a text, an empty line and signature lines expected")
    text += "\n"
    _check_text(text)
    signatures = tuple(_signature(line) for line in lines.removesuffix("\n").split("\n"))
    if len(signatures) > MAX_SIGNATURES:
        raise MalformedError(f"note: at most {MAX_SIGNATURES} signatures expected, {len(signatures)} found")
    return Note(text, signatures)


def verify(note: Note, trusted: Collection[VerifierKey]) -> None:
    """Raise unless a trusted key signed the text, and every signature of a trusted key holds.

    Raises `UnknownKeyError` when no trusted key signed, `AlteredError` when one did not sign this text.
    """
    keys = {(key.name, key.key_id): key for key in trusted}
    known = [(keys[s.name, s.key_id], s.value) for s in note.signatures if (s.name, s.key_id) in keys]
    for key, value in known:
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(value, note.text.encode())
        except InvalidSignature as error:
            raise AlteredError(f"the signature of {key.name} is not that of this text") from error
    if not known:
        names = ", ".join(sorted({signature.name for signature in note.signatures}))
        raise UnknownKeyError(f"signed by {names}: none of the trusted keys")


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise MalformedError("note: lines of text without control characters expected")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise MalformedError("note: a character that cannot be written in UTF-8") from error


def _signature(line: str) -> Signature:
    found = _SIGNATURE_LINE.fullmatch(line)
    if not found or "+" in found["name"]:
        raise MalformedError("note: a signature line is « — name base64 »")
    value = _decode(found["value"], "note signature")
    if len(value) != _KEY_ID_BYTES + SIGNATURE_BYTES:
        raise MalformedError("note: an Ed25519 signature and its key id expected")
    return Signature(found["name"], value[:_KEY_ID_BYTES], value[_KEY_ID_BYTES:])


def _decode(text: str, what: str) -> bytes:
    """Return what `text` encodes; base64 that could be written otherwise is refused."""
    try:
        value = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise MalformedError(f"{what}: not base64") from error
    if base64.b64encode(value).decode() != text:
        raise MalformedError(f"{what}: base64 that is not in its only form")
    return value
