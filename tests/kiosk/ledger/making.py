"""Statements that wait, and a key to seal them with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from kiosk.db import reading, writing
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.models import CheckpointRow, LeafRow, Pending, StatementRow, TokenRow
from kiosk.proof import checkpoint, merkle

AT = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
NAME = "cgu.exemple.invalid/registre"
KEY = LedgerKey(NAME, Ed25519PrivateKey.from_private_bytes(b"p" * 32))
OTHER = LedgerKey("autre.exemple.invalid/registre", Ed25519PrivateKey.from_private_bytes(b"o" * 32))


def clock() -> datetime:
    """The instant of every test that does not move it."""
    return AT


def body(number: int, kind: str = "decision", **members: Any) -> bytes:
    """Bytes like those of a statement, one for each number."""
    return rfc8785.dumps({"at": "", "kind": kind, "number": number, **members})


def add(session: Session, raw: bytes, at: datetime = AT, kind: str = "decision") -> str:
    """Let one statement wait; returns its hash."""
    digest = sha256(raw).hexdigest()
    session.execute(insert(StatementRow).values(hash=digest, kind=kind, body=raw, recorded_at=at))
    session.execute(insert(Pending).values(statement_hash=digest))
    return digest


def wait(engine: Engine, count: int, first: int = 0, kind: str = "decision") -> list[str]:
    """Let `count` statements wait, a millisecond after one another; returns their hashes in that order."""
    with writing(engine) as session:
        return [
            add(session, body(number, kind), AT + timedelta(milliseconds=number), kind)
            for number in range(first, first + count)
        ]


def waiting(engine: Engine) -> set[str]:
    """The statements that are not sealed yet."""
    with reading(engine) as session:
        return set(session.scalars(select(Pending.statement_hash)))


def sealed(engine: Engine) -> list[str | None]:
    """The statements of the leaves, in order."""
    with reading(engine) as session:
        rows = session.execute(
            select(LeafRow.leaf_index, LeafRow.statement_hash).order_by(LeafRow.leaf_index)
        )
        numbered = [tuple(row) for row in rows]
    assert [index for index, _ in numbered] == list(range(len(numbered)))
    return [digest for _, digest in numbered]


def check_checkpoints(engine: Engine) -> list[int]:
    """Check that each checkpoint is signed and is that of its first leaves; returns their sizes."""
    with reading(engine) as session:
        leaves = list(session.scalars(select(LeafRow.leaf_hash).order_by(LeafRow.leaf_index)))
        rows = session.scalars(select(CheckpointRow).order_by(CheckpointRow.size)).all()
    for row in rows:
        made, _ = checkpoint.opened(row.note, [KEY.verifier])
        assert (made.size, made.root) == (row.size, row.root)
        assert made.root == merkle.root(leaves[: made.size])
    return [row.size for row in rows]


def stamp(
    engine: Engine, size: int, token: bytes = b"token", *, usable: bool = True, at: datetime = AT
) -> None:
    """Keep a token for a checkpoint; its bytes stand for those of an authority."""
    with writing(engine) as session:
        session.add(
            TokenRow(
                size=size, authority="alpha", serial=sha256(token).hexdigest(), token=token, token_at=at,
                received_at=at, usable=usable,
            )
        )  # fmt: skip
