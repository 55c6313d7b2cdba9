"""`kiosk rights` and `kiosk hold`: who asked what of their data, how it is decided, what holds it back."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar

import click

from cgu_archive.corpus.dates import start_of_day
from cgu_archive.rendering import words
from kiosk.acceptance.forms import Errors, own_words
from kiosk.accounts.addresses import normalise
from kiosk.accounts.errors import InvalidAddressError
from kiosk.clock import system_clock
from kiosk.commands import database, open_settings, telling
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.retention import answering, holds, letters, requests
from kiosk.retention.erasures import Office
from kiosk.retention.errors import RetentionError, UnknownPersonError, UnknownRequestError
from kiosk.retention.models import LegalHold, RightsRequest
from kiosk.retention.requests import Outcome, Ruling, Wanted
from kiosk.retention.terms import due_on
from kiosk.texts.services import load_services

P = ParamSpec("P")
R = TypeVar("R")


def _told(command: Callable[P, R]) -> Callable[P, R]:
    """Say why nothing was recorded, and exit: 1 when it is refused, 2 for a wrong call."""
    return telling(wrong=(UnknownPersonError, UnknownRequestError), refused=(RetentionError,))(command)


def _office(settings: Settings) -> Office:
    services = load_services(settings.texts_dir)
    return Office(services, settings.mode.value, settings.public_url, secrets.token_bytes)


@click.group(help="Les demandes sur les données personnelles : le registre, l’échéance, la réponse.")
def rights() -> None:
    """Group the commands on requests."""


@rights.command("list", help="Montre le registre, ce qui est en retard d’abord. Code 1 : il y a du retard.")
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@_told
def list_requests(as_json: bool) -> None:
    """Show the register; it names nobody."""
    at = system_clock()
    with database(open_settings()) as engine, reading(engine) as session:
        found = requests.register(session)
    late = [one for one in found if requests.is_overdue(one, at)]
    if as_json:
        click.echo(json.dumps([_as_json(one, at) for one in found], ensure_ascii=False, indent=2))
    else:
        for one in found:
            click.echo(_line(one, at))
        click.echo(f"{len(found)} demande(s), dont {len(late)} en retard.")
    if late:
        sys.exit(1)


@rights.command(help="Montre une demande entière, avec l’adresse à qui répondre tant qu’elle attend.")
@click.argument("request_id", metavar="ID")
@_told
def show(request_id: str) -> None:
    """Show one request."""
    at = system_clock()
    with database(open_settings()) as engine, reading(engine) as session:
        one = requests.get(session, request_id)
    click.echo(_line(one, at))
    told_of = {
        "Adresse": one.email, "Compte": one.account_id, "Demande": _WANTED[one.wanted], "Pourquoi": one.words,
        "Prolongée": one.extension_reasons,
        "Fonction": one.function, "Décidée par": one.decided_by, "Motif": one.reasons, "Recours": one.remedy,
        "Enregistrement": one.statement_hash,
    }  # fmt: skip
    for name, value in told_of.items():
        if value:
            click.echo(f"  {name} : {value}")


@rights.command(help="Inscrit une demande arrivée autrement (courrier, message), l’identité vérifiée.")
@click.option("--email", required=True, help="Adresse de la personne, telle que ses décisions la nomment.")
@click.option("--publisher", required=True, help="Éditeur, par exemple dgefp.")
@click.option(
    "--wanted", type=click.Choice([one.value for one in Wanted]), default=Wanted.EVERYTHING.value,
    show_default=True, help="Ce qui est demandé.",
)  # fmt: skip
@click.option("--words", help="Ce que la personne en dit.")
@_told
def receive(email: str, publisher: str, wanted: str, words: str | None) -> None:
    """Register a request that came by another way."""
    settings = open_settings()
    office, at = _office(settings), system_clock()
    if publisher not in {one.publisher.slug for one in office.services.values()}:
        raise click.BadParameter(f"aucun éditeur « {publisher} »", param_hint="--publisher")
    errors: Errors = {}
    said = own_words(words or "", errors)
    if errors:
        raise click.BadParameter(errors["words"], param_hint="--words")
    address = _address(email)
    with database(settings) as engine, writing(engine) as session:
        asked = requests.receive(
            session, office, publisher=publisher, email=address[1], wanted=Wanted(wanted), words=said, at=at,
            account_id=requests.account_of(session, publisher, address[0]),
        )  # fmt: skip
        number = asked.id
    click.echo(f"Inscrite : {number}, réponse au plus tard le {_due(at)}. Un accusé de réception part.")


def _due(received_at: datetime) -> str:
    """Return the last day to answer what was received, in words."""
    return words.day(due_on(received_at))


@rights.command(
    help="Décide une demande d’effacement. Ce qui est accordé est détruit aussitôt et pour toujours ; la"
    " personne reçoit la réponse. Ce qui est refusé exige un motif ; la CNIL et le tribunal lui sont toujours"
    " nommés."
)
@click.argument("request_id", metavar="ID")
@click.option(
    "--outcome", required=True, type=click.Choice([one.value for one in Outcome]),
    help="granted : tout ; partly : en partie ; refused : rien.",
)  # fmt: skip
@click.option("--function", required=True, help="Fonction de qui décide ; le registre public la dira.")
@click.option("--decided-by", required=True, help="Nom de qui décide ; reste dans le registre des demandes.")
@click.option("--reasons", default="", help="Motif de ce qui est refusé, envoyé à la personne.")
@click.option(
    "--remedy", default="",
    help="Ce qui s’ajoute aux voies de recours, toujours dites ; le registre public le dira aussi.",
)  # fmt: skip
@click.option(
    "--service", "services", multiple=True, metavar="SERVICE",
    help="Avec partly : ce qui est effacé ; répétable. Sans elle : tout ce qu’aucun gel ne couvre.",
)  # fmt: skip
@click.option(
    "--subject", "subjects", multiple=True, metavar="ID",
    help="Qui est visé, quand plusieurs personnes ont eu l’adresse de la demande ; répétable.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Décide sans demander confirmation.")
@_told
def decide(
    request_id: str,
    outcome: str,
    function: str,
    decided_by: str,
    reasons: str,
    remedy: str,
    services: tuple[str, ...],
    subjects: tuple[str, ...],
    yes: bool,
) -> None:
    """Decide a request."""
    settings = open_settings()
    office = _office(settings)
    ruling = Ruling(
        Outcome(outcome), function, decided_by, reasons, remedy, frozenset(services), frozenset(subjects)
    )
    requests.check(ruling, office)
    with database(settings) as engine:
        if not yes:
            click.confirm(f"Décider « {outcome} » ? Ce qui est détruit ne revient pas", abort=True)
        with writing(engine) as session:
            done = requests.decide(session, office, request_id, ruling, at=system_clock())
            holding = [_hold(one) for one in done.held]
    click.echo(f"Décidée : {outcome}. {done.erased} enregistrement(s) n’ont plus rien qui les attribue.")
    for line in holding:
        click.echo(f"Retenu, détruit à la fin du gel : {line}")


_request = click.argument("request_id", metavar="ID")
_reasons = click.option("--reasons", required=True, help="Ce qui est répondu à la personne.")


@rights.command(
    help="Répond à une demande de rectification, de limitation ou d’opposition. Accorder une limitation ou"
    " une opposition retire aussi les consentements de la personne. Elle reçoit la réponse."
)
@_request
@click.option(
    "--outcome", required=True, type=click.Choice([one.value for one in Outcome]),
    help="granted : accordée ; partly : en partie ; refused : refusée.",
)  # fmt: skip
@click.option("--function", required=True, help="Fonction de qui répond, dite à la personne.")
@click.option("--decided-by", required=True, help="Nom de qui répond ; reste dans le registre.")
@_reasons
@click.option("--remedy", default="", help="Ce qui s’ajoute aux voies de recours, toujours dites d’un refus.")
@_told
def answer(request_id: str, outcome: str, function: str, decided_by: str, reasons: str, remedy: str) -> None:
    """Answer a request that destroys nothing."""
    settings = open_settings()
    ruling = Ruling(Outcome(outcome), function, decided_by, reasons, remedy)
    with database(settings) as engine, writing(engine) as session:
        answering.answer(session, _office(settings), request_id, ruling, at=system_clock())
    click.echo(f"Réponse enregistrée : {_OUTCOMES[outcome]}. La personne en est avertie.")


@rights.command(help="Prolonge de deux mois le délai de réponse, une fois ; la personne apprend pourquoi.")
@_request
@_reasons
@_told
def extend(request_id: str, reasons: str) -> None:
    """Put an answer off."""
    settings = open_settings()
    with database(settings) as engine, writing(engine) as session:
        asked = answering.extend(session, _office(settings), request_id, reasons, at=system_clock())
        due = letters.due(asked)
    click.echo(f"Prolongée : réponse au plus tard le {due}.")


@rights.command(help="Lève une limitation ; la personne en est prévenue sept jours avant.")
@_request
@_reasons
@_told
def lift_restriction(request_id: str, reasons: str) -> None:
    """End a restriction."""
    settings = open_settings()
    with database(settings) as engine, writing(engine) as session:
        asked = answering.lift(session, _office(settings), request_id, reasons, at=system_clock())
        day = words.day(asked.lifted_at) if asked.lifted_at else ""
    click.echo(f"La limitation sera levée le {day}. La personne en est prévenue.")


@click.group(help="Les gels : ce qu’un litige oblige à garder, jusqu’à une date.")
def hold() -> None:
    """Group the commands on legal holds."""


@hold.command(
    help=f"Gèle ce qui nomme une personne, {holds.MOST_YEARS} ans au plus ; ajouter de nouveau prolonge. La"
    " suppression du compte reste possible."
)
@click.option("--account-of", "email", metavar="EMAIL", help="Adresse du compte, ou de l’ancien compte.")
@click.option("--publisher", help="Éditeur, quand plusieurs connaissent cette adresse.")
@click.option("--subject", metavar="ID", help="La personne, comme ses enregistrements la désignent.")
@click.option("--service", "services", multiple=True, help="Service concerné ; répétable. Sans elle : tous.")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Dernier jour du gel.")
@click.option("--reason", required=True, help="Motif : la procédure, sans donnée personnelle inutile.")
@click.option("--function", required=True, help="Fonction de qui décide.")
@_told
def add(
    email: str | None,
    publisher: str | None,
    subject: str | None,
    services: tuple[str, ...],
    until: datetime,
    reason: str,
    function: str,
) -> None:
    """Hold something back."""
    if (email is None) == (subject is None):
        raise click.UsageError("Donnez --account-of ou --subject, l’un des deux.")
    settings = open_settings()
    end = start_of_day(until.date() + timedelta(days=1))
    with database(settings) as engine, writing(engine) as session:
        if email is not None:
            subject = holds.person(session, *_address(email), publisher)
        made = holds.add(
            session, _office(settings), subject_id=holds.known(session, subject or ""), services=services,
            until=end, reason=reason, function=function, at=system_clock(),
        )  # fmt: skip
        lines = [_hold(one) for one in made]
    for line in lines:
        click.echo(f"Gelé : {line}")


@hold.command("list", help="Montre tous les gels, ceux qui sont finis ou levés aussi.")
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@_told
def list_holds(as_json: bool) -> None:
    """Show the register of holds."""
    at = system_clock()
    with database(open_settings()) as engine, reading(engine) as session:
        found = holds.every(session)
    if as_json:
        click.echo(json.dumps([_hold_as_json(one, at) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(f"{_hold_state(one, at)} : {_hold(one)}")
    click.echo(f"{len(found)} gel(s).")


@hold.command(help="Lève un gel avant sa date ; le délai reprend.")
@click.argument("hold_id", metavar="ID")
@click.option("--reason", required=True, help="Motif de la levée.")
@click.option("--function", required=True, help="Fonction de qui décide.")
@_told
def lift(hold_id: str, reason: str, function: str) -> None:
    """Lift a hold."""
    with database(open_settings()) as engine, writing(engine) as session:
        line = _hold(holds.lift(session, hold_id, reason=reason, function=function, at=system_clock()))
    click.echo(f"Levé : {line}")


COMMANDS: tuple[click.Command, ...] = (rights, hold)
"""What `kiosk` is given."""

_WANTED = {
    "decisions": "effacer ce qui attribue les décisions",
    "everything": "effacer tout, le compte compris",
    "rectification": "rectifier (article 16)",
    "restriction": "limiter le traitement (article 18)",
    "objection": "s’opposer (article 21)",
}
_OUTCOMES = {"granted": "accordée", "partly": "accordée en partie", "refused": "refusée"}


def _address(email: str) -> tuple[str, str]:
    """Return the key of an address, and the address as it is written."""
    try:
        found = normalise(email)
    except InvalidAddressError as error:
        raise click.BadParameter("ce n’est pas une adresse") from error
    return found.key, found.written


def _line(one: RightsRequest, at: datetime) -> str:
    """Return a request on one line, which names nobody."""
    if one.decided_at is not None:
        state = f"{_OUTCOMES[one.outcome or '']} le {words.day(one.decided_at)}"
    else:
        late = "EN RETARD, à décider" if requests.is_overdue(one, at) else "à décider"
        state = f"{late} au plus tard le {letters.due(one)}"
    return f"{one.id}  {one.publisher}  reçue le {words.day(one.received_at)}  {_WANTED[one.wanted]}  {state}"


def _as_json(one: RightsRequest, at: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "publisher": one.publisher,
        "wanted": one.wanted,
        "received_at": one.received_at.isoformat(),
        "due_on": due_on(one.received_at, extended=one.extended_at is not None).isoformat(),
        "extended_at": one.extended_at and one.extended_at.isoformat(),
        "overdue": requests.is_overdue(one, at),
        "outcome": one.outcome,
        "decided_at": one.decided_at and one.decided_at.isoformat(),
        "statement": one.statement_hash,
    }


def _hold(one: LegalHold) -> str:
    return (
        f"{one.id}  personne {one.subject_id}  {one.service or 'tous les services'}  jusqu’au"
        f" {words.day(one.until - timedelta(seconds=1))}  {one.reason} ({one.function})"
    )


def _hold_state(one: LegalHold, at: datetime) -> str:
    if one.lifted_at is not None:
        return f"Levé le {words.day(one.lifted_at)}, {one.lift_reason} ({one.lifted_by})"
    return "Fini" if one.until <= at else "En cours"


def _hold_as_json(one: LegalHold, at: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "subject": one.subject_id,
        "service": one.service,
        "until": one.until.isoformat(),
        "reason": one.reason,
        "function": one.function,
        "added_at": one.added_at.isoformat(),
        "standing": one.lifted_at is None and one.until > at,
        "lifted_at": one.lifted_at and one.lifted_at.isoformat(),
        "lifted_by": one.lifted_by,
        "lift_reason": one.lift_reason,
    }
