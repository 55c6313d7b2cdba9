"""`cgu`: check, read, compare, draft, publish and build the texts from a terminal.

A command parses, makes one call and prints. Exit codes: 0 done, 1 the check failed or the work was refused,
2 wrong call. What is wrong with the texts is said in French with its file, never as a traceback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, Unpack

import click

from cgu_archive.cli import checking, comparing, exporting, importing, linking
from cgu_archive.cli.french import FILE, Group, Instant, confirm, wrong_call
from cgu_archive.cli.speech import fault, in_line, print_json, say
from cgu_archive.corpus import freezing, loader, manifest, provisions, timeline
from cgu_archive.corpus.comparison import compare_bytes, to_json
from cgu_archive.corpus.dates import PARIS
from cgu_archive.corpus.drafting import following
from cgu_archive.corpus.errors import CorpusError, InvalidCorpusError, UnknownAddressError
from cgu_archive.corpus.hashing import Json, short
from cgu_archive.corpus.model import Address, Corpus, Mode, Version
from cgu_archive.corpus.reading import REASON_KINDS
from cgu_archive.redline.words import first_line
from cgu_archive.rendering import words

F = TypeVar("F", bound=Callable[..., Any])

MODES = ("documentary", "demonstration", "publisher")
UNKNOWN = "non renseigné"


def _now() -> datetime:
    """Return the current instant; every other function is handed it."""
    return datetime.now(UTC)  # noqa: TID251 - the one clock of this package


INSTANT = Instant()
FOLDER = click.Path(path_type=Path)


def _as_json(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")(command)


@click.group(cls=Group, subcommand_metavar="COMMANDE …", help="Vérifie, lit, compare et publie les textes.")
@click.option(
    "--texts", type=FOLDER, default=Path("cgu_texts"), envvar="CGU_TEXTS", metavar="DOSSIER",
    help="Dossier des textes ; sinon CGU_TEXTS, sinon cgu_texts.",
)  # fmt: skip
@click.version_option(package_name="cgu-kiosk", message="%(version)s", help="Affiche la version du logiciel.")
@click.pass_context
def cli(ctx: click.Context, texts: Path) -> None:
    """Hand the folder of the texts to the commands."""
    if not texts.is_dir():
        ctx.fail(f"le dossier des textes « {texts} » n’existe pas (option --texts).")
    ctx.obj = texts
    ctx.meta[checking.NOW] = _now


cli.add_command(checking.check)


@cli.command("list", help="Liste les services, leurs documents et leurs versions.")
@click.option("--at", type=INSTANT, metavar="DATE", help="États à cette date plutôt que maintenant.")
@_as_json
@click.pass_obj
def list_versions(texts: Path, at: datetime | None, as_json: bool) -> None:
    """Print every version with its state."""
    corpus, at = loader.load(texts), at or _now()
    if as_json:
        versions = [manifest.entry(terms, version, at) for _, terms, version in corpus.versions()]
        print_json({"versions": versions})
        return
    for service in corpus.services:
        say(f"{service.name} — {service.publisher.name}")
        for terms in service.terms:
            for version in terms.versions:
                state = words.STANDINGS[timeline.standing(terms, version, at)]
                label = version.metadata.label or "sans numéro"
                say(f"  {version.address} · {label} · {state} · {short(version.text_hash)}")


@cli.command(help="Montre une version : dates, empreintes, texte et adresse de chaque disposition.")
@click.argument("address", metavar="ADRESSE")
@click.option("--provision", metavar="DISPOSITION", help="Ne montre que cette disposition, par exemple p-28.")
@click.option("--at", type=INSTANT, metavar="DATE", help="État à cette date plutôt que maintenant.")
@_as_json
@click.pass_obj
def show(texts: Path, address: str, provision: str | None, at: datetime | None, as_json: bool) -> None:
    """Print one version, or one provision of it."""
    corpus, at = loader.load(texts), at or _now()
    version = corpus.version(address)
    terms = corpus.service(version.address.service).document(version.address.terms)
    text = provisions.read(version.text)
    part = text.find(provision) if provision else text
    if as_json:
        said = [{"address": p.address, "text": "\n".join(p.own_lines())} for p in part.walk()]
        print_json(manifest.entry(terms, version, at) | {"provisions": said})
        return
    if provision:
        say(part.text())
        return
    say(f"État : {words.STANDINGS[timeline.standing(terms, version, at)]}")
    for name, value in _sheet(version):
        say(f"{name} : {value}")
    for found in text.walk():
        for number, line in enumerate(found.own_lines()):
            say(f"\n[{found.address}]\n{line}" if number == 0 else line)


def _sheet(version: Version) -> Iterator[tuple[str, object]]:
    metadata = version.metadata
    yield "Version", version.address
    yield "Numéro", metadata.label or UNKNOWN
    yield "Date donnée par le texte", metadata.declared_on or UNKNOWN
    yield "Approbation", metadata.approved_on or UNKNOWN
    yield "Mise en ligne", _local(metadata.published_at)
    yield "Prise d’effet", _local(metadata.effective_at)
    yield "Fin du délai pour décider", _local(metadata.required_at)
    yield "Entrée dans l’archive", metadata.archived_on or UNKNOWN
    yield "Motif", metadata.reason or UNKNOWN
    yield "Empreinte du texte", version.text_hash
    yield "Empreinte des métadonnées", version.metadata_hash


def _local(at: datetime | None) -> str:
    return UNKNOWN if at is None else f"{at.astimezone(PARIS):%Y-%m-%d %H:%M} (heure de Paris)"


@cli.command(help="Compare deux versions, ou deux fichiers Markdown, mot à mot.")
@click.argument("old", metavar="AVANT")
@click.argument("new", metavar="APRÈS")
@click.option("--html", type=FOLDER, metavar="FICHIER", help="Écrit une page à ouvrir telle quelle.")
@click.option("--pdf", type=FOLDER, metavar="FICHIER", help="Écrit un PDF, un signet par changement.")
@click.option(
    "--docx", type=FOLDER, metavar="FICHIER", help="Écrit un document Word, en suivi des modifications."
)
@click.option("--force", is_flag=True, help="Remplace les fichiers qui existent déjà.")
@click.option(
    "--at", type=INSTANT, metavar="DATE", help="Date portée par les fichiers plutôt que maintenant."
)
@click.option(
    "--mode", type=click.Choice(MODES), default=MODES[0],
    help="Qui parle : copie documentaire (par défaut), démonstration ou éditeur.",
)  # fmt: skip
@_as_json
@click.pass_obj
def compare(
    texts: Path,
    /,
    old: str,
    new: str,
    force: bool,
    at: datetime | None,
    mode: str,
    as_json: bool,
    **files: Path | None,
) -> None:
    """Print what changed, or write it to files."""
    outputs = {f"--{kind}": file for kind, file in files.items() if file is not None}
    comparing.refuse_outputs(outputs, (old, new), force=force)
    before, after = comparing.find(texts, old), comparing.find(texts, new)
    found = comparing.compare(before, after)
    comparing.write(found, before, after, outputs, mode=Mode(mode), at=at or _now(), force=force)
    if as_json:
        print_json(to_json(found))
    else:
        click.echo(first_line(found) if outputs else comparing.shown(found, sys.stdout))
    for file in outputs.values():
        say(f"Écrit : {in_line(file)}", err=as_json)


cli.add_command(exporting.export)
cli.add_command(linking.links)


@cli.command(help="Prépare un brouillon à partir de la dernière version publiée, ou d’un fichier.")
@click.argument("address", metavar="ADRESSE")
@click.option("--from", "origin", metavar="ADRESSE", help="Part de cette version.")
@click.option("--text", type=FILE, metavar="FICHIER", help="Part de ce texte en Markdown.")
@click.option("--label", metavar="NUMÉRO", help="Numéro de la version, par exemple v2.")
@_as_json
@click.pass_obj
def new(
    texts: Path, address: str, origin: str | None, text: Path | None, label: str | None, as_json: bool
) -> None:
    """Create the folder of a draft."""
    if origin and text:
        raise click.UsageError("--from et --text s’excluent.")
    corpus, wanted = loader.load(texts), Address.parse(address)
    terms = corpus.service(wanted.service).document(wanted.terms)
    base = corpus.version(origin) if origin else next(iter(terms.lasting[::-1]), None)
    raw = text.read_bytes() if text else base.text if base else f"# {terms.title}\n".encode()
    provisions.read(raw)
    made, attached = following(base, label)
    folder = freezing.create_draft(texts, wanted, raw, made, attached=attached)
    if as_json:
        print_json({"address": str(wanted), "folder": folder.as_posix()})
        return
    say(f"Brouillon créé : {folder}")
    say("Modifiez texte.md, remplissez version.yml, puis : cgu check, cgu compare, cgu publish.")


cli.add_command(importing.command(lambda: _now()))


@cli.command(help="Publie un brouillon : fige son texte et ses métadonnées. On ne revient pas en arrière.")
@click.argument("address", metavar="ADRESSE")
@click.option("--reason", metavar="PHRASE", help="Motif ; obligatoire, ici ou dans version.yml.")
@click.option(
    "--reason-kind", type=click.Choice(REASON_KINDS), help="Nature du motif : plateforme, loi ou autre."
)
@click.option("--accession", is_flag=True, help="Texte reçu d’ailleurs : sa mise en ligne reste inconnue.")
@click.option("--at", type=INSTANT, metavar="DATE", help="Instant de publication plutôt que maintenant.")
@click.option(
    "--same-text", "allow_identical", is_flag=True, help="Permet un texte identique à la version précédente."
)
@click.option("--yes", is_flag=True, help="Ne demande pas confirmation.")
@_as_json
@click.pass_obj
def publish(
    texts: Path, /, address: str, at: datetime | None, yes: bool, as_json: bool, **wish: Unpack[freezing.Wish]
) -> None:
    """Freeze a draft once its author has seen what changes."""
    ready = freezing.prepare(texts, address, at=at or _now(), **wish)
    if not yes:
        _announce(loader.load(texts), ready)
        confirm("Publier ? On ne revient pas en arrière. [o/N]")
    frozen = freezing.freeze(texts, address, at=at or _now(), **wish)
    if as_json:
        hashes = {"text_hash": frozen.text_hash, "metadata_hash": frozen.metadata_hash}
        print_json({"address": str(frozen.address), **hashes})
        return
    say(f"Publiée : {frozen.address}, empreinte {frozen.text_hash}")


def _announce(corpus: Corpus, ready: Version) -> None:
    """Say on the error stream what is about to be published, and what it changes."""
    terms = corpus.service(ready.address.service).document(ready.address.terms)
    for name, value in _sheet(ready):
        say(f"{name} : {value}", err=True)
    former = next((v for v in terms.lasting[::-1] if v.address != ready.address), None)
    if former is not None:
        found = compare_bytes(
            former.text, ready.text, old_side=comparing.side_of(former), new_side=comparing.side_of(ready)
        )
        click.echo(f"\nPar rapport à {former.address} :\n{comparing.shown(found, sys.stderr)}", err=True)


@cli.command(help="Construit l’archive : un site statique, à servir ou à ouvrir tel quel.")
@click.option("--at", type=INSTANT, metavar="DATE", help="États à cette date plutôt que maintenant.")
@click.option(
    "--out", type=FOLDER, default=Path("build/archive"), metavar="DOSSIER",
    help="Dossier de l’archive ; sinon build/archive.",
)  # fmt: skip
@click.option(
    "--mode", type=click.Choice(MODES), default=MODES[0],
    help="Qui parle : copie documentaire (par défaut), démonstration ou éditeur.",
)  # fmt: skip
@_as_json
@click.pass_obj
def build(texts: Path, at: datetime | None, out: Path, mode: str, as_json: bool) -> None:
    """Build the archive in a folder of its own, then put it in place."""
    from cgu_archive.building import build_archive  # mkdocs and WeasyPrint take a second to load

    at = at or _now()
    built = build_archive(texts, out, at=at, mode=mode, progress=lambda said: say(said, err=True))
    if as_json:
        sizes: dict[str, Json] = {"pages": built.pages, "files": built.files, "bytes": built.size}
        print_json({"folder": str(built.out), **sizes})
        return
    say(f"Archive construite : {out / 'index.html'}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `cgu` and return its exit code."""
    try:
        code = cli.main(arguments, prog_name="cgu", standalone_mode=False)
    except click.UsageError as error:
        return _say(wrong_call(error), code=2)
    except click.Abort:
        return _say("Abandon : rien n’a été fait.", code=1)
    except UnknownAddressError as error:
        return _say(f"Adresse inconnue : {error}", code=2)
    except InvalidCorpusError as error:
        return _say(*(f"Erreur : {finding}" for finding in error.findings), code=1)
    except CorpusError as error:
        return _say(f"Refusé : {error}", code=1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _say(fault(error), code=1)
    return code if isinstance(code, int) else 0


def _say(*lines: str, code: int) -> int:
    for line in lines:
        say(line, err=True)
    return code
