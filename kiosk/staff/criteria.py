"""How a person is named in a search, and the one form in which two such names are compared."""

from __future__ import annotations

import re
from enum import StrEnum

from kiosk.accounts.addresses import normalise
from kiosk.accounts.errors import InvalidAddressError

_ID = re.compile(r"[0-9a-f]{32}")


class Criterion(StrEnum):
    """How a person is searched for."""

    ADDRESS = "address"
    IDENTIFIER = "identifier"
    """Of an account, or of a subject."""
    OTHER = "other"
    """What names nobody."""


def criterion(text: str) -> Criterion:
    """Return which kind of name `text` is."""
    if is_identifier(text.strip()):
        return Criterion.IDENTIFIER
    return Criterion.ADDRESS if address(text) is not None else Criterion.OTHER


def as_compared(text: str) -> str:
    """Return the one form of what `text` names: that of addresses where it is one."""
    return address(text) or text.strip()


def address(text: str) -> str | None:
    """Return the key under which an account has the address `text`; None when it is none."""
    try:
        return normalise(text).key
    except InvalidAddressError:
        return None


def is_identifier(text: str) -> bool:
    """Whether `text` may be the identifier of an account or of a subject."""
    return _ID.fullmatch(text) is not None
