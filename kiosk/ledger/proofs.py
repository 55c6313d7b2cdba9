"""Read the sealed tree: which checkpoint holds a statement, and the hashes that prove it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from kiosk.db import table
from kiosk.ledger.errors import ForkError
from kiosk.ledger.models import CheckpointRow, CosignatureRow, LeafRow, StatementRow, TileRow, TokenRow
from kiosk.proof import merkle, note
from kiosk.proof.receipt import Earlier, HeldToken
from kiosk.proof.tiles import WIDTH, Tile, TileReader
from kiosk.proof.token import read_token

NONE_REVOKED: Mapping[str, datetime] = {}
"""As long as no key was stolen."""
SOON = timedelta(days=1)
"""How much later a token may be that witnesses saw too: it bounds the time less."""

_CHECKPOINT = table(CheckpointRow).c
_LATEST = (  # of the model, not its table: evidence reads it as it was (`evidence.past`)
    select(CheckpointRow.size, CheckpointRow.root, CheckpointRow.made_at)
    .order_by(CheckpointRow.size.desc())
    .limit(1)
)


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


def sealed(
    session: Session,
    statement_hash: str,
    revoked: Mapping[str, datetime] = NONE_REVOKED,
    *,
    stamped: bool = True,
) -> Sealed | None:
    """Return the best proof of a statement; None when it is not sealed, or not known.

    The best is the first checkpoint that holds it and bears a usable token, or one that witnesses cosigned
    too when a token attests it within a day; else the first that is cosigned, else the first that holds it.
    When the key that signs now did not sign that one, the newest: the key that did may be trusted no more.
    A checkpoint that keys of `revoked` alone signed (``name+id``, and since when) counts for a verifier only
    under a token from before: without one, it is not taken. Unless `stamped`, tokens are not looked at: the
    proof goes where none can be borne.
    """
    index = indexes(session, (statement_hash,)).get(statement_hash)
    if index is None:
        return None
    size = best_size(session, index, revoked, stamped=stamped)
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
        earlier=_earlier(session, statement_hash, size, read, revoked),
    )


def best_size(
    session: Session, index: int, revoked: Mapping[str, datetime], *, stamped: bool = True
) -> int | None:
    """Return the size of the checkpoint that proves leaf `index` best, as `sealed` says; None: none yet."""
    return (_stamped(session, index, revoked) if stamped else None) or _unstamped(session, index)


def indexes(session: Session, hashes: Collection[str]) -> dict[str, int]:
    """Return the leaf of each of these statements that is sealed.

    One that was handed back after a loss stands beside a leaf that names none: it is found by its bytes.
    """
    rows = session.execute(
        select(LeafRow.statement_hash, LeafRow.leaf_index).where(LeafRow.statement_hash.in_(hashes))
    )
    found = {one: index for one, index in rows if one is not None}
    lost = [one for one in hashes if one not in found]
    if lost and session.scalar(select(LeafRow.leaf_index).where(_nameless()).limit(1)) is not None:
        bodies = select(StatementRow.hash, StatementRow.body).where(StatementRow.hash.in_(lost))
        for digest, body in session.execute(bodies).all():
            index = recovered_leaf(session, body)
            if index is not None:
                found[digest] = index
    return found


def recovered_leaf(session: Session, body: bytes) -> int | None:
    """Return the leaf of the statement whose bytes are `body` among those recovered without theirs."""
    wanted = select(LeafRow.leaf_index).where(_nameless(), LeafRow.leaf_hash == merkle.leaf_hash(body))
    return session.scalar(wanted.order_by(LeafRow.leaf_index).limit(1))


def _nameless() -> ColumnElement[bool]:
    """Whether a leaf names no statement; the unique index on it finds those at once."""
    return LeafRow.statement_hash.is_(None)


def _stamped(session: Session, index: int, revoked: Mapping[str, datetime]) -> int | None:
    """Return the checkpoint over leaf `index` whose token says most; None when none bears a usable one."""
    held = select(TokenRow.size).where(TokenRow.size > index, TokenRow.usable.is_(True))
    first = _counting(session, held.order_by(TokenRow.size), revoked)
    if first is None:
        return None
    seen = held.where(TokenRow.size.in_(select(CosignatureRow.size).where(CosignatureRow.size > index)))
    both = _counting(session, seen.order_by(TokenRow.size), revoked)
    if both is None:
        return first
    token_at = select(func.min(TokenRow.token_at)).where(TokenRow.usable.is_(True))
    one, other = (session.scalar(token_at.where(TokenRow.size == size)) for size in (first, both))
    return both if one is not None and other is not None and other - one < SOON else first


def _unstamped(session: Session, index: int) -> int | None:
    """Return the first checkpoint over leaf `index` that is cosigned, else the first, under today's key."""
    cosigned = select(func.min(CosignatureRow.size)).where(CosignatureRow.size > index)
    first = select(func.min(CheckpointRow.size)).where(CheckpointRow.size > index)
    return _under_this_key(session, session.scalar(cosigned) or session.scalar(first))


