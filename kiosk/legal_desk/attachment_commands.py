"""`kiosk draft`: the files that go along with a version, from a terminal."""

from __future__ import annotations

from pathlib import Path

import click

from cgu_archive.corpus.attachments import MAX_BYTES
from kiosk.legal_desk import attachments
from kiosk.legal_desk.draft_terminal import Acting, by_officer, draft_argument, group, revise, state_option

_name_argument = click.argument("name")
_title_option = click.option("--title", required=True, help="Titre que les gens liront.")


@group.command(help="Joint un fichier à la version : un nouvel état, à approuver de nouveau.")
@draft_argument
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_title_option
@click.option("--replace", "instead", is_flag=True, help="Remplace la pièce jointe du même nom.")
@state_option
@by_officer
def attach(acting: Acting, draft_id: str, file: Path, title: str, instead: bool, seen: int | None) -> None:
    """Join a file to a draft."""
    with file.open("rb") as opened:
        raw = opened.read(MAX_BYTES + 1)
    title = attachments.one_line(title)
    one = attachments.made(file.name, title, raw)
    revise(
        acting,
        draft_id,
        seen,
        lambda what: attachments.with_one(what, one, instead=instead),
        words=attachments.JOINED.format(title=one.title, name=one.name),
        beside=lambda session, at: attachments.keep(session, raw, at),
    )


@group.command(help="Change le titre d’une pièce jointe.")
@draft_argument
@_name_argument
@_title_option
@state_option
@by_officer
def retitle(acting: Acting, draft_id: str, name: str, title: str, seen: int | None) -> None:
    """Give an attachment another title."""
    title = attachments.one_line(title)
    said = attachments.RETITLED.format(title=title, name=name)
    revise(acting, draft_id, seen, lambda what: attachments.renamed(what, name, title), words=said)


@group.command(help="Retire une pièce jointe de la version ; les états précédents la gardent.")
@draft_argument
@_name_argument
@state_option
@by_officer
def detach(acting: Acting, draft_id: str, name: str, seen: int | None) -> None:
    """Remove an attachment from a draft."""
    said = attachments.REMOVED.format(name=name)
    revise(acting, draft_id, seen, lambda what: attachments.without(what, name), words=said)
