"""Capital cost of an asset, year by year: straight-line depreciation and internal interest on book value.

Exact in öre. Two roundings, both `round_half_up`: running totals of depreciation are rounded (so that the years add
up to the depreciable amount), and each year's interest is rounded once from its exact value.

Source: formulas 1.2 in the domain reference; RKR R4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from investplan.domain.assets import Asset, AssetChange, StartRule, Stretch, stretches
from investplan.domain.labels import N_
from investplan.errors import Note
from investplan.units import Month, Ore, format_amount, round_half_up, round_ratio, round_to_total

__all__ = [
    "Asset",
    "AssetChange",
    "CapitalCostRow",
    "CapitalCostRules",
    "InterestBase",
    "MonthSpan",
    "RateTable",
    "StartRule",
    "capital_cost",
    "explain_capital_cost",
    "explain_depreciation",
    "explain_interest",
    "kronor_text",
    "percent_text",
    "share_out",
    "yearly_amounts",
]


class InterestBase(StrEnum):
    """What the year's internal interest is counted on. One convention per municipality."""

    OPENING = "opening"
    AVERAGE = "average"
    MONTHLY = "monthly"


@dataclass(frozen=True)
class RateTable:
    """A rate per year (0.025 is 2.5 per cent) with a default for the years that have none of their own.

    >>> RateTable(Fraction("0.025"), {2029: Fraction("0.03")}).in_year(2029)
    Fraction(3, 100)
    """

    default: Fraction
    by_year: Mapping[int, Fraction] = field(default_factory=dict, hash=False)

    def in_year(self, year: int) -> Fraction:
        return self.by_year.get(year, self.default)

    def times(self, share: Fraction) -> RateTable:
        """The table with every rate taken `share` times."""
        return RateTable(self.default * share, {year: rate * share for year, rate in self.by_year.items()})

    def growth(self, from_year: int, to_year: int) -> Fraction:
        """What 1 in the prices of `from_year` is in those of `to_year`, the rate of a year being its rise over the last.

        >>> RateTable(Fraction("0.03"), {2027: Fraction("0.02")}).growth(2025, 2027) == Fraction("1.03") * Fraction("1.02")
        True
        """
        low, high = sorted((from_year, to_year))
        factor = Fraction(1)
        for year in range(low + 1, high + 1):
            factor *= 1 + self.in_year(year)
        return factor if to_year >= from_year else factor**-1


@dataclass(frozen=True)
class MonthSpan:
    """`months` months from `first` on; None goes on for good."""

    first: Month
    months: int | None = None

    def months_before(self, year: int) -> int:
        """How many of the months lie before 1 January of `year`."""
        passed = max(0, year * 12 - self.first.ordinal)
        return passed if self.months is None else min(passed, self.months)

    def months_in(self, year: int) -> int:
        return self.months_before(year + 1) - self.months_before(year)


@dataclass(frozen=True)
class CapitalCostRules:
    """The municipality's conventions for capital costs."""

    internal_rate: RateTable
    interest_base: InterestBase = InterestBase.OPENING
    start_rule: StartRule = StartRule.NEXT_MONTH

    def first_charged_month(self, commissioned: Month) -> Month:
        """The first month that is charged depreciation, interest and rent."""
        return self.start_rule.first_charged(commissioned)


@dataclass(frozen=True)
class CapitalCostRow:
    """One asset in one year. `capital_cost_ore` is depreciation plus interest, as rounded.

    Closing = opening − depreciation − write-down − disposal. The opening value in the year of commissioning is the
    acquisition value; before that year both are 0. What is written down or disposed of is a cost of the year beside
    the capital cost.
    """

    year: int
    months: int
    depreciation_ore: Ore
    interest_ore: Ore
    capital_cost_ore: Ore
    opening_ore: Ore
    closing_ore: Ore
    write_down_ore: Ore = 0
    disposal_ore: Ore = 0


def capital_cost(asset: Asset, rules: CapitalCostRules, years: Sequence[int]) -> list[CapitalCostRow]:
    """Depreciation, interest and book value per year, one row per year in `years`.

    Depreciation over the whole life, with what is written down and disposed of, is cost − residual to the öre; two
    full years between changes differ by at most 1 öre. Interest is counted on the exact book value, residual value
    included, in the months of the life and never after it, even if the asset is still used. Land has interest only.

    Raises:
        InvalidInputError: a change that does not fit the book value or the month (see `stretches`).

    >>> rules = CapitalCostRules(RateTable(Fraction("0.025")))
    >>> roof = Asset("Yttertak", 4_000_000_00, 0, 480, Month(2027, 8))
    >>> row = capital_cost(roof, rules, [2027])[0]
    >>> row.months, row.depreciation_ore, row.interest_ore, row.capital_cost_ore
    (4, 3333333, 3333333, 6666666)
    """
    found = stretches(asset, rules.start_rule)
    if len(found) == 1 and asset.disposed is None:
        return _plain_rows(asset, found[0], rules, years)
    return [_row(asset, found, rules, year) for year in years]


