"""Sealing loses nothing, repeats nothing, and never signs a second history."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text

from kiosk.db import open_session, reading
from kiosk.ledger import files, proofs
from kiosk.ledger.errors import ForkError, SealingConflictError
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.models import CheckpointRow, ClockObservation, LeafRow, TileRow
from kiosk.ledger.sealing import Edge, seal_once
from kiosk.proof import merkle
from kiosk.proof.checkpoint import Checkpoint, sign
from tests.kiosk.ledger.making import (
    AT,
    KEY,
    OTHER,
    add,
    body,
    check_checkpoints,
    clock,
    sealed,
    wait,
    waiting,
)
from tests.postgres import DATABASES

ON_POSTGRESQL = pytest.mark.parametrize("database_url", DATABASES[1:], indirect=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "registre"


class Signing:
    """A private key that calls `before` when it is asked to sign."""

    def __init__(self, before: Callable[[], object]) -> None:
        self.before = before

    def sign(self, message: bytes) -> bytes:
        self.before()
        return KEY.private.sign(message)

    def public_key(self) -> object:
        return KEY.private.public_key()


def key_that(before: Callable[[], object]) -> LedgerKey:
    return LedgerKey(KEY.name, Signing(before))  # type: ignore[arg-type]


def never() -> None:
    raise AssertionError("signed")


def test_nothing_is_signed_when_nothing_waits(engine: Engine, folder: Path) -> None:
    assert seal_once(engine, key_that(never), clock, folder=folder) is None
    assert check_checkpoints(engine) == []


@pytest.mark.requirement("S-58")
def test_what_waits_is_sealed_in_the_order_it_was_recorded_under_a_signed_root(
    engine: Engine, folder: Path
) -> None:
    hashes = wait(engine, 5)
    made = seal_once(engine, KEY, clock, folder=folder)
    assert made is not None
    assert (made.origin, made.size) == (KEY.name, 5)
    assert sealed(engine) == hashes
    assert waiting(engine) == set()
    assert check_checkpoints(engine) == [5]
    with reading(engine) as session:
        assert proofs.latest(session) == (5, made.root, AT)
        for index, leaf in enumerate(session.scalars(select(LeafRow.leaf_hash).order_by(LeafRow.leaf_index))):
            assert leaf == merkle.leaf_hash(body(index))


def test_a_backlog_is_sealed_batch_after_batch_and_fills_tiles(engine: Engine, folder: Path) -> None:
    hashes = wait(engine, 700)
    sizes = []
    while made := seal_once(engine, KEY, clock, folder=folder, most=150):
        sizes.append(made.size)
    assert sizes == [150, 300, 450, 600, 700]
    assert sealed(engine) == hashes
    assert check_checkpoints(engine) == sizes
    with reading(engine) as session:
        leaves = list(session.scalars(select(LeafRow.leaf_hash).order_by(LeafRow.leaf_index)))
        tiles = session.scalars(select(TileRow).order_by(TileRow.number)).all()
    assert [(tile.level, tile.number) for tile in tiles] == [(0, 0), (0, 1)]
    for tile in tiles:
        held = leaves[tile.number * 256 : (tile.number + 1) * 256]
        assert tile.hashes == b"".join(held)
        assert tile.root == merkle.root(held)


@ON_POSTGRESQL
def test_a_statement_whose_transaction_commits_after_a_later_one_is_sealed_too(
    engine: Engine, folder: Path
) -> None:
    """SQLite lets one transaction write at a time: there, none can commit in another order."""
    first, second = open_session(engine, write=True), open_session(engine, write=True)
    early = add(first, body(1), AT)
    late = add(second, body(2), AT + timedelta(seconds=1))
    second.commit()
    assert seal_once(engine, KEY, clock, folder=folder) is not None
    assert (sealed(engine), waiting(engine)) == ([late], set())
    first.commit()
    assert seal_once(engine, KEY, clock, folder=folder) is not None
    assert (sealed(engine), waiting(engine)) == ([late, early], set())
    assert check_checkpoints(engine) == [1, 2]
    first.close()
    second.close()


@ON_POSTGRESQL
def test_a_statement_recorded_while_the_sealer_works_goes_on_waiting(engine: Engine, folder: Path) -> None:
    (early,) = wait(engine, 1)
    late: list[str] = []
    key = key_that(lambda: late.extend(wait(engine, 1, first=1)))
    assert seal_once(engine, key, clock, folder=folder) is not None
    assert (sealed(engine), waiting(engine)) == ([early], set(late))
    assert len(late) == 1


def until_blocked(engine: Engine) -> None:
    """Wait until a transaction waits for another, on PostgreSQL."""
    blocked = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(2_000):
        with engine.connect() as connection:
            if connection.scalar(blocked):
                return
        time.sleep(0.01)
    pytest.fail("no transaction waits for another")


def test_two_sealers_at_once_make_one_history(engine: Engine, folder: Path) -> None:
    hashes = wait(engine, 3)
    signing, go_on = threading.Event(), threading.Event()

    def pause() -> None:
        signing.set()
        assert go_on.wait(20)

    def second() -> Checkpoint | None:
        assert signing.wait(20)
        return seal_once(engine, KEY, clock, folder=folder)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(seal_once, engine, key_that(pause), clock, folder=folder)
        other = pool.submit(second)
        if engine.dialect.name == "postgresql":
            until_blocked(engine)
        go_on.set()
        made = one.result(20)
        assert made is not None
        if engine.dialect.name == "postgresql":  # it had read the same head: its leaves are refused
            with pytest.raises(SealingConflictError):
                other.result(20)
        else:  # it waited for its turn, and found nothing left
            assert other.result(20) is None
    assert (sealed(engine), waiting(engine)) == (hashes, set())
    assert check_checkpoints(engine) == [3]
    wait(engine, 1, first=3)
    assert seal_once(engine, KEY, clock, folder=folder) is not None
    assert check_checkpoints(engine) == [3, 4]


def test_many_sealers_and_writers_at_once_seal_each_statement_once(engine: Engine, folder: Path) -> None:
    done = threading.Event()

    def seal() -> None:
        while not (done.is_set() and not waiting(engine)):
            try:
                seal_once(engine, KEY, clock, folder=folder, most=7)
            except SealingConflictError:
                continue

    with ThreadPoolExecutor(4) as pool:
        sealers = [pool.submit(seal) for _ in range(2)]
        writers = [
            pool.submit(lambda start: [wait(engine, 1, first=start + n)[0] for n in range(40)], start)
            for start in (0, 1000)
        ]
        hashes = [digest for writer in writers for digest in writer.result(60)]
        done.set()
        for sealer in sealers:
            sealer.result(60)
    found = sealed(engine)
    assert len(found) == 80
    assert set(found) == set(hashes)
    assert check_checkpoints(engine)[-1] == 80


def test_a_sealer_stopped_before_it_commits_has_done_nothing(engine: Engine, folder: Path) -> None:
    hashes = wait(engine, 300)
    with pytest.raises(AssertionError, match="signed"):
        seal_once(engine, key_that(never), clock, folder=folder)
    assert (sealed(engine), waiting(engine)) == ([], set(hashes))
    assert check_checkpoints(engine) == []
    assert seal_once(engine, KEY, clock, folder=folder) is not None
    assert sealed(engine) == hashes


def publish_by_hand(folder: Path, made: Checkpoint, key: LedgerKey = KEY) -> None:
    files.write_file(folder / files.CHECKPOINT, sign(made, key.private).encode())


@pytest.mark.parametrize("size", [2, 3, 1000])
def test_a_database_older_than_what_was_published_seals_nothing(
    engine: Engine, folder: Path, size: int
) -> None:
    """As after a backup was restored: whatever it signed would be a second history."""
    wait(engine, 1)
    assert seal_once(engine, KEY, clock, folder=folder) is not None
    publish_by_hand(folder, Checkpoint(KEY.name, size, b"r" * 32))
    (kept,) = wait(engine, 1, first=1)
    with pytest.raises(ForkError, match=f"{size} feuilles"):
        seal_once(engine, key_that(never), clock, folder=folder)
    assert waiting(engine) == {kept}
    assert check_checkpoints(engine) == [1]


def test_an_empty_database_beside_a_published_ledger_seals_nothing(engine: Engine, folder: Path) -> None:
    publish_by_hand(folder, Checkpoint(KEY.name, 1, b"r" * 32))
    wait(engine, 5)
    with pytest.raises(ForkError, match="la base 0"):
        seal_once(engine, key_that(never), clock, folder=folder)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        pytest.param(Checkpoint(KEY.name, 1, b"r" * 32), "ne porte pas", id="other root"),
        pytest.param(Checkpoint(OTHER.name, 1, b"r" * 32), "autre.exemple", id="other ledger"),
    ],
)
def test_another_history_than_the_published_one_is_not_continued(
    engine: Engine, folder: Path, made: Checkpoint, said: str
) -> None:
    wait(engine, 2)
    assert seal_once(engine, KEY, clock, folder=folder, most=1) is not None
    publish_by_hand(folder, made, OTHER if made.origin == OTHER.name else KEY)
    with pytest.raises(ForkError, match=said):
        seal_once(engine, key_that(never), clock, folder=folder)


@pytest.mark.parametrize("content", [b"", b"\xff", b"cgu.exemple.invalid/registre\n1\n"])
def test_an_unreadable_published_checkpoint_stops_the_sealer(
    engine: Engine, folder: Path, content: bytes
) -> None:
    wait(engine, 1)
    files.write_file(folder / files.CHECKPOINT, content)
    with pytest.raises(ForkError, match="illisible"):
        seal_once(engine, key_that(never), clock, folder=folder)


def unguard(engine: Engine, table: str) -> None:
    """Take away the triggers, as whoever owns the database can."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"DROP TRIGGER {table}_insert_only ON {table}"))
        else:
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER {table}_no_{verb}"))


