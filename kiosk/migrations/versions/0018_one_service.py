"""Let a notice be for the people of one service; keep apart whom a measure outlives the account of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NAME = sa.String(length=64)


def upgrade() -> None:
    op.add_column("security_notice", sa.Column("service", NAME, nullable=True))
    op.create_table(
        "barred_address",
        sa.Column("publisher", NAME, nullable=False),
        sa.Column("address_hash", NAME, nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("publisher", "address_hash", name=op.f("pk_barred_address")),
    )
    op.create_index(op.f("ix_barred_address_ends_at"), "barred_address", ["ends_at"], unique=False)


def downgrade() -> None:
    """Refuse when a measure would be lost, or a notice for one service taken for one to everybody."""
    guard.refuse_rows("barred_address", "which measures outlive")
    guard.refuse_rows("security_notice", "which may be for one service")
    op.drop_index(op.f("ix_barred_address_ends_at"), table_name="barred_address")
    op.drop_table("barred_address")
    op.drop_column("security_notice", "service")
