"""Seal what waits: leaves, full tiles and a signed checkpoint, in one transaction, never two histories."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Integer, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import reading, table, writing
from kiosk.ledger import clocks, files, proofs
from kiosk.ledger.audit_leaves import said_kind
from kiosk.ledger.errors import ForkError, RefusedStatementError, SealingConflictError
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.models import CheckpointRow, LeafRow, Pending, StatementRow, TileRow
from kiosk.proof import checkpoint, merkle, statement
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import MalformedError
from kiosk.proof.statement import Kind
from kiosk.proof.tiles import HEIGHT, WIDTH, Tile

MOST = 2_000
"""Leaves a transaction: on SQLite people wait meanwhile, some tens of milliseconds."""

# What each turn does, written once.
_ANY = select(Pending.statement_hash).limit(1)
_OLDEST = (
    select(StatementRow.hash, StatementRow.kind, StatementRow.body)
    .join(Pending, Pending.statement_hash == StatementRow.hash)
    .order_by(StatementRow.recorded_at, StatementRow.hash)
    .limit(bindparam("most", type_=Integer()))
)
_ADD_LEAVES = insert(table(LeafRow))
_ADD_TILES = insert(table(TileRow))
_ADD_CHECKPOINT = insert(table(CheckpointRow))
_TAKE_AWAY = delete(table(Pending)).where(
    table(Pending).c.statement_hash.in_(
        select(LeafRow.statement_hash).where(LeafRow.leaf_index >= bindparam("first"))
    )
)


def seal_once(
    engine: Engine, key: LedgerKey, clock: Clock, *, folder: Path, most: int = MOST
) -> Checkpoint | None:
    """Seal at most `most` waiting statements, oldest first; returns the checkpoint made, None without any.

    What is committed when this returns is sealed for good; when it raises, nothing is. `folder` is where the
    ledger is published: raises `ForkError`, before it signs, when what stands there is not the beginning of
    what the database holds, or when the database does not agree with its own last checkpoint. Raises
    `SealingConflictError` when another sealer was quicker, and `RefusedStatementError` when all that waits is
    what must not be sealed.
    """
    with reading(engine) as session:
        if session.scalar(_ANY) is None:
            return None
    try:
        with writing(engine) as session:
            return _seal(session, key, clock(), folder, most)
    except IntegrityError as error:
        raise SealingConflictError(
            "Un autre processus scelle en même temps : rien n’a été scellé."
        ) from error


class Edge:
    """The right edge of a tree: of each level of tiles, the hashes that do not fill a tile yet."""

    __slots__ = ("_frontier", "_open")

    def __init__(self, levels: Sequence[Sequence[bytes]]) -> None:
        """Begin with the hashes `levels`, lowest level first, each fewer than 256."""
        self._open = [list(level) for level in levels]
        size = sum(len(level) << HEIGHT * height for height, level in enumerate(self._open))
        self._frontier = merkle.Frontier(
            size, [subtree for level in reversed(self._open) for subtree in _subtrees(level)]
        )

    @classmethod
    def read(cls, session: Session, size: int) -> Edge:
        """Return the edge of the tree of `size` leaves; raises `ForkError` when the database lacks some."""
        levels = []
        for level in range(-(-size.bit_length() // HEIGHT)):
            number, width = divmod(size >> HEIGHT * level, WIDTH)
            held = proofs.hashes(session, Tile(level, number, width)) if width else b""
            if len(held) != width * merkle.HASH_BYTES:
                raise ForkError(
                    f"Registre : il manque des feuilles parmi les {size} du dernier point scellé."
                )
            levels.append([held[i : i + merkle.HASH_BYTES] for i in range(0, len(held), merkle.HASH_BYTES)])
        return cls(levels)

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._frontier.size

    def root(self) -> bytes:
        """Return the root of the tree."""
        return self._frontier.root()

    def append(self, leaf: bytes) -> list[dict[str, Any]]:
        """Add the leaf whose hash is `leaf`; returns the rows of the tiles it fills, lowest level first."""
        self._frontier.append(leaf)
        filled: list[dict[str, Any]] = []
        added, level = leaf, 0
        while True:
            if level == len(self._open):
                self._open.append([])
            held = self._open[level]
            held.append(added)
            if len(held) < WIDTH:
                return filled
            added = merkle.root(held)
            number = (self.size >> HEIGHT * (level + 1)) - 1
            filled.append({"level": level, "number": number, "hashes": b"".join(held), "root": added})
            held.clear()
            level += 1


def _subtrees(hashes: Sequence[bytes]) -> list[bytes]:
    """Return the roots of the complete subtrees over `hashes`, largest first."""
    roots, begin = [], 0
    for bit in reversed(range(HEIGHT)):
        if len(hashes) >> bit & 1:
            roots.append(merkle.root(hashes[begin : begin + (1 << bit)]))
            begin += 1 << bit
    return roots


def _refusal(kind: str, body: bytes, key: LedgerKey) -> str | None:
    """Return why a statement is not sealed, None when it is.

    Whoever may write a statement may write any bytes. A change of key vouches for the next key as soon as it
    is sealed: it is read in the bytes, whatever its row says, and must be one that was made here.
    """
    if said_kind(kind) not in body:
        return "son genre n’est pas celui de ses octets"
    if said_kind(Kind.KEY_CHANGE) not in body:
        return None
    try:
        said = statement.parse(body).members
    except MalformedError:
        return "ce changement de clé n’est pas lisible"
    told = key.tells(said["old"], said["new"]) if said["kind"] == Kind.KEY_CHANGE else False
    return None if told else "ce changement de clé n’a pas été fait ici"


def _seal(session: Session, key: LedgerKey, at: datetime, folder: Path, most: int) -> Checkpoint | None:
    files.refuse_fork(session, folder, key.name)
    head = proofs.latest(session)
    edge = Edge.read(session, head.size if head else 0)
    if head and edge.root() != head.root:
        raise ForkError(
            f"Registre : les {head.size} feuilles de la base n’ont plus la racine qui a été signée."
        )
    oldest = session.execute(_OLDEST, {"most": most}).all()
    refused = {row.hash: why for row in oldest if (why := _refusal(row.kind, row.body, key))}
    waiting = [(row.hash, row.body) for row in oldest if row.hash not in refused]
    if not waiting and refused:
        digest, why = next(iter(refused.items()))
        raise RefusedStatementError(f"L’enregistrement {digest} attend et n’est pas scellé : {why}.")
    if not waiting:
        return None
    first = edge.size
    leaves, filled = [], []
    for index, (digest, body) in enumerate(waiting, first):
        leaf = merkle.leaf_hash(body)
        leaves.append({"leaf_index": index, "statement_hash": digest, "leaf_hash": leaf})
        filled += edge.append(leaf)
    made = Checkpoint(key.name, edge.size, edge.root())
    session.execute(_ADD_LEAVES, leaves)
    if filled:
        session.execute(_ADD_TILES, filled)
    note = checkpoint.sign(made, *key.signing(at))
    session.execute(_ADD_CHECKPOINT, {"size": made.size, "root": made.root, "note": note, "made_at": at})
    session.execute(_TAKE_AWAY, {"first": first})
    if head and at < head.made_at:
        clocks.note_backwards(session, at, head.made_at)
    return made
