"""A fictional population forecast for the demonstration: a small cohort formula, the same numbers every time.

Ages 0-100 (100 and over) on 31 December 2025-2036, three scenarios. Each year everyone grows a year older, some die,
some move, and children are born. Whole numbers only, so nothing depends on the machine. Made up by us: about 72 000
inhabitants who become some 400 more a year, far more of them over 80 and somewhat fewer in preschool.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from investplan.domain.populations import PopulationScenario
from investplan.units import round_half_up

FIRST_YEAR, LAST_YEAR, TOP_AGE = 2025, 2036, 100
VINTAGE = "2026-05"
SOURCE = "Fiktiv prognos i demonstrationen"

START = {
    0: 715, 3: 775, 6: 785, 12: 820, 18: 815, 19: 880, 21: 1180, 25: 1230, 29: 985, 34: 925, 40: 850, 46: 820,
    53: 870, 59: 800, 66: 745, 72: 725, 78: 745, 81: 480, 84: 350, 88: 205, 92: 85, 96: 22, 99: 5, 100: 7,
}  # fmt: skip
"""The age curve at the start: age → inhabitants; straight between the points."""
DEATHS_PER_MILLE = {
    0: 2, 1: 0, 45: 1, 60: 5, 70: 11, 75: 18, 80: 36, 85: 76, 90: 160, 95: 270, 100: 400
}  # fmt: skip
SETTLED_AGE = 45
"""Up to this age people come and go so that the curve keeps its shape: students come, families move out."""
NEWCOMERS = {18: 12, 24: 15, 30: 9, 45: 3, 60: 4, 70: 2, 75: 0}
"""Net movers a year on top of that, by age."""
BIRTHS_PER_MILLE = Fraction(274, 10)
"""Births a year per thousand inhabitants aged 20-44."""
STEPS = {PopulationScenario.LOW: -1, PopulationScenario.BASE: 0, PopulationScenario.HIGH: 1}
"""A step is this share of the newcomers, and so many more births per thousand."""
NEWCOMER_STEP, BIRTH_STEP = Fraction(6, 10), Fraction(3, 2)

Ages = dict[int, int]


def forecast(scenario: PopulationScenario) -> Mapping[tuple[str, int], Mapping[int, int]]:
    """The whole municipality's counts as the service stores them: ("", year) → age → thousandths."""
    ages = {age: _on_line(START, age) for age in range(TOP_AGE + 1)}
    drift = _drift(ages)
    found: dict[tuple[str, int], Ages] = {}
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        found["", year] = {age: count * 1000 for age, count in ages.items()}
        ages = _year_later(ages, drift, STEPS[scenario])
    return found


def _on_line(points: Mapping[int, int], age: int) -> int:
    """The value at an age, straight between the points on both sides; 0 outside them."""
    below = max((one for one in points if one <= age), default=None)
    above = min((one for one in points if one >= age), default=None)
    if below is None or above is None:
        return 0
    if below == above:
        return points[below]
    share = Fraction(age - below, above - below)
    return round_half_up(points[below] + share * (points[above] - points[below]))


def _survivors(count: int, age: int) -> int:
    return round_half_up(count * Fraction(1000 - _on_line(DEATHS_PER_MILLE, age), 1000))


def _drift(ages: Ages) -> Ages:
    """Net movers by the age they reach, that keep the curve of the young as it is."""
    return {age: ages[age] - _survivors(ages[age - 1], age - 1) for age in range(1, SETTLED_AGE + 1)}


def _year_later(ages: Ages, drift: Ages, step: int) -> Ages:
    birth_rate = (BIRTHS_PER_MILLE + step * BIRTH_STEP) / 1000
    older = {0: round_half_up(sum(ages[age] for age in range(20, 45)) * birth_rate)}
    for age in range(1, TOP_AGE + 1):
        newcomers = _on_line(NEWCOMERS, age) * (1 + step * NEWCOMER_STEP)
        moved = drift.get(age, 0) + round_half_up(newcomers)
        older[age] = max(_survivors(ages[age - 1], age - 1) + moved, 0)
    older[TOP_AGE] += _survivors(ages[TOP_AGE], TOP_AGE)
    return older
