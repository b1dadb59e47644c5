"""Premises that the municipality has for its services, and how many places each use needs."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from investplan.db.base import Base, one_of
from investplan.domain.needs import Condition, Tenure
from investplan.domain.premise_uses import PremiseUse


class Premise(Base):
    """One object; `code` is what the file it came from calls it.

    `lease_end`, `permit_end` and `closes_on` each end its places: a lease, a temporary building permit, a decision.
    """

    __tablename__ = "premise"
    __table_args__ = (
        one_of("use", PremiseUse),
        one_of("tenure", Tenure),
        one_of("condition", Condition),
        CheckConstraint("places BETWEEN 0 AND 100000", name="places_sane"),
        CheckConstraint("area_m2 IS NULL OR area_m2 BETWEEN 0 AND 1000000", name="area_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    use: Mapped[str] = mapped_column(String(20))
    area: Mapped[str] = mapped_column(String(60))
    area_m2: Mapped[int | None]
    places: Mapped[int]
    owner: Mapped[str] = mapped_column(String(120), default="")
    tenure: Mapped[str] = mapped_column(String(10))
    condition: Mapped[str] = mapped_column(String(10))
    lease_end: Mapped[date | None]
    permit_end: Mapped[date | None]
    closes_on: Mapped[date | None]


class NeedProfileRow(Base):
    """How many places a use needs of the inhabitants of some ages; rates in per mille."""

    __tablename__ = "need_profile"
    __table_args__ = (
        one_of("use", PremiseUse),
        CheckConstraint("age_from BETWEEN 0 AND 120", name="age_sane"),
        CheckConstraint("age_to IS NULL OR age_to BETWEEN age_from AND 120", name="ages_in_order"),
        CheckConstraint("participation_permille BETWEEN 0 AND 1000", name="participation_is_share"),
        CheckConstraint("municipal_permille BETWEEN 0 AND 1000", name="municipal_is_share"),
        CheckConstraint("fill_permille BETWEEN 1 AND 1000", name="fill_is_share"),
    )

    use: Mapped[str] = mapped_column(String(20), primary_key=True)
    age_from: Mapped[int]
    age_to: Mapped[int | None]
    participation_permille: Mapped[int] = mapped_column(default=1000)
    municipal_permille: Mapped[int] = mapped_column(default=1000)
    fill_permille: Mapped[int] = mapped_column(default=1000)
    m2_per_place: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
