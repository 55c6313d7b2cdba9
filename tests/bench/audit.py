"""Audit a ledger: what deriving everything again costs beside hashing its leaves and their tree in memory.

100,000 leaves, or 1,000,000 with ``CGU_SOAK=1``.
"""

from __future__ import annotations

import hashlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from kiosk.acceptance import audit as decisions
from kiosk.acceptance import screens
from kiosk.acceptance.models import Decision
from kiosk.db import make_engine, writing
from kiosk.ledger import audit as ledger
from kiosk.ledger.files import publish
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.models import Pending, StatementRow
from kiosk.ledger.rows import snapshot
from kiosk.ledger.sealing import seal_once
from kiosk.migrations import upgrade
from kiosk.proof import merkle
from kiosk.proof.statement import Kind
from kiosk.proof.trust import Trust
from kiosk.texts.models import PublishedVersion
from tests.bench.decisions import AT, CONTRACTUAL, SCREEN, TEXT, bodies, statement
from tests.bench.tables import barred, noted
from tests.conftest import SOAK
from tests.postgres import running_server

LEAVES = 1_000_000 if SOAK else 100_000
BATCH = 20_000
MOST = 5.0
RUNS = 3
KEY = LedgerKey("cgu.exemple.invalid/registre", Ed25519PrivateKey.from_private_bytes(b"p" * 32))


def measure(leaves: int = LEAVES) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield from _measured("SQLite", f"sqlite:///{folder}/audit.sqlite3", Path(folder) / "registre", leaves)
    with running_server() as server, tempfile.TemporaryDirectory() as folder:
        yield from _measured("PostgreSQL", server.url("postgres"), Path(folder) / "registre", leaves)


def _measured(name: str, url: str, folder: Path, leaves: int) -> Iterator[str]:
    engine = make_engine(url)
    try:
        upgrade(engine)
        _fill(engine, folder, leaves)
        publish(engine, folder)
        hashing, alone, both = [], [], []
        for _ in range(RUNS):
            hashing.append(_hashing(leaves))
            with snapshot(engine) as session:
                begin = time.perf_counter()
                done = ledger.audit(session, Trust((KEY.verifier,)), folder=folder)
                alone.append(time.perf_counter() - begin)
                decisions.audit(session, done.statements, AT)
                both.append(time.perf_counter() - begin)
            assert done.leaves == leaves + 2
    finally:
        engine.dispose()
    bare, audit, whole = (statistics.median(taken) for taken in (hashing, alone, both))
    yield barred(
        f"{name}, {leaves:,} leaves, {done.checkpoints} checkpoints: audit beside hashing",
        f"× {audit / bare:.2f}", f"<= {MOST:.0f}", met=audit <= MOST * bare,
    )  # fmt: skip
    yield noted("   audit; hashing the leaves and their tree, in memory", f"{audit:.2f}; {bare:.2f} s")
    yield noted("   with the rows of decisions compared with their statements", f"× {whole / bare:.2f}")


def _hashing(leaves: int) -> float:
    """Return how many seconds the hashes of the leaves and of the nodes above take, nothing else."""
    taken, made = 0.0, bodies(leaves)
    while some := list(islice(made, BATCH)):
        begin = time.perf_counter()
        merkle.root(merkle.leaf_hash(body) for body in some)
        taken += time.perf_counter() - begin
    return taken


def _fill(engine: Engine, folder: Path, leaves: int) -> None:
    dates = ("declared_on", "approved_on", "published_at", "effective_on", "required_on", "archived_on")
    entry = statement(Kind.PUBLICATION, id="3" * 32, dates=dict.fromkeys(dates), reason="Motif")
    with writing(engine) as session:
        screens.keep(session, SCREEN, "publisher", AT, lambda count: b"s" * count)
        _insert(session, [(entry.hash, "publication", entry.body, AT)])
        session.execute(
            insert(PublishedVersion).values(
                id=1, service="soffi", terms="cgu", slug="v1", sequence=1, label="v1", text=TEXT,
                text_hash=hashlib.sha256(TEXT).hexdigest(), contractual=CONTRACTUAL,
                metadata_hash=hashlib.sha256(CONTRACTUAL).hexdigest(), published_at=AT, registered_at=AT,
                statement_hash=entry.hash,
            )
        )  # fmt: skip
    made = enumerate(bodies(leaves))
    while some := list(islice(made, BATCH)):
        with writing(engine) as session:
            rows = [(n, hashlib.sha256(body).hexdigest(), body) for n, body in some]
            _insert(session, [(h, "decision", b, AT + timedelta(milliseconds=n)) for n, h, b in rows])
            session.execute(insert(Decision), [_decision(number, digest) for number, digest, _ in rows])
        while seal_once(engine, KEY, lambda: AT, folder=folder):
            continue


def _insert(session: Session, rows: list[tuple[str, str, bytes, datetime]]) -> None:
    session.execute(
        insert(StatementRow),
        [{"hash": h, "kind": k, "body": b, "recorded_at": at} for h, k, b, at in rows],
    )
    session.execute(insert(Pending), [{"statement_hash": h} for h, *_ in rows])


def _decision(number: int, digest: str) -> dict[str, object]:
    return {
        "id": f"{number:032x}", "subject_id": f"{number:032x}", "version_id": 1, "service": "soffi",
        "terms": "cgu", "kind": "accepted", "sequence": 1, "decided_at": AT, "form_id": f"{number:032x}",
        "statement_hash": digest,
    }  # fmt: skip
