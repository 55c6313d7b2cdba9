"""Keep the comparisons that people were shown; as what is proved, they never change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

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
    guard.protect([TABLE])


def downgrade() -> None:
    """Refuse when comparisons are kept: decisions are proved by them, and nothing makes them again."""
    guard.refuse_rows(TABLE, "which decisions name and nothing makes again")
    op.drop_table(TABLE)
