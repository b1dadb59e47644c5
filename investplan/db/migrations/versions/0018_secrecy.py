"""parts of proposals that are marked secret"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "secrecy_mark",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=30), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("marked_by", sa.String(length=120), nullable=False),
        sa.Column("marked_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "part IN ('secret_place', 'secret_land_price', 'secret_risks')",
            name=op.f("ck_secrecy_mark_part_known"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_secrecy_mark_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("proposal_id", "part", name=op.f("pk_secrecy_mark")),
    )


def downgrade() -> None:
    op.drop_table("secrecy_mark")
