"""What somebody has typed in a step of a proposal and not saved: personal working material, not part of the proposal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base, JsonValue, Moment
from investplan.db.models.proposals import Proposal


class FormDraft(Base):
    """The text of one form, once per user and form as it was opened (`form_key`).

    A proposal that is not saved yet has no `proposal_id`. `alternative` is the alternative's code in steps that are
    per alternative, else empty; `typed` is names and texts as the browser sends them.
    """

    __tablename__ = "form_draft"
    __table_args__ = (
        UniqueConstraint("user_id", "form_key"),
        CheckConstraint("seen_version >= 0", name="version_sane"),
        Index("ix_form_draft_saved_at", "saved_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    form_key: Mapped[str] = mapped_column(String(80))
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"), index=True)
    step: Mapped[str] = mapped_column(String(20))
    alternative: Mapped[str] = mapped_column(String(40), default="")
    typed: Mapped[list[list[str]]] = mapped_column(JsonValue)
    seen_version: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime] = mapped_column(Moment)

    proposal: Mapped[Proposal | None] = relationship()
