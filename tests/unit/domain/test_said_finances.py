"""What the balance requirement, the financial room and the limits say, word for word, and where each rule turns."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from investplan.domain.balance_requirement import Reserve, reserve, statement
from investplan.domain.finances import Finances, Item
from investplan.domain.financial_room import can_be_limit, decimal_comma, room, weighted_text
from investplan.domain.indicators import Indicator
from investplan.domain.parameters import DEFAULTS
from investplan.domain.targets import Operator, Target
from investplan.units import NBSP
from tests.unit.domain.financial_years import KALMAR, NO_ADJUSTMENTS, finances, ore, year


def said(note: object) -> str:
    return str(note).replace(NBSP, " ")


# The statement


def test_kalmars_statement_of_2017_row_by_row() -> None:
    told = statement(finances(*KALMAR), 2017)
    assert told.year == 2017
    assert told.missing == ()
    assert [(row.label, row.amount_ore, row.is_sum) for row in told.rows] == [
        ("Årets resultat enligt resultaträkningen", ore("135.9"), True),
        ("Samtliga realisationsvinster", -ore("6.5"), False),
        ("Realisationsvinster enligt undantagsmöjlighet", 0, False),
        ("Realisationsförluster enligt undantagsmöjlighet", 0, False),
        ("Orealiserade vinster och förluster i värdepapper", 0, False),
        ("Återföring av orealiserade vinster och förluster i värdepapper", 0, False),
        ("Årets resultat efter balanskravsjusteringar", ore("129.4"), True),
        ("Reservering till resultatutjämningsreserv", -ore("21.6"), False),
        ("Användning av medel från resultatutjämningsreserv", 0, False),
        ("Årets balanskravsresultat", ore("107.8"), True),
    ]


def test_without_a_result_there_are_rows_but_no_sums() -> None:
    told = statement(finances(year(2026, capital_gains=3, reserve_added=0, **NO_ADJUSTMENTS)), 2026)
    assert told.missing == (Item.RESULT,)
    assert (told.adjusted_ore, told.balance_ore) == (None, None)
    assert [row.amount_ore for row in told.rows] == [None, -ore(3), 0, 0, 0, 0, None, 0, 0, None]


# The reserve


def reserved(opening: str | int, **mnkr: Any) -> Reserve:
    """2026 with the example's tax and grants of 5 300: the floor is 53 and the cap 265; result 140, adjusted 128."""
    stated = {
        "tax_and_grants": 5300, "result": 140, "capital_gains": 12, "equity": 2500, "pension_obligation": 0,
        "reserve_added": 0,
    }  # fmt: skip
    found = finances(year(2025, reserve=opening), year(2026, **{**NO_ADJUSTMENTS, **stated, **mnkr}))
    return reserve(found, 2026, DEFAULTS)


@pytest.mark.parametrize(
    ("opening", "mnkr", "most", "text"),
    [
        (0, {}, 75, "128,0 − 53,0 = 75,0 mnkr"),
        (100, {}, 75, "128,0 − 53,0 = 75,0 mnkr"),
        (190, {}, 75, "128,0 − 53,0 = 75,0 mnkr"),
        (0, {"result": 65}, 0, "53,0 − 53,0 = 0,0 mnkr"),
        (0, {"result": 50}, 0, "38,0 − 53,0 är under noll: inget får reserveras"),
        (240, {}, 25, "taket 265,0 − reserven 240,0 = 25,0 mnkr"),
        (240, {"reserve_used": 10}, 35, "taket 265,0 − reserven 230,0 = 35,0 mnkr"),
        (200, {"reserve_used": 10}, 75, "128,0 − 53,0 = 75,0 mnkr"),
        (300, {}, 0, "taket 265,0 − reserven 300,0 = 0,0 mnkr"),
    ],
)
def test_what_may_be_reserved_is_said_with_its_numbers(
    opening: int, mnkr: dict[str, Any], most: int, text: str
) -> None:
    told = reserved(opening, **mnkr)
    assert (told.year, told.floor_share, told.floor_ore) == (2026, Fraction("0.01"), ore(53))
    assert told.may_add_ore == ore(most)
    assert said(told.computation) == text


def test_the_very_most_may_be_reserved_and_used_without_a_word() -> None:
    told = reserved(190, reserve_added=75)
    assert told.may_add_ore == ore(75)
    assert told.faults == ()
    assert reserved(20, reserve_used=20).faults == ()
    assert [said(one) for one in reserved(20, reserve_used=30).faults] == [
        "30,0 mnkr är använt, men reserven var 20,0 vid årets början."
    ]


def test_a_reserve_whose_opening_is_not_known_is_held_to_the_floor_alone() -> None:
    found = finances(year(2026, tax_and_grants=5300, result=140, capital_gains=12, equity=2500,
                          pension_obligation=0, reserve_added=0, **NO_ADJUSTMENTS))  # fmt: skip
    assert reserve(found, 2026, DEFAULTS).may_add_ore == ore(75)


