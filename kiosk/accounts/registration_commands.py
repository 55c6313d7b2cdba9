"""`kiosk registration`: the codes that a publisher gives to those who may open an account (M-08)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from kiosk.accounts import registration
from kiosk.accounts.errors import InvalidCodeFileError, UnknownCodeError
from kiosk.accounts.registration import CodeState
from kiosk.clock import system_clock
from kiosk.commands import database, open_settings, telling
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.environment import ConfigurationError
from kiosk.security import keyed_hasher
from kiosk.texts.services import load_services

P = ParamSpec("P")
R = TypeVar("R")

MAX_FILE_BYTES = registration.MAX_CODES * (registration.MAX_LENGTH + 2)
_STATES = {CodeState.FREE: "libre", CodeState.USED: "utilisé", CodeState.REVOKED: "révoqué"}

_service = click.option("--service", required=True, help="Service, par exemple monjob62.")


def _told(command: Callable[P, R]) -> Callable[P, R]:
    """Say on one line why nothing was done, and exit: 2 for a wrong call."""
    return telling(wrong=(InvalidCodeFileError, UnknownCodeError))(command)


@click.group("registration", help="Les codes d’inscription : chacun ouvre un compte, une fois.")
def registration_group() -> None:
    """Group the commands on codes."""


@registration_group.command(
    "import", help="Ajoute les codes de FILE, un par ligne ; ceux qui y sont déjà restent. « - » : l’entrée."
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@_service
@_told
def add_codes(file: Path, service: str) -> None:
    """Add codes; only their keyed hashes are kept."""
    settings = open_settings()
    _check_service(settings, service)
    lines = _lines(file)
    with database(settings) as engine, writing(engine) as session:
        added = registration.add(
            session, service, lines, at=system_clock(), hasher=keyed_hasher(settings.secret_key)
        )
    click.echo(f"{added} code(s) ajouté(s). Seule leur empreinte est gardée : conservez le fichier à part.")


@registration_group.command(
    "list", help="Montre les codes et ce qu’ils sont devenus ; aucun n’en est lisible."
)
@_service
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@_told
def list_codes(service: str, as_json: bool) -> None:
    """Show identifiers and states."""
    settings = open_settings()
    _check_service(settings, service)
    with database(settings) as engine, reading(engine) as session:
        found = registration.listed(session, service)
    if as_json:
        rows = [{"id": c.id, "state": c.state.value, "added_at": c.added_at.isoformat()} for c in found]
        click.echo(json.dumps(rows, indent=2))
        return
    for code in found:
        click.echo(f"{code.id}  {code.added_at:%Y-%m-%d}  {_STATES[code.state]}")
    counts = Counter(code.state for code in found)
    click.echo(", ".join(f"{counts[state]} {_STATES[state]}(s)" for state in CodeState) + ".")


@registration_group.command(help="Refuse désormais le code d’identifiant ID, que « list » montre.")
@click.argument("code_id", metavar="ID")
@_service
@_told
def revoke(code_id: str, service: str) -> None:
    """Refuse a code."""
    settings = open_settings()
    _check_service(settings, service)
    with database(settings) as engine, writing(engine) as session:
        registration.revoke(session, service, code_id, at=system_clock())
    click.echo(f"Révoqué : {code_id}")


def _check_service(settings: Settings, slug: str) -> None:
    """Raise `ConfigurationError` unless the service asks for a code."""
    asking = registration.asking(load_services(settings.texts_dir).values())
    if slug not in asking:
        raise ConfigurationError(
            f"aucun code d’inscription n’est demandé par « {slug} » ; services qui en demandent un :"
            f" {', '.join(asking) or 'aucun'}."
        )


def _lines(file: Path) -> list[str]:
    with click.open_file(str(file), "rb") as stream:
        raw: bytes = stream.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        raise InvalidCodeFileError(registration.MAX_CODES + 1)
    try:
        return raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InvalidCodeFileError(raw[: error.start].count(b"\n") + 1) from error
