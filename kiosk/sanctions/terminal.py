"""What the commands on measures share: who acts, what is refused, whose account is meant."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import click
from sqlalchemy import Engine

from kiosk.acceptance.errors import AccountClosedError
from kiosk.clock import system_clock
from kiosk.commands import open_settings, telling
from kiosk.config import Settings
from kiosk.db import writing
from kiosk.environment import ConfigurationError
from kiosk.retention.erasures import Office
from kiosk.sanctions import searching
from kiosk.sanctions.errors import SanctionError, UnknownAccountError, UnknownProcedureError
from kiosk.staff.errors import StaffError, UnknownOfficerError
from kiosk.staff.officers import Person
from kiosk.staff.terminal import login_option, publisher_option, secret_option
from kiosk.texts import services as texts

P = ParamSpec("P")
R = TypeVar("R")


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Say on one line why nothing was done, and exit: 2 for a wrong call, 1 for anything refused."""
    unknown = (UnknownOfficerError, UnknownProcedureError, UnknownAccountError)
    return telling(wrong=unknown, refused=(SanctionError, StaffError, AccountClosedError))(command)


def options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return one decorator for several options, shown in their order."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


signed_in = options(publisher_option, login_option, secret_option)


def open_sanctions() -> Settings:
    """Return the settings of a kiosk that takes measures; raises `ConfigurationError`."""
    settings = open_settings()
    if not settings.sanctions:
        raise ConfigurationError("KIOSK_SANCTIONS vaut 0 : ce kiosque ne prend aucune mesure.")
    return settings


def office_of(settings: Settings) -> Office:
    """Return what acts of a terminal are done with."""
    known = texts.load_services(settings.texts_dir)
    return Office(known, settings.mode.value, settings.public_url, secrets.token_bytes)


def refuse_other(office: Office, publisher: str, service: str) -> None:
    """Raise `ConfigurationError` unless `service` is one of `publisher`."""
    known = office.services.get(service)
    if known is None or known.publisher.slug != publisher:
        raise ConfigurationError(f"« {service} » n’est pas un service de « {publisher} ».")


def searched(engine: Engine, acting: Person, service: str, address: str) -> str:
    """Return the account of an address, once it is committed that somebody searched."""
    with writing(engine) as session:
        found = searching.search(session, acting, service, address, system_clock(), secrets.token_bytes)
    if found is None:
        raise UnknownAccountError("Aucun compte de cet éditeur n’a cette adresse.")
    return found


def ask_person() -> str:
    """Return the address of who is meant: asked, for commands are kept in histories."""
    typed: str = click.prompt("Adresse électronique de la personne", err=True)
    return typed.strip()
