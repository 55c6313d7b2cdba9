"""Read the published files as a mirror does, with the public key alone."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from kiosk.ledger.files import PUBLIC_KINDS
from kiosk.proof import checkpoint, merkle
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.tiles import Tile, TileReader, number_path
from tests.kiosk.ledger.making import KEY


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fetch(folder: Path, tile: Tile) -> bytes:
    """Read a tile as a mirror does: the partial one, else the full one that took its place."""
    partial = folder / tile.path
    return (partial if partial.exists() else folder / tile.full.path).read_bytes()


def is_draft(path: Path) -> bool:
    """Whether it is what a process killed while it wrote a file leaves: nobody is given it."""
    return path.name.startswith(".") and path.name.endswith(".draft")


def check_files(folder: Path, after: int = 0) -> Checkpoint | None:
    """Verify all that stands in `folder`; returns its checkpoint, None before the first.

    Of the checkpoints it made on the way, only those of more leaves than `after` are verified.
    """
    if not (folder / "checkpoint").exists():
        return None
    made, _ = checkpoint.opened((folder / "checkpoint").read_text(), [KEY.verifier])
    read = TileReader(lambda tile: fetch(folder, tile), made.size)
    assert merkle.tree_root(made.size, read) == made.root
    for line in (folder / "statements/index").read_text().splitlines():
        index, digest, kind = line.split(" ")
        raw = (folder / "statements" / number_path(int(index))).read_bytes()
        assert sha256(raw).hexdigest() == digest
        assert kind in PUBLIC_KINDS
        if int(index) < made.size:
            assert read(0, int(index)) == merkle.leaf_hash(raw)
    for path in (folder / "checkpoints").rglob("*"):
        if path.is_file() and not is_draft(path):
            older, _ = checkpoint.opened(path.read_text(), [KEY.verifier])
            if after < older.size <= made.size:
                consistency = merkle.consistency_path(older.size, made.size, read)
                merkle.verify_consistency(older.size, older.root, made.size, made.root, consistency)
    return made
