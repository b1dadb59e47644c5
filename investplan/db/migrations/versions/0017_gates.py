"""gates: tables in versions, moves between stages, investigation money, and two more roles

What the council has decided stays as it was, but how far it has come does not: the trigger on decided proposals lets
`stage` (with `version` and `changed_at`) change, and nothing else.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OLD_ROLES = ("planner", "finance", "council_viewer", "administrator")
NEW_ROLES = ("planner", "committee_manager", "executive_board", "finance", "council_viewer", "administrator")
STAGES = (
    "'need', 'needs_analysis', 'pre_study', 'design', 'implementation_decision', 'starting_permit', "
    "'implementation', 'commissioning', 'final_account', 'ex_post'"
)
FROZEN_TABLES = ("gate_table", "stage_move")
# Every column of a decided proposal but how far it has come. A later column must be added to the trigger as well.
FROZEN_COLUMNS = (
    "id", "round_id", "case_number", "title", "organisation_id", "category", "purpose", "status", "required",
    "district_id", "place_note", "source_ref", "min_e", "min_n", "max_e", "max_n", "outlay_ore", "not_before_year",
    "ready", "object_type", "unit", "contact_role", "contact_name", "target_group", "trigger",
    "without_action", "need_year", "risks_stated",
)  # fmt: skip


def _ore(name: str) -> str:
    most = 10**14
    return f"{name} = CAST({name} AS BIGINT) AND {name} BETWEEN -{most} AND {most}"


def upgrade() -> None:
    op.add_column("proposal", sa.Column("not_before_year", sa.Integer(), nullable=True))
    op.add_column("proposal", sa.Column("ready", sa.Boolean(), nullable=False, server_default=sa.false()))
    _gate_table()
    _stage_move()
    _investigation_request()
    for table in FROZEN_TABLES:
        for event in ("update", "delete"):
            _freeze(table, event)
    _thaw_proposal()
    _freeze_proposal(", ".join(f'"{name}"' for name in FROZEN_COLUMNS))
    _roles(NEW_ROLES)


def _gate_table() -> None:
    op.create_table(
        "gate_table",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("values", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_table")),
        sa.UniqueConstraint("version", name=op.f("uq_gate_table_version")),
    )


def _stage_move() -> None:
    op.create_table(
        "stage_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("gate_table_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("from_stage", sa.String(length=30), nullable=False),
        sa.Column("to_stage", sa.String(length=30), nullable=False),
        sa.Column("from_status", sa.String(length=20), nullable=False),
        sa.Column("to_status", sa.String(length=20), nullable=False),
        sa.Column("body", sa.String(length=80), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("paragraph", sa.String(length=20), nullable=False),
        sa.Column("amount_ore", sa.BigInteger(), nullable=True),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("protocol", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("not_before_year", sa.Integer(), nullable=True),
        sa.Column("sunk_ore", sa.BigInteger(), nullable=True),
        sa.Column("sunk_organisation_id", sa.Integer(), nullable=True),
        sa.Column("sunk_year", sa.Integer(), nullable=True),
        sa.Column("moved_by", sa.Integer(), nullable=False),
        sa.Column("moved_by_name", sa.String(length=120), nullable=False),
        sa.Column("moved_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('forward', 'back', 'postpone', 'rest', 'resume', 'reject', 'cancel')",
            name=op.f("ck_stage_move_kind_known"),
        ),
        sa.CheckConstraint(f"from_stage IN ({STAGES})", name=op.f("ck_stage_move_from_stage_known")),
        sa.CheckConstraint(f"to_stage IN ({STAGES})", name=op.f("ck_stage_move_to_stage_known")),
        sa.CheckConstraint(_ore("amount_ore"), name=op.f("ck_stage_move_amount_ore_whole")),
        sa.CheckConstraint(_ore("sunk_ore"), name=op.f("ck_stage_move_sunk_ore_whole")),
        sa.CheckConstraint("sunk_ore IS NULL OR sunk_ore >= 0", name=op.f("ck_stage_move_sunk_positive")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_stage_move_proposal_id_proposal")
        ),
        sa.ForeignKeyConstraint(
            ["gate_table_id"], ["gate_table.id"], name=op.f("fk_stage_move_gate_table_id_gate_table")
        ),
        sa.ForeignKeyConstraint(
            ["sunk_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_stage_move_sunk_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_move")),
    )
    op.create_index("ix_stage_move_proposal_id", "stage_move", ["proposal_id"])
    op.create_index("ix_stage_move_by_kind", "stage_move", ["kind"])


def _investigation_request() -> None:
    op.create_table(
        "investigation_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount_ore", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("body", sa.String(length=80), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("paragraph", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'granted', 'refused', 'withdrawn')",
            name=op.f("ck_investigation_request_state_known"),
        ),
        sa.CheckConstraint(_ore("amount_ore"), name=op.f("ck_investigation_request_amount_ore_whole")),
        sa.CheckConstraint("amount_ore > 0", name=op.f("ck_investigation_request_amount_positive")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_investigation_request_proposal_id_proposal")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_investigation_request_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_investigation_request")),
    )
    op.create_index("ix_investigation_request_proposal_id", "investigation_request", ["proposal_id"])


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _freeze(table: str, event: str) -> None:
    name = f"frozen_{table}_{event}"
    if _is_sqlite():
        op.execute(
            f'CREATE TRIGGER {name} BEFORE {event.upper()} ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, 'frozen: {table}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION 'frozen: {table}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f'CREATE TRIGGER {name} BEFORE {event.upper()} ON "{table}" FOR EACH ROW EXECUTE FUNCTION {name}()'
    )


def _thaw_proposal() -> None:
    on = "" if _is_sqlite() else " ON proposal"
    op.execute(f"DROP TRIGGER frozen_proposal_update{on}")


def _freeze_proposal(columns: str) -> None:
    """The trigger of revision 0002 on these columns; on all where none are named. Its function stays as it is."""
    event = f"UPDATE OF {columns}" if columns else "UPDATE"
    if _is_sqlite():
        op.execute(
            f"CREATE TRIGGER frozen_proposal_update BEFORE {event} ON \"proposal\" WHEN OLD.status = 'decided' "
            f"BEGIN SELECT RAISE(ABORT, 'frozen: proposal'); END"
        )
        return
    op.execute(
        f'CREATE TRIGGER frozen_proposal_update BEFORE {event} ON "proposal" FOR EACH ROW '
        "EXECUTE FUNCTION frozen_proposal_update()"
    )


def _roles(known: tuple[str, ...]) -> None:
    condition = "role IN ({})".format(", ".join(f"'{role}'" for role in known))
    if not _is_sqlite():
        op.drop_constraint(op.f("ck_user_role_known"), "user", type_="check")
        op.create_check_constraint(op.f("ck_user_role_known"), "user", condition)
        return
    with op.batch_alter_table("user", copy_from=_user_table(condition), recreate="always"):
        pass


def _user_table(condition: str) -> sa.Table:
    """The table as it is rebuilt on SQLite, which cannot change a CHECK."""
    return sa.Table(
        "user",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("display_name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(condition, name=op.f("ck_user_role_known")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_user_valid_in_order")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_user_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("username", name=op.f("uq_user_username")),
    )


def downgrade() -> None:
    """People in the new roles keep the nearest old one."""
    op.execute(sa.text("UPDATE \"user\" SET role = 'planner' WHERE role = 'committee_manager'"))
    op.execute(sa.text("UPDATE \"user\" SET role = 'council_viewer' WHERE role = 'executive_board'"))
    _roles(OLD_ROLES)
    _thaw_proposal()
    for table in FROZEN_TABLES:
        for event in ("update", "delete"):
            if _is_sqlite():
                op.execute(f"DROP TRIGGER frozen_{table}_{event}")
            else:
                op.execute(f'DROP TRIGGER frozen_{table}_{event} ON "{table}"')
                op.execute(f"DROP FUNCTION frozen_{table}_{event}()")
    for table in ("investigation_request", "stage_move", "gate_table"):
        op.drop_table(table)
    for column in ("ready", "not_before_year"):
        op.drop_column("proposal", column)
    _freeze_proposal("")
