"""Announcements of publications, mailings to many, and the mails that come back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSERT_ONLY = ("announcement_act",)
AT = sa.DateTime(timezone=True)
_URGENT = sa.text("done_at IS NULL AND mailing IS NULL")
_MASS = sa.text("done_at IS NULL AND mailing IS NOT NULL")
_OF_A_MAILING = sa.text("mailing IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("version_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("publisher", sa.String(length=64), nullable=False),
        sa.Column("announced_at", AT, nullable=False),
        sa.Column("not_before", AT, nullable=False),
        sa.Column("cursor", sa.String(length=32), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("stopped_at", AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["published_version.id"], name=op.f("fk_announcement_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_announcement")),
    )
    op.create_table(
        "announcement_act",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("had_left", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["announcement.version_id"], name=op.f("fk_announcement_act_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "sequence", name=op.f("pk_announcement_act")),
    )
    op.add_column("task", sa.Column("mailing", sa.String(length=64), nullable=True))
    op.drop_index("ix_task_due", table_name="task")
    for name, columns, which in (
        ("ix_task_urgent", ["due_at", "id"], _URGENT),
        ("ix_task_mass", ["due_at", "id"], _MASS),
        ("ix_task_mailing", ["mailing", "state"], _OF_A_MAILING),
    ):
        op.create_index(name, "task", columns, unique=False, postgresql_where=which, sqlite_where=which)
    op.add_column("notification", sa.Column("message", sa.String(length=32), nullable=True))
    op.create_index("ix_notification_message", "notification", ["message", "state"], unique=True)
    op.create_index("ix_account_publisher_id", "account", ["publisher", "id"], unique=False)
    guard.protect(INSERT_ONLY)


def downgrade() -> None:
    """Refuse when a publication was announced: whom it was told to, and who stopped it, cannot be told again.

    Mails that went out before lose the name by which one that comes back is known.
    """
    guard.refuse_rows("announcement", "which say what people were told of")
    op.drop_index("ix_account_publisher_id", table_name="account")
    op.drop_index("ix_notification_message", table_name="notification")
    op.drop_column("notification", "message")
    for name in ("ix_task_mailing", "ix_task_mass", "ix_task_urgent"):
        op.drop_index(name, table_name="task")
    op.create_index("ix_task_due", "task", ["done_at", "due_at"], unique=False)
    op.drop_column("task", "mailing")
    op.drop_table("announcement_act")
    op.drop_table("announcement")
