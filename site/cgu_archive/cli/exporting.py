"""`cgu export`: one version as a Word document, to work on."""

from __future__ import annotations

from pathlib import Path

import click

from cgu_archive.cli import comparing
from cgu_archive.cli.french import Command
from cgu_archive.cli.speech import in_line, say
from cgu_archive.corpus import loader
from cgu_archive.corpus.model import Mode
from cgu_archive.word import version_docx

MODES = tuple(mode.value for mode in Mode)


@click.command(cls=Command, help="Écrit une version en Word, avec les numéros que lit son lecteur.")
@click.argument("address", metavar="ADRESSE")
@click.option("--docx", type=click.Path(path_type=Path), metavar="FICHIER", help="Le fichier à écrire.")
@click.option(
    "--url", metavar="URL", help="Où la version se lit en ligne, écrit au pied des pages ; sinon ADRESSE."
)
@click.option("--force", is_flag=True, help="Remplace le fichier s’il existe déjà.")
@click.option(
    "--mode", type=click.Choice(MODES), default=MODES[0],
    help="Qui parle : copie documentaire (par défaut), démonstration ou éditeur.",
)  # fmt: skip
@click.pass_obj
def export(texts: Path, address: str, docx: Path | None, url: str | None, force: bool, mode: str) -> None:
    """Write one version as a Word document."""
    if docx is None:
        raise click.UsageError("il manque --docx, le fichier à écrire.")
    comparing.refuse_outputs({"--docx": docx}, (), force=force)
    corpus = loader.load(texts)
    version = corpus.version(address)
    service = corpus.service(version.address.service)
    terms = service.document(version.address.terms)
    permalink = url or str(version.address)
    comparing.put(docx, version_docx(service, terms, version, mode=mode, permalink=permalink), force=force)
    say(f"Écrit : {in_line(docx)}")
