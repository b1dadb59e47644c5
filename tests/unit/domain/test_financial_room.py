from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from investplan.domain.finances import Finances, Item, Phase, PlanEffects, with_effects
from investplan.domain.financial_room import (
    RoomLimit,
    can_be_limit,
    every_limit,
    room,
    room_limits,
    weighted_text,
)
from investplan.domain.indicators import Indicator
from investplan.domain.parameters import DEFAULTS, Ceiling, Parameters
from investplan.domain.targets import Operator, Target, outcomes
from investplan.units import NBSP
from tests.unit.domain.financial_years import finances, ore, year

# Section 4.2: tax and grants 5 300, result 2 % -> 106, depreciation 260, investment 480 with 20 in grants.
EXAMPLE: dict[str, Any] = {
    "tax_and_grants": 5300, "result": 106, "depreciation": 260, "impairment": 0, "net_investment": 460,
    "other_cash": 0, "loans": 2000, "population": 72000, "equity": 2500, "total_assets": 5000,
    "pension_obligation": 1000,
}  # fmt: skip


def target(indicator: Indicator, operator: Operator, value: str, **changes: Any) -> Target:
    return Target(
        indicator.value, indicator.value, indicator, operator, Fraction(value), is_limit=True, **changes
    )


RESULT = target(Indicator.RESULT_SHARE, Operator.AT_LEAST, "0.02")
SELF = target(Indicator.SELF_FINANCING, Operator.AT_LEAST, "0.7")
DEBT = target(Indicator.DEBT_PER_INHABITANT, Operator.AT_MOST, str(30_000_00))


def text(note: Any) -> str:
    return str(note).replace(NBSP, " ")


def test_the_room_of_the_example() -> None:
    told = room(finances(year(2027, **EXAMPLE)), [RESULT, SELF, DEBT], 2027)
    assert told.self_financed.amount_ore == ore(366)
    assert text(told.self_financed.computation) == "(106,0 + 260,0 + 0,0) = 366,0 mnkr"
    assert told.new_borrowing.amount_ore == ore(94)
    assert text(told.max_net_investment.computation) == "366,0 / 70,0 % = 522,9 mnkr"
    assert told.max_net_investment.amount_ore == ore(366) * 10 // 7
    assert told.borrowing_room.amount_ore == ore(160)
    assert text(told.borrowing_room.computation) == "30 000 kr × 72 000 invånare − 2 000,0 = 160,0 mnkr"
    assert told.operating_room.amount_ore == 0
    assert text(told.operating_room.computation) == "(1 − 2,0 %) × 5 300,0 − 5 194,0 = 0,0 mnkr"


def test_a_room_without_figures_says_which_and_without_targets_says_so() -> None:
    told = room(finances(year(2027, result=106)), [RESULT], 2027)
    assert told.self_financed.amount_ore is None
    assert told.self_financed.missing == (Item.DEPRECIATION, Item.IMPAIRMENT)
    assert told.max_net_investment.without_target
    assert told.borrowing_room.without_target
    assert told.operating_room.missing == (Item.TAX_AND_GRANTS,)
    assert room(finances(year(2027, **EXAMPLE)), [], 2027).operating_room.without_target


def test_the_net_cost_share_asks_for_a_result_too_and_the_hardest_counts() -> None:
    costs = target(Indicator.NET_COST_SHARE, Operator.AT_MOST, "0.97")
    told = room(finances(year(2027, **EXAMPLE)), [RESULT, costs], 2027)
    assert told.operating_room.amount_ore == ore(106 - 159)


def plan(**mnkr: Any) -> Finances:
    return finances(
        year(2026, Phase.BUDGET, **EXAMPLE),
        *(year(y, Phase.PLAN, **{**EXAMPLE, **mnkr}) for y in range(2027, 2031)),
    )


YEARS = (2027, 2028, 2029, 2030)


GROSS = replace(DEFAULTS, ceiling_counts=Ceiling.GROSS)
CAPITALISED = replace(DEFAULTS, capitalise_interest=True)


def limits(one: Target, parameters: Parameters = DEFAULTS, **mnkr: Any) -> tuple[RoomLimit, ...]:
    return room_limits(one, plan(**mnkr), YEARS, parameters)


