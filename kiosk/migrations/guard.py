"""What makes a table insert-only, on SQLite and PostgreSQL alike; migrations call it."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

_FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is insert-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def create_function() -> None:
    """Create what the triggers of PostgreSQL call; before the first `protect`."""
    if on_postgresql():
        op.execute(_FUNCTION)


def drop_function() -> None:
    """Take it away, once no table is protected any more."""
    if on_postgresql():
        op.execute("DROP FUNCTION refuse_change()")


def protect(tables: Iterable[str]) -> None:
    """Let the database refuse every change of a row of `tables`, and every emptying."""
    for table in tables:
        if on_postgresql():
            op.execute(
                f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            # Fires in replication sessions too, where ordinary triggers are silent.
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_insert_only")
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, 'table {table} is insert-only: {verb} refused'); END"
            )


def refuse_rows(table: str, why: str) -> None:
    """Raise `RuntimeError` when `table`, about to be dropped, has rows; `why` says what would be lost."""
    rows = op.get_bind().scalar(sa.select(sa.func.count()).select_from(sa.table(table)))
    if rows:
        raise RuntimeError(f"table {table}: empty expected, {rows} row(s) found, {why}; keep this revision")


def on_postgresql() -> bool:
    """Whether the migration runs on PostgreSQL."""
    return op.get_bind().dialect.name == "postgresql"
