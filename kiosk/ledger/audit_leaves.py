"""Read each leaf with its statement, both tables once: joining them would cost more than all the hashing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from operator import contains
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import text_hash
from kiosk.db import table
from kiosk.ledger.models import LeafRow, StatementRow
from kiosk.ledger.rows import ROWS, flow, parts
from kiosk.proof import merkle

AHEAD = 4_000
"""Statements read before their leaves, held in memory at most: beyond, others are asked for by their key."""
_LEAVES_FETCHED = 10 * ROWS
"""They are short, and PostgreSQL is waited for each time."""
_NO_STATEMENT = ("", None)


class Leaves(NamedTuple):
    """Leaves that follow one another with their statements, column by column."""

    indexes: tuple[int, ...]
    digests: tuple[str | None, ...]
    leaves: tuple[bytes, ...]
    kinds: tuple[str, ...]
    bodies: tuple[bytes | None, ...]
    """None where there is no such statement."""

    def agree(self, first: int) -> bool:
        """Return whether they are those from `first` on, each statement with its hash, leaf and kind."""
        bodies = [body for body in self.bodies if body is not None]
        return (
            self.indexes == tuple(range(first, first + len(self.indexes)))
            and len(bodies) == len(self.bodies)
            and tuple(merkle.leaf_hashes(bodies)) == self.leaves
            and tuple(map(text_hash, bodies)) == self.digests
            and all(map(contains, bodies, map(said_kind, self.kinds)))
        )


@cache
def said_kind(kind: str) -> bytes:
    """Return how the canonical bytes of a statement say its kind."""
    return f',"kind":"{kind}"'.encode()


def read_leaves(session: Session) -> Iterator[Leaves]:
    """Yield the leaves in their order, `rows.ROWS` at a time; `session` is opened by `rows.snapshot`."""
    statements = _Statements(session)
    leaf = table(LeafRow).c
    wanted = select(leaf.leaf_index, leaf.statement_hash, leaf.leaf_hash).order_by(leaf.leaf_index)
    for part in parts(session, wanted, _LEAVES_FETCHED):
        for begin in range(0, len(part), ROWS):
            indexes, digests, leaves = zip(*part[begin : begin + ROWS], strict=True)
            kinds, bodies = zip(*statements.of(digests), strict=True)
            yield Leaves(indexes, digests, leaves, kinds, bodies)


class _Statements:
    """Statements, read as they lie: they were written in about the order in which they were sealed."""

    def __init__(self, session: Session) -> None:
        held = table(StatementRow).c
        self._session = session
        self._columns = select(held.hash, held.kind, held.body)
        self._lying = flow(session, self._columns)
        self._ahead: dict[str | None, tuple[str, bytes | None]] = {}

    def of(self, digests: Sequence[str | None]) -> list[tuple[str, bytes | None]]:
        """Return kind and body of the statement of each of these hashes."""
        ahead = self._ahead
        missing = [one for one in digests if one is not None and one not in ahead]
        while missing and len(ahead) < AHEAD:
            part = next(self._lying, None)
            if part is None:
                break
            for digest, kind, body in part:
                ahead[digest] = kind, body
            missing = [one for one in missing if one not in ahead]
        if missing:
            by_key = self._columns.where(table(StatementRow).c.hash.in_(missing))
            for digest, kind, body in self._session.connection().execute(by_key):
                ahead[digest] = kind, body
        return [ahead.pop(one, _NO_STATEMENT) for one in digests]
