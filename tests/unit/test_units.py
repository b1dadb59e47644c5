from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.units import (
    MAX_AMOUNT_ORE,
    NBSP,
    AmountError,
    Month,
    format_amount,
    kronor_from_ore,
    ore_from_kronor,
    parse_amount,
    round_half_up,
    round_ratio,
    round_to_total,
)


@pytest.mark.parametrize(
    ("text", "unit", "ore"),
    [
        ("1 234,5", "kr", 123_450),
        ("1\u00a0234,50", "kr", 123_450),
        ("1\u202f234\u202f567", "kr", 123_456_700),
        ("0", "kr", 0),
        ("−12,5", "tkr", -1_250_000),
        ("-12,5", "mnkr", -1_250_000_000),
        ("+3", "kr", 300),
        ("0,001", "tkr", 100),
        ("10 000", "mnkr", MAX_AMOUNT_ORE),
        ("  7 ", "kr", 700),
    ],
)
def test_swedish_amounts_are_read_to_the_ore(text: str, unit: str, ore: int) -> None:
    assert parse_amount(text, unit) == ore  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "1.500", "1_000", "NaN", "nan", "Infinity", "1e5", "١٢٣", "１２３", "", "   ", "1 23", "12 34 567", "1,2,3", "kr", "1 000 kr",
        "1.000,50", "--5", "0,001", "10 000 000 000,01", "9" * 400, "1," + "0" * 5000 + "1", "0x10", "1\n2", "X7", "7X", "\x0b7", "7\x0c",
    ],
)  # fmt: skip
def test_what_is_not_an_amount_is_refused_with_a_message(text: str) -> None:
    with pytest.raises(AmountError) as refused:
        parse_amount(text)
    assert str(refused.value)


def test_a_point_is_refused_with_an_explanation_because_it_may_mean_two_things() -> None:
    with pytest.raises(AmountError, match="komma"):
        parse_amount("1.500")


@given(st.integers(-MAX_AMOUNT_ORE, MAX_AMOUNT_ORE))
def test_formatting_and_parsing_return_the_same_ore(ore: int) -> None:
    assert parse_amount(format_amount(ore, "kr", 2)) == ore
    assert parse_amount(format_amount(ore, "mnkr", 8), "mnkr") == ore
    assert ore_from_kronor(Decimal(str(kronor_from_ore(ore)))) == ore


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_a_message(text: str) -> None:
    try:
        assert abs(parse_amount(text)) <= MAX_AMOUNT_ORE
    except AmountError as refused:
        assert str(refused)


@given(st.lists(st.integers(-(10**9), 10**9), max_size=20))
def test_rounded_parts_add_up_to_the_rounded_total(amounts: list[int]) -> None:
    steps = round_to_total(amounts, 100_000)
    assert sum(steps) == round_half_up(Fraction(sum(amounts), 100_000))
    assert all(abs(step * 100_000 - amount) < 100_000 for step, amount in zip(steps, amounts, strict=True))


def test_screen_amounts_have_groups_comma_and_a_real_minus() -> None:
    assert format_amount(-123_456_789_012, "tkr", 1) == f"−1{NBSP}234{NBSP}567,9"
    assert format_amount(5_000_000_000, "mnkr", 1, signed=True) == "+50,0"
    assert format_amount(-4, "tkr", 1) == "0,0"


def test_months_count_over_new_year() -> None:
    assert Month(2027, 8).plus(5) == Month(2028, 1)
    assert Month(2028, 1).ordinal - Month(2027, 8).ordinal == 5


def test_a_day_is_in_its_month() -> None:
    assert Month.of(date(2027, 8, 31)) == Month(2027, 8)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_number_of_kronor_that_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(AmountError, match=r"^Beloppet är inte ett tal\.$"):
        ore_from_kronor(Decimal(number))


