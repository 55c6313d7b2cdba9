"""Read whole tables as plain rows, a few in memory at a time, all of one state of the database."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from typing import Any, cast

from psycopg import Connection as Driver
from psycopg.pq import Format
from sqlalchemy import Engine, Select, event, func, select, text
from sqlalchemy.orm import Session

from kiosk.db import reading

ROWS = 100
"""Rows fetched at a time: more would not stay in the caches of the processor."""

_OPEN = "open"
"""Where a session holds what closes before it."""
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
    with reading(one_state) as session, _no_collection(), ExitStack() as open_:
        if engine.dialect.name == "sqlite":
            session.connection().exec_driver_sql(f"PRAGMA mmap_size={MAPPED_BYTES}")
        else:
            session.connection().exec_driver_sql("SET LOCAL synchronize_seqscans = off")
            event.listen(session.connection(), "before_cursor_execute", _ask_binary)
        session.info[_OPEN] = open_
        yield session


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
    _open(session).callback(result.close)
    return result.partitions()


def flow(session: Session, statement: Select[Any], rows: int = ROWS) -> Iterator[Sequence[Any]]:
    """Return the same as plain tuples, which the database prepares while those before are looked at.

    Beside the few in memory, the system holds what PostgreSQL sent ahead, on a connection that sees the same
    state; SQLite has nobody to wait for. `session` is opened by `snapshot`.
    """
    if session.connection().dialect.name == "sqlite":
        return parts(session, statement, rows)
    return _sent_ahead(session, statement, rows)


def _sent_ahead(session: Session, statement: Select[Any], rows: int) -> Iterator[Sequence[Any]]:
    seen = session.connection().scalar(select(func.pg_export_snapshot()))
    beside = _open(session).enter_context(session.connection().engine.connect())
    beside.execute(text(f"SET TRANSACTION SNAPSHOT '{seen}'"))
    beside.exec_driver_sql("SET LOCAL synchronize_seqscans = off")
    driver = cast("Driver", beside.connection.driver_connection)
    asked = str(statement.compile(dialect=beside.dialect)).encode()
    coming = driver.cursor().stream(asked, binary=True, size=rows)
    _open(session).enter_context(closing(cast("Generator[tuple[Any, ...], None, None]", coming)))
    while part := list(islice(coming, rows)):
        yield part


def _open(session: Session) -> ExitStack:
    """Return what closes with the session that `snapshot` opened; with its connection, for any other."""
    return cast("ExitStack", session.info.setdefault(_OPEN, ExitStack()))
