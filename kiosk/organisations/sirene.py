"""Ask the Sirene directory of INSEE who has a number (API Sirene 3.11): a door of the kiosk to the outside.

Only the number leaves, with the key of the deployment. A company known by its SIREN is shown with its seat.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from http.client import HTTPException  # noqa: TID251 - this is that door
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import (  # noqa: TID251 - this is that door
    HTTPRedirectHandler,
    ProxyHandler,
    Request,
    build_opener,
)

from kiosk.organisations.directory import Company
from kiosk.organisations.errors import DirectoryAnswerError, DirectoryAwayError
from kiosk.organisations.numbers import SIREN_DIGITS

SECONDS = 5.0
MAX_BYTES = 256_000
MAX_WORDS = 200
"""Longest name, address or commune that is taken, in characters."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")
KEY_HEADER = "X-INSEE-Api-Key-Integration"
_CHUNK = 8_192
_UNKNOWN = 404
_WITHHELD = "[ND]"
"""What the directory writes instead of what somebody asked it not to publish."""
_STREET = (
    "complementAdresseEtablissement", "numeroVoieEtablissement", "indiceRepetitionEtablissement",
    "typeVoieEtablissement", "libelleVoieEtablissement",
)  # fmt: skip
_COMMUNE = ("codePostalEtablissement", "libelleCommuneEtablissement")


@dataclass(frozen=True, slots=True)
class SireneDirectory:
    """The directory at `url`, without a slash at its end, asked with `key`."""

    url: str
    key: str
    seconds: float = SECONDS

    def find(self, number: str) -> Company | None:
        """Return who has `number`; None when nobody has it. Raises `DirectoryError`."""
        if len(number) == SIREN_DIGITS:
            query = quote(f"siren:{number} AND etablissementSiege:true", safe="")
            answer = self._ask(f"{self.url}/siret?nombre=1&q={query}")
        else:
            answer = self._ask(f"{self.url}/siret/{number}")
        return None if answer is None else _company(number, answer)

    def _ask(self, url: str) -> bytes | None:
        """Return what is answered at `url`; None for a number that nobody has."""
        headers = {KEY_HEADER: self.key, "Accept": "application/json"}
        request = Request(url, headers=headers)  # noqa: S310 - settings take https alone
        here = [ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
        until = time.monotonic() + self.seconds
        try:
            with build_opener(_NoRedirection, *here).open(request, timeout=self.seconds) as answer:
                return _read(answer, until)
        except HTTPError as error:
            error.close()
            if error.code == _UNKNOWN:
                return None
            raise DirectoryAwayError(f"HTTP {error.code}") from error
        except (URLError, OSError, HTTPException, ValueError) as error:
            raise DirectoryAwayError(type(error).__name__) from error


class _NoRedirection(HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        """Follow nothing: the key goes nowhere else."""


def _read(answer: IO[bytes], until: float) -> bytes:
    """Read an answer that comes in time and is not too long."""
    found = b""
    while chunk := answer.read1(_CHUNK):  # type: ignore[attr-defined]
        found += chunk
        if len(found) > MAX_BYTES:
            raise DirectoryAnswerError(f"more than {MAX_BYTES} bytes")
        if time.monotonic() > until:
            raise TimeoutError
    return found


def _company(number: str, answer: bytes) -> Company:
    """Return what `answer` says; raises `DirectoryAnswerError`."""
    try:
        read = json.loads(answer)
        place = read["etablissements"][0] if len(number) == SIREN_DIGITS else read["etablissement"]
        asked = place["siren"] if len(number) == SIREN_DIGITS else place["siret"]
        unit, address = place["uniteLegale"], place["adresseEtablissement"]
        states = (unit["etatAdministratifUniteLegale"], _state_of(place))
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise DirectoryAnswerError("format") from error
    if asked != number or not isinstance(unit, dict) or not isinstance(address, dict):
        raise DirectoryAnswerError("format")
    name = _words(unit, ("denominationUniteLegale",)) or _words(
        unit, ("prenom1UniteLegale", "nomUniteLegale")
    )
    return Company(number, name, _words(address, _STREET), _words(address, _COMMUNE), states == ("A", "A"))


def _state_of(place: Any) -> Any:
    """Return the state of a place now: its periods come latest first."""
    return place["periodesEtablissement"][0]["etatAdministratifEtablissement"]


def _words(held: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return what `held` says under `names`, in a row; raises `DirectoryAnswerError`."""
    said = [held.get(name) for name in names]
    if not all(one is None or isinstance(one, str) for one in said):
        raise DirectoryAnswerError("format")
    words = " ".join(one.strip() for one in said if one and one != _WITHHELD)
    if len(words) > MAX_WORDS or not words.isprintable():
        raise DirectoryAnswerError("format")
    return words
