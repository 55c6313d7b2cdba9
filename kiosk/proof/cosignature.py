"""What a witness says of a checkpoint: at this time, consistent with all it saw (C2SP tlog-cosignature)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.proof import checkpoint
from kiosk.proof.errors import AlteredError, MalformedError, WitnessError
from kiosk.proof.note import NamedKey, Note, Signature

_HEADER = "cosignature/v1"
_TIME_BYTES = 8
_SIGNATURE_BYTES = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WitnessKey(NamedKey):
    """A key that cosigns checkpoints (signature type 4).

    It must be used under one name and for nothing else: what it signs does not hold its name.
    """

    algorithm: ClassVar[int] = 4


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A witness saw the checkpoint."""

    name: str
    at: datetime
    """When, by the witness's own clock: UTC, whole seconds."""


def cosign(text: str, key: Ed25519PrivateKey, name: str, at: datetime) -> str:
    """Return the signature line (without its end) of witness `name` under the checkpoint `text`.

    `note.append` puts it there. The time is cut to the second. Raises `MalformedError` when `text` is not a
    checkpoint, or `at` is out of range or says no time zone.
    """
    checkpoint.parse(text)
    witness = WitnessKey(name, key.public_key().public_bytes_raw())
    if at.tzinfo is None or not _EPOCH <= at <= _END:
        raise MalformedError("cosignature: a time from 1970 on, with its zone, expected")
    seconds = (at - _EPOCH) // timedelta(seconds=1)
    value = seconds.to_bytes(_TIME_BYTES, "big") + key.sign(_signed(text, seconds))
    return Signature(name, witness.key_id, value).line


def verify(note: Note, witnesses: Collection[WitnessKey]) -> tuple[Cosigned, ...]:
    """Return which of `witnesses` saw the checkpoint `note`: each name once, at its latest time, by name.

    Lines of others are ignored. Raises `AlteredError` when one of `witnesses` did not sign this text, and
    `MalformedError` when its line is not a cosignature or `note` not a checkpoint.
    """
    checkpoint.parse(note.text)
    keys = {(key.name, key.key_id): key for key in witnesses}
    found: dict[str, datetime] = {}
    for line in note.signatures:
        key = keys.get((line.name, line.key_id))
        if key:
            at = _verified(note.text, line, key)
            found[key.name] = max(at, found.get(key.name, at))
    return tuple(Cosigned(name, found[name]) for name in sorted(found))


def verify_quorum(note: Note, witnesses: Collection[WitnessKey], quorum: int) -> tuple[Cosigned, ...]:
    """Return what `verify` returns, once `quorum` of them are there; raises `WitnessError` otherwise.

    A key given under two names counts once.
    """
    found = verify(note, witnesses)
    seen = {one.name for one in found}
    keys = {key.public for key in witnesses if key.name in seen}
    if min(len(found), len(keys)) < quorum:
        raise WitnessError("{} witnesses expected, {} found", quorum, min(len(found), len(keys)))
    return found


def _verified(text: str, line: Signature, key: WitnessKey) -> datetime:
    if len(line.value) != _TIME_BYTES + _SIGNATURE_BYTES:
        raise MalformedError("cosignature of {}: a time and an Ed25519 signature expected", key.name)
    seconds = int.from_bytes(line.value[:_TIME_BYTES], "big")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(
            line.value[_TIME_BYTES:], _signed(text, seconds)
        )
    except InvalidSignature as error:
        raise AlteredError("the cosignature of {} is not that of this checkpoint", key.name) from error
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError as error:
        raise MalformedError("cosignature of {}: its time is out of range", key.name) from error


def _signed(text: str, seconds: int) -> bytes:
    return f"{_HEADER}\ntime {seconds}\n{text}".encode()
