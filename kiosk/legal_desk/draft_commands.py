"""`kiosk draft`: what the legal desk does, from a terminal, in the name of somebody of the team."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from cgu_archive.corpus import loader
from cgu_archive.corpus.model import Address
from cgu_archive.corpus.reading import REASON_KINDS
from kiosk.clock import system_clock
from kiosk.commands import database, open_settings
from kiosk.db import reading, writing
from kiosk.ledger.saying import plain_utc
from kiosk.legal_desk import approving, draft_terminal, drafts, forms, rule_changes, starting, submitting
from kiosk.legal_desk import writing as desk_writing
from kiosk.legal_desk.acts import STATES
from kiosk.legal_desk.draft_terminal import (
    Acting,
    by_officer,
    draft_argument,
    json_option,
    named,
    reason_option,
    revise,
    state_option,
    told,
)
from kiosk.legal_desk.drafts import Content, Held
from kiosk.legal_desk.errors import RefusedError
from kiosk.legal_desk.submitting import NotReadyError
from kiosk.staff import officers
from kiosk.staff.pages import Errors
from kiosk.staff.terminal import offered_by, publisher_option
from kiosk.texts import drafting, services
from kiosk.texts.services import load_services

group = draft_terminal.group
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@group.command("list", help="Montre les versions en préparation, et qui manque pour les approuver.")
@publisher_option
@json_option
@told
def list_drafts(publisher: str, as_json: bool) -> None:
    """List drafts."""
    settings, at = open_settings(), system_clock()
    offered = offered_by(load_services(settings.texts_dir), publisher)
    with database(settings) as engine, reading(engine) as session:
        found = drafts.listing(session, publisher, offered)
        people = officers.working(session, publisher)
    lone = [slug for slug in offered if approving.lacks_second(people, slug, at)]
    if as_json:
        answer = {"drafts": [_as_json(one) for one in found], "lacking_a_second_person": lone}
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(f"{one.draft.id} : {one.address}, {STATES[one.standing.state.value]}")
    for slug in lone:
        click.echo(f"{slug} : il faut deux personnes ; seul l’auteur y est relecteur.")
    click.echo(f"{len(found)} version(s).")


@group.command(help="Montre un brouillon et ce qui en a été fait ; avec --text, son texte seul.")
@draft_argument
@publisher_option
@click.option("--text", "only_text", is_flag=True, help="Donne le texte, tel qu’il est enregistré.")
@json_option
@told
def show(draft_id: str, publisher: str, only_text: bool, as_json: bool) -> None:
    """Show a draft."""
    with database(open_settings()) as engine:
        draft_id = named(engine, publisher, draft_id)
        with reading(engine) as session:
            held = drafts.find(session, publisher, draft_id)
            text = drafts.content(drafts.revision(session, held)).text
    if only_text:
        click.echo(text, nl=False)
        return
    if as_json:
        click.echo(json.dumps(_as_json(held), ensure_ascii=False, indent=2))
        return
    click.echo(f"{held.address}, {STATES[held.standing.state.value]}, état n° {held.standing.revision}")
    click.echo(f"Empreinte de ce qui s’approuve : {held.standing.content_hash}")
    for one in held.acts:
        done, words = one.done, f" : {one.words}" if one.words else ""
        click.echo(f"  {done.number}. {_ACTS[done.act.value]}, {plain_utc(done.at)}, {done.function}{words}")


@group.command(
    "open",
    help="Ouvre un brouillon de la version d’adresse ADRESSE : d’un fichier Markdown (--text), du texte en"
    " ligne (--current, ou --corrects), sinon de ce que « cgu import » ou « cgu new » y a préparé.",
)  # fmt: skip
@click.argument("address", metavar="ADRESSE")
@click.option("--text", "text_file", type=_FILE, help="Fichier Markdown du texte.")
@click.option("--current", is_flag=True, help="Part du texte en ligne.")
@click.option("--corrects", help="Nom de la version publiée dont celle-ci corrige une erreur.")
@click.option("--label", help="Numéro de version affiché.")
@click.option("--reason", help="Motif de la version, public.")
@click.option("--reason-kind", type=click.Choice(REASON_KINDS), help="Nature du motif.")
@by_officer
def open_draft(
    acting: Acting,
    address: str,
    text_file: Path | None,
    current: bool,
    corrects: str | None,
    label: str | None,
    reason: str | None,
    reason_kind: str | None,
) -> None:
    """Open a draft and print its identifier."""
    here = Address.parse(address)
    if here.service not in acting.offered:
        raise RefusedError(f"« {here.service} » n’est pas un service de « {acting.officer.publisher} ».")
    if text_file is not None and current:
        raise click.UsageError("--text et --current s’excluent.")
    with writing(acting.engine) as session:
        at = system_clock()
        what = _content(session, acting, here, text_file, label, at, current=current, corrects=corrects)
        kept = what.metadata
        metadata = replace(
            kept, reason=reason or kept.reason, reason_kind=reason_kind or kept.reason_kind,
            label=label or kept.label, corrects=corrects,
        )  # fmt: skip
        draft_id = desk_writing.open_draft(
            session, acting.desk, acting.officer, acting.offered[here.service], here,
            replace(what, metadata=metadata), at,
        )  # fmt: skip
    click.echo(draft_id)


def _content(
    session: Session,
    acting: Acting,
    here: Address,
    text_file: Path | None,
    label: str | None,
    at: datetime,
    *,
    current: bool,
    corrects: str | None,
) -> Content:
    """Return what a draft begins with; rules follow the sentences that did not change."""
    if text_file is None and corrects is not None:
        return starting.correcting(services.by_address(session, replace(here, slug=corrects)), label)
    now = services.current(session, here.service, here.terms, at)
    if current:
        if now is None:
            raise RefusedError("Ce document n’a pas encore de texte en ligne.")
        return starting.following(now, label)
    if text_file is None:
        prepared = drafting.from_files(loader.load(acting.settings.texts_dir), here)
        return Content(prepared.text, prepared.metadata)
    text = text_file.read_bytes()
    desk_writing.refuse_unreadable(text)
    rules = starting.carried(text, services.rules(now)) if now else ()
    made = drafting.from_markdown(here, text, label, None).metadata
    return Content(text, replace(made, rules=rules))


@group.command(help="Enregistre un autre texte : un nouvel état, qui rend sans effet ce qui était approuvé.")
@draft_argument
@click.option("--text", "text_file", required=True, type=_FILE, help="Fichier Markdown du texte.")
@click.option("--words", help="Ce que vous en dites à l’équipe.")
@state_option
@by_officer
def write(acting: Acting, draft_id: str, text_file: Path, words: str | None, seen: int | None) -> None:
    """Give a draft another text."""
    text = text_file.read_bytes()
    said = approving.reason(words) if words else None
    revise(acting, draft_id, seen, lambda what: replace(what, text=text), words=said)


@group.command(help="Change la fiche de la version ; sans option, la montre.")
@draft_argument
@click.option("--label", help="Numéro de version affiché.")
@click.option("--reason", help="Motif de la version, public.")
@click.option("--reason-kind", type=click.Choice(REASON_KINDS), help="Nature du motif.")
@click.option("--declared-on", help="Date que porte le texte : 2026-12-31, 2026-12 ou 2026.")
@click.option("--effective-on", help="Prise d’effet : 2026-12-31 ; vide : dès la mise en ligne.")
@click.option("--required-on", help="Fin du délai pour décider : 2026-12-31.")
@click.option("--approval", help="Qui a approuvé : « Conseil d’administration ».")
@click.option("--approval-on", help="Le jour de cette approbation.")
@click.option("--homologation", help="Acte d’homologation.")
@click.option("--homologation-on", help="Le jour de cet acte.")
@click.option("--summary", help="Résumé pour le public.")
@click.option("--asks", type=click.Choice(["", "accept"]), help="« accept » : demande d’accepter de nouveau.")
@state_option
@by_officer
def sheet(acting: Acting, draft_id: str, seen: int | None, **fields: str | None) -> None:
    """Change what is said of a version besides its text, as the page of the sheet does."""
    given = {name: value for name, value in fields.items() if value is not None}
    rule = acting.service(draft_id).acceptance.new_version

    def changed(what: Content) -> Content:
        errors: Errors = {}
        made = forms.metadata(forms.shown(what.metadata) | given, what.metadata, rule, errors)
        if errors:
            raise RefusedError("\n".join(errors.values()))
        return replace(what, metadata=made)

    if not given:
        for name, value in forms.shown(_present(acting, draft_id).metadata).items():
            click.echo(f"{name} : {value}")
        return
    revise(acting, draft_id, seen, changed)


@group.command(help="Montre les règles que le logiciel applique, et ce que le texte demande d’y changer.")
@draft_argument
@click.option("--take", multiple=True, help="Changement à faire, par son numéro dans cette liste.")
@click.option("--drop", multiple=True, help="Règle à retirer, par son nom.")
@state_option
@by_officer
def rules(
    acting: Acting, draft_id: str, take: tuple[str, ...], drop: tuple[str, ...], seen: int | None
) -> None:
    """Show the rules of a draft, or change them with the text."""
    what = _present(acting, draft_id)
    offered = rule_changes.offered(what)
    if not take and not drop:
        for rule in what.metadata.rules:
            click.echo(f"{rule.id} : {rule.name}, {rule.said}. « {rule.quote} » ({rule.at})")
        for number, one in enumerate(offered, 1):
            before = "rien" if one.before is None else f"« {one.before.name} », {one.before.said},"
            after = "rien" if one.after is None else f"{one.after.said}, « {one.after.quote} »"
            click.echo(f"Changement {number} : {before} devient {after}")
        return
    unknown = [one for one in take if not one.isdecimal() or not 1 <= int(one) <= len(offered)]
    unknown += sorted(set(drop).difference(rule.id for rule in what.metadata.rules))
    if unknown:
        raise RefusedError(f"Ni changement ni règle de ce nom : {', '.join(unknown)}.")
    taken = {rule_changes.key(offered[int(one) - 1]) for one in take}
    made = rule_changes.changed(what, taken, drop)
    held = acting.held(draft_id)
    revise(
        acting, draft_id, seen or held.standing.revision,
        lambda now: replace(now, metadata=replace(now.metadata, rules=made)), words=rule_changes.CHANGED,
    )  # fmt: skip


@group.command(help="Soumet le brouillon à l’approbation d’une autre personne.")
@draft_argument
@by_officer
def submit(acting: Acting, draft_id: str) -> None:
    """Submit a draft; what stops it on its page stops it here."""
    service = acting.service(draft_id)
    try:
        acting.do(
            lambda session, at: submitting.submit(session, acting.desk, acting.officer, service, draft_id, at)
        )
    except NotReadyError as error:
        said = [str(error), *(f"- {one.message} {one.remedy}" for one in error.found)]
        raise RefusedError("\n".join(said)) from error


@group.command(help="Abandonne le brouillon ; ses états restent.")
@draft_argument
@reason_option
@by_officer
def abandon(acting: Acting, draft_id: str, reason: str) -> None:
    """Give a draft up."""
    acting.do(
        lambda session, at: submitting.abandon(
            session, acting.desk, acting.officer, draft_id, at, words=reason
        )
    )


def _present(acting: Acting, draft_id: str) -> Content:
    with reading(acting.engine) as session:
        held = drafts.find(session, acting.officer.publisher, draft_id)
        return drafts.content(drafts.revision(session, held))


_ACTS = {
    "opened": "ouvert",
    "revised": "récrit",
    "commented": "commenté",
    "resolved": "commentaire clos",
    "silenced": "signalement écarté",
    "linked": "lien de lecture ouvert",
    "unlinked": "lien de lecture fermé",
    "submitted": "soumis",
    "returned": "renvoyé",
    "approved": "approuvé",
    "withdrawn": "approbation retirée",
    "visa": "visa",
    "scheduled": "programmé",
    "unscheduled": "déprogrammé",
    "published": "publié",
    "cancelled": "annulation",
    "uncancelled": "demande d’annulation retirée",
    "abandoned": "abandonné",
}
"""What an act is called on a line."""


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
                "number": one.done.number, "act": one.done.act.value, "at": plain_utc(one.done.at),
                "function": one.done.function, "words": one.words,
            }
            for one in held.acts
        ],
    }  # fmt: skip
