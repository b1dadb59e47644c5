"""A total per year in one of the two views, as types that do not mix: neither added, nor compared, nor taken for numbers.

`ore` gives the bare amounts, for a page, a file or the optimiser's case; there the view ends.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from investplan.units import Ore


@dataclass(frozen=True, eq=False)
class _Series:
    """Öre per year of `years`, in order. True where any amount is not 0.

    Adding, subtracting and comparing needs the same kind (TypeError) over the same years (ValueError). `<=` and `>=`
    hold where they hold in every year.
    """

    years: tuple[int, ...]
    ore: tuple[Ore, ...]

    def __post_init__(self) -> None:
        if len(self.years) != len(self.ore):
            raise ValueError(f"{len(self.ore)} amounts over {len(self.years)} years")

    @classmethod
    def total(cls, rows: Iterable[Sequence[Ore]], years: Sequence[int]) -> Self:
        """The sum of many rows of amounts over `years`; 0 where there is none."""
        totals = [0] * len(years)
        for row in rows:
            for i, amount in enumerate(row):
                totals[i] += amount
        return cls(tuple(years), tuple(totals))

    def _checked(self, other: Self) -> tuple[Ore, ...]:
        """The other's amounts, if it is of the same kind and years."""
        if type(other) is not type(self):
            raise TypeError(f"{type(self).__name__} does not mix with {type(other).__name__}")
        check_years(self.years, other.years)
        return other.ore

    def __add__(self, other: Self) -> Self:
        return type(self)(self.years, tuple(map(operator.add, self.ore, self._checked(other))))

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.years, tuple(map(operator.sub, self.ore, self._checked(other))))

    def __neg__(self) -> Self:
        return type(self)(self.years, tuple([-one for one in self.ore]))

    def __eq__(self, other: Self) -> bool:  # type: ignore[override]
        return self.ore == self._checked(other)

    def __le__(self, other: Self) -> bool:
        return all(map(operator.le, self.ore, self._checked(other)))

    def __ge__(self, other: Self) -> bool:
        return all(map(operator.ge, self.ore, self._checked(other)))

    def __hash__(self) -> int:
        return hash((type(self), self.years, self.ore))

    def __bool__(self) -> bool:
        return any(self.ore)


class CommitteeSeries(_Series):
    """A total of committee lines per year: what frames carry."""


class ConsolidatedSeries(_Series):
    """A total of consolidated lines per year: what the municipality as a whole pays."""


def check_years(mine: tuple[int, ...], theirs: tuple[int, ...]) -> None:
    """That both are of the same years.

    Raises:
        ValueError: they are not.
    """
    if mine != theirs:
        raise ValueError(f"views of different years: {mine} and {theirs}")
