"""Internal rent: the preschool of the domain reference, section 2.3."""

from __future__ import annotations

from fractions import Fraction

import pytest

from investplan.domain.capital_costs import (
    Asset,
    CapitalCostRow,
    CapitalCostRules,
    RateTable,
    StartRule,
)
from investplan.domain.grants import GrantRow
from investplan.domain.parameters import DEFAULTS
from investplan.domain.proposals import Grant
from investplan.domain.rents import InternalRent, RentPart, internal_rent
from investplan.units import NBSP, Month, round_half_up

TKR = 100_000
YEARS = (2026, 2027, 2028, 2029, 2030)
OPENED = Month(2027, 8)
RULES = CapitalCostRules(RateTable(Fraction("0.025")))
PARTS = [
    ("Mark", 4_000, None),
    ("Markanläggning", 6_000, 20),
    ("Stomme och grund", 28_000, 80),
    ("Fasad, fönster, dörrar", 9_000, 40),
    ("Yttertak", 4_000, 40),
    ("Installationer", 15_000, 25),
    ("Styr- och övervakning", 2_000, 15),
    ("Ytskikt, fast inredning", 6_000, 15),
    ("Storköksutrustning", 2_000, 10),
    ("Restpost byggnad", 2_000, 50),
]
ASSETS = [
    Asset(name, amount * TKR, 0, None if life is None else life * 12, OPENED) for name, amount, life in PARTS
]


