"""`kiosk evidence`: officers, and evidence asked by one, approved by another, taken out as one file."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from sqlalchemy import Engine

from cgu_archive.corpus.model import Service
from kiosk.clock import system_clock
from kiosk.commands import database, open_settings, telling
from kiosk.config import ConfigurationError
from kiosk.db import reading, writing
from kiosk.legal_desk import evidence, forgetting, officers, people, services
from kiosk.legal_desk.errors import (
    LegalDeskError,
    OfficerError,
    SeveralPeopleError,
    UnknownOfficerError,
    UnknownPersonError,
    UnknownRequestError,
)
from kiosk.legal_desk.officers import Person, Role
from kiosk.legal_desk.services import Grounds, Request, State
from kiosk.proof import bundle
from kiosk.proof.errors import ProofError
from kiosk.retention import archive
from kiosk.texts.services import load_services

P = ParamSpec("P")
R = TypeVar("R")

MAX_SECRET_BYTES = 1_000
_STATES = {
    State.WAITING: "à approuver",
    State.APPROVED: "approuvée",
    State.REFUSED: "refusée",
    State.EXPIRED: "expirée",
}
_ACTS = {"approved": "approuvée", "refused": "refusée", "exported": "dossier remis"}

_publisher = click.option("--publisher", required=True, help="Éditeur, par exemple dgefp.")
_login = click.option(
    "--as", "login", required=True, help="Identifiant de la personne du service juridique qui agit."
)
_secret = click.option(
    "--secret-fd",
    type=click.IntRange(0),
    help="Descripteur de fichier où lire le secret ; sans lui, il est demandé. Jamais dans la commande.",
)


def _told(command: Callable[P, R]) -> Callable[P, R]:
    """Say on one line why nothing was done, and exit: 2 for a wrong call, 1 for anything refused."""
    unknown = (UnknownOfficerError, UnknownPersonError, UnknownRequestError, SeveralPeopleError)
    return telling(wrong=unknown, refused=(LegalDeskError, ProofError))(command)


@click.group(help="Les dossiers de preuve : demandés par une personne, approuvés par une autre.")
def group() -> None:
    """Group the commands on evidence."""


@group.group(help="Les personnes du service juridique.")
def officer() -> None:
    """Group the commands on officers."""


@officer.command("add", help="Ajoute la personne d’identifiant LOGIN au service juridique de l’éditeur.")
@click.argument("login")
@_publisher
@click.option("--name", required=True, help="Son nom ; il ne figure dans aucun dossier.")
@click.option("--function", required=True, help="Sa fonction : c’est elle que les dossiers nomment.")
@_secret
@_told
def add_officer(login: str, publisher: str, name: str, function: str, secret_fd: int | None) -> None:
    """Add an officer."""
    settings = open_settings()
    _offered(load_services(settings.texts_dir), publisher)
    secret = _read_secret(secret_fd, confirm=True)
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
@_told
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
@_publisher
@_told
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
@_publisher
@_told
def forget_officer(login: str, publisher: str) -> None:
    """Forget an officer who left."""
    settings = open_settings()
    with database(settings) as engine, writing(engine) as session:
        forgetting.forget_officer(session, publisher, login, system_clock())
    click.echo(f"{login} est oublié ; ses actes disent encore quelle fonction les a faits.")


@group.command("request", help="Demande le dossier d’une seule personne ; une autre devra l’approuver.")
@_publisher
@_login
@click.option("--service", help="Service concerné ; sans lui, tous ceux de l’éditeur.")
@click.option("--requester", required=True, help="Qui le demande, au dehors : par exemple la juridiction.")
@click.option("--reference", default="", help="Référence de sa demande.")
@click.option("--reason", required=True, help="Pourquoi.")
@_secret
@_told
def request_evidence(
    publisher: str,
    login: str,
    service: str | None,
    requester: str,
    reference: str,
    reason: str,
    secret_fd: int | None,
) -> None:
    """Ask for evidence; whose is asked at the prompt, for commands are kept in histories."""
    settings = open_settings()
    offered = _offered(load_services(settings.texts_dir), publisher)
    if service is not None and service not in offered:
        raise ConfigurationError(f"« {service} » n’est pas un service de « {publisher} ».")
    grounds = _grounds(requester, reference, reason)
    with database(settings) as engine:
        acting = _acting(engine, publisher, login, secret_fd)
        person = click.prompt(
            "Personne (adresse électronique, ou identifiant de compte ou de sujet)", err=True
        )
        with writing(engine) as session:
            subject = people.find(
                session,
                publisher,
                [service] if service else list(offered),
                person,
                archived=archive.subjects(session, "email", person.strip(), publisher=publisher),
            )
            made = services.ask(
                session,
                acting,
                subject_id=subject,
                service=service,
                grounds=grounds,
                at=system_clock(),
                randomness=secrets.token_bytes,
            )
    click.echo(made)


@group.command("approve", help="Approuve la demande REQUEST, faite par quelqu’un d’autre.")
@click.argument("request_id", metavar="REQUEST")
@_publisher
@_login
@_secret
@_told
def approve(request_id: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Approve a request."""
    settings = open_settings()
    offered = _offered(load_services(settings.texts_dir), publisher)
    with database(settings) as engine:
        acting = _acting(engine, publisher, login, secret_fd)
        _compare(engine, publisher, request_id, offered)
        with writing(engine) as session:
            services.approve(session, acting, request_id, offered, system_clock())
    click.echo("Approuvée.")


