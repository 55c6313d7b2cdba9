"""Rebuild both texts from the comparison that was shown, format ``cgu-comparison/1``."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from kiosk.proof.errors import AlteredError, MalformedError

FORMAT = "cgu-comparison/1"
MAX_BYTES = 40_000_000
"""A longer comparison is not read: that takes up to thirty times its size in memory."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The two texts that a comparison holds, byte for byte."""

    old: bytes
    new: bytes


def rebuild(raw: bytes) -> Texts:
    """Return the texts of the comparison `raw`, whose hashes are those it names.

    What it marks as changed is not examined. Raises `MalformedError` when it is no comparison or is longer
    than `MAX_BYTES`, `AlteredError` when its texts are not those it names.
    """
    if len(raw) > MAX_BYTES:
        raise MalformedError("comparison: at most {} bytes expected, {} found", MAX_BYTES, len(raw))
    try:
        held = json.loads(raw)
        if held["format"] != FORMAT:
            raise MalformedError("comparison: format {} expected", FORMAT)
        return Texts(_text(held, "old"), _text(held, "new"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedError("comparison: {} expected ({})", FORMAT, type(error).__name__) from error


def _text(held: dict[str, Any], side: str) -> bytes:
    units = [(unit["index"], unit["source"]) for row in held["rows"] for unit in row[side]]
    text = "".join(source for _, source in sorted(units)).encode()
    expected = held[side]["text_hash"]
    if hashlib.sha256(text).hexdigest() != expected:
        raise AlteredError("comparison: its {} text is not the one whose hash it names", side)
    return text
