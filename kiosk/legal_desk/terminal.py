"""What the commands of the legal desk share: who acts, with which secret, for which publisher."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ParamSpec, TypeVar

import click
from sqlalchemy import Engine

from cgu_archive.corpus.model import Service
from kiosk.commands import telling
from kiosk.config import ConfigurationError, Settings
from kiosk.legal_desk import brake
from kiosk.legal_desk.brake import Door
from kiosk.legal_desk.errors import (
    LegalDeskError,
    SeveralPeopleError,
    UnknownOfficerError,
    UnknownPersonError,
    UnknownRequestError,
)
from kiosk.legal_desk.officers import Person
from kiosk.proof.errors import ProofError
from kiosk.security import keyed_hasher

P = ParamSpec("P")
R = TypeVar("R")

MAX_SECRET_BYTES = 1_000

publisher_option = click.option("--publisher", required=True, help="Éditeur, par exemple dgefp.")
login_option = click.option(
    "--as", "login", required=True, help="Identifiant de la personne du service juridique qui agit."
)
secret_option = click.option(
    "--secret-fd",
    type=click.IntRange(0),
    help="Descripteur de fichier où lire le secret ; sans lui, il est demandé. Jamais dans la commande.",
)


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Say on one line why nothing was done, and exit: 2 for a wrong call, 1 for anything refused."""
    unknown = (UnknownOfficerError, UnknownPersonError, UnknownRequestError, SeveralPeopleError)
    return telling(wrong=unknown, refused=(LegalDeskError, ProofError))(command)


def offered_by(known: Mapping[str, Service], publisher: str) -> dict[str, Service]:
    """Return the services of a publisher; raises `ConfigurationError` when it has none here."""
    found = {slug: service for slug, service in known.items() if service.publisher.slug == publisher}
    if not found:
        raise ConfigurationError(f"« {publisher} » n’a aucun service ici.")
    return found


def acting_as(
    engine: Engine, settings: Settings, publisher: str, login: str, secret_fd: int | None, at: datetime
) -> Person:
    """Return the officer of this login, once they gave their secret. Raises as `brake.authenticate`."""
    return proved(engine, settings, publisher, login, read_secret(secret_fd), at)


def proved(
    engine: Engine, settings: Settings, publisher: str, login: str, secret: str, at: datetime
) -> Person:
    """Return the officer whose login and secret these are; each account of this machine is one place."""
    return brake.authenticate(
        engine,
        publisher,
        login,
        secret,
        door=Door.TERMINAL,
        network=str(os.getuid()),
        at=at,
        hasher=keyed_hasher(settings.secret_key),
    )


def read_secret(descriptor: int | None, label: str = "Secret", *, confirm: bool = False) -> str:
    """Return a secret, typed unseen or read from a descriptor: a command line is seen by others."""
    if descriptor is None:
        typed: str = click.prompt(label, hide_input=True, confirmation_prompt=confirm, err=True)
        return typed
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            return stream.readline(MAX_SECRET_BYTES).decode().rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{label} : rien de lisible au descripteur {descriptor}.") from error
