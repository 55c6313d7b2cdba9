"""`kiosk draft`: what is remarked of a text, by the checks and by people, and what is answered."""

from __future__ import annotations

import json

import click

from cgu_archive.corpus.errors import Severity
from cgu_archive.corpus.provisions import ROOT_ADDRESS
from cgu_archive.redline import redline_terminal
from kiosk.clock import system_clock
from kiosk.db import reading
from kiosk.ledger.saying import plain_utc
from kiosk.legal_desk import comparisons, drafts, findings, mending, remarks
from kiosk.legal_desk.draft_terminal import (
    Acting,
    by_officer,
    draft_argument,
    group,
    json_option,
    reason_option,
)
from kiosk.legal_desk.drafts import as_version
from kiosk.legal_desk.errors import RefusedError
from kiosk.legal_desk.mending import EVERY
from kiosk.legal_desk.threads import threads

_WEIGHTS = {
    Severity.ERROR: "À corriger",
    Severity.WARNING: "À regarder",
    Severity.INFO: "Pour information",
}


@group.command(help="Montre ce que les vérifications disent du brouillon, numéroté, et ce qui est écarté.")
@draft_argument
@json_option
@by_officer
def check(acting: Acting, draft_id: str, as_json: bool) -> None:
    """List the findings on a draft; the exit code says whether one stops its submission."""
    read, names = _read(acting, draft_id), _names(acting, draft_id)
    if as_json:
        told = [
            {
                "number": number, "rule": mending.card(one)[0] or one.rule, "severity": one.severity.value,
                "line": one.line, "words": one.place.words if one.place else None, "message": one.message,
                "remedy": one.remedy, "mendable": one.fix is not None,
            }
            for number, one in enumerate(read.heard, 1)
        ]  # fmt: skip
        click.echo(
            json.dumps({"findings": told, "set_aside": len(read.silenced)}, ensure_ascii=False, indent=2)
        )
    else:
        for number, one in enumerate(read.heard, 1):
            title = " ".join(mending.card(one)).strip()
            mendable = " (se corrige : kiosk draft fix)" if one.fix else ""
            click.echo(f"{number}. {_WEIGHTS[one.severity]} · {title}{mendable}")
            click.echo(f"   {findings.where(one, names)}{one.message} {one.remedy}")
        for one, told_by in read.silenced:
            title = " ".join(mending.card(one)).strip()
            click.echo(f"Écarté · {title} : {findings.why(told_by)} ({told_by.done.function})")
        click.echo(f"{len(read.heard)} signalement(s), {len(read.silenced)} écarté(s).")
    click.get_current_context().exit(1 if read.blocking else 0)


@group.command(help="Corrige ce qu’un signalement propose, ou tout ce qui se corrige (« tout »).")
@draft_argument
@click.argument("number", metavar="NUMÉRO")
@by_officer
def fix(acting: Acting, draft_id: str, number: str) -> None:
    """Mend one finding, or all that can be."""
    wanted, seen = _wanted(acting, draft_id, number), acting.held(draft_id).standing.revision
    service = acting.service(draft_id)
    acting.do(
        lambda session, at: mending.mend(
            session, acting.desk, acting.officer, service, draft_id, at, wanted=wanted, seen=seen
        )
    )


@group.command(
    "set-aside",
    help="Écarte un signalement, ou tous ceux du texte en ligne (« tout ») ; la raison est publique.",
)
@draft_argument
@click.argument("number", metavar="NUMÉRO")
@reason_option
@by_officer
def set_aside(acting: Acting, draft_id: str, number: str, reason: str) -> None:
    """Leave a finding as it stands."""
    wanted, seen = _wanted(acting, draft_id, number), acting.held(draft_id).standing.revision
    service = acting.service(draft_id)
    acting.do(
        lambda session, at: mending.set_aside(
            session, acting.desk, acting.officer, service, draft_id, at, wanted=wanted, why=reason, seen=seen
        )
    )


@group.command(help="Montre ce que le brouillon change au texte en ligne, ou à un autre texte.")
@draft_argument
@click.option("--with", "base", help="Ce avec quoi comparer ; « ? » en donne la liste.")
@by_officer
def compare(acting: Acting, draft_id: str, base: str | None) -> None:
    """Compare a draft."""
    with reading(acting.engine) as session:
        held = drafts.find(session, acting.officer.publisher, draft_id)
        if base == "?":
            for known, name in comparisons.choices(session, held):
                click.echo(f"{known} : {name}")
            return
        key = base or comparisons.base_key(session, held, system_clock())
        if key is None:
            raise RefusedError("Il n’y a encore aucun texte avec lequel comparer.")
        old = comparisons.find(session, held, key)
        now = as_version(held, drafts.content(drafts.revision(session, held)))
    click.echo(f"Par rapport à : {old.name}")
    click.echo(redline_terminal(comparisons.between(old.version, now), colour=False, width=100))


@group.command(help="Montre les commentaires du brouillon, et les réponses.")
@draft_argument
@by_officer
def comments(acting: Acting, draft_id: str) -> None:
    """List the comments on a draft."""
    found = threads(acting.held(draft_id).acts)
    for one in found:
        state = "clos" if one.closed else "ouvert"
        click.echo(f"{one.number}. {one.first.place}, {state} : {_said(one.first)}")
        for answer in one.answers:
            click.echo(f"   {_said(answer)}")
    click.echo(f"{len(found)} commentaire(s).")


@group.command(help="Commente une disposition, ou répond à un commentaire.")
@draft_argument
@click.option("--words", required=True, help="Ce que vous en dites.")
@click.option(
    "--at", "place", default=ROOT_ADDRESS, help="Adresse de la disposition ; sans elle, tout le texte."
)
@click.option("--answers", type=click.IntRange(1), help="Numéro du commentaire auquel vous répondez.")
@by_officer
def comment(acting: Acting, draft_id: str, words: str, place: str, answers: int | None) -> None:
    """Comment a draft."""
    acting.do(
        lambda session, at: remarks.comment(
            session, acting.desk, acting.officer, draft_id, at, words=words, place=place, about=answers
        )
    )


@group.command("close-comment", help="Clôt un commentaire.")
@draft_argument
@click.argument("number", type=click.IntRange(1), metavar="NUMÉRO")
@by_officer
def close_comment(acting: Acting, draft_id: str, number: int) -> None:
    """Close a comment."""
    acting.do(
        lambda session, at: remarks.close(session, acting.desk, acting.officer, draft_id, at, number=number)
    )


def _read(acting: Acting, draft_id: str) -> findings.Read:
    with reading(acting.engine) as session:
        held = drafts.find(session, acting.officer.publisher, draft_id)
        return findings.on(session, held, acting.offered[held.draft.service])


def _names(acting: Acting, draft_id: str) -> dict[str, str]:
    with reading(acting.engine) as session:
        held = drafts.find(session, acting.officer.publisher, draft_id)
        return remarks.names(drafts.content(drafts.revision(session, held)).text)


def _wanted(acting: Acting, draft_id: str, number: str) -> str:
    """Return what a finding of the list is called; `EVERY` for « tout »."""
    if number == "tout":
        return EVERY
    heard = _read(acting, draft_id).heard
    if not number.isdecimal() or not 1 <= int(number) <= len(heard):
        raise RefusedError(f"Aucun signalement n° {number} : relisez la liste (kiosk draft check).")
    return findings.key(heard[int(number) - 1])


def _said(told: drafts.Told) -> str:
    return f"{told.words or '(mots détruits)'} ({told.done.function}, {plain_utc(told.done.at)})"
