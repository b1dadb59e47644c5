from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from investplan.domain.finances import Item, Phase
from investplan.domain.indicators import (
    DEFINITIONS,
    INDICATORS,
    Indicator,
    Scale,
    debt_per_inhabitant,
    liquidity,
    net_cost_share,
    net_investment_share,
    result_share,
    self_financing,
    solvency,
    solvency_with_pensions,
    terms_text,
    value_text,
)
from investplan.domain.targets import SEEDS, Operator, Target, outcome, outcomes, strictest
from investplan.units import NBSP
from tests.unit.domain.financial_years import KALMAR, MNKR, finances, ore, year

FOUND = finances(*KALMAR)


def shown(indicator: Indicator, *years: int) -> str:
    return DEFINITIONS[indicator].text(INDICATORS[indicator](FOUND, *years).value).replace(NBSP, " ")


def test_every_indicator_has_a_function_a_formula_and_a_docstring() -> None:
    assert DEFINITIONS.keys() == INDICATORS.keys() == set(Indicator)
    assert all(INDICATORS[one].__doc__ and DEFINITIONS[one].formula for one in Indicator)


def test_kalmars_result_and_net_cost_share_are_as_published() -> None:
    # Section 4.2: 2017 135.9 / 3 710.2 = 3.66 %, published as 96.3 %; the same check holds 2016 and 2014.
    assert shown(Indicator.RESULT_SHARE, 2017) == "3,66 %"
    assert shown(Indicator.NET_COST_SHARE, 2017) == "96,34 %"
    assert shown(Indicator.NET_COST_SHARE, 2016) == "95,30 %"
    assert shown(Indicator.NET_COST_SHARE, 2014) == "99,92 %"
    for one in (2014, 2016, 2017):
        assert result_share(FOUND, one).value == 1 - (net_cost_share(FOUND, one).value or 0)


def test_kalmars_solvency_2017_is_as_published() -> None:
    assert shown(Indicator.SOLVENCY, 2017) == "50,7 %"


def test_a_missing_figure_leaves_the_indicator_unknown_and_is_named() -> None:
    found = solvency_with_pensions(FOUND, 2017)
    assert found.value is None
    assert found.missing == ((2017, Item.PENSION_OBLIGATION),)
    assert result_share(FOUND, 2015, 2016).missing == ((2015, Item.TAX_AND_GRANTS),)


EXAMPLE: dict[str, Any] = {
    "tax_and_grants": 5300, "result": 106, "depreciation": 260, "impairment": 0, "net_investment": 460,
    "loans": 2000, "population": 72000, "equity": 2500, "total_assets": 5000, "pension_obligation": 1000,
    "current_assets": 900, "current_liabilities": 1200,
}  # fmt: skip


def test_the_room_example_has_a_self_financing_of_79_6_per_cent() -> None:
    found = self_financing(finances(year(2027, **EXAMPLE)), 2027)
    assert found.value == Fraction(366, 460)
    assert str(found.computation).replace(NBSP, " ") == "(106,0 + 260,0 + 0,0) / 460,0 = 79,6 %"


def test_the_other_indicators() -> None:
    found = finances(year(2027, **EXAMPLE))
    assert debt_per_inhabitant(found, 2027).value == Fraction(ore(2000), 72000)
    assert (
        str(debt_per_inhabitant(found, 2027).computation).replace(NBSP, " ") == "2 000,0 / 72 000 = 27 778 kr"
    )
    assert net_investment_share(found, 2027).value == Fraction(460, 5300)
    assert solvency(found, 2027).value == Fraction(1, 2)
    assert solvency_with_pensions(found, 2027).value == Fraction(3, 10)
    assert liquidity(found, 2027).value == Fraction(3, 4)


def test_nothing_to_divide_by_is_not_known_and_not_missing() -> None:
    found = self_financing(finances(year(2027, **{**EXAMPLE, "net_investment": 0})), 2027)
    assert found.value is None
    assert found.missing == ()


def target(**changes: Any) -> Target:
    made: dict[str, Any] = {
        "code": "r", "name": "Resultat", "indicator": Indicator.RESULT_SHARE, "operator": Operator.AT_LEAST,
        "value": Fraction(2, 100),
    }  # fmt: skip
    return Target(**{**made, **changes})


