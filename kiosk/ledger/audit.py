"""Derive the whole ledger again, from its statements to its tokens, and name the first thing that deviates.

Rows are streamed: what is held in memory is the right edge of the tree, whatever its size. Nothing is made
canonical again: the bytes of a statement are compared with its hash, its leaf and its kind as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import text_hash
from kiosk.db import table
from kiosk.ledger import audit_kept
from kiosk.ledger.audit_leaves import read_leaves, said_kind
from kiosk.ledger.deviations import ABSENT, DeviationError
from kiosk.ledger.files import PUBLIC_KINDS
from kiosk.ledger.models import CheckpointRow, LeafRow, Pending, StatementRow, TileRow
from kiosk.ledger.published import PublishedFiles
from kiosk.ledger.rows import stream
from kiosk.proof import merkle
from kiosk.proof.statement import Kind
from kiosk.proof.tiles import HEIGHT, WIDTH
from kiosk.proof.trust import Trust

TELL_EVERY = 100_000
"""Leaves between two calls of what tells the progress."""
_TILES_FETCHED = 32
_EVERYONE = frozenset(PUBLIC_KINDS)


@dataclass(slots=True)
class Audited:
    """What was derived and found equal, counted."""

    leaves: int = 0
    root: bytes = merkle.EMPTY_ROOT
    recovered: int = 0
    """Leaves whose statement was lost here, and whose hash was recovered from what was published."""
    statements: Counter[str] = field(default_factory=Counter)
    """Statements that are sealed or wait, by kind."""
    pending: int = 0
    tiles: int = 0
    checkpoints: int = 0
    tokens: int = 0
    unverified_tokens: int = 0
    """Those of an authority whose root was not given: read, and about the right checkpoint, nothing more."""
    unpublished_tokens: int = 0
    """Those that have no published file yet."""
    cosignatures: int = 0
    unverified_cosignatures: int = 0
    """Those of a witness whose key was not given."""
    disclosures: int = 0
    comparisons: int = 0
    published: int = 0
    """Leaves of the published checkpoint that files were compared with; 0 without any."""


Tell = Callable[[int], None]
"""Told how many leaves were derived, now and then."""


def audit(session: Session, trust: Trust, *, folder: Path | None = None, tell: Tell | None = None) -> Audited:
    """Audit the ledger of `session`, opened by `rows.snapshot`, and its files in `folder` when there is one.

    `trust` gives the ledger's keys of today, which vouch for the former ones, the roots of authorities and
    the witnesses. Raises `DeviationError`, which names the first deviation; `ForkError` when the published
    checkpoint cannot be read.
    """
    with closing(PublishedFiles(folder)) as files:
        done = Audited(published=files.size)
        _audit_tree(session, files, done, tell)
        changed = bool(done.statements[Kind.KEY_CHANGE])
        audit_kept.audit_signatures(session, trust.ledger, changed=changed, revoked=trust.revoked)
        _audit_pending(session, done)
        done.tokens, done.unverified_tokens, done.unpublished_tokens = audit_kept.audit_tokens(
            session, trust.authorities, files
        )
        done.cosignatures, done.unverified_cosignatures = audit_kept.audit_cosignatures(
            session, trust.witnesses
        )
        done.disclosures = audit_kept.audit_disclosures(session)
        done.comparisons = audit_kept.audit_comparisons(session)
    return done


class _Level:
    """One height of tiles: the hashes that do not fill a tile yet, and the tiles that are kept."""

    __slots__ = ("hashes", "kept", "subtrees")

    def __init__(self, kept: Iterator[Any]) -> None:
        self.kept = kept
        self.hashes: list[bytes] = []
        self.subtrees = merkle.Frontier()
        """Over `hashes`."""


class _Tree:
    """A tree that grows leaf by leaf; each tile it fills is compared with the one that is kept."""

    def __init__(self, session: Session, files: PublishedFiles) -> None:
        self._session = session
        self._files = files
        self._levels: list[_Level] = []
        self.size = 0
        self.tiles = 0

    @property
    def room(self) -> int:
        """How many leaves may be added before a tile is full."""
        return WIDTH - self.size % WIDTH

    @property
    def edge(self) -> list[list[bytes]]:
        """The hashes that do not fill a tile, lowest level first."""
        return [level.hashes for level in self._levels]

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add leaves, no more than there is room for."""
        self.size += len(leaves)
        added, height = leaves, 0
        while True:
            level = self._level(height)
            level.hashes += added
            level.subtrees.extend(added)
            if len(level.hashes) < WIDTH:
                break
            root = level.subtrees.root()
            self._compare(height, level, root)
            level.hashes, level.subtrees = [], merkle.Frontier()
            added, height = [root], height + 1

    def root(self) -> bytes:
        """Return the root over the leaves added."""
        subtrees = [one for level in reversed(self._levels) for one in level.subtrees.hashes]
        return merkle.Frontier(self.size, subtrees).root()

    def check_end(self) -> None:
        """Raise when more tiles are kept than the leaves fill."""
        for height, level in enumerate(self._levels):
            for row in level.kept:
                raise DeviationError("ledger_tile", f"({height}, {row.number})", ABSENT, "une tuile")
        tiles = table(TileRow).c
        beyond = select(tiles.level, tiles.number).where(
            (tiles.level >= len(self._levels)) | (tiles.level < 0)
        )
        for row in self._session.connection().execute(beyond.limit(1)):
            raise DeviationError("ledger_tile", f"({row.level}, {row.number})", ABSENT, "une tuile")

    def _level(self, height: int) -> _Level:
        if height == len(self._levels):
            tiles = table(TileRow).c
            wanted = select(tiles.number, tiles.hashes, tiles.root).where(tiles.level == height)
            kept = stream(self._session, wanted.order_by(tiles.number), _TILES_FETCHED)
            self._levels.append(_Level(kept))
        return self._levels[height]

    def _compare(self, height: int, level: _Level, root: bytes) -> None:
        """Raise unless what is kept of a tile that is full, whose root is `root`, is the same."""
        number = (self.size >> HEIGHT * (height + 1)) - 1
        key = f"({height}, {number})"
        row = next(level.kept, None)
        if row is None or row.number > number:
            raise DeviationError("ledger_tile", key, "une tuile", ABSENT)
        if row.number < number:
            raise DeviationError("ledger_tile", f"({height}, {row.number})", ABSENT, "une tuile")
        whole = b"".join(level.hashes)
        if row.hashes != whole:
            place = next(i for i, one in enumerate(level.hashes) if row.hashes[32 * i : 32 * i + 32] != one)
            found = row.hashes[32 * place : 32 * place + 32].hex() or ABSENT
            raise DeviationError("ledger_tile", f"{key}, empreinte {place}", level.hashes[place].hex(), found)
        if row.root != root:
            raise DeviationError("ledger_tile", f"{key}, racine", root.hex(), row.root.hex())
        self._files.check_tile(height, number, whole)
        self.tiles += 1


