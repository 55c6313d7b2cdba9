"""`kiosk sanction`: notice, urgent measure, decision, closing, restoration; who acts signs in."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cgu_archive.corpus.dates import start_of_day
from kiosk.acceptance.errors import AccountClosedError
from kiosk.clock import system_clock
from kiosk.commands import database, open_settings, telling
from kiosk.config import ConfigurationError, Settings
from kiosk.db import reading, writing
from kiosk.ledger.saying import instant
from kiosk.retention.erasures import Office
from kiosk.sanctions import proposing, register, searching, services, words
from kiosk.sanctions.checking import Notice, Ruling
from kiosk.sanctions.errors import SanctionError, UnknownAccountError, UnknownProcedureError
from kiosk.sanctions.models import SanctionAct, SanctionProposal
from kiosk.sanctions.policy import NEVER_URGENT, Ground, Measure, State, days_to_answer
from kiosk.sanctions.recording import Author
from kiosk.sanctions.register import Procedure
from kiosk.staff.errors import StaffError, UnknownOfficerError
from kiosk.staff.officers import Person, let_act
from kiosk.staff.roles import Role
from kiosk.staff.terminal import acting_as, login_option, publisher_option, secret_option
from kiosk.texts import services as texts

P = ParamSpec("P")
R = TypeVar("R")
_MEASURES = [one.value for one in Measure]
_GROUNDS = [one.value for one in Ground]
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MAX_FILE_BYTES = 20_000


def _told(command: Callable[P, R]) -> Callable[P, R]:
    """Say on one line why nothing was done, and exit: 2 for a wrong call, 1 for anything refused."""
    unknown = (UnknownOfficerError, UnknownProcedureError, UnknownAccountError)
    return telling(wrong=unknown, refused=(SanctionError, StaffError, AccountClosedError))(command)


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return one decorator for several options, shown in their order."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_acting = _options(publisher_option, login_option, secret_option)
_decided = _options(
    click.option("--measure", required=True, type=click.Choice(_MEASURES), help="La mesure."),
    click.option("--right", help="Le droit suspendu, avec right : l’un de ceux que le service nomme."),
    click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Dernier jour ; sans lui, sans terme."),
    click.option("--ground", required=True, type=click.Choice(_GROUNDS), help="Ce qui la fonde."),
    click.option("--facts", required=True, type=_FILE, help="Fichier : faits et motifs (1 000 signes)."),
    click.option(
        "--actions", required=True, type=_FILE,
        help="Fichier : ce que la personne peut faire pour rétablir son accès.",
    ),
)  # fmt: skip
_noticed = _options(
    click.option("--service", required=True, help="Service concerné."),
    click.option("--terms", default="cgu", show_default=True, help="Document de ce service."),
    click.option("--provision", required=True, help="Disposition, par exemple p-61 (sanction clauses)."),
    click.option("--contact", required=True, help="Où voir le dossier et être entendu ; jamais un nom."),
    click.option("--days", type=int, help="Jours calendaires pour répondre ; sans lui, ceux du texte."),
)  # fmt: skip


@click.group("sanction", help="Les mesures après un manquement : avis, réponse, décision, levée.")
def group() -> None:
    """Group the commands on measures."""


@group.command(
    "list", help="Montre les procédures, celles dont le délai est passé d’abord. Code 1 : il y en a."
)
@click.option("--publisher", required=True, help="Éditeur, par exemple dgefp.")
@click.option("--all", "whole", is_flag=True, help="Celles qui sont closes aussi.")
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@_told
def list_procedures(publisher: str, whole: bool, as_json: bool) -> None:
    """Show the register; closing is proposed, and decided by somebody."""
    at = system_clock()
    with database(_settings()) as engine, reading(engine) as session:
        found = [one for one in register.of_publisher(session, publisher, at) if whole or not one.is_over]
        waiting = register.proposals(session, publisher)
        lines = [_as_json(one, at) for one in found]
        said = [_line(one, at) for one in found]
    if as_json:
        click.echo(json.dumps(lines, ensure_ascii=False, indent=2))
    else:
        for line in said:
            click.echo(line)
        for one in waiting:
            click.echo(f"{one.procedure_id}  attend une seconde personne (proposée par : {one.function})")
        click.echo(f"{len(found)} procédure(s).")
    if any(one["state"] == State.DUE.value for one in lines):
        sys.exit(1)


@group.command("show", help="Montre une procédure : chaque acte, ses mots, ce qu’est devenu son message.")
@click.argument("procedure_id", metavar="PROCEDURE")
@_acting
@_told
def show(procedure_id: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Show the file of one procedure, to somebody who signed in: it names what a person is reproached."""
    settings, at = _settings(), system_clock()
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, at)
        with writing(engine) as session:
            found = register.get(session, publisher, procedure_id)
            let_act(session, acting, Role.SANCTIONS, at, (found.opening.service,))
            said = register.disclosed(session, found.acts)
            click.echo(_line(found, at))
            for act in found.acts:
                click.echo(f"{instant(act.at)}  {act.act}  {words.measure(Measure(act.measure), act.right)}")
                for field, value in said[act.statement_hash].items():
                    if field != "account":
                        click.echo(f"  {field} : {value}")


