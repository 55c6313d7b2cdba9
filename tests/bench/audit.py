"""Audit a ledger of 1,000,000 leaves: what deriving everything again costs beside hashing its leaves."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
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
from kiosk.proof.statement import Kind, Statement, instant, make
from kiosk.proof.trust import Trust
from kiosk.texts.models import PublishedVersion
from tests.bench.timing import seconds
from tests.postgres import running_server

LEAVES = 1_000_000
BATCH = 20_000
MOST = 5.0
AT = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
KEY = LedgerKey("cgu.exemple.invalid/registre", Ed25519PrivateKey.from_private_bytes(b"p" * 32))
SCREEN = screens.Screen("0.0.1", {"kiosk/templates/page.html": b"<!doctype html>"})
TEXT, CONTRACTUAL = b"# Conditions\n", b"{}"
STAND_INS = ("1" * 32, "2" * 32)
"""Identifiers of the decision and the subject in the statement that the others are made from."""


def measure(leaves: int = LEAVES) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield from _measured("SQLite", f"sqlite:///{folder}/audit.sqlite3", Path(folder) / "registre", leaves)
    with running_server() as server, tempfile.TemporaryDirectory() as folder:
        yield from _measured("PostgreSQL", server.url("postgres"), Path(folder) / "registre", leaves)


def _measured(name: str, url: str, folder: Path, leaves: int) -> Iterator[str]:
    engine = make_engine(url)
    try:
        upgrade(engine)
        begin = time.perf_counter()
        _fill(engine, leaves)
        size = 0
        while made := seal_once(engine, KEY, lambda: AT, folder=folder):
            size = made.size
        publish(engine, folder)
        made_in = time.perf_counter() - begin
        assert size == leaves + 2
        ratios, whole = [], []
        for _ in range(3):
            hashing = seconds(lambda: merkle.root(merkle.leaf_hash(body) for _, body in _bodies(leaves)))
            making = seconds(lambda: sum(1 for _ in _bodies(leaves)))
            with snapshot(engine) as session:
                begin = time.perf_counter()
                done = ledger.audit(session, Trust((KEY.verifier,)), folder=folder)
                ledger_seconds = time.perf_counter() - begin
                decisions.audit(session, done.statements)
                both = time.perf_counter() - begin
            assert done.leaves == leaves + 2
            ratios.append((ledger_seconds / (hashing - making), ledger_seconds, hashing - making))
            whole.append((both / (hashing - making), both))
        ratio, taken, bare = sorted(ratios)[1]
        yield (
            f"{name}, {leaves:,} leaves (made in {made_in:.0f} s): hashed in {bare:.2f} s; audited in"
            f" {taken:.2f} s, × {ratio:.2f}, {_against(ratio <= MOST)} {MOST:.0f};"
            f" decisions compared too × {sorted(whole)[1][0]:.2f} ({sorted(whole)[1][1]:.2f} s)"
        )
    finally:
        engine.dispose()


def _against(met: bool) -> str:
    return "within the bar of" if met else "OVER THE BAR OF"


def _bodies(leaves: int) -> Iterator[tuple[int, bytes]]:
    """Yield the bytes of as many decisions, one for each number."""
    before, between, after = _template()
    for number in range(leaves):
        yield number, b"%b%032x%b%032x%b" % (before, number, between, number, after)


def _template() -> list[bytes]:
    said = _statement(
        Kind.DECISION,
        id=STAND_INS[0],
        subject=STAND_INS[1],
        decision="accepted",
        wording={
            "box": "J’accepte sans réserve les conditions générales d’utilisation de SOFFi (v1).",
            "statements": [], "button": "Accepter ces conditions", "language": "fr",
        },
        named_without_text=[],
        capacity="self",
        exposure={"shown_at": instant(AT), "text": "whole", "compared_with": None, "comparison_hash": None},
        authentication={"method": "password", "at": instant(AT)},
        previous=None,
        screen=SCREEN.hash,
        retention="Fin de la relation + 5 ans",
    )  # fmt: skip
    before, rest = said.body.split(STAND_INS[0].encode())
    between, after = rest.split(STAND_INS[1].encode())
    return [before, between, after]


def _statement(kind: Kind, **members: object) -> Statement:
    document = {
        "service": "soffi", "terms": "cgu", "version": "v1", "label": "v1",
        "text_hash": hashlib.sha256(TEXT).hexdigest(),
        "metadata_hash": hashlib.sha256(CONTRACTUAL).hexdigest(),
        "origin": "publication", "published_at": instant(AT), "effective_at": None,
    }  # fmt: skip
    checkpoint = {"size": 123_456, "root": "a" * 64, "at": instant(AT)}
    return make(kind, "publisher", AT, {"document": document, "checkpoint": checkpoint, **members})


def _fill(engine: Engine, leaves: int) -> None:
    dates = ("declared_on", "approved_on", "published_at", "effective_on", "required_on", "archived_on")
    entry = _statement(Kind.PUBLICATION, id="3" * 32, dates=dict.fromkeys(dates), reason="Motif")
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
    batch: list[tuple[int, bytes]] = []
    for one in _bodies(leaves):
        batch.append(one)
        if len(batch) == BATCH or one[0] == leaves - 1:
            with writing(engine) as session:
                made = [(n, hashlib.sha256(body).hexdigest(), body) for n, body in batch]
                _insert(session, [(h, "decision", b, AT + timedelta(milliseconds=n)) for n, h, b in made])
                session.execute(insert(Decision), [_decision(number, digest) for number, digest, _ in made])
            batch.clear()


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
