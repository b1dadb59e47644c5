"""A committee's own order of its proposals in a round."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base, Moment
from investplan.db.models.organisations import Organisation


class CommitteeRanking(Base):
    """One order per committee and round; `version` is raised by every change, what it said before is in the log."""

    __tablename__ = "committee_ranking"
    __table_args__ = (UniqueConstraint("round_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    motive: Mapped[str] = mapped_column(Text, default="")
    changed_by: Mapped[str] = mapped_column(String(120))
    changed_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    places: Mapped[list[CommitteeRank]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="CommitteeRank.position"
    )


class CommitteeRank(Base):
    """One proposal's place in the order, from 1, and why."""

    __tablename__ = "committee_rank"

    ranking_id: Mapped[int] = mapped_column(ForeignKey("committee_ranking.id"), primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), primary_key=True, index=True)
    position: Mapped[int]
    motive: Mapped[str] = mapped_column(Text, default="")
