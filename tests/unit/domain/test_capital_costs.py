"""Depreciation and internal interest: worked examples, and properties against a slow recomputation."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from investplan.domain.capital_costs import (
    Asset,
    CapitalCostRules,
    InterestBase,
    MonthSpan,
    RateTable,
    StartRule,
    capital_cost,
    explain_capital_cost,
    share_out,
    yearly_amounts,
)
from investplan.domain.construction import ConstructionOutlay, interest_during_construction
from investplan.domain.grants import grant_rows
from investplan.errors import InvalidInputError
from investplan.units import NBSP, Month, round_half_up, round_ratio

TKR = 100_000
RATE = RateTable(Fraction("0.025"))
RULES = CapitalCostRules(RATE)
EXAMPLE_A = Asset("A", 30_000 * TKR, 0, 360, Month(2027, 8))


def in_tkr(amount_ore: int) -> Fraction:
    """Rounded to one decimal, as the domain reference prints it."""
    return Fraction(round_half_up(Fraction(amount_ore, TKR // 10)), 10)


def years_of(asset: Asset) -> range:
    """Every year from before commissioning to after the life."""
    last = asset.commissioned.plus((asset.life_months or 24) + 2).year
    return range(asset.commissioned.year - 1, last + 2)


def slow_interest(asset: Asset, rules: CapitalCostRules, year: int) -> Fraction:
    """The exact interest of the year, month by month from the definitions, sharing no code with the engine."""
    start = asset.commissioned.year * 12 + asset.commissioned.month - 1
    start += 1 if rules.start_rule == "next_month" else 0
    end = start + asset.life_months if asset.life_months is not None else 10**9
    monthly = (
        Fraction(asset.cost_ore - asset.residual_ore, asset.life_months) if asset.life_months else Fraction(0)
    )
    charged = [month for month in range(year * 12, year * 12 + 12) if start <= month < end]
    if not charged:
        return Fraction(0)
    values = [asset.cost_ore - monthly * (month - start) for month in charged]
    rate = rules.internal_rate.by_year.get(year, rules.internal_rate.default)
    part_of_year = Fraction(len(charged), 12)
    if rules.interest_base == "opening":
        return rate * values[0] * part_of_year
    if rules.interest_base == "average":
        return rate * (values[0] + values[-1] - monthly) / 2 * part_of_year
    return sum((rate / 12 * value for value in values), Fraction(0))


@st.composite
def assets(draw: st.DrawFn) -> Asset:
    cost = draw(st.integers(0, 10**11))
    life = draw(st.one_of(st.none(), st.integers(1, 1200)))
    residual = 0 if life is None else draw(st.integers(0, cost))
    return Asset("x", cost, residual, life, Month(draw(st.integers(2020, 2035)), draw(st.integers(1, 12))))


@st.composite
def rules(draw: st.DrawFn) -> CapitalCostRules:
    rate = st.integers(0, 1000).map(lambda points: Fraction(points, 10_000))
    table = RateTable(draw(rate), draw(st.dictionaries(st.integers(2020, 2060), rate, max_size=5)))
    return CapitalCostRules(table, draw(st.sampled_from(InterestBase)), draw(st.sampled_from(StartRule)))


def test_example_a_gives_the_printed_amounts_for_each_interest_base() -> None:
    printed = {
        InterestBase.OPENING: ["583.3", "1741.7", "1716.7", "1691.7"],
        InterestBase.AVERAGE: ["581.9", "1729.2", "1704.2", "1679.2"],
        InterestBase.MONTHLY: ["582.3", "1730.2", "1705.2", "1680.2"],
    }
    last = {InterestBase.OPENING: "677.8", InterestBase.AVERAGE: "672.2", InterestBase.MONTHLY: "672.9"}
    for base, amounts in printed.items():
        rows = capital_cost(EXAMPLE_A, CapitalCostRules(RATE, base), range(2027, 2059))
        assert [in_tkr(row.capital_cost_ore) for row in rows[:4]] == [Fraction(one) for one in amounts]
        assert in_tkr(rows[30].capital_cost_ore) == Fraction(last[base])
        assert (rows[30].months, rows[30].closing_ore, rows[31].interest_ore) == (8, 0, 0)


def test_interest_over_the_life_of_example_a_has_its_closed_form() -> None:
    """The reference's own sums (11 620.4, 11 251.0, 11 281.1) are up to 1 tkr from what its yearly rows add up to."""
    rate, cost = Fraction("0.025"), 30_000 * TKR
    closed = {
        InterestBase.MONTHLY: rate * Fraction(cost, 12) * (360 - Fraction(359, 2)),
        InterestBase.AVERAGE: rate * Fraction(cost, 12) * 180,
    }
    first_months = Fraction(1_000 * TKR, 3)
    opening_values = [cost, *(cost - first_months - 1_000 * TKR * k for k in range(29)), 2 * first_months]
    months = [4, *[12] * 29, 8]
    closed[InterestBase.OPENING] = sum(
        (rate * value * Fraction(m, 12) for value, m in zip(opening_values, months, strict=True)), Fraction(0)
    )
    for base, exact in closed.items():
        rows = capital_cost(EXAMPLE_A, CapitalCostRules(RATE, base), range(2027, 2058))
        assert abs(sum(row.interest_ore for row in rows) - exact) <= len(rows) // 2


