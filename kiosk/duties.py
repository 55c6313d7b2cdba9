"""What one worker at a time does, and the locks that see to it, whatever the number of processes."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, func, select


@dataclass(frozen=True, slots=True)
class Duty:
    """What one process at a time does."""

    number: int
    """Of the PostgreSQL advisory lock."""
    file: str
    """The lock beside a SQLite database."""


TASKS = Duty(0x776F726B6572, "worker.lock")
SEALING = Duty(0x7365616C6572, "sealer.lock")
PUBLISHING = Duty(0x7075626C6973, "publisher.lock")
ASKING = Duty(0x61736B696E67, "asking.lock")
RETAINING = Duty(0x7465726D73, "retaining.lock")


@contextmanager
def alone(engine: Engine, data_dir: Path, duty: Duty) -> Iterator[bool]:
    """Hold `duty` if nobody does, and say whether it is ours: by the database, or a file beside SQLite."""
    if engine.dialect.name == "postgresql":
        with _advisory_lock(engine, duty.number) as ours:
            yield ours
    else:
        with _file_lock(data_dir / duty.file) as ours:
            yield ours


@contextmanager
def _advisory_lock(engine: Engine, number: int) -> Iterator[bool]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ours = bool(connection.scalar(select(func.pg_try_advisory_lock(number))))
        try:
            yield ours
        finally:
            if ours:
                connection.execute(select(func.pg_advisory_unlock(number)))


@contextmanager
def _file_lock(file: Path) -> Iterator[bool]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
