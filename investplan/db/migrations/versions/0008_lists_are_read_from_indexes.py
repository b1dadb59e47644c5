"""lists of proposals are read from indexes"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ORDERS = {"title": "title", "outlay": "outlay_ore", "change": "changed_at"}


def upgrade() -> None:
    op.drop_index("ix_proposal_listing", "proposal")
    op.create_index(
        "ix_proposal_listing", "proposal", ["round_id", "status", "organisation_id", "outlay_ore"]
    )
    for name, column in ORDERS.items():
        op.create_index(f"ix_proposal_by_{name}", "proposal", ["round_id", column])


def downgrade() -> None:
    for name in ORDERS:
        op.drop_index(f"ix_proposal_by_{name}", "proposal")
    op.drop_index("ix_proposal_listing", "proposal")
    op.create_index("ix_proposal_listing", "proposal", ["round_id", "status", "organisation_id"])
