"""Seal statements: leaves, tiles, checkpoints, and what third parties say of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSERT_ONLY = (
    "checkpoint", "ledger_leaf", "ledger_tile", "timestamp_token", "cosignature", "clock_observation",
)  # fmt: skip
LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64 bits on both; on SQLite an INTEGER key is the row's own, without an index beside."""


def upgrade() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("size", LONG, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_checkpoint_size")),
        sa.CheckConstraint("length(root) = 32", name=op.f("ck_checkpoint_root")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "ledger_leaf",
        sa.Column("leaf_index", LONG, autoincrement=False, nullable=False),
        sa.Column("statement_hash", sa.String(length=64), nullable=True),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("leaf_index >= 0", name=op.f("ck_ledger_leaf_leaf_index")),
        sa.CheckConstraint("length(leaf_hash) = 32", name=op.f("ck_ledger_leaf_leaf_hash")),
        sa.ForeignKeyConstraint(
            ["statement_hash"], ["statement.hash"], name=op.f("fk_ledger_leaf_statement_hash")
        ),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_ledger_leaf")),
        sa.UniqueConstraint("statement_hash", name=op.f("uq_ledger_leaf_statement_hash")),
    )
    op.create_table(
        "ledger_tile",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(length=8192), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("length(hashes) = 8192", name=op.f("ck_ledger_tile_hashes")),
        sa.CheckConstraint("length(root) = 32", name=op.f("ck_ledger_tile_root")),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_ledger_tile")),
    )
    op.create_table(
        "timestamp_token",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("token_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["size"], ["checkpoint.size"], name=op.f("fk_timestamp_token_size")),
        sa.PrimaryKeyConstraint("size", "authority", "serial", name=op.f("pk_timestamp_token")),
    )
    op.create_index("ix_timestamp_token_received_at", "timestamp_token", ["received_at"], unique=False)
    op.create_table(
        "timestamp_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timestamp_attempt")),
    )
    op.create_index("ix_timestamp_attempt_size", "timestamp_attempt", ["size", "authority"], unique=False)
    op.create_table(
        "cosignature",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["size"], ["checkpoint.size"], name=op.f("fk_cosignature_size")),
        sa.PrimaryKeyConstraint("size", "name", "key_id", name=op.f("pk_cosignature")),
    )
    op.create_table(
        "clock_observation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("offset_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_observation")),
    )
    guard.protect(INSERT_ONLY)
    if guard.on_postgresql():
        # Emptied all day long: dead rows are swept by number, not by a share of a table that stays small.
        op.execute(
            "ALTER TABLE pending SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)"
        )


def downgrade() -> None:
    """Refuse when anything is sealed or observed: people hold receipts of it, and nothing makes it again."""
    for table in INSERT_ONLY:
        guard.refuse_rows(table, "which receipts rely on and nothing makes again")
    if guard.on_postgresql():
        op.execute("ALTER TABLE pending RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)")
    op.drop_index("ix_timestamp_token_received_at", table_name="timestamp_token")
    for table in ("clock_observation", "cosignature", "timestamp_token", "ledger_tile", "ledger_leaf"):
        op.drop_table(table)
    op.drop_index("ix_timestamp_attempt_size", table_name="timestamp_attempt")
    op.drop_table("timestamp_attempt")
    op.drop_table("checkpoint")
