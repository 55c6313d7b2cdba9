"""What a monitor keeps between two runs: the last checkpoint it checked, the evidence of what was wrong."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.monitor.errors import StateError
from kiosk.monitor.watching import Seen
from kiosk.proof.errors import MalformedError

NOTE, INDEX, LOCK = "checkpoint", "index", "lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other monitor out of `folder`, made if it is not there; raises `StateError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StateError(f"{folder} : {error.strerror}.") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StateError(f"{folder} : un autre cgu-monitor est en cours.") from error
        yield
    finally:
        os.close(descriptor)


def load(folder: Path) -> Seen | None:
    """Return what was kept in `folder`, None before the first run; raises `StateError` if unreadable."""
    try:
        kept = Seen((folder / NOTE).read_text("utf-8"), (folder / INDEX).read_text("ascii"))
        _ = kept.head
    except FileNotFoundError as error:
        if (folder / NOTE).exists():
            raise StateError(f"{folder / INDEX} manque : restaurez le dossier d’état.") from error
        return None
    except (MalformedError, UnicodeDecodeError, OSError) as error:
        raise StateError(f"{folder} : état illisible. Restaurez-le, ou indiquez un autre dossier.") from error
    return kept


def save(folder: Path, seen: Seen) -> None:
    """Keep `seen` in `folder`, on the disk when this returns; the checkpoint comes last."""
    write(folder / INDEX, seen.index.encode("ascii"))
    write(folder / NOTE, seen.note.encode())


def keep_evidence(folder: Path, kept: Seen, found: Seen) -> Path:
    """Write both checkpoints, as signed, in a folder of their own under `folder`, and return it.

    Named by their hash: the same contradiction seen again is written once.
    """
    digest = hashlib.sha256((kept.note + found.note).encode()).hexdigest()[:16]  # noqa: TID251 - a name, no proof
    evidence = folder / f"preuve-{digest}"
    evidence.mkdir(exist_ok=True)
    write(evidence / "checkpoint-connu", kept.note.encode())
    write(evidence / "checkpoint-publie", found.note.encode())
    return evidence


def write(file: Path, content: bytes, mode: int = 0o644) -> None:
    """Write `file` whole or not at all, on the disk when this returns."""
    draft = file.with_name(f".{file.name}.draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