def test_the_format_example_is_reproduced_to_the_ore() -> None:
    rate = RateTable(Fraction("0.025"), {2029: Fraction("0.03")})
    roof = Asset("roof", 4_000_000_00, 0, 480, Month(2027, 8))
    row = capital_cost(roof, CapitalCostRules(rate), [2027])[0]
    assert row.months == 4
    assert (row.depreciation_ore, row.interest_ore, row.capital_cost_ore) == (33333_33, 33333_33, 66666_66)
    assert row.closing_ore == 3_966_666_67


def test_a_year_with_its_own_rate_uses_it_and_no_other_year_does() -> None:
    rate = RateTable(Fraction("0.025"), {2029: Fraction("0.03")})
    rows = capital_cost(EXAMPLE_A, CapitalCostRules(rate), [2028, 2029, 2030])
    plain = capital_cost(EXAMPLE_A, RULES, [2028, 2029, 2030])
    assert [one.interest_ore == other.interest_ore for one, other in zip(rows, plain, strict=True)] == [
        True,
        False,
        True,
    ]
    assert rows[1].interest_ore == round_half_up(Fraction("0.03") * Fraction(rows[1].opening_ore))


def test_land_carries_interest_for_good_and_is_never_depreciated() -> None:
    land = Asset("Mark", 4_000 * TKR, 0, None, Month(2027, 8))
    rows = capital_cost(land, RULES, [2026, 2027, 2028, 2150])
    assert [row.depreciation_ore for row in rows] == [0, 0, 0, 0]
    assert [row.interest_ore for row in rows] == [0, 33333_33, 100_000_00, 100_000_00]
    assert [row.closing_ore for row in rows] == [0, 4_000 * TKR, 4_000 * TKR, 4_000 * TKR]


def test_an_asset_commissioned_in_december_is_on_the_books_before_it_is_charged() -> None:
    asset = Asset("x", 1200_00, 0, 12, Month(2027, 12))
    rows = capital_cost(asset, RULES, [2026, 2027, 2028, 2029])
    assert [row.months for row in rows] == [0, 0, 12, 0]
    assert [(row.opening_ore, row.closing_ore) for row in rows] == [
        (0, 0),
        (1200_00, 1200_00),
        (1200_00, 0),
        (0, 0),
    ]


def test_a_residual_value_carries_interest_during_the_life_only_and_stays_on_the_books() -> None:
    asset = Asset("x", 1000_00, 1000_00, 24, Month(2026, 12))
    rows = capital_cost(asset, RULES, [2027, 2028, 2029])
    assert [row.depreciation_ore for row in rows] == [0, 0, 0]
    assert [row.interest_ore for row in rows] == [25_00, 25_00, 0]
    assert rows[2].closing_ore == 1000_00


