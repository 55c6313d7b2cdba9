"""Keep the acts of procedures after a breach, and what an account may not do meanwhile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.migrations import guard

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INSERT_ONLY = ("sanction_act",)
AT = sa.DateTime(timezone=True)
ID = sa.String(length=32)
NAME = sa.String(length=64)


def upgrade() -> None:
    op.create_table(
        "sanction_act",
        sa.Column("id", ID, nullable=False),
        sa.Column("procedure_id", ID, nullable=False),
        sa.Column("sequence", sa.SmallInteger(), nullable=False),
        sa.Column("publisher", NAME, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("service", NAME, nullable=False),
        sa.Column("terms", NAME, nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("provision", sa.String(length=200), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.Column("right_name", sa.String(length=200), nullable=True),
        sa.Column("ground", sa.String(length=16), nullable=False),
        sa.Column("until", AT, nullable=True),
        sa.Column("answer_by", AT, nullable=True),
        sa.Column("days", sa.SmallInteger(), nullable=True),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("officer_id", ID, nullable=True),
        sa.Column("function", sa.String(length=403), nullable=True),
        sa.Column("at", AT, nullable=False),
        sa.Column("form_id", ID, nullable=True),
        sa.Column("statement_hash", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["published_version.id"], name=op.f("fk_sanction_act_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_hash"], ["statement.hash"], name=op.f("fk_sanction_act_statement_hash")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanction_act")),
        sa.UniqueConstraint("procedure_id", "sequence", name=op.f("uq_sanction_act_procedure_id_sequence")),
        sa.UniqueConstraint("procedure_id", "form_id", name=op.f("uq_sanction_act_procedure_id_form_id")),
        sa.UniqueConstraint("statement_hash", name=op.f("uq_sanction_act_statement_hash")),
    )
    op.create_index("ix_sanction_act_subject_id", "sanction_act", ["subject_id", "at"], unique=False)
    op.create_index("ix_sanction_act_publisher", "sanction_act", ["publisher", "at"], unique=False)
    op.create_table(
        "sanction_proposal",
        sa.Column("procedure_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("publisher", NAME, nullable=False),
        sa.Column("officer_id", ID, nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sanction_proposal_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("procedure_id", name=op.f("pk_sanction_proposal")),
    )
    op.create_index(
        op.f("ix_sanction_proposal_account_id"), "sanction_proposal", ["account_id"], unique=False
    )
    op.add_column("account", sa.Column("measures", sa.JSON(), nullable=True))
    guard.protect(INSERT_ONLY)


def downgrade() -> None:
    """Refuse when there is an act, or a proposal: what people were told of, and what closes their access."""
    guard.refuse_rows("sanction_act", "which people were told of")
    guard.refuse_rows("sanction_proposal", "which somebody made")
    op.drop_column("account", "measures")
    op.drop_index(op.f("ix_sanction_proposal_account_id"), table_name="sanction_proposal")
    op.drop_table("sanction_proposal")
    for name in ("ix_sanction_act_publisher", "ix_sanction_act_subject_id"):
        op.drop_index(name, table_name="sanction_act")
    op.drop_table("sanction_act")