def _plain_rows(
    asset: Asset, life: Stretch, rules: CapitalCostRules, years: Sequence[int]
) -> list[CapitalCostRow]:
    """The rows of an asset to which nothing happens: the same as `_row`, for the many calls of a case."""
    cost, depreciable, months = asset.cost_ore, life.depreciable_ore, life.life_months or 1
    first, length, activated = life.first, life.until - life.first, asset.commissioned.year
    rows = []
    for year in years:
        before = min(max(year * 12 - first, 0), length)
        after = min(max(year * 12 + 12 - first, 0), length)
        passed = (2 * depreciable * before + months) // (2 * months)
        depreciation = (2 * depreciable * after + months) // (2 * months) - passed
        interest = _interest_ore([(life, before, after)], rules, year) if after > before else 0
        opening = cost - passed if year >= activated else 0
        rows.append(
            CapitalCostRow(
                year,
                after - before,
                depreciation,
                interest,
                depreciation + interest,
                opening,
                opening - depreciation,
            )
        )
    return rows


def _row(asset: Asset, found: Sequence[Stretch], rules: CapitalCostRules, year: int) -> CapitalCostRow:
    begin, end = year * 12, year * 12 + 12
    opening = asset.cost_ore - sum(_expensed_before(one, begin) for one in found)
    depreciation = sum(
        one.depreciated_ore(one.months_before(end)) - one.depreciated_ore(one.months_before(begin))
        for one in found
    )
    write_down = sum(one.write_down_ore for one in found if begin <= one.first < end)
    if year < asset.commissioned.year or (asset.disposed is not None and year > asset.disposed.year):
        opening = 0
    left = opening - depreciation - write_down
    disposal = left if asset.disposed is not None and year == asset.disposed.year else 0
    charged = _charged(found, year)
    interest = _interest_ore(charged, rules, year) if charged else 0
    return CapitalCostRow(
        year,
        sum(after - before for _, before, after in charged),
        depreciation,
        interest,
        depreciation + interest,
        opening,
        left - disposal,
        write_down,
        disposal,
    )


def _expensed_before(stretch: Stretch, month: int) -> Ore:
    written_down = stretch.write_down_ore if stretch.first < month else 0
    return stretch.depreciated_ore(stretch.months_before(month)) + written_down


_Charged = Sequence[tuple[Stretch, int, int]]
"""The stretches charged in a year, each with the number of its months before the year and before the next."""


def _charged(found: Iterable[Stretch], year: int) -> _Charged:
    spans = [(one, one.months_before(year * 12), one.months_before(year * 12 + 12)) for one in found]
    return [span for span in spans if span[2] > span[1]]


def _interest_ore(charged: _Charged, rules: CapitalCostRules, year: int) -> Ore:
    """The year's interest, rounded once from its exact value.

    The book value after k months of a stretch is value − depreciable·k/life. Opening: its value when the year's first
    charged month begins, a change of that month included; average: the mean of that and the value when the last
    charged month ends, before a disposal; monthly: the value when each charged month begins. Each in proportion to
    the year's charged months.
    """
    rate = rules.internal_rate.in_year(year)
    if len(charged) > 1:
        return round_half_up(rate * _mean_book_value(charged, rules.interest_base) * Fraction(1, 12))
    stretch, before, after = charged[0]
    if rules.interest_base is InterestBase.OPENING:
        twice_passed = 2 * before
    elif rules.interest_base is InterestBase.AVERAGE:
        twice_passed = before + after
    else:
        twice_passed = before + after - 1
    life = stretch.life_months or 1
    twice_book = 2 * stretch.value_ore * life - stretch.depreciable_ore * twice_passed
    return round_ratio(rate.numerator * twice_book * (after - before), rate.denominator * life * 24)


def _mean_book_value(charged: _Charged, base: InterestBase) -> Fraction:
    """The book value that interest is counted on, times the number of charged months, over several stretches."""
    if base is InterestBase.MONTHLY:
        return sum(
            (
                (after - before) * (stretch.value_ore - _fall(stretch, Fraction(before + after - 1, 2)))
                for stretch, before, after in charged
            ),
            Fraction(0),
        )
    months = sum(after - before for _, before, after in charged)
    (first, before, _), (last, _, after) = charged[0], charged[-1]
    opening = first.value_ore - _fall(first, Fraction(before))
    if base is InterestBase.OPENING:
        return months * opening
    return months * (opening + last.value_ore - _fall(last, Fraction(after))) * Fraction(1, 2)


def _fall(stretch: Stretch, months: Fraction) -> Fraction:
    return stretch.depreciable_ore * months / Fraction(stretch.life_months or 1)


