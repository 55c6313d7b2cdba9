"""The schema, step by step; `upgrade` brings a database to the schema of this release."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, select

from kiosk.db import open_session

_LOCK = 0x6B696F736B
"""Number of the PostgreSQL advisory lock that one migration at a time holds."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema of `engine` forward to `revision`, in one transaction, one process at a time."""
    with open_session(engine, write=True) as session, session.begin():
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Bring the schema of `engine` back to `revision` (``base``: no table at all)."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def is_current(engine: Engine) -> bool:
    """Whether the schema of `engine` is the one this release expects."""
    with engine.connect() as connection:
        held = MigrationContext.configure(connection).get_current_revision()
    return held == newest()


def newest() -> str | None:
    """Return the revision of the schema that this release expects."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
