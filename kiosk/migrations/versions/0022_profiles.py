"""Keep the profile that a person chose at each service of a publisher, not only where they signed up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("profiles", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Forget profiles of other services: they are asked again where people decide."""
    op.drop_column("account", "profiles")
