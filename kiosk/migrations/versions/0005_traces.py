"""Dispute a decision, tell what became of mails, trace what happened to accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSERT_ONLY = ("contestation", "notification", "exposure_digest")
LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "contestation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("contested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form_id", sa.String(length=32), nullable=False),
        sa.Column("statement_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["about"], ["statement.hash"], name=op.f("fk_contestation_about")),
        sa.ForeignKeyConstraint(
            ["statement_hash"], ["statement.hash"], name=op.f("fk_contestation_statement_hash")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contestation")),
        sa.UniqueConstraint("statement_hash", name=op.f("uq_contestation_statement_hash")),
        sa.UniqueConstraint("subject_id", "form_id", name=op.f("uq_contestation_subject_id_form_id")),
    )
    op.create_index("ix_contestation_about", "contestation", ["about"], unique=False)
    op.create_table(
        "notification",
        sa.Column("statement_hash", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=True),
        sa.Column("about", sa.String(length=64), nullable=True),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_hash"], ["statement.hash"], name=op.f("fk_notification_statement_hash")
        ),
        sa.PrimaryKeyConstraint("statement_hash", name=op.f("pk_notification")),
    )
    op.create_index("ix_notification_subject_id", "notification", ["subject_id"], unique=False)
    op.create_index("ix_notification_about", "notification", ["about"], unique=False)
    op.create_table(
        "trace",
        sa.Column("id", LONG, nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["published_version.id"], name=op.f("fk_trace_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace")),
        sa.UniqueConstraint(
            "day", "version_id", "account_id", name=op.f("uq_trace_day_version_id_account_id")
        ),
    )
    op.create_index("ix_trace_account_at", "trace", ["account_id", "at"], unique=False)
    op.create_index("ix_trace_at", "trace", ["at"], unique=False)
    op.create_table(
        "exposure_digest",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("statement_hash", sa.String(length=64), nullable=False),
        sa.Column("last_trace_id", LONG, nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_hash"], ["statement.hash"], name=op.f("fk_exposure_digest_statement_hash")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_exposure_digest")),
        sa.UniqueConstraint("statement_hash", name=op.f("uq_exposure_digest_statement_hash")),
    )
    guard.protect(INSERT_ONLY)


def downgrade() -> None:
    """Refuse when something was contested, sent or told: statements speak of it. Traces may be lost."""
    for table in INSERT_ONLY:
        guard.refuse_rows(table, "of which statements speak and which nothing makes again")
    op.drop_table("exposure_digest")
    op.drop_index("ix_trace_at", table_name="trace")
    op.drop_index("ix_trace_account_at", table_name="trace")
    op.drop_table("trace")
    op.drop_index("ix_notification_about", table_name="notification")
    op.drop_index("ix_notification_subject_id", table_name="notification")
    op.drop_table("notification")
    op.drop_index("ix_contestation_about", table_name="contestation")
    op.drop_table("contestation")
