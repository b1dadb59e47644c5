from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.exchange.amounts import Money, Sums, read_amount
from investplan.exchange.mappings import Amounts
from investplan.units import MAX_AMOUNT_ORE, AmountError


def amounts(**options: object) -> Amounts:
    return Amounts.model_validate({"unit": "kr", "years": "{year}"} | options)


@pytest.mark.parametrize(
    ("cell", "options", "ore"),
    [
        ("1 234,50", {}, 123450),
        ("1\u00a0234", {}, 123400),
        ("-2,5", {"unit": "mnkr"}, -250_000_000),
        ("\u22122", {"unit": "tkr"}, -200_000),
        ("1,234.5", {"decimal": ".", "thousands": ","}, 123450),
        ("1.234,5", {"thousands": "."}, 123450),
        (Decimal("1234.5"), {}, 123450),
        ("-", {"zero_marks": ["-"]}, 0),
        ("4e+05", {"scientific": True, "decimal": "."}, 40_000_000),
    ],
)
def test_amounts_are_read_in_the_stated_notation(cell: object, options: dict[str, object], ore: int) -> None:
    assert read_amount(cell, amounts(**options)).ore == ore  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cell",
    [
        "1.5",
        "1_000",
        "١٢٣",
        "NaN",
        "inf",
        "1 00",
        "12 34,5",
        "1,2,3",
        "4e5",
        "kr 5",
        "1 000 kr",
        "--1",
        "1,",
        "(5)",
        "0x10",
    ],
)
def test_text_that_is_no_amount_is_refused(cell: str) -> None:
    with pytest.raises(AmountError):
        read_amount(cell, amounts())


def test_a_blank_cell_is_refused_unless_the_mapping_says_zero() -> None:
    for cell in (None, "", " \u00a0"):
        with pytest.raises(AmountError):
            read_amount(cell, amounts())
        assert read_amount(cell, amounts(blank="zero")).blank


def test_what_is_finer_than_an_ore_is_rounded_and_said() -> None:
    found = read_amount(Decimal("0.333333333333333"), amounts(unit="tkr"))
    assert (found.ore, found.rounded) == (33333, True)
    assert read_amount("-0,005", amounts()).ore == -1


def test_an_amount_that_is_too_large_is_refused() -> None:
    assert read_amount("10 000", amounts(unit="mnkr")).ore == MAX_AMOUNT_ORE
    for cell in ("10 001", "9" * 30, Decimal("1e30")):
        with pytest.raises(AmountError):
            read_amount(cell, amounts(unit="mnkr"))


def test_enormous_exponents_cost_nothing() -> None:
    assert read_amount(Decimal("1e-999999999"), amounts()).ore == 0
    assert read_amount(Decimal("-1e-999999999"), amounts()).rounded
    for number in (Decimal("1e999999999"), Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(AmountError):
            read_amount(number, amounts())


@given(st.text(max_size=12))
def test_no_text_makes_it_crash(text: str) -> None:
    try:
        assert isinstance(read_amount(text, amounts(blank="zero", scientific=True)).ore, int)
    except AmountError as error:
        assert str(error.note)


@given(st.integers(-(10**9), 10**9), st.integers(0, 99))
def test_swedish_text_comes_back_exactly(kronor: int, ore: int) -> None:
    text = f"{kronor:,}".replace(",", "\u00a0") + f",{ore:02d}"
    sign = -1 if text.startswith("-") else 1
    assert read_amount(text, amounts()).ore == kronor * 100 + sign * ore


def test_the_difference_shows_what_is_not_accounted_for() -> None:
    sums = Sums(file_ore=100, taken_ore=50, outside_ore=20, refused_ore=15, skipped_ore=20, zeroed_ore=-5)
    assert sums.difference_ore == 0
    sums.taken_ore -= 1
    assert sums.difference_ore == 1


def test_money_adds_negative_sums_too() -> None:
    money = Money()
    one = Money()
    one.by_year[2027] = -5
    one.outside["later"] = -3
    money.add(one)
    money.add(one)
    assert (money.by_year[2027], money.outside["later"], money.total_ore) == (-10, -6, -16)
