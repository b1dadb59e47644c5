"""Council decisions: date, paragraph, and a snapshot of what was decided; never changed afterwards."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base, JsonValue, Moment
from investplan.db.models.proposals import Proposal


class Decision(Base):
    """A decision of the council, by date and paragraph; `run_id` is the plan it adopted, if any."""

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("round_id", "decided_on", "paragraph"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"))
    body: Mapped[str] = mapped_column(String(80), default="Kommunfullmäktige")
    decided_on: Mapped[date]
    paragraph: Mapped[str] = mapped_column(String(20))
    case_number: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(200))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), unique=True)
    recorded_by: Mapped[int]
    recorded_at: Mapped[datetime] = mapped_column(Moment)

    investments: Mapped[list[DecidedInvestment]] = relationship(
        lazy="selectin", order_by="DecidedInvestment.id", back_populates="decision"
    )

    @property
    def label(self) -> str:
        """How minutes cite it: `KF 2026-11-23 § 214`."""
        return f"{self.body} {self.decided_on.isoformat()} § {self.paragraph}"


class DecidedInvestment(Base):
    """One investment the council decided: the alternative, the start year, and the proposal as it stood."""

    __tablename__ = "decided_investment"
    __table_args__ = (UniqueConstraint("decision_id", "proposal_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), index=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), unique=True)
    alternative_code: Mapped[str] = mapped_column(String(40))
    start_year: Mapped[int]
    parameter_set_id: Mapped[int] = mapped_column(ForeignKey("parameter_set.id"))
    snapshot: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    snapshot_sha256: Mapped[str] = mapped_column(String(64))

    decision: Mapped[Decision] = relationship(back_populates="investments")
    proposal: Mapped[Proposal] = relationship(lazy="joined")
    delays: Mapped[list[InvestmentDelay]] = relationship(
        lazy="selectin", order_by="InvestmentDelay.id", back_populates="investment"
    )


class InvestmentDelay(Base):
    """A decision that a decided investment is taken into use later (or, with fewer months, less late than that).

    `months` is counted from what the decision before it said. `claws_back` is what the parameters said when it was
    recorded: whether the frames follow.
    """

    __tablename__ = "investment_delay"
    __table_args__ = (
        UniqueConstraint("investment_id", "decision_id"),
        CheckConstraint("months <> 0 AND months BETWEEN -360 AND 360", name="months_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    investment_id: Mapped[int] = mapped_column(ForeignKey("decided_investment.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), index=True)
    months: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300), default="")
    claws_back: Mapped[bool]
    recorded_by: Mapped[int]
    recorded_at: Mapped[datetime] = mapped_column(Moment)

    investment: Mapped[DecidedInvestment] = relationship(back_populates="delays", lazy="joined")
    decision: Mapped[Decision] = relationship(lazy="joined")