@group.command(
    "clauses", help="Montre les dispositions de la version qui lie la personne, à citer dans un avis."
)
@click.option("--service", required=True, help="Service concerné.")
@click.option("--terms", default="cgu", show_default=True, help="Document de ce service.")
@_acting
@_told
def clauses(service: str, terms: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Show the clauses that a notice may rely on (requirement S-46)."""
    settings, at = _settings(), system_clock()
    office = _office(settings)
    _refuse_other(office, publisher, service)
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, at)
        account_id = _searched(engine, acting, service, _person())
        with reading(engine) as session:
            _, version = register.bound(session, account_id, service, terms, at)
            click.echo(f"Version : {texts.address(version)}")
            click.echo(
                f"Délai de réponse : {days_to_answer(texts.rules(version))} jours calendaires au moins"
            )
            for one in register.clauses(version):
                click.echo(f"{one.address}\t{words.clause(one)}")


@group.command("notify", help="Avertit une personne de la mesure envisagée ; son adresse est demandée.")
@_acting
@_noticed
@_decided
@_told
def notify(publisher: str, login: str, secret_fd: int | None, **given: Any) -> None:
    """Send a notice."""
    _begin(publisher, login, secret_fd, given, "")


@group.command(
    "urgent",
    help="Prend la mesure avant d’avoir entendu la personne ; l’urgence se motive, et la procédure suit."
    f" Jamais : {', '.join(sorted(NEVER_URGENT))}.",
)
@_acting
@_noticed
@_decided
@click.option("--urgency", required=True, type=_FILE, help="Fichier : pourquoi cela ne peut pas attendre.")
@_told
def urgent(publisher: str, login: str, secret_fd: int | None, urgency: Path, **given: Any) -> None:
    """Take a measure at once."""
    _begin(publisher, login, secret_fd, given, _text(urgency))


def _begin(publisher: str, login: str, secret_fd: int | None, given: dict[str, Any], urgency: str) -> None:
    settings, at = _settings(), system_clock()
    office = _office(settings)
    _refuse_other(office, publisher, given["service"])
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, at)
        account_id = _searched(engine, acting, given["service"], _person())
        author = Author(acting.id, acting.function, acting.name)
        with writing(engine) as session:
            let_act(session, acting, Role.SANCTIONS, at, (given["service"],))
            notice = _notice(session, office, account_id, given, urgency, at)
            act = services.take_urgently if urgency else services.notify
            made = act(session, office, account_id, author, notice, system_clock())
            said = _said(made)
    click.echo(said)


def _notice(
    session: Session, office: Office, account_id: str, given: dict[str, Any], urgency: str, at: datetime
) -> Notice:
    days = given["days"]
    if days is None:
        _, version = register.bound(session, account_id, given["service"], given["terms"], at)
        days = days_to_answer(texts.rules(version))
    return Notice(
        service=given["service"],
        terms=given["terms"],
        provision=given["provision"],
        contact=given["contact"],
        assistance=words.assistance(office.services[given["service"]].publisher),
        days=days,
        urgency=urgency,
        **_measure(given),
    )


def _measure(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "measure": Measure(given["measure"]),
        "right": given["right"],
        "until": _end(given["until"]),
        "ground": Ground(given["ground"]),
        "facts": _text(given["facts"]),
        "actions": _text(given["actions"]),
    }


@group.command(
    "decide",
    help="Décide, le délai de réponse passé ; résiliation et suppression attendent une seconde personne.",
)
@click.argument("procedure_id", metavar="PROCEDURE")
@_acting
@_decided
@click.option(
    "--reached-on", type=click.DateTime(["%Y-%m-%d"]),
    help="Jour où l’avis a été remis autrement (lettre recommandée, en mains propres), son message perdu.",
)  # fmt: skip
@_told
def decide(
    procedure_id: str,
    publisher: str,
    login: str,
    secret_fd: int | None,
    reached_on: datetime | None,
    **given: Any,
) -> None:
    """Decide a measure."""
    ruling = Ruling(**_measure(given))
    day: date | None = reached_on.date() if reached_on else None
    _act(
        publisher,
        login,
        secret_fd,
        procedure_id,
        lambda session, office, author: services.decide(
            session, office, publisher, procedure_id, author, ruling, system_clock(), reached_on=day
        ),
    )


@group.command("confirm", help="Prend la mesure que quelqu’un d’autre a proposée.")
@click.argument("procedure_id", metavar="PROCEDURE")
@_acting
@_told
def confirm(procedure_id: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Confirm what was proposed."""
    _act(
        publisher,
        login,
        secret_fd,
        procedure_id,
        lambda session, office, author: services.confirm(
            session, office, publisher, procedure_id, author, system_clock()
        ),
    )


@group.command("withdraw", help="Retire ce qui attend une seconde personne.")
@click.argument("procedure_id", metavar="PROCEDURE")
@_acting
@_told
def withdraw(procedure_id: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Withdraw what was proposed."""
    settings = _settings()
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, system_clock())
        with writing(engine) as session:
            _let_decide(session, acting, publisher, procedure_id)
            proposing.withdraw(session, publisher, procedure_id)
    click.echo("Retirée.")


@group.command("drop", help="Clôt une procédure sans mesure ; une mesure prise d’urgence est levée.")
@click.argument("procedure_id", metavar="PROCEDURE")
@_acting
@click.option("--facts", required=True, type=_FILE, help="Fichier des motifs, 1 000 signes au plus.")
@_told
def drop(procedure_id: str, publisher: str, login: str, secret_fd: int | None, facts: Path) -> None:
    """Close a procedure without a measure."""
    why = _text(facts)
    _act(
        publisher,
        login,
        secret_fd,
        procedure_id,
        lambda session, office, author: services.drop(
            session, office, publisher, procedure_id, author, why, system_clock()
        ),
    )


@group.command("restore", help="Lève une mesure qui dure ; l’accès revient à la page suivante.")
@click.argument("procedure_id", metavar="PROCEDURE")
@_acting
@click.option("--facts", required=True, type=_FILE, help="Fichier des motifs, 1 000 signes au plus.")
@_told
def restore(procedure_id: str, publisher: str, login: str, secret_fd: int | None, facts: Path) -> None:
    """Lift a measure."""
    why = _text(facts)
    _act(
        publisher,
        login,
        secret_fd,
        procedure_id,
        lambda session, office, author: services.restore(
            session, office, publisher, procedure_id, author, why, system_clock()
        ),
    )


def _act(
    publisher: str,
    login: str,
    secret_fd: int | None,
    procedure_id: str,
    act: Callable[[Session, Office, Author], SanctionAct | SanctionProposal],
) -> None:
    """Let somebody in, do `act` in one transaction, and say what was done."""
    settings = _settings()
    office = _office(settings)
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, system_clock())
        with writing(engine) as session:
            _let_decide(session, acting, publisher, procedure_id)
            said = _said(act(session, office, Author(acting.id, acting.function, acting.name)))
    click.echo(said)


def _let_decide(session: Session, acting: Person, publisher: str, procedure_id: str) -> None:
    """Let an officer act on a procedure: theirs is the role at its service. Raises `OfficerError`."""
    service = register.service_of(session, publisher, procedure_id)
    let_act(session, acting, Role.SANCTIONS, system_clock(), (service,))


def _said(made: SanctionAct | SanctionProposal) -> str:
    if isinstance(made, SanctionProposal):
        return f"{made.procedure_id}\nProposée : une seconde personne la confirme (kiosk sanction confirm)."
    due = f" Réponse possible jusqu’au {words.ending(made.answer_by)}." if made.answer_by else ""
    return f"{made.procedure_id}\nEnregistrée ; la personne est prévenue par message.{due}"


def _line(one: Procedure, at: datetime) -> str:
    opening, last = one.opening, one.last
    line = (
        f"{one.id}  {opening.service}  {words.measure(Measure(last.measure), last.right)} :"
        f" {words.STATES[one.state(at)]}"
    )
    due_at = one.due_at()
    if one.state(at) is State.WAITING:
        line += f", à décider après le {words.ending(due_at)}" if due_at else ", avis pas encore remis"
    answers = sum(act.act == "answer" for act in one.acts)
    return f"{line} ; {answers} réponse(s)"


def _as_json(one: Procedure, at: datetime) -> dict[str, Any]:
    due_at = one.due_at()
    return {
        "id": one.id,
        "service": one.opening.service,
        "provision": one.opening.provision,
        "measure": one.last.measure,
        "right": one.last.right,
        "state": one.state(at).value,
        "opened_at": one.opening.at.isoformat(),
        "due_at": due_at and due_at.isoformat(),
        "until": one.last.until and one.last.until.isoformat(),
        "answers": sum(act.act == "answer" for act in one.acts),
        "waits_for_a_second_person": one.proposal is not None,
    }


def _settings() -> Settings:
    settings = open_settings()
    if not settings.sanctions:
        raise ConfigurationError("KIOSK_SANCTIONS vaut 0 : ce kiosque ne prend aucune mesure.")
    return settings


def _office(settings: Settings) -> Office:
    known = texts.load_services(settings.texts_dir)
    return Office(known, settings.mode.value, settings.public_url, secrets.token_bytes)


def _refuse_other(office: Office, publisher: str, service: str) -> None:
    known = office.services.get(service)
    if known is None or known.publisher.slug != publisher:
        raise ConfigurationError(f"« {service} » n’est pas un service de « {publisher} ».")


def _searched(engine: Engine, acting: Person, service: str, address: str) -> str:
    """Return the account of an address, once it is committed that somebody searched."""
    with writing(engine) as session:
        found = searching.search(session, acting, service, address, system_clock(), secrets.token_bytes)
    if found is None:
        raise UnknownAccountError("Aucun compte de cet éditeur n’a cette adresse.")
    return found


def _person() -> str:
    """Return the address of who is meant: asked, for commands are kept in histories."""
    typed: str = click.prompt("Adresse électronique de la personne", err=True)
    return typed.strip()


def _text(file: Path) -> str:
    """Return the words of a file: they name a person, and commands are kept in histories."""
    try:
        if file.stat().st_size > _MAX_FILE_BYTES:
            raise ConfigurationError(f"« {file} » est trop long : {words.TEXT} signes au plus.")
        return file.read_text("utf-8").replace("\r\n", "\n").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"« {file} » n’est pas un texte UTF-8 lisible.") from error


def _end(day: datetime | None) -> datetime | None:
    """Return the instant at which the day after `day` begins in Paris: the last day counts whole."""
    return start_of_day(date.fromordinal(day.date().toordinal() + 1)) if day else None
