"""proposals that follow to the next planning round"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "carry_over",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("carried_by_name", sa.String(length=120), nullable=False),
        sa.Column("carried_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_carry_over_not_to_itself")),
        sa.ForeignKeyConstraint(["from_id"], ["proposal.id"], name=op.f("fk_carry_over_from_id_proposal")),
        sa.ForeignKeyConstraint(["to_id"], ["proposal.id"], name=op.f("fk_carry_over_to_id_proposal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carry_over")),
        sa.UniqueConstraint("from_id", name=op.f("uq_carry_over_from_id")),
        sa.UniqueConstraint("to_id", name=op.f("uq_carry_over_to_id")),
    )


def downgrade() -> None:
    op.drop_table("carry_over")
