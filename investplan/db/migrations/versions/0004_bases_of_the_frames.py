"""bases of the frames, planned adjustments, delays, and the key by which a decision holds a row once

Columns are added by ALTER TABLE: rebuilding `frame_adjustment` would drop its triggers on SQLite.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MAX_ORE = 10**14
KINDS = (
    "wages",
    "index",
    "demography",
    "rent",
    "capital_cost",
    "operating",
    "technical",
    "priority",
    "one_off",
)
KEYS = {"row_key": 120, "group_name": 80}
# A recorded delay is part of a decision: frozen like it (see revision 0002).
FROZEN = "investment_delay"


def _whole(table: str, column: str) -> sa.CheckConstraint:
    condition = f"{column} = CAST({column} AS BIGINT) AND {column} BETWEEN -{MAX_ORE} AND {MAX_ORE}"
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{column}_whole"))


def _foreign(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _add_bases() -> None:
    op.create_table(
        "committee_basis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("wages_ore", sa.BigInteger(), nullable=False),
        sa.Column("payroll_included", sa.Boolean(), nullable=False),
        sa.Column("other_costs_ore", sa.BigInteger(), nullable=True),
        sa.Column("new_street_m2", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _whole("committee_basis", "wages_ore"),
        _whole("committee_basis", "other_costs_ore"),
        sa.CheckConstraint(
            "wages_ore >= 0 AND other_costs_ore >= 0", name=op.f("ck_committee_basis_amounts_positive")
        ),
        sa.CheckConstraint(
            "new_street_m2 BETWEEN 0 AND 100000000", name=op.f("ck_committee_basis_area_sane")
        ),
        _foreign("committee_basis", "round_id", "planning_round"),
        _foreign("committee_basis", "organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_committee_basis")),
        sa.UniqueConstraint(
            "round_id",
            "organisation_id",
            "year",
            name=op.f("uq_committee_basis_round_id_organisation_id_year"),
        ),
    )


def _add_planned() -> None:
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    op.create_table(
        "planned_adjustment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("amount_ore", sa.BigInteger(), nullable=False),
        sa.Column("permanent", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("earlier_decision", sa.String(length=120), nullable=False),
        sa.Column("group_name", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _whole("planned_adjustment", "amount_ore"),
        sa.CheckConstraint(f"kind IN ({kinds})", name=op.f("ck_planned_adjustment_kind_known")),
        _foreign("planned_adjustment", "round_id", "planning_round"),
        _foreign("planned_adjustment", "organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_adjustment")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_planned_adjustment_round", "planned_adjustment", ["round_id"])


def _add_delays() -> None:
    op.create_table(
        "investment_delay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("investment_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("claws_back", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "months <> 0 AND months BETWEEN -360 AND 360", name=op.f("ck_investment_delay_months_sane")
        ),
        _foreign("investment_delay", "investment_id", "decided_investment"),
        _foreign("investment_delay", "decision_id", "decision"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_investment_delay")),
        sa.UniqueConstraint(
            "investment_id", "decision_id", name=op.f("uq_investment_delay_investment_id_decision_id")
        ),
    )
    op.create_index(op.f("ix_investment_delay_decision_id"), "investment_delay", ["decision_id"])


def upgrade() -> None:
    _add_bases()
    _add_planned()
    _add_delays()
    op.add_column("base_frame", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    for name, length in KEYS.items():
        column = sa.Column(name, sa.String(length=length), nullable=False, server_default="")
        op.add_column("frame_adjustment", column)
    op.create_index(
        "uq_frame_adjustment_row",
        "frame_adjustment",
        ["decision_id", "organisation_id", "year", "row_key"],
        unique=True,
        sqlite_where=sa.text("row_key <> ''"),
        postgresql_where=sa.text("row_key <> ''"),
    )
    for event in ("update", "delete"):
        _freeze(event)


def _freeze(event: str) -> None:
    name = f"frozen_{FROZEN}_{event}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f'CREATE TRIGGER {name} BEFORE {event.upper()} ON "{FROZEN}" '
            f"BEGIN SELECT RAISE(ABORT, 'frozen: {FROZEN}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION 'frozen: {FROZEN}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f'CREATE TRIGGER {name} BEFORE {event.upper()} ON "{FROZEN}" FOR EACH ROW EXECUTE FUNCTION {name}()'
    )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.drop_index("uq_frame_adjustment_row", "frame_adjustment")
    for name in KEYS:
        op.drop_column("frame_adjustment", name)
    op.drop_column("base_frame", "version")
    for table in ("investment_delay", "planned_adjustment", "committee_basis"):
        op.drop_table(table)  # its triggers go with it
    if not sqlite:
        for event in ("update", "delete"):
            op.execute(f"DROP FUNCTION frozen_{FROZEN}_{event}()")
