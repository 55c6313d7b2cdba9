"""`kiosk sanction list|show|clauses`: the register, one procedure, what a notice may cite."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

import click

from kiosk.clock import system_clock
from kiosk.commands import database
from kiosk.db import reading, writing
from kiosk.ledger.saying import instant
from kiosk.sanctions import register, words
from kiosk.sanctions.policy import Measure, State, days_to_answer
from kiosk.sanctions.register import Procedure
from kiosk.sanctions.terminal import (
    ask_person,
    office_of,
    open_sanctions,
    refuse_other,
    searched,
    signed_in,
    told,
)
from kiosk.staff.officers import let_act
from kiosk.staff.roles import Role
from kiosk.staff.terminal import acting_as
from kiosk.texts import services as texts


@click.command(
    "list", help="Montre les procédures, celles dont le délai est passé d’abord. Code 1 : il y en a."
)
@click.option("--publisher", required=True, help="Éditeur, par exemple dgefp.")
@click.option("--all", "whole", is_flag=True, help="Celles qui sont closes aussi.")
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@told
def list_procedures(publisher: str, whole: bool, as_json: bool) -> None:
    """Show the register; closing is proposed, and decided by somebody."""
    at = system_clock()
    with database(open_sanctions()) as engine, reading(engine) as session:
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


@click.command("show", help="Montre une procédure : chaque acte, ses mots, ce qu’est devenu son message.")
@click.argument("procedure_id", metavar="PROCEDURE")
@signed_in
@told
def show(procedure_id: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Show the file of one procedure, to somebody who signed in: it names what a person is reproached."""
    settings, at = open_sanctions(), system_clock()
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


@click.command(
    "clauses", help="Montre les dispositions de la version qui lie la personne, à citer dans un avis."
)
@click.option("--service", required=True, help="Service concerné.")
@click.option("--terms", default="cgu", show_default=True, help="Document de ce service.")
@signed_in
@told
def clauses(service: str, terms: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Show the clauses that a notice may rely on (requirement S-46)."""
    settings, at = open_sanctions(), system_clock()
    office = office_of(settings)
    refuse_other(office, publisher, service)
    with database(settings) as engine:
        acting = acting_as(engine, settings, publisher, login, secret_fd, at)
        account_id = searched(engine, acting, service, ask_person())
        with reading(engine) as session:
            _, version = register.bound(session, account_id, service, terms, at)
            click.echo(f"Version : {texts.address(version)}")
            click.echo(
                f"Délai de réponse : {days_to_answer(texts.rules(version))} jours calendaires au moins"
            )
            for one in register.clauses(version):
                click.echo(f"{one.address}\t{words.clause(one)}")


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
