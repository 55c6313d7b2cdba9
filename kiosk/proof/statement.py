"""The canonical bytes of what is proved (README.md, « Statement »)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import rfc8785

from kiosk.proof.commitment import Opening
from kiosk.proof.errors import MalformedError

FORMAT = "cgu-statement/1"
MAX_BYTES = 100_000


class Kind(StrEnum):
    """The events a statement can tell."""

    DECISION = "decision"
    PUBLICATION = "publication"
    ACCESSION = "accession"


@dataclass(frozen=True, slots=True)
class Statement:
    """The bytes proved for one event, and their members for reading."""

    body: bytes
    members: Mapping[str, Any]

    @property
    def hash(self) -> str:
        """SHA-256 of the bytes, 64 hexadecimal digits."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def commitments(self) -> Mapping[str, str]:
        """The committed personal fields, by name."""
        return dict(self.members.get("commitments", {}))


def make(
    kind: Kind,
    environment: str,
    at: datetime,
    members: Mapping[str, Any],
    openings: tuple[Opening, ...] = (),
) -> Statement:
    """Return the statement of an event: public `members` in clear, `openings` as commitments only.

    `at` is an aware instant. Raises `MalformedError` when a member cannot be written canonically.
    """
    whole: dict[str, Any] = {
        "format": FORMAT,
        "kind": kind.value,
        "environment": environment,
        "at": instant(at),
        **members,
    }
    if openings:
        whole["commitments"] = {opening.field: opening.commitment for opening in openings}
    try:
        body = rfc8785.dumps(whole)
    except ValueError as error:
        raise MalformedError(f"statement cannot be written canonically: {error}") from error
    return Statement(body, whole)


def parse(body: bytes) -> Statement:
    """Return the statement whose bytes are `body`; raises `MalformedError` unless they are canonical."""
    if len(body) > MAX_BYTES:
        raise MalformedError(f"statement: at most {MAX_BYTES} bytes expected, {len(body)} found")
    try:
        members = json.loads(body)
        canonical = rfc8785.dumps(members)
    except (ValueError, RecursionError) as error:
        raise MalformedError("statement: not canonical JSON") from error
    if canonical != body:
        raise MalformedError("statement: JSON that is not in its canonical form")
    if not isinstance(members, dict) or members.get("format") != FORMAT:
        raise MalformedError(f"statement: format {FORMAT} expected")
    if members.get("kind") not in tuple(Kind):
        raise MalformedError(f"statement: unknown kind {members.get('kind')!r}")
    commitments = members.get("commitments", {})
    if not isinstance(commitments, dict) or not all(isinstance(c, str) for c in commitments.values()):
        raise MalformedError("statement: commitments must be an object of strings")
    return Statement(body, members)


def instant(at: datetime) -> str:
    """Return `at` as statements write it: UTC, microseconds, ``Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
