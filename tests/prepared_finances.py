"""A round's finances for tests: a small municipality whose targets leave some room, but not for everything."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from investplan.db.models import PlanningRound
from investplan.domain.finances import Item, Phase, Stated
from investplan.domain.indicators import Indicator
from investplan.domain.targets import Operator, Target
from investplan.services import finances, financial_targets
from investplan.services.work import Work
from tests.factories import MNKR

YEAR: dict[str, str | int] = {
    "tax": 400, "grants": 60, "equalisation": 40, "operations": "452.5", "depreciation": 30, "impairment": 0,
    "financial_income": 3, "financial_costs": 5, "capital_gains": 0, "exempt_gains": 0, "exempt_losses": 0,
    "unrealised": 0, "unrealised_returned": 0, "reserve_added": 0, "reserve_used": 0, "equity": 300,
    "total_assets": 700, "pension_obligation": 100, "loans": 150, "current_assets": 80, "current_liabilities": 100,
    "net_investment": 5, "other_cash": 0, "population": 9000,
}  # fmt: skip
"""Tax and grants of 500 mnkr, a result of 15.5 (3.1 per cent), own funds of 45.5."""


def stated(**mnkr: str | int) -> dict[Item, Stated]:
    """Figures in mnkr (persons for the population) as the service takes them."""
    return {
        Item(name): Stated(int(value) if name == Item.POPULATION else int(Decimal(value) * MNKR), "Underlag")
        for name, value in mnkr.items()
    }


def fill(work: Work, found: PlanningRound, *, years: int | None = None, **changes: str | int) -> None:
    """The budget year before the round and its plan years, all alike but for loans, which stay as they are."""
    plan = found.years[:years]
    for year in (found.budget_year - 1, *plan):
        phase = Phase.BUDGET if year < found.budget_year else Phase.PLAN
        change(work, found, year, phase, {**YEAR, **changes})


def change(
    work: Work, found: PlanningRound, year: int, phase: Phase, mnkr: Mapping[str, str | int]
) -> finances.YearInPhase:
    """State a year anew."""
    seen = finances.year_of(work, found.id, year, phase)
    return finances.save_year(work, found.id, year, phase, stated(**mnkr), seen_version=seen.version)


def target(indicator: Indicator, operator: Operator, value: str, **changes: Any) -> Target:
    """A target named by its indicator, handed to the optimiser."""
    made: dict[str, Any] = {"code": indicator.value, "name": f"Mål {indicator.value}", "is_limit": True}
    return Target(indicator=indicator, operator=operator, value=Fraction(value), **{**made, **changes})


RESULT = target(Indicator.RESULT_SHARE, Operator.AT_LEAST, "0.02", name="Resultat minst 2 procent")
SELF = target(Indicator.SELF_FINANCING, Operator.AT_LEAST, "0.7", name="Självfinansiering minst 70 procent")
DEBT = target(
    Indicator.DEBT_PER_INHABITANT, Operator.AT_MOST, str(20_000_00), name="Låneskuld högst 20 000 kr"
)


def targets(work: Work, found: PlanningRound, *wanted: Target) -> None:
    for one in wanted or (RESULT, SELF, DEBT):
        financial_targets.create(work, found.id, one)
