"""`kiosk evidence`: officers, and evidence asked by one, approved by another, taken out as one file."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from cgu_archive.corpus.model import Service
from kiosk.clock import system_clock
from kiosk.commands import database, open_settings
from kiosk.db import reading, writing
from kiosk.environment import ConfigurationError
from kiosk.evidence import assembling, names, people, searches, services
from kiosk.evidence.errors import AlteredRequestError
from kiosk.evidence.officer_commands import group as officer
from kiosk.evidence.services import Grounds, Request, State
from kiosk.evidence.telling import told
from kiosk.ledger.saying import plain_utc
from kiosk.proof import bundle
from kiosk.retention import archive
from kiosk.staff import officers, records
from kiosk.staff.criteria import Criterion
from kiosk.staff.errors import OfficerError
from kiosk.staff.records import Act, Record
from kiosk.staff.terminal import (
    acting_as,
    login_option,
    offered_by,
    publisher_option,
    secret_option,
)
from kiosk.texts.services import load_services

MAX_PERSON = 320
_STATES = {
    State.WAITING: "à approuver",
    State.APPROVED: "approuvée",
    State.REFUSED: "refusée",
    State.EXPIRED: "expirée",
}
_CRITERIA = {
    Criterion.ADDRESS: "par adresse électronique",
    Criterion.IDENTIFIER: "par identifiant",
    Criterion.OTHER: "par un mot qui n’est ni une adresse ni un identifiant",
}
_ALONE = {
    Act.SECRET_CHANGED: "secret changé",
    Act.FACTOR_ADDED: "second facteur ajouté",
    Act.FACTOR_REMOVED: "second facteur retiré",
    Act.FACTOR_RESET: "second facteur réinitialisé",
    Act.CODES_MADE: "codes de secours créés",
    Act.CODE_USED: "code de secours employé",
    Act.LOOKED: "fiche d’une personne consultée",
    Act.LISTED: "liste de personnes consultée",
    Act.DEACTIVATED: "compte désactivé",
    Act.REACTIVATED: "compte réactivé",
    Act.SERVICE_CLOSED: "service fermé",
    Act.SERVICE_OPENED: "service rouvert",
    Act.NOTICE_WRITTEN: "avis de sécurité écrit",
    Act.NOTICE_CONFIRMED: "avis de sécurité confirmé",
    Act.NOTICE_STOPPED: "avis de sécurité arrêté",
    Act.MEASURE_RELEASED: "mesure levée après la suppression du compte",
    Act.SIGNED_IN: "séance ouverte",
    Act.CONTESTED: "contestation d’une organisation enregistrée",
}
_ACTS = {"approved": "approuvée", "refused": "refusée", "exported": "dossier remis"}


@click.group(help="Les dossiers de preuve : demandés par une personne, approuvés par une autre.")
def group() -> None:
    """Group the commands on evidence."""


@group.command("request", help="Demande le dossier d’une seule personne ; une autre devra l’approuver.")
@publisher_option
@login_option
@click.option("--service", help="Service concerné ; sans lui, tous ceux de l’éditeur.")
@click.option("--requester", required=True, help="Qui le demande, au dehors : par exemple la juridiction.")
@click.option("--reference", default="", help="Référence de sa demande.")
@click.option("--reason", required=True, help="Pourquoi.")
@secret_option
@told
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
    offered = offered_by(load_services(settings.texts_dir), publisher)
    if service is not None and service not in offered:
        raise ConfigurationError(f"« {service} » n’est pas un service de « {publisher} ».")
    grounds = _grounds(requester, reference, reason)
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, system_clock())
        person = _person()
        wanted = [service] if service else list(offered)
        with writing(engine) as session:
            found = searches.search(
                session,
                acting,
                wanted,
                person,
                archived=lambda: archive.subjects(session, "email", person, publisher=publisher),
                at=system_clock(),
                randomness=secrets.token_bytes,
            )
        subject = people.only(found)  # committed: that somebody searched is written, whoever was found
        with writing(engine) as session:
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
@publisher_option
@login_option
@secret_option
@told
def approve(request_id: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Approve a request."""
    settings = open_settings()
    offered = offered_by(load_services(settings.texts_dir), publisher)
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, system_clock())
        _compare(engine, publisher, request_id, offered, system_clock())
        with writing(engine) as session:
            services.approve(session, acting, request_id, offered, system_clock())
    click.echo("Approuvée.")


