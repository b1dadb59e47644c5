"""What a proposal says beside the money, a row for each: steering links, risks, impact checks."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from investplan.db.base import Base, one_of
from investplan.domain.statements import Impact, SteeringKind


class SteeringLink(Base):
    """A focus area, goal, assignment or document that a proposal serves."""

    __tablename__ = "steering_link"
    __table_args__ = (one_of("kind", SteeringKind),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(30))
    text: Mapped[str] = mapped_column(String(300))
    reference: Mapped[str] = mapped_column(String(120), default="")


class Risk(Base):
    """Something that may go wrong; probability and consequence 1-5, null where not judged."""

    __tablename__ = "risk"
    __table_args__ = (
        CheckConstraint("probability IS NULL OR probability BETWEEN 1 AND 5", name="probability_in_scale"),
        CheckConstraint("consequence IS NULL OR consequence BETWEEN 1 AND 5", name="consequence_in_scale"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    position: Mapped[int]
    text: Mapped[str] = mapped_column(String(300))
    probability: Mapped[int | None]
    consequence: Mapped[int | None]
    measure: Mapped[str] = mapped_column(String(300), default="")
    owner: Mapped[str] = mapped_column(String(120), default="")


class ImpactCheck(Base):
    """Whether there is an impact of the kind; no row is not stated. `tonnes` of CO2e for the climate alone."""

    __tablename__ = "impact_check"
    __table_args__ = (
        UniqueConstraint("proposal_id", "impact"),
        one_of("impact", Impact),
        CheckConstraint("tonnes IS NULL OR tonnes BETWEEN -1000000 AND 1000000", name="tonnes_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    impact: Mapped[str] = mapped_column(String(20))
    matters: Mapped[bool]
    text: Mapped[str] = mapped_column(Text, default="")
    tonnes: Mapped[int | None]
