"""A ledger of 1,000,000 leaves: what its tree costs beside bare hashing, how fast and how long a proof is."""

from __future__ import annotations

import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.proof import checkpoint, merkle, tlog_proof
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.tiles import Tile, TileReader, tiles_of
from kiosk.proof.tlog_proof import TlogProof
from tests.bench.tables import barred, noted
from tests.bench.timing import alternate

LEAVES = 1_000_000
SAMPLE = 100_000
PROOFS = 500
DATA_BYTES = 1_200  # about a decision's statement
ORIGIN = "cgu.exemple.invalid/registre"
MOST_SECONDS = 0.002
MOST_BYTES = 1_200


def measure() -> Iterator[str]:
    yield from _building()
    with tempfile.TemporaryDirectory() as folder:
        hashes = [merkle.leaf_hash(str(number).encode()) for number in range(LEAVES)]
        _publish(Path(folder), hashes)
        yield from _proving(Path(folder), hashes)


def _building() -> Iterator[str]:
    statements = [str(number).encode().ljust(DATA_BYTES, b".") for number in range(SAMPLE)]

    def bare() -> None:
        for statement in statements:
            hashlib.sha256(statement).digest()

    def whole() -> None:
        merkle.root(merkle.leaf_hash(statement) for statement in statements)

    def appended() -> None:
        frontier = merkle.Frontier()
        for statement in statements:
            frontier.append(merkle.leaf_hash(statement))
        frontier.root()

    hashing, root, appending = alternate(5, bare, whole, appended)
    yield noted(f"{SAMPLE:,} statements of {DATA_BYTES:,} bytes hashed", f"{hashing:.2f} s")
    yield noted("   with the root of their tree", f"× {root / hashing:.2f}")
    yield noted("   appended one by one", f"× {appending / hashing:.2f}")


def _proving(folder: Path, hashes: list[bytes]) -> Iterator[str]:
    chosen = random.Random(1)
    key = Ed25519PrivateKey.from_private_bytes(b"p" * 32)
    head = Checkpoint(ORIGIN, LEAVES, merkle.tree_root(LEAVES, _reader(folder)))
    signed = checkpoint.sign(head, key)
    making, verifying, longest = [], [], 0
    for index in (0, LEAVES - 1, *(chosen.randrange(LEAVES) for _ in range(PROOFS))):
        begin = time.perf_counter()
        path = merkle.inclusion_path(index, LEAVES, _reader(folder))
        made = time.perf_counter()
        merkle.verify_inclusion(hashes[index], index, LEAVES, path, head.root)
        verifying.append(time.perf_counter() - made)
        making.append(made - begin)
        longest = max(longest, len(tlog_proof.dump(TlogProof(index, path, signed))))
    median, slow = statistics.median(making), statistics.quantiles(making, n=100)[-1]
    yield barred(
        f"proof of inclusion in {LEAVES:,} leaves, tiles in files",
        f"{median * 1e3:.2f} ms", f"< {MOST_SECONDS * 1e3:.0f} ms", met=median < MOST_SECONDS,
    )  # fmt: skip
    yield noted("   99th percentile", f"{slow * 1e3:.2f} ms")
    yield noted("   verified", f"{statistics.median(verifying) * 1e6:.0f} µs")
    yield barred(
        "its file, one signature and no statement, the longest",
        f"{longest:,} B", f"< {MOST_BYTES:,} B", met=longest < MOST_BYTES,
    )  # fmt: skip


def _publish(folder: Path, hashes: list[bytes]) -> None:
    levels = [hashes]
    while len(levels[-1]) >= 256:
        below = levels[-1]
        levels.append([merkle.root(below[i : i + 256]) for i in range(0, len(below) - 255, 256)])
    for tile in tiles_of(len(hashes)):
        file = folder / tile.path
        file.parent.mkdir(parents=True, exist_ok=True)
        begin = tile.number * 256
        file.write_bytes(b"".join(levels[tile.level][begin : begin + tile.width]))


def _reader(folder: Path) -> TileReader:
    def fetch(tile: Tile) -> bytes:
        return (folder / tile.path).read_bytes()

    return TileReader(fetch, LEAVES)
