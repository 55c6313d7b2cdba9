"""`kiosk draft`: what the legal desk does, from a terminal, in the name of somebody of the team."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Address, Service
from kiosk.clock import system_clock
from kiosk.commands import database, open_settings, telling
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.ledger.saying import plain_utc
from kiosk.legal_desk import approving, cancelling, drafts, findings, publishing, scheduling
from kiosk.legal_desk import writing as desk_writing
from kiosk.legal_desk.acts import STATES, Desk, Detail, let, record
from kiosk.legal_desk.drafts import Content, Held
from kiosk.legal_desk.errors import LegalDeskError, RefusedError, UnknownDraftError
from kiosk.legal_desk.policy import Act
from kiosk.staff import officers
from kiosk.staff.errors import StaffError, UnknownOfficerError
from kiosk.staff.officers import Person
from kiosk.staff.terminal import acting_as, login_option, offered_by, publisher_option, secret_option
from kiosk.texts import drafting, services
from kiosk.texts.services import load_services

P = ParamSpec("P")
R = TypeVar("R")

_reason = click.option("--reason", required=True, help="Pourquoi ; gardé avec l’acte. Ne nommez personne.")
_yes = click.option("--yes", is_flag=True, help="N’attend pas de confirmation.")
_draft = click.argument("draft_id", metavar="DRAFT")


def _told(command: Callable[P, R]) -> Callable[P, R]:
    """Say on one line why nothing was done, and exit: 2 for a wrong call, 1 for anything refused."""
    wrong = (UnknownOfficerError, UnknownDraftError)
    return telling(wrong=wrong, refused=(StaffError, LegalDeskError))(command)


@click.group("draft", help="Les versions en préparation : écrire, soumettre, approuver, publier, annuler.")
def group() -> None:
    """Group the commands on drafts."""


@dataclass(frozen=True, slots=True)
class _Acting:
    """An officer who proved who they are, and what they act on."""

    engine: Engine
    desk: Desk
    officer: Person
    offered: dict[str, Service]

    def held(self, draft_id: str) -> Held:
        with reading(self.engine) as session:
            return drafts.find(session, self.officer.publisher, draft_id)

    def service(self, held: Held) -> Service:
        return self.offered[held.draft.service]

    def do(self, act: Callable[[Session, datetime], Held]) -> None:
        """Do one act in one transaction, and say how the draft stands."""
        with writing(self.engine) as session:
            after = act(session, system_clock())
        click.echo(f"{after.draft.id} : {after.address}, {STATES[after.standing.state.value]}.")


def _acting(settings: Settings, engine: Engine, publisher: str, login: str, secret_fd: int | None) -> _Acting:
    offered = offered_by(load_services(settings.texts_dir), publisher)
    officer = acting_as(engine, settings, publisher, login, secret_fd, system_clock())
    return _Acting(engine, Desk(settings.mode.value, secrets.token_bytes), officer, offered)


@group.command("list", help="Montre les versions en préparation, et qui manque pour les approuver.")
@publisher_option
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@_told
def list_drafts(publisher: str, as_json: bool) -> None:
    """List drafts."""
    settings, at = open_settings(), system_clock()
    offered = offered_by(load_services(settings.texts_dir), publisher)
    with database(settings) as engine, reading(engine) as session:
        found = drafts.listing(session, publisher, offered)
        people = officers.working(session, publisher)
    lone = [slug for slug in offered if approving.lacks_second(people, slug, at)]
    if as_json:
        told = {"drafts": [_as_json(one) for one in found], "lacking_a_second_person": lone}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(f"{one.draft.id} : {one.address}, {STATES[one.standing.state.value]}")
    for slug in lone:
        click.echo(f"{slug} : il faut deux personnes ; seul l’auteur y est relecteur.")
    click.echo(f"{len(found)} version(s).")


@group.command(help="Montre un brouillon et ce qui en a été fait.")
@_draft
@publisher_option
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@_told
def show(draft_id: str, publisher: str, as_json: bool) -> None:
    """Show a draft."""
    with database(open_settings()) as engine, reading(engine) as session:
        held = drafts.find(session, publisher, draft_id)
    if as_json:
        click.echo(json.dumps(_as_json(held), ensure_ascii=False, indent=2))
        return
    click.echo(f"{held.address}, {STATES[held.standing.state.value]}, état n° {held.standing.revision}")
    click.echo(f"Empreinte de ce qui s’approuve : {held.standing.content_hash}")
    for told in held.acts:
        done, words = told.done, f" : {told.words}" if told.words else ""
        click.echo(f"  {done.number}. {done.act.value}, {plain_utc(done.at)}, {done.function}{words}")


@group.command("open", help="Ouvre un brouillon à l’adresse ADDRESS, d’un fichier Markdown.")
@click.argument("address")
@click.option(
    "--text", "text_file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Le texte.",
)  # fmt: skip
@click.option("--label", help="Numéro de version affiché.")
@click.option("--corrects", help="Nom de la version publiée dont celle-ci corrige une erreur.")
@_reason
@publisher_option
@login_option
@secret_option
@_told
def open_draft(
    address: str,
    text_file: Path,
    label: str | None,
    corrects: str | None,
    reason: str,
    publisher: str,
    login: str,
    secret_fd: int | None,
) -> None:
    """Open a draft; `reason` is that of the version, public."""
    settings, here = open_settings(), Address.parse(address)
    with database(settings) as engine:
        acting = _acting(settings, engine, publisher, login, secret_fd)
        if here.service not in acting.offered:
            raise RefusedError(f"« {here.service} » n’est pas un service de « {publisher} ».")
        with writing(engine) as session:
            at = system_clock()
            now = services.current(session, here.service, here.terms, at)
            former = services.metadata(now) if now else None
            made = drafting.from_markdown(here, text_file.read_bytes(), label, former).metadata
            what = Content(text_file.read_bytes(), replace(made, reason=reason, corrects=corrects))
            draft_id = desk_writing.open_draft(
                session, acting.desk, acting.officer, acting.offered[here.service], here, what, at
            )
    click.echo(draft_id)


@group.command(help="Soumet le brouillon à l’approbation d’une autre personne.")
@_draft
@publisher_option
@login_option
@secret_option
@_told
def submit(draft_id: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Submit a draft; what the checks call an error stops it."""
    settings = open_settings()
    with database(settings) as engine:
        acting = _acting(settings, engine, publisher, login, secret_fd)

        def act(session: Session, at: datetime) -> Held:
            held = drafts.find(session, publisher, draft_id)
            let(session, held, Act.SUBMITTED, acting.officer, at)
            blocking = findings.blocking(session, held, acting.service(held))
            if blocking:
                raise RefusedError("\n".join(["À corriger d’abord :", *(str(one) for one in blocking)]))
            record(session, acting.desk, held, Act.SUBMITTED, acting.officer, at)
            return drafts.find(session, publisher, draft_id)

        acting.do(act)


