"""financial figures and targets

On the way down all of it is lost; nothing older points at it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MAX_ORE = 10**14
ITEMS = (
    "tax", "grants", "equalisation", "tax_and_grants", "operations", "depreciation", "impairment", "financial_income",
    "financial_costs", "result", "capital_gains", "exempt_gains", "exempt_losses", "unrealised",
    "unrealised_returned", "reserve_added", "reserve_used", "reserve", "equity", "total_assets",
    "pension_obligation", "loans", "current_assets", "current_liabilities", "net_investment", "other_cash",
    "population",
)  # fmt: skip
INDICATORS = (
    "result_share", "net_cost_share", "self_financing", "net_investment_share", "solvency", "solvency_with_pensions",
    "debt_per_inhabitant", "liquidity",
)  # fmt: skip


def _one_of(table: str, column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}_known"))


def _whole(table: str, column: str) -> sa.CheckConstraint:
    condition = f"{column} = CAST({column} AS BIGINT) AND {column} BETWEEN -{MAX_ORE} AND {MAX_ORE}"
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{column}_whole"))


def _foreign(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _add_figures() -> None:
    op.create_table(
        "financial_year",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        _one_of("financial_year", "phase", ("history", "budget", "plan")),
        sa.CheckConstraint("year BETWEEN 1990 AND 2250", name=op.f("ck_financial_year_year_sane")),
        _foreign("financial_year", "round_id", "planning_round"),
        _key("financial_year"),
        sa.UniqueConstraint("round_id", "year", "phase", name=op.f("uq_financial_year_round_id_year_phase")),
    )
    op.create_table(
        "financial_figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("financial_year_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=30), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        _one_of("financial_figure", "item", ITEMS),
        _whole("financial_figure", "amount"),
        _foreign("financial_figure", "financial_year_id", "financial_year"),
        _key("financial_figure"),
        sa.UniqueConstraint(
            "financial_year_id", "item", name=op.f("uq_financial_figure_financial_year_id_item")
        ),
    )


def _add_targets() -> None:
    op.create_table(
        "financial_target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("indicator", sa.String(length=30), nullable=False),
        sa.Column("operator", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("average_years", sa.Integer(), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=True),
        sa.Column("last_year", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("is_limit", sa.Boolean(), nullable=False),
        sa.Column("confidence", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _one_of("financial_target", "indicator", INDICATORS),
        _one_of("financial_target", "operator", ("at_least", "at_most")),
        _one_of("financial_target", "confidence", ("high", "medium", "low", "placeholder")),
        sa.CheckConstraint(
            "average_years BETWEEN 1 AND 30", name=op.f("ck_financial_target_average_years_sane")
        ),
        _foreign("financial_target", "round_id", "planning_round"),
        _key("financial_target"),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_financial_target_round_id_code")),
    )


def _add_rooms() -> None:
    op.create_table(
        "committee_rooms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _foreign("committee_rooms", "round_id", "planning_round"),
        _key("committee_rooms"),
        sa.UniqueConstraint("round_id", name=op.f("uq_committee_rooms_round_id")),
    )
    op.create_table(
        "committee_room",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("committee_rooms_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount_ore", sa.BigInteger(), nullable=False),
        _whole("committee_room", "amount_ore"),
        _foreign("committee_room", "committee_rooms_id", "committee_rooms"),
        _foreign("committee_room", "organisation_id", "organisation"),
        _key("committee_room"),
        sa.UniqueConstraint(
            "committee_rooms_id",
            "organisation_id",
            "year",
            name=op.f("uq_committee_room_committee_rooms_id_organisation_id_year"),
        ),
    )


def upgrade() -> None:
    _add_figures()
    _add_targets()
    _add_rooms()


def downgrade() -> None:
    for table in (
        "committee_room",
        "committee_rooms",
        "financial_target",
        "financial_figure",
        "financial_year",
    ):
        op.drop_table(table)
