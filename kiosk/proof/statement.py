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

from kiosk.proof import canonical, kinds
from kiosk.proof.commitment import Opening
from kiosk.proof.errors import MalformedError

FORMAT = "cgu-statement/2"
FORMER_FORMAT = "cgu-statement/1"
"""What demonstrations made before; it is still read, its members unchecked, and never made again."""
MAX_BYTES = 100_000


class Kind(StrEnum):
    """The events a statement can tell."""

    DECISION = "decision"
    CONTESTATION = "contestation"
    PUBLICATION = "publication"
    ACCESSION = "accession"
    NOTIFICATION = "notification"
    EXPOSURE = "exposure"
    ERASURE = "erasure"
    SANCTION = "sanction"
    DRAFTING = "drafting"
    ADMINISTRATION = "administration"
    CANCELLATION = "cancellation"
    KEY_CHANGE = "key-change"
    SCREENS = "screens"
    INCIDENT = "incident"


_FORMER_KINDS = (Kind.DECISION, Kind.PUBLICATION, Kind.ACCESSION)


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

    `at` is an aware instant. `members` are those of the kind (`kinds.MEMBERS`) and a random ``id``. Raises
    `MalformedError` when one is missing, unknown, of another type, or cannot be written canonically.
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
    kinds.check(kind.value, whole)
    try:
        body = canonical.dumps(whole)
    except ValueError as error:
        raise MalformedError("statement cannot be written canonically: {}", error) from error
    if len(body) > MAX_BYTES:
        raise MalformedError("statement: at most {} bytes expected, {} to write", MAX_BYTES, len(body))
    return Statement(body, whole)


def parse(body: bytes) -> Statement:
    """Return the statement whose bytes are `body`.

    Raises `MalformedError` unless they are canonical and the members are those of its kind.
    """
    if len(body) > MAX_BYTES:
        raise MalformedError("statement: at most {} bytes expected, {} found", MAX_BYTES, len(body))
    try:
        members = json.loads(body)
        canonical = rfc8785.dumps(members)
    except (ValueError, RecursionError) as error:
        raise MalformedError("statement: not canonical JSON") from error
    if canonical != body:
        raise MalformedError("statement: JSON that is not in its canonical form")
    if not isinstance(members, dict) or members.get("format") not in (FORMAT, FORMER_FORMAT):
        raise MalformedError("statement: format {} expected", FORMAT)
    former = members["format"] == FORMER_FORMAT
    kind = members.get("kind")
    if kind not in (_FORMER_KINDS if former else tuple(Kind)):
        raise MalformedError("statement: unknown kind {!r}", kind)
    if former:
        _check_former(members)
    else:
        kinds.check(kind, members)
    return Statement(body, members)


def _check_former(members: Mapping[str, Any]) -> None:
    commitments = members.get("commitments", {})
    if not isinstance(commitments, dict) or not all(isinstance(c, str) for c in commitments.values()):
        raise MalformedError("statement: commitments must be an object of strings")


def instant(at: datetime) -> str:
    """Return `at` as statements write it: UTC, microseconds, ``Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
