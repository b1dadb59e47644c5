"""committees' own orders of their proposals"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "committee_ranking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("motive", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(length=120), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_committee_ranking_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["planning_round.id"], name=op.f("fk_committee_ranking_round_id_planning_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_committee_ranking")),
        sa.UniqueConstraint(
            "round_id", "organisation_id", name=op.f("uq_committee_ranking_round_id_organisation_id")
        ),
    )
    op.create_index(
        op.f("ix_committee_ranking_organisation_id"), "committee_ranking", ["organisation_id"], unique=False
    )
    op.create_table(
        "committee_rank",
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("motive", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_committee_rank_proposal_id_proposal")
        ),
        sa.ForeignKeyConstraint(
            ["ranking_id"],
            ["committee_ranking.id"],
            name=op.f("fk_committee_rank_ranking_id_committee_ranking"),
        ),
        sa.PrimaryKeyConstraint("ranking_id", "proposal_id", name=op.f("pk_committee_rank")),
    )
    op.create_index(op.f("ix_committee_rank_proposal_id"), "committee_rank", ["proposal_id"], unique=False)


def downgrade() -> None:
    op.drop_table("committee_rank")
    op.drop_table("committee_ranking")
