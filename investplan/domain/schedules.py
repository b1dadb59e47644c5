"""Capital cost of very many assets at once, exact in öre: the same rows as `capital_cost`, as whole-number arrays.

For what looks at every decided investment together: frames recomputed, checked, or tried under other parameters.
Arrays are [asset, year]; they hold 64-bit whole numbers as long as nothing can overflow, and Python's own unbounded
whole numbers where something could, so that a large amount is slow rather than wrong.

Source: formulas 1.2 in the domain reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from investplan.domain.capital_costs import Asset, CapitalCostRules, InterestBase
from investplan.units import Ore

Whole = np.ndarray[Any, np.dtype[Any]]
"""Whole numbers: int64, or object holding `int`."""

BLOCK = 4096
"""Assets computed together: as many as stay in the processor's cache."""
LONGEST_MONTHS = 10**6
"""How long land is charged: longer than any plan."""
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class AssetColumns:
    """Assets that nothing happens to but time, one array entry each.

    Args:
        value_ore: Acquisition value.
        depreciable_ore: Value less residual; 0 for land.
        life_months: Useful life; 1 for land, whose value never falls.
        first: Ordinal of the first charged month (`Month.ordinal`).
        months: Charged months; `LONGEST_MONTHS` for land.
    """

    value_ore: Whole
    depreciable_ore: Whole
    life_months: Whole
    first: Whole
    months: Whole

    def __len__(self) -> int:
        return len(self.value_ore)

    @classmethod
    def of(cls, assets: Iterable[Asset], rules: CapitalCostRules) -> AssetColumns:
        """The columns of `assets`.

        Raises:
            ValueError: an asset that is changed or disposed of; those have to be asked one by one.
        """
        rows: list[tuple[int, int, int, int, int]] = []
        for asset in assets:
            if asset.changes or asset.disposed is not None:
                raise ValueError(f"{asset.name} is changed or disposed of on the way")
            life = asset.life_months
            rows.append(
                (
                    asset.cost_ore,
                    asset.depreciable_ore,
                    life or 1,
                    rules.first_charged_month(asset.commissioned).ordinal,
                    LONGEST_MONTHS if life is None else life,
                )
            )
        return cls(*np.array(rows, dtype=np.int64).reshape(-1, 5).T)

    def part(self, start: int, stop: int) -> AssetColumns:
        """The assets from `start` to before `stop`."""
        return AssetColumns(
            self.value_ore[start:stop],
            self.depreciable_ore[start:stop],
            self.life_months[start:stop],
            self.first[start:stop],
            self.months[start:stop],
        )


@dataclass(frozen=True)
class Schedule:
    """Depreciation and internal interest in öre, [asset, year]."""

    years: tuple[int, ...]
    depreciation_ore: Whole
    interest_ore: Whole

    @property
    def capital_cost_ore(self) -> Whole:
        """The sum of the two rounded parts, as in `CapitalCostRow`."""
        total: Whole = self.depreciation_ore + self.interest_ore
        return total


def schedule(columns: AssetColumns, rules: CapitalCostRules, years: Sequence[int]) -> Schedule:
    """Depreciation and interest of every asset in every year.

    Args:
        years: An unbroken run, in order.

    Raises:
        ValueError: the years have gaps.

    >>> from investplan.domain.capital_costs import RateTable
    >>> from investplan.units import Fraction, Month
    >>> rules = CapitalCostRules(RateTable(Fraction("0.025")))
    >>> roof = Asset("Yttertak", 4_000_000_00, 0, 480, Month(2027, 8))
    >>> schedule(AssetColumns.of([roof], rules), rules, [2027, 2028]).capital_cost_ore.tolist()
    [[6666666, 19916667]]
    """
    if list(years) != list(range(years[0], years[0] + len(years)) if years else ()):
        raise ValueError(f"years are not an unbroken run: {list(years)}")
    whole = np.int64 if _fits(columns, rules, years) else object
    shape = (len(columns), len(years))
    depreciation, interest = np.empty(shape, whole), np.empty(shape, whole)
    for start in range(0, len(columns), BLOCK):
        block = slice(start, start + BLOCK)
        found = _block(columns.part(start, start + BLOCK), rules, years, whole)
        depreciation[block], interest[block] = found
    return Schedule(tuple(years), depreciation, interest)