def test_an_asset_that_cannot_be_is_refused_with_every_fault_at_once() -> None:
    with pytest.raises(InvalidInputError) as refused:
        Asset("x", -1, 5, 0, Month(2027, 1))
    assert set(refused.value.fields) == {"cost_ore", "residual_ore", "life_months"}
    with pytest.raises(InvalidInputError) as land:
        Asset("x", 10, 5, None, Month(2027, 1))
    assert set(land.value.fields) == {"residual_ore"}


@settings(deadline=None)
@given(assets(), rules())
def test_depreciation_adds_up_to_the_depreciable_amount_and_only_falls_in_the_life(
    asset: Asset, rules: CapitalCostRules
) -> None:
    rows = capital_cost(asset, rules, years_of(asset))
    assert sum(row.depreciation_ore for row in rows) == asset.depreciable_ore
    assert all(row.depreciation_ore >= 0 and row.interest_ore >= 0 for row in rows)
    assert all(row.depreciation_ore == row.interest_ore == 0 for row in rows if row.months == 0)
    full = [row.depreciation_ore for row in rows if row.months == 12]
    assert not full or max(full) - min(full) <= 1


@settings(deadline=None)
@given(assets(), rules())
def test_book_value_is_cost_less_depreciation_and_ends_at_the_residual(
    asset: Asset, rules: CapitalCostRules
) -> None:
    passed = 0
    rows = capital_cost(asset, rules, years_of(asset))
    for row in rows:
        passed += row.depreciation_ore
        on_the_books = row.year >= asset.commissioned.year
        assert row.closing_ore == (asset.cost_ore - passed if on_the_books else 0)
        assert row.opening_ore - row.depreciation_ore == row.closing_ore
        assert row.capital_cost_ore == row.depreciation_ore + row.interest_ore
    assert rows[-1].closing_ore == (asset.cost_ore if asset.life_months is None else asset.residual_ore)


@settings(max_examples=60, deadline=None)
@given(assets(), rules())
def test_interest_is_the_slow_exact_interest_rounded_once(asset: Asset, rules: CapitalCostRules) -> None:
    years = years_of(asset)[:12]
    for row in capital_cost(asset, rules, years):
        assert row.interest_ore == round_half_up(slow_interest(asset, rules, row.year))


@settings(deadline=None)
@given(assets(), rules(), st.integers(1, 9))
def test_delaying_by_whole_years_shifts_the_series_and_changes_nothing_else(
    asset: Asset, rules: CapitalCostRules, delay: int
) -> None:
    level = CapitalCostRules(RateTable(rules.internal_rate.default), rules.interest_base, rules.start_rule)
    month = asset.commissioned
    later = Asset(
        "x", asset.cost_ore, asset.residual_ore, asset.life_months, Month(month.year + delay, month.month)
    )
    years = years_of(asset)[:20]
    moved = capital_cost(later, level, [year + delay for year in years])
    for one, other in zip(capital_cost(asset, level, years), moved, strict=True):
        assert (one.months, one.depreciation_ore, one.interest_ore, one.closing_ore) == (
            other.months,
            other.depreciation_ore,
            other.interest_ore,
            other.closing_ore,
        )


@settings(deadline=None)
@given(st.integers(0, 10**10), st.integers(0, 10**10), st.integers(1, 600))
def test_splitting_an_asset_in_two_of_equal_life_keeps_the_total(one: int, other: int, life: int) -> None:
    month = Month(2027, 3)
    whole = capital_cost(Asset("w", one + other, 0, life, month), RULES, range(2027, 2080))
    parts = [
        capital_cost(Asset("p", part, 0, life, month), RULES, range(2027, 2080)) for part in (one, other)
    ]
    assert sum(row.depreciation_ore for row in whole) == sum(
        row.depreciation_ore for part in parts for row in part
    )
    for i, row in enumerate(whole):
        assert abs(row.capital_cost_ore - sum(part[i].capital_cost_ore for part in parts)) <= 3


