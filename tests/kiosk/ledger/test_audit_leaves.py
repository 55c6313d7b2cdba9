"""Statements are found beside their leaves, wherever they lie."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.db import writing
from kiosk.ledger import audit_leaves
from kiosk.ledger.audit import audit
from kiosk.ledger.deviations import DeviationError
from kiosk.ledger.rows import ROWS, snapshot
from kiosk.ledger.sealing import seal_once
from kiosk.proof.trust import Trust
from tests.kiosk.ledger.making import AT, KEY, add, body, clock, sealed
from tests.kiosk.ledger.tampering import tamper

TRUST = Trust((KEY.verifier,))


def test_statements_that_lie_in_another_order_are_found(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Far from their leaves they are asked for by their key; what is wrong is still named."""
    monkeypatch.setattr(audit_leaves, "AHEAD", 2 * ROWS)
    with writing(engine) as session:
        digests = [
            add(session, body(n, at="", kind="decision"), AT - timedelta(seconds=n)) for n in range(5 * ROWS)
        ]
    assert seal_once(engine, KEY, clock, folder=tmp_path / "registre")
    assert sealed(engine) == digests[::-1]
    with snapshot(engine) as session:
        assert audit(session, TRUST).leaves == 5 * ROWS
    tamper(engine, "UPDATE statement SET body = :body WHERE hash = :hash", body=b"{}", hash=digests[7])
    with snapshot(engine) as session, pytest.raises(DeviationError) as caught:
        audit(session, TRUST)
    assert (caught.value.table, caught.value.key) == ("statement", digests[7])
