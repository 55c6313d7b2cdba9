"""Keep what is done with links out of the texts, and the reminders that a team asks for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INSERT_ONLY = ("link_act",)
AT = sa.DateTime(timezone=True)
ID = sa.String(length=32)
NAME = sa.String(length=64)
FUNCTION = sa.String(length=200)


def upgrade() -> None:
    op.create_table(
        "link_act",
        sa.Column("service", NAME, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("officer_id", ID, nullable=False),
        sa.Column("function", FUNCTION, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("form_id", ID, nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("service", "number", name=op.f("pk_link_act")),
        sa.UniqueConstraint("service", "form_id", name=op.f("uq_link_act_service_form_id")),
    )
    op.create_table(
        "reminder",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("publisher", NAME, nullable=False),
        sa.Column("officer_id", ID, nullable=False),
        sa.Column("function", FUNCTION, nullable=False),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("stopped_at", AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["published_version.id"], name=op.f("fk_reminder_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "number", name=op.f("pk_reminder")),
    )
    guard.protect(INSERT_ONLY)


def downgrade() -> None:
    """Refuse when a link was verified or removed, or people were reminded: what the law asks to keep."""
    guard.refuse_rows("link_act", "which the register of links is made of")
    guard.refuse_rows("reminder", "which people were sent")
    op.drop_table("reminder")
    op.drop_table("link_act")
