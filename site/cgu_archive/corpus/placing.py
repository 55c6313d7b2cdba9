"""Put files in the folders of texts: one writer at a time, each file whole or not at all.

Each is written beside its place and moved into it, so that a machine that stops at any instant leaves what
was there or what is to be, never half of it, and doing the same again finishes the work. The folder of the
texts itself is locked, and nothing stays behind.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cgu_archive.corpus import attachments
from cgu_archive.corpus.errors import PublicationRefusedError
from cgu_archive.corpus.model import Address

METADATA = "version.yml"
ATTACHED = f"{attachments.FOLDER}/"
"""What the names of attachments begin with, among the files of a version."""


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold the texts for one publisher; the lock goes with the process, whatever happens to it."""
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise PublicationRefusedError(f"Le dossier des textes « {root} » ne s’ouvre pas.") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(folder)
        raise PublicationRefusedError("Une autre publication est en cours. Recommencez ensuite.") from error
    try:
        yield
    finally:
        os.close(folder)


def place(root: Path, address: Address, files: dict[str, bytes]) -> None:
    """Put `files` in the folder of `address`, at once when it is new, `version.yml` last when it is not."""
    folder = root / str(address)
    if folder.exists() and any(_is_new(folder, name) for name in files):
        _swap(folder, files)
        return
    if folder.exists():
        for name in sorted(files, key=lambda name: name == METADATA):
            if not name.startswith(ATTACHED):
                write(folder / name, files[name])
        return
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for name, raw in files.items():
        (new / name).parent.mkdir(exist_ok=True)
        write(new / name, raw)
    new.rename(folder)
    _flush(folder.parent)


def _is_new(folder: Path, name: str) -> bool:
    return name.startswith(ATTACHED) and not (folder / name).exists()


def _swap(folder: Path, files: dict[str, bytes]) -> None:
    """Put `files` in `folder` at once: attachments that no metadata announce would be refused meanwhile."""
    new, old = folder.with_name(f".{folder.name}.new"), _aside(folder)
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(folder, new)
    for name, raw in files.items():
        (new / name).parent.mkdir(exist_ok=True)
        write(new / name, raw)
    folder.rename(old)
    new.rename(folder)
    _flush(folder.parent)
    shutil.rmtree(old)


def _aside(folder: Path) -> Path:
    """Return where a folder stands for the instant at which another takes its place."""
    return folder.with_name(f".{folder.name}.old")


def take_back(folder: Path) -> None:
    """Put a folder back whose replacement was interrupted."""
    old = _aside(folder)
    if old.exists() and not folder.exists():
        old.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def write(file: Path, raw: bytes) -> None:
    """Replace `file` by `raw`, whole or not at all, and return once the disk has it."""
    beside = file.with_name(f".{file.name}.new")
    try:
        with beside.open("wb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _flush(file.parent)


def _flush(folder: Path) -> None:
    """Wait until the disk has the names that `folder` holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def bytes_of(file: Path) -> bytes | None:
    """Return what `file` holds; None when there is no such file."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
