"""Investment proposals with their alternatives, and the criteria they are scored by.

"Not stated" and an explicit zero differ: `…_stated` is True when the planner has answered, also with no rows.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base, JsonValue, Moment, OreAmount, one_of, ore_check
from investplan.db.models.organisations import District, Organisation
from investplan.db.models.rounds import PlanningRound
from investplan.db.models.statements import ImpactCheck, Risk, SteeringLink
from investplan.domain.proposals import (
    AlternativeKind,
    Category,
    OperatingKind,
    Part,
    Recognition,
    Stage,
    Status,
)
from investplan.domain.statements import PlanStatus, Trigger

if TYPE_CHECKING:
    from investplan.db.models.carrying import CarryOver


class Proposal(Base):
    """What a committee or company proposes; `version` is raised by every change.

    `not_before_year` is where the executive board has postponed the start to, `ready` a draft that the planner has
    finished for the manager to submit.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        UniqueConstraint("round_id", "case_number"),
        one_of("category", Category),
        one_of("stage", Stage),
        one_of("status", Status),
        one_of("trigger", Trigger),
        Index("ix_proposal_box", "min_e", "max_e", "min_n", "max_n"),
        # The listing's sums are read from the index alone; its orders are walked, not sorted.
        Index("ix_proposal_listing", "round_id", "status", "organisation_id", "outlay_ore"),
        Index("ix_proposal_by_title", "round_id", "title"),
        Index("ix_proposal_by_outlay", "round_id", "outlay_ore"),
        Index("ix_proposal_by_change", "round_id", "changed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"))
    case_number: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    category: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(Text, default="")
    stage: Mapped[str] = mapped_column(String(30), default=Stage.NEED.value)
    status: Mapped[str] = mapped_column(String(20), default=Status.DRAFT.value)
    required: Mapped[bool] = mapped_column(default=False)
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    place_note: Mapped[str] = mapped_column(String(300), default="")
    source_ref: Mapped[str] = mapped_column(String(200), default="")
    object_type: Mapped[str | None] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(120), default="")
    contact_role: Mapped[str] = mapped_column(String(120), default="")
    contact_name: Mapped[str] = mapped_column(String(120), default="")
    target_group: Mapped[str] = mapped_column(String(300), default="")
    trigger: Mapped[str | None] = mapped_column(String(20))
    without_action: Mapped[str] = mapped_column(Text, default="")
    need_year: Mapped[int | None]
    risks_stated: Mapped[bool] = mapped_column(default=False)
    min_e: Mapped[float | None]
    min_n: Mapped[float | None]
    max_e: Mapped[float | None]
    max_n: Mapped[float | None]
    outlay_ore: Mapped[int] = mapped_column(OreAmount, default=0)
    not_before_year: Mapped[int | None]
    ready: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(Moment)

    round: Mapped[PlanningRound] = relationship(lazy="joined")
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    district: Mapped[District | None] = relationship(lazy="joined")
    alternatives: Mapped[list[Alternative]] = relationship(
        back_populates="proposal",
        cascade="all, delete-orphan",
        order_by="Alternative.position",
        lazy="selectin",
    )
    scores: Mapped[list[Score]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Score.criterion_id"
    )
    steering: Mapped[list[SteeringLink]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="SteeringLink.position"
    )
    risks: Mapped[list[Risk]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Risk.position"
    )
    impacts: Mapped[list[ImpactCheck]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="ImpactCheck.id"
    )
    # Where the case came from and where it goes on, as proposals of other rounds.
    carried_from: Mapped[CarryOver | None] = relationship(
        foreign_keys="CarryOver.to_id", back_populates="target"
    )
    carried_on: Mapped[CarryOver | None] = relationship(
        foreign_keys="CarryOver.from_id", back_populates="source"
    )


