"""The database: one engine per process, one session per request or task, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache, partial
from sqlite3 import SQLITE_BUSY, OperationalError
from sqlite3 import Connection as SqliteConnection
from time import sleep
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    DateTime,
    Dialect,
    Engine,
    Insert,
    MetaData,
    Select,
    Table,
    bindparam,
    create_engine,
    event,
    insert,
    literal,
    select,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.types import TypeDecorator

from kiosk.clock import system_elapsed

IDLE_SECONDS = 5.0
"""After how long unused a connection to PostgreSQL is asked whether it is alive: restarts are seen then."""
_IDLE_SINCE = "idle_since"
_BEGIN = "kiosk_begin"
"""Execution option: how a SQLite transaction begins, DEFERRED to read, IMMEDIATE to write."""


_ASKED, _BETWEEN = 300, 0.1
"""How many times a new SQLite file is asked to be journaled ahead, and after how many seconds again."""
_AT_ONCE: Mapping[str, Any] = {"isolation_level": "AUTOCOMMIT"}


class UTCDateTime(TypeDecorator[datetime]):
    """An instant, aware and in UTC on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive instant; SQLite stores it without its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive instant cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every table; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def make_engine(url: str) -> Engine:
    """Return an engine for `url` (``sqlite:///…`` or ``postgresql://…``).

    SQLite runs in WAL with ``synchronous=FULL``: an acknowledged decision survives a power cut.
    """
    if not url.startswith("sqlite"):
        engine = create_engine(url)
        event.listen(engine, "checkin", _note_idle)
        event.listen(engine, "checkout", partial(_ask_if_idle, engine.dialect))
        return engine
    engine = create_engine(url, connect_args={"timeout": 30, "isolation_level": None})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _note_idle(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_IDLE_SINCE] = system_elapsed()


def _ask_if_idle(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Let the pool replace what was lost while nobody used it; a connection just used is not asked."""
    if system_elapsed() - record.info.get(_IDLE_SINCE, math.inf) < IDLE_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _prepare_sqlite(connection: SqliteConnection, _record: Any) -> None:
    # recursive_triggers: otherwise INSERT OR REPLACE deletes rows past the triggers that refuse a DELETE.
    _write_ahead(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: SqliteConnection) -> None:
    """Have a file journaled ahead; SQLite waits for nobody who makes the same file at the same instant."""
    for left in reversed(range(_ASKED)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except OperationalError as error:
            if not left or error.sqlite_errorcode != SQLITE_BUSY:
                raise
            sleep(_BETWEEN)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get(_BEGIN, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def open_session(engine: Engine, *, write: bool, holding: bool = True) -> Session:
    """Return a session; the caller commits and closes it.

    To write on SQLite it takes the write lock at once: a reader's transaction that turns writer fails
    whatever the timeout. Without `holding`, on PostgreSQL, each statement is a transaction by itself, without
    BEGIN nor COMMIT: what was read may have changed when something is written (`insert_while`). `hold` makes
    it a session like any other, and so do a commit and a rollback.
    """
    sqlite = engine.dialect.name == "sqlite"
    bind = engine.execution_options(**{_BEGIN: "IMMEDIATE"}) if write and sqlite else engine
    session = Session(bind, expire_on_commit=False)
    if not (holding or sqlite):
        session.connection(execution_options=_AT_ONCE)
    return session


def holds(session: Session) -> bool:
    """Whether what `session` writes is one transaction, and what it locks stays locked until its end."""
    return not _AT_ONCE.items() <= session.connection().get_execution_options().items()


def hold(session: Session) -> None:
    """Let `session`, opened without `holding`, be one transaction from here on; it wrote nothing yet."""
    if not holds(session):
        session.rollback()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session that only reads; whatever it changed is rolled back."""
    with open_session(engine, write=False) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open a session that writes, committed at the end, rolled back by an exception."""
    with open_session(engine, write=True) as session:
        yield session
        session.commit()


class Question(NamedTuple):
    """A query, and values of its parameters."""

    query: Select[Any]
    values: Mapping[str, object]


class Row(NamedTuple):
    """A row to write, with every column that its table does not fill in by itself."""

    model: type[Base]
    values: Mapping[str, Any]


def insert_all(session: Session, rows: Sequence[Row]) -> None:
    """Insert `rows` of several tables, in their order; PostgreSQL is asked once for all of them.

    What refers to a row of another table may come before or after it there; on SQLite, after.
    """
    session.flush()
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_together(_shapes(rows), None), _named(rows))
    else:
        _one_by_one(connection, rows)


Held = Select[Any] | ReturningUpdate[Any]
"""What locks or changes a row that must be as it was read, and returns it; else it returns none."""


def insert_while(session: Session, rows: Sequence[Row], held: Held, values: Mapping[str, Any]) -> bool:
    """Insert `rows` as `insert_all` does, if `held` returns a row; else none of them. Returns whether it did.

    PostgreSQL is asked once for both: nothing comes between. `values` are those of the parameters of `held`.
    """
    session.flush()
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        written = connection.execute(_together(_shapes(rows), held), {**_named(rows), **values})
        return written.first() is not None
    if connection.execute(held, dict(values)).first() is None:
        return False
    _one_by_one(connection, rows)
    return True


def _one_by_one(connection: Connection, rows: Sequence[Row]) -> None:
    for model, values in rows:
        connection.execute(_insert(model, tuple(values), "", None), dict(values))


_Shapes = tuple[tuple[type[Base], tuple[str, ...]], ...]
"""The table and the columns of each row."""


def _shapes(rows: Sequence[Row]) -> _Shapes:
    return tuple((model, tuple(values)) for model, values in rows)


def _named(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        f"{number}_{column}": value
        for number, (_, values) in enumerate(rows)
        for column, value in values.items()
    }


@lru_cache(maxsize=256)
def _together(shapes: _Shapes, held: Held | None) -> Select[Any]:
    """Return the statement that inserts a row for each of `shapes`, if `held` returns one."""
    source = None if held is None else held.cte("held")
    inserts = [
        _insert(model, columns, f"{number}_", source) for number, (model, columns) in enumerate(shapes)
    ]
    written = select(literal(1)) if source is None else select(literal(1)).select_from(source)
    return written.add_cte(*(one.cte(f"row_{number}") for number, one in enumerate(inserts)))


@lru_cache(maxsize=256)
def _insert(model: type[Base], columns: tuple[str, ...], prefix: str, source: CTE | None) -> Insert:
    into = table(model)
    values = {name: bindparam(f"{prefix}{name}", type_=into.c[name].type) for name in columns}
    if source is None:
        return insert(into).values(values)
    row = select(*values.values()).select_from(source)
    return insert(into).from_select(list(values), row, include_defaults=False)


def table(model: type[Base]) -> Table:
    """Return the table of `model`, to read or write plain rows."""
    held = model.__table__
    if not isinstance(held, Table):
        raise TypeError(model)
    return held
