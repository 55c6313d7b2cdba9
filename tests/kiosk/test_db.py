"""What every room asks of the database: rows written together, connections that outlive a restart."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kiosk import db
from kiosk.db import Base, Row, insert_all, make_engine, reading, writing
from kiosk.ledger.models import Disclosure, Pending, StatementRow

AT = datetime(2026, 1, 2, 3, 4, 5, 6, UTC)
STATEMENT = Row(
    StatementRow, {"hash": "a" * 64, "kind": "decision", "body": b"\x00\xff{}", "recorded_at": AT}
)
PENDING = Row(Pending, {"statement_hash": "a" * 64})
DISCLOSED = [
    Row(Disclosure, {"statement_hash": "a" * 64, "field": name, "salt": bytes(16), "value": "é'%s"})
    for name in ("account", "email")
]


def count(session: Session, model: type[Base]) -> int | None:
    return session.scalar(select(func.count()).select_from(model))


def test_rows_of_several_tables_are_written_together(engine: Engine) -> None:
    seen: list[str] = []
    with writing(engine) as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *held: seen.append(held[2]))
        insert_all(session, [STATEMENT, PENDING, *DISCLOSED])
    assert len(seen) == (1 if engine.dialect.name == "postgresql" else 4)
    with reading(engine) as session:
        held = session.scalars(select(StatementRow)).one()
        assert (held.hash, held.kind, held.body, held.recorded_at) == (*list(STATEMENT.values.values()),)
        assert count(session, Pending) == 1
        found = session.execute(select(Disclosure.field, Disclosure.value).order_by(Disclosure.field))
        assert [tuple(row) for row in found] == [("account", "é'%s"), ("email", "é'%s")]


def test_one_row_that_is_refused_leaves_none(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as session:
        insert_all(session, [STATEMENT, PENDING, PENDING])
    with reading(engine) as session:
        assert (count(session, StatementRow), count(session, Pending)) == (0, 0)


def test_a_row_that_refers_to_none_is_refused(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as session:
        insert_all(session, [PENDING])
    with reading(engine) as session:
        assert count(session, Pending) == 0


def test_what_the_session_still_had_to_write_comes_first(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(StatementRow(**STATEMENT.values))
        insert_all(session, [PENDING])
    with reading(engine) as session:
        assert (count(session, StatementRow), count(session, Pending)) == (1, 1)


def pid(engine: Engine) -> int:
    with reading(engine) as session:
        found = session.scalar(text("SELECT pg_backend_pid()"))
    assert isinstance(found, int)
    return found


def test_a_connection_lost_while_unused_is_replaced(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("a file is not lost")
    monkeypatch.setattr(db, "IDLE_SECONDS", 0.0)
    lost = pid(engine)
    assert pid(engine) == lost
    other = make_engine(database_url)
    with reading(other) as session:
        assert session.scalar(select(func.pg_terminate_backend(lost, 10_000)))
    other.dispose()
    assert pid(engine) != lost


def test_a_connection_just_used_is_not_asked_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking each time would cost an acceptance one question in eight."""

    def ask(_connection: object) -> bool:
        raise AssertionError("asked")

    monkeypatch.setattr(engine.dialect, "do_ping", ask)
    for _ in range(3):
        with reading(engine) as session:
            assert session.scalar(text("SELECT 1")) == 1
