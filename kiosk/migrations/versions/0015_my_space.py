"""Consents given and withdrawn; requests about personal data that are put off, or restrict what is done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "consent_change",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_consent_change_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "service", "channel", "sequence", name=op.f("pk_consent_change")
        ),
    )
    op.add_column("rights_request", sa.Column("extended_at", AT, nullable=True))
    op.add_column("rights_request", sa.Column("extension_reasons", sa.String(length=1000), nullable=True))
    op.add_column("rights_request", sa.Column("lifted_at", AT, nullable=True))


def downgrade() -> None:
    """Refuse when a consent is proved by a row, or a request has what a former release cannot read."""
    guard.refuse_rows("consent_change", "which prove consents")
    guard.refuse_rows("rights_request", "which may be of a kind that came with this revision")
    for name in ("lifted_at", "extension_reasons", "extended_at"):
        op.drop_column("rights_request", name)
    op.drop_table("consent_change")
