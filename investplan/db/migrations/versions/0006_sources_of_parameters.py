"""sources of single parameters: a parameter set may say where each value comes from and how sure it is"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("parameter_set", sa.Column("notes", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("parameter_set", "notes")