def _fits(columns: AssetColumns, rules: CapitalCostRules, years: Sequence[int]) -> bool:
    """Whether the largest intermediate number stays within 64 bits."""
    if not len(columns) or not years:
        return True
    rates = [rules.internal_rate.in_year(year) for year in years]
    life, value = int(columns.life_months.max()), int(columns.value_ore.max())
    months = min(int(columns.months.max()), LONGEST_MONTHS)
    numerator = max(rate.numerator for rate in rates) * 2 * value * life * 2 * 12
    denominator = 2 * max(rate.denominator for rate in rates) * life * 24
    return max(numerator + denominator, 2 * value * min(months, life) + life) <= _LARGEST


def _block(
    columns: AssetColumns, rules: CapitalCostRules, years: Sequence[int], whole: Any
) -> tuple[Whole, Whole]:
    """See `_interest_ore` in capital_costs for the book value that interest is counted on."""
    edges = np.arange(years[0] * 12, years[-1] * 12 + 13, 12) if years else np.zeros(0, np.int64)
    first, months = columns.first[:, None], columns.months[:, None]
    passed = np.clip(edges[None, :] - first, 0, months).astype(whole, copy=False)
    value, fall, life = (
        one[:, None].astype(whole, copy=False)
        for one in (columns.value_ore, columns.depreciable_ore, columns.life_months)
    )
    depreciated = (2 * fall * passed + life) // (2 * life)
    before, after = passed[:, :-1], passed[:, 1:]
    if rules.interest_base is InterestBase.OPENING:
        twice_passed = 2 * before
    elif rules.interest_base is InterestBase.AVERAGE:
        twice_passed = before + after
    else:
        twice_passed = before + after - 1
    rates = [rules.internal_rate.in_year(year) for year in years]
    upper = np.array([rate.numerator for rate in rates], whole)
    lower = np.array([rate.denominator for rate in rates], whole) * (24 * life)
    interest = upper * (2 * value * life - fall * twice_passed) * (after - before)
    return np.diff(depreciated, axis=1), (2 * interest + lower) // (2 * lower)


@dataclass
class FrameBook:
    """What many investments do to the frames through their capital cost, kept so that one can change alone.

    Attributes:
        committee: Index of the paying committee by investment.
        changes_ore: Year-on-year change per investment, [investment, year]; the level before the first year is 0.
        totals_ore: The same summed per committee, [committee, year].
    """

    rules: CapitalCostRules
    years: tuple[int, ...]
    committee: Whole
    changes_ore: Whole
    totals_ore: Whole

    @classmethod
    def of(
        cls,
        columns: AssetColumns,
        investment: Whole,
        committee: Whole,
        rules: CapitalCostRules,
        years: Sequence[int],
    ) -> FrameBook:
        """The book over all assets.

        Args:
            investment: Index of the investment of each asset, in rising order; every investment has an asset.
            committee: Index of the committee that pays, by investment.
        """
        levels = schedule(columns, rules, years).capital_cost_ore
        starts = np.flatnonzero(np.diff(investment, prepend=-1))
        changes = _changes(np.add.reduceat(levels, starts, axis=0))
        width = int(committee.max()) + 1 if len(committee) else 0
        totals = np.zeros((width, len(years)), changes.dtype)
        np.add.at(totals, committee, changes)
        return cls(rules, tuple(years), committee, changes, totals)

    def replace(self, investment: int, columns: AssetColumns) -> tuple[Ore, ...]:
        """Put other assets in the place of one investment's; the others are not touched.

        Returns:
            What its committee's frame changes by per year.
        """
        new = _changes(schedule(columns, self.rules, self.years).capital_cost_ore.sum(axis=0)[None, :])[0]
        if new.dtype != self.changes_ore.dtype:  # what is put in, or what was there, needs more than 64 bits
            self.changes_ore, self.totals_ore = (
                self.changes_ore.astype(object),
                self.totals_ore.astype(object),
            )
        difference = new - self.changes_ore[investment]
        self.changes_ore[investment] = new
        self.totals_ore[self.committee[investment]] += difference
        return tuple(int(one) for one in difference)


def _changes(levels: Whole) -> Whole:
    first: Any = 0
    return np.diff(levels, axis=1, prepend=np.full((len(levels), 1), first, levels.dtype))
