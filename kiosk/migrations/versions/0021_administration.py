"""Tell the ledger of what officers do besides texts and decisions: which row each statement says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INSERT_ONLY = ("administration_act",)


def upgrade() -> None:
    op.create_table(
        "administration_act",
        sa.Column("statement_hash", sa.String(length=64), nullable=False),
        sa.Column("record", sa.String(length=120), nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("publisher", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=True),
        sa.Column("officer_id", sa.String(length=32), nullable=True),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_hash"], ["statement.hash"], name=op.f("fk_administration_act_statement_hash")
        ),
        sa.PrimaryKeyConstraint("statement_hash", name=op.f("pk_administration_act")),
        sa.UniqueConstraint("record", name=op.f("uq_administration_act_record")),
    )
    op.create_index(
        op.f("ix_administration_act_subject_id"), "administration_act", ["subject_id"], unique=False
    )
    guard.protect(INSERT_ONLY)


def downgrade() -> None:
    """Refuse when an act is there: what the ledger says of it would name no row."""
    guard.refuse_rows("administration_act", "which statements of the ledger say")
    op.drop_index(op.f("ix_administration_act_subject_id"), table_name="administration_act")
    op.drop_table("administration_act")
