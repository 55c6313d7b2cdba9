"""One value of the environment at a time: read, or refused with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class ConfigurationError(Exception):
    """A setting is missing, unsafe or contradicts another; the message names it and what to do."""


class DemonstrationError(Exception):
    """The demonstration cannot run here; the message says what to do."""


def refuse_open_address(variable: str, url: str) -> None:
    """Raise unless nobody on the way reads or changes what is asked of `url`."""
    try:
        parts = urlsplit(url)
        closed = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    except ValueError:
        closed = False
    if not (closed and parts.hostname):
        raise ConfigurationError(
            f"{variable} : attendu une adresse https:// (http:// sur cette machine seulement),"
            f" trouvé « {url} »."
        )


def integer(name: str, text: str) -> int:
    """Return the number that the setting `name` gives; raises `ConfigurationError`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise ConfigurationError(f"{name} : attendu un nombre entier, trouvé « {text} ».")
    return int(text)


def switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Return whether the setting `name` is 1, or `default` without it; raises `ConfigurationError`."""
    text = environ.get(name, "")
    if text not in ("", "0", "1"):
        raise ConfigurationError(f"{name} : attendu 0 (non) ou 1 (oui), trouvé « {text} ».")
    return text == "1" if text else default


def at_least_one(name: str, text: str) -> int:
    """Return the number that the setting `name` gives, never zero; raises `ConfigurationError`."""
    number = integer(name, text)
    if number == 0:
        raise ConfigurationError(f"{name} : attendu au moins 1, trouvé 0.")
    return number


def seconds(name: str, text: str) -> timedelta:
    """Return how long the setting `name` says, in seconds, never zero; raises `ConfigurationError`."""
    given = integer(name, text)
    if given == 0:
        raise ConfigurationError(f"{name} : attendu au moins une seconde, trouvé 0.")
    return timedelta(seconds=given)


def path(text: str | None) -> Path | None:
    """Return the file or folder that a setting names, if it names one."""
    return Path(text) if text else None
