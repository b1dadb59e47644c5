"""The resource allocation model: what a changed population means for the committees' frames.

Source: section 3.5 of the domain reference. The inhabitants come as averages by age and year (31 December before the
year and in it), from whichever forecast the caller chose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from investplan.units import Ore

AverageByAge = Mapping[int, Fraction]
"""Average number of inhabitants in a year by age."""


@dataclass(frozen=True)
class PriceTag:
    """Net cost per inhabitant and year in an age class, participation included.

    Args:
        age_from: First age of the class.
        age_to: Last age of the class, itself included; None has no upper end (90 and over).
        ore_per_inhabitant: Price per inhabitant in the class, not per participant.
        committee: Code of the committee whose frame it changes.
        share: How much of the class's price is the committee's, 0-1.
    """

    key: str
    label: str
    age_from: int
    age_to: int | None
    ore_per_inhabitant: Ore
    committee: str
    share: Fraction = Fraction(1)

    def holds(self, age: int) -> bool:
        """Whether someone of that age is in the class."""
        return self.age_from <= age and (self.age_to is None or age <= self.age_to)

    def inhabitants(self, averages: AverageByAge) -> Fraction:
        """The class's average number of inhabitants."""
        return sum((count for age, count in averages.items() if self.holds(age)), Fraction(0))
