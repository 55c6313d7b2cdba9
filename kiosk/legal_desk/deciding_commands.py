"""`kiosk draft`: approve, send back, have it read, schedule, publish, cancel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from kiosk.clock import system_clock
from kiosk.db import reading, writing
from kiosk.ledger.saying import plain_utc
from kiosk.legal_desk import approving, cancelling, linking, publishing, scheduling
from kiosk.legal_desk.approving import Visa
from kiosk.legal_desk.draft_terminal import (
    Acting,
    by_officer,
    draft_argument,
    group,
    reason_option,
    yes_option,
)
from kiosk.legal_desk.drafts import Held, find
from kiosk.legal_desk.policy import closed_by
from kiosk.security import keyed_hasher
from kiosk.texts import services

_BY_REASON: tuple[tuple[str, str, Callable[..., Held]], ...] = (
    ("return", "Renvoie le brouillon à son auteur.", approving.send_back),
    ("unschedule", "Lève la programmation d’une publication.", scheduling.unschedule),
    (
        "uncancel",
        "Retire la demande d’annulation d’une version, avant sa confirmation.",
        cancelling.take_back,
    ),
)
"""Commands of one act that takes a reason."""


def _with_reason(name: str, words: str, act: Callable[..., Held]) -> None:
    @group.command(name, help=words)
    @draft_argument
    @reason_option
    @by_officer
    def run(acting: Acting, draft_id: str, reason: str) -> None:
        acting.do(lambda session, at: act(session, acting.desk, acting.officer, draft_id, at, words=reason))


for _one in _BY_REASON:
    _with_reason(*_one)


@group.command(help="Approuve le brouillon, écrit par quelqu’un d’autre.")
@draft_argument
@click.option("--hash", "seen", required=True, help="Empreinte, comme la montre « kiosk draft show ».")
@click.option("--words", help="Ce que vous en dites.")
@by_officer
def approve(acting: Acting, draft_id: str, seen: str, words: str | None) -> None:
    """Approve a draft."""
    said = approving.reason(words) if words else None
    acting.do(
        lambda session, at: approving.approve(
            session, acting.desk, acting.officer, draft_id, at, seen=seen, words=said
        )
    )


@group.command(help="Retire une approbation : la vôtre, ou celle d’un autre ; la publication n’attend plus.")
@draft_argument
@click.option("--approval", type=int, help="Numéro de l’acte, comme le montre « kiosk draft show ».")
@reason_option
@by_officer
def withdraw(acting: Acting, draft_id: str, approval: int | None, reason: str) -> None:
    """Withdraw an approval."""
    acting.do(
        lambda session, at: approving.withdraw(
            session, acting.desk, acting.officer, draft_id, at, words=reason, number=approval
        )
    )


@group.command(help="Inscrit un visa donné hors du logiciel ; il n’approuve pas.")
@draft_argument
@click.option("--who", required=True, help="Fonction de qui le donne.")
@click.option("--reference", required=True, help="Référence de la note.")
@click.option("--on", "on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Jour du visa.")
@click.option("--note", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="La note signée.")
@by_officer
def visa(acting: Acting, draft_id: str, who: str, reference: str, on: datetime, note: Path | None) -> None:
    """Note a visa."""
    content = None
    if note is not None:
        with note.open("rb") as stream:
            content = stream.read(approving.MAX_FILE + 1)
    given = Visa(who, reference, on.date(), content, note.name if note else None)
    acting.do(
        lambda session, at: approving.note_visa(session, acting.desk, acting.officer, draft_id, at, given)
    )


@group.command(help="Ouvre un lien pour lire le brouillon sans compte, et le donne, une seule fois.")
@draft_argument
@click.option("--for", "words", required=True, help="À qui il est destiné, par sa fonction.")
@click.option(
    "--days", default=7, show_default=True, type=click.IntRange(1, linking.MOST_DAYS), help="Durée."
)
@by_officer
def link(acting: Acting, draft_id: str, words: str, days: int) -> None:
    """Open a link to read."""
    settings = acting.settings
    with writing(acting.engine) as session:
        token = linking.open_link(
            session, acting.desk, acting.officer, draft_id, system_clock(),
            days=days, words=words, hasher=keyed_hasher(settings.secret_key),
        )  # fmt: skip
    click.echo(f"{settings.public_url}/{acting.officer.publisher}/espace-juridique/lecture/{token}")


@group.command(help="Montre les liens de lecture du brouillon.")
@draft_argument
@by_officer
def links(acting: Acting, draft_id: str) -> None:
    """List the links to read."""
    held = acting.held(draft_id)
    with reading(acting.engine) as session:
        found = linking.links(session, draft_id)
    for one in found:
        told = held.act(one.act_number)
        closed = one.closed_at or closed_by([each.done for each in held.acts], one.act_number)
        state = "fermé" if closed else f"jusqu’au {plain_utc(one.expires_at)}"
        read = "lu" if one.first_read_at else "pas encore lu"
        click.echo(f"{one.act_number}. {told.words if told else ''}, {state}, {read}")
    click.echo(f"{len(found)} lien(s).")


@group.command("close-link", help="Ferme un lien de lecture.")
@draft_argument
@click.argument("number", type=click.IntRange(1), metavar="NUMÉRO")
@by_officer
def close_link(acting: Acting, draft_id: str, number: int) -> None:
    """Close a link to read."""

    def act(session: Session, at: datetime) -> Held:
        linking.close_link(session, acting.desk, acting.officer, draft_id, at, number=number)
        return find(session, acting.officer.publisher, draft_id)

    acting.do(act)


@group.command(help="Programme la publication du brouillon approuvé, à l’heure de Paris.")
@draft_argument
@click.option("--at", "local", required=True, help="Jour et heure de Paris : 2026-12-31T06:00.")
@by_officer
def schedule(acting: Acting, draft_id: str, local: str) -> None:
    """Schedule a publication."""
    due_at = scheduling.instant_in_paris(local)
    seen, service = acting.held(draft_id).standing.content_hash, acting.service(draft_id)
    acting.do(
        lambda session, at: scheduling.schedule(
            session, acting.desk, acting.officer, service, draft_id, at, seen=seen, due_at=due_at
        )
    )


@group.command(help="Publie maintenant le brouillon approuvé, après confirmation.")
@draft_argument
@yes_option
@by_officer
def publish(acting: Acting, draft_id: str, yes: bool) -> None:
    """Publish a draft in one transaction."""
    publish_approved(acting, draft_id, yes=yes)


def publish_approved(acting: Acting, draft_id: str, *, yes: bool) -> None:
    """Publish an approved draft in the name of who acts, once confirmed."""
    held, service = acting.held(draft_id), acting.service(draft_id)
    with reading(acting.engine) as session:
        ready = publishing.ready(session, service, held, system_clock())
    if not yes:
        effect = ready.metadata.effective_on or "dès la mise en ligne"
        click.echo(f"{ready.address}\n  motif : {ready.metadata.reason}\n  effet : {effect}")
        click.confirm("Publier cette version ? Elle ne pourra plus changer", abort=True)
    with writing(acting.engine) as session:
        row = publishing.publish(
            session, acting.desk, acting.officer, service, draft_id, system_clock(),
            seen=held.standing.content_hash, hold=acting.settings.notice_hold,
        )  # fmt: skip
        told = str(services.address(row))
    click.echo(f"Publiée : {told}. Les fichiers et l’archive suivent, faits par le worker.")


@group.command(help="Annule avant effet une version publiée : l’un le demande, un autre le confirme.")
@draft_argument
@click.option("--reason", help="Motif, public, de qui le demande ; sans lui, confirme la demande d’un autre.")
@yes_option
@by_officer
def cancel(acting: Acting, draft_id: str, reason: str | None, yes: bool) -> None:
    """Ask for a cancellation, or confirm it."""
    if not yes:
        click.confirm(f"Annuler {acting.held(draft_id).address} avant effet ?", abort=True)

    def act(session: Session, at: datetime) -> Held:
        if reason is None:
            return cancelling.confirm(session, acting.desk, acting.officer, draft_id, at)
        return cancelling.ask(session, acting.desk, acting.officer, draft_id, at, words=reason)

    acting.do(act)
