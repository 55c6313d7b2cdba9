"""Take up the ledger again where it was published, when the database comes from before that.

Sealing on from an older state would sign a second history. What was lost here is known by its hash, from the
published tiles; the receipts that people hold still prove it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from kiosk.db import table
from kiosk.ledger import proofs, republished, services
from kiosk.ledger.errors import ForkError, LedgerError
from kiosk.ledger.models import (
    LeafRow,
    Pending,
    StatementRow,
    TileRow,
)
from kiosk.ledger.republished import Beside
from kiosk.ledger.rows import stream
from kiosk.ledger.sealing import Edge
from kiosk.monitor import watching
from kiosk.monitor.errors import SourceError
from kiosk.monitor.sources import Source
from kiosk.monitor.watching import Seen
from kiosk.proof import merkle, statement
from kiosk.proof.errors import AlteredError, ProofError
from kiosk.proof.statement import Kind, Statement
from kiosk.proof.tiles import WIDTH, Tile, TileReader, number_path
from kiosk.proof.trust import Trust, key_name

_BATCH = 2_048
"""Leaves inserted at a time."""

Eraser = Callable[[Session, Statement], int]
"""Does again what a statement of erasure says, if it is not done; returns how many rows it took away."""


class RecoveryError(LedgerError):
    """What was published cannot be taken up; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was taken up."""

    before: int
    """Leaves the database had."""
    size: int
    """Leaves it has now: those published."""
    unknown: int
    """Of the leaves taken up, those whose statement is not held here any more."""
    beside: Beside


def recover(
    session: Session,
    source: Source,
    trust: Trust,
    *,
    environment: str,
    statement_id: str,
    at: datetime,
) -> Recovered | None:
    """Bring the ledger of `session` to the state published at `source`; None when it is there already.

    All that is published is verified first, with the keys of `trust` that were not revoked. When leaves were
    lost here, a statement of the kind `incident`, with the random identifier `statement_id`, then waits to be
    sealed: it says how many. The caller replays erasures and commits. Raises `RecoveryError` when the source
    is not whole, `ForkError` when neither of the two histories begins with the other: nothing repairs that.
    """
    keys = [key for key in trust.ledger if key_name(key) not in trust.revoked]
    with _unreadable():
        seen, _ = watching.follow(source, watching.fetch(source, keys), None)
        read = TileReader(lambda tile: _fetched(source, tile), seen.head.size)
        before = _check_begins(session, seen, read)
        unknown = 0
        if before < seen.head.size:
            known = _known(session, source, seen, read, before)
            unknown = _take_up(session, read, before, seen, known)
        beside = republished.take_up(session, source, seen, read, trust, before=before, at=at)
    size = max(before, seen.head.size)
    if size > before:
        details = {
            "leaves": before, "published": size, "unknown": unknown, "root": seen.head.root.hex(),
        }  # fmt: skip
        said = {"id": statement_id, "nature": "recovery", "details": details}
        services.record(session, statement.make(Kind.INCIDENT, environment, at, said), (), at)
    elif not beside.any:
        return None
    return Recovered(before, size, unknown, beside)


def of_leaf(session: Session, index: int) -> tuple[str, ...]:
    """Return the statements, sealed, of the recoveries that took leaf `index` up from what was published."""
    rows = session.execute(
        select(StatementRow.hash, StatementRow.body)
        .join(LeafRow, LeafRow.statement_hash == StatementRow.hash)
        .where(StatementRow.kind == Kind.INCIDENT.value)
        .order_by(LeafRow.leaf_index)
    )
    told = ((row.hash, json.loads(row.body)) for row in rows)
    return tuple(
        digest
        for digest, said in told
        if said["nature"] == "recovery" and said["details"]["leaves"] <= index < said["details"]["published"]
    )


def replay_erasures(session: Session, erasers: Collection[Eraser]) -> int:
    """Let `erasers` do again what every statement of erasure held here says; returns how many rows went.

    A restored database holds what was erased after it was saved: this comes before anybody may read it.
    """
    held = table(StatementRow).c
    erasures = stream(session, select(held.body).where(held.kind == Kind.ERASURE.value), 100)
    bodies = [row.body for row in erasures]
    return sum(eraser(session, statement.parse(body)) for body in bodies for eraser in erasers)


@contextmanager
def _unreadable() -> Iterator[None]:
    """Say for people that what is published cannot be taken up."""
    try:
        yield
    except (ProofError, SourceError) as error:
        raise RecoveryError(f"Le registre publié ne peut pas être repris : {error}") from error


def _fetched(source: Source, tile: Tile) -> bytes:
    """Return the bytes of `tile`, or of the full one when the partial one is gone."""
    most = WIDTH * merkle.HASH_BYTES
    try:
        return source.read(tile.path, most)
    except SourceError:
        if tile.width == WIDTH:
            raise
        return source.read(tile.full.path, most)


def _check_begins(session: Session, seen: Seen, read: merkle.Reader) -> int:
    """Return how many leaves are held here; raises `ForkError` unless one tree begins with the other."""
    head = proofs.latest(session)
    if head is None:
        return 0
    if head.size > seen.head.size:
        begun = merkle.tree_root(seen.head.size, proofs.reader(session)) == seen.head.root
    else:
        begun = merkle.tree_root(head.size, read) == head.root
    if not begun:
        raise ForkError(
            f"Les {min(head.size, seen.head.size)} premières feuilles de la base ne sont pas celles du"
            " registre publié : deux histoires ont été signées, rien ne les réunit. Gardez les deux, et"
            " suivez la procédure de clé volée."
        )
    return head.size


def _known(
    session: Session, source: Source, seen: Seen, read: merkle.Reader, before: int
) -> Mapping[bytes, str]:
    """Return, by leaf hash, the statements that are held: those that wait, those published whole.

    The latter are inserted when they are not there.
    """
    waiting = session.execute(
        select(StatementRow.hash, StatementRow.body).join(
            Pending, Pending.statement_hash == StatementRow.hash
        )
    )
    known = {merkle.leaf_hash(body): digest for digest, body in waiting}
    for line in seen.index.splitlines():
        index, digest, kind = line.split(" ")
        if int(index) < before:
            continue
        body = source.read(f"statements/{number_path(int(index))}", statement.MAX_BYTES)
        if merkle.leaf_hash(body) != read(0, int(index)):
            raise AlteredError(f"statement {index}: changed while it was read")
        if merkle.leaf_hash(body) not in known:
            said = statement.parse(body)
            session.execute(
                insert(StatementRow).values(
                    hash=digest, kind=kind, body=body, recorded_at=datetime.fromisoformat(said.members["at"])
                )
            )
            known[merkle.leaf_hash(body)] = digest
    return known


def _take_up(
    session: Session, read: merkle.Reader, before: int, seen: Seen, known: Mapping[bytes, str]
) -> int:
    """Insert the leaves published after `before` and the tiles they fill; returns how many are unknown."""
    edge = Edge.read(session, before)
    size, unknown = seen.head.size, 0
    for begin in range(before, size, _BATCH):
        hashes = [read(0, index) for index in range(begin, min(begin + _BATCH, size))]
        rows = [
            {"leaf_index": index, "statement_hash": known.get(leaf), "leaf_hash": leaf}
            for index, leaf in enumerate(hashes, begin)
        ]
        unknown += sum(row["statement_hash"] is None for row in rows)
        session.execute(insert(LeafRow), rows)
        filled = [tile for leaf in hashes for tile in edge.append(leaf)]
        if filled:
            session.execute(insert(TileRow), filled)
    if edge.root() != seen.head.root:
        raise AlteredError("tiles: changed while they were read")
    session.execute(
        delete(Pending).where(
            Pending.statement_hash.in_(select(LeafRow.statement_hash).where(LeafRow.leaf_index >= before))
        ),
        execution_options={"synchronize_session": False},
    )
    return unknown
