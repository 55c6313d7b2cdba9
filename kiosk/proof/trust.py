"""Whom a verifier trusts: always told from outside, never by what is verified (README.md, « Trust file »)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources

from kiosk.proof import der, note
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.errors import MalformedError
from kiosk.proof.note import VerifierKey

MAX_CHARACTERS = 100_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_QUORUM = re.compile(r"[1-9][0-9]?")
_KEY = re.compile(r"[^\s+]+\+[0-9a-f]{8}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass(frozen=True, slots=True)
class Trust:
    """Keys and authorities that a verifier was told to trust."""

    ledger: tuple[VerifierKey, ...] = ()
    witnesses: tuple[WitnessKey, ...] = ()
    quorum: int = 0
    """How many of `witnesses` must have seen a checkpoint; 0: nobody looks."""
    authorities: Mapping[str, bytes] = field(default_factory=dict)
    """Root certificates (DER) of timestamp authorities, by the name the verifier gives them."""
    seals: Mapping[str, bytes] = field(default_factory=dict)
    """Certificates (DER) that vouch for the seals of PDFs, each a root or the signer's own.

    Where there is one, a PDF without a seal is refused."""
    revoked: Mapping[str, datetime] = field(default_factory=dict)
    """Since when a key (``name+id``) may be in other hands, UTC."""

    def __post_init__(self) -> None:
        if self.quorum > len({key.public for key in self.witnesses}):
            raise MalformedError("trust: a quorum of {} expects as many witnesses", self.quorum)


def parse_trust(text: str) -> Trust:
    """Return what the trust file `text` says; raises `MalformedError`, which names the line."""
    if len(text) > MAX_CHARACTERS:
        raise MalformedError("trust: at most {} characters expected, {} found", MAX_CHARACTERS, len(text))
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if words and not words[0].startswith("#"):
            try:
                reading.take(words)
            except MalformedError as error:
                raise MalformedError("trust, line {}: {}", number, error) from error
    return Trust(
        tuple(reading.ledger),
        tuple(reading.witnesses),
        reading.quorum,
        reading.authorities,
        reading.seals,
        reading.revoked,
    )


def key_name(key: VerifierKey) -> str:
    """Return how a trust file names `key` when it revokes it: ``name+id``."""
    return f"{key.name}+{key.key_id.hex()}"


def release_trust() -> Trust:
    """Return what the release trusts by itself: the file beside this module."""
    return parse_trust(resources.files(__package__).joinpath("release.trust").read_text("utf-8"))


@dataclass(slots=True)
class _Reading:
    """What the lines read so far say."""

    ledger: dict[VerifierKey, None] = field(default_factory=dict)
    witnesses: dict[WitnessKey, None] = field(default_factory=dict)
    quorum: int = 0
    authorities: dict[str, bytes] = field(default_factory=dict)
    seals: dict[str, bytes] = field(default_factory=dict)
    revoked: dict[str, datetime] = field(default_factory=dict)

    def take(self, words: list[str]) -> None:
        """Take in the line of `words`; raises `MalformedError`."""
        match words:
            case [key] | ["ledger", key]:
                self.ledger[VerifierKey.parse(key)] = None
            case ["witness", key]:
                self.witnesses[WitnessKey.parse(key)] = None
            case ["quorum", number] if not self.quorum and _QUORUM.fullmatch(number):
                self.quorum = int(number)
            case ["authority", name, root] if _NAME.fullmatch(name) and name not in self.authorities:
                self.authorities[name] = _certificate(root)
            case ["seal", name, root] if _NAME.fullmatch(name) and name not in self.seals:
                self.seals[name] = _certificate(root)
            case ["revoked", key, at] if _KEY.fullmatch(key) and key not in self.revoked:
                self.revoked[key] = _instant(at)
            case _:
                raise MalformedError(
                    "a key, or « ledger », « witness », « quorum », « authority », « seal », « revoked »"
                    " and what they are about, each once, expected"
                )


def _certificate(text: str) -> bytes:
    raw = note.decode(text, "certificate")
    if der.read(raw).tag != der.SEQUENCE:
        raise MalformedError("certificate: DER expected")
    return raw


def _instant(text: str) -> datetime:
    try:
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedError("no such instant: {}", text) from error
    raise MalformedError("an instant 2027-03-01T00:00:00Z expected")
