"""Population by age on 31 December: scenarios of a forecast, averages over a year, and sums per age class.

Source: sections 3.5 and 6 of the domain reference. Numbers are `Fraction`s: forecasts for small areas have decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from investplan.domain.labels import N_


class PopulationScenario(StrEnum):
    """What a count is: one of the forecast's three ways, or what the statistics say was the outcome."""

    LOW = "low"
    BASE = "base"
    HIGH = "high"
    OUTCOME = "outcome"


SCENARIO_LABELS: Mapping[str, str] = {
    PopulationScenario.LOW: N_("Låg"),
    PopulationScenario.BASE: N_("Bas"),
    PopulationScenario.HIGH: N_("Hög"),
    PopulationScenario.OUTCOME: N_("Utfall"),
}


@dataclass(frozen=True)
class AgeClass:
    """Ages from `first` to `last`, both included; `last` None has no upper end."""

    first: int
    last: int | None

    @property
    def label(self) -> str:
        if self.last is None:
            return f"{self.first}+"
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"

    def holds(self, age: int) -> bool:
        return self.first <= age and (self.last is None or age <= self.last)


AGE_CLASSES = (
    AgeClass(0, 0),
    AgeClass(1, 5),
    AgeClass(6, 15),
    AgeClass(16, 18),
    AgeClass(19, 64),
    AgeClass(65, 79),
    AgeClass(80, None),
)
"""The ages of preschool, school, upper secondary school, work, and of care for the elderly."""


def average_by_age(at_start: Mapping[int, Fraction], at_end: Mapping[int, Fraction]) -> dict[int, Fraction]:
    """The year's average by age, of the inhabitants on 31 December before it and on 31 December in it.

    Raises:
        ValueError: an age is missing at one of the two dates; missing is not zero.

    >>> average_by_age({5: Fraction(10)}, {5: Fraction(13)})
    {5: Fraction(23, 2)}
    """
    if at_start.keys() != at_end.keys():
        raise ValueError(f"ages at one date only: {sorted(at_start.keys() ^ at_end.keys())}")
    return {age: (at_start[age] + at_end[age]) * Fraction(1, 2) for age in sorted(at_start)}


OPEN_AGE = 85
"""A highest age from here on holds everyone who is older, too; below it the numbers just end there."""


def sum_of_class(counts: Mapping[int, Fraction], age_class: AgeClass, top_age: int) -> Fraction | None:
    """Inhabitants in the class; None where an age of it is missing, or hidden in an open `top_age`.

    >>> counts = {age: Fraction(1) for age in range(101)}
    >>> sum_of_class(counts, AgeClass(80, None), 100), sum_of_class(counts, AgeClass(0, 5), 100)
    (Fraction(21, 1), Fraction(6, 1))
    >>> sum_of_class(counts, AgeClass(90, 100), 100) is None
    True
    """
    is_open = top_age >= OPEN_AGE
    if age_class.last is None and not is_open:
        return None
    if is_open and age_class.last is not None and age_class.last >= top_age:
        return None
    last = top_age if age_class.last is None else age_class.last
    ages = range(age_class.first, last + 1)
    if not ages or any(age not in counts for age in ages):
        return None
    return sum((counts[age] for age in ages), Fraction(0))
