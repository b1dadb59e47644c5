"""Which proposal of a round goes on as which of the next."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base, Moment
from investplan.db.models.proposals import Proposal


class CarryOver(Base):
    """The proposal `from_id` followed to the next round as `to_id`: from then on only the latter is worked on."""

    __tablename__ = "carry_over"
    __table_args__ = (CheckConstraint("from_id <> to_id", name="not_to_itself"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), unique=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), unique=True)
    carried_by_name: Mapped[str] = mapped_column(String(120))
    carried_at: Mapped[datetime] = mapped_column(Moment)

    source: Mapped[Proposal] = relationship(foreign_keys=[from_id], back_populates="carried_on")
    target: Mapped[Proposal] = relationship(foreign_keys=[to_id], back_populates="carried_from")