def test_self_financing_counts_depreciation_as_own_funds_inside_the_limit() -> None:
    (told,) = limits(SELF, net_investment=10)
    assert told.weights == {"operating": 1, "lasting:depreciation": -1, "investment": Fraction(7, 10)}
    assert told.max_ore_by_year == dict.fromkeys(YEARS, ore(366 - 7))
    assert (told.cumulative, told.window) == (False, None)
    (gross,) = limits(SELF, GROSS)
    assert gross.weights["lasting:grants"] == Fraction(-7, 10)
    (capitalised,) = limits(SELF, CAPITALISED)
    assert capitalised.weights["lasting:capitalised"] == Fraction(7, 10)


def test_the_result_and_the_net_cost_share_are_a_plain_operating_room() -> None:
    (told,) = limits(RESULT, result=150)
    assert told.weights == {"operating": 1}
    assert told.max_ore_by_year == dict.fromkeys(YEARS, ore(150 - 106))
    (costs,) = limits(target(Indicator.NET_COST_SHARE, Operator.AT_MOST, "0.98"), result=150)
    assert (costs.weights, costs.max_ore_by_year) == (told.weights, told.max_ore_by_year)


def test_debt_and_solvency_are_running_totals() -> None:
    (debt,) = limits(DEBT)
    assert debt.cumulative
    assert debt.weights == {"investment": 1, "operating": 1, "lasting:noncash": -1}
    assert debt.max_ore_by_year[2030] == ore(160)
    (solvency,) = limits(target(Indicator.SOLVENCY_WITH_PENSIONS, Operator.AT_LEAST, "0.25"))
    assert solvency.cumulative
    assert solvency.max_ore_by_year[2027] == ore(1500 - 1250)
    assert solvency.weights["lasting:depreciation"] == Fraction(-1, 4)


def test_an_average_is_a_window_and_begins_with_what_the_years_before_have_left() -> None:
    inside, before = limits(
        target(Indicator.RESULT_SHARE, Operator.AT_LEAST, "0.02", average_years=3), result=126
    )
    assert inside.window == 3
    assert inside.max_ore_by_year == {2027: ore(60), 2028: ore(60)}
    # 2026 has 106, just the target; the windows that end 2028 need 2026 and two plan years.
    assert before.cumulative
    assert before.max_ore_by_year == {2028: ore(40)}
    (only,) = limits(
        target(Indicator.RESULT_SHARE, Operator.AT_LEAST, "0.02", average_years=3, first_year=2027)
    )
    assert only.window == 3


def test_a_year_without_figures_has_no_limit_and_is_told() -> None:
    found = finances(year(2027, Phase.PLAN, **EXAMPLE), year(2028, Phase.PLAN, result=106))
    (told,) = room_limits(RESULT, found, (2027, 2028), DEFAULTS)
    assert told.max_ore_by_year == {2027: 0}
    assert told.missing == ((2028, Item.TAX_AND_GRANTS),)


def test_what_a_plan_does_not_change_cannot_be_a_limit() -> None:
    assert not can_be_limit(Indicator.LIQUIDITY)
    assert not can_be_limit(Indicator.DEBT_PER_INHABITANT, 3)
    assert limits(target(Indicator.LIQUIDITY, Operator.AT_LEAST, "1")) == ()
    others = [one for one in Indicator if one is not Indicator.LIQUIDITY]
    assert all(can_be_limit(one) for one in others)


def test_only_targets_marked_so_are_handed_over() -> None:
    told = every_limit([RESULT, replace(SELF, is_limit=False)], plan(), YEARS, DEFAULTS)
    assert [one.code for one in told] == ["mål result_share"]


def test_weighted_rows_are_told_in_words() -> None:
    (told,) = limits(SELF)
    assert str(weighted_text(told.weights)) == (
        "0,7 × investeringsutgift + driftkostnad i koncernvyn − avskrivningar och utrangeringar"
    )
    assert str(weighted_text({"operating": Fraction(-1)})) == "−driftkostnad i koncernvyn"


AMOUNT = st.integers(-(10**10), 10**10)


@st.composite
def some_effects(draw: Any) -> PlanEffects:
    rows = st.tuples(*[AMOUNT] * len(YEARS))
    return PlanEffects(YEARS, *(draw(rows) for _ in range(8)))


