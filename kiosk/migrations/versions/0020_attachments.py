"""Keep the bytes of the files that go along with texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INSERT_ONLY = ("attached_file",)


def upgrade() -> None:
    op.create_table(
        "attached_file",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_attached_file")),
    )
    guard.protect(INSERT_ONLY)


def downgrade() -> None:
    """Refuse when a text has a file that goes along with it: it was published with that text."""
    guard.refuse_rows("attached_file", "which goes along with a text")
    op.drop_table("attached_file")