@pytest.mark.requirement("S-59")
def test_leaves_that_were_tampered_with_are_not_built_upon(engine: Engine, folder: Path) -> None:
    wait(engine, 3)
    assert seal_once(engine, KEY, clock, folder=folder) is not None
    unguard(engine, "ledger_leaf")
    with engine.begin() as connection:
        connection.execute(
            LeafRow.__table__.update().where(LeafRow.leaf_index == 1).values(leaf_hash=b"x" * 32)
        )
    wait(engine, 1, first=3)
    with pytest.raises(ForkError, match="racine"):
        seal_once(engine, key_that(never), clock, folder=folder)


@pytest.mark.requirement("S-59")
def test_leaves_that_were_removed_are_missed(engine: Engine, folder: Path) -> None:
    wait(engine, 3)
    assert seal_once(engine, KEY, clock, folder=folder) is not None
    unguard(engine, "ledger_leaf")
    with engine.begin() as connection:
        connection.execute(LeafRow.__table__.delete().where(LeafRow.leaf_index == 1))
    wait(engine, 1, first=3)
    with pytest.raises(ForkError, match="tile/0/000"):
        seal_once(engine, key_that(never), clock, folder=folder)


def test_a_clock_that_goes_back_is_written_down_once(engine: Engine, folder: Path) -> None:
    wait(engine, 3)
    for minutes in (0, -10, -9):
        moved = AT + timedelta(minutes=minutes)
        assert seal_once(engine, KEY, lambda moved=moved: moved, folder=folder, most=1) is not None
    with reading(engine) as session:
        (seen,) = session.scalars(select(ClockObservation))
        made = session.scalars(select(CheckpointRow.made_at).order_by(CheckpointRow.size)).all()
    assert (seen.kind, seen.source, seen.offset_ms) == ("backwards", "checkpoint", 600_000)
    assert made == [AT, AT - timedelta(minutes=10), AT - timedelta(minutes=9)]


