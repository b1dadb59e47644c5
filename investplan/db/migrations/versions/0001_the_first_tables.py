"""the first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("noun", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_entry_hash")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_key"), ["key"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_noun"), ["noun"], unique=False)

    op.create_table(
        "district",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("geometry", sa.LargeBinary(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_district_valid_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district")),
        sa.UniqueConstraint("code", name=op.f("uq_district_code")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("actor_id", "action", "key", name=op.f("uq_idempotency_key_actor_id_action_key")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("is_landlord", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('committee', 'company')", name=op.f("ck_organisation_kind_known")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_organisation_valid_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("code", name=op.f("uq_organisation_code")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task", sa.String(length=80), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_table(
        "parameter_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parameter_set")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_parameter_set_name_version")),
    )
    op.create_table(
        "planning_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("budget_year", sa.Integer(), nullable=False),
        sa.Column("horizon_years", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("map_crs", sa.String(length=20), nullable=False),
        sa.Column("fictional", sa.Boolean(), nullable=False),
        sa.Column("parameter_set_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "budget_year BETWEEN 2000 AND 2200", name=op.f("ck_planning_round_budget_year_sane")
        ),
        sa.CheckConstraint("horizon_years BETWEEN 1 AND 30", name=op.f("ck_planning_round_horizon_sane")),
        sa.ForeignKeyConstraint(
            ["parameter_set_id"],
            ["parameter_set.id"],
            name=op.f("fk_planning_round_parameter_set_id_parameter_set"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planning_round")),
        sa.UniqueConstraint("name", name=op.f("uq_planning_round_name")),
    )
    op.create_table(
        "user",
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
        sa.CheckConstraint(
            "role IN ('planner', 'finance', 'council_viewer', 'administrator')",
            name=op.f("ck_user_role_known"),
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_user_valid_in_order")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_user_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("username", name=op.f("uq_user_username")),
    )
    op.create_table(
        "base_frame",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("amount_ore", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "amount_ore = CAST(amount_ore AS BIGINT) AND amount_ore BETWEEN -100000000000000 AND 100000000000000",
            name=op.f("ck_base_frame_amount_ore_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_base_frame_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["planning_round.id"], name=op.f("fk_base_frame_round_id_planning_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_frame")),
        sa.UniqueConstraint(
            "round_id", "organisation_id", name=op.f("uq_base_frame_round_id_organisation_id")
        ),
    )
    op.create_table(
        "criterion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("weight_permille", sa.Integer(), nullable=False),
        sa.CheckConstraint("weight_permille BETWEEN 0 AND 1000", name=op.f("ck_criterion_weight_sane")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["planning_round.id"], name=op.f("fk_criterion_round_id_planning_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_criterion_round_id_code")),
    )
    with op.batch_alter_table("criterion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_criterion_round_id"), ["round_id"], unique=False)

    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("imported_by", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["planning_round.id"], name=op.f("fk_import_batch_round_id_planning_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=30), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("place_note", sa.String(length=300), nullable=False),
        sa.Column("source_ref", sa.String(length=200), nullable=False),
        sa.Column("min_e", sa.Double(), nullable=True),
        sa.Column("min_n", sa.Double(), nullable=True),
        sa.Column("max_e", sa.Double(), nullable=True),
        sa.Column("max_n", sa.Double(), nullable=True),
        sa.Column("outlay_ore", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "category IN ('expansion', 'reinvestment', 'legal', 'efficiency', 'development', 'climate', 'equipment')",
            name=op.f("ck_proposal_category_known"),
        ),
        sa.CheckConstraint(
            "stage IN ('need', 'needs_analysis', 'pre_study', 'design', 'implementation_decision', 'starting_permit', 'implementation', 'commissioning', 'final_account', 'ex_post')",
            name=op.f("ck_proposal_stage_known"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'decided', 'dormant', 'rejected', 'cancelled')",
            name=op.f("ck_proposal_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_proposal_district_id_district")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_proposal_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["planning_round.id"], name=op.f("fk_proposal_round_id_planning_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("round_id", "case_number", name=op.f("uq_proposal_round_id_case_number")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index("ix_proposal_box", ["min_e", "max_e", "min_n", "max_n"], unique=False)
        batch_op.create_index("ix_proposal_listing", ["round_id", "status", "organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "scenario",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("value_basis", sa.String(length=10), nullable=False),
        sa.Column("previous_run_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("value_basis IN ('points', 'volume')", name=op.f("ck_scenario_value_basis_known")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["planning_round.id"], name=op.f("fk_scenario_round_id_planning_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
        sa.UniqueConstraint("round_id", "name", name=op.f("uq_scenario_round_id_name")),
    )
    op.create_table(
        "user_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_user_session_user_id_user")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_session")),
    )
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "alternative",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("starts", sa.JSON(), nullable=False),
        sa.Column("price_level_year", sa.Integer(), nullable=False),
        sa.Column("commissioned_after_months", sa.Integer(), nullable=False),
        sa.Column("landlord_id", sa.Integer(), nullable=True),
        sa.Column("area_m2", sa.Integer(), nullable=True),
        sa.Column("benefit_percent", sa.Integer(), nullable=False),
        sa.Column("grants_stated", sa.Boolean(), nullable=False),
        sa.Column("operating_stated", sa.Boolean(), nullable=False),
        sa.Column("disposals_stated", sa.Boolean(), nullable=False),
        sa.Column("geometry", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('build', 'rebuild', 'lease', 'nothing')", name=op.f("ck_alternative_kind_known")
        ),
        sa.CheckConstraint("benefit_percent BETWEEN 0 AND 100", name=op.f("ck_alternative_benefit_is_share")),
        sa.CheckConstraint(
            "commissioned_after_months BETWEEN 0 AND 360", name=op.f("ck_alternative_commissioning_sane")
        ),
        sa.ForeignKeyConstraint(
            ["landlord_id"], ["organisation.id"], name=op.f("fk_alternative_landlord_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_alternative_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alternative")),
        sa.UniqueConstraint("proposal_id", "code", name=op.f("uq_alternative_proposal_id_code")),
    )
    with op.batch_alter_table("alternative", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alternative_proposal_id"), ["proposal_id"], unique=False)

    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("max_seconds", sa.Integer(), nullable=False),
        sa.Column("gap_target", sa.String(length=20), nullable=False),
        sa.Column("solver", sa.String(length=10), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("parameter_set_id", sa.Integer(), nullable=True),
        sa.Column("software_version", sa.String(length=20), nullable=False),
        sa.Column("case_sha256", sa.String(length=64), nullable=True),
        sa.Column("case_bytes", sa.LargeBinary(), nullable=True),
        sa.Column("snapshot", sa.JSON(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("value", sa.String(length=40), nullable=True),
        sa.Column("bound", sa.String(length=40), nullable=True),
        sa.Column("gap", sa.String(length=40), nullable=True),
        sa.Column("plan", sa.JSON(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'cancelled', 'failed')", name=op.f("ck_run_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["parameter_set_id"], ["parameter_set.id"], name=op.f("fk_run_parameter_set_id_parameter_set")
        ),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name=op.f("fk_run_scenario_id_scenario")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_scenario_id"), ["scenario_id"], unique=False)
        batch_op.create_index(
            "uq_run_active",
            ["scenario_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )

    op.create_table(
        "scenario_limit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("row", sa.String(length=60), nullable=False),
        sa.Column("carry_over", sa.Boolean(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scenario_id"], ["scenario.id"], name=op.f("fk_scenario_limit_scenario_id_scenario")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario_limit")),
        sa.UniqueConstraint("scenario_id", "code", name=op.f("uq_scenario_limit_scenario_id_code")),
    )
    with op.batch_alter_table("scenario_limit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scenario_limit_scenario_id"), ["scenario_id"], unique=False)

    op.create_table(
        "scenario_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('requires', 'at_most', 'all_or_none', 'coordinate', 'fix', 'forbid')",
            name=op.f("ck_scenario_rule_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["scenario_id"], ["scenario.id"], name=op.f("fk_scenario_rule_scenario_id_scenario")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario_rule")),
        sa.UniqueConstraint("scenario_id", "code", name=op.f("uq_scenario_rule_scenario_id_code")),
    )
    with op.batch_alter_table("scenario_rule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scenario_rule_scenario_id"), ["scenario_id"], unique=False)

    op.create_table(
        "score",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.CheckConstraint("points BETWEEN 0 AND 5", name=op.f("ck_score_points_in_scale")),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["criterion.id"], name=op.f("fk_score_criterion_id_criterion")
        ),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_score_proposal_id_proposal")),
        sa.PrimaryKeyConstraint("proposal_id", "criterion_id", name=op.f("pk_score")),
    )
    op.create_table(
        "component",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alternative_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("amount_ore", sa.BigInteger(), nullable=False),
        sa.Column("residual_ore", sa.BigInteger(), nullable=False),
        sa.Column("life_months", sa.Integer(), nullable=True),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.CheckConstraint("part IN ('property', 'user')", name=op.f("ck_component_part_known")),
        sa.CheckConstraint(
            "amount_ore = CAST(amount_ore AS BIGINT) AND amount_ore BETWEEN -100000000000000 AND 100000000000000",
            name=op.f("ck_component_amount_ore_whole"),
        ),
        sa.CheckConstraint(
            "life_months IS NULL OR life_months BETWEEN 1 AND 1800", name=op.f("ck_component_life_sane")
        ),
        sa.CheckConstraint(
            "residual_ore = CAST(residual_ore AS BIGINT) AND residual_ore BETWEEN -100000000000000 AND 100000000000000",
            name=op.f("ck_component_residual_ore_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["alternative_id"], ["alternative.id"], name=op.f("fk_component_alternative_id_alternative")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component")),
    )
    with op.batch_alter_table("component", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_component_alternative_id"), ["alternative_id"], unique=False)

    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(length=80), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("paragraph", sa.String(length=20), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["planning_round.id"], name=op.f("fk_decision_round_id_planning_round")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_decision_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint(
            "round_id", "decided_on", "paragraph", name=op.f("uq_decision_round_id_decided_on_paragraph")
        ),
        sa.UniqueConstraint("run_id", name=op.f("uq_decision_run_id")),
    )
    op.create_table(
        "disposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alternative_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("remaining_book_value_ore", sa.BigInteger(), nullable=False),
        sa.Column("remaining_months", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "remaining_book_value_ore = CAST(remaining_book_value_ore AS BIGINT) AND remaining_book_value_ore BETWEEN -100000000000000 AND 100000000000000",
            name=op.f("ck_disposal_remaining_book_value_ore_whole"),
        ),
        sa.CheckConstraint("remaining_months BETWEEN 0 AND 1800", name=op.f("ck_disposal_remaining_sane")),
        sa.ForeignKeyConstraint(
            ["alternative_id"], ["alternative.id"], name=op.f("fk_disposal_alternative_id_alternative")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_disposal_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal")),
    )
    with op.batch_alter_table("disposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disposal_alternative_id"), ["alternative_id"], unique=False)

    op.create_table(
        "grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alternative_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("year_offset", sa.Integer(), nullable=False),
        sa.Column("amount_ore", sa.BigInteger(), nullable=False),
        sa.Column("recognition", sa.String(length=20), nullable=False),
        sa.Column("lowers_interest_base", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "recognition IN ('over_life', 'at_completion')", name=op.f("ck_grant_recognition_known")
        ),
        sa.CheckConstraint(
            "amount_ore = CAST(amount_ore AS BIGINT) AND amount_ore BETWEEN -100000000000000 AND 100000000000000",
            name=op.f("ck_grant_amount_ore_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["alternative_id"], ["alternative.id"], name=op.f("fk_grant_alternative_id_alternative")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant")),
    )
    with op.batch_alter_table("grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grant_alternative_id"), ["alternative_id"], unique=False)

    op.create_table(
        "operating_consequence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alternative_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("annual_ore", sa.BigInteger(), nullable=False),
        sa.Column("starts_after_months", sa.Integer(), nullable=False),
        sa.Column("lasts_months", sa.Integer(), nullable=True),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "kind IN ('rent', 'media', 'staff', 'maintenance', 'cleaning', 'it', 'revenue', 'other')",
            name=op.f("ck_operating_consequence_kind_known"),
        ),
        sa.CheckConstraint(
            "annual_ore = CAST(annual_ore AS BIGINT) AND annual_ore BETWEEN -100000000000000 AND 100000000000000",
            name=op.f("ck_operating_consequence_annual_ore_whole"),
        ),
        sa.CheckConstraint(
            "lasts_months IS NULL OR lasts_months BETWEEN 1 AND 1200",
            name=op.f("ck_operating_consequence_length_sane"),
        ),
        sa.CheckConstraint(
            "starts_after_months BETWEEN -360 AND 360", name=op.f("ck_operating_consequence_start_sane")
        ),
        sa.ForeignKeyConstraint(
            ["alternative_id"],
            ["alternative.id"],
            name=op.f("fk_operating_consequence_alternative_id_alternative"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_operating_consequence_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operating_consequence")),
    )
    with op.batch_alter_table("operating_consequence", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_operating_consequence_alternative_id"), ["alternative_id"], unique=False
        )

    op.create_table(
        "outlay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alternative_id", sa.Integer(), nullable=False),
        sa.Column("year_offset", sa.Integer(), nullable=False),
        sa.Column("amount_ore", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "amount_ore = CAST(amount_ore AS BIGINT) AND amount_ore BETWEEN -100000000000000 AND 100000000000000",
            name=op.f("ck_outlay_amount_ore_whole"),
        ),
        sa.CheckConstraint("year_offset BETWEEN 0 AND 30", name=op.f("ck_outlay_year_offset_sane")),
        sa.ForeignKeyConstraint(
            ["alternative_id"], ["alternative.id"], name=op.f("fk_outlay_alternative_id_alternative")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlay")),
        sa.UniqueConstraint(
            "alternative_id", "year_offset", name=op.f("uq_outlay_alternative_id_year_offset")
        ),
    )
    with op.batch_alter_table("outlay", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outlay_alternative_id"), ["alternative_id"], unique=False)

    op.create_table(
        "scenario_limit_year",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("limit_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("max_ore", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "max_ore = CAST(max_ore AS BIGINT) AND max_ore BETWEEN -100000000000000 AND 100000000000000",
            name=op.f("ck_scenario_limit_year_max_ore_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["limit_id"], ["scenario_limit.id"], name=op.f("fk_scenario_limit_year_limit_id_scenario_limit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario_limit_year")),
        sa.UniqueConstraint("limit_id", "year", name=op.f("uq_scenario_limit_year_limit_id_year")),
    )
    with op.batch_alter_table("scenario_limit_year", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scenario_limit_year_limit_id"), ["limit_id"], unique=False)

    op.create_table(
        "decided_investment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("alternative_code", sa.String(length=40), nullable=False),
        sa.Column("start_year", sa.Integer(), nullable=False),
        sa.Column("parameter_set_id", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("snapshot_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decided_investment_decision_id_decision")
        ),
        sa.ForeignKeyConstraint(
            ["parameter_set_id"],
            ["parameter_set.id"],
            name=op.f("fk_decided_investment_parameter_set_id_parameter_set"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_decided_investment_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decided_investment")),
        sa.UniqueConstraint(
            "decision_id", "proposal_id", name=op.f("uq_decided_investment_decision_id_proposal_id")
        ),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_decided_investment_proposal_id")),
    )
    with op.batch_alter_table("decided_investment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decided_investment_decision_id"), ["decision_id"], unique=False)

    op.create_table(
        "frame_adjustment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("amount_ore", sa.BigInteger(), nullable=False),
        sa.Column("permanent", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("parameter_set_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('wages', 'index', 'demography', 'rent', 'capital_cost', 'operating', 'technical', 'priority', 'one_off')",
            name=op.f("ck_frame_adjustment_kind_known"),
        ),
        sa.CheckConstraint(
            "(decision_id IS NULL) <> (run_id IS NULL)", name=op.f("ck_frame_adjustment_decided_or_scenario")
        ),
        sa.CheckConstraint(
            "amount_ore = CAST(amount_ore AS BIGINT) AND amount_ore BETWEEN -100000000000000 AND 100000000000000",
            name=op.f("ck_frame_adjustment_amount_ore_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_frame_adjustment_decision_id_decision")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_frame_adjustment_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["parameter_set_id"],
            ["parameter_set.id"],
            name=op.f("fk_frame_adjustment_parameter_set_id_parameter_set"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_frame_adjustment_proposal_id_proposal")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["planning_round.id"], name=op.f("fk_frame_adjustment_round_id_planning_round")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_frame_adjustment_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_adjustment")),
    )
    with op.batch_alter_table("frame_adjustment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_frame_adjustment_cell", ["round_id", "organisation_id", "year"], unique=False
        )
        batch_op.create_index("ix_frame_adjustment_run", ["run_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("frame_adjustment", schema=None) as batch_op:
        batch_op.drop_index("ix_frame_adjustment_run")
        batch_op.drop_index("ix_frame_adjustment_cell")

    op.drop_table("frame_adjustment")
    with op.batch_alter_table("decided_investment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decided_investment_decision_id"))

    op.drop_table("decided_investment")
    with op.batch_alter_table("scenario_limit_year", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scenario_limit_year_limit_id"))

    op.drop_table("scenario_limit_year")
    with op.batch_alter_table("outlay", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outlay_alternative_id"))

    op.drop_table("outlay")
    with op.batch_alter_table("operating_consequence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_operating_consequence_alternative_id"))

    op.drop_table("operating_consequence")
    with op.batch_alter_table("grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grant_alternative_id"))

    op.drop_table("grant")
    with op.batch_alter_table("disposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_disposal_alternative_id"))

    op.drop_table("disposal")
    op.drop_table("decision")
    with op.batch_alter_table("component", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_component_alternative_id"))

    op.drop_table("component")
    op.drop_table("score")
    with op.batch_alter_table("scenario_rule", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scenario_rule_scenario_id"))

    op.drop_table("scenario_rule")
    with op.batch_alter_table("scenario_limit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scenario_limit_scenario_id"))

    op.drop_table("scenario_limit")
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_run_active",
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )
        batch_op.drop_index(batch_op.f("ix_run_scenario_id"))

    op.drop_table("run")
    with op.batch_alter_table("alternative", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alternative_proposal_id"))

    op.drop_table("alternative")
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_session_user_id"))

    op.drop_table("user_session")
    op.drop_table("scenario")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposal_organisation_id"))
        batch_op.drop_index("ix_proposal_listing")
        batch_op.drop_index("ix_proposal_box")

    op.drop_table("proposal")
    op.drop_table("import_batch")
    with op.batch_alter_table("criterion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_criterion_round_id"))

    op.drop_table("criterion")
    op.drop_table("base_frame")
    op.drop_table("user")
    op.drop_table("planning_round")
    op.drop_table("parameter_set")
    op.drop_table("outbox")
    op.drop_table("organisation")
    op.drop_table("idempotency_key")
    op.drop_table("district")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_noun"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_key"))

    op.drop_table("audit_entry")
