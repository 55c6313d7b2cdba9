"""Publish the ledger as static files that anyone may mirror and watch (C2SP tlog-tiles).

The tree, its checkpoints and tokens, and the statements that concern everyone; nothing of a person.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kiosk.db import reading
from kiosk.ledger import proofs
from kiosk.ledger.errors import ForkError
from kiosk.ledger.models import CheckpointRow, LeafRow, StatementRow, TokenRow
from kiosk.proof import checkpoint, note
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import MalformedError
from kiosk.proof.tiles import WIDTH, completed, number_path, tiles_of

CHECKPOINT = "checkpoint"
INDEX = "statements/index"
PUBLIC_KINDS = ("publication", "accession", "cancellation", "key-change", "screens", "incident", "erasure")
"""Kinds of statements published whole: they are about texts and the ledger, not about a person."""

Write = Callable[[Path, bytes], None]
"""Writes a file whole or not at all, and durably."""


def publish(engine: Engine, folder: Path, *, write: Write | None = None) -> int:
    """Write to `folder` what was sealed since; returns how many files were written.

    The checkpoint comes last: whoever reads it finds all that it speaks of. Interrupted anywhere, it is done
    again from where it stood; with an empty folder, from the beginning. Raises `ForkError` when what stands
    there is not the beginning of what the database holds, or when the database lacks a part of it.
    """
    put = write or write_file
    with reading(engine) as session:
        head = proofs.latest(session)
        if head is None:
            refuse_fork(session, folder, None)
            return 0
        newest = proofs.cosigned_note(session, head.size)
        held = refuse_fork(session, folder, checkpoint.parse(note.parse(newest).text).origin)
        before = held.size if held else 0
        written = 0
        for name, content in _files(session, folder, before, head.size):
            put(folder / name, content)
            written += 1
    for tile in completed(before, head.size):
        shutil.rmtree(folder / f"{tile.path}.p", ignore_errors=True)
    target = folder / CHECKPOINT
    if held is None or target.read_bytes() != newest.encode():
        put(target, newest.encode())
        written += 1
    return written


def published(folder: Path) -> Checkpoint | None:
    """Return the checkpoint that stands in `folder`; None before the first. Raises `ForkError`."""
    try:
        raw = (folder / CHECKPOINT).read_text("utf-8")
        return checkpoint.parse(note.parse(raw).text)
    except FileNotFoundError:
        return None
    except (MalformedError, UnicodeDecodeError) as error:
        raise ForkError(
            f"{folder / CHECKPOINT} est illisible : rien n’est scellé tant qu’il ne l’est pas."
            " Restaurez-le, ou retrouvez-le chez qui suit ce registre."
        ) from error


def refuse_fork(session: Session, folder: Path, origin: str | None) -> Checkpoint | None:
    """Return what `published` does; raises `ForkError` unless the database holds it, under `origin`.

    A database restored from before what was published would sign another history.
    """
    held = published(folder)
    if held is None:
        return None
    if origin is not None and held.origin != origin:
        raise ForkError(f"{folder} porte le registre « {held.origin} », celui-ci est « {origin} ».")
    root = session.scalar(select(CheckpointRow.root).where(CheckpointRow.size == held.size))
    if root == held.root:
        return held
    head = proofs.latest(session)
    if head is None or head.size < held.size:
        raise ForkError(
            f"Le registre publié a {held.size} feuilles, la base {head.size if head else 0} : elle vient"
            " d’une sauvegarde plus ancienne. Rien n’est scellé, pour ne pas écrire une seconde histoire."
        )
    raise ForkError(f"La base ne porte pas le point de {held.size} feuilles qui a été publié.")


def write_file(file: Path, content: bytes) -> None:
    """Write `file`, readable by all, whole or not at all, and on the disk when this returns."""
    _make_folder(file.parent)
    draft = file.with_name(f".{file.name}.draft")
    with draft.open("wb") as stream:
        stream.write(content)
        os.fchmod(stream.fileno(), 0o644)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
    _sync_folder(file.parent)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Put on the disk which files `folder` holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _files(session: Session, folder: Path, before: int, size: int) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of what a tree of `size` leaves adds to one of `before`, but the checkpoint."""
    if before < size:
        yield from _tiles(session, before, size)
        yield from _statements(session, folder, before, size)
        notes = select(CheckpointRow.size, CheckpointRow.note).where(
            CheckpointRow.size > before, CheckpointRow.size <= size
        )
        for covered, raw in session.execute(notes.order_by(CheckpointRow.size)):
            yield f"checkpoints/{number_path(covered)}", raw.encode()
    yield from _tokens(session, folder, size)


def _tiles(session: Session, before: int, size: int) -> Iterator[tuple[str, bytes]]:
    for tile in completed(before, size):
        yield tile.path, proofs.hashes(session, tile)
    for tile in tiles_of(size):
        if tile.width < WIDTH:
            yield tile.path, proofs.hashes(session, tile)


def _statements(session: Session, folder: Path, before: int, size: int) -> Iterator[tuple[str, bytes]]:
    """Yield the statements that concern everyone, then their list when it changes."""
    everyone = LeafRow.leaf_index < size, StatementRow.kind.in_(PUBLIC_KINDS)
    joined = StatementRow.hash == LeafRow.statement_hash
    bodies = (
        select(LeafRow.leaf_index, StatementRow.body)
        .join(StatementRow, joined)
        .where(*everyone, LeafRow.leaf_index >= before)
        .order_by(LeafRow.leaf_index)
    )
    changed = not (folder / INDEX).exists()
    for index, body in session.execute(bodies):
        changed = True
        yield f"statements/{number_path(index)}", body
    if changed:
        listed = (
            select(LeafRow.leaf_index, StatementRow.hash, StatementRow.kind)
            .join(StatementRow, joined)
            .where(*everyone)
            .order_by(LeafRow.leaf_index)
        )
        lines = [f"{index} {digest} {kind}\n" for index, digest, kind in session.execute(listed)]
        yield INDEX, "".join(lines).encode()


def _tokens(session: Session, folder: Path, size: int) -> Iterator[tuple[str, bytes]]:
    """Yield the usable tokens that are not there yet, oldest first.

    They are written in the order they came: the first found there, from the newest on, ends the search.
    """
    newest_first = (
        select(TokenRow.size, TokenRow.authority, TokenRow.token)
        .where(TokenRow.size <= size, TokenRow.usable.is_(True))
        .order_by(TokenRow.received_at.desc(), TokenRow.size.desc(), TokenRow.authority, TokenRow.serial)
        .execution_options(yield_per=100)
    )
    missing: dict[str, bytes] = {}
    with session.execute(newest_first) as rows:
        for covered, authority, token in rows:
            name = f"tokens/{number_path(covered)}/{authority}.tst"
            if (folder / name).exists():
                break
            missing[name] = token
    yield from reversed(missing.items())