@group.command(help="Approuve le brouillon, écrit par quelqu’un d’autre.")
@_draft
@click.option(
    "--hash",
    "seen",
    required=True,
    help="Empreinte, comme la montre « kiosk draft show ».",
)
@publisher_option
@login_option
@secret_option
@_told
def approve(draft_id: str, seen: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Approve a draft."""
    settings = open_settings()
    with database(settings) as engine:
        acting = _acting(settings, engine, publisher, login, secret_fd)
        acting.do(
            lambda session, at: approving.approve(
                session, acting.desk, acting.officer, draft_id, at, seen=seen
            )
        )


def _with_reason(
    name: str, words: str, act: Callable[[Session, _Acting, str, datetime, str], Held]
) -> click.Command:
    """Return a command of one act that takes a reason."""

    @group.command(name, help=words)
    @_draft
    @_reason
    @publisher_option
    @login_option
    @secret_option
    @_told
    def run(draft_id: str, reason: str, publisher: str, login: str, secret_fd: int | None) -> None:
        settings = open_settings()
        with database(settings) as engine:
            acting = _acting(settings, engine, publisher, login, secret_fd)
            acting.do(lambda session, at: act(session, acting, draft_id, at, reason))

    return run


def _abandon(session: Session, acting: _Acting, draft_id: str, at: datetime, why: str) -> Held:
    held = drafts.find(session, acting.officer.publisher, draft_id)
    let(session, held, Act.ABANDONED, acting.officer, at)
    detail = Detail(words=approving.reason(why))
    record(session, acting.desk, held, Act.ABANDONED, acting.officer, at, detail)
    return drafts.find(session, acting.officer.publisher, draft_id)


_with_reason(
    "return", "Renvoie le brouillon à son auteur.",
    lambda session, acting, draft_id, at, why: approving.send_back(
        session, acting.desk, acting.officer, draft_id, at, words=why
    ),
)  # fmt: skip
_with_reason(
    "unschedule", "Lève la programmation d’une publication.",
    lambda session, acting, draft_id, at, why: scheduling.unschedule(
        session, acting.desk, acting.officer, draft_id, at, words=why
    ),
)  # fmt: skip
_with_reason("abandon", "Abandonne le brouillon ; ses états restent.", _abandon)


@group.command(help="Programme la publication du brouillon approuvé, à l’heure de Paris.")
@_draft
@click.option("--at", "local", required=True, help="Jour et heure de Paris : 2026-12-31T06:00.")
@publisher_option
@login_option
@secret_option
@_told
def schedule(draft_id: str, local: str, publisher: str, login: str, secret_fd: int | None) -> None:
    """Schedule a publication."""
    settings, due_at = open_settings(), scheduling.instant_in_paris(local)
    with database(settings) as engine:
        acting = _acting(settings, engine, publisher, login, secret_fd)
        held = acting.held(draft_id)
        acting.do(
            lambda session, at: scheduling.schedule(
                session, acting.desk, acting.officer, acting.service(held), draft_id, at,
                seen=held.standing.content_hash, due_at=due_at,
            )
        )  # fmt: skip


@group.command(help="Publie maintenant le brouillon approuvé, après confirmation.")
@_draft
@_yes
@publisher_option
@login_option
@secret_option
@_told
def publish(draft_id: str, yes: bool, publisher: str, login: str, secret_fd: int | None) -> None:
    """Publish a draft in one transaction."""
    settings = open_settings()
    with database(settings) as engine:
        acting = _acting(settings, engine, publisher, login, secret_fd)
        held = acting.held(draft_id)
        with reading(engine) as session:
            ready = publishing.ready(session, acting.service(held), held, system_clock())
        if not yes:
            effect = ready.metadata.effective_on or "dès la mise en ligne"
            click.echo(f"{ready.address}\n  motif : {ready.metadata.reason}\n  effet : {effect}")
            click.confirm("Publier cette version ? Elle ne pourra plus changer", abort=True)
        with writing(engine) as session:
            row = publishing.publish(
                session, acting.desk, acting.officer, acting.service(held), draft_id, system_clock(),
                seen=held.standing.content_hash, hold=settings.notice_hold,
            )  # fmt: skip
            told = str(services.address(row))
    click.echo(f"Publiée : {told}. Les fichiers et l’archive suivent, faits par le worker.")


@group.command(help="Annule avant effet une version publiée : l’un le demande, un autre le confirme.")
@_draft
@click.option("--reason", help="Motif, public, de qui le demande ; sans lui, confirme la demande d’un autre.")
@_yes
@publisher_option
@login_option
@secret_option
@_told
def cancel(
    draft_id: str, reason: str | None, yes: bool, publisher: str, login: str, secret_fd: int | None
) -> None:
    """Ask for a cancellation, or confirm it."""
    settings = open_settings()
    with database(settings) as engine:
        acting = _acting(settings, engine, publisher, login, secret_fd)
        if not yes:
            click.confirm(f"Annuler {acting.held(draft_id).address} avant effet ?", abort=True)
        if reason is None:
            acting.do(
                lambda session, at: cancelling.confirm(session, acting.desk, acting.officer, draft_id, at)
            )
        else:
            acting.do(
                lambda session, at: cancelling.ask(
                    session, acting.desk, acting.officer, draft_id, at, words=reason
                )
            )


def _as_json(held: Held) -> dict[str, object]:
    standing = held.standing
    return {
        "id": held.draft.id,
        "address": str(held.address),
        "state": standing.state.value,
        "revision": standing.revision,
        "content_hash": standing.content_hash,
        "approvals": [one.function for one in standing.approvals],
        "due_at": plain_utc(standing.due_at) if standing.due_at else None,
        "acts": [
            {
                "number": told.done.number, "act": told.done.act.value, "at": plain_utc(told.done.at),
                "function": told.done.function, "words": told.words,
            }
            for told in held.acts
        ],
    }  # fmt: skip