def test_a_target_is_met_to_the_oere() -> None:
    exact = {"tax_and_grants": 5000, "result": 100}
    assert outcome(target(), finances(year(2027, **exact)), (2027,)).met
    short = {**exact, "result": "99.99999999"}
    assert outcome(target(), finances(year(2027, **short)), (2027,)).met is False
    at_most = target(indicator=Indicator.NET_COST_SHARE, operator=Operator.AT_MOST, value=Fraction(98, 100))
    assert outcome(at_most, finances(year(2027, **exact)), (2027,)).met
    assert outcome(at_most, finances(year(2027, **short)), (2027,)).met is False


def test_without_the_figures_nobody_knows_whether_a_target_is_met() -> None:
    assert outcome(target(), finances(year(2027, result=100)), (2027,)).met is None


def test_without_investments_own_funds_are_enough() -> None:
    found = finances(year(2027, **{**EXAMPLE, "net_investment": 0}))
    wanted = target(indicator=Indicator.SELF_FINANCING, value=Fraction(1))
    assert outcome(wanted, found, (2027,)).met


def test_an_average_is_the_sums_divided_and_runs_within_the_targets_years() -> None:
    found = finances(
        *(
            year(y, Phase.PLAN, tax_and_grants=1000 * n, result=10)
            for n, y in enumerate(range(2026, 2031), start=1)
        )
    )
    wanted = target(average_years=3, first_year=2027, last_year=2030)
    told = outcomes(wanted, found, range(2024, 2032))
    assert list(told) == [2029, 2030]
    assert told[2029].measured.value == Fraction(30, 2000 + 3000 + 4000)
    # Without a first year the average begins where the figures do.
    assert list(outcomes(target(average_years=3), found, range(2024, 2031))) == [2028, 2029, 2030]


def test_the_strictest_target_of_a_year_counts() -> None:
    held = [target(), target(code="hårt", value=Fraction(3, 100), first_year=2028), target(average_years=4)]
    found = [strictest(held, Indicator.RESULT_SHARE, Operator.AT_LEAST, y) for y in (2027, 2028)]
    assert [one and one.code for one in found] == ["r", "hårt"]
    assert strictest(held, Indicator.SOLVENCY, Operator.AT_LEAST, 2027) is None


def test_a_new_municipality_begins_with_two_per_cent_of_medium_confidence_and_no_self_financing() -> None:
    assert [(one.indicator, one.value, one.confidence) for one in SEEDS] == [
        (Indicator.RESULT_SHARE, Fraction(2, 100), "medium")
    ]


@pytest.mark.parametrize("indicator", list(Indicator))
def test_labels_and_values_are_written_for_every_indicator(indicator: Indicator) -> None:
    assert target(indicator=indicator).text


def test_a_value_that_is_not_known_is_a_dash() -> None:
    assert target().text.replace(NBSP, " ") == "2,00 %"
    assert DEFINITIONS[Indicator.RESULT_SHARE].text(None) == "–"


def test_an_outcome_is_told_by_the_last_year_of_its_period() -> None:
    found = finances(*(year(y, tax_and_grants=1000, result=10) for y in (2026, 2027)))
    told = outcome(target(), found, (2026, 2027))
    assert (told.year, told.years, told.met) == (2027, (2026, 2027), False)


def test_a_negative_lower_sum_leaves_nobody_knowing() -> None:
    found = finances(year(2027, tax_and_grants=-1, result=10))
    assert outcome(target(), found, (2027,)).met is None
    assert result_share(found, 2027).value is None


def test_the_strictest_of_ceilings_is_the_lowest() -> None:
    lower, higher = target(code="lägst", value=Fraction(1, 100)), target(code="högst", value=Fraction(3, 100))
    held = [replace(one, operator=Operator.AT_MOST) for one in (higher, lower)]
    found = strictest([*held, target()], Indicator.RESULT_SHARE, Operator.AT_MOST, 2027)
    assert found is not None
    assert found.code == "lägst"


