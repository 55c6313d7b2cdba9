"""Why officers looked at people or acted on their accounts, and which services are closed for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.String(length=32)
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "act_words",
        sa.Column("officer_id", ID, nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id", "sequence"],
            ["officer_record.officer_id", "officer_record.sequence"],
            name=op.f("fk_act_words_officer_id_sequence"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_act_words_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("officer_id", "sequence", name=op.f("pk_act_words")),
    )
    op.create_index(op.f("ix_act_words_account_id"), "act_words", ["account_id"], unique=False)
    op.create_table(
        "closure",
        sa.Column("publisher", sa.String(length=64), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("publisher", name=op.f("pk_closure")),
    )
    op.create_table(
        "security_notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("publisher", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=150), nullable=False),
        sa.Column("body", sa.String(length=5000), nullable=False),
        sa.Column("officer_id", ID, nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("written_at", AT, nullable=False),
        sa.Column("confirmed_by", ID, nullable=True),
        sa.Column("confirmed_function", sa.String(length=200), nullable=True),
        sa.Column("confirmed_at", AT, nullable=True),
        sa.Column("not_before", AT, nullable=True),
        sa.Column("stopped_at", AT, nullable=True),
        sa.Column("cursor", ID, server_default="", nullable=False),
        sa.Column("told", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_notice")),
    )
    op.create_index(
        "ix_security_notice_publisher", "security_notice", ["publisher", "written_at"], unique=False
    )


def downgrade() -> None:
    """Refuse when an officer gave a reason, or a service is closed: nobody would know any more."""
    guard.refuse_rows("act_words", "which say why officers looked at people")
    guard.refuse_rows("closure", "which say which services are closed")
    guard.refuse_rows("security_notice", "which people were sent")
    op.drop_index("ix_security_notice_publisher", table_name="security_notice")
    op.drop_table("security_notice")
    op.drop_table("closure")
    op.drop_index(op.f("ix_act_words_account_id"), table_name="act_words")
    op.drop_table("act_words")
