"""Keep the comparisons that people were shown; as what is proved, they never change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLE = "comparison_shown"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_comparison_shown")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {TABLE}_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        # Fires in replication sessions too, where ordinary triggers are silent.
        op.execute(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TABLE}_insert_only")
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE}"
            f" BEGIN SELECT RAISE(ABORT, 'table {TABLE} is insert-only: {verb} refused'); END"
        )


def downgrade() -> None:
    """Refuse when comparisons are kept: decisions are proved by them, and nothing makes them again."""
    rows = op.get_bind().scalar(sa.select(sa.func.count()).select_from(sa.table(TABLE)))
    if rows:
        raise RuntimeError(
            f"table {TABLE}: empty expected, {rows} row(s) found, which decisions name"
            " and nothing makes again; keep this revision"
        )
    op.drop_table(TABLE)
