"""Capital cost of an asset, year by year: straight-line depreciation and internal interest on book value.

Exact in öre. Two roundings, both `round_half_up`: running totals of depreciation are rounded (so that the years add
up to the depreciable amount), and each year's interest is rounded once from its exact value.

Source: formulas 1.2 in the domain reference; RKR R4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from investplan.domain.labels import N_
from investplan.errors import InvalidInputError, Note
from investplan.units import Month, Ore, format_amount, round_half_up, round_to_total


class InterestBase(StrEnum):
    """What the year's internal interest is counted on. One convention per municipality."""

    OPENING = "opening"
    AVERAGE = "average"
    MONTHLY = "monthly"


class StartRule(StrEnum):
    """The first month that is charged: that of commissioning, or the one after."""

    SAME_MONTH = "same_month"
    NEXT_MONTH = "next_month"


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
        return commissioned.plus(1 if self.start_rule is StartRule.NEXT_MONTH else 0)

    def span(self, asset: Asset) -> MonthSpan:
        """The months in which the asset is charged."""
        return MonthSpan(self.first_charged_month(asset.commissioned), asset.life_months)


@dataclass(frozen=True)
class Asset:
    """An asset or component taken into use in the month `commissioned`.

    Args:
        cost_ore: Acquisition value, >= 0, nominal and gross of grants.
        residual_ore: Value left at the end of the life, 0 to `cost_ore`; 0 for land.
        life_months: Useful life, >= 1; None is land, which is never depreciated but carries interest for good.

    Raises:
        InvalidInputError: one message per value that does not fit.
    """

    name: str
    cost_ore: Ore
    residual_ore: Ore
    life_months: int | None
    commissioned: Month

    def __post_init__(self) -> None:
        faults: dict[str, Note] = {}
        if self.cost_ore < 0:
            faults["cost_ore"] = Note("Anskaffningsvärdet får inte vara negativt.")
        if not 0 <= self.residual_ore <= max(self.cost_ore, 0):
            faults["residual_ore"] = Note("Restvärdet ska ligga mellan 0 och anskaffningsvärdet.")
        if self.life_months is not None and self.life_months < 1:
            faults["life_months"] = Note("Nyttjandetiden ska vara minst en månad.")
        if self.life_months is None and self.residual_ore:
            faults["residual_ore"] = Note("Mark skrivs inte av och har därför inget restvärde.")
        if faults:
            raise InvalidInputError(faults)

    @property
    def depreciable_ore(self) -> Ore:
        """What is depreciated over the whole life; 0 for land."""
        return 0 if self.life_months is None else self.cost_ore - self.residual_ore

    def depreciated_ore(self, months: int) -> Ore:
        """Depreciation over the first `months` months, rounded once."""
        return round_ratio(self.depreciable_ore * months, self.life_months or 1)


@dataclass(frozen=True)
class CapitalCostRow:
    """One asset in one year. `capital_cost_ore` is the sum of the two rounded parts; closing = opening − depreciation.

    The opening value in the year of commissioning is the acquisition value; before that year both are 0.
    """

    year: int
    months: int
    depreciation_ore: Ore
    interest_ore: Ore
    capital_cost_ore: Ore
    opening_ore: Ore
    closing_ore: Ore


def capital_cost(asset: Asset, rules: CapitalCostRules, years: Sequence[int]) -> list[CapitalCostRow]:
    """Depreciation, interest and book value per year, one row per year in `years`.

    Depreciation over the whole life is cost − residual to the öre, and two full years differ by at most 1 öre.
    Interest is counted on the exact book value, residual value included, in the months of the life and never after
    it, even if the asset is still used. Land has interest only.

    >>> rules = CapitalCostRules(RateTable(Fraction("0.025")))
    >>> roof = Asset("Yttertak", 4_000_000_00, 0, 480, Month(2027, 8))
    >>> row = capital_cost(roof, rules, [2027])[0]
    >>> row.months, row.depreciation_ore, row.interest_ore, row.capital_cost_ore
    (4, 3333333, 3333333, 6666666)
    """
    span = rules.span(asset)
    return [_row(asset, rules, span, year) for year in years]


def _row(asset: Asset, rules: CapitalCostRules, span: MonthSpan, year: int) -> CapitalCostRow:
    before, after = span.months_before(year), span.months_before(year + 1)
    activated = year >= asset.commissioned.year
    passed = asset.depreciated_ore(before)
    opening = asset.cost_ore - passed if activated else 0
    depreciation = asset.depreciated_ore(after) - passed
    interest = _interest_ore(asset, rules, before, after, rules.internal_rate.in_year(year))
    return CapitalCostRow(
        year, after - before, depreciation, interest, depreciation + interest, opening, opening - depreciation
    )


def _interest_ore(asset: Asset, rules: CapitalCostRules, before: int, after: int, rate: Fraction) -> Ore:
    """Interest for the charged months number `before` to `after` − 1, rounded once.

    The book value after k months is cost − depreciable·k/life. Twice the mean number of months depreciated is
    2·before (opening), before + after (average) or before + after − 1 (mean of the months' opening values).
    """
    if after == before:
        return 0
    if rules.interest_base is InterestBase.OPENING:
        twice_passed = 2 * before
    elif rules.interest_base is InterestBase.AVERAGE:
        twice_passed = before + after
    else:
        twice_passed = before + after - 1
    life = asset.life_months or 1
    twice_book = 2 * asset.cost_ore * life - asset.depreciable_ore * twice_passed
    return round_ratio(rate.numerator * twice_book * (after - before), rate.denominator * life * 24)


