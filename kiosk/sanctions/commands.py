"""`kiosk sanction`: notice, urgent measure, decision, closing, restoration; who acts signs in.

What only reads stands in `register_commands`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from cgu_archive.corpus.dates import start_of_day
from kiosk.accounts import barred
from kiosk.clock import system_clock
from kiosk.commands import database
from kiosk.db import writing
from kiosk.environment import ConfigurationError
from kiosk.ledger.administration import Registrar
from kiosk.retention.erasures import Office
from kiosk.sanctions import proposing, register, services, words
from kiosk.sanctions.checking import Notice, Ruling
from kiosk.sanctions.errors import UnknownProcedureError
from kiosk.sanctions.models import SanctionAct, SanctionProposal
from kiosk.sanctions.policy import NEVER_URGENT, Ground, Measure, days_to_answer
from kiosk.sanctions.recording import Author, record_release
from kiosk.sanctions.register_commands import clauses, list_procedures, show
from kiosk.sanctions.terminal import (
    ask_person,
    office_of,
    open_sanctions,
    options,
    refuse_other,
    searched,
    signed_in,
    told,
)
from kiosk.staff.officers import Person, let_act
from kiosk.staff.roles import Role
from kiosk.staff.terminal import acting_as
from kiosk.texts import services as texts

_MEASURES = [one.value for one in Measure]
_GROUNDS = [one.value for one in Ground]
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MAX_FILE_BYTES = 20_000


_decided = options(
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
_noticed = options(
    click.option("--service", required=True, help="Service concerné."),
    click.option("--terms", default="cgu", show_default=True, help="Document de ce service."),
    click.option("--provision", required=True, help="Disposition, par exemple p-61 (sanction clauses)."),
    click.option("--contact", required=True, help="Où voir le dossier et être entendu ; jamais un nom."),
    click.option("--days", type=int, help="Jours calendaires pour répondre ; sans lui, ceux du texte."),
)  # fmt: skip


@click.group("sanction", help="Les mesures après un manquement : avis, réponse, décision, levée.")
def group() -> None:
    """Group the commands on measures."""


for _one in (list_procedures, show, clauses):
    group.add_command(_one)


@group.command("notify", help="Avertit une personne de la mesure envisagée ; son adresse est demandée.")
@signed_in
@_noticed
@_decided
@told
def notify(publisher: str, login: str, secret_fd: int | None, **given: Any) -> None:
    """Send a notice."""
    _begin(publisher, login, secret_fd, given, "")


@group.command(
    "urgent",
    help="Prend la mesure avant d’avoir entendu la personne ; l’urgence se motive, et la procédure suit."
    f" Jamais : {', '.join(sorted(NEVER_URGENT))}.",
)
@signed_in
@_noticed
@_decided
@click.option("--urgency", required=True, type=_FILE, help="Fichier : pourquoi cela ne peut pas attendre.")
@told
def urgent(publisher: str, login: str, secret_fd: int | None, urgency: Path, **given: Any) -> None:
    """Take a measure at once."""
    _begin(publisher, login, secret_fd, given, _text(urgency))


def _begin(publisher: str, login: str, secret_fd: int | None, given: dict[str, Any], urgency: str) -> None:
    settings, at = open_sanctions(), system_clock()
    office = office_of(settings)
    refuse_other(office, publisher, given["service"])
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, at)
        account_id = searched(engine, acting, given["service"], ask_person())
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
@signed_in
@_decided
@click.option(
    "--reached-on", type=click.DateTime(["%Y-%m-%d"]),
    help="Jour où l’avis a été remis autrement (lettre recommandée, en mains propres), son message perdu.",
)  # fmt: skip
@told
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
@click.option("--read", metavar="INSTANT", help="La proposition lue ; sans elle, montre ce qui est proposé.")
@signed_in
@told
def confirm(procedure_id: str, read: str | None, publisher: str, login: str, secret_fd: int | None) -> None:
    """Confirm what was proposed and read: nobody confirms blindly."""
    if read is None:
        _show_proposed(publisher, login, secret_fd, procedure_id)
        return
    _act(
        publisher,
        login,
        secret_fd,
        procedure_id,
        lambda session, office, author: services.confirm(
            session, office, publisher, procedure_id, author, system_clock(), read=read
        ),
    )


def _show_proposed(publisher: str, login: str, secret_fd: int | None, procedure_id: str) -> None:
    settings = open_sanctions()
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, system_clock())
        with writing(engine) as session:
            _let_decide(session, acting, publisher, procedure_id)
            proposal = proposing.waiting(session, publisher, procedure_id)
            said = proposal.content
            what = words.measure_on(Measure(said["measure"]), said["right"], Ground(said["ground"]))
            click.echo(f"{what}, proposée par : {proposal.function}")
            click.echo(f"Faits : {said['facts']}")
            click.echo(f"Rien n’est pris. Pour la prendre : --read {proposal.at.isoformat()}")


@group.command("withdraw", help="Retire ce qui attend une seconde personne.")
@click.argument("procedure_id", metavar="PROCEDURE")
@signed_in
@told
def withdraw(procedure_id: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Withdraw what was proposed."""
    settings = open_sanctions()
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, system_clock())
        with writing(engine) as session:
            _let_decide(session, acting, publisher, procedure_id)
            proposing.withdraw(session, publisher, procedure_id)
    click.echo("Retirée.")


@group.command("drop", help="Clôt une procédure sans mesure ; une mesure prise d’urgence est levée.")
@click.argument("procedure_id", metavar="PROCEDURE")
@signed_in
@click.option("--facts", required=True, type=_FILE, help="Fichier des motifs, 1 000 signes au plus.")
@told
def drop(procedure_id: str, publisher: str, login: str, secret_fd: int | None, facts: Path) -> None:
    """Close a procedure without a measure."""
    _close(services.drop, publisher, login, secret_fd, procedure_id, facts)


@group.command("restore", help="Lève une mesure qui dure ; l’accès revient à la page suivante.")
@click.argument("procedure_id", metavar="PROCEDURE")
@signed_in
@click.option("--facts", required=True, type=_FILE, help="Fichier des motifs, 1 000 signes au plus.")
@told
def restore(procedure_id: str, publisher: str, login: str, secret_fd: int | None, facts: Path) -> None:
    """Lift a measure."""
    _close(services.restore, publisher, login, secret_fd, procedure_id, facts)


@group.command("release", help="Lève ce qui reste d’une mesure après la suppression du compte.")
@click.argument("procedure_id", metavar="PROCEDURE")
@signed_in
@told
def release(procedure_id: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Lift what outlived an account that its holder deleted; who came back has access again."""
    settings = open_sanctions()
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, system_clock())
        with writing(engine) as session:
            let_act(session, acting, Role.SANCTIONS, system_clock())
            if not barred.release(session, publisher, procedure_id):
                raise UnknownProcedureError(f"Rien n’est gardé de la procédure {procedure_id}.")
            means = Registrar(settings.mode.value, secrets.token_bytes)
            record_release(session, means, acting, procedure_id, system_clock())
    click.echo("Levée.")


def _close(
    end: Callable[[Session, Office, str, str, Author, str, datetime], SanctionAct],
    publisher: str,
    login: str,
    secret_fd: int | None,
    procedure_id: str,
    facts: Path,
) -> None:
    """Let somebody in, and end a procedure or its measure for the reasons in the file `facts`."""
    why = _text(facts)
    _act(
        publisher,
        login,
        secret_fd,
        procedure_id,
        lambda session, office, author: end(
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
    settings = open_sanctions()
    office = office_of(settings)
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
