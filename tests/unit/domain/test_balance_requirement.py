from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from investplan.domain.balance_requirement import reserve, reserve_name, restoring, statement
from investplan.domain.finances import Item
from investplan.domain.parameters import DEFAULTS
from tests.unit.domain.financial_years import KALMAR, NO_ADJUSTMENTS, finances, ore, year

FOUND = finances(*KALMAR)


def test_kalmars_statements_end_as_published() -> None:
    # Section 4.3: 129.4 − 21.6 = 107.8 (2017), 162.7 − 127.1 = 35.6 (2016), −12.4 (2014).
    told = {one: statement(FOUND, one) for one in (2014, 2016, 2017)}
    assert [told[one].adjusted_ore for one in told] == [ore("-12.4"), ore("162.7"), ore("129.4")]
    assert [told[one].balance_ore for one in told] == [ore("-12.4"), ore("35.6"), ore("107.8")]


def test_the_statement_has_the_rows_of_the_law_in_order() -> None:
    rows = statement(FOUND, 2017).rows
    assert [row.is_sum for row in rows] == [True, *[False] * 5, True, False, False, True]
    assert rows[1].amount_ore == -ore("6.5")
    assert rows[-3].label == "Reservering till resultatutjämningsreserv"
    assert rows[-3].amount_ore == -ore("21.6")
    later = finances(year(2025, result=1, capital_gains=0, reserve_added=0, **NO_ADJUSTMENTS))
    assert statement(later, 2025).rows[-2].label == "Användning av medel från resultatreserv"


def test_a_missing_figure_leaves_the_balance_unknown_and_is_named() -> None:
    told = statement(FOUND, 2015)
    assert told.balance_ore is None
    assert Item.CAPITAL_GAINS in told.missing
    assert Item.RESULT not in told.missing


def test_every_kind_of_adjustment_has_its_sign() -> None:
    found = finances(
        year(
            2025, result=100, capital_gains=30, exempt_gains=10, exempt_losses=5, unrealised=8,
            unrealised_returned=3, reserve_added=0, reserve_used=7,
        )
    )  # fmt: skip
    told = statement(found, 2025)
    assert told.adjusted_ore == ore(100 - 30 + 10 + 5 - 8 + 3)
    assert told.balance_ore == ore(80 + 7)


def rules_of(number: int, **mnkr: Any) -> Any:
    stated = {"capital_gains": 0, "equity": 2500, "pension_obligation": 1000, "reserve_added": 0}
    return reserve(finances(year(number, **{**stated, **NO_ADJUSTMENTS, **mnkr})), number, DEFAULTS)


def test_rur_needs_a_floor_of_one_per_cent() -> None:
    # Section 4.3: 2016 the balance result of 35.6 is the floor 1 % × 3 548 = 35.5.
    told = rules_of(2016, result="166.7", capital_gains=4, tax_and_grants=3548, reserve_added="127.1")
    assert told.name == "RUR"
    assert told.floor_ore == ore("35.48")
    assert told.may_add_ore == ore("162.7") - ore("35.48")
    assert told.cap_ore is None
    assert told.faults == ()


def test_the_floor_is_two_per_cent_where_equity_with_pensions_is_negative() -> None:
    told = rules_of(2016, result="166.7", tax_and_grants=3548, equity=999)
    assert told.floor_ore == ore("70.96")
    assert rules_of(2016, result="166.7", tax_and_grants=3548, equity=1000).floor_ore == ore("35.48")


def test_rer_from_2024_as_in_the_example() -> None:
    # Section 4.4: tax and grants 5 300: cap 265; result 140, adjusted 128 -> 75; result 40, adjusted 38 -> 0.
    told = rules_of(2026, tax_and_grants=5300, result=140, capital_gains=12)
    assert (told.name, told.cap_ore, told.may_add_ore) == ("RER", ore(265), ore(75))
    assert rules_of(2026, tax_and_grants=5300, result=40, capital_gains=2).may_add_ore == 0
    assert [reserve_name(one) for one in (2023, 2024)] == ["RUR", "RER"]