def rows_of(effects: PlanEffects, ceiling: Ceiling) -> dict[str, tuple[int, ...]]:
    """The case's rows of a plan with these effects."""
    net = tuple(o - g for o, g in zip(effects.outlay_ore, effects.grants_received_ore, strict=True))
    return {
        "investment": net if ceiling is Ceiling.NET else effects.outlay_ore,
        "operating": effects.cost_ore,
        "lasting:depreciation": effects.written_off_ore,
        "lasting:noncash": effects.noncash_ore,
        "lasting:grants": effects.grants_received_ore,
        "lasting:capitalised": effects.capitalised_ore,
    }


def left_of(limit: RoomLimit, rows: dict[str, tuple[int, ...]]) -> dict[int, Fraction]:
    """Room left by the first year of each period, computed as the optimiser's checker does."""
    series = [
        sum((weight * rows[row][k] for row, weight in limit.weights.items()), Fraction(0))
        for k in range(len(YEARS))
    ]
    left = {}
    for first, most in limit.max_ore_by_year.items():
        k = YEARS.index(first)
        inside = slice(0, k + 1) if limit.cumulative else slice(k, k + (limit.window or 1))
        left[first] = most - sum(series[inside], Fraction(0))
    return left


TARGETS = [
    RESULT, SELF, DEBT,
    target(Indicator.NET_COST_SHARE, Operator.AT_MOST, "0.983"),
    target(Indicator.NET_INVESTMENT_SHARE, Operator.AT_MOST, "0.091"),
    target(Indicator.SOLVENCY, Operator.AT_LEAST, "0.481"),
    target(Indicator.SOLVENCY_WITH_PENSIONS, Operator.AT_LEAST, "0.277"),
    target(Indicator.RESULT_SHARE, Operator.AT_LEAST, "0.019", average_years=3),
    target(Indicator.SELF_FINANCING, Operator.AT_LEAST, "0.753", average_years=2),
]  # fmt: skip


@pytest.mark.parametrize("one", TARGETS, ids=lambda one: f"{one.indicator}-{one.average_years}")
@pytest.mark.parametrize("parameters", [CAPITALISED, replace(CAPITALISED, ceiling_counts=Ceiling.GROSS)])
@settings(deadline=None)
@given(effects=some_effects())
def test_a_plan_holds_the_limits_just_when_it_keeps_the_target(
    one: Target, parameters: Parameters, effects: PlanEffects
) -> None:
    base = plan(net_investment=300)
    left = [
        amount
        for limit in room_limits(one, base, YEARS, parameters)
        for amount in left_of(limit, rows_of(effects, parameters.ceiling_counts)).values()
    ]
    after = with_effects(base, effects)
    told = outcomes(one, after, YEARS)
    if any(outcome.met is None for outcome in told.values()):
        return  # the plan made the lower sum negative: there is no such indicator
    kept = all(outcome.met for outcome in told.values())
    if all(amount >= 0 for amount in left):
        assert kept
    if kept:
        assert all(amount > -1 for amount in left)  # the right-hand side is rounded down to whole öre


def test_a_target_without_the_figures_for_it_names_each_figure() -> None:
    told = room(finances(year(2027, result=106, loans=2000)), [RESULT, SELF, DEBT], 2027)
    assert told.max_net_investment == told.self_financed
    assert told.max_net_investment.missing == (Item.DEPRECIATION, Item.IMPAIRMENT)
    assert told.borrowing_room.missing == (Item.POPULATION,)
    without_loans = room(finances(year(2027, population=72000)), [RESULT, DEBT], 2027)
    assert without_loans.borrowing_room.missing == (Item.LOANS,)
    assert without_loans.operating_room.missing == (Item.TAX_AND_GRANTS, Item.RESULT)
    assert told.new_borrowing.missing == (
        Item.NET_INVESTMENT, Item.DEPRECIATION, Item.IMPAIRMENT, Item.OTHER_CASH,
    )  # fmt: skip


def said(limit: RoomLimit) -> dict[int, str]:
    return {number: text(note) for number, note in limit.computations.items()}