def _counting(session: Session, stamped: Select[int], revoked: Mapping[str, datetime]) -> int | None:
    """Return the first of the stamped checkpoints, given by size, that counts for a verifier."""
    if not revoked:
        return session.scalar(stamped.limit(1))
    sizes = dict.fromkeys(session.scalars(stamped))
    return next((size for size in sizes if _counts(session, size, revoked)), None)


def _counts(session: Session, size: int, revoked: Mapping[str, datetime]) -> bool:
    """Whether a key signed that was not revoked, or one before a token shows that it was not yet."""
    raw = session.scalars(select(CheckpointRow.note).where(CheckpointRow.size == size)).one()
    since = [revoked.get(f"{line.name}+{line.key_id.hex()}") for line in note.parse(raw).signatures]
    known = [one for one in since if one is not None]
    if len(known) < len(since):
        return True
    tokens = [read_token(one.token) for one in _tokens(session, size)]
    return any(said.at + said.accuracy < max(known) for said in tokens)


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
    row = session.execute(_LATEST).one_or_none()
    return None if row is None else Head(*row)


def with_head(query: Select[Any]) -> Select[Any]:
    """Return `query` with the newest checkpoint at the end of each row, as `Head` has it, or nulls."""
    newest = select(func.max(_CHECKPOINT.size)).scalar_subquery()
    head = _CHECKPOINT.size, _CHECKPOINT.root, _CHECKPOINT.made_at
    return query.add_columns(*head).outerjoin(table(CheckpointRow), _CHECKPOINT.size == newest)


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
    """Return the note of the checkpoint of `size` leaves, with the cosignatures received.

    As many as a note may bear, by name: one more would make it unreadable to all.
    """
    held = session.scalars(select(CheckpointRow.note).where(CheckpointRow.size == size)).one()
    room = note.MAX_SIGNATURES - len(note.parse(held).signatures)
    lines = select(CosignatureRow.line).where(CosignatureRow.size == size)
    for line in session.scalars(lines.order_by(CosignatureRow.name, CosignatureRow.key_id).limit(room)):
        held = note.append(held, line)
    return held


def _tokens(session: Session, size: int) -> tuple[HeldToken, ...]:
    rows = session.execute(
        select(TokenRow.authority, TokenRow.token)
        .where(TokenRow.size == size, TokenRow.usable.is_(True))
        .order_by(TokenRow.authority, TokenRow.serial)
    )
    return tuple(HeldToken(*row) for row in rows)


def _earlier(
    session: Session,
    statement_hash: str,
    size: int,
    read: merkle.Reader,
    revoked: Mapping[str, datetime],
) -> Earlier | None:
    """Return the token that the statement names; None when it names none, or it is not here any more.

    Nor when keys of `revoked` alone signed its checkpoint, which then counts for nobody.
    """
    body = session.scalars(select(StatementRow.body).where(StatementRow.hash == statement_hash)).one()
    named = (json.loads(body).get("checkpoint") or {}).get("token")
    if named is None or (revoked and not _counts(session, named["size"], revoked)):
        return None
    for held in _tokens(session, named["size"]):
        if (held.authority, held.hash) == (named["authority"], named["hash"]):
            return Earlier(
                checkpoint=cosigned_note(session, named["size"]),
                consistency=merkle.consistency_path(named["size"], size, read),
                token=held,
            )
    return None
