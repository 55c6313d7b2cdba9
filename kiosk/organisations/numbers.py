"""SIREN, of a company, and SIRET, of one of its places: what people type, and whether the key is right."""

from __future__ import annotations

from stdnum.fr import siren, siret

SIREN_DIGITS = 9
SIRET_DIGITS = 14
_SEPARATORS = str.maketrans("", "", " \u00a0\u202f.-")


def digits(typed: str) -> str:
    """Return `typed` without the spaces, points and hyphens that people put in a number."""
    return typed.translate(_SEPARATORS)


def is_siren(number: str) -> bool:
    """Whether `number` is nine digits whose key is right."""
    return _plain(number, SIREN_DIGITS) and bool(siren.is_valid(number))


def is_siret(number: str) -> bool:
    """Whether `number` is fourteen digits whose keys are right, that of its SIREN included."""
    return _plain(number, SIRET_DIGITS) and is_siren(siren_of(number)) and bool(siret.is_valid(number))


def siren_of(number: str) -> str:
    """Return the SIREN of the company that has the SIREN or SIRET `number`."""
    return number[:SIREN_DIGITS]


def _plain(number: str, length: int) -> bool:
    return len(number) == length and number.isascii() and number.isdigit() and bool(number.strip("0"))
