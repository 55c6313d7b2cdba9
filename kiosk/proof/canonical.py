"""The canonical bytes of JSON (RFC 8785), quickly where they are plain to see.

Of texts, whole numbers, booleans, null, lists and objects whose names are ASCII, those of `json` are
canonical: it escapes what RFC 8785 (3.2.2.2) escapes, and ASCII sorts alike in code points and in UTF-16
(3.2.3). The rest is left to the general library.
"""

from __future__ import annotations

import json
from typing import Any

import rfc8785

MAX_INTEGER = 2**53 - 1
"""The largest whole number that JSON holds exactly (RFC 8785, RFC 7493)."""

_PLAIN = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"), sort_keys=True)


def dumps(value: Any) -> bytes:
    """Return the canonical bytes of `value`; raises `ValueError` or `RecursionError` when it has none."""
    return _PLAIN.encode(value).encode() if _is_plain(value) else rfc8785.dumps(value)


def _is_plain(value: object) -> bool:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return -MAX_INTEGER <= value <= MAX_INTEGER  # type: ignore[operator]
    if kind is list:
        return all(map(_is_plain, value))  # type: ignore[call-overload]
    if kind is dict:
        names = all(type(name) is str and name.isascii() for name in value)  # type: ignore[attr-defined]
        return names and all(map(_is_plain, value.values()))  # type: ignore[attr-defined]
    return False
