"""What people say of themselves as they sign up, where each sign-up stands, and codes that open accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
STEP = sa.String(length=16)


def upgrade() -> None:
    """Accounts and sign-ups that are there have no step left: what was not asked of them is not due."""
    op.create_table(
        "account_field",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_field_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "field", name=op.f("pk_account_field")),
    )
    op.create_table(
        "registration_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("added_at", AT, nullable=False),
        sa.Column("used_at", AT, nullable=True),
        sa.Column("revoked_at", AT, nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_registration_code")),
    )
    op.create_index(op.f("ix_registration_code_service"), "registration_code", ["service"], unique=False)
    op.add_column("account", sa.Column("sign_up_step", STEP, nullable=True))
    op.add_column("account", sa.Column("organisation_checked_at", AT, nullable=True))
    op.add_column("verification", sa.Column("sign_up_step", STEP, nullable=True))
    op.add_column("verification", sa.Column("answers", sa.JSON(), nullable=True))
    op.add_column("verification", sa.Column("code_to_use", sa.String(length=64), nullable=True))
    op.add_column("verification", sa.Column("account_id", sa.String(length=32), nullable=True))


def downgrade() -> None:
    """Refuse when people said something of themselves, or hold codes: nothing makes them again."""
    guard.refuse_rows("account_field", "which people gave")
    guard.refuse_rows("registration_code", "which people hold")
    for name in ("account_id", "code_to_use", "answers", "sign_up_step"):
        op.drop_column("verification", name)
    for name in ("organisation_checked_at", "sign_up_step"):
        op.drop_column("account", name)
    op.drop_index(op.f("ix_registration_code_service"), table_name="registration_code")
    op.drop_table("registration_code")
    op.drop_table("account_field")
