"""The annuity: the same capital cost every year, interest falling and amortisation rising. For display and level rents.

Never for accounts or frames, which are linear. Source: section 1.6 of the domain reference.

    A = U · r / (1 − (1 + r)^−n)

The years are the asset's own, counted from its first charged month; interest is added at their end. Where the life is
no whole number of years the last, shorter one carries interest and payment in proportion to its months, and A is what
then brings the balance to the residual value exactly. Within a year of its own all parts are even over the months, so
that calendar years can be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

from investplan.domain.assets import FOR_GOOD
from investplan.domain.capital_costs import Asset, CapitalCostRules, kronor_text, percent_text
from investplan.domain.labels import N_
from investplan.errors import Note
from investplan.units import Ore, round_half_up


@dataclass(frozen=True)
class AnnuityRow:
    """One calendar year: what is paid is the rounded sum of interest and amortisation; `balance_ore` is left after it."""

    year: int
    months: int
    annuity_ore: Ore
    interest_ore: Ore
    amortisation_ore: Ore
    balance_ore: Ore


@lru_cache(maxsize=4096)
def _powers(rate: Fraction, life_months: int) -> tuple[Fraction, Fraction]:
    """What 1 paid at first, and 1 paid at the end of each year, has grown to when the life is over."""
    years, months = divmod(life_months, 12)
    grown, paid = _grown(rate, years)
    last = 1 + rate * Fraction(months, 12)
    return grown * last, paid * last + Fraction(months, 12)


@lru_cache(maxsize=4096)
def _grown(rate: Fraction, years: int) -> tuple[Fraction, Fraction]:
    """What 1 paid at first, and 1 paid at the end of each year, has grown to after `years` years."""
    grown = (1 + rate) ** years
    return grown, Fraction(grown - 1) / rate if rate else Fraction(years)


def level_annuity(cost_ore: Ore, rate: Fraction, life_months: int | None, residual_ore: Ore = 0) -> Fraction:
    """The annuity per year, exact, of `cost_ore` down to `residual_ore`; of land (None) its interest.

    >>> factor = level_annuity(1, Fraction("0.025"), 360)
    >>> round_half_up(factor * 1_000_000)
    47778
    """
    if life_months is None:
        return cost_ore * rate
    grown, paid = _powers(rate, life_months)
    return Fraction(cost_ore * grown - residual_ore) / paid


@dataclass(frozen=True)
class Annuity:
    """An asset's capital cost made level at one rate over its whole life, as planned when it is taken into use.

    Args:
        asset: Changes and disposals of it are not seen: the annuity is settled at the start.
        rules: The rate is that of the first charged year, for the whole life.
    """

    asset: Asset
    rules: CapitalCostRules

    @cached_property
    def first(self) -> int:
        """Ordinal of the first charged month."""
        return self.rules.first_charged_month(self.asset.commissioned).ordinal

    @cached_property
    def rate(self) -> Fraction:
        return self.rules.internal_rate.in_year(self.first // 12)

    @cached_property
    def yearly(self) -> Fraction:
        """The annuity, exact öre per year."""
        asset = self.asset
        return level_annuity(asset.cost_ore, self.rate, asset.life_months, asset.residual_ore)

    def amounts_ore(self, years: Sequence[int]) -> tuple[Ore, ...]:
        """What is paid per year: differences of rounded running totals."""
        return tuple(self._paid(year * 12 + 12) - self._paid(year * 12) for year in years)

    def rows(self, years: Sequence[int]) -> list[AnnuityRow]:
        """The years with interest and amortisation told apart; amortisation adds up to cost − residual to the öre."""
        return [self._row(year) for year in years]

    def _row(self, year: int) -> AnnuityRow:
        before, after = self._months_before(year * 12), self._months_before(year * 12 + 12)
        annuity = self._paid(year * 12 + 12) - self._paid(year * 12)
        amortised = round_half_up(self.amortised(after))
        amortisation = amortised - round_half_up(self.amortised(before))
        begun = year >= self.asset.commissioned.year
        balance = self.asset.cost_ore - amortised if begun else 0
        return AnnuityRow(year, after - before, annuity, annuity - amortisation, amortisation, balance)

    def _months_before(self, month: int) -> int:
        life = FOR_GOOD if self.asset.life_months is None else self.asset.life_months
        return min(max(month - self.first, 0), life)

    def _paid(self, month: int) -> Ore:
        return round_half_up(self.yearly * self._months_before(month) * Fraction(1, 12))

    def amortised(self, months: int) -> Fraction:
        """What has been amortised after `months` months of the life, exact öre."""
        life = self.asset.life_months
        if life is None:
            return Fraction(0)
        if months >= life:
            return Fraction(self.asset.cost_ore - self.asset.residual_ore)
        years, rest = divmod(months, 12)
        left = self._balance(years)
        length = min(12, life - years * 12)
        after = self._balance(years + 1) if length == 12 else Fraction(self.asset.residual_ore)
        return self.asset.cost_ore - left + (left - after) * Fraction(rest, length)

    def _balance(self, years: int) -> Fraction:
        grown, paid = _grown(self.rate, years)
        return self.asset.cost_ore * grown - self.yearly * paid

    def explain(self, year: int) -> tuple[Note, ...]:
        """How the year's annuity was computed."""
        facts = {
            "cost": kronor_text(self.asset.cost_ore),
            "rate": percent_text(self.rate),
            "life": self.asset.life_months,
            "yearly": kronor_text(round_half_up(self.yearly)),
            "months": self._months_before(year * 12 + 12) - self._months_before(year * 12),
            "result": kronor_text(self.amounts_ore([year])[0]),
        }
        if self.asset.life_months is None:
            return (Note("Ränta %(rate)s på mark %(cost)s kr × %(months)s/12 = %(result)s kr", facts),)
        text = N_(
            "Annuitet på %(cost)s kr, %(rate)s, %(life)s mån: %(yearly)s kr per år × %(months)s/12 = %(result)s kr"
        )
        return (Note(text, facts),)
