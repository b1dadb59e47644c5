"""Many assets at once are what the same assets are one by one, to the öre."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.domain import schedules
from investplan.domain.capital_costs import (
    Asset,
    AssetChange,
    CapitalCostRules,
    InterestBase,
    RateTable,
    StartRule,
    capital_cost,
)
from investplan.domain.frames import changes_from_levels
from investplan.domain.schedules import AssetColumns, FrameBook, schedule
from investplan.units import MAX_AMOUNT_ORE, Month

YEARS = range(2025, 2041)
RATES = st.integers(0, 100_000).map(lambda millionths: Fraction(millionths, 10**6))


@st.composite
def assets(draw: st.DrawFn, largest_ore: int = MAX_AMOUNT_ORE) -> Asset:
    cost = draw(st.integers(0, largest_ore))
    life = draw(st.none() | st.integers(1, 1200))
    residual = 0 if life is None else draw(st.integers(0, cost))
    month = Month(draw(st.integers(1990, 2045)), draw(st.integers(1, 12)))
    return Asset("x", cost, residual, life, month)


@st.composite
def conventions(draw: st.DrawFn) -> CapitalCostRules:
    rates = RateTable(draw(RATES), draw(st.dictionaries(st.sampled_from(YEARS), RATES, max_size=4)))
    return CapitalCostRules(rates, draw(st.sampled_from(InterestBase)), draw(st.sampled_from(StartRule)))


def one_by_one(found: list[Asset], rules: CapitalCostRules) -> list[list[tuple[int, int]]]:
    return [
        [(row.depreciation_ore, row.interest_ore) for row in capital_cost(asset, rules, YEARS)]
        for asset in found
    ]


@given(st.lists(assets(), min_size=1, max_size=6), conventions())
def test_many_at_once_are_the_same_as_one_by_one(found: list[Asset], rules: CapitalCostRules) -> None:
    computed = schedule(AssetColumns.of(found, rules), rules, YEARS)
    pairs = [
        list(zip(*rows, strict=True))
        for rows in zip(computed.depreciation_ore.tolist(), computed.interest_ore.tolist(), strict=True)
    ]
    assert pairs == one_by_one(found, rules)


def test_what_could_overflow_is_computed_without_bounds() -> None:
    rules = CapitalCostRules(RateTable(Fraction(99_991, 10**6)))
    found = [Asset("x", MAX_AMOUNT_ORE, 1, 1199, Month(2026, 3))]
    computed = schedule(AssetColumns.of(found, rules), rules, YEARS)
    assert computed.interest_ore.dtype == computed.depreciation_ore.dtype == object
    assert {type(one) for one in (*computed.interest_ore[0], *computed.depreciation_ore[0])} == {int}
    assert (
        list(zip(*(a[0] for a in (computed.depreciation_ore, computed.interest_ore)), strict=True))
        == (one_by_one(found, rules)[0])
    )


def test_assets_on_both_sides_of_a_block_are_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "BLOCK", 2)
    rules = CapitalCostRules(RateTable(Fraction("0.025")))
    found = [Asset(str(i), 1000 * i, 0, 12 * i, Month(2026, 1)) for i in range(1, 6)]
    whole = schedule(AssetColumns.of(found, rules), rules, YEARS)
    assert whole.capital_cost_ore.tolist() == [
        [row.capital_cost_ore for row in capital_cost(asset, rules, YEARS)] for asset in found
    ]


def test_no_assets_and_no_years_give_empty_arrays() -> None:
    rules = CapitalCostRules(RateTable(Fraction("0.025")))
    assert schedule(AssetColumns.of([], rules), rules, YEARS).depreciation_ore.shape == (0, 16)
    assert schedule(
        AssetColumns.of([Asset("x", 1, 0, 1, Month(2026, 1))], rules), rules, []
    ).interest_ore.shape == (1, 0)


def test_years_with_gaps_are_refused() -> None:
    rules = CapitalCostRules(RateTable(Fraction("0.025")))
    with pytest.raises(ValueError, match="unbroken"):
        schedule(AssetColumns.of([], rules), rules, [2027, 2029])


@given(
    st.lists(st.lists(assets(10**10), min_size=1, max_size=3), min_size=1, max_size=5),
    conventions(),
    st.data(),
)
def test_one_changed_investment_gives_the_book_that_all_anew_would(
    investments: list[list[Asset]], rules: CapitalCostRules, data: st.DataObject
) -> None:
    committee = np.array([data.draw(st.integers(0, 2)) for _ in investments])
    changed = data.draw(st.integers(0, len(investments) - 1))
    other = data.draw(st.lists(assets(10**10), min_size=1, max_size=3))

    def book(parts: list[list[Asset]]) -> FrameBook:
        columns = AssetColumns.of([asset for part in parts for asset in part], rules)
        index = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        return FrameBook.of(columns, index, committee, rules, YEARS)

    kept = book(investments)
    before = kept.totals_ore.copy()
    moved = kept.replace(changed, AssetColumns.of(other, rules))
    anew = book([other if i == changed else part for i, part in enumerate(investments)])
    assert kept.totals_ore.tolist() == anew.totals_ore.tolist()
    assert kept.changes_ore.tolist() == anew.changes_ore.tolist()
    assert (kept.totals_ore - before)[committee[changed]].tolist() == list(moved)
    levels = [
        sum(row.capital_cost_ore for row in rows)
        for rows in zip(*(capital_cost(asset, rules, YEARS) for asset in other), strict=True)
    ]
    assert kept.changes_ore[changed].tolist() == list(changes_from_levels(levels))


@pytest.mark.parametrize(
    "happens",
    [{"changes": (AssetChange(Month(2028, 1), write_down_ore=1),)}, {"disposed": Month(2028, 1)}],
    ids=["changed", "disposed of"],
)
def test_an_asset_that_something_happens_to_is_refused_by_name(happens: dict[str, Any]) -> None:
    rules = CapitalCostRules(RateTable(Fraction("0.025")))
    plain = Asset("Taket", 1000, 0, 120, Month(2027, 1))
    with pytest.raises(ValueError, match="Taket is changed or disposed of"):
        AssetColumns.of([plain, replace(plain, **happens)], rules)


# By hand: 1 200 000 kr over ten years from July 2027, and land for 100 000 kr that is older; 3 per cent.
KR = 100
FRAME = Asset("Stomme", 1_200_000 * KR, 0, 120, Month(2027, 6))
LAND = Asset("Mark", 100_000 * KR, 0, None, Month(2026, 3))


def three_per_cent(base: InterestBase = InterestBase.OPENING) -> CapitalCostRules:
    return CapitalCostRules(RateTable(Fraction("0.03")), base)


@pytest.mark.parametrize(
    ("base", "interest"),
    [
        (InterestBase.OPENING, [0, 18_000, 34_200]),
        (InterestBase.AVERAGE, [0, 17_550, 32_400]),
        (InterestBase.MONTHLY, [0, 17_625, 32_550]),
    ],
)
def test_the_first_years_are_those_computed_by_hand(base: InterestBase, interest: list[int]) -> None:
    rules = three_per_cent(base)
    found = schedule(AssetColumns.of([FRAME, LAND], rules), rules, [2026, 2027, 2028])
    assert found.years == (2026, 2027, 2028)
    assert found.depreciation_ore.tolist() == [[0, 60_000 * KR, 120_000 * KR], [0, 0, 0]]
    assert found.interest_ore.tolist()[0] == [one * KR for one in interest]
    # Land is charged from April 2026: nine months, then whole years, for good.
    assert found.interest_ore.tolist()[1] == [2_250 * KR, 3_000 * KR, 3_000 * KR]
    assert found.depreciation_ore.dtype == found.interest_ore.dtype == np.int64


def test_the_last_years_are_those_computed_by_hand() -> None:
    rules = three_per_cent()
    found = schedule(
        AssetColumns.of([FRAME, replace(FRAME, residual_ore=600_000 * KR)], rules), rules, range(2036, 2039)
    )
    assert found.depreciation_ore.tolist() == [
        [120_000 * KR, 60_000 * KR, 0],
        [60_000 * KR, 30_000 * KR, 0],
    ]
    # 180 000 and 60 000 are left when the years begin; with a residual 690 000 and 630 000. After the life: nothing.
    assert found.interest_ore.tolist() == [[5_400 * KR, 900 * KR, 0], [20_700 * KR, 9_450 * KR, 0]]
    assert found.capital_cost_ore.tolist()[0] == [125_400 * KR, 60_900 * KR, 0]


def test_columns_are_what_the_assets_are_and_can_be_taken_in_part() -> None:
    columns = AssetColumns.of([FRAME, replace(FRAME, residual_ore=5), LAND], three_per_cent())
    assert len(columns) == 3
    assert columns.value_ore.tolist() == [120_000_000, 120_000_000, 10_000_000]
    assert columns.depreciable_ore.tolist() == [120_000_000, 119_999_995, 0]
    assert columns.life_months.tolist() == [120, 120, 1]
    assert columns.first.tolist() == [Month(2027, 7).ordinal, Month(2027, 7).ordinal, Month(2026, 4).ordinal]
    assert columns.months.tolist() == [120, 120, schedules.LONGEST_MONTHS]
    part = columns.part(1, 3)
    assert [part.value_ore.tolist(), part.depreciable_ore.tolist(), part.life_months.tolist()] == [
        [120_000_000, 10_000_000], [119_999_995, 0], [120, 1],
    ]  # fmt: skip
    assert [part.first.tolist(), part.months.tolist()] == [
        columns.first[1:].tolist(),
        columns.months[1:].tolist(),
    ]


def test_a_book_of_two_investments_is_the_one_computed_by_hand_before_and_after_one_changes() -> None:
    rules = three_per_cent()
    columns = AssetColumns.of([FRAME, FRAME, LAND], rules)
    book = FrameBook.of(columns, np.array([0, 1, 1]), np.array([1, 0]), rules, [2027, 2028])
    frame, land = [78_000 * KR, 76_200 * KR], [3_000 * KR, 0]
    both = [one + other for one, other in zip(frame, land, strict=True)]
    assert (book.rules, book.years, book.committee.tolist()) == (rules, (2027, 2028), [1, 0])
    assert book.changes_ore.tolist() == [frame, both]
    assert book.totals_ore.tolist() == [both, frame]
    moved = book.replace(1, AssetColumns.of([LAND], rules))
    assert moved == (-frame[0], -frame[1])
    assert all(type(one) is int for one in moved)
    assert book.changes_ore.tolist() == [frame, land]
    assert book.totals_ore.tolist() == [land, frame]


def test_a_book_of_nothing_has_no_committees() -> None:
    rules, none = three_per_cent(), np.array([], np.int64)
    book = FrameBook.of(AssetColumns.of([], rules), none, none, rules, [2027, 2028])
    assert book.totals_ore.shape == (0, 2)
    assert book.changes_ore.shape == (0, 2)


def kind_of(
    cost_ore: int, rate: Fraction | RateTable, life: int | None, years: range = range(2027, 2029)
) -> Any:
    """How the numbers are held, after seeing that they are right."""
    table = rate if isinstance(rate, RateTable) else RateTable(rate)
    rules = CapitalCostRules(table, start_rule=StartRule.SAME_MONTH)
    asset = Asset("x", cost_ore, 0, life, Month(2027, 1))
    small = Asset("y", 1, 0, 1, Month(2027, 1))
    found = schedule(AssetColumns.of([small, asset], rules), rules, years)
    expected = [(row.depreciation_ore, row.interest_ore) for row in capital_cost(asset, rules, years)]
    told = list(zip(found.depreciation_ore[1].tolist(), found.interest_ore[1].tolist(), strict=True))
    assert told == expected
    return found.interest_ore.dtype


@pytest.mark.parametrize(
    ("rate", "life", "most"),
    [
        # Interest: numerator × 2 × value × life × 24 with half the denominator for the rounding.
        (Fraction(1, 40), 1200, (2**63 - 1 - 2 * 40 * 1200 * 24) // (2 * 1200 * 24)),
        (Fraction(3, 100), 480, (2**63 - 1 - 2 * 100 * 480 * 24) // (3 * 2 * 480 * 24)),
        (
            RateTable(Fraction(1, 100), {2028: Fraction(3, 200)}),
            60,
            (2**63 - 1 - 2 * 200 * 60 * 24) // (3 * 2 * 60 * 24),
        ),
        # Land has a life of one month here, and never falls.
        (Fraction(1, 40), None, (2**63 - 1 - 2 * 40 * 24) // (2 * 24)),
        # Depreciation, where there is no interest: 2 × value × months, and half the life.
        (Fraction(0), 1200, (2**63 - 1 - 1200) // (2 * 1200)),
    ],
)
def test_numbers_are_held_in_64_bits_up_to_the_very_last_that_fits(
    rate: Fraction | RateTable, life: int | None, most: int
) -> None:
    assert kind_of(most, rate, life) == np.int64
    assert kind_of(most + 1, rate, life) == np.dtype(object)


def test_no_number_passes_through_a_float() -> None:
    """A float holds 53 bits: of 10^17 + 7 it would lose the seven."""
    assert kind_of(10**17 + 7, Fraction(1), 1) == np.int64


def test_nothing_to_compute_is_held_in_64_bits() -> None:
    rules = three_per_cent()
    assert schedule(AssetColumns.of([], rules), rules, YEARS).interest_ore.dtype == np.int64
    none = schedule(AssetColumns.of([FRAME], rules), rules, [])
    assert none.interest_ore.dtype == none.depreciation_ore.dtype == np.int64


@pytest.mark.parametrize("large_first", [False, True])
def test_a_book_takes_in_what_needs_more_than_64_bits_and_gives_it_back(large_first: bool) -> None:
    rules = CapitalCostRules(RateTable(Fraction(99_991, 10**6)))
    large = Asset("x", MAX_AMOUNT_ORE, 1, 1199, Month(2026, 3))
    first, second = (large, FRAME) if large_first else (FRAME, large)
    index, committee = np.array([0, 1]), np.array([0, 0])

    def book(one: Asset) -> FrameBook:
        return FrameBook.of(AssetColumns.of([one, LAND], rules), index, committee, rules, [2027, 2028])

    changed, anew = book(first), book(second)
    before = changed.totals_ore.tolist()[0]
    moved = changed.replace(0, AssetColumns.of([second], rules))
    assert changed.totals_ore.tolist() == anew.totals_ore.tolist()
    assert changed.changes_ore.tolist() == anew.changes_ore.tolist()
    assert [a + b for a, b in zip(before, moved, strict=True)] == anew.totals_ore.tolist()[0]
    assert {
        type(one) for one in (*changed.changes_ore.ravel().tolist(), *changed.totals_ore[0].tolist())
    } == {int}