def _audit_tree(session: Session, files: PublishedFiles, done: Audited, tell: Tell | None) -> None:
    """Compare statements, leaves, tiles and the roots of checkpoints, in the order of the leaves."""
    tree = _Tree(session, files)
    checkpoints = _checkpoints(session)
    following = next(checkpoints, None)
    leaves = _audited_leaves(session, files, done)
    while True:
        stops = [tree.size + tree.room, *(at for at in (files.size,) if at > tree.size)]
        if following is not None:
            stops.append(max(following.size, tree.size + 1))
        added = list(islice(leaves, min(stops) - tree.size))
        tree.extend(added)
        if tree.size == files.size:
            files.check_head(tree.root(), tree.edge)
        if following is not None and following.size == tree.size:
            root = tree.root()
            if following.root != root:
                raise DeviationError(
                    "checkpoint", following.size, f"la racine {root.hex()}", following.root.hex()
                )
            files.check_checkpoint(following.size, following.note)
            done.checkpoints += 1
            following = next(checkpoints, None)
        if not added:
            break
        if tell and tree.size // TELL_EVERY > (tree.size - len(added)) // TELL_EVERY:
            tell(tree.size)
    if following is not None:
        raise DeviationError("checkpoint", following.size, f"au plus {tree.size} feuilles", following.size)
    tree.check_end()
    done.leaves, done.root, done.tiles = tree.size, tree.root(), tree.tiles
    _check_covered(session, tree.size)
    files.check_end(tree.size)


