"""Committee frames: last year's operating budget, what rows are counted from, and the dated rows that change it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
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
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class CommitteeBasis(Base):
    """What a committee's wage, index and street rows are counted from, for frames from `year` on."""

    __tablename__ = "committee_basis"
    __table_args__ = (
        UniqueConstraint("round_id", "organisation_id", "year"),
        *ore_check("wages_ore", "other_costs_ore"),
        CheckConstraint("wages_ore >= 0 AND other_costs_ore >= 0", name="amounts_positive"),
        CheckConstraint("new_street_m2 BETWEEN 0 AND 100000000", name="area_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int]
    wages_ore: Mapped[int] = mapped_column(OreAmount)
    payroll_included: Mapped[bool] = mapped_column(default=True)
    other_costs_ore: Mapped[int | None] = mapped_column(OreAmount)
    new_street_m2: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class PlannedAdjustment(Base):
    """A row that finance plans and the council may decide: a priority, an efficiency, a technical move.

    Rows with the same `group_name` are a move and sum to zero in each year. `earlier_decision` cites the council
    decision that a row of an investment from before this system follows from.
    """

    __tablename__ = "planned_adjustment"
    __table_args__ = (
        *ore_check("amount_ore"),
        one_of("kind", AdjustmentKind),
        Index("ix_planned_adjustment_round", "round_id"),
        # Decided rows are known by this id: that of a row which was taken away is never given to another.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    amount_ore: Mapped[int] = mapped_column(OreAmount)
    permanent: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(String(200))
    earlier_decision: Mapped[str] = mapped_column(String(120), default="")
    group_name: Mapped[str] = mapped_column(String(80), default="")
    version: Mapped[int] = mapped_column(default=1)

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
        # A decision holds a row once, however often it is applied.
        Index(
            "uq_frame_adjustment_row",
            "decision_id",
            "organisation_id",
            "year",
            "row_key",
            unique=True,
            sqlite_where=text("row_key <> ''"),
            postgresql_where=text("row_key <> ''"),
        ),
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
    row_key: Mapped[str] = mapped_column(String(120), default="", server_default="")
    group_name: Mapped[str] = mapped_column(String(80), default="", server_default="")

    organisation: Mapped[Organisation] = relationship(lazy="joined")