def test_sealing_keeps_up_with_two_thousand_at_once(engine: Engine, folder: Path) -> None:
    wait(engine, 2_100)
    made = [seal_once(engine, KEY, clock, folder=folder) for _ in range(3)]
    assert [one.size if one else None for one in made] == [2_000, 2_100, None]
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(TileRow)) == 8


def tiles_of_edge(edge: Edge, leaves: list[bytes]) -> list[tuple[int, int, bytes, bytes]]:
    return [
        (row["level"], row["number"], row["hashes"], row["root"])
        for leaf in leaves
        for row in edge.append(leaf)
    ]


def test_an_edge_fills_tiles_of_every_level() -> None:
    leaves = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(65_536 + 300)]
    edge = Edge([])
    filled = tiles_of_edge(edge, leaves)
    assert edge.size == len(leaves)
    assert edge.root() == merkle.root(leaves)
    assert [tile[:2] for tile in filled if tile[0]] == [(1, 0)]
    assert [number for level, number, _, _ in filled if level == 0] == list(range(257))
    roots = [merkle.root(leaves[number * 256 : (number + 1) * 256]) for number in range(257)]
    assert [root for level, _, _, root in filled if level == 0] == roots
    above = next(tile for tile in filled if tile[0])
    assert above == (1, 0, b"".join(roots[:256]), merkle.root(leaves[:65_536]))


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 3), st.integers(0, 600))
def test_an_edge_taken_up_again_goes_on_as_if_never_left(low: int, middle: int, high: int, more: int) -> None:
    """Each hash of a level above stands for a full tile: none of those below need be known."""

    def hashes(name: str, count: int) -> list[bytes]:
        return [merkle.leaf_hash(f"{name}{number}".encode()) for number in range(count)]

    levels = [hashes("low", low), hashes("middle", middle), hashes("high", high)]
    edge = Edge(levels)
    assert edge.size == low + 256 * middle + 65_536 * high
    known = {
        (8 * height, index): each for height, level in enumerate(levels) for index, each in enumerate(level)
    }

    def read(level: int, index: int) -> bytes:
        height, rest = divmod(level, 8)
        if rest == 0:
            first = (edge.size >> 8 * height) // 256 * 256
            return known[8 * height, index - first]
        return merkle.node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))

    assert edge.root() == merkle.tree_root(edge.size, read)
    added = hashes("added", more)
    once = tiles_of_edge(edge, added)
    again = Edge(levels)
    half = tiles_of_edge(again, added[: more // 2])
    assert half + tiles_of_edge(again, added[more // 2 :]) == once
    assert again.root() == edge.root()
