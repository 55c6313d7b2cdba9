"""A ledger published as static files, made by hand: honest, or wrong in any one place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rfc8785

from kiosk.proof import checkpoint, merkle
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.tiles import number_path, tiles_of
from tests.kiosk.proof.making import PUBLISHER, Signer


def publication(version: str) -> bytes:
    """The bytes of a statement that is published whole."""
    document = {"service": "essai", "terms": "cgu", "version": version}
    return statement("publication", document=document)


def statement(kind: str, **members: Any) -> bytes:
    common = {
        "format": "cgu-statement/1",
        "kind": kind,
        "environment": "publisher",
        "at": "2026-11-22T08:00:00Z",
    }
    return rfc8785.dumps(common | members)


@dataclass
class Ledger:
    """What is sealed, in order; a decision is any bytes, a text published whole says so."""

    bodies: list[bytes] = field(default_factory=list)
    public: dict[int, str] = field(default_factory=dict)
    """Index of each statement published whole, and its kind."""
    signer: Signer = PUBLISHER

    def decisions(self, count: int) -> Ledger:
        self.bodies += [f"decision {len(self.bodies) + number}".encode() for number in range(count)]
        return self

    def publish(self, version: str) -> Ledger:
        self.public[len(self.bodies)] = "publication"
        self.bodies.append(publication(version))
        return self

    @property
    def leaves(self) -> list[bytes]:
        return [merkle.leaf_hash(body) for body in self.bodies]

    @property
    def head(self) -> Checkpoint:
        return Checkpoint(self.signer.name, len(self.bodies), merkle.root(self.leaves))

    def write(self, folder: Path) -> None:
        """Write tiles, statements, their list, and the checkpoint last."""
        leaves = self.leaves
        for tile in tiles_of(len(leaves)):
            span, first = 256**tile.level, tile.number * 256
            hashes = [
                merkle.root(leaves[(first + i) * span : (first + i + 1) * span]) for i in range(tile.width)
            ]
            put(folder / tile.path, b"".join(hashes))
        lines = ""
        for index, kind in sorted(self.public.items()):
            put(folder / "statements" / number_path(index), self.bodies[index])
            lines += f"{index} {hashlib.sha256(self.bodies[index]).hexdigest()} {kind}\n"
        put(folder / "statements" / "index", lines.encode())
        put(folder / "checkpoint", checkpoint.sign(self.head, self.signer.key).encode())


def put(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
