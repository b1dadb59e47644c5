"""Need of places against capacity, by area and use: when the places do not suffice, and how many are missing.

    need     = ceil(population of the ages × participation × municipal share / fill rate)
    capacity = places of usable premises + decided investments − closures − leases and permits that have ended
    balance  = capacity − need

Source: section 6 of the domain reference. A year is its autumn term: population on 31 December of that year, premises
that are there on 31 December, too. Rates are `Fraction`s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from investplan.domain.labels import N_
from investplan.domain.populations import AgeClass, sum_of_class
from investplan.domain.premise_uses import PremiseUse

USE_LABELS: Mapping[str, str] = {
    PremiseUse.PRESCHOOL: N_("Förskola"),
    PremiseUse.SCHOOL: N_("Grundskola"),
    PremiseUse.UPPER_SECONDARY: N_("Gymnasium"),
    PremiseUse.ELDERLY_CARE: N_("Särskilt boende"),
    PremiseUse.OTHER: N_("Övrigt"),
}


class Tenure(StrEnum):
    """How the municipality has premises: its own, or rented until the lease ends."""

    OWN = "own"
    LEASE = "lease"


TENURE_LABELS: Mapping[str, str] = {Tenure.OWN: N_("Eget"), Tenure.LEASE: N_("Inhyrt")}


class Condition(StrEnum):
    """State of premises; only usable ones have places that count."""

    GOOD = "good"
    WORN = "worn"
    UNUSABLE = "unusable"

    @property
    def is_usable(self) -> bool:
        return self is not Condition.UNUSABLE


CONDITION_LABELS: Mapping[str, str] = {
    Condition.GOOD: N_("Gott"),
    Condition.WORN: N_("Slitet"),
    Condition.UNUSABLE: N_("Går inte att använda"),
}


@dataclass(frozen=True)
class NeedProfile:
    """How many places a use needs of the inhabitants of some ages.

    Attributes:
        age_from, age_to: Ages, both included; `age_to` None has no upper end.
        participation: Of the ages, how many take part, 0-1.
        municipal_share: Of these, how many the municipality has to find a place for (others choose independent
            providers), 0-1.
        fill_rate: Of the places, how many can be filled in practice, above 0 and at most 1.
    """

    use: PremiseUse
    age_from: int
    age_to: int | None
    participation: Fraction = Fraction(1)
    municipal_share: Fraction = Fraction(1)
    fill_rate: Fraction = Fraction(1)

    def need(self, inhabitants: Fraction) -> int:
        """Places needed, rounded up: a child without a place is not a rounding matter.

        >>> NeedProfile(PremiseUse.SCHOOL, 6, 15, fill_rate=Fraction("0.95")).need(Fraction(640))
        674
        """
        exact = Fraction(inhabitants * self.participation * self.municipal_share) / self.fill_rate
        return -(-exact.numerator // exact.denominator)


@dataclass(frozen=True)
class Supply:
    """Places of one object: there from the autumn of `first_year` (None: already) to that of `last_year` (None: on)."""

    area: str
    use: PremiseUse
    places: int
    first_year: int | None = None
    last_year: int | None = None

    def in_year(self, year: int) -> int:
        begun = self.first_year is None or self.first_year <= year
        ended = self.last_year is not None and year > self.last_year
        return self.places if begun and not ended else 0


def last_autumn(ends: Iterable[date | None]) -> int | None:
    """The last year in whose autumn premises are still there; None where nothing ends.

    What ends on 31 December is there that autumn; what ends earlier in the year is not.

    >>> last_autumn([date(2029, 6, 30), None, date(2031, 12, 31)])
    2028
    """
    found = [
        end.year if (end.month, end.day) == (12, 31) else end.year - 1 for end in ends if end is not None
    ]
    return min(found) if found else None


@dataclass(frozen=True)
class Balance:
    """One area and use over the years.

    Attributes:
        need: Year → places needed; None in a year that the forecast does not hold.
        capacity: Year → places there are.
    """

    area: str
    use: PremiseUse
    need: Mapping[int, int | None]
    capacity: Mapping[int, int]

    def of(self, year: int) -> int | None:
        """Capacity − need: below zero is a shortage, above it vacancy; None where the need is unknown."""
        need = self.need.get(year)
        return None if need is None else self.capacity[year] - need

    @property
    def first_shortage(self) -> int | None:
        """The first year in which places are missing."""
        return next((year for year in sorted(self.need) if (self.of(year) or 0) < 0), None)

    @property
    def is_passing(self) -> bool:
        """Whether the shortage is over again by the last year: a lease may do where a building would stand empty."""
        years = [year for year in sorted(self.need) if self.of(year) is not None]
        return self.first_shortage is not None and (self.of(years[-1]) or 0) >= 0

    @property
    def deepest(self) -> tuple[int, int] | None:
        """(year, places missing) where the shortage is greatest; None without one."""
        short = [(self.of(year) or 0, year) for year in sorted(self.need) if (self.of(year) or 0) < 0]
        if not short:
            return None
        least, year = min(short)
        return year, -least


def balance(
    profile: NeedProfile,
    area: str,
    counts: Mapping[int, Mapping[int, Fraction]],
    top_age: int,
    supplies: Sequence[Supply],
    years: Sequence[int],
) -> Balance:
    """Need and capacity of one area and use.

    Args:
        counts: Year → age → inhabitants of the area on 31 December.
        top_age: Highest age of the forecast.
        supplies: Of all areas and uses; an `area` of "" is the whole municipality.
    """
    ages = AgeClass(profile.age_from, profile.age_to)
    need: dict[int, int | None] = {}
    for year in years:
        inhabitants = sum_of_class(counts.get(year, {}), ages, top_age)
        need[year] = None if inhabitants is None else profile.need(inhabitants)
    own = [one for one in supplies if one.use is profile.use and area in ("", one.area)]
    return Balance(area, profile.use, need, {year: sum(one.in_year(year) for one in own) for year in years})