def round_ratio(numerator: int, denominator: int) -> int:
    """The same as `round_half_up(Fraction(numerator, denominator))` for a positive denominator, several times faster.

    >>> round_ratio(5, 2), round_ratio(-5, 2)
    (3, -3)
    """
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -rounded if numerator < 0 else rounded


@dataclass(frozen=True)
class GrantRow:
    """A grant in one year: income released, and internal interest on the part not yet released (both >= 0)."""

    year: int
    release_ore: Ore
    interest_ore: Ore


def grant_rows(
    grant_ore: Ore, assets: Sequence[Asset], rules: CapitalCostRules, years: Sequence[int]
) -> list[GrantRow]:
    """A grant released like the depreciation of `assets`, one row per year.

    The grant is shared out by depreciable amount (largest remainder) and each share follows its asset, so that the
    releases add up to the grant to the öre. If nothing is depreciable (land) nothing is ever released.
    """
    shares = _grant_shares(grant_ore, assets)
    rows = [capital_cost(share, rules, years) for share in shares]
    return [
        GrantRow(year, sum(row[i].depreciation_ore for row in rows), sum(row[i].interest_ore for row in rows))
        for i, year in enumerate(years)
    ]


def _grant_shares(grant_ore: Ore, assets: Sequence[Asset]) -> list[Asset]:
    depreciable = [asset for asset in assets if asset.depreciable_ore > 0]
    if not depreciable:
        return [Asset(asset.name, grant_ore, 0, None, asset.commissioned) for asset in assets[:1]]
    weights = [asset.depreciable_ore for asset in depreciable]
    amounts = share_out(grant_ore, weights)
    return [
        Asset(asset.name, amount, 0, asset.life_months, asset.commissioned)
        for asset, amount in zip(depreciable, amounts, strict=True)
    ]


def share_out(total_ore: Ore, weights: Sequence[int]) -> list[Ore]:
    """`total_ore` (>= 0) in proportion to `weights` (>= 0, not all 0), by largest remainder: adds up to the öre.

    >>> share_out(100, [1, 1, 1])
    [34, 33, 33]
    """
    return round_to_total([total_ore * weight for weight in weights], sum(weights))


@dataclass(frozen=True)
class ConstructionOutlay:
    """Money spent evenly over `months` months from `first` on, at the end of each month."""

    first: Month
    months: int
    amount_ore: Ore


def interest_during_construction(
    outlays: Sequence[ConstructionOutlay], rate: RateTable, until: Month
) -> dict[int, Ore]:
    """Interest per year on what has been spent at the start of each month, for the months before `until`.

    Rounded once per year. Source: formula 1.8 in the domain reference.
    """
    exact: dict[int, Fraction] = {}
    month = min((outlay.first for outlay in outlays), default=until)
    while month < until:
        spent = sum((_spent_before(outlay, month) for outlay in outlays), Fraction(0))
        exact[month.year] = exact.get(month.year, Fraction(0)) + rate.in_year(month.year) * spent * Fraction(
            1, 12
        )
        month = month.plus(1)
    return {year: round_half_up(amount) for year, amount in exact.items()}


def _spent_before(outlay: ConstructionOutlay, month: Month) -> Fraction:
    passed = min(max(month.ordinal - outlay.first.ordinal, 0), outlay.months)
    return Fraction(outlay.amount_ore * passed, outlay.months)


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


_DEPRECIATION_TEXT = N_("Avskrivning %(amount)s kr / %(life)s mån × %(months)s mån = %(result)s kr")
_ROUNDED_DEPRECIATION_TEXT = N_(
    "Avskrivning %(amount)s kr / %(life)s mån × %(months)s mån, avrundat så att åren blir hela beloppet ="
    " %(result)s kr"
)


def explain_depreciation(asset: Asset, rules: CapitalCostRules, year: int) -> Note:
    """How the year's depreciation was computed, with the numbers put in."""
    row = capital_cost(asset, rules, [year])[0]
    if asset.life_months is None:
        return Note("Mark skrivs inte av")
    exact = Fraction(asset.depreciable_ore * row.months, asset.life_months)
    even = round_half_up(exact) == row.depreciation_ore
    return Note(
        _DEPRECIATION_TEXT if even else _ROUNDED_DEPRECIATION_TEXT,
        {
            "amount": kronor_text(asset.depreciable_ore),
            "life": asset.life_months,
            "months": row.months,
            "result": kronor_text(row.depreciation_ore),
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
    return Note(
        _INTEREST_TEXTS[rules.interest_base],
        {
            "rate": percent_text(rules.internal_rate.in_year(year)),
            "months": row.months,
            "opening": kronor_text(row.opening_ore),
            "closing": kronor_text(row.closing_ore),
            "result": kronor_text(row.interest_ore),
        },
    )


def explain_capital_cost(asset: Asset, rules: CapitalCostRules, year: int) -> tuple[Note, ...]:
    """How the year's capital cost was computed: depreciation, then interest."""
    return explain_depreciation(asset, rules, year), explain_interest(asset, rules, year)


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
