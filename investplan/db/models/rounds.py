"""Planning rounds: one budget year and the horizon that is planned with it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base
from investplan.db.models.parameters import ParameterSet


class PlanningRound(Base):
    """A budget year with its horizon; proposals, scenarios, frames and decisions belong to one."""

    __tablename__ = "planning_round"
    __table_args__ = (
        CheckConstraint("budget_year BETWEEN 2000 AND 2200", name="budget_year_sane"),
        CheckConstraint("horizon_years BETWEEN 1 AND 30", name="horizon_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    budget_year: Mapped[int]
    horizon_years: Mapped[int] = mapped_column(default=10)
    currency: Mapped[str] = mapped_column(String(3), default="SEK")
    map_crs: Mapped[str] = mapped_column(String(20), default="EPSG:3006")
    fictional: Mapped[bool] = mapped_column(default=False)
    parameter_set_id: Mapped[int] = mapped_column(ForeignKey("parameter_set.id"))
    version: Mapped[int] = mapped_column(default=1)

    # Fetched where it is used: its values are long, and most pages and every proposal's row do without.
    parameter_set: Mapped[ParameterSet] = relationship()

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(range(self.budget_year, self.budget_year + self.horizon_years))
