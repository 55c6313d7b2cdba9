"""Renewal of passwords, sessions that people see, incident reports, recovery of an account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSERT_ONLY = ("incident_report",)
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("account", sa.Column("renewal_told", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("account", sa.Column("suspension_proposed_at", AT, nullable=True))
    op.create_index(
        "ix_account_renewal", "account", ["publisher", "renewal_told", "password_changed_at"], unique=False
    )
    for column in (
        sa.Column("confirmed_at", AT, nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=True),
        sa.Column("family", sa.String(length=32), nullable=True),
    ):
        op.add_column("sign_in", column)
    _create_incidents()
    _create_recovery()
    guard.protect(INSERT_ONLY)


def _create_incidents() -> None:
    op.create_table(
        "incident_report",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("publisher", sa.String(length=64), nullable=False),
        sa.Column("services", sa.String(length=500), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=True),
        sa.Column("received_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_report")),
    )
    op.create_index(op.f("ix_incident_report_received_at"), "incident_report", ["received_at"], unique=False)
    op.create_table(
        "incident_words",
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["incident_report.id"], name=op.f("fk_incident_words_report_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_incident_words_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_incident_words")),
    )
    op.create_index(op.f("ix_incident_words_account_id"), "incident_words", ["account_id"], unique=False)


def _create_recovery() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "recovery_request",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("publisher", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("verification_id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("former", sa.String(length=320), nullable=True),
        sa.Column("words", sa.String(length=500), nullable=True),
        sa.Column("objection_hash", sa.String(length=64), nullable=True),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("proved_at", AT, nullable=True),
        sa.Column("approved_by", sa.String(length=200), nullable=True),
        sa.Column("approved_at", AT, nullable=True),
        sa.Column("seconded_by", sa.String(length=200), nullable=True),
        sa.Column("seconded_at", AT, nullable=True),
        sa.Column("refused_by", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("ended_at", AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_request_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_request")),
        sa.UniqueConstraint("objection_hash", name=op.f("uq_recovery_request_objection_hash")),
    )
    for column in ("account_id", "verification_id"):
        op.create_index(op.f(f"ix_recovery_request_{column}"), "recovery_request", [column], unique=False)
    op.create_index("ix_recovery_request_open", "recovery_request", ["ended_at", "proved_at"], unique=False)


def downgrade() -> None:
    """Refuse when an incident was reported: the date of its receipt proves something.

    Recovery codes are lost, and are to be made again; so are requests that wait, to be sent again.
    """
    guard.refuse_rows("incident_report", "which say when an incident was reported")
    for table in ("recovery_request", "recovery_code", "incident_words", "incident_report"):
        op.drop_table(table)
    for name in ("family", "seen_on", "confirmed_at"):
        op.drop_column("sign_in", name)
    op.drop_index("ix_account_renewal", table_name="account")
    for name in ("suspension_proposed_at", "renewal_told"):
        op.drop_column("account", name)
