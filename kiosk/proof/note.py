"""Signed notes: a text and signatures under it (C2SP signed-note; README.md, « Signed note »)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.proof.errors import AlteredError, MalformedError, UnknownKeyError

MAX_CHARACTERS = 20_000
MAX_KEY_CHARACTERS = 1_000
MAX_SIGNATURES = 16
PUBLIC_KEY_BYTES = 32
KEY_ID_BYTES = 4
_SIGNATURE_LINE = re.compile(r"— (?P<name>\S+) (?P<value>[A-Za-z0-9+/]+={0,2})")
_VERIFIER_KEY = re.compile(r"(?P<name>[^\s+]+)\+(?P<id>[0-9a-f]{8})\+(?P<value>[A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A public Ed25519 key and the name it speaks under: what a verifier trusts."""

    algorithm: ClassVar[int]
    """The C2SP signature type: what a signature by this key means."""
    name: str
    public: bytes
    """32 bytes (RFC 8032)."""

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != PUBLIC_KEY_BYTES:
            raise MalformedError(
                "public key of {}: {} bytes expected, {} found", self.name, PUBLIC_KEY_BYTES, len(self.public)
            )

    @property
    def key_id(self) -> bytes:
        """The four bytes that name this key in a signature line."""
        material = bytes([self.algorithm]) + self.public
        return hashlib.sha256(self.name.encode() + b"\n" + material).digest()[:KEY_ID_BYTES]

    def encode(self) -> str:
        """Return the key as one line, ``name+id+base64``, without its end."""
        material = bytes([self.algorithm]) + self.public
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(material).decode()}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Return the key written `line`; raises `MalformedError`, also when it is a key of another type."""
        found = _VERIFIER_KEY.fullmatch(line) if len(line) <= MAX_KEY_CHARACTERS else None
        if not found:
            raise MalformedError("verifier key: name+hash+base64 expected")
        value = decode(found["value"], "verifier key")
        if value[:1] != bytes([cls.algorithm]):
            raise MalformedError("verifier key: an Ed25519 key of type {} expected", cls.algorithm)
        key = cls(found["name"], value[1:])
        if key.key_id.hex() != found["id"]:
            raise MalformedError("verifier key {}: its hash does not match; was it copied whole?", key.name)
        return key


@dataclass(frozen=True, slots=True)
class VerifierKey(NamedKey):
    """A key that signs the text of notes, as it is (signature type 1)."""

    algorithm: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    """4 bytes."""
    value: bytes
    """At least one byte; what it must be depends on the key."""

    @property
    def line(self) -> str:
        """The line as it is written in a note, without its end."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.value).decode()}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures under it."""

    text: str
    """Ends with a line feed."""
    signatures: tuple[Signature, ...]


def sign(text: str, name: str, *keys: Ed25519PrivateKey) -> str:
    """Return the note of `text`, signed by each of `keys` under `name`; raises `MalformedError`.

    Several keys have one name when a new key follows another: the note then holds under either.
    """
    _check_text(text)
    if not keys:
        raise MalformedError("note: a key to sign with expected")
    signatures = []
    for key in keys:
        public = VerifierKey(name, key.public_key().public_bytes_raw())
        signatures.append(Signature(name, public.key_id, key.sign(text.encode())))
    return f"{text}\n" + "".join(f"{one.line}\n" for one in signatures)


def append(raw: str, line: str) -> str:
    """Return the note `raw` with the signature `line` (without its end) under the others.

    A line that is there already is not repeated. Raises `MalformedError` when either is malformed, or the
    note has as many signatures as it may. Nothing is verified.
    """
    held = parse(raw)
    added = _signature(line)
    return raw if added in held.signatures else _checked(f"{raw}{added.line}\n")


def parse(raw: str) -> Note:
    """Return the note written `raw`; raises `MalformedError` unless every byte of it is as expected."""
    if len(raw) > MAX_CHARACTERS:
        raise MalformedError("note: at most {} characters expected, {} found", MAX_CHARACTERS, len(raw))
    text, separator, lines = raw.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise MalformedError("note: a text, an empty line and signature lines expected")
    text += "\n"
    _check_text(text)
    signatures = tuple(_signature(line) for line in lines.removesuffix("\n").split("\n"))
    if len(signatures) > MAX_SIGNATURES:
        raise MalformedError(
            "note: at most {} signatures expected, {} found", MAX_SIGNATURES, len(signatures)
        )
    return Note(text, signatures)


def verify(note: Note, trusted: Collection[VerifierKey]) -> None:
    """Raise unless a trusted key signed the text, and every signature of a trusted key holds.

    Signatures of other keys are ignored, whatever they are. Raises `UnknownKeyError` when no trusted key
    signed, `AlteredError` when one did not sign this text.
    """
    keys = {(key.name, key.key_id): key for key in trusted}
    known = [(keys[s.name, s.key_id], s.value) for s in note.signatures if (s.name, s.key_id) in keys]
    for key, value in known:
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(value, note.text.encode())
        except InvalidSignature as error:
            raise AlteredError("the signature of {} is not that of this text", key.name) from error
    if not known:
        names = ", ".join(sorted({signature.name for signature in note.signatures}))
        raise UnknownKeyError("signed by {}: none of the trusted keys", names)


def check_name(name: str) -> None:
    """Raise `MalformedError` unless `name` can be that of a key: not empty, no space, no plus sign."""
    if not name or "+" in name or any(character.isspace() for character in name) or _CONTROL.search(name):
        raise MalformedError("key name {!r}: empty, or holds a space or a plus sign", name)
    _check_encodable(name)


def decode(text: str, what: str) -> bytes:
    """Return what `text` encodes; raises `MalformedError`, also for base64 that is not in its only form."""
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise MalformedError("{}: not base64", what) from error
    if base64.b64encode(value).decode() != text:
        raise MalformedError("{}: base64 that is not in its only form", what)
    return value


def _checked(raw: str) -> str:
    parse(raw)
    return raw


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise MalformedError("note: lines of text without control characters expected")
    _check_encodable(text)


def _check_encodable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise MalformedError("note: a character that cannot be written in UTF-8") from error


def _signature(line: str) -> Signature:
    found = _SIGNATURE_LINE.fullmatch(line)
    if not found:
        raise MalformedError("note: a signature line is « — name base64 »")
    check_name(found["name"])
    value = decode(found["value"], "note signature")
    if len(value) <= KEY_ID_BYTES:
        raise MalformedError("note: a key id and a signature expected")
    return Signature(found["name"], value[:KEY_ID_BYTES], value[KEY_ID_BYTES:])
