"""Comparisons shown are kept once, for ever, byte for byte."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError

from kiosk.db import reading, writing
from kiosk.ledger import comparisons
from kiosk.ledger.comparisons import Packed, pack
from kiosk.ledger.models import ComparisonShown

CANONICAL = b'{"format":"cgu-comparison/1"}' * 50


def test_what_is_kept_comes_back_byte_for_byte_under_its_hash(engine: Engine, at: datetime) -> None:
    packed = pack(CANONICAL)
    assert packed.hash == sha256(CANONICAL).hexdigest()
    assert len(packed.body) < len(CANONICAL)
    with reading(engine) as session:
        assert not comparisons.is_kept(session, packed.hash)
        assert comparisons.get(session, packed.hash) is None
    for delay in range(2):
        with writing(engine) as session:
            comparisons.keep(session, packed, at + timedelta(days=delay))
    with reading(engine) as session:
        assert comparisons.is_kept(session, packed.hash)
        assert comparisons.get(session, packed.hash) == CANONICAL
        assert session.scalars(select(ComparisonShown.created_at)).all() == [at]


def test_many_who_keep_the_same_one_at_the_same_instant_keep_one(engine: Engine, at: datetime) -> None:
    packed = pack(CANONICAL)
    ready = threading.Barrier(4)
    failed: list[Exception] = []

    def keep() -> None:
        try:
            ready.wait()
            with writing(engine) as session:
                comparisons.keep(session, packed, at)
        except Exception as error:  # noqa: BLE001 - told below, from the thread of the test
            failed.append(error)

    threads = [threading.Thread(target=keep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(ComparisonShown)) == 1


def test_a_refusal_for_another_reason_is_not_swallowed(engine: Engine, at: datetime) -> None:
    with pytest.raises(IntegrityError), writing(engine) as session:
        comparisons.keep(session, Packed("a" * 64, None), at)  # type: ignore[arg-type]
