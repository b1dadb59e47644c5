"""A slow second reading of the money rules: month by month in exact fractions, from the texts of the conventions.

It shares no formula with the engine: it knows the words of an asset (cost, life, months, changes) and walks through
the calendar with a book value in its hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from investplan.domain.capital_costs import Asset, CapitalCostRules, InterestBase, StartRule


def half_up(amount: Fraction) -> int:
    """To the nearest öre, halves away from zero."""
    return floor(amount + Fraction(1, 2)) if amount >= 0 else -floor(-amount + Fraction(1, 2))


def _counted(month: tuple[int, int]) -> int:
    """Months since January of year 0."""
    return month[0] * 12 + month[1] - 1


@dataclass
class SlowYear:
    """What a year holds: rounded depreciation, exact interest and the rounded book values around it."""

    months: int = 0
    depreciation: int = 0
    interest: Fraction = Fraction(0)
    write_down: int = 0
    disposal: int = 0
    opening: int = 0
    closing: int = 0


class SlowLedger:
    """One asset, walked month by month from January of its commissioning year to December of `last_year`."""

    def __init__(self, asset: Asset, rules: CapitalCostRules, last_year: int) -> None:
        self.asset, self.rules = asset, rules
        self.book = Fraction(asset.cost_ore)  # exact within a stretch
        self.ledger = asset.cost_ore  # rounded
        self.stretch_start = asset.cost_ore
        self.left = asset.life_months
        self.residual = asset.residual_ore
        self.per_month = self._monthly()
        self.changes = list(asset.changes)
        self.gone = False
        late = 1 if rules.start_rule is StartRule.NEXT_MONTH else 0
        self.begins = _counted(asset.commissioned) + late
        self.ends = _counted(asset.disposed) + late if asset.disposed else 10**9
        self.years: dict[int, SlowYear] = {}
        for year in range(asset.commissioned.year, last_year + 1):
            self.years[year] = self._walk(year)

    def _monthly(self) -> Fraction:
        return Fraction(0) if self.left is None else Fraction(self.stretch_start - self.residual, self.left)

    def _charged(self, now: int) -> bool:
        """Whether the month is in use by the start rule, and within the life."""
        return self.begins <= now < self.ends and (self.left is None or self.left > 0)

    def _apply_changes(self, now: int, found: SlowYear) -> None:
        while self.changes and _counted(self.changes[0].month) <= now:
            change = self.changes.pop(0)
            self._post(found)
            found.write_down += change.write_down_ore
            self.ledger -= change.write_down_ore
            self.book, self.stretch_start = Fraction(self.ledger), self.ledger
            if change.remaining_months is not None:
                self.left = change.remaining_months
            if change.residual_ore is not None:
                self.residual = change.residual_ore
            self.per_month = self._monthly()

    def _post(self, found: SlowYear) -> None:
        """Depreciation is posted as whole öre: what makes the stretch's running total the rounded exact one."""
        if self.gone:
            return
        ledger = self.stretch_start - half_up(self.stretch_start - self.book)
        found.depreciation += self.ledger - ledger
        self.ledger = ledger

    def _walk(self, year: int) -> SlowYear:
        found = SlowYear(opening=0 if self.gone else self.ledger)
        at_start: list[Fraction] = []
        at_end = Fraction(0)
        for now in range(year * 12, year * 12 + 12):
            if not self._charged(now):
                continue
            if self.changes:
                self._apply_changes(now, found)
            at_start.append(self.book)
            self.book -= self.per_month
            at_end = self.book
            if self.left is not None:
                self.left -= 1
        self._post(found)
        found.months = len(at_start)
        found.interest = self._interest(year, at_start, at_end)
        if self.asset.disposed is not None and self.asset.disposed.year == year:
            found.disposal, self.ledger, self.gone = self.ledger, 0, True
        found.closing = 0 if self.gone else self.ledger
        return found

    def _interest(self, year: int, at_start: Sequence[Fraction], at_end: Fraction) -> Fraction:
        if not at_start:
            return Fraction(0)
        rates = self.rules.internal_rate
        rate = rates.by_year.get(year, rates.default)
        if self.rules.interest_base is InterestBase.MONTHLY:
            return sum((rate * value for value in at_start), Fraction(0)) / 12
        base = at_start[0]
        if self.rules.interest_base is InterestBase.AVERAGE:
            base = (base + at_end) / 2
        return rate * base * len(at_start) / 12


def slow_annuity(cost: int, residual: int, rate: Fraction, life_months: int) -> Fraction:
    """The level amount per year, found from the balance's straight line in it: two trials, no formula."""

    def balance_at_end(yearly: Fraction) -> Fraction:
        balance = Fraction(cost)
        for first in range(0, life_months, 12):
            part = Fraction(min(12, life_months - first), 12)
            balance += balance * rate * part - yearly * part
        return balance

    nothing, one = balance_at_end(Fraction(0)), balance_at_end(Fraction(1))
    return (nothing - residual) / (nothing - one)


def slow_interest_during_construction(
    spending: Sequence[tuple[int, int, int]],
    taken: Sequence[tuple[int, int]],
    rates: dict[int, Fraction],
    until: int,
    mid_month: bool,
) -> dict[int, Fraction]:
    """Interest per year; `spending` is (first month, months, öre), `taken` (month, öre), months counted from year 0."""
    interest: dict[int, Fraction] = {}
    for month in range(min((first for first, _, _ in spending), default=until), until):
        spent = Fraction(0)
        for first, months, amount in spending:
            for paid in range(first, first + months):
                if paid < month:
                    spent += Fraction(amount, months)
                elif paid == month and mid_month:
                    spent += Fraction(amount, months) / 2
        at_work = max(spent - sum(cost for gone, cost in taken if gone <= month), Fraction(0))
        year = month // 12
        interest[year] = interest.get(year, Fraction(0)) + at_work * rates[year] / 12
    return interest
