"""consultations in which the asked read what is marked secret"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "consultation", sa.Column("discloses", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("consultation", "discloses", server_default=None)


def downgrade() -> None:
    op.drop_column("consultation", "discloses")