@group.command("refuse", help="Refuse la demande REQUEST.")
@click.argument("request_id", metavar="REQUEST")
@_publisher
@_login
@_secret
@_told
def refuse(request_id: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Refuse a request."""
    settings = open_settings()
    with database(settings) as engine:
        acting = _acting(engine, publisher, login, secret_fd)
        with writing(engine) as session:
            services.refuse(session, acting, request_id, system_clock())
    click.echo("Refusée.")


@group.command("list", help="Montre les demandes et ce qui en a été fait.")
@_publisher
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@_told
def list_requests(publisher: str, as_json: bool) -> None:
    """List requests."""
    settings = open_settings()
    at = system_clock()
    with database(settings) as engine, reading(engine) as session:
        found = services.every(session, publisher)
    if as_json:
        click.echo(json.dumps([_as_json(one, at) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(
            f"{one.id} : {_STATES[one.state(at)]}, demandée le {_utc(one.asked_at)} par {one.function}"
        )
        if one.altered:
            click.echo("  ses mots ne sont pas ceux qui ont été enregistrés")
        for done in one.acts:
            digest = f", SHA-256 {done.bundle_hash}" if done.bundle_hash else ""
            click.echo(f"  {_ACTS[done.act.value]} le {_utc(done.at)} par {done.function}{digest}")


@group.command("export", help="Écrit dans OUT le dossier de la demande approuvée REQUEST.")
@click.argument("request_id", metavar="REQUEST")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@_publisher
@_login
@_secret
@_told
def export(request_id: str, out: Path, publisher: str, login: str, secret_fd: int | None) -> None:
    """Write the bundle of an approved request."""
    settings = open_settings()
    offered = _offered(load_services(settings.texts_dir), publisher)
    if out.exists():
        raise ConfigurationError(f"{out} existe déjà : donnez un autre nom.")
    with database(settings) as engine:
        acting = _acting(engine, publisher, login, secret_fd)
        with reading(engine) as session:
            found = services.released(session, acting, request_id, system_clock())
        made = evidence.make(engine, settings, offered, found, openings=archive.openings)
        with writing(engine) as session:
            services.record_export(session, acting, request_id, bundle.digest(made), system_clock())
    _write_private(out, made)
    click.echo(f"{out} : {len(made)} octets, SHA-256 {bundle.digest(made)}")


COMMANDS: tuple[click.Command, ...] = (group,)
"""What `kiosk` is given."""
group.name = "evidence"


def _offered(known: Mapping[str, Service], publisher: str) -> dict[str, Service]:
    """Return the services of a publisher; raises `ConfigurationError` when it has none here."""
    found = {slug: service for slug, service in known.items() if service.publisher.slug == publisher}
    if not found:
        raise ConfigurationError(f"« {publisher} » n’a aucun service ici.")
    return found


def _grounds(requester: str, reference: str, reason: str) -> Grounds:
    for name, value, most in (
        ("--requester", requester, services.MAX_REQUESTER),
        ("--reference", reference, services.MAX_REFERENCE),
        ("--reason", reason, services.MAX_REASON),
    ):
        if len(value) > most or (not value.strip() and name != "--reference"):
            raise ConfigurationError(f"{name} : attendu de 1 à {most} caractères.")
    return Grounds(requester.strip(), reference.strip(), reason.strip())


def _acting(engine: Engine, publisher: str, login: str, secret_fd: int | None) -> Person:
    secret = _read_secret(secret_fd)
    with reading(engine) as session:
        return officers.authenticated(session, publisher, login, secret)


def _compare(engine: Engine, publisher: str, request_id: str, offered: Mapping[str, Service]) -> None:
    """Show whose evidence is asked; raises `OfficerError` unless who approves says that they compared."""
    with reading(engine) as session:
        found = services.get(session, publisher, request_id)
        address = people.address(session, found.subject_id) or "compte fermé"
        count = people.decisions(session, found.subject_id, services.concerned(found, offered))
    asked = (
        f"{found.grounds.requester} {found.grounds.reference}".strip() if found.grounds else "mots détruits"
    )
    click.echo(f"Personne : {address} ({found.subject_id}), décisions : {count}", err=True)
    click.echo(f"Pour : {asked}", err=True)
    said = click.prompt("Tapez « oui » si vous avez comparé la personne avec la demande", err=True)
    if said.strip().lower() != "oui":
        raise OfficerError("La personne n’a pas été comparée avec la demande : rien n’est approuvé.")


def _read_secret(descriptor: int | None, *, confirm: bool = False) -> str:
    """Return the secret, typed unseen or read from a descriptor: a command line is seen by others."""
    if descriptor is None:
        typed: str = click.prompt("Secret", hide_input=True, confirmation_prompt=confirm, err=True)
        return typed
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            return stream.readline(MAX_SECRET_BYTES).decode().rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"--secret-fd : rien de lisible au descripteur {descriptor}.") from error


def _write_private(out: Path, content: bytes) -> None:
    """Write `out`, which only its owner reads."""
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _as_json(request: Request, at: datetime) -> dict[str, object]:
    grounds = request.grounds
    return {
        "id": request.id,
        "state": request.state(at).value,
        "service": request.service,
        "subject": request.subject_id,
        "asked_at": request.asked_at.isoformat(),
        "asked_by": request.function,
        "expires_at": request.expires_at.isoformat(),
        "altered": request.altered,
        "requester": grounds.requester if grounds else None,
        "reference": grounds.reference if grounds else None,
        "reason": grounds.reason if grounds else None,
        "acts": [
            {
                "act": done.act.value,
                "at": done.at.isoformat(),
                "by": done.function,
                "bundle_hash": done.bundle_hash,
            }
            for done in request.acts
        ],
    }
