"""population forecasts, and the table of accounts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "population_forecast",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vintage", sa.String(length=40), nullable=False),
        sa.Column("scenario", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=False),
        sa.Column("top_age", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "scenario IN ('low', 'base', 'high', 'outcome')",
            name=op.f("ck_population_forecast_scenario_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population_forecast")),
    )
    with op.batch_alter_table("population_forecast", schema=None) as batch_op:
        batch_op.create_index("ix_population_forecast_vintage", ["vintage", "scenario"], unique=False)

    op.create_table(
        "population_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("forecast_id", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(length=60), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("thousandths", sa.Integer(), nullable=False),
        sa.CheckConstraint("age BETWEEN 0 AND 130", name=op.f("ck_population_count_age_range")),
        sa.CheckConstraint("thousandths >= 0", name=op.f("ck_population_count_not_negative")),
        sa.ForeignKeyConstraint(
            ["forecast_id"],
            ["population_forecast.id"],
            name=op.f("fk_population_count_forecast_id_population_forecast"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population_count")),
        sa.UniqueConstraint(
            "forecast_id", "area", "year", "age", name=op.f("uq_population_count_forecast_id_area_year_age")
        ),
    )
    op.create_table(
        "account_mapping",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("confidence", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "confidence IN ('high', 'medium', 'low', 'placeholder')",
            name=op.f("ck_account_mapping_confidence_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('base', 'wages', 'index', 'demography', 'rent', 'capital_cost', 'operating', 'technical', "
            "'priority', 'one_off')",
            name=op.f("ck_account_mapping_kind_known"),
        ),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_account_mapping")),
    )
    op.create_table(
        "budget_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("imported_by", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["planning_round.id"], name=op.f("fk_budget_import_round_id_planning_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_import")),
    )


def downgrade() -> None:
    op.drop_table("budget_import")
    op.drop_table("account_mapping")
    op.drop_table("population_count")
    op.drop_table("population_forecast")
