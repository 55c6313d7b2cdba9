"""Directories of companies: what they say of a number, and a file that stands for one where none is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Protocol

from kiosk.organisations.errors import DirectoryAwayError
from kiosk.organisations.numbers import siren_of

NO_ANSWER = "351000005"
"""The number for which the sample directory behaves as one that does not answer."""


@dataclass(frozen=True, slots=True)
class Company:
    """What a directory says of a company, or of one of its places (requirements P-22, S-44)."""

    number: str
    """The SIREN or SIRET that was asked."""
    name: str
    address: str
    """Number and street; empty when the directory keeps it for itself."""
    commune: str
    active: bool

    @property
    def siren(self) -> str:
        """The number of the company itself."""
        return siren_of(self.number)


class Directory(Protocol):
    """Says who has a SIREN or a SIRET."""

    def find(self, number: str) -> Company | None:
        """Return who has `number`, valid; None when nobody has it. Raises `DirectoryError`."""


class SampleDirectory:
    """A few companies in a file: imaginary ones, for demonstrations and tests; nothing is asked outside."""

    def find(self, number: str) -> Company | None:
        """Return the company of the file that has `number`; raises `DirectoryAwayError`."""
        if siren_of(number) == NO_ANSWER:
            raise DirectoryAwayError("sample")
        return _sample().get(number)


@cache
def _sample() -> dict[str, Company]:
    rows = json.loads(files("kiosk.organisations").joinpath("sample.json").read_text("utf-8"))
    places = [Company(**row) for row in rows]
    return {one.siren: replace(one, number=one.siren) for one in places} | {one.number: one for one in places}