def in_tkr(amounts_ore: tuple[int, ...]) -> list[Fraction]:
    return [Fraction(round_half_up(Fraction(amount, TKR // 10)), 10) for amount in amounts_ore]


def printed(*amounts: str) -> list[Fraction]:
    return [Fraction(amount) for amount in amounts]


def rent(
    area_m2: int = 1850, grants: tuple[Grant, ...] = (), rules: CapitalCostRules = RULES
) -> InternalRent:
    return internal_rent(
        ASSETS,
        DEFAULTS.rent_items,
        area_m2=area_m2,
        commissioned=OPENED,
        rules=rules,
        years=YEARS,
        grants=grants,
    )


def exact_capital_cost(year: int) -> Fraction:
    """Example B's property part in a full year, straight from the table of components."""
    passed = Fraction(4, 12) + (year - 2028)
    total = Fraction(0)
    for _name, amount, life in PARTS:
        yearly = Fraction(amount * TKR, life) if life else Fraction(0)
        total += yearly + (amount * TKR - yearly * passed) * Fraction("0.025")
    return total


def test_the_rent_is_the_printed_one_in_every_year() -> None:
    assert in_tkr(rent().total_ore) == printed("0", "1704.1", "5092.8", "5034.1", "4975.3")


def test_the_capital_cost_in_the_rent_is_the_printed_one() -> None:
    capital = rent().of(RentPart.CAPITAL_COST)
    assert in_tkr(capital) == printed("0", "1432.8", "4278.8", "4220.1", "4161.3")
    for year, amount in zip(YEARS[2:], capital[2:], strict=True):
        assert abs(amount - exact_capital_cost(year)) <= len(PARTS)


def test_the_rent_of_a_full_year_is_exact_to_the_ore() -> None:
    """Each component by hand: two rounded running totals and one rounded interest."""
    by_hand = 814_000_00
    for _name, amount, life in PARTS:
        cost = amount * TKR
        monthly = Fraction(cost, life * 12) if life else Fraction(0)
        by_hand += round_half_up(monthly * 16) - round_half_up(monthly * 4)
        by_hand += round_half_up((cost - monthly * 4) * Fraction(25, 1000))
    assert rent().total_ore[2] == by_hand


def test_the_month_convention_alone_moves_the_first_year() -> None:
    rules = CapitalCostRules(RULES.internal_rate, start_rule=StartRule.SAME_MONTH)
    assert in_tkr(rent(rules=rules).of(RentPart.CAPITAL_COST))[1] == Fraction("1791.0")


def test_the_running_items_are_kept_apart_to_the_ore() -> None:
    lines = {line.key: line.amounts_ore for line in rent().lines if line.part is RentPart.RUNNING}
    assert {key: amounts[2] for key, amounts in lines.items()} == {
        "planned_maintenance": 259_000_00,
        "caretaking": 212_750_00,
        "media": 249_750_00,
        "insurance": 22_200_00,
        "administration": 70_300_00,
    }
    assert sum(amounts[2] for amounts in lines.values()) == 814_000_00
    assert sum(amounts[1] for amounts in lines.values()) == round_half_up(Fraction(814_000_00 * 4, 12))


def test_the_rent_is_the_sum_of_its_lines() -> None:
    found = rent()
    for i in range(len(YEARS)):
        assert found.total_ore[i] == sum(line.amounts_ore[i] for line in found.lines)


def test_a_grant_over_the_life_lowers_the_rent() -> None:
    gross = rent(grants=(Grant("Stat", 0, 8_000 * TKR),))
    net = rent(grants=(Grant("Stat", 0, 8_000 * TKR, lowers_interest_base=True),))
    assert in_tkr(gross.of(RentPart.GRANT))[2] == Fraction("-253.9")
    running = 814_000_00
    assert in_tkr((gross.total_ore[2] - running,)) == printed("4024.9")
    # The reference adds rounded parts, 2 348.3 − 253.9 + 1 732.5 = 3 826.9; unrounded they make 3 827.0.
    interest = net.total_ore[2] - running - 2_348_333_34 + 253_873_90
    assert in_tkr((interest,)) == printed("1732.5")
    assert in_tkr((net.total_ore[2] - running,)) == printed("3827.0")


def test_no_area_gives_no_running_items() -> None:
    assert rent(area_m2=0).of(RentPart.RUNNING) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("year", YEARS)
def test_every_line_ends_its_explanation_with_an_amount_in_the_year(year: int) -> None:
    for line in rent(grants=(Grant("Stat", 0, 8_000 * TKR, lowers_interest_base=True),)).lines:
        notes = [str(note) for note in line.explain(year)]
        assert notes
        assert all(note.endswith("kr") or note == "Mark skrivs inte av" for note in notes)


def test_a_running_item_says_rate_area_and_months() -> None:
    media = next(line for line in rent().lines if line.key == "media")
    assert str(media.explain(2027)[0]).replace(NBSP, " ") == "135 kr/m² × 1850 m² × 4/12 = 83 250 kr"


def test_every_line_says_what_it_is_of_and_what_of_it_is_internal_interest() -> None:
    found = rent(grants=(Grant("Stat", 0, 8_000 * TKR, lowers_interest_base=True),))
    told = [(line.part, line.key, line.detail, line.external) for line in found.lines]
    assert told[: len(PARTS)] == [
        (RentPart.CAPITAL_COST, "capital_cost", name, False) for name, _, _ in PARTS
    ]
    assert told[len(PARTS)] == (RentPart.GRANT, "grant", "Stat", False)
    assert [key for _, key, _, external in told[len(PARTS) + 1 :] if external] == [
        one.key for one in DEFAULTS.rent_items if one.external
    ]
    # Example B, 2028: 1 930.4 of internal interest; a grant of 8 000 takes 2.5 % of what is left of it off.
    assert in_tkr((sum(line.interest_ore[2] for line in found.lines[: len(PARTS)]),)) == printed("1930.4")
    assert in_tkr((found.lines[len(PARTS)].interest_ore[2],)) == printed("-197.9")
    assert all(line.interest_ore == () for line in found.lines[len(PARTS) + 1 :])


def test_rows_that_the_caller_has_are_used_as_they_are() -> None:
    grant = Grant("Stat", 0, 8_000 * TKR)
    asked: list[str] = []

    def rows_of(asset: Asset) -> list[CapitalCostRow]:
        asked.append(asset.name)
        return [CapitalCostRow(year, 12, 1, 2, 3, 0, 0) for year in YEARS]

    def grant_rows_of(one: Grant) -> list[GrantRow]:
        asked.append(one.name)
        return [GrantRow(year, 5, 0) for year in YEARS]

    found = internal_rent(
        ASSETS, (), area_m2=1, commissioned=OPENED, rules=RULES, years=YEARS, grants=(grant,),
        rows_of=rows_of, grant_rows_of=grant_rows_of,
    )  # fmt: skip
    assert asked == [*(name for name, _, _ in PARTS), "Stat"]
    assert found.total_ore == (3 * len(PARTS) - 5,) * len(YEARS)
