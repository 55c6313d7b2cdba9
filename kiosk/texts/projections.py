"""Copies of what was published, made by the worker: files of the texts, and the archive built from them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from cgu_archive.corpus import fields, freezing, loader, reading, writing
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.model import Metadata
from cgu_archive.corpus.notes import Silence
from kiosk.texts import attachments, services
from kiosk.texts.errors import ProjectionError
from kiosk.texts.models import PublishedVersion

STAMP = "archive.inputs"
"""File beside the archive that says what it was built from."""
_BUILD_SECONDS = 900
_ERROR_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Made:
    """What is known of how a version was made, to write beside it or to tell from it."""

    silences: tuple[Silence, ...] = ()
    """What was left as it stands in it."""
    states: frozenset[str] = frozenset()
    """The hashes of the texts that it was, before it was published."""


_NOTHING = Made()


def project(session: Session, version: PublishedVersion, texts_dir: Path, made: Made = _NOTHING) -> bool:
    """Write the files of a published version under `texts_dir`; returns whether any was to be written.

    The draft it was made from, if it has the published words or those of a state of its, becomes the
    publication. Raises `CorpusError` when something else stands there, `LostAttachmentError` when an
    attachment is not kept.
    """
    address, metadata = services.address(version), services.metadata(version)
    attached = attachments.contents(session, metadata)
    _settle_draft(texts_dir / str(address), version, metadata, made.states)
    written = freezing.project(texts_dir, address, version.text, metadata, attached=attached)
    return freezing.note_silences(texts_dir, address, made.silences) or written


def _settle_draft(
    folder: Path, version: PublishedVersion, metadata: Metadata, states: frozenset[str]
) -> None:
    """Give the draft in `folder` the words and metadata it was published with; leave anything else there."""
    file, text_file = folder / "version.yml", folder / loader.text_name(metadata.transcription)
    if not (file.is_file() and text_file.is_file()):
        return
    text = text_file.read_bytes()
    if text != version.text and text_hash(text) not in states:
        return
    read, _ = fields.load(file.name, file.read_bytes(), reading.metadata)
    if read is None or read[1:] != (None, None):
        return
    _replace(text_file, version.text)
    if read[0].attachments == metadata.attachments:  # others come before the metadata that announce them
        _replace(file, writing.version_yml(metadata, version.text_hash, version.metadata_hash))


def _replace(file: Path, raw: bytes) -> None:
    beside = file.with_name(f".{file.name}.settled")
    beside.write_bytes(raw)
    beside.replace(file)


def project_missing(session: Session, texts_dir: Path) -> list[PublishedVersion]:
    """Write the files of every published version that `texts_dir` lacks; returns those, oldest first."""
    held = {str(version.address) for _, _, version in loader.load(texts_dir).versions() if version.published}
    rows = session.scalars(select(PublishedVersion).order_by(PublishedVersion.id))
    missing = [row for row in rows if str(services.address(row)) not in held]
    for row in missing:
        project(session, row, texts_dir)
    return missing


def build_archive(texts_dir: Path, archive_dir: Path, mode: str, address: str) -> bool:
    """Build the archive of `texts_dir`, served at `address`, in `archive_dir` unless it is already of these.

    Returns whether it was built. The command replaces the archive in one move: a failure leaves the former
    one. Raises `ProjectionError`.
    """
    wanted = inputs_hash(texts_dir, mode, address)
    stamp = archive_dir.parent / f".{archive_dir.name}.{STAMP}"
    if archive_dir.is_dir() and stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return False
    _run_build(texts_dir, archive_dir, mode, address)
    stamp.write_text(wanted, "utf-8")
    return True


def inputs_hash(texts_dir: Path, mode: str, address: str) -> str:
    """Return a hash of all that decides what the archive looks like: texts, our code, mode, address."""
    code = Path(loader.__file__).resolve().parent.parent
    shell = code.parent.parent / "mkdocs.yml"
    lines = [mode, address, text_hash(shell.read_bytes()) if shell.is_file() else ""]
    for root in (texts_dir, code.parent):
        for file in sorted(root.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                lines.append(f"{file.relative_to(root).as_posix()} {text_hash(file.read_bytes())}")
    return text_hash("\n".join(lines).encode())


def _run_build(texts_dir: Path, archive_dir: Path, mode: str, address: str) -> None:
    command = [
        str(Path(sys.executable).parent / "cgu"),
        "--texts", str(texts_dir), "build", "--out", str(archive_dir), "--mode", mode,
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - our own command, without a shell
            command, capture_output=True, timeout=_BUILD_SECONDS, check=False, env=_environment(address)
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProjectionError(f"cgu build : {type(error).__name__}") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()[-_ERROR_CHARACTERS:]
        raise ProjectionError(f"cgu build : code {done.returncode}. {said}")


def _environment(address: str) -> dict[str, str]:
    """Return the environment of a build: that of this process without the kiosk's own settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("KIOSK_") and name != "DATABASE_URL"
    }
    return kept | {"CGU_ARCHIVE_URL": address}
