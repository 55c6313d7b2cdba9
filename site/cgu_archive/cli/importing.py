"""`cgu import`: a draft made from a received file, and the page that shows what was understood of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from cgu_archive.cli.comparing import refuse_outputs
from cgu_archive.cli.french import Command, File
from cgu_archive.cli.speech import in_line, said_json, say
from cgu_archive.corpus import checks, freezing, loader, provisions
from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.drafting import following
from cgu_archive.corpus.hashing import Json
from cgu_archive.corpus.model import Address, Source, Terms, Version
from cgu_archive.importing import (
    MAX_RECEIVED,
    Imported,
    ImportRefusedError,
    Kind,
    Tracked,
    TrackedChangesError,
    receive_apart,
)
from cgu_archive.importing.report import report

_SOURCES = {
    Kind.DOCX: "source.docx",
    Kind.ODT: "source.odt",
    Kind.HTML: "source.html",
    Kind.MARKDOWN: "source.md",
    Kind.TEXT: "source.txt",
    Kind.PASTED: "source.txt",
}
"""Names that say nothing of who sent the file."""
_KEPT = (Kind.MARKDOWN, Kind.TEXT, Kind.PASTED)
"""Kept as received beside the text; the others carry names and comments: their hash alone is kept."""
_SHOWN = 20
_HELP = "Prépare un brouillon à partir d’un fichier reçu : Word, ODT, HTML, Markdown, texte."
_HINT = "Ajoutez --tracked accept pour les accepter, --tracked reject pour les refuser."


def command(
    now: Callable[[], datetime],
) -> click.Command:
    """Return the command; `now` tells the instant."""

    @click.command("import", cls=Command, help=_HELP)
    @click.argument("file", metavar="FICHIER", type=File())
    @click.option("--service", required=True, metavar="SERVICE", help="Service du texte, par exemple soffi.")
    @click.option("--terms", default="cgu", metavar="DOCUMENT", help="Document ; sinon cgu.")
    @click.option("--as", "slug", metavar="NOM", help="Nom de la version ; sinon brouillon-1, brouillon-2.")
    @click.option("--label", metavar="NUMÉRO", help="Numéro de la version, par exemple v2.")
    @click.option(
        "--tracked", type=click.Choice([choice.value for choice in Tracked]),
        help="Modifications suivies : les accepter (accept) ou les refuser (reject).",
    )  # fmt: skip
    @click.option(
        "--report", "page", type=click.Path(path_type=Path), metavar="FICHIER.html",
        help="Écrit une page : reçu et compris, côte à côte.",
    )  # fmt: skip
    @click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
    @click.pass_obj
    def run(
        texts: Path,
        /,
        file: Path,
        service: str,
        terms: str,
        slug: str | None,
        label: str | None,
        tracked: str | None,
        page: Path | None,
        as_json: bool,
    ) -> int:
        if page is not None:
            refuse_outputs({"--report": page}, (str(file),), force=False)
        document = loader.load(texts).service(service).document(terms)
        content = _read(file)
        found = _receive(file.name, content, tracked)
        address = Address(service, terms, slug or _free(document))
        base = next(iter(document.lasting[::-1]), None)
        if found.is_whole:
            source = Source(_SOURCES[found.kind], day_in_paris(now()), found.source_hash)
            made, attached = following(base, label)
            rules = checks.carried_rules(provisions.read(found.text), made.rules)
            metadata = replace(made, source=source, rules=rules)
            kept = content if found.kind in _KEPT else None
            freezing.create_draft(texts, address, found.text, metadata, source=kept, attached=attached)
        if page is not None:
            with page.open("xb") as stream:
                stream.write(report(found, name=in_line(file.name)).encode())
        if as_json:
            click.echo(said_json(_json(found, address)))
        else:
            _tell(found, address, base, page)
        return 0 if found.is_whole else 1

    return run


def _read(file: Path) -> bytes:
    """Return the bytes of a file, and one more than is accepted at most: `receive` refuses that."""
    with file.open("rb") as stream:
        return stream.read(MAX_RECEIVED + 1)


def _receive(name: str, content: bytes, tracked: str | None) -> Imported:
    try:
        return receive_apart(name, content, tracked=Tracked(tracked) if tracked else None)
    except TrackedChangesError as error:
        raise ImportRefusedError(f"{error} {_HINT}") from error


def _free(terms: Terms) -> str:
    """Return the first name of a draft that no version has."""
    taken = {version.address.slug for version in terms.versions}
    rank = 1
    while f"brouillon-{rank}" in taken:
        rank += 1
    return f"brouillon-{rank}"


def _tell(found: Imported, address: Address, base: Version | None, page: Path | None) -> None:
    """Say what was understood, what is unsure, and what to do next."""
    for change in found.changes:
        say(f"Modification suivie : {change.count} {change.change}(s), {change.author}")
    for doubt in found.doubts[:_SHOWN]:
        line = f"texte.md, ligne {doubt.line} : " if doubt.line else ""
        say(f"À vérifier : {line}{doubt.sentence}{f' ({doubt.place})' if doubt.place else ''}")
    if len(found.doubts) > _SHOWN:
        say(f"À vérifier : {len(found.doubts) - _SHOWN} autre(s) point(s) ; --report les montre tous.")
    for comment in found.comments:
        say(f"Commentaire de {comment.author} ({comment.address}) : {comment.words}")
    if page is not None:
        say(f"Écrit : {in_line(page)}")
    if not found.is_whole:
        for sign, differences in (("perdu", found.lost), ("ajouté", found.added)):
            for one in differences:
                say(f"Mots {sign}s : « {one.words} » après « {one.near} »", err=True)
        say("Refusé : des mots du fichier reçu ne se retrouvent pas. Aucun brouillon n’a été créé.", err=True)
        return
    say(f"Brouillon créé : {address} ({len(found.rows)} blocs ; aucun mot perdu, aucun ajouté).")
    compared = f"cgu compare {base.address} {address}, puis " if base else ""
    say(f"Ensuite : {compared}cgu check, cgu publish {address}.")


def _json(found: Imported, address: Address) -> dict[str, Json]:
    return {
        "address": str(address) if found.is_whole else None,
        "kind": found.kind.value,
        "source_hash": found.source_hash,
        "doubts": [{"place": one.place, "line": one.line, "sentence": one.sentence} for one in found.doubts],
        "comments": [
            {
                "author": one.author,
                "words": one.words,
                "written_at": one.written_at.isoformat() if one.written_at else None,
                "address": one.address,
            }
            for one in found.comments
        ],
        "changes": [
            {"change": one.change, "author": one.author, "count": one.count} for one in found.changes
        ],
        "lost": [one.words for one in found.lost],
        "added": [one.words for one in found.added],
    }
