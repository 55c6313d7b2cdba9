"""The screen on which a decision was made: the files it was made of, and pictures of it where there are."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.acceptance import screens
from kiosk.acceptance.models import ScreenRow
from kiosk.evidence.errors import PicturesError
from kiosk.evidence.papers import Missing
from kiosk.ledger import receipts
from kiosk.ledger.errors import SignerAwayError

FOLDER = "ecran"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_MOST = 200
"""Pictures of one screen."""


def files(
    session: Session, screens_dir: Path, screen_hash: str, services: Collection[str]
) -> tuple[dict[str, bytes], list[Missing]]:
    """Return what is kept of a screen, its pictures at `services`, by path in a bundle; and what is not.

    `screens_dir` holds the pictures, one folder a hash. Raises `PicturesError` when they cannot be read.
    """
    folder, missing = f"{FOLDER}/{screen_hash}", []
    kept = screens.kept(session, screen_hash)
    if not kept:
        return {}, [Missing("screen", screen_hash[:12])]
    found = {f"{folder}/fichiers/{path}": content for path, content in kept.items()}
    told = session.scalars(select(ScreenRow.statement_hash).where(ScreenRow.hash == screen_hash)).one()
    try:
        found[f"{folder}/publication.tlog-proof"] = receipts.tlog_proof(session, told)
    except SignerAwayError:
        missing.append(Missing("telling", screen_hash[:12]))
    pictures = _pictures(screens_dir / screen_hash, services)
    if not pictures:
        missing.append(Missing("pictures", screen_hash[:12]))
    return found | {f"{folder}/images/{name}": content for name, content in pictures.items()}, missing


def _pictures(folder: Path, services: Collection[str]) -> dict[str, bytes]:
    """Return the pictures, and what was found of them, whose name begins with one of `services`, by name.

    There are none when nobody put such a folder there. Raises `PicturesError`: never fewer than there are.
    """
    begins = tuple(f"{service}-" for service in services)
    try:
        fit = sorted(
            file
            for file in folder.iterdir()
            if file.name.startswith(begins)
            and _NAME.fullmatch(file.name)
            and file.is_file()
            and not file.is_symlink()
        )
        found = {file.name: file.read_bytes() for file in fit[:_MOST]}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise PicturesError(
            f"Les images de l’écran {folder.name[:12]} ne peuvent pas être lues ({type(error).__name__})."
            " Donnez à ce processus le droit de lire le dossier KIOSK_SCREENS_DIR."
        ) from error
    if len(fit) > _MOST:
        raise PicturesError(
            f"L’écran {folder.name[:12]} a {len(fit)} images : {_MOST} au plus. Ôtez-en de KIOSK_SCREENS_DIR."
        )
    return found