@pytest.mark.parametrize(
    ("mnkr", "share", "floor", "missing"),
    [
        ({"equity": 1, "pension_obligation": 0, "result": 1}, "0.01", None, (Item.TAX_AND_GRANTS,)),
        ({"tax_and_grants": 5300, "equity": 1, "pension_obligation": 0}, "0.01", ore(53), (Item.RESULT,)),
        ({"tax_and_grants": 5300, "equity": 1, "result": 1}, None, None, (Item.PENSION_OBLIGATION,)),
        ({"tax_and_grants": 5300, "pension_obligation": 1, "result": 1}, None, None, (Item.EQUITY,)),
    ],
)
def test_a_reserve_without_a_figure_names_it_and_allows_nothing(
    mnkr: dict[str, Any], share: str | None, floor: int | None, missing: tuple[Item, ...]
) -> None:
    told = reserve(finances(year(2026, capital_gains=0, **NO_ADJUSTMENTS, **mnkr)), 2026, DEFAULTS)
    assert told.floor_share == (None if share is None else Fraction(share))
    assert told.floor_ore == floor
    assert told.missing == missing
    assert told.may_add_ore is None
    assert told.computation is None


# The room


EXAMPLE: dict[str, Any] = {
    "tax_and_grants": 5300, "result": 106, "depreciation": 260, "impairment": 0, "net_investment": 460,
    "other_cash": 5, "loans": 2000, "population": 72000,
}  # fmt: skip


def target(indicator: Indicator, operator: Operator, value: str, **changes: Any) -> Target:
    return Target(indicator.value, indicator.value, indicator, operator, Fraction(value), **changes)


def of(**mnkr: Any) -> Finances:
    return finances(year(2027, **{**EXAMPLE, **mnkr}))


def test_other_cash_lessens_the_borrowing_and_stands_in_its_formula() -> None:
    told = room(of(), [], 2027)
    assert told.year == 2027
    assert told.new_borrowing.amount_ore == ore(460 - 106 - 260 - 5)
    assert said(told.new_borrowing.computation) == "(460,0 − 106,0 − 260,0 − 0,0 − 5,0) = 89,0 mnkr"


def test_a_target_that_begins_later_gives_no_room_before() -> None:
    later = [
        target(Indicator.SELF_FINANCING, Operator.AT_LEAST, "0.7", first_year=2028),
        target(Indicator.DEBT_PER_INHABITANT, Operator.AT_MOST, str(30_000_00), first_year=2028),
        target(Indicator.RESULT_SHARE, Operator.AT_LEAST, "0.02", first_year=2028),
        target(Indicator.NET_COST_SHARE, Operator.AT_MOST, "0.98", first_year=2028),
    ]
    told = room(of(), later, 2027)
    assert told.max_net_investment.without_target
    assert told.borrowing_room.without_target
    assert told.operating_room.without_target
    now = room(of(), [replace(one, first_year=2027) for one in later], 2027)
    assert now.max_net_investment.amount_ore == ore(366) * 10 // 7
    assert now.borrowing_room.amount_ore == ore(160)
    assert now.operating_room.amount_ore == 0


def test_a_self_financing_of_nothing_is_no_target_to_compute_from() -> None:
    nothing = target(Indicator.SELF_FINANCING, Operator.AT_LEAST, "0")
    assert room(of(), [nothing], 2027).max_net_investment.without_target


# Limits in words


def test_an_average_of_a_stock_over_two_years_cannot_be_a_limit() -> None:
    assert can_be_limit(Indicator.SOLVENCY)
    assert not can_be_limit(Indicator.SOLVENCY, 2)
    assert can_be_limit(Indicator.RESULT_SHARE, 2)


@pytest.mark.parametrize(
    ("weights", "text"),
    [
        ({}, "0"),
        ({"lasting:depreciation": "1", "operating": "1"}, "driftkostnad i koncernvyn + avskrivningar och utrangeringar"),
        ({"zzz": "1", "aaa": "1", "operating": "2"}, "2 × driftkostnad i koncernvyn + aaa + zzz"),
        ({"investment": "-0.5", "operating": "-1", "zzz": "1"},
         "zzz − 0,5 × investeringsutgift − driftkostnad i koncernvyn"),
        ({"investment": "-0.25"}, "−0,25 × investeringsutgift"),
    ],
)  # fmt: skip
def test_weighted_rows_stand_with_the_positive_first_and_the_known_before_others(
    weights: dict[str, str], text: str
) -> None:
    assert said(weighted_text({row: Fraction(weight) for row, weight in weights.items()})) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [("10", "10"), ("0", "0"), ("0.70", "0,7"), ("-1/3", "−0,333333333"), ("2/3", "0,666666667")],
)
def test_a_weight_has_the_decimals_it_needs(number: str, text: str) -> None:
    assert decimal_comma(Fraction(number)) == text
