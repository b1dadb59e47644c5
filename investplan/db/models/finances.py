"""Finances: figures by year and phase, the targets they are held against, and the room given to each committee."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base, Moment, OreAmount, one_of, ore_check
from investplan.db.models.organisations import Organisation
from investplan.domain.finances import Item, Phase
from investplan.domain.indicators import Indicator
from investplan.domain.parameter_descriptions import Confidence
from investplan.domain.targets import Operator


class FinancialYear(Base):
    """One year's figures in one phase; the year is what is edited, so the version stands here."""

    __tablename__ = "financial_year"
    __table_args__ = (
        UniqueConstraint("round_id", "year", "phase"),
        one_of("phase", Phase),
        CheckConstraint("year BETWEEN 1990 AND 2250", name="year_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"))
    year: Mapped[int]
    phase: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(Moment)

    figures: Mapped[list[FinancialFigure]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="FinancialFigure.id"
    )


class FinancialFigure(Base):
    """One stated figure: öre, or persons for the population. What is not stated has no row."""

    __tablename__ = "financial_figure"
    __table_args__ = (
        UniqueConstraint("financial_year_id", "item"),
        one_of("item", Item),
        *ore_check("amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    financial_year_id: Mapped[int] = mapped_column(ForeignKey("financial_year.id"))
    item: Mapped[str] = mapped_column(String(30))
    amount: Mapped[int] = mapped_column(OreAmount)
    source: Mapped[str] = mapped_column(String(200), default="")


class FinancialTarget(Base):
    """A financial target (`domain.targets.Target`). `value` is decimal text: a share, or kronor per inhabitant."""

    __tablename__ = "financial_target"
    __table_args__ = (
        UniqueConstraint("round_id", "code"),
        one_of("indicator", Indicator),
        one_of("operator", Operator),
        one_of("confidence", Confidence),
        CheckConstraint("average_years BETWEEN 1 AND 30", name="average_years_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"))
    position: Mapped[int] = mapped_column(default=0)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    indicator: Mapped[str] = mapped_column(String(30))
    operator: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(40))
    average_years: Mapped[int] = mapped_column(default=1)
    first_year: Mapped[int | None]
    last_year: Mapped[int | None]
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    is_limit: Mapped[bool] = mapped_column(default=False)
    confidence: Mapped[str] = mapped_column(String(20), default=Confidence.HIGH.value)
    version: Mapped[int] = mapped_column(default=1)


class CommitteeRooms(Base):
    """The room in the frames that finance gives the committees in a round: one table that is edited as a whole."""

    __tablename__ = "committee_rooms"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"), unique=True)
    version: Mapped[int] = mapped_column(default=1)

    rooms: Mapped[list[CommitteeRoom]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="CommitteeRoom.id"
    )


class CommitteeRoom(Base):
    """What the investments of the plan may add to a committee's frame in a year, as a level; no row is no limit."""

    __tablename__ = "committee_room"
    __table_args__ = (
        UniqueConstraint("committee_rooms_id", "organisation_id", "year"),
        *ore_check("amount_ore"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    committee_rooms_id: Mapped[int] = mapped_column(ForeignKey("committee_rooms.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int]
    amount_ore: Mapped[int] = mapped_column(OreAmount)

    organisation: Mapped[Organisation] = relationship(lazy="joined")
