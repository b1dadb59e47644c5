"""object templates and reference objects"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MAX_ORE = 10**14


def upgrade() -> None:
    op.create_table(
        "object_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_object_template")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_object_template_code_version")),
    )
    op.create_table(
        "reference_object",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("object_type", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("outlay_ore", sa.BigInteger(), nullable=False),
        sa.Column("price_level_year", sa.Integer(), nullable=False),
        sa.Column("area_m2", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("length_m", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            f"outlay_ore = CAST(outlay_ore AS BIGINT) AND outlay_ore BETWEEN -{MAX_ORE} AND {MAX_ORE}",
            name=op.f("ck_reference_object_outlay_ore_whole"),
        ),
        sa.CheckConstraint("outlay_ore > 0", name=op.f("ck_reference_object_outlay_positive")),
        sa.CheckConstraint(
            "(area_m2 IS NULL OR area_m2 > 0) AND (places IS NULL OR places > 0) AND (length_m IS NULL OR length_m > 0)",
            name=op.f("ck_reference_object_sizes_positive"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_object")),
    )
    op.create_index(op.f("ix_reference_object_object_type"), "reference_object", ["object_type"])


def downgrade() -> None:
    op.drop_index(op.f("ix_reference_object_object_type"), table_name="reference_object")
    op.drop_table("reference_object")
    op.drop_table("object_template")
