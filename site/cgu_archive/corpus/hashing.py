"""The hashes of texts and of their metadata. Nothing else in the archive hashes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]

HASH = re.compile(r"[0-9a-f]{64}")
"""A SHA-256 as ``sha256sum`` prints it."""


def text_hash(raw: bytes) -> str:
    """Return the SHA-256 of the bytes of a text, 64 hexadecimal digits, as ``sha256sum`` does."""
    return hashlib.sha256(raw).hexdigest()


def canonical(value: Json) -> bytes:
    """Return the canonical JSON of `value` (RFC 8785; no floats here, keys in the BMP)."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
    ).encode("utf-8")


def metadata_hash(metadata: Mapping[str, Json]) -> str:
    """Return the SHA-256 of the canonical JSON of the metadata frozen with a text."""
    return hashlib.sha256(canonical(metadata)).hexdigest()


def short(digest: str) -> str:
    """Return the first eight digits in two groups, as people read them: ``1a2b 3c4d``."""
    return f"{digest[:4]} {digest[4:8]}"
