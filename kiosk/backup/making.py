"""Make a backup: the database, what the ledger published and the pictures of screens, audited, keys apart."""

from __future__ import annotations

import os
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kiosk.backup import auditing, databases, manifest
from kiosk.backup.errors import PlaceError
from kiosk.backup.manifest import FILE, PICTURES, PUBLISHED, Manifest
from kiosk.ledger import files, proofs
from kiosk.ledger.audit import Tell
from kiosk.ledger.errors import LedgerError
from kiosk.proof import checkpoint, merkle, note
from kiosk.proof.statement import instant
from kiosk.proof.tiles import WIDTH, tiles_of
from kiosk.proof.trust import Trust


@dataclass(frozen=True, slots=True)
class Sources:
    """The folders that are saved with a database; either may be missing."""

    published: Path
    """Where the ledger is published."""
    pictures: Path
    """Pictures of the screens on which people decided, one folder a screen."""


def make(
    engine: Engine,
    sources: Sources,
    target: Path,
    trust: Trust,
    *,
    environment: str,
    at: datetime,
    tell: Tell | None = None,
) -> Manifest:
    """Write a backup of `engine` and of the folders `sources` to `target`, whole or not at all.

    Nothing is stopped meanwhile. The copy is audited, then read again: what the audit finds wrong was wrong
    in the original, the backup is kept and its `deviation` says it. `trust` holds the ledger's key first.
    Raises `PlaceError` when `target` exists, `ProgramError`, `DamagedError`.
    """
    with _written(target) as draft:
        size = _copy_published(sources.published, draft / PUBLISHED)
        copy_pictures(sources.pictures, draft / PICTURES)
        with databases.copied(engine, draft) as session:
            head = proofs.latest(session)
            revision = databases.revision(session)
            deviation = _deviation(session, trust, draft / PUBLISHED, at, tell)
        said = Manifest(
            made_at=instant(at),
            release=version("cgu-kiosk"),
            environment=environment,
            database=databases.kind(engine),
            file=databases.FILES[databases.kind(engine)],
            revision=revision,
            key=trust.ledger[0].encode(),
            size=head.size if head else 0,
            root=(head.root if head else merkle.EMPTY_ROOT).hex(),
            published=size,
            deviation=deviation,
            files={name: manifest.measure(draft / name) for name in manifest.walk(draft)},
        )
        files.write_file(draft / FILE, said.dump())
        (draft / FILE).chmod(0o600)
        manifest.verify(draft, manifest.load(draft))
    return said


def save_keys(keys_dir: Path, target: Path) -> None:
    """Write the folder of keys to the archive `target`, for its owner alone; raises `PlaceError`."""
    if not keys_dir.is_dir():
        raise PlaceError(f"{keys_dir} manque : il n’y a pas de clé à sauvegarder ici.")
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            with tarfile.open(fileobj=stream, mode="w") as held:
                held.add(keys_dir, "keys", filter=_plain)
            stream.flush()
            os.fsync(stream.fileno())
        target.hardlink_to(draft)
    except FileExistsError as error:
        raise PlaceError(f"{target} existe : choisissez un autre fichier pour les clés.") from error
    except OSError as error:
        raise PlaceError(f"{target} ne peut pas être écrit ({error.strerror}).") from error
    finally:
        draft.unlink(missing_ok=True)


def refuse_keys_place(target: Path, keys: Path) -> None:
    """Raise `PlaceError` when the keys would lie with what they sign, or over another file."""
    if keys.absolute().is_relative_to(target.absolute()):
        raise PlaceError(f"{keys} est dans la sauvegarde : gardez les clés ailleurs, sous une autre garde.")
    if keys.exists() or not keys.parent.is_dir():
        raise PlaceError(f"{keys} : attendu un fichier nouveau dans un dossier qui existe.")


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Keep folders and files alone, without their owner."""
    if not (member.isfile() or member.isdir()):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


@contextmanager
def _written(target: Path) -> Iterator[Path]:
    """Yield a folder that becomes `target` when all went well, and disappears otherwise."""
    if target.exists():
        raise PlaceError(f"{target} existe : choisissez un dossier qui n’existe pas encore.")
    if not target.parent.is_dir():
        raise PlaceError(f"{target.parent} manque : créez d’abord ce dossier.")
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    draft.mkdir(mode=0o700)
    try:
        yield draft
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _copy_published(source: Path, target: Path) -> int:
    """Copy what is published, its checkpoint read first; returns how many leaves that covers.

    The ledger goes on publishing: what the checkpoint speaks of is there when it is read, and stays, but for
    a partial tile that its full one replaces.
    """
    target.mkdir(mode=0o700)
    try:
        newest = (source / files.CHECKPOINT).read_bytes()
    except FileNotFoundError:
        return 0
    for path in source.rglob("*"):
        name = path.relative_to(source)
        if path.is_file() and not path.name.startswith("."):
            with suppress(FileNotFoundError):
                _copy(path, target / name)
    size = checkpoint.parse(note.parse(newest.decode()).text).size
    for tile in tiles_of(size):
        if tile.width < WIDTH and not (target / tile.path).exists():
            _copy(source / tile.full.path, target / tile.full.path)
    files.write_file(target / files.CHECKPOINT, newest)
    return size


def copy_pictures(source: Path, target: Path) -> None:
    """Copy each picture of each screen that `target` has not; links are not followed, nor deeper folders."""
    for folder in (one for one in source.glob("*") if one.is_dir() and not one.is_symlink()):
        for file in folder.iterdir():
            there = target / folder.name / file.name
            if file.is_file() and not file.is_symlink() and not there.exists():
                _copy(file, there)


def _copy(source: Path, target: Path) -> None:
    files.write_file(target, source.read_bytes())


def _deviation(
    session: Session, trust: Trust, published: Path, at: datetime, tell: Tell | None
) -> str | None:
    """Return the first deviation of what was copied, None without any."""
    try:
        auditing.audit(session, trust, published=published, at=at, tell=tell)
    except LedgerError as error:
        return str(error)
    return None