def test_a_limit_says_whose_it_is_and_how_each_years_most_was_computed() -> None:
    (own,) = limits(SELF)
    assert (own.code, own.target, own.missing) == ("mål self_financing", SELF, ())
    assert said(own) == dict.fromkeys(YEARS, "(106,0 + 260,0 + 0,0) − 70,0 % × 460,0 = 44,0 mnkr")
    (debt,) = limits(DEBT)
    assert said(debt) == dict.fromkeys(YEARS, "30 000 kr × 72 000 − 2 000,0 = 160,0 mnkr")
    share = target(Indicator.NET_INVESTMENT_SHARE, Operator.AT_MOST, "0.1")
    (invested,) = limits(share)
    assert said(invested) == dict.fromkeys(YEARS, "10,0 % × 5 300,0 − 460,0 = 70,0 mnkr")
    (solvency,) = limits(target(Indicator.SOLVENCY_WITH_PENSIONS, Operator.AT_LEAST, "0.25"))
    assert said(solvency)[2030] == "(2 500,0 − 1 000,0) − 25,0 % × 5 000,0 = 250,0 mnkr"


def test_an_average_of_two_years_is_a_window_of_two_and_its_beginning_says_so() -> None:
    two = target(Indicator.RESULT_SHARE, Operator.AT_LEAST, "0.02", average_years=2)
    inside, before = limits(two, result=126)
    assert (inside.code, inside.target, inside.window, inside.cumulative) == (
        "mål result_share",
        two,
        2,
        False,
    )
    assert inside.max_ore_by_year == dict.fromkeys((2027, 2028, 2029), ore(40))
    assert said(inside)[2027] == "252,0 − 2,00 % × 10 600,0 = 40,0 mnkr"
    assert (before.code, before.target) == ("mål result_share början", two)
    assert (before.window, before.cumulative, before.missing) == (None, True, ())
    assert before.max_ore_by_year == {2027: ore(20)}
    assert said(before) == {2027: "232,0 − 2,00 % × 10 600,0 = 20,0 mnkr"}


def test_a_stock_over_several_years_and_years_without_any_figure_give_no_limit() -> None:
    assert limits(target(Indicator.SOLVENCY, Operator.AT_LEAST, "0.4", average_years=2)) == ()
    assert room_limits(RESULT, finances(), YEARS, DEFAULTS) == ()
    three = target(Indicator.RESULT_SHARE, Operator.AT_LEAST, "0.02", average_years=3)
    assert [one.missing for one in limits(three)] == [(), ()]
    later = replace(RESULT, first_year=2029)
    (told,) = limits(later)
    assert sorted(told.max_ore_by_year) == [2029, 2030]


def test_a_missing_figure_of_several_years_is_named_once_for_each() -> None:
    bare = finances(*(year(y, Phase.PLAN, result=1) for y in YEARS))
    two = target(Indicator.RESULT_SHARE, Operator.AT_LEAST, "0.02", average_years=2)
    (told,) = room_limits(two, bare, YEARS, DEFAULTS)
    assert told.missing == tuple((y, Item.TAX_AND_GRANTS) for y in YEARS)
    assert told.max_ore_by_year == told.computations == {}


def test_solvency_weighs_assets_by_the_target_whatever_the_ceiling_counts_and_interest_does() -> None:
    """Equity falls by the operating cost; assets rise by the gross outlay and fall by what is written off."""
    quarter = target(Indicator.SOLVENCY, Operator.AT_LEAST, "0.25")
    always = {"operating": 1, "investment": Fraction(1, 4), "lasting:depreciation": Fraction(-1, 4)}
    (net,) = limits(quarter)
    assert net.weights == {**always, "lasting:grants": Fraction(1, 4)}
    (gross,) = limits(quarter, GROSS)
    assert gross.weights == always
    (capitalised,) = limits(quarter, CAPITALISED)
    assert capitalised.weights == {
        **always, "lasting:grants": Fraction(1, 4), "lasting:capitalised": Fraction(1, 4),
    }  # fmt: skip
    (debt,) = limits(DEBT, GROSS)
    assert debt.weights == {"investment": 1, "operating": 1, "lasting:noncash": -1, "lasting:grants": -1}


def test_a_room_that_is_no_whole_ore_is_rounded_down_and_stays_whole() -> None:
    third = target(Indicator.RESULT_SHARE, Operator.AT_LEAST, "1/3")
    told = room(finances(year(2027, **EXAMPLE)), [third], 2027)
    # Two thirds of 5 300 mnkr is 353 333 333 333.3 öre, less costs of 5 194 mnkr.
    assert told.operating_room.amount_ore == 353_333_333_333 - ore(5194)
    (told_limit,) = limits(third)
    assert told_limit.max_ore_by_year[2027] == ore(106) - 176_666_666_667
    assert {type(one) for one in told_limit.max_ore_by_year.values()} == {int}
    assert type(told.operating_room.amount_ore) is int
