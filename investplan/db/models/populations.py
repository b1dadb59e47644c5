"""Population forecasts: how many live where, by age, on 31 December of each year; a stored one never changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from investplan.db.base import Base, Moment, one_of
from investplan.domain.populations import PopulationScenario


class PopulationForecast(Base):
    """One scenario of one vintage. `withdrawn_at` takes it out of use; its rows stay for what was computed with it."""

    __tablename__ = "population_forecast"
    __table_args__ = (
        one_of("scenario", PopulationScenario),
        Index("ix_population_forecast_vintage", "vintage", "scenario"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vintage: Mapped[str] = mapped_column(String(40))
    scenario: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(200), default="")
    file_name: Mapped[str] = mapped_column(String(200), default="")
    content_sha256: Mapped[str] = mapped_column(String(64))
    first_year: Mapped[int]
    last_year: Mapped[int]
    top_age: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class PopulationCount(Base):
    """Inhabitants of one age on 31 December, in thousandths: forecasts for small areas have decimals.

    `area` is empty for the whole municipality. A `top_age` of 85 or more
    holds everyone who is older, too.
    """

    __tablename__ = "population_count"
    __table_args__ = (
        UniqueConstraint("forecast_id", "area", "year", "age"),
        CheckConstraint("age BETWEEN 0 AND 130", name="age_range"),
        CheckConstraint("thousandths >= 0", name="not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    forecast_id: Mapped[int] = mapped_column(ForeignKey("population_forecast.id"))
    area: Mapped[str] = mapped_column(String(60), default="")
    year: Mapped[int]
    age: Mapped[int]
    thousandths: Mapped[int]
