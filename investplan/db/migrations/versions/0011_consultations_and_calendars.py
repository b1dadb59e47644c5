"""consultations with replies that are never changed, comments, calendars, users' settings and their mails

Operating rows get the reply that added them. The column is added by ALTER TABLE with its own reference: rebuilding the
table would drop its triggers on SQLite. On the way down a reply's rows stay as rows like any other.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

FROZEN = ("reply", "reply_cost")


def _freeze(sqlite: bool) -> None:
    """What a party has answered is never changed, also for raw SQL."""
    for table in FROZEN:
        for event in ("update", "delete"):
            name = f"frozen_{table}_{event}"
            if sqlite:
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'frozen: {table}'); END"
                )
                continue
            op.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"RAISE EXCEPTION 'frozen: {table}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
            )
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
            )


def _thaw(sqlite: bool) -> None:
    for table in FROZEN:
        for event in ("update", "delete"):
            name = f"frozen_{table}_{event}"
            if sqlite:
                op.execute(f"DROP TRIGGER {name}")
            else:
                op.execute(f"DROP TRIGGER {name} ON {table}")
                op.execute(f"DROP FUNCTION {name}()")


def upgrade() -> None:
    op.create_table(
        "daily_job",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_daily_job")),
    )
    op.create_table(
        "question_set",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("questions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("categories", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("districts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("organisations", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_question_set")),
    )
    op.create_table(
        "calendar_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("roles", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_calendar_entry_days_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["planning_round.id"], name=op.f("fk_calendar_entry_round_id_planning_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_entry")),
        sa.UniqueConstraint("uid", name=op.f("uq_calendar_entry_uid")),
    )
    op.create_index(op.f("ix_calendar_entry_round_id"), "calendar_entry", ["round_id"], unique=False)
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_mail_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_mail_user_id_key")),
    )
    op.create_table(
        "user_setting",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("wants_digest", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("feed_hash", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_user_setting_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_setting")),
        sa.UniqueConstraint("feed_hash", name=op.f("uq_user_setting_feed_hash")),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("edited_at", sa.DateTime(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_comment_author_id_user")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_comment_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_index(op.f("ix_comment_proposal_id"), "comment", ["proposal_id"], unique=False)
    op.create_table(
        "consultation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("asked_version", sa.Integer(), nullable=False),
        sa.Column("question_set", sa.String(length=40), nullable=False),
        sa.Column("questions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_by_name", sa.String(length=120), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_consultation_state_known")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_consultation_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
    )
    op.create_index(op.f("ix_consultation_proposal_id"), "consultation", ["proposal_id"], unique=False)
    op.create_table(
        "consultation_party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("affected", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultation.id"],
            name=op.f("fk_consultation_party_consultation_id_consultation"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_consultation_party_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_party")),
        sa.UniqueConstraint(
            "consultation_id",
            "organisation_id",
            name=op.f("uq_consultation_party_consultation_id_organisation_id"),
        ),
    )
    op.create_index(
        op.f("ix_consultation_party_organisation_id"), "consultation_party", ["organisation_id"], unique=False
    )
    op.create_table(
        "mention",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_mention_comment_id_comment")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_mention_user_id_user")),
        sa.PrimaryKeyConstraint("comment_id", "user_id", name=op.f("pk_mention")),
    )
    op.create_index(op.f("ix_mention_user_id"), "mention", ["user_id"], unique=False)
    op.create_table(
        "consultation_reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=False),
        sa.Column("sent_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["consultation_party.id"],
            name=op.f("fk_consultation_reminder_party_id_consultation_party"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_reminder")),
        sa.UniqueConstraint(
            "party_id", "reminded_on", name=op.f("uq_consultation_reminder_party_id_reminded_on")
        ),
    )
    op.create_table(
        "reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column("stance", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("decider", sa.String(length=20), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("paragraph", sa.String(length=40), nullable=False),
        sa.Column("proposal_version", sa.Integer(), nullable=False),
        sa.Column("rows_entered", sa.Boolean(), nullable=False),
        sa.Column("on_behalf_note", sa.String(length=400), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("given_by_name", sa.String(length=120), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("decider IN ('board', 'delegation')", name=op.f("ck_reply_decider_known")),
        sa.CheckConstraint(
            "stance IN ('supports', 'supports_changed', 'opposes', 'no_objection')",
            name=op.f("ck_reply_stance_known"),
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["consultation_party.id"], name=op.f("fk_reply_party_id_consultation_party")
        ),
        sa.ForeignKeyConstraint(["supersedes_id"], ["reply.id"], name=op.f("fk_reply_supersedes_id_reply")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
    )
    op.create_index(op.f("ix_reply_party_id"), "reply", ["party_id"], unique=False)
    op.create_table(
        "reply_draft",
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("typed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("saved_by_name", sa.String(length=120), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"], ["consultation_party.id"], name=op.f("fk_reply_draft_party_id_consultation_party")
        ),
        sa.PrimaryKeyConstraint("party_id", name=op.f("pk_reply_draft")),
    )
    op.create_table(
        "reply_answer",
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rows_removed", sa.Boolean(), nullable=False),
        sa.Column("answered_by_name", sa.String(length=120), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('taken_in', 'partly_taken_in', 'not_taken_in')",
            name=op.f("ck_reply_answer_outcome_known"),
        ),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_reply_answer_reply_id_reply")),
        sa.PrimaryKeyConstraint("reply_id", name=op.f("pk_reply_answer")),
    )
    op.create_table(
        "reply_cost",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("alternative", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("annual_ore", sa.BigInteger(), nullable=False),
        sa.Column("starts_after_months", sa.Integer(), nullable=False),
        sa.Column("lasts_months", sa.Integer(), nullable=True),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "kind IN ('rent', 'media', 'staff', 'maintenance', 'cleaning', 'it', 'revenue', 'other')",
            name=op.f("ck_reply_cost_kind_known"),
        ),
        sa.CheckConstraint(
            "annual_ore = CAST(annual_ore AS BIGINT) AND annual_ore BETWEEN -100000000000000 AND 100000000000000",
            name=op.f("ck_reply_cost_annual_ore_whole"),
        ),
        sa.CheckConstraint(
            "lasts_months IS NULL OR lasts_months BETWEEN 1 AND 1200", name=op.f("ck_reply_cost_length_sane")
        ),
        sa.CheckConstraint("starts_after_months BETWEEN -360 AND 360", name=op.f("ck_reply_cost_start_sane")),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_reply_cost_reply_id_reply")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_cost")),
    )
    op.create_index(op.f("ix_reply_cost_reply_id"), "reply_cost", ["reply_id"], unique=False)
    op.execute(
        "ALTER TABLE operating_consequence ADD COLUMN reply_id INTEGER"
        " CONSTRAINT fk_operating_consequence_reply_id_reply REFERENCES reply (id)"
    )
    op.create_index(op.f("ix_operating_consequence_reply_id"), "operating_consequence", ["reply_id"])
    _freeze(op.get_bind().dialect.name == "sqlite")


def downgrade() -> None:
    _thaw(op.get_bind().dialect.name == "sqlite")
    op.drop_index(op.f("ix_operating_consequence_reply_id"), table_name="operating_consequence")
    op.execute("ALTER TABLE operating_consequence DROP COLUMN reply_id")
    op.drop_index(op.f("ix_reply_cost_reply_id"), table_name="reply_cost")
    op.drop_table("reply_cost")
    op.drop_table("reply_answer")
    op.drop_table("reply_draft")
    op.drop_index(op.f("ix_reply_party_id"), table_name="reply")
    op.drop_table("reply")
    op.drop_table("consultation_reminder")
    op.drop_index(op.f("ix_mention_user_id"), table_name="mention")
    op.drop_table("mention")
    op.drop_index(op.f("ix_consultation_party_organisation_id"), table_name="consultation_party")
    op.drop_table("consultation_party")
    op.drop_index(op.f("ix_consultation_proposal_id"), table_name="consultation")
    op.drop_table("consultation")
    op.drop_index(op.f("ix_comment_proposal_id"), table_name="comment")
    op.drop_table("comment")
    op.drop_table("user_setting")
    op.drop_table("mail")
    op.drop_index(op.f("ix_calendar_entry_round_id"), table_name="calendar_entry")
    op.drop_table("calendar_entry")
    op.drop_table("question_set")
    op.drop_table("daily_job")
