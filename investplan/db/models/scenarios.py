"""Scenarios: the room per year and the rules under which proposals are prioritised."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base, JsonValue, OreAmount, ore_check
from investplan.db.models.rounds import PlanningRound


class Scenario(Base):
    """One set of limits and rules over a round's proposals.

    `weights` are the criteria's weights in per mille by code. `value_basis` says what a proposal's weighted points
    count: once each (`points`) or per mnkr of its first alternative (`volume`). `previous_run_id` gives the plan to
    stay close to when several are equally good.
    """

    __tablename__ = "scenario"
    __table_args__ = (
        UniqueConstraint("round_id", "name"),
        CheckConstraint("value_basis IN ('points', 'volume')", name="value_basis_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"))
    name: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(String(1000), default="")
    weights: Mapped[dict[str, int]] = mapped_column(JsonValue)
    value_basis: Mapped[str] = mapped_column(String(10), default="volume")
    previous_run_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    round: Mapped[PlanningRound] = relationship(lazy="joined")
    limits: Mapped[list[ScenarioLimit]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="ScenarioLimit.position"
    )
    rules: Mapped[list[ScenarioRule]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="ScenarioRule.position"
    )


class ScenarioLimit(Base):
    """One limit of investplan-case/1: the row it is of, its years, and what else the format allows.

    `row` is `investment`, `operating`, `frame:UN`, `capacity:…`, or `weighted` where `extra` says which rows with
    which weights; `extra` holds the format's further members (see `services.scenarios.LimitFacts`).
    """

    __tablename__ = "scenario_limit"
    __table_args__ = (UniqueConstraint("scenario_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("scenario.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(120))
    row: Mapped[str] = mapped_column(String(60))
    carry_over: Mapped[bool] = mapped_column(default=False)
    extra: Mapped[dict[str, Any]] = mapped_column(JsonValue, default=dict)

    years: Mapped[list[ScenarioLimitYear]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="ScenarioLimitYear.year"
    )


class ScenarioLimitYear(Base):
    """The most that may be used in one year; no row, or NULL, means no limit that year."""

    __tablename__ = "scenario_limit_year"
    __table_args__ = (UniqueConstraint("limit_id", "year"), *ore_check("max_ore"))

    id: Mapped[int] = mapped_column(primary_key=True)
    limit_id: Mapped[int] = mapped_column(ForeignKey("scenario_limit.id"), index=True)
    year: Mapped[int]
    max_ore: Mapped[int | None] = mapped_column(OreAmount)


class ScenarioRule(Base):
    """One rule of investplan-case/1; `body` is the rule without id and kind, proposals named by case number."""

    __tablename__ = "scenario_rule"
    __table_args__ = (
        UniqueConstraint("scenario_id", "code"),
        CheckConstraint(
            "kind IN ('requires', 'at_most', 'all_or_none', 'coordinate', 'fix', 'forbid')", name="kind_known"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("scenario.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20))
    body: Mapped[dict[str, Any]] = mapped_column(JsonValue)
