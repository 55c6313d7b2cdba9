"""Change rows as somebody does who owns the database: past the triggers and the constraints."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, text


def tamper(engine: Engine, statement: str, **values: Any) -> None:
    """Run `statement` with nothing in its way."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:  # the role of the tests is a superuser
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for table, trigger in connection.execute(
                text("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal")
            ).all():
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}"))
            assert connection.execute(text(statement), values).rowcount
        return
    with engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all()
        for (name,) in names:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        assert connection.execute(text(statement), values).rowcount
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
