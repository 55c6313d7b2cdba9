"""Codes of people without an account, agreements of legal representatives, decisions by organisation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SIREN = sa.text("field = 'siren'")


def upgrade() -> None:
    op.create_index(
        "ix_disclosure_siren", "disclosure", ["value"], unique=False,
        sqlite_where=_SIREN, postgresql_where=_SIREN,
    )  # fmt: skip

    op.create_table(
        "receipt_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_receipt_code")),
    )
    op.create_index(op.f("ix_receipt_code_ends_at"), "receipt_code", ["ends_at"], unique=False)
    op.create_table(
        "representative_request",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("decision_id", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("terms", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("link_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"],
            name=op.f("fk_representative_request_account_id"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_representative_request")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_representative_request_link_hash")),
    )  # fmt: skip
    for column in ("account_id", "expires_at"):
        op.create_index(
            op.f(f"ix_representative_request_{column}"), "representative_request", [column], unique=False
        )


def downgrade() -> None:
    """Refuse when people hold codes or links: nothing makes them again."""
    guard.refuse_rows("representative_request", "which people were promised")
    op.drop_table("representative_request")
    guard.refuse_rows("receipt_code", "which people hold")
    op.drop_table("receipt_code")
    op.drop_index("ix_disclosure_siren", table_name="disclosure")
