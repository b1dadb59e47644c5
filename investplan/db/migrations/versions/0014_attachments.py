"""files that go with a proposal, in versions

What is added is never changed: on the way to removal only who, when and the content may be written.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KINDS = (
    "calculation", "pre_study_report", "drawing", "risk_analysis", "impact_analysis", "permit", "minutes",
    "other_document",
)  # fmt: skip


def upgrade() -> None:
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.String(length=120), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("removed_by", sa.String(length=120), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(f"kind IN ({listed})", name=op.f("ck_attachment_kind_known")),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_attachment_size_sane")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_attachment_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint(
            "proposal_id", "document", "version", name=op.f("uq_attachment_proposal_id_document_version")
        ),
    )
    op.create_index(op.f("ix_attachment_proposal_id"), "attachment", ["proposal_id"], unique=False)


def downgrade() -> None:
    op.drop_table("attachment")
