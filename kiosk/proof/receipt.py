"""The file a person keeps (README.md, « Receipt »): what was stated, and all that proves it.

A receipt has one form only: any other bytes are refused, even when they would mean the same.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

import rfc8785

from kiosk.proof import cms, merkle, note
from kiosk.proof.commitment import Opening
from kiosk.proof.errors import AlteredError, MalformedError
from kiosk.proof.statement import MAX_BYTES as MAX_STATEMENT_BYTES
from kiosk.proof.statement import Statement

FORMAT = "cgu-receipt/2"
PROMISE_FORMAT = "cgu-statement-signature/1"
MAX_BYTES = 600_000
MAX_DISCLOSURES = 50
MAX_VALUE_CHARACTERS = 1_000
MAX_TOKENS = 8
MAX_HINTS = 32
"""Keys, changes of key, authorities or witnesses, each."""
MAX_NAME_CHARACTERS = 200

_One = TypeVar("_One")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class State(StrEnum):
    """How far a statement is proved; derived from what the receipt holds, never written in it."""

    SIGNED = "signed"
    """The ledger promises to include it."""
    SEALED = "sealed"
    """It is in the tree of a signed checkpoint."""
    STAMPED = "stamped"
    """An authority attests a time of that checkpoint."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Where a statement is in the tree of a checkpoint."""

    index: int
    """Of its leaf, from 0."""
    path: tuple[bytes, ...]
    """Hashes of 32 bytes, from the leaf's sibling up (RFC 9162, 2.1.3)."""
    checkpoint: str
    """A signed note."""

    def __post_init__(self) -> None:
        if type(self.index) is not int or not 0 <= self.index <= merkle.MAX_SIZE:
            raise MalformedError("receipt: an index from 0 to {} expected", merkle.MAX_SIZE)
        _check_path(self.path)


@dataclass(frozen=True, slots=True)
class HeldToken:
    """A time token (RFC 3161) on the text of a checkpoint."""

    authority: str
    """What the ledger calls the authority; a verifier does not rely on it."""
    token: bytes
    """DER, as it was received."""

    @property
    def hash(self) -> str:
        """SHA-256 of the token, 64 hexadecimal digits: how a statement names it."""
        return hashlib.sha256(self.token).hexdigest()


@dataclass(frozen=True, slots=True)
class Earlier:
    """The token that the statement names, which it cannot have been made before, and its checkpoint."""

    checkpoint: str
    consistency: tuple[bytes, ...]
    """From this checkpoint to that of the proof (RFC 9162, 2.1.4)."""
    token: HeldToken
    """On this checkpoint."""

    def __post_init__(self) -> None:
        _check_path(self.consistency)


@dataclass(frozen=True, slots=True)
class KeyChange:
    """The statement of a change of key, and where it is in the tree."""

    statement: bytes
    proof: Proof


