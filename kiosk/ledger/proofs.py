"""Read the sealed tree: which checkpoint holds a statement, and the hashes that prove it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.ledger.errors import ForkError
from kiosk.ledger.models import CheckpointRow, CosignatureRow, LeafRow, StatementRow, TileRow, TokenRow
from kiosk.proof import merkle, note
from kiosk.proof.receipt import Earlier, HeldToken
from kiosk.proof.tiles import WIDTH, Tile, TileReader


class Head(NamedTuple):
    """The newest checkpoint."""

    size: int
    root: bytes
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """What proves that a statement is in the ledger."""

    index: int
    path: tuple[bytes, ...]
    """From the leaf to the root of the checkpoint (RFC 9162, 2.1.3)."""
    note: str
    """The checkpoint, with the cosignatures of witnesses."""
    size: int
    made_at: datetime
    """When the checkpoint was made, by this machine's clock."""
    tokens: tuple[HeldToken, ...]
    """Empty while no authority attests a time."""
    earlier: Earlier | None
    """The token that the statement names, for a receipt; None when it names none, or it is not here."""


def sealed(session: Session, statement_hash: str) -> Sealed | None:
    """Return the best proof of a statement; None when it is not sealed, or not known.

    The best is the first checkpoint that holds it and bears a usable token, else the first that holds it;
    when the key that signs now did not sign that one, the newest: the key that did may be trusted no more.
    """
    index = session.scalar(select(LeafRow.leaf_index).where(LeafRow.statement_hash == statement_hash))
    if index is None:
        return None
    first = select(func.min(CheckpointRow.size)).where(CheckpointRow.size > index)
    stamped = select(func.min(TokenRow.size)).where(TokenRow.size > index, TokenRow.usable.is_(True))
    size = session.scalar(stamped) or _under_this_key(session, session.scalar(first))
    if size is None:
        return None
    read = reader(session)
    return Sealed(
        index=index,
        path=merkle.inclusion_path(index, size, read),
        note=cosigned_note(session, size),
        size=size,
        made_at=session.scalars(select(CheckpointRow.made_at).where(CheckpointRow.size == size)).one(),
        tokens=_tokens(session, size),
        earlier=_earlier(session, statement_hash, size, read),
    )


def _under_this_key(session: Session, size: int | None) -> int | None:
    """Return `size` when the key that signs now signed that checkpoint, else the newest."""
    newest = session.scalar(select(func.max(CheckpointRow.size)))
    notes = select(CheckpointRow.note).where(CheckpointRow.size.in_((size, newest)))
    signers = [
        {(line.name, line.key_id) for line in note.parse(raw).signatures}
        for raw in session.scalars(notes.order_by(CheckpointRow.size))
    ]
    return size if not signers or signers[0] >= signers[-1] else newest


def latest(session: Session) -> Head | None:
    """Return size, root and time of the newest checkpoint; None before the first."""
    row = session.execute(
        select(CheckpointRow.size, CheckpointRow.root, CheckpointRow.made_at)
        .order_by(CheckpointRow.size.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Head(*row)


def newest_token(session: Session, size: int, at: datetime) -> tuple[int, HeldToken] | None:
    """Return the newest usable token, from no later than `at`, on a checkpoint of at most `size` leaves.

    With how many leaves that checkpoint has; None when there is none. One row is read, by the primary key.
    """
    row = session.execute(
        select(TokenRow.size, TokenRow.authority, TokenRow.token)
        .where(TokenRow.size <= size, TokenRow.usable.is_(True), TokenRow.token_at <= at)
        .order_by(TokenRow.size.desc(), TokenRow.authority.desc(), TokenRow.serial.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.size, HeldToken(row.authority, row.token))


def reader(session: Session) -> merkle.Reader:
    """Return what reads the hashes of the tree, as the newest checkpoint has it."""
    head = latest(session)
    return TileReader(lambda tile: hashes(session, tile), head.size if head else 0)


def hashes(session: Session, tile: Tile) -> bytes:
    """Return the hashes of `tile`, one after another; raises `ForkError` when the tree lacks some."""
    begin = tile.number * WIDTH
    if tile.width == WIDTH:
        held = select(TileRow.hashes).where(TileRow.level == tile.level, TileRow.number == tile.number)
    elif tile.level == 0:
        held = (
            select(LeafRow.leaf_hash)
            .where(LeafRow.leaf_index >= begin, LeafRow.leaf_index < begin + tile.width)
            .order_by(LeafRow.leaf_index)
        )
    else:
        held = (
            select(TileRow.root)
            .where(
                TileRow.level == tile.level - 1,
                TileRow.number >= begin,
                TileRow.number < begin + tile.width,
            )
            .order_by(TileRow.number)
        )
    found = b"".join(session.scalars(held))
    if len(found) != tile.width * merkle.HASH_BYTES:
        raise ForkError(f"Registre : {tile.path} attend {tile.width} empreintes, la base n’en a plus autant.")
    return found


def cosigned_note(session: Session, size: int) -> str:
    """Return the note of the checkpoint of `size` leaves, with the cosignatures received."""
    held = session.scalars(select(CheckpointRow.note).where(CheckpointRow.size == size)).one()
    lines = select(CosignatureRow.line).where(CosignatureRow.size == size)
    for line in session.scalars(lines.order_by(CosignatureRow.name, CosignatureRow.key_id)):
        held = note.append(held, line)
    return held


def _tokens(session: Session, size: int) -> tuple[HeldToken, ...]:
    rows = session.execute(
        select(TokenRow.authority, TokenRow.token)
        .where(TokenRow.size == size, TokenRow.usable.is_(True))
        .order_by(TokenRow.authority, TokenRow.serial)
    )
    return tuple(HeldToken(*row) for row in rows)


def _earlier(session: Session, statement_hash: str, size: int, read: merkle.Reader) -> Earlier | None:
    """Return the token that the statement names; None when it names none, or it is not here any more."""
    body = session.scalars(select(StatementRow.body).where(StatementRow.hash == statement_hash)).one()
    named = (json.loads(body).get("checkpoint") or {}).get("token")
    if named is None:
        return None
    for held in _tokens(session, named["size"]):
        if (held.authority, held.hash) == (named["authority"], named["hash"]):
            return Earlier(
                checkpoint=cosigned_note(session, named["size"]),
                consistency=merkle.consistency_path(named["size"], size, read),
                token=held,
            )
    return None
