"""premises and how many places each use needs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

USES = "'preschool', 'school', 'upper_secondary', 'elderly_care', 'other'"


def upgrade() -> None:
    op.create_table(
        "premise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("use", sa.String(length=20), nullable=False),
        sa.Column("area", sa.String(length=60), nullable=False),
        sa.Column("area_m2", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("tenure", sa.String(length=10), nullable=False),
        sa.Column("condition", sa.String(length=10), nullable=False),
        sa.Column("lease_end", sa.Date(), nullable=True),
        sa.Column("permit_end", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.CheckConstraint(f"use IN ({USES})", name=op.f("ck_premise_use_known")),
        sa.CheckConstraint("tenure IN ('own', 'lease')", name=op.f("ck_premise_tenure_known")),
        sa.CheckConstraint(
            "condition IN ('good', 'worn', 'unusable')", name=op.f("ck_premise_condition_known")
        ),
        sa.CheckConstraint("places BETWEEN 0 AND 100000", name=op.f("ck_premise_places_sane")),
        sa.CheckConstraint(
            "area_m2 IS NULL OR area_m2 BETWEEN 0 AND 1000000", name=op.f("ck_premise_area_sane")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_premise")),
        sa.UniqueConstraint("code", name=op.f("uq_premise_code")),
    )
    op.create_table(
        "need_profile",
        sa.Column("use", sa.String(length=20), nullable=False),
        sa.Column("age_from", sa.Integer(), nullable=False),
        sa.Column("age_to", sa.Integer(), nullable=True),
        sa.Column("participation_permille", sa.Integer(), nullable=False),
        sa.Column("municipal_permille", sa.Integer(), nullable=False),
        sa.Column("fill_permille", sa.Integer(), nullable=False),
        sa.Column("m2_per_place", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"use IN ({USES})", name=op.f("ck_need_profile_use_known")),
        sa.CheckConstraint("age_from BETWEEN 0 AND 120", name=op.f("ck_need_profile_age_sane")),
        sa.CheckConstraint(
            "age_to IS NULL OR age_to BETWEEN age_from AND 120", name=op.f("ck_need_profile_ages_in_order")
        ),
        sa.CheckConstraint(
            "participation_permille BETWEEN 0 AND 1000", name=op.f("ck_need_profile_participation_is_share")
        ),
        sa.CheckConstraint(
            "municipal_permille BETWEEN 0 AND 1000", name=op.f("ck_need_profile_municipal_is_share")
        ),
        sa.CheckConstraint("fill_permille BETWEEN 1 AND 1000", name=op.f("ck_need_profile_fill_is_share")),
        sa.PrimaryKeyConstraint("use", name=op.f("pk_need_profile")),
    )


def downgrade() -> None:
    op.drop_table("need_profile")
    op.drop_table("premise")
