"""`kiosk officer`: who works for a publisher here, their roles, their secret, their second factor."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta

import click
from sqlalchemy.orm import Session

from cgu_archive.corpus.dates import start_of_day
from kiosk.clock import system_clock
from kiosk.commands import database, open_settings
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.environment import ConfigurationError
from kiosk.staff import factors, officers, records, roles
from kiosk.staff.errors import UnknownOfficerError
from kiosk.staff.models import Officer
from kiosk.staff.officers import Person
from kiosk.staff.records import Act
from kiosk.staff.roles import Grant, Role
from kiosk.staff.terminal import (
    CODE,
    offered_by,
    proved,
    publisher_option,
    read_secret,
    secret_option,
    told,
)
from kiosk.texts.services import load_services

_DAY = click.DateTime(["%Y-%m-%d"])
_ROLES = click.Choice([one.value for one in Role])
_service_option = click.option(
    "--service", help="Service où le rôle vaut ; sans lui, tous ceux de l’éditeur."
)


@click.group(help="Les personnes de l’équipe d’un éditeur : rôles, secret, second facteur.")
def officer() -> None:
    """Group the commands on officers."""


@officer.command("add", help="Ajoute la personne d’identifiant LOGIN à l’équipe de l’éditeur.")
@click.argument("login")
@publisher_option
@click.option("--name", required=True, help="Son nom ; il ne figure dans aucun dossier.")
@click.option("--function", required=True, help="Sa fonction : c’est elle que les dossiers nomment.")
@click.option(
    "--role",
    "given",
    type=_ROLES,
    multiple=True,
    default=(Role.EVIDENCE.value,),
    show_default=True,
    help="Ce qu’elle peut faire ; autant de fois que de rôles.",
)
@_service_option
@secret_option
@told
def add_officer(
    login: str,
    publisher: str,
    name: str,
    function: str,
    given: tuple[str, ...],
    service: str | None,
    secret_fd: int | None,
) -> None:
    """Add an officer."""
    settings = open_settings()
    _refuse_unknown(settings, publisher, service)
    secret = read_secret(secret_fd, confirm=True)
    at = system_clock()
    with database(settings) as engine, writing(engine) as session:
        officers.add(
            session,
            publisher=publisher,
            login=login,
            name=name,
            function=function,
            grants=[Grant(Role(one), service, at) for one in given],
            secret=secret,
            at=at,
            randomness=secrets.token_bytes,
        )
    click.echo(f"Ajoutée : {login}, {function}.")


@officer.command("list", help="Montre les personnes de l’équipe.")
@click.option("--publisher", help="Éditeur ; sans lui, tous.")
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@told
def list_officers(publisher: str | None, as_json: bool) -> None:
    """List officers."""
    settings = open_settings()
    at = system_clock()
    with database(settings) as engine, reading(engine) as session:
        found = officers.every(session, publisher)
        proofs = factors.every(session, [one.id for one in found])
        held = {one.id: [role for role in roles.of(session, one.id) if role.holds(at)] for one in found}
    if as_json:
        told_of = [_as_json(one, held[one.id], second_factor=proofs[one.id].any) for one in found]
        click.echo(json.dumps(told_of, ensure_ascii=False, indent=2))
        return
    for one in found:
        left = "" if one.deactivated_at is None else " (a quitté le service)"
        may = ", ".join(_in_words(role) for role in held[one.id])
        click.echo(f"{one.publisher}/{one.login} : {one.name}, {one.function}{left} [{may}]")


@officer.command("deactivate", help="La personne d’identifiant LOGIN ne peut plus agir ; ses actes restent.")
@click.argument("login")
@publisher_option
@told
def deactivate_officer(login: str, publisher: str) -> None:
    """Deactivate an officer."""
    settings = open_settings()
    with database(settings) as engine, writing(engine) as session:
        officers.deactivate(session, publisher, login, system_clock())
    click.echo(f"{login} ne peut plus agir.")


@officer.command("grant", help="Donne un rôle de plus à la personne d’identifiant LOGIN.")
@click.argument("login")
@publisher_option
@click.option("--role", "name", type=_ROLES, required=True, help="Ce qu’elle pourra faire.")
@_service_option
@click.option("--from", "since", type=_DAY, help="Premier jour du rôle ; sans lui, dès maintenant.")
@click.option("--until", type=_DAY, help="Dernier jour du rôle ; sans lui, jusqu’à ce qu’il soit retiré.")
@told
def grant_role(
    login: str,
    publisher: str,
    name: str,
    service: str | None,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """Give an officer a role."""
    settings = open_settings()
    _refuse_unknown(settings, publisher, service)
    at = max(system_clock(), start_of_day(since.date())) if since else system_clock()
    ends_at = until and start_of_day(until.date() + timedelta(days=1))
    with database(settings) as engine, writing(engine) as session:
        roles.give(session, _at_work(session, publisher, login).id, Grant(Role(name), service, at, ends_at))
    begins = f", à partir du {since:%d/%m/%Y}" if since else ""
    click.echo(f"{login} a le rôle {name}{begins}.")


@officer.command("withdraw", help="Retire un rôle à la personne d’identifiant LOGIN, dès maintenant.")
@click.argument("login")
@publisher_option
@click.option("--role", "name", type=_ROLES, required=True, help="Ce qu’elle ne pourra plus faire.")
@_service_option
@told
def withdraw_role(login: str, publisher: str, name: str, service: str | None) -> None:
    """End a role of an officer."""
    settings = open_settings()
    with database(settings) as engine, writing(engine) as session:
        held = _at_work(session, publisher, login)
        roles.withdraw(session, held.id, Role(name), service, system_clock())
    click.echo(f"{login} n’a plus le rôle {name}.")


@officer.command(
    "factor",
    help="Réinitialise le second facteur de la personne d’identifiant LOGIN, qui l’a perdu : un autre lui"
    " sera demandé. C’est inscrit au journal.",
)
@click.argument("login")
@publisher_option
@told
def reset_factor(login: str, publisher: str) -> None:
    """Reset the second factor of an officer."""
    settings = open_settings()
    with database(settings) as engine, writing(engine) as session:
        factors.reset_by_command(session, _at_work(session, publisher, login), system_clock())
    click.echo(f"Le second facteur de {login} est réinitialisé ; ses séances sont fermées.")


@officer.command("secret", help="Change le secret de la personne d’identifiant LOGIN, qui donne l’actuel.")
@click.argument("login")
@publisher_option
@secret_option
@click.option(
    "--new-secret-fd",
    type=click.IntRange(0),
    help="Descripteur de fichier où lire le nouveau secret ; sans lui, il est demandé.",
)
@told
def change_secret(login: str, publisher: str, secret_fd: int | None, new_secret_fd: int | None) -> None:
    """Change the secret of an officer."""
    settings = open_settings()
    present = read_secret(secret_fd, "Secret actuel")
    with database(settings) as engine:
        acting = proved(
            engine, settings, publisher, login, present, system_clock(),
            code=lambda: read_secret(secret_fd, CODE),
        )  # fmt: skip
        new = read_secret(new_secret_fd, "Nouveau secret", confirm=True)
        secret_hash = officers.hashed(acting, present, new)
        with writing(engine) as session:
            officers.change_secret(session, acting, secret_hash)
            records.note(session, acting, Act.SECRET_CHANGED, system_clock())
    click.echo(f"Le secret de {login} est changé ; ses séances sont fermées.")


def _at_work(session: Session, publisher: str, login: str) -> Person:
    found = officers.at_work(session, publisher, login)
    if found is None:
        raise UnknownOfficerError(f"Aucun « {login} » en fonction chez cet éditeur.")
    return found


def _refuse_unknown(settings: Settings, publisher: str, service: str | None) -> None:
    """Raise `ConfigurationError` when a publisher, or a service of it, is not here."""
    offered = offered_by(load_services(settings.texts_dir), publisher)
    if service is not None and service not in offered:
        raise ConfigurationError(f"« {service} » n’est pas un service de « {publisher} ».")


def _as_json(one: Officer, held: list[Grant], *, second_factor: bool) -> dict[str, object]:
    return {
        "publisher": one.publisher,
        "login": one.login,
        "name": one.name,
        "function": one.function,
        "roles": [
            {
                "role": role.role.value,
                "service": role.service,
                "until": role.ends_at.isoformat() if role.ends_at else None,
            }
            for role in held
        ],
        "second_factor": second_factor,
        "active": one.deactivated_at is None,
    }


def _in_words(grant: Grant) -> str:
    return grant.role.value if grant.service is None else f"{grant.role.value} ({grant.service})"


COMMANDS: tuple[click.Command, ...] = (officer,)
"""What `kiosk` is given."""
