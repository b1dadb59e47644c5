"""components with a month of commissioning and a lease of their own; leases of premises, frozen with their proposal

Columns are added by ALTER TABLE with their own CHECK: rebuilding the table would drop its triggers on SQLite. On the
way down what these columns and rows say is lost; everything older stays.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = {
    "commissioned_after_months": (
        "own_commissioning_sane",
        "commissioned_after_months IS NULL OR commissioned_after_months BETWEEN 0 AND 360",
    ),
    "lease_months": (
        "lease_sane",
        "lease_months IS NULL OR (lease_months BETWEEN 1 AND 1800 AND life_months IS NOT NULL)",
    ),
}
MAX_ORE = 10**14
STATUS = (
    "(SELECT p.status FROM proposal p JOIN alternative a ON a.proposal_id = p.id"
    " WHERE a.id = {row}.alternative_id)"
)
EVENTS = (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD"))


def _whole(column: str) -> sa.CheckConstraint:
    condition = f"{column} = CAST({column} AS BIGINT) AND {column} BETWEEN -{MAX_ORE} AND {MAX_ORE}"
    return sa.CheckConstraint(condition, name=op.f(f"ck_lease_{column}_whole"))


def _add_lease() -> None:
    op.create_table(
        "lease",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alternative_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("area_m2", sa.Integer(), nullable=False),
        sa.Column("ore_per_m2", sa.BigInteger(), nullable=False),
        sa.Column("index_permille", sa.Integer(), nullable=False),
        sa.Column("starts_after_months", sa.Integer(), nullable=False),
        sa.Column("lasts_months", sa.Integer(), nullable=True),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("notice_months", sa.Integer(), nullable=False),
        sa.Column("restoration_ore", sa.BigInteger(), nullable=False),
        _whole("ore_per_m2"),
        _whole("restoration_ore"),
        sa.CheckConstraint(
            "ore_per_m2 >= 0 AND restoration_ore >= 0", name=op.f("ck_lease_amounts_positive")
        ),
        sa.CheckConstraint("area_m2 BETWEEN 0 AND 1000000", name=op.f("ck_lease_area_sane")),
        sa.CheckConstraint("index_permille BETWEEN 0 AND 1000", name=op.f("ck_lease_index_is_share")),
        sa.CheckConstraint("starts_after_months BETWEEN -360 AND 360", name=op.f("ck_lease_start_sane")),
        sa.CheckConstraint(
            "lasts_months IS NULL OR lasts_months BETWEEN 1 AND 1200", name=op.f("ck_lease_length_sane")
        ),
        sa.CheckConstraint("notice_months BETWEEN 0 AND 360", name=op.f("ck_lease_notice_sane")),
        sa.ForeignKeyConstraint(
            ["alternative_id"], ["alternative.id"], name=op.f("fk_lease_alternative_id_alternative")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_lease_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease")),
    )
    op.create_index(op.f("ix_lease_alternative_id"), "lease", ["alternative_id"])


def _freeze_lease(sqlite: bool) -> None:
    """The same triggers as revision 0002 gives every table below a proposal."""
    for event, row in EVENTS:
        name, condition = f"frozen_lease_{event}", STATUS.format(row=row) + " = 'decided'"
        if sqlite:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event.upper()} ON lease WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, 'frozen: lease'); END"
            )
            continue
        keep = "OLD" if event == "delete" else "NEW"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
            f"RAISE EXCEPTION 'frozen: lease' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
            f"RETURN {keep}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event.upper()} ON lease FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def upgrade() -> None:
    for column, (name, condition) in COLUMNS.items():
        op.execute(
            f"ALTER TABLE component ADD COLUMN {column} INTEGER CONSTRAINT ck_component_{name} CHECK ({condition})"
        )
    _add_lease()
    _freeze_lease(op.get_bind().dialect.name == "sqlite")


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for event, _ in EVENTS:
        if sqlite:
            op.execute(f"DROP TRIGGER frozen_lease_{event}")
        else:
            op.execute(f"DROP TRIGGER frozen_lease_{event} ON lease")
            op.execute(f"DROP FUNCTION frozen_lease_{event}()")
    op.drop_index(op.f("ix_lease_alternative_id"), table_name="lease")
    op.drop_table("lease")
    for column in reversed(COLUMNS):
        op.execute(f"ALTER TABLE component DROP COLUMN {column}")