def test_the_cap_leaves_only_what_is_left_under_it() -> None:
    stated = {
        "tax_and_grants": 5300,
        "result": 140,
        "capital_gains": 12,
        "equity": 2500,
        "pension_obligation": 0,
    }
    found = finances(year(2025, reserve=240), year(2026, reserve_added=30, **stated, **NO_ADJUSTMENTS))
    told = reserve(found, 2026, DEFAULTS)
    assert told.may_add_ore == ore(25)
    assert [str(fault) for fault in told.faults] == [
        "30,0 mnkr är reserverat, högst 25,0 får reserveras.",
        "Reserven är 270,0 mnkr, taket är 265,0.",
    ]


def test_no_more_is_used_than_there_is() -> None:
    found = finances(
        year(2025, reserve=20),
        year(2026, reserve_added=0, **{**NO_ADJUSTMENTS, "reserve_used": 30}, result=-30, capital_gains=0),
    )
    told = reserve(found, 2026, DEFAULTS)
    assert told.may_add_ore is None
    assert Item.TAX_AND_GRANTS in told.missing
    assert "reserven var 20,0 vid årets början" in str(told.faults[0])
    assert statement(found, 2026).balance_ore == 0


def test_kalmars_deficit_of_2014_is_restored_within_three_years() -> None:
    # Section 4.3: −12.4 in 2014, restored 2015-2017. The adjustments of 2015 are not known, so that year restores nothing.
    balances = {one: statement(FOUND, one).balance_ore for one in range(2014, 2018)}
    (told,) = restoring(balances, DEFAULTS.restoring_years)
    assert (told.year, told.deficit_ore, told.deadline) == (2014, ore("12.4"), 2017)
    assert told.parts == ((2016, ore("12.4")),)
    assert told.unknown == (2015,)
    assert told.restored_in == 2016
    assert told.in_time
    # With the whole result of 2015 as its balance result it is restored a year earlier.
    (told,) = restoring({**balances, 2015: ore("62.5")}, 3)
    assert told.restored_in == 2015


def test_the_oldest_deficit_is_restored_first_and_what_is_late_is_told() -> None:
    told = restoring({2023: -10, 2024: -20, 2025: 5, 2026: 5, 2027: 4, 2028: 20}, 3)
    assert [(one.year, one.parts, one.in_time) for one in told] == [
        (2023, ((2025, 5), (2026, 5)), True),
        (2024, ((2027, 4), (2028, 16)), False),
    ]


def test_a_deficit_nobody_restores_is_late_only_when_all_its_years_are_known() -> None:
    assert restoring({2024: -10, 2025: 1}, 3)[0].in_time is None
    assert restoring({2024: -10, 2025: 1, 2026: 0, 2027: 0}, 3)[0].in_time is False


@pytest.mark.parametrize("years", [1, 3])
@settings(deadline=None)
@given(balances=st.lists(st.integers(-50, 50), max_size=12))
def test_nothing_is_restored_twice_nor_before_it_was_lost(balances: list[int], years: int) -> None:
    by_year = dict(enumerate(balances, start=2020))
    told = restoring(by_year, years)
    assert [one.year for one in told] == [y for y, amount in by_year.items() if amount < 0]
    for surplus_year, amount in by_year.items():
        used = sum(part for one in told for when, part in one.parts if when == surplus_year)
        assert used <= max(0, amount)
    for one in told:
        assert one.deficit_ore == sum(part for _, part in one.parts) + one.left_ore
        assert all(when > one.year and part > 0 for when, part in one.parts)


def test_a_reserve_is_not_both_added_to_and_used_in_a_year() -> None:
    told = rules_of(2026, tax_and_grants=5300, result=140, capital_gains=12, reserve_added=5, reserve_used=4)
    assert [str(fault) for fault in told.faults] == ["Reserven både ökar och används samma år."]
    assert rules_of(2026, tax_and_grants=5300, result=140, reserve_added=5).faults == ()
    assert rules_of(2026, tax_and_grants=5300, result=140, reserve_used=4).faults == ()


def test_the_last_ore_is_restored_too() -> None:
    (told,) = restoring({2024: -3, 2025: 2, 2026: 1}, 3)
    assert (told.parts, told.left_ore, told.restored_in) == (((2025, 2), (2026, 1)), 0, 2026)
    (told,) = restoring({2024: -3, 2025: 2, 2026: None, 2027: 0}, 3)
    assert (told.parts, told.left_ore, told.unknown, told.in_time) == (((2025, 2),), 1, (2026,), None)
