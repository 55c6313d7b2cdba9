"""Let a decision be written only if none came since what it was made from was read; and write less with each.

The unique keys of `decision` begin with the subject, who has a few decisions: they find them as well.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subject", sa.Column("turn", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.drop_index("ix_decision_subject_document", table_name="decision")


def downgrade() -> None:
    columns = ["subject_id", "service", "terms", "decided_at"]
    op.create_index("ix_decision_subject_document", "decision", columns, unique=False)
    op.drop_column("subject", "turn")
