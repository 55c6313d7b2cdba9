"""Read whole tables as plain rows, a few in memory at a time, all of one state of the database."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg.pq import Format
from sqlalchemy import Engine, Select, event
from sqlalchemy.orm import Session

from kiosk.db import reading

ROWS = 100
"""Rows fetched at a time: more would not stay in the caches of the processor."""

_OPEN = "streams"
"""Where a session holds what `stream` reads."""
MAPPED_BYTES = 2**31 - 65_536
"""How much of a SQLite file is read where the system keeps it, without a copy: as much as SQLite may."""


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """Open a session that sees one state of the database to its end, whatever is committed meanwhile.

    Without an order asked for, it reads the rows of a table as they lie, from the first.
    """
    one_state = (
        engine.execution_options(isolation_level="REPEATABLE READ")
        if engine.dialect.name == "postgresql"
        else engine
    )
    with reading(one_state) as session, _no_collection():
        if engine.dialect.name == "sqlite":
            session.connection().exec_driver_sql(f"PRAGMA mmap_size={MAPPED_BYTES}")
        else:
            session.connection().exec_driver_sql("SET LOCAL synchronize_seqscans = off")
            event.listen(session.connection(), "before_cursor_execute", _ask_binary)
        try:
            yield session
        finally:
            for result in session.info.pop(_OPEN, ()):
                result.close()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Look for no cycles of objects: rows make none, and there are many of them to look at in vain."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _ask_binary(_connection: object, cursor: Any, *_: object) -> None:
    """Have PostgreSQL send values as they are: bytes written as text are twice as long."""
    cursor.format = Format.BINARY


def stream(session: Session, statement: Select[Any], rows: int = ROWS) -> Iterator[Any]:
    """Yield the rows of `statement` as they come, `rows` of them in memory at most.

    Left before the last row, it is closed with the session that `snapshot` opened.
    """
    for part in parts(session, statement, rows):
        yield from part


def parts(session: Session, statement: Select[Any], rows: int = ROWS) -> Iterator[Sequence[Any]]:
    """Return the rows that `stream` yields, by lists of `rows` of them, the last one shorter."""
    result = session.connection().execute(statement, execution_options={"yield_per": rows})
    session.info.setdefault(_OPEN, []).append(result)
    return result.partitions()