class Alternative(Base):
    """One way to meet the need; everything in it is told relative to its start year."""

    __tablename__ = "alternative"
    __table_args__ = (
        UniqueConstraint("proposal_id", "code"),
        one_of("kind", AlternativeKind),
        one_of("plan_status", PlanStatus),
        CheckConstraint("benefit_percent BETWEEN 0 AND 100", name="benefit_is_share"),
        CheckConstraint("commissioned_after_months BETWEEN 0 AND 360", name="commissioning_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200), default="")
    kind: Mapped[str] = mapped_column(String(20))
    starts: Mapped[list[int]] = mapped_column(JsonValue)
    price_level_year: Mapped[int]
    commissioned_after_months: Mapped[int]
    landlord_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    area_m2: Mapped[int | None]
    benefit_percent: Mapped[int] = mapped_column(default=100)
    grants_stated: Mapped[bool] = mapped_column(default=False)
    operating_stated: Mapped[bool] = mapped_column(default=False)
    disposals_stated: Mapped[bool] = mapped_column(default=False)
    geometry: Mapped[bytes | None] = mapped_column(LargeBinary)
    accuracy_percent: Mapped[int | None]
    reserve_percent: Mapped[int | None]
    excludes_vat: Mapped[bool | None]
    places: Mapped[int | None]
    gained_m2: Mapped[int | None]
    length_m: Mapped[int | None]
    property_designation: Mapped[str] = mapped_column(String(120), default="")
    plan_status: Mapped[str | None] = mapped_column(String(20))
    rejected: Mapped[bool] = mapped_column(default=False)
    rejected_reason: Mapped[str] = mapped_column(Text, default="")
    template: Mapped[str] = mapped_column(String(120), default="")

    proposal: Mapped[Proposal] = relationship(back_populates="alternatives")
    landlord: Mapped[Organisation | None] = relationship(lazy="joined")
    outlays: Mapped[list[Outlay]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Outlay.year_offset"
    )
    components: Mapped[list[Component]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Component.position"
    )
    grants: Mapped[list[Grant]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Grant.position"
    )
    operating: Mapped[list[OperatingConsequence]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="OperatingConsequence.position"
    )
    disposals: Mapped[list[Disposal]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Disposal.position"
    )
    leases: Mapped[list[Lease]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Lease.position"
    )


class Outlay(Base):
    __tablename__ = "outlay"
    __table_args__ = (
        UniqueConstraint("alternative_id", "year_offset"),
        *ore_check("amount_ore"),
        CheckConstraint("year_offset BETWEEN 0 AND 30", name="year_offset_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alternative_id: Mapped[int] = mapped_column(ForeignKey("alternative.id"), index=True)
    year_offset: Mapped[int]
    amount_ore: Mapped[int] = mapped_column(OreAmount)


class Component(Base):
    __tablename__ = "component"
    __table_args__ = (
        *ore_check("amount_ore", "residual_ore"),
        one_of("part", Part),
        CheckConstraint("life_months IS NULL OR life_months BETWEEN 1 AND 1800", name="life_sane"),
        CheckConstraint(
            "commissioned_after_months IS NULL OR commissioned_after_months BETWEEN 0 AND 360",
            name="own_commissioning_sane",
        ),
        CheckConstraint(
            "lease_months IS NULL OR (lease_months BETWEEN 1 AND 1800 AND life_months IS NOT NULL)",
            name="lease_sane",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alternative_id: Mapped[int] = mapped_column(ForeignKey("alternative.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    amount_ore: Mapped[int] = mapped_column(OreAmount)
    residual_ore: Mapped[int] = mapped_column(OreAmount, default=0)
    life_months: Mapped[int | None]
    part: Mapped[str] = mapped_column(String(20), default=Part.PROPERTY.value)
    commissioned_after_months: Mapped[int | None]
    lease_months: Mapped[int | None]


class Grant(Base):
    __tablename__ = "grant"
    __table_args__ = (*ore_check("amount_ore"), one_of("recognition", Recognition))

    id: Mapped[int] = mapped_column(primary_key=True)
    alternative_id: Mapped[int] = mapped_column(ForeignKey("alternative.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    year_offset: Mapped[int]
    amount_ore: Mapped[int] = mapped_column(OreAmount)
    recognition: Mapped[str] = mapped_column(String(20))
    lowers_interest_base: Mapped[bool] = mapped_column(default=False)


class OperatingConsequence(Base):
    __tablename__ = "operating_consequence"
    __table_args__ = (
        *ore_check("annual_ore"),
        one_of("kind", OperatingKind),
        CheckConstraint("starts_after_months BETWEEN -360 AND 360", name="start_sane"),
        CheckConstraint("lasts_months IS NULL OR lasts_months BETWEEN 1 AND 1200", name="length_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alternative_id: Mapped[int] = mapped_column(ForeignKey("alternative.id"), index=True)
    position: Mapped[int]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(20))
    annual_ore: Mapped[int] = mapped_column(OreAmount)
    starts_after_months: Mapped[int] = mapped_column(default=0)
    lasts_months: Mapped[int | None]
    internal: Mapped[bool] = mapped_column(default=False)
    ended: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(String(200), default="")
    # The reply to a consultation that added the row; the planner's own rows have none.
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("reply.id"), index=True)

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class Lease(Base):
    """Premises rented from someone outside the municipality, or given up; `index_permille` of the rent is indexed."""

    __tablename__ = "lease"
    __table_args__ = (
        *ore_check("ore_per_m2", "restoration_ore"),
        CheckConstraint("ore_per_m2 >= 0 AND restoration_ore >= 0", name="amounts_positive"),
        CheckConstraint("area_m2 BETWEEN 0 AND 1000000", name="area_sane"),
        CheckConstraint("index_permille BETWEEN 0 AND 1000", name="index_is_share"),
        CheckConstraint("starts_after_months BETWEEN -360 AND 360", name="start_sane"),
        CheckConstraint("lasts_months IS NULL OR lasts_months BETWEEN 1 AND 1200", name="length_sane"),
        CheckConstraint("notice_months BETWEEN 0 AND 360", name="notice_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alternative_id: Mapped[int] = mapped_column(ForeignKey("alternative.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    area_m2: Mapped[int]
    ore_per_m2: Mapped[int] = mapped_column(OreAmount)
    index_permille: Mapped[int] = mapped_column(default=1000)
    starts_after_months: Mapped[int] = mapped_column(default=0)
    lasts_months: Mapped[int | None]
    ended: Mapped[bool] = mapped_column(default=False)
    notice_months: Mapped[int] = mapped_column(default=0)
    restoration_ore: Mapped[int] = mapped_column(OreAmount, default=0)

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class Disposal(Base):
    __tablename__ = "disposal"
    __table_args__ = (
        *ore_check("remaining_book_value_ore"),
        CheckConstraint("remaining_months BETWEEN 0 AND 1800", name="remaining_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alternative_id: Mapped[int] = mapped_column(ForeignKey("alternative.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    remaining_book_value_ore: Mapped[int] = mapped_column(OreAmount)
    remaining_months: Mapped[int]

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class Criterion(Base):
    """One thing proposals are scored by, 0-5, with its weight in per mille of the whole."""

    __tablename__ = "criterion"
    __table_args__ = (
        UniqueConstraint("round_id", "code"),
        CheckConstraint("weight_permille BETWEEN 0 AND 1000", name="weight_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"), index=True)
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(120))
    weight_permille: Mapped[int]


class Score(Base):
    __tablename__ = "score"
    __table_args__ = (CheckConstraint("points BETWEEN 0 AND 5", name="points_in_scale"),)

    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), primary_key=True)
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"), primary_key=True)
    points: Mapped[int]

    criterion: Mapped[Criterion] = relationship(lazy="joined")