@pytest.mark.parametrize(
    ("text", "unit", "says"),
    [
        (" ", "kr", "Skriv ett belopp. Är det noll, skriv 0."),
        ("1.5", "kr", "”1.5” har en punkt. Skriv decimaler med komma och tusental med mellanslag."),
        ("x" * 50, "kr", f"”{'x' * 40}” är inte ett belopp. Skriv siffror som 1 234,50."),
        ("0,001", "kr", "Beloppet är finare än ett öre."),
        ("10 001", "mnkr", "Beloppet är för stort. Högst 10 miljarder kronor (10 000 mnkr) tas emot."),
        ("9" * 16, "kr", "Beloppet är för stort. Högst 10 miljarder kronor (10 000 mnkr) tas emot."),
        ("1," + "0" * 16, "kr", "Beloppet är för stort. Högst 10 miljarder kronor (10 000 mnkr) tas emot."),
    ],
)
def test_a_refused_amount_says_why(text: str, unit: str, says: str) -> None:
    with pytest.raises(AmountError) as refused:
        parse_amount(text, unit)  # type: ignore[arg-type]
    assert str(refused.value) == str(refused.value.note) == says


def test_the_longest_numbers_that_can_be_read_are_read_and_judged_by_their_size() -> None:
    assert parse_amount("0" * 14 + "1") == 100
    assert parse_amount("1," + "5" + "0" * 14) == 150
    with pytest.raises(AmountError, match="för stort"):
        parse_amount("0" * 15 + "1")
    assert parse_amount("-10 000 000 000") == -MAX_AMOUNT_ORE
    assert parse_amount("−0") == parse_amount("+0") == 0


@pytest.mark.parametrize(
    ("number", "denominator", "rounded"),
    [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (0, 7, 0), (1, 2, 1), (-1, 2, -1), (49, 100, 0), (3, 1, 3)],
)  # fmt: skip
def test_halves_are_rounded_away_from_zero(number: int, denominator: int, rounded: int) -> None:
    assert round_half_up(Fraction(number, denominator)) == rounded
    assert round_ratio(number, denominator) == rounded


@pytest.mark.parametrize(
    ("ore", "kronor"),
    [(0, 0), (100, 1), (-100, -1), (1, 0.01), (-1, -0.01), (3333333, 33333.33), (-150, -1.5)],
)
def test_a_json_number_is_whole_where_it_can_be(ore: int, kronor: float) -> None:
    told = kronor_from_ore(ore)
    assert told == kronor
    assert isinstance(told, int) is (ore % 100 == 0)
    assert ore_from_kronor(Decimal(str(told))) == ore
    assert ore_from_kronor(7) == 700


@pytest.mark.parametrize(
    ("ore", "unit", "decimals", "signed", "text"),
    [
        (100_00, "kr", 0, False, "100"),
        (150, "kr", 0, False, "2"),
        (-150, "kr", 0, False, "−2"),
        (49, "kr", 0, True, "0"),
        (-49, "kr", 0, True, "0"),
        (100, "kr", 0, True, "+1"),
        (0, "kr", 2, True, "0,00"),
        (123_456_78, "kr", 2, True, "+123 456,78"),
        (5_000, "tkr", 1, False, "0,1"),
        (100_000_000, "mnkr", 2, False, "1,00"),
    ],
)
def test_an_amount_on_screen(ore: int, unit: str, decimals: int, signed: bool, text: str) -> None:
    assert format_amount(ore, unit, decimals, signed=signed).replace(NBSP, " ") == text  # type: ignore[arg-type]


def test_the_last_steps_go_to_the_largest_remainders_and_of_equals_to_the_first() -> None:
    assert round_to_total([33_334, 33_333, 33_333], 1000) == [34, 33, 33]
    assert round_to_total([500, 500], 1000) == [1, 0]
    assert round_to_total([250, 750, 500], 1000) == [0, 1, 1]
    assert round_to_total([-500, -500], 1000) == [0, -1]
    assert round_to_total([], 1000) == []


def test_an_amount_is_written_in_whole_kronor_if_nothing_else_is_said() -> None:
    assert format_amount(1_234_567).replace(NBSP, " ") == "12 346"
