"""The screen on which a decision was made: the files it was made of, and pictures of it where there are."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.acceptance import screens
from kiosk.acceptance.models import ScreenRow
from kiosk.ledger import receipts
from kiosk.ledger.errors import SignerAwayError
from kiosk.legal_desk.papers import Missing

FOLDER = "ecran"
PICTURES = "ecrans"
"""Where a deployment puts pictures of its screens, in its data folder: one folder a hash."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_MOST = 200
"""Pictures of one screen."""


def files(
    session: Session, data_dir: Path, screen_hash: str, services: Collection[str]
) -> tuple[dict[str, bytes], list[Missing]]:
    """Return what is kept of a screen, its pictures at `services`, by path in a bundle; and what is not."""
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
    pictures = _pictures(data_dir / PICTURES / screen_hash, services)
    if not pictures:
        missing.append(Missing("pictures", screen_hash[:12]))
    return found | {f"{folder}/images/{name}": content for name, content in pictures.items()}, missing


def _pictures(folder: Path, services: Collection[str]) -> dict[str, bytes]:
    """Return the pictures, and what was found of them, whose name begins with one of `services`, by name."""
    begins = tuple(f"{service}-" for service in services)
    fit = sorted(
        file
        for file in folder.glob("*")
        if file.name.startswith(begins)
        and _NAME.fullmatch(file.name)
        and file.is_file()
        and not file.is_symlink()
    )
    return {file.name: file.read_bytes() for file in fit[:_MOST]}
