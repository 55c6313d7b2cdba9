"""Keep the screens on which people decide, with the bytes of their files; they never change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSERT_ONLY = ("screen", "screen_file")


def upgrade() -> None:
    op.create_table(
        "screen",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("release", sa.String(length=64), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statement_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_hash"], ["statement.hash"], name=op.f("fk_screen_statement_hash")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_screen")),
        sa.UniqueConstraint("statement_hash", name=op.f("uq_screen_statement_hash")),
    )
    op.create_table(
        "screen_file",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_screen_file")),
    )
    guard.protect(INSERT_ONLY)


def downgrade() -> None:
    """Refuse when screens are kept: decisions are proved by them, and nothing makes them again."""
    for table in INSERT_ONLY:
        guard.refuse_rows(table, "which decisions name and nothing makes again")
    for table in INSERT_ONLY:
        op.drop_table(table)