@group.command("refuse", help="Refuse la demande REQUEST.")
@click.argument("request_id", metavar="REQUEST")
@publisher_option
@login_option
@secret_option
@told
def refuse(request_id: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Refuse a request."""
    settings = open_settings()
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, system_clock())
        with writing(engine) as session:
            services.refuse(session, acting, request_id, system_clock())
    click.echo("Refusée.")


@group.command("list", help="Montre les demandes et ce qui en a été fait.")
@publisher_option
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@told
def list_requests(publisher: str, as_json: bool) -> None:
    """List requests."""
    settings = open_settings()
    at = system_clock()
    with database(settings) as engine, reading(engine) as session:
        found = services.every(session, publisher, at)
    if as_json:
        click.echo(json.dumps([_as_json(one, at) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(
            f"{one.id} : {_STATES[one.state(at)]}, demandée le {plain_utc(one.asked_at)} par {one.function}"
        )
        if one.altered:
            click.echo(f"  {services.ALTERED}")
        for done in one.acts:
            digest = f", SHA-256 {done.bundle_hash}" if done.bundle_hash else ""
            click.echo(f"  {_ACTS[done.act.value]} le {plain_utc(done.at)} par {done.function}{digest}")


@group.command(
    "journal", help="Montre ce que chacun a fait seul : recherches d’une personne, changements de secret."
)
@publisher_option
@click.option(
    "--about",
    is_flag=True,
    help="Demande une personne, et ne montre que les recherches faites sous un de ses noms : adresse, compte,"
    " sujet, tant que l’un dit les autres.",
)
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@told
def journal(publisher: str, about: bool, as_json: bool) -> None:
    """List what officers did alone; whom `--about` is about is asked at the prompt, as in a request."""
    settings = open_settings()
    person = _person() if about else None
    with database(settings) as engine, reading(engine) as session:
        found = records.opened(session, publisher) if about else records.every(session, publisher)
        logins = {one.id: one.login for one in officers.every(session, publisher)}
        known = names.every(session, publisher, person) if person is not None else frozenset()
    if person is not None:
        found = [one for one in found if one.search is not None and one.search.was_for(known)]
    if as_json:
        told_of = [_record_as_json(one, logins.get(one.officer_id)) for one in found]
        click.echo(json.dumps(told_of, ensure_ascii=False, indent=2))
        return
    for one in found:
        who = f"{one.function} ({logins[one.officer_id]})" if one.officer_id in logins else one.function
        click.echo(f"{plain_utc(one.at)} : {_done_alone(one)}, par {who}")


@group.command("export", help="Écrit dans OUT le dossier de la demande approuvée REQUEST.")
@click.argument("request_id", metavar="REQUEST")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@publisher_option
@login_option
@secret_option
@told
def export(request_id: str, out: Path, publisher: str, login: str, secret_fd: int | None) -> None:
    """Write the bundle of an approved request."""
    settings = open_settings()
    offered = offered_by(load_services(settings.texts_dir), publisher)
    if out.exists():
        raise ConfigurationError(f"{out} existe déjà : donnez un autre nom.")
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, system_clock())
        with reading(engine) as session:
            found = services.released(session, acting, request_id, system_clock())
        made = assembling.make(engine, settings, offered, found, openings=archive.openings)
        with writing(engine) as session:
            services.record_export(session, acting, request_id, bundle.digest(made), system_clock())
    _write_private(out, made)
    click.echo(f"{out} : {len(made)} octets, SHA-256 {bundle.digest(made)}")


group.add_command(officer)

COMMANDS: tuple[click.Command, ...] = (group,)
"""What `kiosk` is given."""
group.name = "evidence"


def _person() -> str:
    """Return how a person is named, asked at the prompt; raises `ConfigurationError`."""
    typed: str = click.prompt(
        "Personne (adresse électronique, ou identifiant de compte ou de sujet)", err=True
    )
    person = typed.strip()
    if not 0 < len(person) <= MAX_PERSON or not person.isprintable():
        raise ConfigurationError(f"Personne : attendu de 1 à {MAX_PERSON} caractères sur une ligne.")
    return person


def _grounds(requester: str, reference: str, reason: str) -> Grounds:
    for name, value, most in (
        ("--requester", requester, services.MAX_REQUESTER),
        ("--reference", reference, services.MAX_REFERENCE),
        ("--reason", reason, services.MAX_REASON),
    ):
        if len(value) > most or (not value.strip() and name != "--reference"):
            raise ConfigurationError(f"{name} : attendu de 1 à {most} caractères.")
    return Grounds(requester.strip(), reference.strip(), reason.strip())


def _compare(
    engine: Engine, publisher: str, request_id: str, offered: Mapping[str, Service], at: datetime
) -> None:
    """Show whose evidence is asked; raises `OfficerError` unless who approves says that they compared.

    Raises `AlteredRequestError` too: nobody compares with words that are not those that were recorded.
    """
    with reading(engine) as session:
        found = services.get(session, publisher, request_id, at)
        address = people.address(session, found.subject_id) or "compte fermé"
        count = people.decisions(session, found.subject_id, services.concerned(found, offered))
    if found.altered:
        raise AlteredRequestError(services.altered_words(request_id))
    asked = (
        f"{found.grounds.requester} {found.grounds.reference}".strip() if found.grounds else "mots détruits"
    )
    click.echo(f"Personne : {address} ({found.subject_id}), décisions : {count}", err=True)
    click.echo(f"Pour : {asked}", err=True)
    said = click.prompt("Tapez « oui » si vous avez comparé la personne avec la demande", err=True)
    if said.strip().lower() != "oui":
        raise OfficerError("La personne n’a pas été comparée avec la demande : rien n’est approuvé.")


def _write_private(out: Path, content: bytes) -> None:
    """Write `out`, which only its owner reads."""
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def _done_alone(one: Record) -> str:
    if one.search is None:
        return _ALONE.get(one.act, one.act.value)
    return f"recherche {_CRITERIA[one.search.criterion]}, personnes trouvées : {one.search.found}"


def _record_as_json(one: Record, login: str | None) -> dict[str, object]:
    search = one.search
    return {
        "act": one.act.value,
        "at": one.at.isoformat(),
        "by": one.function,
        "login": login,
        "officer": one.officer_id,
        "sequence": one.sequence,
        "criterion": search.criterion.value if search else None,
        "value_hash": search.value_hash if search else None,
        "found": search.found if search else None,
        "about": one.about,
    }


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
