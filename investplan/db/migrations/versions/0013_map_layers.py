"""map layers with versions and features, and pairs of proposals that are not to be coordinated"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = "'protected', 'flood', 'plan', 'school_area', 'property', 'other'"


def upgrade() -> None:
    op.create_table(
        "map_layer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("retired_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_map_layer_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_layer")),
        sa.UniqueConstraint("name", name=op.f("uq_map_layer_name")),
    )
    op.create_table(
        "map_layer_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("layer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("source_date", sa.Date(), nullable=False),
        sa.Column("label_column", sa.String(length=120), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("read_as", sa.String(length=40), nullable=False),
        sa.Column("feature_count", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["layer_id"], ["map_layer.id"], name=op.f("fk_map_layer_version_layer_id_map_layer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_layer_version")),
        sa.UniqueConstraint("layer_id", "number", name=op.f("uq_map_layer_version_layer_id_number")),
    )
    op.create_index("ix_map_layer_version_layer_id", "map_layer_version", ["layer_id"])
    op.create_table(
        "map_layer_feature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("min_e", sa.Double(), nullable=False),
        sa.Column("min_n", sa.Double(), nullable=False),
        sa.Column("max_e", sa.Double(), nullable=False),
        sa.Column("max_n", sa.Double(), nullable=False),
        sa.Column("geometry", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["map_layer_version.id"],
            name=op.f("fk_map_layer_feature_version_id_map_layer_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_layer_feature")),
    )
    op.create_index(
        "ix_map_layer_feature_box", "map_layer_feature", ["version_id", "min_e", "max_e", "min_n", "max_n"]
    )
    op.create_index("ix_map_layer_feature_label", "map_layer_feature", ["version_id", "label"])
    op.create_table(
        "dismissed_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("dismissed_by", sa.Integer(), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_id"], ["proposal.id"], name=op.f("fk_dismissed_pair_first_id_proposal")
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["proposal.id"], name=op.f("fk_dismissed_pair_second_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dismissed_pair")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_dismissed_pair_first_id_second_id")),
    )
    op.create_index("ix_dismissed_pair_second_id", "dismissed_pair", ["second_id"])


def downgrade() -> None:
    for table in ("dismissed_pair", "map_layer_feature", "map_layer_version", "map_layer"):
        op.drop_table(table)