@pytest.mark.parametrize(
    ("indicator", "upper", "lower", "text"),
    [
        (Indicator.RESULT_SHARE, "106", "5300", "106,0 / 5 300,0 = 2,00 %"),
        (Indicator.NET_COST_SHARE, "5194", "5300", "(5 300,0 − 106,0) / 5 300,0 = 98,00 %"),
        (Indicator.SELF_FINANCING, "366", "460", "(106,0 + 260,0 + 0,0) / 460,0 = 79,6 %"),
        (Indicator.NET_INVESTMENT_SHARE, "460", "5300", "460,0 / 5 300,0 = 8,7 %"),
        (Indicator.SOLVENCY, "2500", "5000", "2 500,0 / 5 000,0 = 50,0 %"),
        (Indicator.SOLVENCY_WITH_PENSIONS, "1500", "5000", "(2 500,0 − 1 000,0) / 5 000,0 = 30,0 %"),
        (Indicator.LIQUIDITY, "900", "1200", "900,0 / 1 200,0 = 75,0 %"),
    ],
)
def test_every_indicator_says_its_two_sums_and_their_share(
    indicator: Indicator, upper: str, lower: str, text: str
) -> None:
    found = INDICATORS[indicator](finances(year(2027, **EXAMPLE)), 2027)
    assert (found.upper, found.lower, found.missing) == (ore(upper), ore(lower), ())
    assert found.value == Fraction(int(upper), int(lower))
    assert str(found.computation).replace(NBSP, " ") == text


def test_years_together_are_the_sums_divided_and_every_missing_figure_is_named_once_a_year() -> None:
    found = finances(year(2027, **EXAMPLE), year(2028, **{**EXAMPLE, "result": 53}))
    told = net_cost_share(found, 2027, 2028)
    assert (told.upper, told.lower) == (ore(10_600 - 159), ore(10_600))
    assert str(told.computation).replace(NBSP, " ") == "(10 600,0 − 159,0) / 10 600,0 = 98,50 %"
    bare = finances(year(2027, result=1), year(2028, tax_and_grants=1))
    assert net_cost_share(bare, 2027, 2028).missing == (
        (2027, Item.TAX_AND_GRANTS),
        (2028, Item.RESULT),
    )


def test_where_there_is_nothing_to_divide_by_the_sums_are_told_without_a_value() -> None:
    found = self_financing(finances(year(2027, **{**EXAMPLE, "net_investment": 0})), 2027)
    assert (found.upper, found.lower, found.computation) == (ore(366), 0, None)


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ([(1, 100)], "100,0"),
        ([(-1, 100)], "−100,0"),
        ([(1, 100), (1, 7)], "(100,0 + 7,0)"),
        ([(1, 100), (1, -7)], "(100,0 − 7,0)"),
        ([(1, 100), (-1, 7)], "(100,0 − 7,0)"),
        ([(1, 100), (-1, -7)], "(100,0 + 7,0)"),
        ([(1, 100), (1, 0)], "(100,0 + 0,0)"),
        ([(1, 100), (-1, 0)], "(100,0 − 0,0)"),
        ([(-1, 1), (1, 2), (-1, 3)], "(−1,0 + 2,0 − 3,0)"),
    ],
)
def test_terms_are_written_with_their_signs(terms: list[tuple[int, int]], text: str) -> None:
    assert terms_text([(sign, amount * MNKR) for sign, amount in terms]) == text


@pytest.mark.parametrize(
    ("value", "scale", "decimals", "text"),
    [
        (Fraction("0.02"), Scale.SHARE, 2, "2,00 %"),
        (Fraction(1, 3), Scale.SHARE, 1, "33,3 %"),
        (Fraction(2, 3), Scale.SHARE, 0, "67 %"),
        (Fraction(-1, 2), Scale.SHARE, 1, "−50,0 %"),
        (Fraction(27_777_77), Scale.KRONOR, 1, "27 778 kr"),
        (Fraction(1, 2), Scale.KRONOR, 1, "0 kr"),
        (None, Scale.KRONOR, 1, "–"),
    ],
)
def test_a_value_has_its_scale_and_decimals(
    value: Fraction | None, scale: Scale, decimals: int, text: str
) -> None:
    assert value_text(value, scale, decimals).replace(NBSP, " ") == text


def test_one_inhabitant_and_one_ore_count() -> None:
    assert debt_per_inhabitant(finances(year(2027, loans=1, population=1)), 2027).value == ore(1)
    assert terms_text([(1, 100 * MNKR), (1, 1)]) == "(100,0 + 0,0)"
    assert terms_text([(1, 100 * MNKR), (-1, 1)]) == "(100,0 − 0,0)"