def share_out(total_ore: Ore, weights: Sequence[int]) -> list[Ore]:
    """`total_ore` in proportion to `weights` (>= 0, not all 0), by largest remainder: adds up to the öre.

    >>> share_out(100, [1, 1, 1])
    [34, 33, 33]
    """
    return round_to_total([total_ore * weight for weight in weights], sum(weights))


def yearly_amounts(annual_ore: Ore, span: MonthSpan, years: Sequence[int]) -> tuple[Ore, ...]:
    """A yearly amount in proportion to the months of each year, as differences of rounded running totals.

    >>> yearly_amounts(360_000_00, MonthSpan(Month(2027, 9)), [2026, 2027, 2028])
    (0, 12000000, 36000000)
    """
    return tuple(
        round_ratio(annual_ore * span.months_before(year + 1), 12)
        - round_ratio(annual_ore * span.months_before(year), 12)
        for year in years
    )


# How a year was computed, in words


_DEPRECIATION_TEXT = N_("Avskrivning %(amount)s kr / %(life)s mån × %(months)s mån = %(result)s kr")
_ROUNDED_DEPRECIATION_TEXT = N_(
    "Avskrivning %(amount)s kr / %(life)s mån × %(months)s mån, avrundat så att åren blir hela beloppet ="
    " %(result)s kr"
)


def explain_depreciation(asset: Asset, rules: CapitalCostRules, year: int) -> tuple[Note, ...]:
    """How the year's depreciation was computed, with the numbers put in: one note per stretch of the year."""
    if asset.life_months is None:
        return (Note("Mark skrivs inte av"),)
    found = stretches(asset, rules.start_rule)
    charged = _charged(found, year) or [(found[-1], 0, 0)]
    return tuple(_depreciation_note(*one) for one in charged)


def _depreciation_note(stretch: Stretch, before: int, after: int) -> Note:
    result = stretch.depreciated_ore(after) - stretch.depreciated_ore(before)
    life = stretch.life_months or 1
    even = round_ratio(stretch.depreciable_ore * (after - before), life) == result
    return Note(
        _DEPRECIATION_TEXT if even else _ROUNDED_DEPRECIATION_TEXT,
        {
            "amount": kronor_text(stretch.depreciable_ore),
            "life": life,
            "months": after - before,
            "result": kronor_text(result),
        },
    )


_INTEREST_TEXTS = {
    InterestBase.OPENING: N_(
        "Internränta %(rate)s × %(months)s/12 × ingående bokfört värde %(opening)s kr = %(result)s kr"
    ),
    InterestBase.AVERAGE: N_(
        "Internränta %(rate)s × %(months)s/12 × medelvärdet av bokfört värde %(opening)s kr och"
        " %(closing)s kr = %(result)s kr"
    ),
    InterestBase.MONTHLY: N_(
        "Internränta %(rate)s/12 på bokfört värde vid var och en av %(months)s månaders början,"
        " från %(opening)s kr till %(closing)s kr = %(result)s kr"
    ),
}


def explain_interest(asset: Asset, rules: CapitalCostRules, year: int) -> Note:
    """How the year's internal interest was computed, with the numbers put in."""
    row = capital_cost(asset, rules, [year])[0]
    charged = _charged(stretches(asset, rules.start_rule), year)
    stretch, before, _ = charged[0] if charged else (None, 0, 0)
    opening = stretch.value_ore - stretch.depreciated_ore(before) if stretch else row.opening_ore
    return Note(
        _INTEREST_TEXTS[rules.interest_base],
        {
            "rate": percent_text(rules.internal_rate.in_year(year)),
            "months": row.months,
            "opening": kronor_text(opening),
            "closing": kronor_text(row.closing_ore + row.disposal_ore),
            "result": kronor_text(row.interest_ore),
        },
    )


def explain_capital_cost(asset: Asset, rules: CapitalCostRules, year: int) -> tuple[Note, ...]:
    """How the year's capital cost was computed: depreciation, then interest."""
    return *explain_depreciation(asset, rules, year), explain_interest(asset, rules, year)


def kronor_text(amount_ore: Ore) -> str:
    """Kronor as Swedes read them, with öre only where there are any."""
    return format_amount(amount_ore, "kr", 2 if amount_ore % 100 else 0)


def percent_text(rate: Fraction) -> str:
    """The rate as Swedish per cent with at most four decimals.

    >>> percent_text(Fraction("0.025")).replace(chr(160), " ")
    '2,5 %'
    """
    sign = "−" if rate < 0 else ""
    whole, decimals = divmod(abs(round_half_up(rate * 1_000_000)), 10_000)
    shown = f"{decimals:04}".rstrip("0")
    return f"{sign}{whole}{',' if shown else ''}{shown}\u00a0%"
