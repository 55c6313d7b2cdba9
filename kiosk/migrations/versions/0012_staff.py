"""Roles of officers, several each, and their second factor: an application, keys, codes on paper."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
ID = sa.String(length=32)
FACTORS = ("officer_totp", "officer_key")


def upgrade() -> None:
    """An officer keeps the role they had, from the day they came; their sessions wait for a second factor."""
    op.create_table(
        "officer_role",
        sa.Column("officer_id", ID, nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=True),
        sa.Column("begins_at", AT, nullable=False),
        sa.Column("ends_at", AT, nullable=True),
        _of_officer("officer_role"),
        sa.PrimaryKeyConstraint("officer_id", "sequence", name=op.f("pk_officer_role")),
    )
    op.create_table(
        "officer_totp",
        sa.Column("officer_id", ID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(length=300), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("added_at", AT, nullable=False),
        _of_officer("officer_totp"),
        sa.PrimaryKeyConstraint("officer_id", name=op.f("pk_officer_totp")),
    )
    op.create_table(
        "officer_key",
        sa.Column("id", sa.String(length=1364), nullable=False),
        sa.Column("officer_id", ID, nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=2000), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("added_at", AT, nullable=False),
        _of_officer("officer_key"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_key")),
    )
    op.create_index(op.f("ix_officer_key_officer_id"), "officer_key", ["officer_id"], unique=False)
    op.create_table(
        "officer_code",
        sa.Column("officer_id", ID, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        _of_officer("officer_code"),
        sa.PrimaryKeyConstraint("officer_id", "code_hash", name=op.f("pk_officer_code")),
    )
    op.add_column("officer_session", sa.Column("proved_at", AT, nullable=True))
    op.add_column("officer_session", sa.Column("challenge", sa.LargeBinary(length=32), nullable=True))
    op.add_column("officer_record", sa.Column("about", ID, nullable=True))
    op.execute(
        "INSERT INTO officer_role (officer_id, sequence, role, begins_at)"
        " SELECT id, 1, role, created_at FROM officer"
    )
    op.drop_column("officer", "role")


def downgrade() -> None:
    """Refuse when an officer has a second factor, or roles that one column cannot say."""
    for table in FACTORS:
        guard.refuse_rows(table, "without which officers cannot come in")
    roles = op.get_bind().scalar(
        sa.text(
            "SELECT count(*) FROM officer_role WHERE sequence > 1 OR role <> 'evidence'"
            " OR service IS NOT NULL OR ends_at IS NOT NULL"
        )
    )
    about = op.get_bind().scalar(sa.text("SELECT count(*) FROM officer_record WHERE about IS NOT NULL"))
    if roles or about:
        raise RuntimeError(
            f"table officer_role: only « evidence » everywhere expected, {roles} other row(s) found; table"
            f" officer_record: {about} row(s) about another officer found; keep this revision"
        )
    op.add_column("officer", sa.Column("role", ID, nullable=False, server_default="evidence"))
    op.drop_column("officer_record", "about")
    op.drop_column("officer_session", "challenge")
    op.drop_column("officer_session", "proved_at")
    op.drop_table("officer_code")
    op.drop_index(op.f("ix_officer_key_officer_id"), table_name="officer_key")
    op.drop_table("officer_key")
    op.drop_table("officer_totp")
    op.drop_table("officer_role")


def _of_officer(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_officer_id")
    return sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=name, ondelete="CASCADE")
