"""Every number that the domain reference computes in its sections 1, 2 and 10, by its section.

Amounts are thousands of kronor with one decimal, as printed there. What needs whole views (2.3-2.5, 10.1, 10.5) is in
`test_consequences.py` and `test_rents.py`, the bridge between the views in `test_eliminations.py`.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from investplan.domain.annuities import Annuity, level_annuity
from investplan.domain.capital_costs import (
    Asset,
    CapitalCostRow,
    CapitalCostRules,
    InterestBase,
    RateTable,
    StartRule,
    capital_cost,
)
from investplan.domain.construction import ConstructionOutlay, interest_during_construction
from investplan.domain.grants import grant_rows
from investplan.units import NBSP, Month, round_half_up

TKR = 100_000
RATE = RateTable(Fraction("0.025"))
RULES = CapitalCostRules(RATE)
OPENED = Month(2027, 8)
EXAMPLE_A = Asset("A", 30_000 * TKR, 0, 360, OPENED)
PARTS = {
    "Mark": (4_000, None, "0.0"),
    "Markanläggning": (6_000, 20, "300.0"),
    "Stomme och grund": (28_000, 80, "350.0"),
    "Fasad, fönster, dörrar": (9_000, 40, "225.0"),
    "Yttertak": (4_000, 40, "100.0"),
    "Installationer": (15_000, 25, "600.0"),
    "Styr- och övervakning": (2_000, 15, "133.3"),
    "Ytskikt, fast inredning": (6_000, 15, "400.0"),
    "Storköksutrustning": (2_000, 10, "200.0"),
    "Restpost byggnad": (2_000, 50, "40.0"),
}
PROPERTY = [
    Asset(name, cost * TKR, 0, None if life is None else life * 12, OPENED)
    for name, (cost, life, _) in PARTS.items()
]
INVENTORY = Asset("Lösa inventarier", 2_000 * TKR, 0, 120, OPENED)


def tkr(amount_ore: int | Fraction) -> Fraction:
    return Fraction(round_half_up(Fraction(amount_ore) / (TKR // 10)), 10)


def printed(*amounts: str) -> list[Fraction]:
    return [Fraction(amount) for amount in amounts]


def summed(assets: list[Asset], rules: CapitalCostRules, year: int) -> CapitalCostRow:
    rows = [capital_cost(asset, rules, [year])[0] for asset in assets]
    names = ("months", "depreciation_ore", "interest_ore", "capital_cost_ore", "opening_ore", "closing_ore")
    return CapitalCostRow(year, *(sum(getattr(row, name) for row in rows) for name in names))


# 1.3


def test_1_3_every_row_of_example_a() -> None:
    table = {
        2027: ("333.3", "250.0", "583.3", "581.9", "582.3", "29666.7", 4),
        2028: ("1000.0", "741.7", "1741.7", "1729.2", "1730.2", "28666.7", 12),
        2029: ("1000.0", "716.7", "1716.7", "1704.2", "1705.2", "27666.7", 12),
        2030: ("1000.0", "691.7", "1691.7", "1679.2", "1680.2", "26666.7", 12),
        2057: ("666.7", "11.1", "677.8", "672.2", "672.9", "0.0", 8),
    }
    for year, (*amounts, months) in table.items():
        found = {
            base: capital_cost(EXAMPLE_A, CapitalCostRules(RATE, base), [year])[0] for base in InterestBase
        }
        row = found[InterestBase.OPENING]
        assert row.months == months
        assert [
            tkr(row.depreciation_ore),
            tkr(row.interest_ore),
            *(tkr(found[base].capital_cost_ore) for base in InterestBase),
            tkr(row.closing_ore),
        ] == printed(*amounts)


def test_1_3_the_sums_over_the_life() -> None:
    """Depreciation is exact. The printed interest sums (11 620.4, 11 251.0, 11 281.1) are up to 1 tkr from the rows."""
    sums = {
        InterestBase.OPENING: "11620.4",
        InterestBase.AVERAGE: "11251.0",
        InterestBase.MONTHLY: "11281.1",
    }
    for base, amount in sums.items():
        rows = capital_cost(EXAMPLE_A, CapitalCostRules(RATE, base), range(2027, 2058))
        assert sum(row.months for row in rows) == 360
        assert sum(row.depreciation_ore for row in rows) == 30_000 * TKR
        assert abs(tkr(sum(row.interest_ore for row in rows)) - Fraction(amount)) <= 1


# 1.5 and 10.1


def test_1_5_every_component_of_example_b() -> None:
    for asset, (_, _, yearly) in zip(PROPERTY, PARTS.values(), strict=True):
        assert tkr(capital_cost(asset, RULES, [2028])[0].depreciation_ore) == Fraction(yearly)
    assert tkr(summed(PROPERTY, RULES, 2028).depreciation_ore) == Fraction("2348.3")
    assert tkr(summed([*PROPERTY, INVENTORY], RULES, 2028).depreciation_ore) == Fraction("2548.3")


def test_1_5_the_capital_cost_of_the_property_and_the_inventory() -> None:
    first, second = (summed(PROPERTY, RULES, year) for year in (2027, 2028))
    assert [tkr(first.depreciation_ore), tkr(first.interest_ore)] == printed("782.8", "650.0")
    assert [tkr(second.depreciation_ore), tkr(second.interest_ore)] == printed("2348.3", "1930.4")
    property_costs = [tkr(summed(PROPERTY, RULES, year).capital_cost_ore) for year in range(2027, 2032)]
    assert property_costs == printed("1432.8", "4278.8", "4220.1", "4161.3", "4102.6")
    inventory = [tkr(row.capital_cost_ore) for row in capital_cost(INVENTORY, RULES, range(2027, 2031))]
    assert inventory == printed("83.3", "248.3", "243.3", "238.3")


def test_1_5_and_10_1_the_month_convention_moves_the_first_year_by_358() -> None:
    same = CapitalCostRules(RATE, start_rule=StartRule.SAME_MONTH)
    later, earlier = (summed(PROPERTY, rules, 2027).capital_cost_ore for rules in (RULES, same))
    assert [tkr(later), tkr(earlier)] == printed("1432.8", "1791.0")
    assert round_half_up(Fraction(earlier - later, TKR)) == 358
    assert summed(PROPERTY, RULES, 2026).capital_cost_ore == 0


def test_1_5_the_effective_single_life_is_33_years() -> None:
    yearly = [capital_cost(asset, RULES, [2028])[0].depreciation_ore for asset in PROPERTY[2:]]
    assert tkr(sum(yearly)) == Fraction("2048.3")
    assert round_half_up(Fraction(68_000 * TKR, sum(yearly)) * 10) == 332


# 1.6


def test_1_6_the_annuity() -> None:
    annuity = Annuity(Asset("A", 30_000 * TKR, 0, 360, Month(2027, 1)), CapitalCostRules(RATE))
    same = Annuity(annuity.asset, CapitalCostRules(RATE, start_rule=StartRule.SAME_MONTH))
    factor = level_annuity(1, Fraction("0.025"), 360)
    assert round_half_up(factor * 10**6) == 47_778
    assert factor == Fraction("0.025") / (1 - Fraction("1.025") ** -30)
    assert tkr(same.yearly) == Fraction("1433.3")
    (first,) = same.rows([2027])
    assert [tkr(first.interest_ore), tkr(first.amortisation_ore)] == printed("750.0", "683.3")
    assert annuity.rows([2027])[0].months == 11


def test_1_6_linear_falls_below_the_annuity_in_year_14_and_totals_less() -> None:
    rules = CapitalCostRules(RATE, start_rule=StartRule.SAME_MONTH)
    asset = Asset("A", 30_000 * TKR, 0, 360, Month(2027, 1))
    linear = [row.capital_cost_ore for row in capital_cost(asset, rules, range(2027, 2057))]
    level = Annuity(asset, rules).amounts_ore(range(2027, 2057))
    assert tkr(linear[0]) == Fraction("1750.0")
    below = [year for year, (one, other) in enumerate(zip(linear, level, strict=True), 1) if one < other]
    assert below[0] == 14
    assert [tkr(sum(linear)), tkr(sum(level))] == printed("41625.0", "42999.9")


def test_1_6_the_annuity_pays_off_a_life_that_is_no_whole_number_of_years() -> None:
    asset = Asset("x", 1_000 * TKR, 100 * TKR, 41, Month(2027, 5))
    rows = Annuity(asset, RULES).rows(range(2026, 2032))
    assert [row.months for row in rows] == [0, 7, 12, 12, 10, 0]
    assert rows[1].annuity_ore * 12 == pytest.approx(rows[2].annuity_ore * 7, abs=12)
    assert sum(row.amortisation_ore for row in rows) == 900 * TKR
    assert [row.balance_ore for row in rows[-2:]] == [100 * TKR, 100 * TKR]
    assert rows[1].interest_ore > rows[4].interest_ore > 0


def test_1_6_land_has_its_interest_and_no_rate_gives_straight_repayment() -> None:
    land = Annuity(Asset("m", 4_000 * TKR, 0, None, OPENED), RULES)
    rows = land.rows([2026, 2027, 2028])
    assert [row.annuity_ore for row in rows] == [0, 100 * TKR * 4 // 12, 100 * TKR]
    assert [row.amortisation_ore for row in rows] == [0, 0, 0]
    assert [row.balance_ore for row in rows] == [0, 4_000 * TKR, 4_000 * TKR]
    assert level_annuity(1200, Fraction(0), 18) == 800
    assert "på mark 4 000 000 kr × 12/12 = 100 000 kr" in str(land.explain(2028)[0]).replace(NBSP, " ")
    told = str(Annuity(EXAMPLE_A, RULES).explain(2027)[0]).replace(NBSP, " ")
    assert told == (
        "Annuitet på 30 000 000 kr, 2,5 %, 360 mån: 1 433 329,22 kr per år × 4/12 = 477 776,41 kr"
    )


# 1.7


def test_1_7_a_quarter_of_a_point_on_the_preschool_is_193() -> None:
    book_value = summed(PROPERTY, RULES, 2028).opening_ore
    assert round_half_up(Fraction(book_value, TKR)) == 77_217
    dearer = CapitalCostRules(RateTable(Fraction("0.0275")))
    rise = summed(PROPERTY, dearer, 2028).interest_ore - summed(PROPERTY, RULES, 2028).interest_ore
    assert round_half_up(Fraction(rise, TKR)) == 193


# 1.8


@pytest.mark.parametrize(("mid_month", "total"), [(False, "1735.4"), (True, "1816.7")])
def test_1_8_interest_during_construction(mid_month: bool, total: str) -> None:
    outlays = [
        ConstructionOutlay(Month(2025, 1), 12, 5_000 * TKR),
        ConstructionOutlay(Month(2026, 1), 12, 45_000 * TKR),
        ConstructionOutlay(Month(2027, 1), 8, 28_000 * TKR),
    ]
    interest = interest_during_construction(outlays, RATE, Month(2027, 9), mid_month=mid_month)
    assert tkr(sum(interest.values())) == Fraction(total)
    if not mid_month:
        assert [tkr(amount) for amount in interest.values()] == printed("57.3", "640.6", "1037.5")
        assert round_half_up(Fraction(sum(interest.values()), 78_000 * TKR) * 1000) == 22


# 1.9


def test_1_9_the_grant_over_the_life_with_gross_and_net_interest_base() -> None:
    """The printed 3 826.9 is the sum of its rounded parts; unrounded they make 3 827.0."""
    (grant,) = grant_rows(8_000 * TKR, PROPERTY, RULES, [2028])
    cost = summed(PROPERTY, RULES, 2028)
    assert tkr(grant.release_ore) == Fraction("253.9")
    assert tkr(cost.capital_cost_ore - grant.release_ore) == Fraction("4024.9")
    lower = cost.interest_ore - grant.interest_ore
    assert tkr(lower) == Fraction("1732.5")
    parts = (tkr(cost.depreciation_ore), -tkr(grant.release_ore), tkr(lower))
    assert sum(parts) == Fraction("3826.9")
    assert tkr(cost.depreciation_ore - grant.release_ore + lower) == Fraction("3827.0")


# 1.10 and 10.13


def test_1_10_and_10_13_what_is_left_after_thirteen_of_twenty_years_is_4200() -> None:
    old = Asset("gammal", 12_000 * TKR, 0, 240, Month(2013, 12), disposed=Month(2026, 12))
    rows = capital_cost(old, RULES, [2025, 2026, 2027])
    assert [tkr(row.disposal_ore) for row in rows] == printed("0", "4200.0", "0")
    assert rows[1].months == 12
    assert rows[2] == CapitalCostRow(2027, 0, 0, 0, 0, 0, 0)


# 10.2


def test_10_2_the_capital_cost_falls_by_58_7_a_year() -> None:
    costs = [summed(PROPERTY, RULES, year).capital_cost_ore for year in range(2028, 2034)]
    assert {tkr(one - other) for one, other in pairwise(costs)} == {Fraction("58.7")}


# 10.3


def test_10_3_one_life_for_the_whole_building_underestimates() -> None:
    def yearly(years: int) -> Fraction:
        return tkr(
            capital_cost(Asset("x", 74_000 * TKR, 0, years * 12, OPENED), RULES, [2028])[0].depreciation_ore
        )

    assert [yearly(33), yearly(50)] == printed("2242.4", "1480.0")
    components = tkr(summed(PROPERTY, RULES, 2028).depreciation_ore)
    assert round_half_up((1 - yearly(50) / components) * 100) == 37
    land = capital_cost(PROPERTY[0], RULES, [2028])[0]
    assert (land.depreciation_ore, tkr(land.interest_ore)) == (0, 100)


# 10.4


def test_10_4_the_interest_base_moves_the_second_year() -> None:
    found = [
        tkr(capital_cost(EXAMPLE_A, CapitalCostRules(RATE, base), [2028])[0].interest_ore)
        for base in InterestBase
    ]
    assert found == printed("741.7", "729.2", "730.2")
    after = capital_cost(EXAMPLE_A, RULES, [2058])[0]
    assert (after.interest_ore, after.depreciation_ore) == (0, 0)


# 10.8


def test_10_8_building_prices_rise_from_the_price_level_year_to_each_year_of_spending() -> None:
    index = RateTable(Fraction("0.03"))
    spent = {2025: 5_000, 2026: 45_000, 2027: 30_000}
    assert sum(amount * index.growth(2025, year) for year, amount in spent.items()) == 83_177
