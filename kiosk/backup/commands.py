"""`kiosk ledger audit|recover|deposit`, `kiosk backup` and `kiosk restore`."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from kiosk.backup import auditing, depositing, making, restoring, versions
from kiosk.backup.databases import POSTGRESQL
from kiosk.backup.erasures import LOST, erasers
from kiosk.backup.errors import BackupError, DepositError, PlaceError
from kiosk.backup.restoring import Place, Restored
from kiosk.clock import system_clock
from kiosk.commands import database, ledger, open_settings, told
from kiosk.config import Settings
from kiosk.db import writing
from kiosk.environment import ConfigurationError
from kiosk.ledger import audit as ledger_audit
from kiosk.ledger import files, recovery
from kiosk.ledger.deviations import DeviationError
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.keys import PUBLIC_FILE
from kiosk.ledger.public_keys import own_trust
from kiosk.ledger.rows import snapshot
from kiosk.monitor.errors import SourceError
from kiosk.monitor.sources import source
from kiosk.proof.errors import MalformedError
from kiosk.proof.receipt import MAX_BYTES
from kiosk.proof.trust import Trust, parse_trust
from kiosk.texts.services import load_services

P = ParamSpec("P")
R = TypeVar("R")


def _said(command: Callable[P, R]) -> Callable[P, R]:
    """Say why nothing was saved or restored, and exit: 2 for a wrong call, 1 for anything refused."""

    @told
    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (PlaceError, SourceError) as error:
            click.echo(f"Erreur : {error}", err=True)
            sys.exit(2)
        except BackupError as error:
            click.echo(f"Refusé : {error}", err=True)
            sys.exit(1)

    return run


@ledger.command(help="Recalcule tout le registre, des enregistrements aux jetons, et nomme le premier écart.")
@click.option(
    "--trust", "trust_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Fichier de confiance ; sans lui, la clé, les autorités et les témoins des réglages.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@_said
def audit(trust_file: Path | None, as_json: bool) -> None:
    """Audit the ledger and the decisions."""
    settings = open_settings()
    trust = _read_trust(trust_file) if trust_file else own_trust(settings)
    with database(settings, url=settings.owner_database_url) as engine, snapshot(engine) as session:
        try:
            found = auditing.audit(
                session, trust, published=settings.ledger_dir, at=system_clock(), tell=_tell(as_json)
            )
        except LedgerError as error:
            if as_json:
                click.echo(json.dumps(_deviation(error), ensure_ascii=False, indent=2))
            else:
                click.echo(f"Écart : {error}", err=True)
            sys.exit(1)
    whole = {"verdict": "intact", **ledger_audit.summary(found.ledger), **found.counts}
    click.echo(json.dumps(whole, ensure_ascii=False, indent=2) if as_json else _summary(whole))


@ledger.command(
    help="Reprend le registre là où il fut publié, quand la base vient d’une sauvegarde plus ancienne."
)
@click.option("--from", "address", required=True, help="Dossier ou adresse https où le registre est publié.")
@_said
def recover(address: str) -> None:
    """Take up the ledger."""
    settings = open_settings()
    published = source(address)
    with database(settings, url=settings.owner_database_url) as engine, writing(engine) as session:
        done = recovery.recover(
            session,
            published,
            own_trust(settings),
            environment=settings.mode.value,
            statement_id=secrets.token_hex(16),
            at=system_clock(),
        )
        files.refuse_fork(session, settings.ledger_dir, None)
        erased = recovery.replay_erasures(session, erasers(load_services(settings.texts_dir)))
        registered, lost = versions.take_up(session, settings.texts_dir) if done else (0, ())
    if done is None:
        click.echo("La base a déjà tout ce qui est publié : rien n’était à reprendre.")
        return
    click.echo(_recovered(done, erased, registered, (*done.beside.lacking, *lost)))


@ledger.command(
    help="Reprend des justificatifs que des personnes rapportent, pour des enregistrements perdus ici. Chacun"
    " est vérifié en entier d’abord."
)
@click.argument(
    "files", metavar="FILE…", nargs=-1, required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)  # fmt: skip
@_said
def deposit(files: tuple[Path, ...]) -> None:
    """Take receipts back."""
    settings = open_settings()
    trust = own_trust(settings)
    doing_again = erasers(load_services(settings.texts_dir))
    refused = 0
    with database(settings, url=settings.owner_database_url) as engine:
        for file in files:
            try:
                with file.open("rb") as stream, writing(engine) as session:
                    raw = stream.read(MAX_BYTES + 1)
                    done = depositing.deposit(
                        session, raw, trust, environment=settings.mode.value, erasers=doing_again
                    )
            except DepositError as error:
                refused += 1
                click.echo(f"Refusé, {file} : {error}.", err=True)
                continue
            click.echo(
                f"{file} : enregistrement {done.statement_hash} repris, feuille {done.index},"
                f" {done.opened} champ(s) ouvert(s)."
                if done
                else f"{file} : déjà ici, rien à reprendre."
            )
    if refused:
        sys.exit(1)


@click.command(
    help="Sauvegarde la base, le registre publié et les images des écrans dans DIR, sans rien arrêter. Les"
    " clés vont à part."
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--keys", "keys_file", type=click.Path(path_type=Path),
    help="Archive où mettre les clés, hors de DIR et sous une autre garde.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@_said
def backup(folder: Path, keys_file: Path | None, as_json: bool) -> None:
    """Save the kiosk."""
    settings = open_settings()
    if keys_file:
        making.refuse_keys_place(folder, keys_file)
    with database(settings, url=settings.owner_database_url) as engine:
        made = making.make(
            engine, making.Sources(settings.ledger_dir, settings.screens_dir), folder,
            own_trust(settings), environment=settings.mode.value, at=system_clock(), tell=_tell(as_json),
        )  # fmt: skip
    if keys_file:
        making.save_keys(settings.keys_dir, keys_file)
    if as_json:
        told_files = {name: {"bytes": size, "sha256": digest} for name, (size, digest) in made.files.items()}
        whole = {"folder": str(folder), "leaves": made.size, "root": made.root, "published": made.published}
        whole |= {"made_at": made.made_at, "deviation": made.deviation, "files": told_files}
        click.echo(json.dumps(whole, ensure_ascii=False, indent=2))
    else:
        click.echo(
            f"Sauvegardé et relu : {folder}, {len(made.files)} fichier(s), {made.size} feuille(s) scellée(s),"
            f" {made.published} publiée(s)."
        )
        click.echo(
            f"Clés : {keys_file}, à garder ailleurs que la sauvegarde."
            if keys_file
            else "Les clés n’y sont pas : sauvegardez-les une fois à part, avec --keys."
        )
    if made.deviation:
        click.echo(f"La copie est fidèle, mais l’original dévie. Écart : {made.deviation}", err=True)
        sys.exit(1)


@click.command(help="Restaure la sauvegarde DIR à une place vide ; tout est vérifié avant d’ouvrir.")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--keys", "keys_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Archive des clés, pour les remettre aussi.",
)  # fmt: skip
@click.option(
    "--trust", "trust_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Fichier de confiance : les clés du registre, reçues d’ailleurs que de la sauvegarde.",
)  # fmt: skip
@click.option(
    "--key-of-the-backup", "own_key", is_flag=True,
    help="Croit la clé que la sauvegarde nomme : celui qui l’a écrite l’a choisie.",
)  # fmt: skip
@click.option(
    "--recover-from", "address",
    help="Dossier ou adresse https du registre publié : compare, et reprend ce qui fut scellé depuis.",
)  # fmt: skip
@click.option(
    "--nothing-published", is_flag=True, help="Vous répondez que rien ne fut publié après cette sauvegarde."
)
@click.option(
    "--despite-deviation", "despite", is_flag=True, help="Restaure même l’écart que la sauvegarde dit."
)
@_said
def restore(
    folder: Path,
    keys_file: Path | None,
    trust_file: Path | None,
    own_key: bool,
    address: str | None,
    nothing_published: bool,
    despite: bool,
) -> None:
    """Bring a kiosk back."""
    if address and nothing_published:
        raise click.UsageError("--recover-from et --nothing-published se contredisent : choisissez.")
    settings = open_settings()
    here = _has_key(settings, keys_file, trust_file, own_key=own_key)
    published = source(address) if address else None
    given = _read_trust(trust_file) if trust_file else None
    if keys_file:  # first: they say whom to trust, the backup does not
        restoring.restore_keys(keys_file, settings.keys_dir)
    try:
        done = restoring.restore(
            folder,
            Place(
                settings.owner_database_url or settings.database_url,
                settings.ledger_dir,
                settings.screens_dir,
                settings.mode.value,
                settings.texts_dir,
            ),
            given or (own_trust(settings) if here else None),
            source=published,
            erasers=erasers(load_services(settings.texts_dir)),
            statement_id=secrets.token_hex(16),
            at=system_clock(),
            nothing_published=nothing_published,
            despite=despite,
            tell=_tell(False),
        )
    except BaseException:
        if keys_file:  # nothing was there before
            shutil.rmtree(settings.keys_dir)
        raise
    click.echo(_restored(done, settings, own_key=own_key))


COMMANDS: tuple[click.Command, ...] = (backup, restore)
"""What `kiosk` is given; the commands on the ledger are in their group already."""


def _has_key(settings: Settings, keys_file: Path | None, trust_file: Path | None, *, own_key: bool) -> bool:
    """Whether the ledger's key is here, or comes with `keys_file`; refuse a restore that nothing vouches for.

    Raises `click.UsageError` when two answers contradict each other, `PlaceError` when there is none.
    """
    here = keys_file is not None or (settings.keys_dir / PUBLIC_FILE).exists()
    if own_key and (here or trust_file):
        raise click.UsageError("--key-of-the-backup ne va qu’en l’absence de clés et de --trust.")
    if not (own_key or here or trust_file):
        raise PlaceError(
            "Les signatures se vérifient avec une clé que la sauvegarde ne choisit pas. Donnez --keys ARCHIVE"
            " (les clés sauvegardées à part) ou --trust FICHIER (les clés publiques, reçues d’ailleurs) ; à"
            " défaut, --key-of-the-backup croit celle que la sauvegarde nomme."
        )
    return here


def _restored(done: Restored, settings: Settings, *, own_key: bool) -> str:
    """Return what was restored, what was not, and what is left to do by hand."""
    lines = [f"Restauré et vérifié : {done.manifest.size} feuille(s), sauvegarde du {done.manifest.made_at}."]
    if done.recovered:
        lines.append(_recovered(done.recovered, done.erased, done.versions, done.lacking))
    if own_key:
        lines.append(
            f"Vérifié avec la seule clé que la sauvegarde nomme, {done.manifest.key} : comparez-la à celle"
            " que vous tenez d’ailleurs avant d’ouvrir."
        )
    if done.manifest.deviation:
        lines.append(f"Restauré avec l’écart que la sauvegarde disait : {done.manifest.deviation}")
    if not (settings.keys_dir / PUBLIC_FILE).exists():
        lines.append(f"Les clés manquent : remettez-les dans {settings.keys_dir} avant « kiosk worker ».")
    if done.manifest.database == POSTGRESQL:
        lines.append("Les droits de la base ne sont pas restaurés : « kiosk database roles » les redonne.")
    lines += [
        "Tout le monde est déconnecté. Mots de passe et personnes du service juridique sont ceux du jour de"
        " la sauvegarde : qui a quitté ce service depuis est à retirer de nouveau (« kiosk evidence officer"
        " deactivate »), un mot de passe changé depuis est à changer de nouveau.",
        LOST,
        "Avant d’ouvrir, comparez avec un tiers qui suit le registre : cgu-monitor, ou un témoin.",
    ]
    return "\n".join(lines)


def _read_trust(file: Path) -> Trust:
    try:
        trust = parse_trust(file.read_text("utf-8"))
    except (MalformedError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} : ce n’est pas un fichier de confiance ({error}).") from error
    if not trust.ledger:
        raise ConfigurationError(
            f"{file} ne nomme aucune clé de registre (ligne « ledger nom+empreinte+base64 »)."
        )
    return trust


def _tell(silent: bool) -> ledger_audit.Tell | None:
    if silent or not sys.stderr.isatty():
        return None
    return lambda leaves: click.echo(f"{leaves} feuilles…", err=True)


def _deviation(error: LedgerError) -> dict[str, Any]:
    if not isinstance(error, DeviationError):
        return {"verdict": "deviation", "message": str(error)}
    return {
        "verdict": "deviation",
        "table": error.table,
        "key": error.key,
        "expected": error.expected,
        "found": error.found,
    }


def _summary(whole: dict[str, Any]) -> str:
    lines = [
        f"Intact : {whole['leaves']} feuille(s), racine {whole['root']}.",
        f"  points scellés : {whole['checkpoints']} ; tuiles : {whole['tiles']} ;"
        f" feuilles publiées, comparées aux fichiers : {whole['published']}",
        f"  décisions : {whole['decisions']} ; versions : {whole['versions']},"
        f" pièces jointes : {whole['attachments']} ; écrans : {whole['screens']} ;"
        f" en attente d’être scellés : {whole['pending']}",
        f"  contestations : {whole['contestations']} ; notifications : {whole['notifications']} ;"
        f" journées de textes montrés : {whole['days']}",
        f"  champs personnels gardés à part : {whole['archived_disclosures']} ;"
        f" demandes de dossiers de preuve, leurs mots gardés : {whole['evidence_words']}",
        f"  actes de procédures de mesure : {whole['sanction_acts']} ; sur des brouillons :"
        f" {whole['draft_acts']} ; d’administration : {whole['administration_acts']}",
        f"  jetons d’horodatage : {whole['tokens']}, dont {whole['unverified_tokens']} d’une autorité dont la"
        f" racine n’est pas donnée, et {whole['unpublished_tokens']} non publié(s)",
        f"  cosignatures : {whole['cosignatures']}, dont {whole['unverified_cosignatures']} d’un"
        " témoin dont la clé n’est pas donnée",
    ]
    if whole["recovered"]:
        lines.append(f"  feuilles reprises de la publication, enregistrement perdu : {whole['recovered']}")
    return "\n".join(lines)


def _recovered(done: recovery.Recovered, erased: int, registered: int, lacking: Sequence[str]) -> str:
    beside, lines = done.beside, []
    if done.size > done.before:
        lines.append(
            f"Repris de la publication : {done.size - done.before} feuille(s), de {done.before} à"
            f" {done.size}, dont {done.unknown} sans leur enregistrement ; les justificatifs remis se"
            " vérifient toujours."
        )
    lines += [
        f"Repris aussi : {beside.checkpoints} point(s) intermédiaire(s), {beside.tokens} horodatage(s),"
        f" {beside.cosignatures} cosignature(s), {registered} version(s) de textes.",
        f"Effacements refaits : {erased} ligne(s).",
    ]
    if done.unknown:
        lines.append(
            "Ne se retrouvent pas dans ce qui est publié : les comptes, les décisions et ce qui les ouvre,"
            f" pour {done.unknown} enregistrement(s). Le justificatif qu’une personne rapporte se remet par"
            " « kiosk ledger deposit »."
        )
    lines += [f"N’a pas été repris : {one}." for one in lacking]
    if done.size > done.before:
        lines.append("« kiosk worker » scellera la mention de cette reprise.")
    return "\n".join(lines)
