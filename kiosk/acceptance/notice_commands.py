"""`kiosk notices`: what is announced, « Arrêter l'envoi », and the mails that come back."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar

import click

from cgu_archive.corpus.model import Address
from kiosk.clock import system_clock
from kiosk.commands import database, open_settings, telling
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.ledger.administration import Operator, Registrar
from kiosk.notices import announcements, bounces
from kiosk.notices.announcements import Standing, State
from kiosk.notices.errors import AnnouncementError, BounceError, UnknownAnnouncementError
from kiosk.notices.models import AnnouncementAct
from kiosk.texts import services as texts

P = ParamSpec("P")
R = TypeVar("R")

_SHOWN = 20
_STATES = {
    State.HELD: "en attente",
    State.UNDER_WAY: "en cours",
    State.STOPPED: "arrêté",
    State.ENDED: "terminé",
}
_ACTS = {"stopped": "arrêté", "resumed": "repris"}
_function = click.option(
    "--function", required=True, help="Fonction de qui le décide, gardée : « Directrice juridique »."
)
_reason = click.option("--reason", required=True, help="Motif, gardé lui aussi. Ne nommez personne.")
_yes = click.option("--yes", is_flag=True, help="N’attend pas de confirmation.")


def _means(settings: Settings) -> Registrar:
    return Registrar(settings.mode.value, secrets.token_bytes)


def _told(command: Callable[P, R]) -> Callable[P, R]:
    """Say on one line why nothing was done, and exit: 2 for a wrong call, 1 for anything refused."""
    return telling(wrong=(UnknownAnnouncementError,), refused=(AnnouncementError, BounceError))(command)


@click.group(
    "notices", help="Les avis de nouvelle version : où ils en sont, les arrêter, ceux qui reviennent."
)
def group() -> None:
    """Group the commands on notices."""


@group.command("list", help=f"Montre les {_SHOWN} dernières annonces, la plus récente d’abord.")
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@_told
def show(as_json: bool) -> None:
    """Show where each announcement stands."""
    with database(open_settings()) as engine, reading(engine) as session:
        held = announcements.latest(session, _SHOWN, system_clock())
        acts = {one.version.id: announcements.acts(session, one.version.id) for one in held}
    if as_json:
        told = [_as_json(one, acts[one.version.id]) for one in held]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in held:
        click.echo(_as_text(one))
        for act in acts[one.version.id]:
            click.echo(
                f"  {_ACTS[act.act]} le {_utc(act.at)} par : {act.function} ; motif : {act.reason} ;"
                f" {act.had_left} parti(s)"
            )
    click.echo(f"{len(held)} annonce(s).")


@group.command(help="Arrête l’envoi des avis de la version ADDRESS (par exemple demonstration/cgu/v7).")
@click.argument("address")
@_function
@_reason
@_yes
@_told
def stop(address: str, function: str, reason: str, yes: bool) -> None:
    """Stop what has not left."""
    here = Address.parse(address)
    settings = open_settings()
    with database(settings) as engine:
        if not yes:
            click.confirm(f"Arrêter l’envoi des avis de {here} ?", abort=True)
        with writing(engine) as session:
            version_id = texts.by_address(session, here).id
            found = announcements.stop(
                session, version_id, by=Operator(function), means=_means(settings), reason=reason,
                at=system_clock(),
            )  # fmt: skip
    click.echo(
        f"Arrêté. Messages déjà partis : {found.left} ; prêts et retenus : {found.kept_back}."
        " Un message en cours de remise peut encore partir. « kiosk notices resume » reprend l’envoi."
    )


@group.command(help="Reprend l’envoi arrêté des avis de la version ADDRESS ; personne n’en reçoit deux.")
@click.argument("address")
@_function
@_reason
@_yes
@_told
def resume(address: str, function: str, reason: str, yes: bool) -> None:
    """Go on with what was stopped."""
    here = Address.parse(address)
    settings = open_settings()
    with database(settings) as engine:
        if not yes:
            click.confirm(f"Reprendre l’envoi des avis de {here} ?", abort=True)
        with writing(engine) as session:
            version_id = texts.by_address(session, here).id
            waiting = announcements.resume(
                session, version_id, by=Operator(function), means=_means(settings), reason=reason,
                at=system_clock(),
            )  # fmt: skip
    click.echo(f"Repris. Messages retenus qui repartent : {waiting}.")


@group.command(
    help="Lit sur l’entrée standard un avis de non-remise (RFC 3464), comme un serveur de courrier le donne à"
    " un alias, et inscrit au registre que l’avis n’a pas été remis."
)
@_told
def bounce() -> None:
    """Record a mail that came back."""
    settings = open_settings()
    message = bounces.returned(sys.stdin.buffer.read(bounces.MAX_BYTES + 1))
    if message is None:
        click.echo("Rien à inscrire : la remise n’est pas abandonnée.")
        return
    with database(settings) as engine, writing(engine) as session:
        digest = bounces.record(
            session, message, environment=settings.mode.value, at=system_clock(),
            randomness=secrets.token_bytes,
        )  # fmt: skip
    click.echo(f"Inscrit : {digest}" if digest else "Déjà inscrit.")


def _as_text(one: Standing) -> str:
    held = one.announcement
    state = "EN ÉCHEC : « kiosk notices resume » réessaie" if one.stuck else _STATES[one.state]
    if one.state is State.HELD:
        state += f" jusqu’au {_utc(held.not_before)}"
    return (
        f"{texts.address(one.version)} : {state}. Personnes : {one.told} ; partis : {one.left} ; en attente :"
        f" {one.waiting} ; non remis : {one.refused} ; annulés : {one.cancelled}"
    )


def _as_json(one: Standing, acts: list[AnnouncementAct]) -> dict[str, Any]:
    held = one.announcement
    return {
        "address": str(texts.address(one.version)),
        "state": one.state.value,
        "stuck": one.stuck,
        "announced_at": _utc(held.announced_at),
        "not_before": _utc(held.not_before),
        "told": one.told,
        "left": one.left,
        "waiting": one.waiting,
        "refused": one.refused,
        "cancelled": one.cancelled,
        "acts": [
            {
                "act": act.act,
                "function": act.function,
                "reason": act.reason,
                "at": _utc(act.at),
                "had_left": act.had_left,
            }
            for act in acts
        ],
    }


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
