"""Read the files of a published ledger, from a folder or over the network, with limits."""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage  # noqa: TID251 - a monitor asks the ledger's host
from pathlib import Path
from typing import IO, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (  # noqa: TID251 - a monitor asks the ledger's host
    HTTPRedirectHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from kiosk.monitor.errors import MissingError, SourceError

SECONDS = 10
_CHUNK = 65_536
_ABSENT = (404, 410)


class Source(Protocol):
    """Where a ledger is published."""

    def read(self, name: str, most: int) -> bytes:
        """Return the file `name`; raises `MissingError`, or `SourceError`, also past `most` bytes."""

    def names(self, under: str) -> tuple[str, ...] | None:
        """Return the paths of the files under a folder; None where that cannot be listed."""


def source(address: str) -> Source:
    """Return the source at `address`, a folder or a URL; raises `SourceError` when it is neither."""
    if "://" not in address:
        if not Path(address).is_dir():
            raise SourceError(f"{address} : attendu un dossier, ou une adresse https.")
        return Folder(Path(address))
    try:
        found = urlsplit(address)
        _ = found.port
    except ValueError as error:
        raise SourceError(f"{address} : adresse incorrecte.") from error
    allowed = found.scheme == "https" or (found.scheme == "http" and _here(found.hostname or ""))
    if not allowed or not found.hostname or found.username is not None or found.query or found.fragment:
        raise SourceError(f"{address} : attendu une adresse https, sans identifiant ni paramètre.")
    return Web(address.rstrip("/"))


@dataclass(frozen=True, slots=True)
class Folder:
    """A ledger in a folder, or its mirror."""

    path: Path

    def read(self, name: str, most: int) -> bytes:
        """Return the file `name`; raises `MissingError`, or `SourceError`, also past `most` bytes."""
        try:
            with (self.path / name).open("rb") as stream:
                found = stream.read(most + 1)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise MissingError(f"{name} : absent.") from error
        except OSError as error:
            raise SourceError(f"{name} : illisible ({error.strerror}).") from error
        return _within(found, name, most)

    def names(self, under: str) -> tuple[str, ...]:
        """Return the paths of the files under the folder `under`, from there; raises `SourceError`."""
        folder = self.path / under
        try:
            found = [one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()]
        except OSError as error:
            raise SourceError(f"{under} : illisible ({error.strerror}).") from error
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Web:
    """A ledger on the network. Each file has ten seconds; another host is never asked."""

    url: str
    """Without its last slash."""

    def read(self, name: str, most: int) -> bytes:
        """Return the file `name`; raises `MissingError`, or `SourceError`, also past `most` bytes."""
        request = Request(f"{self.url}/{name}", headers={"Accept-Encoding": "identity"})  # noqa: S310 - see source()
        until = time.monotonic() + SECONDS
        try:
            with _opener(request).open(request, timeout=SECONDS) as answer:
                return _within(_received(answer, until, most), name, most)
        except HTTPError as error:
            error.close()
            if error.code in _ABSENT:
                raise MissingError(f"{name} : absent.") from error
            raise SourceError(f"{name} : réponse HTTP {error.code}.") from error
        except TimeoutError as error:
            raise SourceError(f"{name} : pas de réponse en {SECONDS} secondes.") from error
        except (URLError, OSError, HTTPException, ValueError) as error:
            raise SourceError(f"{name} : injoignable.") from error

    def names(self, under: str) -> None:
        """Return None: a site of static files lists nothing."""


class _SameHost(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """Follow to the same host and scheme; anywhere else the redirection becomes an error."""
        asked, sent = urlsplit(req.full_url), urlsplit(newurl)
        if (asked.scheme, asked.netloc) != (sent.scheme, sent.netloc):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(request: Request) -> OpenerDirector:
    """Return what opens `request`: past no proxy when it stays on this machine."""
    here = [ProxyHandler({})] if request.type == "http" else []
    return build_opener(_SameHost, *here)


def _received(answer: IO[bytes], until: float, most: int) -> bytes:
    found = b""
    while len(found) <= most and (chunk := answer.read1(_CHUNK)):  # type: ignore[attr-defined]
        found += chunk
        if time.monotonic() > until:
            raise TimeoutError
    return found


def _within(found: bytes, name: str, most: int) -> bytes:
    if len(found) > most:
        raise SourceError(f"{name} : plus de {most} octets.")
    return found


def _here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