def _audited_leaves(session: Session, files: PublishedFiles, done: Audited) -> Iterator[bytes]:
    """Yield the hash of each leaf, once its place, its statement and its file agree with it."""
    statements, count = done.statements, 0
    for held in read_leaves(session):
        if held.agree(count) and _EVERYONE.isdisjoint(held.kinds):
            statements.update(held.kinds)
            count += len(held.leaves)
            yield from held.leaves
            continue
        for index, digest, leaf, kind, body in zip(*held, strict=True):
            if index != count:
                found = f"{ABSENT}, la suivante est {index}"
                raise DeviationError("ledger_leaf", count, "une feuille", found)
            if digest is None:
                done.recovered += 1
            else:
                statements[kind] += 1
                whole = _checked(index, digest, leaf, kind, body)
                if kind in PUBLIC_KINDS:
                    files.check_statement(index, digest, kind, whole)
            count += 1
            yield leaf


def _check_covered(session: Session, leaves: int) -> None:
    """Raise when leaves came after the last checkpoint: they are sealed together or not at all."""
    size = session.connection().scalar(select(func.max(table(CheckpointRow).c.size))) or 0
    if size != leaves:
        raise DeviationError("ledger_leaf", size, f"aucune feuille après le point de {size}", f"{leaves}")


def _checked(index: int, digest: str, leaf: bytes, kind: str, body: bytes | None) -> bytes:
    """Return the bytes of the statement of leaf `index`; raises what names what is wrong with them."""
    if body is None:
        raise DeviationError("statement", digest, f"l’enregistrement de la feuille {index}", ABSENT)
    if text_hash(body) != digest:
        raise DeviationError("statement", digest, f"l’empreinte {digest}", text_hash(body))
    if merkle.leaf_hash(body) != leaf:
        raise DeviationError("ledger_leaf", index, merkle.leaf_hash(body).hex(), leaf.hex())
    if said_kind(kind) not in body:
        raise DeviationError("statement", digest, "le genre que dit l’enregistrement", kind)
    return body


def _checkpoints(session: Session) -> Iterator[Any]:
    held = table(CheckpointRow).c
    return stream(session, select(held.size, held.root, held.note).order_by(held.size))


def _audit_pending(session: Session, done: Audited) -> None:
    """Check that each statement is sealed or waits, and none does both."""
    leaf, statement, pending = table(LeafRow), table(StatementRow), table(Pending)
    waiting = (
        select(pending.c.statement_hash, statement.c.kind, statement.c.body, leaf.c.leaf_index)
        .select_from(
            pending.outerjoin(statement, statement.c.hash == pending.c.statement_hash).outerjoin(
                leaf, leaf.c.statement_hash == pending.c.statement_hash
            )
        )
        .order_by(pending.c.statement_hash)
    )
    for digest, kind, body, index in stream(session, waiting):
        if index is not None:
            raise DeviationError("pending", digest, f"{ABSENT}, scellé à la feuille {index}", "en attente")
        if body is None:
            raise DeviationError("statement", digest, "l’enregistrement qui attend", ABSENT)
        if text_hash(body) != digest:
            raise DeviationError("statement", digest, f"l’empreinte {digest}", text_hash(body))
        done.statements[kind] += 1
        done.pending += 1
    held = session.connection().scalar(select(func.count()).select_from(statement))
    if held != done.statements.total() and done.recovered:
        deposited = audit_kept.audit_deposited(session)
        done.statements.update(deposited)
        done.recovered -= deposited.total()
    if held != done.statements.total():
        lost = (
            select(statement.c.hash)
            .select_from(
                statement.outerjoin(leaf, leaf.c.statement_hash == statement.c.hash).outerjoin(
                    pending, pending.c.statement_hash == statement.c.hash
                )
            )
            .where(leaf.c.leaf_index.is_(None), pending.c.statement_hash.is_(None))
            .order_by(statement.c.hash)
        )
        digest = session.connection().scalar(lost.limit(1))
        raise DeviationError("statement", digest, "scellé ou en attente", "ni l’un ni l’autre")


def summary(done: Audited) -> Mapping[str, Any]:
    """Return the counts of an audit, as JSON gives them."""
    return {
        "leaves": done.leaves,
        "root": done.root.hex(),
        "recovered": done.recovered,
        "statements": dict(sorted(done.statements.items())),
        "pending": done.pending,
        "tiles": done.tiles,
        "checkpoints": done.checkpoints,
        "tokens": done.tokens,
        "unverified_tokens": done.unverified_tokens,
        "unpublished_tokens": done.unpublished_tokens,
        "cosignatures": done.cosignatures,
        "unverified_cosignatures": done.unverified_cosignatures,
        "disclosures": done.disclosures,
        "comparisons": done.comparisons,
        "published": done.published,
    }
