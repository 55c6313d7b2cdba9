"""`kiosk evidence officer`: who works at the legal desk."""

from __future__ import annotations

import json
import secrets

import click

from kiosk.clock import system_clock
from kiosk.commands import database, open_settings
from kiosk.db import reading, writing
from kiosk.legal_desk import forgetting, officers, records
from kiosk.legal_desk.officers import Role
from kiosk.legal_desk.terminal import offered_by, proved, publisher_option, read_secret, secret_option, told
from kiosk.texts.services import load_services


@click.group(help="Les personnes du service juridique.")
def officer() -> None:
    """Group the commands on officers."""


@officer.command("add", help="Ajoute la personne d’identifiant LOGIN au service juridique de l’éditeur.")
@click.argument("login")
@publisher_option
@click.option("--name", required=True, help="Son nom ; il ne figure dans aucun dossier.")
@click.option("--function", required=True, help="Sa fonction : c’est elle que les dossiers nomment.")
@secret_option
@told
def add_officer(login: str, publisher: str, name: str, function: str, secret_fd: int | None) -> None:
    """Add an officer."""
    settings = open_settings()
    offered_by(load_services(settings.texts_dir), publisher)
    secret = read_secret(secret_fd, confirm=True)
    with database(settings) as engine, writing(engine) as session:
        officers.add(
            session,
            publisher=publisher,
            login=login,
            name=name,
            function=function,
            role=Role.EVIDENCE,
            secret=secret,
            at=system_clock(),
            randomness=secrets.token_bytes,
        )
    click.echo(f"Ajoutée : {login}, {function}.")


@officer.command("list", help="Montre les personnes du service juridique.")
@click.option("--publisher", help="Éditeur ; sans lui, tous.")
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@told
def list_officers(publisher: str | None, as_json: bool) -> None:
    """List officers."""
    settings = open_settings()
    with database(settings) as engine, reading(engine) as session:
        found = [
            {
                "publisher": one.publisher,
                "login": one.login,
                "name": one.name,
                "function": one.function,
                "role": one.role,
                "active": one.deactivated_at is None,
            }
            for one in officers.every(session, publisher)
        ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for one in found:
        left = "" if one["active"] else " (a quitté le service)"
        click.echo(f"{one['publisher']}/{one['login']} : {one['name']}, {one['function']}{left}")


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


@officer.command(
    "forget",
    help="Efface le nom, l’identifiant et le secret de LOGIN, qui a quitté le service ; ses actes gardent sa"
    " fonction.",
)
@click.argument("login")
@publisher_option
@told
def forget_officer(login: str, publisher: str) -> None:
    """Forget an officer who left."""
    settings = open_settings()
    with database(settings) as engine, writing(engine) as session:
        forgetting.forget_officer(session, publisher, login, system_clock())
    click.echo(f"{login} est oublié ; ses actes disent encore quelle fonction les a faits.")


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
        acting = proved(engine, settings, publisher, login, present, system_clock())
        new = read_secret(new_secret_fd, "Nouveau secret", confirm=True)
        secret_hash = officers.hashed(acting, present, new)
        with writing(engine) as session:
            officers.change_secret(session, acting, secret_hash)
            records.note_secret(session, acting, system_clock())
    click.echo(f"Le secret de {login} est changé ; ses séances sont fermées.")
