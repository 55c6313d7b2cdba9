"""What the commands of officers share: who acts, with what they prove, for which publisher."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ParamSpec, TypeVar

import click
from sqlalchemy import Engine

from cgu_archive.corpus.model import Service
from kiosk.commands import telling
from kiosk.config import Settings
from kiosk.db import reading
from kiosk.environment import ConfigurationError
from kiosk.security import keyed_hasher
from kiosk.staff import brake, factors
from kiosk.staff.brake import Door
from kiosk.staff.errors import StaffError, UnknownOfficerError
from kiosk.staff.officers import Person

P = ParamSpec("P")
R = TypeVar("R")

MAX_SECRET_BYTES = 1_000
CODE = "Code de votre application, ou de secours"

publisher_option = click.option("--publisher", required=True, help="Éditeur, par exemple dgefp.")
login_option = click.option(
    "--as", "login", required=True, help="Identifiant de la personne de l’équipe qui agit."
)
secret_option = click.option(
    "--secret-fd",
    type=click.IntRange(0),
    help="Descripteur de fichier où lire le secret, puis, à la ligne suivante, le code du second facteur s’il"
    " y en a un ; sans lui, ils sont demandés. Jamais dans la commande.",
)


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Say on one line why nothing was done, and exit: 2 for a wrong call, 1 for anything refused."""
    return telling(wrong=(UnknownOfficerError,), refused=(StaffError,))(command)


def offered_by(known: Mapping[str, Service], publisher: str) -> dict[str, Service]:
    """Return the services of a publisher; raises `ConfigurationError` when it has none here."""
    found = {slug: service for slug, service in known.items() if service.publisher.slug == publisher}
    if not found:
        raise ConfigurationError(f"« {publisher} » n’a aucun service ici.")
    return found


def acting_as(
    engine: Engine, settings: Settings, publisher: str, login: str, secret_fd: int | None, at: datetime
) -> Person:
    """Return the officer of this login, once they proved who they are. Raises as `proved`."""
    secret = read_secret(secret_fd)
    return proved(engine, settings, publisher, login, secret, at, code=lambda: read_secret(secret_fd, CODE))


def proved(
    engine: Engine,
    settings: Settings,
    publisher: str,
    login: str,
    secret: str,
    at: datetime,
    *,
    code: Callable[[], str],
) -> Person:
    """Return the officer whose login and secret these are; each account of this machine is one place.

    `code` is called when the officer has a second factor. Raises as `brake.authenticate` and `brake.prove`.
    """
    place, hasher = str(os.getuid()), keyed_hasher(settings.secret_key)
    found = brake.authenticate(
        engine, publisher, login, secret, door=Door.TERMINAL, network=place, at=at, hasher=hasher
    )
    with reading(engine) as session:
        asked = factors.of(session, found.id).any
    if asked:
        typed = code()
        brake.prove(
            engine,
            found,
            lambda session: factors.use(
                session, found, typed, at=at, secret_key=settings.secret_key, hasher=hasher
            ),
            door=Door.TERMINAL,
            network=place,
            at=at,
            hasher=hasher,
        )
    return found


def read_secret(descriptor: int | None, label: str = "Secret", *, confirm: bool = False) -> str:
    """Return a secret, typed unseen or the next line of a descriptor: a command line is seen by others."""
    if descriptor is None:
        typed: str = click.prompt(label, hide_input=True, confirmation_prompt=confirm, err=True)
        return typed
    try:
        return _line(descriptor).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{label} : rien de lisible au descripteur {descriptor}.") from error


def _line(descriptor: int) -> bytes:
    """Return the next line without its end, `MAX_SECRET_BYTES` at most, and leave what follows unread."""
    line = b""
    while len(line) < MAX_SECRET_BYTES:
        one = os.read(descriptor, 1)
        if one in (b"", b"\n"):
            break
        line += one
    return line
