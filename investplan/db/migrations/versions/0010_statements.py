"""what a proposal says beside the money, alternatives that are rejected, and two more kinds of alternative

Columns are added by ALTER TABLE with their own CHECK, and the CHECK of an alternative's kind is changed in the schema
itself on SQLite: rebuilding the table would drop its triggers. On the way down what these columns and rows say is lost,
and an alternative of a new kind becomes new building, except below a decided proposal, which stays as it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = {
    "proposal": {
        "object_type": ("VARCHAR(40)", ""),
        "unit": ("VARCHAR(120) DEFAULT '' NOT NULL", ""),
        "contact_role": ("VARCHAR(120) DEFAULT '' NOT NULL", ""),
        "contact_name": ("VARCHAR(120) DEFAULT '' NOT NULL", ""),
        "target_group": ("VARCHAR(300) DEFAULT '' NOT NULL", ""),
        "trigger": (
            "VARCHAR(20)",
            "trigger_known CHECK (trigger IN ('law', 'demography', 'condition', 'goal', 'assignment'))",
        ),
        "without_action": ("TEXT DEFAULT '' NOT NULL", ""),
        "need_year": ("INTEGER", ""),
        "risks_stated": ("BOOLEAN DEFAULT false NOT NULL", ""),
    },
    "alternative": {
        "accuracy_percent": ("INTEGER", ""),
        "reserve_percent": ("INTEGER", ""),
        "excludes_vat": ("BOOLEAN", ""),
        "places": ("INTEGER", ""),
        "gained_m2": ("INTEGER", ""),
        "length_m": ("INTEGER", ""),
        "property_designation": ("VARCHAR(120) DEFAULT '' NOT NULL", ""),
        "plan_status": (
            "VARCHAR(20)",
            "plan_status_known CHECK"
            " (plan_status IN ('no_plan', 'plan_ongoing', 'plan_adopted', 'plan_not_needed'))",
        ),
        "rejected": ("BOOLEAN DEFAULT false NOT NULL", ""),
        "rejected_reason": ("TEXT DEFAULT '' NOT NULL", ""),
        "template": ("VARCHAR(120) DEFAULT '' NOT NULL", ""),
    },
}
OLD_KINDS = "'build', 'rebuild', 'lease', 'nothing'"
NEW_KINDS = OLD_KINDS + ", 'shared_use', 'other_place'"
TABLES = ("steering_link", "risk", "impact_check")
STATUS = "(SELECT p.status FROM proposal p WHERE p.id = {row}.proposal_id)"
EVENTS = (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD"))


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _set_kinds(before: str, after: str, more: str = "") -> None:
    if not _is_sqlite():
        op.execute("ALTER TABLE alternative DROP CONSTRAINT ck_alternative_kind_known")
        op.execute(
            f"ALTER TABLE alternative ADD CONSTRAINT ck_alternative_kind_known CHECK (kind IN ({after})){more}"
        )
        return
    bind = op.get_bind()
    old, new = f"kind IN ({before})", f"kind IN ({after})"
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    changed = bind.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?)"
        " WHERE type = 'table' AND name = 'alternative' AND instr(sql, ?) > 0",
        (old, new, old),
    )
    bind.exec_driver_sql("PRAGMA writable_schema=RESET")
    if changed.rowcount != 1:
        raise RuntimeError("the kinds of alternatives were not found in the schema")


def _add_tables() -> None:
    steering = "'focus_area', 'steering_goal', 'steering_assignment', 'document'"
    impacts = "'children', 'accessibility', 'climate_effect', 'equality', 'safety'"
    op.create_table(
        "steering_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.CheckConstraint(f"kind IN ({steering})", name=op.f("ck_steering_link_kind_known")),
        *_keys("steering_link"),
    )
    op.create_table(
        "risk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("probability", sa.Integer(), nullable=True),
        sa.Column("consequence", sa.Integer(), nullable=True),
        sa.Column("measure", sa.String(length=300), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "probability IS NULL OR probability BETWEEN 1 AND 5", name=op.f("ck_risk_probability_in_scale")
        ),
        sa.CheckConstraint(
            "consequence IS NULL OR consequence BETWEEN 1 AND 5", name=op.f("ck_risk_consequence_in_scale")
        ),
        *_keys("risk"),
    )
    op.create_table(
        "impact_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("impact", sa.String(length=20), nullable=False),
        sa.Column("matters", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tonnes", sa.Integer(), nullable=True),
        sa.CheckConstraint(f"impact IN ({impacts})", name=op.f("ck_impact_check_impact_known")),
        sa.CheckConstraint(
            "tonnes IS NULL OR tonnes BETWEEN -1000000 AND 1000000", name=op.f("ck_impact_check_tonnes_sane")
        ),
        sa.UniqueConstraint("proposal_id", "impact", name=op.f("uq_impact_check_proposal_id_impact")),
        *_keys("impact_check"),
    )
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_proposal_id"), table, ["proposal_id"])


def _keys(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f(f"fk_{table}_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _freeze(table: str) -> None:
    """The same triggers as revision 0002 gives every table below a proposal."""
    for event, row in EVENTS:
        name, condition = f"frozen_{table}_{event}", STATUS.format(row=row) + " = 'decided'"
        if _is_sqlite():
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {table} WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, 'frozen: {table}'); END"
            )
            continue
        keep = "OLD" if event == "delete" else "NEW"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
            f"RAISE EXCEPTION 'frozen: {table}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
            f"RETURN {keep}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column, (kind, check) in columns.items():
            constraint = f" CONSTRAINT ck_{table}_{check}" if check else ""
            op.execute(f'ALTER TABLE {table} ADD COLUMN "{column}" {kind}{constraint}')
    _set_kinds(OLD_KINDS, NEW_KINDS)
    _add_tables()
    for table in TABLES:
        _freeze(table)


def downgrade() -> None:
    for table in TABLES:
        for event, _ in EVENTS:
            if _is_sqlite():
                op.execute(f"DROP TRIGGER frozen_{table}_{event}")
            else:
                op.execute(f"DROP TRIGGER frozen_{table}_{event} ON {table}")
                op.execute(f"DROP FUNCTION frozen_{table}_{event}()")
        op.drop_index(op.f(f"ix_{table}_proposal_id"), table_name=table)
        op.drop_table(table)
    op.execute(
        "UPDATE alternative SET kind = 'build' WHERE kind IN ('shared_use', 'other_place')"
        " AND proposal_id IN (SELECT id FROM proposal WHERE status <> 'decided')"
    )
    # Rows of decided proposals are not touched, so PostgreSQL is asked not to look at what is there.
    _set_kinds(NEW_KINDS, OLD_KINDS, " NOT VALID")
    for table, columns in COLUMNS.items():
        for column in reversed(columns):
            op.execute(f'ALTER TABLE {table} DROP COLUMN "{column}"')
