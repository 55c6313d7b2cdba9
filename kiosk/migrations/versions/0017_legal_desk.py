"""Keep drafts of versions, what was done with them, and versions cancelled before they took effect."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INSERT_ONLY = ("draft", "draft_revision", "draft_act", "cancelled_version")
AT = sa.DateTime(timezone=True)
ID = sa.String(length=32)
NAME = sa.String(length=64)
FUNCTION = sa.String(length=200)


def upgrade() -> None:
    op.create_table(
        "received_file",
        sa.Column("id", ID, nullable=False),
        sa.Column("publisher", NAME, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("tracked", sa.String(length=8), nullable=True),
        sa.Column("hash", NAME, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("officer_id", ID, nullable=False),
        sa.Column("function", FUNCTION, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_file")),
    )
    op.create_index("ix_received_file_publisher", "received_file", ["publisher", "at"], unique=False)
    op.create_table(
        "draft",
        sa.Column("id", ID, nullable=False),
        sa.Column("publisher", NAME, nullable=False),
        sa.Column("service", NAME, nullable=False),
        sa.Column("terms", NAME, nullable=False),
        sa.Column("slug", NAME, nullable=False),
        sa.Column("corrects", NAME, nullable=True),
        sa.Column("opened_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    op.create_index("ix_draft_publisher", "draft", ["publisher", "opened_at"], unique=False)
    op.create_table(
        "draft_revision",
        sa.Column("draft_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("text_hash", NAME, nullable=False),
        sa.Column("contractual", sa.LargeBinary(), nullable=False),
        sa.Column("metadata_hash", NAME, nullable=False),
        sa.Column("received_id", ID, nullable=True),
        sa.Column("officer_id", ID, nullable=False),
        sa.Column("function", FUNCTION, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_draft_revision_draft_id")),
        sa.PrimaryKeyConstraint("draft_id", "number", name=op.f("pk_draft_revision")),
    )
    op.create_table(
        "draft_act",
        sa.Column("draft_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content_hash", NAME, nullable=False),
        sa.Column("officer_id", ID, nullable=False),
        sa.Column("function", FUNCTION, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("place", sa.String(length=300), nullable=True),
        sa.Column("about", sa.SmallInteger(), nullable=True),
        sa.Column("due_at", AT, nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("form_id", ID, nullable=True),
        sa.Column("statement_hash", NAME, nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_draft_act_draft_id")),
        sa.ForeignKeyConstraint(
            ["draft_id", "revision"],
            ["draft_revision.draft_id", "draft_revision.number"],
            name=op.f("fk_draft_act_draft_id_revision"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["published_version.id"], name=op.f("fk_draft_act_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_hash"], ["statement.hash"], name=op.f("fk_draft_act_statement_hash")
        ),
        sa.PrimaryKeyConstraint("draft_id", "number", name=op.f("pk_draft_act")),
        sa.UniqueConstraint("draft_id", "form_id", name=op.f("uq_draft_act_draft_id_form_id")),
        sa.UniqueConstraint("statement_hash", name=op.f("uq_draft_act_statement_hash")),
    )
    op.create_index("ix_draft_act_version_id", "draft_act", ["version_id"], unique=False)
    op.create_table(
        "reading_link",
        sa.Column("token_hash", NAME, nullable=False),
        sa.Column("draft_id", ID, nullable=False),
        sa.Column("act_number", sa.Integer(), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("closed_at", AT, nullable=True),
        sa.Column("first_read_at", AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["draft_id", "act_number"],
            ["draft_act.draft_id", "draft_act.number"],
            name=op.f("fk_reading_link_draft_id_act_number"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_reading_link")),
    )
    op.create_index("ix_reading_link_draft_id", "reading_link", ["draft_id"], unique=False)
    op.create_table(
        "cancelled_version",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("statement_hash", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["published_version.id"], name=op.f("fk_cancelled_version_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_hash"], ["statement.hash"], name=op.f("fk_cancelled_version_statement_hash")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_cancelled_version")),
        sa.UniqueConstraint("statement_hash", name=op.f("uq_cancelled_version_statement_hash")),
    )
    guard.protect(INSERT_ONLY)


def downgrade() -> None:
    """Refuse when there is a draft, a file or a cancellation: what a team made, and what was decided."""
    guard.refuse_rows("draft", "which somebody wrote")
    guard.refuse_rows("received_file", "which a legal team received")
    guard.refuse_rows("cancelled_version", "which people were told of")
    for table in (
        "cancelled_version",
        "reading_link",
        "draft_act",
        "draft_revision",
        "draft",
        "received_file",
    ):
        op.drop_table(table)