@settings(deadline=None)
@given(st.integers(0, 10**10), st.integers(1, 600), st.integers(1, 600))
def test_another_life_changes_the_series_but_never_the_sum(cost: int, life: int, other: int) -> None:
    sums = {
        sum(
            row.depreciation_ore
            for row in capital_cost(Asset("x", cost, 0, n, Month(2027, 1)), RULES, range(2027, 2079))
        )
        for n in (life, other)
    }
    assert sums == {cost}


def test_capital_cost_falls_strictly_between_full_years() -> None:
    rows = capital_cost(EXAMPLE_A, RULES, range(2028, 2057))
    amounts = [row.capital_cost_ore for row in rows]
    assert all(later < earlier for earlier, later in pairwise(amounts))


@settings(deadline=None)
@given(st.integers(-(10**15), 10**15), st.integers(1, 10**9))
def test_round_ratio_is_the_one_rounding_rule(numerator: int, denominator: int) -> None:
    assert round_ratio(numerator, denominator) == round_half_up(Fraction(numerator, denominator))


@settings(deadline=None)
@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**10), min_size=1).filter(any))
def test_sharing_out_loses_and_adds_nothing(total: int, weights: list[int]) -> None:
    shares = share_out(total, weights)
    assert sum(shares) == total
    assert all(
        abs(share - Fraction(total * w, sum(weights))) < 1 for share, w in zip(shares, weights, strict=True)
    )


@settings(deadline=None)
@given(st.integers(0, 10**10), st.lists(assets(), min_size=1, max_size=5))
def test_a_grant_is_released_to_the_ore_over_the_lives_of_what_is_depreciated(
    grant_ore: int, granted: list[Asset]
) -> None:
    rows = grant_rows(grant_ore, granted, RULES, range(2019, 2140))
    depreciable = any(asset.depreciable_ore for asset in granted)
    assert sum(row.release_ore for row in rows) == (grant_ore if depreciable else 0)
    assert all(row.release_ore >= 0 and row.interest_ore >= 0 for row in rows)


@settings(deadline=None)
@given(st.integers(-(10**9), 10**9), st.integers(1, 12), st.integers(1, 60))
def test_yearly_amounts_of_a_limited_time_add_up(annual: int, month: int, lasts: int) -> None:
    amounts = yearly_amounts(annual, MonthSpan(Month(2027, month), lasts), range(2026, 2040))
    assert sum(amounts) == round_half_up(Fraction(annual * lasts, 12))


def test_interest_during_construction_is_the_printed_one() -> None:
    outlays = [
        ConstructionOutlay(Month(2025, 1), 12, 5_000 * TKR),
        ConstructionOutlay(Month(2026, 1), 12, 45_000 * TKR),
        ConstructionOutlay(Month(2027, 1), 8, 28_000 * TKR),
    ]
    interest = interest_during_construction(outlays, RATE, Month(2027, 9))
    assert {year: in_tkr(amount) for year, amount in interest.items()} == {
        2025: Fraction("57.3"),
        2026: Fraction("640.6"),
        2027: Fraction("1037.5"),
    }
    assert in_tkr(sum(interest.values())) == Fraction("1735.4")


def test_the_year_can_say_how_it_was_computed() -> None:
    roof = Asset("Yttertak", 4_000_000_00, 0, 480, Month(2027, 8))
    depreciation, interest = (
        str(note).replace(NBSP, " ") for note in explain_capital_cost(roof, RULES, 2027)
    )
    assert depreciation == "Avskrivning 4 000 000 kr / 480 mån × 4 mån = 33 333,33 kr"
    assert interest == "Internränta 2,5 % × 4/12 × ingående bokfört värde 4 000 000 kr = 33 333,33 kr"


@pytest.mark.parametrize("base", InterestBase)
def test_every_interest_base_explains_itself_with_the_result(base: InterestBase) -> None:
    rules = CapitalCostRules(RATE, base)
    row = capital_cost(EXAMPLE_A, rules, [2028])[0]
    note = explain_capital_cost(EXAMPLE_A, rules, 2028)[1]
    whole = str(row.interest_ore // 100)
    assert whole in str(note).replace(NBSP, "")
