"""Financial targets: what the council wants an indicator to be, and whether it is.

A target is data: nothing here says what a municipality's targets are, but for one to begin from (`SEEDS`).
Source: sections 4.2 and 11 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from investplan.domain.finances import Finances
from investplan.domain.indicators import DEFINITIONS, INDICATORS, Indicator, Measured
from investplan.domain.labels import N_
from investplan.domain.parameter_descriptions import Confidence


class Operator(StrEnum):
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True)
class Target:
    """A target for an indicator.

    Args:
        value: A share (0.02 is two per cent), or öre per inhabitant.
        average_years: 1 for each year by itself; n for the average of every n years in a row within the target's
            years, where the average is the sum of the upper figures over the sum of the lower ones.
        first_year, last_year: The years it holds for; None for as far as there are figures.
        decided_by: The decision it comes from ("" where nobody has decided it).
        is_limit: It is handed to the optimiser as a limit when a scenario takes the room from the finances.
        confidence: How sure it is that this is the municipality's target.
    """

    code: str
    name: str
    indicator: Indicator
    operator: Operator
    value: Fraction
    average_years: int = 1
    first_year: int | None = None
    last_year: int | None = None
    decided_by: str = ""
    is_limit: bool = False
    confidence: Confidence = Confidence.HIGH

    def covers(self, year: int) -> bool:
        """Whether the target holds for the year."""
        after = self.first_year is None or year >= self.first_year
        return after and (self.last_year is None or year <= self.last_year)

    def period(self, year: int) -> tuple[int, ...]:
        """The years that are tested together and end with `year`; empty where they begin before the target does.

        >>> target = Target("r", "", Indicator.RESULT_SHARE, Operator.AT_LEAST, Fraction(2, 100), 3, first_year=2027)
        >>> target.period(2029), target.period(2028)
        ((2027, 2028, 2029), ())
        """
        years = tuple(range(year - self.average_years + 1, year + 1))
        return years if self.covers(years[0]) and self.covers(year) else ()

    @property
    def text(self) -> str:
        """The value as it is written with the indicator."""
        return DEFINITIONS[self.indicator].text(self.value)


@dataclass(frozen=True)
class Outcome:
    """How a target went for the period that ends with a year.

    Attributes:
        met: None where it is not known: a figure is missing.
    """

    year: int
    years: tuple[int, ...]
    measured: Measured
    met: bool | None


def outcomes(target: Target, finances: Finances, years: Sequence[int]) -> dict[int, Outcome]:
    """The outcome for each of `years` that the target covers, by the last year of its period.

    An average that would begin before the first year with figures is left out.
    """
    known = finances.years
    periods = ((year, target.period(year)) for year in years)
    return {
        year: outcome(target, finances, period)
        for year, period in periods
        if period and known and period[0] >= known[0]
    }


def outcome(target: Target, finances: Finances, years: tuple[int, ...]) -> Outcome:
    """The target against the finances of `years` together.

    It is met when upper ≥ value × lower (≤ for `at_most`), which also says what a year without anything to divide
    by means: without investments every own krona is enough.
    """
    measured = INDICATORS[target.indicator](finances, *years)
    return Outcome(years[-1], years, measured, _is_met(target, measured))


def _is_met(target: Target, measured: Measured) -> bool | None:
    if measured.upper is None or measured.lower is None or measured.lower < 0:
        return None
    over = measured.upper - target.value * measured.lower
    return over >= 0 if target.operator is Operator.AT_LEAST else over <= 0


def strictest(
    targets: Sequence[Target], indicator: Indicator, operator: Operator, year: int
) -> Target | None:
    """The hardest of the targets that hold for the single year; None without any."""
    held = [
        one
        for one in targets
        if one.indicator is indicator
        and one.operator is operator
        and one.average_years == 1
        and one.covers(year)
    ]
    pick = max if operator is Operator.AT_LEAST else min
    return pick(held, key=lambda one: one.value) if held else None


SEEDS: tuple[Target, ...] = (
    Target(
        "resultat",
        N_("Resultat minst 2 procent av skatter och bidrag"),
        Indicator.RESULT_SHARE,
        Operator.AT_LEAST,
        Fraction("0.02"),
        is_limit=True,
        confidence=Confidence.MEDIUM,
    ),
)
"""What a new municipality begins from: section 11. No target for self-financing is set there, and so none here."""
