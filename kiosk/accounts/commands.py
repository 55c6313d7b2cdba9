"""`kiosk recovery`, `kiosk incidents`, `kiosk renewal`: what staff see and decide of people's accounts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

import click
from sqlalchemy import select

from kiosk.accounts import incidents, letters, recovery, tending
from kiosk.accounts.errors import RecoveryOverError, SamePersonError, UnknownRecoveryError
from kiosk.accounts.letters import Desk
from kiosk.accounts.models import Account, RecoveryRequest
from kiosk.clock import system_clock
from kiosk.commands import database, open_settings, telling
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.ledger.saying import instant
from kiosk.texts.services import load_services

P = ParamSpec("P")
R = TypeVar("R")
_NAME, _REASON = 200, 500


def _told(command: Callable[P, R]) -> Callable[P, R]:
    """Say why nothing was recorded, and exit: 1 when it is refused, 2 for a wrong call."""
    return telling(wrong=(UnknownRecoveryError,), refused=(RecoveryOverError, SamePersonError))(command)


def desk(settings: Settings) -> Desk:
    """Return what mails are written with."""
    return Desk(
        load_services(settings.texts_dir), settings.mode.value, settings.public_url, secrets.token_bytes
    )


def _short(value: str, most: int, hint: str) -> str:
    value = " ".join(value.split())
    if not 0 < len(value) <= most:
        raise click.BadParameter(f"1 à {most} signes", param_hint=hint)
    return value


@click.group(
    "recovery", help="Les comptes dont le titulaire ne lit plus la boîte : les demandes, qui les approuve."
)
def recovery_group() -> None:
    """Group the commands on recoveries."""


@recovery_group.command("list", help="Montre les demandes, celles qui attendent d’abord.")
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@_told
def list_recoveries(as_json: bool) -> None:
    """Show the register."""
    at = system_clock()
    with database(open_settings()) as engine, reading(engine) as session:
        found = recovery.register(session)
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(_line(one, at))
        click.echo(f"  {one.former} → {one.email}\n  {one.words}")
    click.echo(f"{len(found)} demande(s).")


@recovery_group.command(
    help="Approuve une demande. Il faut deux personnes différentes, chacune ayant reconnu le titulaire par la"
    " procédure de l’éditeur. L’adresse change 72 heures après la demande, si l’ancienne ne s’y oppose pas."
)
@click.argument("request_id", metavar="ID")
@click.option("--name", required=True, help="Nom de qui approuve.")
@_told
def approve(request_id: str, name: str) -> None:
    """Approve a request."""
    settings, at = open_settings(), system_clock()
    office = desk(settings)
    with database(settings) as engine:
        with writing(engine) as session:
            asked = recovery.approve(session, request_id, _short(name, _NAME, "--name"), at=at)
            seconded, proved_at = asked.seconded_by is not None, asked.proved_at
        if not seconded:
            click.echo("Approuvée une fois. Il faut l’accord d’une seconde personne.")
            return
        with writing(engine) as session:
            ready = request_id in recovery.due(session, at)
            done = ready and tending.recover(session, office, request_id, at)
    if done:
        click.echo("Approuvée par deux personnes : l’adresse est changée, les deux boîtes sont averties.")
    elif ready:
        click.echo("Approuvée, mais la nouvelle adresse a un compte depuis : rien n’est changé.")
    elif proved_at is not None:
        click.echo(
            "Approuvée par deux personnes. Si l’ancienne adresse ne s’y oppose pas, elle changera le"
            f" {instant(proved_at + recovery.WAIT)}."
        )


@recovery_group.command(help="Refuse une demande, pour un motif qui est envoyé à la personne.")
@click.argument("request_id", metavar="ID")
@click.option("--name", required=True, help="Nom de qui refuse.")
@click.option("--reason", required=True, help="Motif.")
@_told
def refuse(request_id: str, name: str, reason: str) -> None:
    """Refuse a request."""
    settings, at = open_settings(), system_clock()
    with database(settings) as engine, writing(engine) as session:
        asked = recovery.refuse(
            session, request_id, _short(name, _NAME, "--name"), _short(reason, _REASON, "--reason"), at=at
        )
        letters.send(
            session, "recovery_refused", key=f"recovery-refused:{asked.id}", to=asked.email,
            desk=desk(settings), publisher=asked.publisher, at=at, reason=asked.reason,
        )  # fmt: skip
    click.echo("Refusée. La personne est avertie à la nouvelle adresse.")


def _as_json(one: RecoveryRequest) -> dict[str, Any]:
    return {
        "id": one.id, "publisher": one.publisher, "account": one.account_id, "former": one.former,
        "email": one.email, "words": one.words, "proved_at": _iso(one.proved_at),
        "approved_by": one.approved_by, "approved_at": _iso(one.approved_at),
        "seconded_by": one.seconded_by, "seconded_at": _iso(one.seconded_at),
        "refused_by": one.refused_by, "reason": one.reason, "outcome": one.outcome,
        "ended_at": _iso(one.ended_at),
    }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


_OUTCOMES = {
    "done": "adresse changée", "refused": "refusée", "objected": "annulée par l’ancienne adresse",
    "taken": "nouvelle adresse prise depuis", "over": "une autre demande l’a précédée",
}  # fmt: skip


def _line(one: RecoveryRequest, at: datetime) -> str:
    if one.outcome is not None:
        state = _OUTCOMES[one.outcome]
    elif one.seconded_by is not None:
        state = f"approuvée par {one.approved_by} et {one.seconded_by}"
    else:
        state = (
            f"approuvée par {one.approved_by}, une seconde personne manque" if one.approved_by else "attend"
        )
    asked_at = one.proved_at or one.asked_at
    open_at = asked_at + recovery.WAIT
    wait = f", délai jusqu’au {instant(open_at)}" if one.outcome is None and at < open_at else ""
    return f"{one.id}  {one.publisher}  {instant(asked_at)}  {state}{wait}"


@click.group("incidents", help="Les vols de mot de passe et usages frauduleux signalés.")
def incidents_group() -> None:
    """Group the commands on incidents."""


@incidents_group.command("list", help="Montre le registre : quand, à qui, si le message est parti.")
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@_told
def list_incidents(as_json: bool) -> None:
    """Show the register; it names nobody."""
    with database(open_settings()) as engine, reading(engine) as session:
        found = incidents.register(session)
    if as_json:
        told = [
            {"id": one.id, "services": list(one.services), "address": one.address,
             "received_at": one.received_at.isoformat(), "state": one.state.value}
            for one in found
        ]  # fmt: skip
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    words = {
        incidents.State.SENT: "envoyé", incidents.State.DELIVERED: "remis au serveur",
        incidents.State.UNDELIVERED: "non remis", incidents.State.BY_HAND: "sans adresse électronique",
    }  # fmt: skip
    for one in found:
        whom = one.address or "-"
        click.echo(
            f"{one.id}  {instant(one.received_at)}  {', '.join(one.services)}  {whom}  {words[one.state]}"
        )
    click.echo(f"{len(found)} signalement(s).")


@click.group("renewal", help="Les mots de passe qui n’ont pas été renouvelés.")
def renewal_group() -> None:
    """Group the commands on renewal."""


@renewal_group.command("list", help="Montre les comptes dont la suspension est proposée ; quelqu’un décide.")
@_told
def list_proposed() -> None:
    """Show the proposals; nothing is suspended by itself."""
    with database(open_settings()) as engine, reading(engine) as session:
        found = session.execute(
            select(Account.id, Account.publisher, Account.suspension_proposed_at)
            .where(Account.suspension_proposed_at.is_not(None))
            .order_by(Account.suspension_proposed_at, Account.id)
        ).all()
    for account_id, publisher, proposed_at in found:
        click.echo(f"{account_id}  {publisher}  proposée le {instant(proposed_at)}" if proposed_at else "")
    click.echo(f"{len(found)} suspension(s) proposée(s).")


COMMANDS = (recovery_group, incidents_group, renewal_group)
