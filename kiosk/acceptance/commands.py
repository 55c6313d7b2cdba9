"""`kiosk screens`: the screens that are kept, and their files, for who checks a decision years later."""

from __future__ import annotations

import json
import sys
from pathlib import Path, PurePosixPath

import click
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import text_hash
from kiosk.acceptance import screens
from kiosk.acceptance.errors import ScreenError
from kiosk.commands import database, open_settings, told
from kiosk.db import reading
from kiosk.ledger.saying import utc

LIST = "ecran.json"
"""The file of an export whose SHA-256 is the hash of the screen: the hash of each other file, by path."""


@click.group("screens", help="Les écrans sur lesquels on décide : mise en forme, mots et scripts, gardés.")
def group() -> None:
    """Group the commands on screens."""


@group.command("list", help="Montre les écrans gardés, du plus ancien au plus récent.")
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@told
def show(as_json: bool) -> None:
    """Show what is kept."""
    with database(open_settings()) as engine, reading(engine) as session:
        rows = screens.every(session)
    held = [
        {
            "screen": row.hash,
            "release": row.release,
            "kept_at": utc(row.kept_at),
            "files": len(json.loads(row.files)),
            "statement_hash": row.statement_hash,
        }
        for row in rows
    ]
    if as_json:
        click.echo(json.dumps(held, ensure_ascii=False, indent=2))
        return
    for one in held:
        click.echo(
            f"{one['screen']}  version {one['release']}, gardé le {one['kept_at']}, {one['files']} fichiers"
        )
    click.echo(f"{len(held)} écran(s) gardé(s).")


@group.command(
    help=f"Écrit dans DIR, vide, les fichiers de l’écran d’empreinte HASH, et {LIST} qui les liste."
)
@click.argument("screen_hash", metavar="HASH")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@told
def export(screen_hash: str, folder: Path) -> None:
    """Write the files of a screen."""
    with database(open_settings()) as engine, reading(engine) as session:
        try:
            files = checked(session, screen_hash)
        except ScreenError as error:
            click.echo(f"Refusé : {error}", err=True)
            sys.exit(1)
    if not files:
        raise click.UsageError(f"Aucun écran gardé n’a l’empreinte {screen_hash}.")
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} n’est pas vide.")
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    click.echo(f"{len(files) - 1} fichiers écrits dans {folder}. « sha256sum {LIST} » donne {screen_hash}.")


def checked(session: Session, screen_hash: str) -> dict[str, bytes]:
    """Return the files of a screen by path, their list among them, each with the hash that it must have.

    Empty when the screen is not kept. Raises `ScreenError` when what is kept was altered.
    """
    listed = screens.listing(session, screen_hash)
    if listed is None:
        return {}
    if text_hash(listed) != screen_hash:
        raise ScreenError(f"La liste de l’écran {screen_hash} a été altérée.")
    files = {LIST: listed}
    hashes: dict[str, str] = json.loads(listed)
    for path, content in screens.kept(session, screen_hash).items():
        inside = PurePosixPath(path)
        if inside.is_absolute() or ".." in inside.parts or path == LIST:
            raise ScreenError(f"« {path} » : attendu un chemin dans le dossier de l’écran.")
        if text_hash(content) != hashes[path]:
            raise ScreenError(
                f"« {path} » a été altéré : attendu {hashes[path]}, trouvé {text_hash(content)}."
            )
        files[path] = content
    return files
