"""Keep apart what names people until its term; requests of erasure, legal holds, accounts that are unused."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSERT_ONLY = ("erased_statement",)
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "archived_disclosure",
        sa.Column("statement_hash", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("value", sa.String(length=1000), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("publisher", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=True),
        sa.Column("archived_at", AT, nullable=False),
        sa.Column("ends_at", AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_hash"], ["statement.hash"], name=op.f("fk_archived_disclosure_statement_hash")
        ),
        sa.PrimaryKeyConstraint("statement_hash", "field", name=op.f("pk_archived_disclosure")),
    )
    op.create_index(
        op.f("ix_archived_disclosure_subject_id"), "archived_disclosure", ["subject_id"], unique=False
    )
    op.create_index(op.f("ix_archived_disclosure_ends_at"), "archived_disclosure", ["ends_at"], unique=False)
    op.create_table(
        "erased_statement",
        sa.Column("statement_hash", sa.String(length=64), nullable=False),
        sa.Column("erasure_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["erasure_hash"], ["statement.hash"], name=op.f("fk_erased_statement_erasure_hash")
        ),
        sa.PrimaryKeyConstraint("statement_hash", "erasure_hash", name=op.f("pk_erased_statement")),
    )
    op.create_table(
        "rights_request",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("publisher", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("subject_id", sa.String(length=32), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("wanted", sa.String(length=16), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=True),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("decided_at", AT, nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("function", sa.String(length=200), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("reasons", sa.String(length=2000), nullable=True),
        sa.Column("remedy", sa.String(length=1000), nullable=True),
        sa.Column("statement_hash", sa.String(length=64), nullable=True),
        sa.Column("ends_at", AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["statement_hash"], ["statement.hash"], name=op.f("fk_rights_request_statement_hash")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_request")),
    )
    for column in ("account_id", "due_at", "ends_at"):
        op.create_index(op.f(f"ix_rights_request_{column}"), "rights_request", [column], unique=False)
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=True),
        sa.Column("until", AT, nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("added_at", AT, nullable=False),
        sa.Column("lifted_at", AT, nullable=True),
        sa.Column("lifted_by", sa.String(length=200), nullable=True),
        sa.Column("lift_reason", sa.String(length=1000), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_subject_id"), "legal_hold", ["subject_id"], unique=False)
    guard.protect(INSERT_ONLY)
    for name, kind in (
        ("last_signed_in_at", AT), ("unused_warned_at", AT), ("closing_id", sa.String(length=32)),
    ):  # fmt: skip
        op.add_column("account", sa.Column(name, kind, nullable=True))
    op.create_index(op.f("ix_account_closing_id"), "account", ["closing_id"], unique=True)
    _complete_accounts()


def _complete_accounts() -> None:
    """Count from the last that is known of each account, so that none is taken for unused."""
    account = sa.table("account", sa.column("id"), sa.column("password_changed_at"),
                       sa.column("last_signed_in_at"), sa.column("closing_id"))  # fmt: skip
    subject = sa.table("subject", sa.column("id"), sa.column("account_id"))
    decision = sa.table("decision", sa.column("subject_id"), sa.column("decided_at"))
    op.execute(sa.update(account).values(last_signed_in_at=account.c.password_changed_at))
    newest = (
        sa.select(sa.func.max(decision.c.decided_at))
        .join(subject, subject.c.id == decision.c.subject_id)
        .where(subject.c.account_id == account.c.id)
        .scalar_subquery()
    )
    op.execute(
        sa.update(account).values(last_signed_in_at=newest).where(newest > account.c.last_signed_in_at)
    )
    connection = op.get_bind()
    for key in connection.scalars(sa.select(account.c.id)).all():
        connection.execute(
            sa.update(account).where(account.c.id == key).values(closing_id=secrets.token_hex(16))
        )


def downgrade() -> None:
    """Refuse when anything is kept apart or decided, or when there is an account: nothing makes it again.

    By its `closing_id` a restored backup knows an account that was deleted before it ever decided. Another
    would be drawn at the next upgrade, and backups made before would bring that account back.
    """
    for table in ("archived_disclosure", "erased_statement", "rights_request", "legal_hold"):
        guard.refuse_rows(table, "which people were promised")
    guard.refuse_rows("account", "each with the number that its deletion is known by in a backup")
    op.drop_index(op.f("ix_account_closing_id"), table_name="account")
    for name in ("closing_id", "unused_warned_at", "last_signed_in_at"):
        op.drop_column("account", name)
    for table in ("legal_hold", "rights_request", "erased_statement", "archived_disclosure"):
        op.drop_table(table)
