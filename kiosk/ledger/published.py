"""Compare the files that the ledger published with the rows they were made from, as an audit passes them."""

from __future__ import annotations

from collections.abc import Sequence, Set
from pathlib import Path

from kiosk.ledger.deviations import ABSENT, DeviationError
from kiosk.ledger.files import CHECKPOINT, INDEX, published
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.tiles import HEIGHT, WIDTH, Tile, number_path

TABLE = "registre"
"""What stands for a table when a file deviates."""


class PublishedFiles:
    """The files in a folder, up to the checkpoint that stands there; without one, nothing is compared."""

    def __init__(self, folder: Path | None) -> None:
        """Look at `folder`; None compares nothing. Raises `ForkError` when its checkpoint is unreadable."""
        self._folder = folder or Path()
        self.head: Checkpoint | None = published(folder) if folder else None
        self.size = self.head.size if self.head else 0
        """How many leaves are published."""
        self._index = (self._folder / INDEX).open("rb") if self.size else None
        self._lines = 0

    def close(self) -> None:
        """Let go of the list of statements."""
        if self._index is not None:
            self._index.close()

    def check_statement(self, index: int, digest: str, kind: str, body: bytes) -> None:
        """Compare the statement at leaf `index`, which concerns everyone, with its file and its line."""
        if self._index is None or index >= self.size:
            return
        self._check(f"statements/{number_path(index)}", body)
        expected = f"{index} {digest} {kind}\n".encode()
        found = self._index.readline(len(expected) + 1)
        self._lines += 1
        if found != expected:
            raise DeviationError(TABLE, f"{INDEX}, ligne {self._lines}", _shown(expected), _shown(found))

    def check_tile(self, level: int, number: int, hashes: bytes) -> None:
        """Compare a full tile with its file, once the published tree fills it."""
        if (number + 1) * WIDTH <= self.size >> HEIGHT * level:
            self._check(Tile(level, number, WIDTH).path, hashes)

    def check_head(self, root: bytes, edge: Sequence[Sequence[bytes]]) -> None:
        """Compare the published checkpoint and its partial tiles: `root` and `edge` are of as many leaves.

        `edge` gives, lowest level first, the hashes that do not fill a tile.
        """
        if self.head is not None and self.head.root != root:
            raise DeviationError(TABLE, CHECKPOINT, f"la racine {root.hex()}", self.head.root.hex())
        for level, hashes in enumerate(edge):
            if hashes:
                tile = Tile(level, self.size >> HEIGHT * (level + 1), len(hashes))
                expected = b"".join(hashes)
                found = self._read(tile.path)
                if found is None:  # a larger tree was being published meanwhile
                    found = (self._read(tile.full.path) or b"")[: len(expected)]
                _compare(tile.path, expected, found)

    def check_checkpoint(self, size: int, note: str) -> None:
        """Compare the checkpoint of `size` leaves with its file."""
        if size > self.size:
            return
        self._check(f"checkpoints/{number_path(size)}", note.encode())
        if size == self.size:  # witnesses may have signed below
            expected = note.encode()
            _compare(CHECKPOINT, expected, (self._read(CHECKPOINT) or b"")[: len(expected)])

    def check_tokens(self, size: int, authority: str, tokens: Set[bytes]) -> bool:
        """Compare the file of a token with `tokens`, of this authority; returns whether it is there.

        It may not be yet: a token is published after it is received.
        """
        if size > self.size:
            return False
        name = f"tokens/{number_path(size)}/{authority}.tst"
        found = self._read(name)
        if found is not None and found not in tokens:
            raise DeviationError(TABLE, name, "un jeton de la table timestamp_token", "un autre contenu")
        return found is not None

    def check_end(self, leaves: int) -> None:
        """Compare how much was published with the number of leaves, and the list of statements' end."""
        if self.size > leaves:
            raise DeviationError(TABLE, CHECKPOINT, f"au plus {leaves} feuilles", self.size)
        found = self._index.readline(200) if self._index is not None else b""
        index = found.split(b" ")[0]
        if found and not (index.isdigit() and int(index) >= self.size):
            raise DeviationError(TABLE, f"{INDEX}, ligne {self._lines + 1}", ABSENT, _shown(found))

    def _check(self, name: str, expected: bytes) -> None:
        _compare(name, expected, self._read(name))

    def _read(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None


def _compare(name: str, expected: bytes, found: bytes | None) -> None:
    if found is None:
        raise DeviationError(TABLE, name, f"{len(expected)} octets", ABSENT)
    if found != expected:
        place = next(
            (at for at, (one, other) in enumerate(zip(expected, found, strict=False)) if one != other),
            min(len(expected), len(found)),
        )
        raise DeviationError(
            TABLE, f"{name}, octet {place}", _shown(expected[place:][:8]), _shown(found[place:][:8])
        )


def _shown(raw: bytes) -> str:
    """Return `raw` as a person can read it, between guillemets; in hexadecimal when it is not text."""
    if not raw:
        return "la fin"
    text = raw.decode("ascii", "replace")
    return f"« {text.strip()} »" if text.isascii() and text.strip().isprintable() else raw.hex()
