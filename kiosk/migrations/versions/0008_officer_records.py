"""What officers of the evidence room do alone: each search for a person, each change of their secret."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSERT_ONLY = ("officer_record",)


def upgrade() -> None:
    op.create_table(
        "officer_record",
        sa.Column("officer_id", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("publisher", sa.String(length=64), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("criterion", sa.String(length=16), nullable=True),
        sa.Column("value_hash", sa.String(length=64), nullable=True),
        sa.Column("found", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("officer_id", "sequence", name=op.f("pk_officer_record")),
    )
    op.create_index("ix_officer_record_publisher", "officer_record", ["publisher", "at"], unique=False)
    op.create_table(
        "search_salt",
        sa.Column("officer_id", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id", "sequence"],
            ["officer_record.officer_id", "officer_record.sequence"],
            name=op.f("fk_search_salt_officer_id_sequence"),
        ),
        sa.PrimaryKeyConstraint("officer_id", "sequence", name=op.f("pk_search_salt")),
    )
    guard.protect(INSERT_ONLY)


def downgrade() -> None:
    """Refuse when an officer did anything alone: who searched for whom cannot be told again."""
    guard.refuse_rows("officer_record", "which say who searched for a person or changed their secret")
    op.drop_table("search_salt")
    op.drop_index("ix_officer_record_publisher", table_name="officer_record")
    op.drop_table("officer_record")