@dataclass(frozen=True, slots=True)
class Authority:
    """The root certificate of a timestamp authority."""

    name: str
    certificate: bytes
    """DER."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Hints: which keys signed, and how one followed another. Trust comes from outside."""

    ledger: tuple[str, ...] = ()
    """Verifier keys, as lines."""
    changes: tuple[KeyChange, ...] = ()
    """Oldest first; each counts only when a trusted key vouches for it."""
    authorities: tuple[Authority, ...] = ()
    witnesses: tuple[str, ...] = ()
    """Verifier keys of witnesses, as lines."""

    def __post_init__(self) -> None:
        for hints in (self.ledger, self.changes, self.authorities, self.witnesses):
            _check_length(hints, MAX_HINTS, "hints")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A statement's bytes, what opens the holder's own fields, and what proves them."""

    statement: bytes
    disclosures: tuple[Opening, ...] = ()
    """Sorted by field, each once."""
    promise: str | None = None
    """A signed note whose text is `promised_text`; None once there is a proof."""
    proof: Proof | None = None
    tokens: tuple[HeldToken, ...] = ()
    """On the checkpoint of the proof."""
    earlier: Earlier | None = None
    keys: Keys = field(default_factory=Keys)

    def __post_init__(self) -> None:
        if (self.promise is None) is (self.proof is None):
            raise MalformedError("receipt: either a promise or a proof expected")
        if self.proof is None and (self.tokens or self.earlier):
            raise MalformedError("receipt: a token or an earlier checkpoint expects a proof")
        fields = [one.field for one in self.disclosures]
        if fields != sorted(set(fields)):
            raise MalformedError("receipt: disclosures sorted by field, each once, expected")
        _check_length(self.disclosures, MAX_DISCLOSURES, "disclosures")
        _check_length(self.tokens, MAX_TOKENS, "tokens")

    @property
    def state(self) -> State:
        """How far the statement is proved, if all of this holds."""
        if self.proof is None:
            return State.SIGNED
        return State.STAMPED if self.tokens else State.SEALED


def promised_text(statement: Statement) -> str:
    """Return the text that the ledger signs to promise `statement` a leaf."""
    return promised_hash(statement.hash)


def promised_hash(statement_hash: str) -> str:
    """Return that text for the statement of this hash: a format line, then the hash."""
    return f"{PROMISE_FORMAT}\n{statement_hash}\n"


def share(receipt: Receipt, fields: Collection[str] = ()) -> Receipt:
    """Return `receipt` with only the disclosures of `fields`; it verifies as before."""
    return replace(receipt, disclosures=tuple(one for one in receipt.disclosures if one.field in fields))


def dump(receipt: Receipt) -> bytes:
    """Return the file: JSON in UTF-8, two spaces a level, a line feed at its end.

    Raises `MalformedError` for what `parse` would not take.
    """
    whole = _whole(receipt)
    raw = _written(whole | {"sha256": _digest(whole)})
    parse(raw)
    return raw


def parse(raw: bytes) -> Receipt:
    """Return the receipt of the file `raw`; raises `MalformedError`, and checks the format alone.

    The digest at its end is compared by `verify_digest`, last of all.
    """
    if len(raw) > MAX_BYTES:
        raise MalformedError("receipt: at most {} bytes expected, {} found", MAX_BYTES, len(raw))
    try:
        found = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise MalformedError("receipt: not JSON in UTF-8") from error
    found = _members(found, "receipt", (*_MEMBERS, "sha256"))
    if found["format"] != FORMAT:
        raise MalformedError("receipt: format {} expected", FORMAT)
    digest = _text(found["sha256"], "sha256")
    if not _DIGEST.fullmatch(digest):
        raise MalformedError("receipt: sha256, 64 hexadecimal digits, expected")
    receipt = _receipt(found)
    if _written(_whole(receipt) | {"sha256": digest}) != raw:
        raise MalformedError("receipt: JSON that is not in its only form")
    return receipt


def verify_digest(raw: bytes) -> None:
    """Raise `AlteredError` unless the last member of the receipt `raw` is the hash of all the others.

    Nobody signs it: it only finds what was damaged where no signature covers it.
    """
    held = json.loads(raw)["sha256"]
    if _digest(_whole(parse(raw))) != held:
        raise AlteredError("receipt: its sha256 is not that of the rest")


# Writing

_MEMBERS = ("format", "statement", "disclosures", "promise", "proof", "tokens", "earlier", "keys")


def _whole(receipt: Receipt) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "statement": _base64(receipt.statement),
        "disclosures": [
            {"field": one.field, "salt": _base64(one.salt), "value": one.value} for one in receipt.disclosures
        ],
        "promise": receipt.promise,
        "proof": _as_proof(receipt.proof) if receipt.proof else None,
        "tokens": [_as_token(one) for one in receipt.tokens],
        "earlier": _as_earlier(receipt.earlier) if receipt.earlier else None,
        "keys": {
            "ledger": list(receipt.keys.ledger),
            "changes": [
                {"statement": _base64(one.statement)} | _as_proof(one.proof) for one in receipt.keys.changes
            ],
            "authorities": [
                {"name": one.name, "certificate": _base64(one.certificate)}
                for one in receipt.keys.authorities
            ],
            "witnesses": list(receipt.keys.witnesses),
        },
    }


def _as_earlier(earlier: Earlier) -> dict[str, Any]:
    return {
        "checkpoint": earlier.checkpoint,
        "consistency": [_base64(one) for one in earlier.consistency],
        "token": _as_token(earlier.token),
    }


def _as_proof(proof: Proof) -> dict[str, Any]:
    path = [_base64(one) for one in proof.path]
    return {"index": proof.index, "path": path, "checkpoint": proof.checkpoint}


def _as_token(held: HeldToken) -> dict[str, str]:
    return {"name": held.authority, "token": _base64(held.token)}


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _written(whole: dict[str, Any]) -> bytes:
    try:
        return (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode()
    except UnicodeEncodeError as error:
        raise MalformedError("receipt: a character that cannot be written in UTF-8") from error


def _digest(whole: dict[str, Any]) -> str:
    try:
        return hashlib.sha256(rfc8785.dumps(whole)).hexdigest()
    except ValueError as error:
        raise MalformedError("receipt: it cannot be written canonically") from error


# Reading


def _receipt(found: dict[str, Any]) -> Receipt:
    promise, proof, earlier = found["promise"], found["proof"], found["earlier"]
    return Receipt(
        _bytes(found["statement"], "statement", MAX_STATEMENT_BYTES),
        _each(found["disclosures"], "disclosures", MAX_DISCLOSURES, _opening),
        None if promise is None else _text(promise, "promise", note.MAX_CHARACTERS),
        None if proof is None else _proof(_members(proof, "proof", ("index", "path", "checkpoint"))),
        _each(found["tokens"], "tokens", MAX_TOKENS, _token),
        None if earlier is None else _earlier(earlier),
        _keys(found["keys"]),
    )


def _opening(value: object) -> Opening:
    found = _members(value, "disclosure", ("field", "salt", "value"))
    name = _text(found["field"], "field")
    if not _FIELD.fullmatch(name):
        raise MalformedError("receipt: a field named in lower-case letters, digits and _ expected")
    return Opening(
        name, _bytes(found["salt"], "salt", 100), _text(found["value"], "value", MAX_VALUE_CHARACTERS)
    )


def _proof(found: dict[str, Any]) -> Proof:
    return Proof(
        found["index"], _path(found["path"]), _text(found["checkpoint"], "checkpoint", note.MAX_CHARACTERS)
    )


def _path(value: object) -> tuple[bytes, ...]:
    return _each(value, "path", merkle.MAX_PATH, lambda one: _bytes(one, "hash", merkle.HASH_BYTES))


def _token(value: object) -> HeldToken:
    found = _members(value, "token", ("name", "token"))
    return HeldToken(_text(found["name"], "name"), _bytes(found["token"], "token", cms.MAX_BYTES))


def _earlier(value: object) -> Earlier:
    found = _members(value, "earlier", ("checkpoint", "consistency", "token"))
    return Earlier(
        _text(found["checkpoint"], "checkpoint", note.MAX_CHARACTERS),
        _path(found["consistency"]),
        _token(found["token"]),
    )


def _keys(value: object) -> Keys:
    found = _members(value, "keys", ("ledger", "changes", "authorities", "witnesses"))
    return Keys(
        _each(found["ledger"], "ledger", MAX_HINTS, _line),
        _each(found["changes"], "changes", MAX_HINTS, _change),
        _each(found["authorities"], "authorities", MAX_HINTS, _authority),
        _each(found["witnesses"], "witnesses", MAX_HINTS, _line),
    )


def _line(value: object) -> str:
    return _text(value, "key", note.MAX_KEY_CHARACTERS)


def _change(value: object) -> KeyChange:
    found = _members(value, "change", ("statement", "index", "path", "checkpoint"))
    return KeyChange(_bytes(found["statement"], "statement", MAX_STATEMENT_BYTES), _proof(found))


def _authority(value: object) -> Authority:
    found = _members(value, "authority", ("name", "certificate"))
    return Authority(_text(found["name"], "name"), _bytes(found["certificate"], "certificate", cms.MAX_BYTES))


def _members(value: object, what: str, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise MalformedError("{}: an object with exactly {} expected", what, ", ".join(names))
    return value


def _each(value: object, what: str, limit: int, read: Callable[[object], _One]) -> tuple[_One, ...]:
    if not isinstance(value, list):
        raise MalformedError("{}: a list expected", what)
    _check_length(value, limit, what)
    return tuple(read(one) for one in value)


def _text(value: object, what: str, limit: int = MAX_NAME_CHARACTERS) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise MalformedError("{}: a text of at most {} characters expected", what, limit)
    return value


def _bytes(value: object, what: str, limit: int) -> bytes:
    decoded = note.decode(_text(value, what, -(-limit // 3) * 4), what)
    if len(decoded) > limit:
        raise MalformedError("{}: at most {} bytes expected", what, limit)
    return decoded


def _check_length(values: Collection[object], limit: int, what: str) -> None:
    if len(values) > limit:
        raise MalformedError("{}: at most {} expected", what, limit)


def _check_path(path: tuple[bytes, ...]) -> None:
    if len(path) > merkle.MAX_PATH or any(len(one) != merkle.HASH_BYTES for one in path):
        raise MalformedError(
            "path: at most {} hashes of {} bytes expected", merkle.MAX_PATH, merkle.HASH_BYTES
        )
