"""The file a person keeps (README.md, « Receipt »): statement, own disclosures, signature."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.proof import note
from kiosk.proof.commitment import Opening
from kiosk.proof.errors import MalformedError
from kiosk.proof.statement import Statement

FORMAT = "cgu-receipt/1"
SIGNED_FORMAT = "cgu-statement-signature/1"
MAX_BYTES = 300_000
MAX_DISCLOSURES = 50
MAX_VALUE_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Receipt:
    """A statement's bytes, what opens the holder's own fields, and the ledger's signature."""

    statement: bytes
    disclosures: tuple[Opening, ...]
    signature: str
    """A signed note; its text is `signed_text` of the statement."""


def signed_text(statement: Statement) -> str:
    """Return the text the ledger signs for `statement`: a format line, then its hash."""
    return f"{SIGNED_FORMAT}\n{statement.hash}\n"


def issue(
    statement: Statement, disclosures: tuple[Opening, ...], name: str, key: Ed25519PrivateKey
) -> Receipt:
    """Return the receipt of `statement`, signed by `key` under `name`."""
    return Receipt(statement.body, disclosures, note.sign(signed_text(statement), name, key))


def dump(receipt: Receipt) -> bytes:
    """Return the file: JSON in UTF-8, one member a line, a line feed at its end."""
    whole = {
        "format": FORMAT,
        "statement": base64.b64encode(receipt.statement).decode(),
        "disclosures": [
            {"field": one.field, "salt": base64.b64encode(one.salt).decode(), "value": one.value}
            for one in receipt.disclosures
        ],
        "signature": receipt.signature,
    }
    return (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode()


def parse(raw: bytes) -> Receipt:
    """Return the receipt of the file `raw`; raises `MalformedError`, and checks the format alone."""
    if len(raw) > MAX_BYTES:
        raise MalformedError(f"receipt: at most {MAX_BYTES} bytes expected, {len(raw)} found")
    try:
        whole = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedError("receipt: not JSON in UTF-8") from error
    found = _members(whole, "receipt", ("format", "statement", "disclosures", "signature"))
    if found["format"] != FORMAT:
        raise MalformedError(f"receipt: format {FORMAT} expected")
    disclosures = found["disclosures"]
    if not isinstance(disclosures, list) or len(disclosures) > MAX_DISCLOSURES:
        raise MalformedError(f"receipt: disclosures must be a list of at most {MAX_DISCLOSURES}")
    openings = tuple(_opening(one) for one in disclosures)
    if len({opening.field for opening in openings}) != len(openings):
        raise MalformedError("receipt: a field is disclosed twice")
    return Receipt(
        _bytes(found["statement"], "statement"), openings, _text(found["signature"], "signature", MAX_BYTES)
    )


def _opening(value: object) -> Opening:
    found = _members(value, "disclosure", ("field", "salt", "value"))
    return Opening(
        _text(found["field"], "field", MAX_VALUE_CHARACTERS),
        _bytes(found["salt"], "salt"),
        _text(found["value"], "value", MAX_VALUE_CHARACTERS),
    )


def _members(value: object, what: str, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise MalformedError(f"{what}: an object with exactly {', '.join(names)} expected")
    return value


def _text(value: object, what: str, limit: int) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise MalformedError(f"{what}: a text of at most {limit} characters expected")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise MalformedError(f"{what}: a character that cannot be written in UTF-8") from error
    return value


def _bytes(value: object, what: str) -> bytes:
    text = _text(value, what, MAX_BYTES)
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise MalformedError(f"{what}: base64 expected") from error
    if base64.b64encode(decoded).decode() != text:
        raise MalformedError(f"{what}: base64 that is not in its only form")
    return decoded


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is written twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
