"""Committee frames: last year's operating budget and the dated rows that change it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base, JsonValue, OreAmount, one_of, ore_check
from investplan.db.models.organisations import Organisation
from investplan.domain.frames import AdjustmentKind


class BaseFrame(Base):
    """The operating budget of the year before the round's budget year, as decided, less nothing."""

    __tablename__ = "base_frame"
    __table_args__ = (UniqueConstraint("round_id", "organisation_id"), *ore_check("amount_ore"))

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    amount_ore: Mapped[int] = mapped_column(OreAmount)
    source: Mapped[str] = mapped_column(String(200), default="")

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class FrameAdjustment(Base):
    """One change of one committee's frame in one year, from a council decision or (only in scenarios) from a run."""

    __tablename__ = "frame_adjustment"
    __table_args__ = (
        *ore_check("amount_ore"),
        one_of("kind", AdjustmentKind),
        CheckConstraint("(decision_id IS NULL) <> (run_id IS NULL)", name="decided_or_scenario"),
        Index("ix_frame_adjustment_cell", "round_id", "organisation_id", "year"),
        Index("ix_frame_adjustment_run", "run_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    amount_ore: Mapped[int] = mapped_column(OreAmount)
    permanent: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(String(300))
    detail: Mapped[list[dict[str, Any]]] = mapped_column(JsonValue, default=list)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    parameter_set_id: Mapped[int | None] = mapped_column(ForeignKey("parameter_set.id"))

    organisation: Mapped[Organisation] = relationship(lazy="joined")
