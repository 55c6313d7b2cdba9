"""Officers of the evidence room, and the requests for evidence that one asks and another approves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSERT_ONLY = ("evidence_request", "evidence_act")


def upgrade() -> None:
    op.create_table(
        "officer",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("publisher", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("secret_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
        sa.UniqueConstraint("publisher", "login", name=op.f("uq_officer_publisher_login")),
    )
    op.create_table(
        "officer_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("officer_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_officer_session_officer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_officer_session")),
    )
    op.create_index("ix_officer_session_officer_id", "officer_session", ["officer_id"], unique=False)
    op.create_table(
        "evidence_request",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("publisher", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=True),
        sa.Column("officer_id", sa.String(length=32), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_request")),
    )
    op.create_index(
        "ix_evidence_request_publisher", "evidence_request", ["publisher", "asked_at"], unique=False
    )
    op.create_table(
        "evidence_words",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("requester", sa.String(length=300), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["evidence_request.id"], name=op.f("fk_evidence_words_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_evidence_words")),
    )
    op.create_table(
        "evidence_act",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("officer_id", sa.String(length=32), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("bundle_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["evidence_request.id"], name=op.f("fk_evidence_act_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "sequence", name=op.f("pk_evidence_act")),
    )
    guard.protect(INSERT_ONLY)


def downgrade() -> None:
    """Refuse when evidence was asked for: who asked, and who handed it out, cannot be told again.

    Officers, their secrets and their sessions are lost, where nobody asked yet: they are to be added again,
    by `kiosk evidence officer add`.
    """
    for table in INSERT_ONLY:
        guard.refuse_rows(table, "which say who asked for evidence and who handed it out")
    op.drop_table("evidence_act")
    op.drop_table("evidence_words")
    op.drop_index("ix_evidence_request_publisher", table_name="evidence_request")
    op.drop_table("evidence_request")
    op.drop_index("ix_officer_session_officer_id", table_name="officer_session")
    op.drop_table("officer_session")
    op.drop_table("officer")
