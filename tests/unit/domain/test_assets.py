"""What happens to an asset on the way: changed lives, write-downs, residual values, disposal; and what cannot happen."""

from __future__ import annotations

from fractions import Fraction

import pytest

from investplan.domain.assets import Asset, AssetChange, StartRule, stretches
from investplan.domain.capital_costs import (
    CapitalCostRow,
    CapitalCostRules,
    InterestBase,
    RateTable,
    capital_cost,
    explain_capital_cost,
)
from investplan.domain.grants import grant_rows
from investplan.errors import InvalidInputError
from investplan.units import NBSP, Month, round_half_up

KR = 100
RULES = CapitalCostRules(RateTable(Fraction("0.02")), start_rule=StartRule.SAME_MONTH)
ROOF = Asset("tak", 1_200 * KR, 0, 120, Month(2027, 1))


def rows(asset: Asset, years: range, base: InterestBase = InterestBase.OPENING) -> list[CapitalCostRow]:
    return capital_cost(asset, CapitalCostRules(RULES.internal_rate, base, RULES.start_rule), years)


def changed(*changes: AssetChange, disposed: Month | None = None) -> Asset:
    return Asset("tak", 1_200 * KR, 0, 120, Month(2027, 1), changes, disposed)


def test_disposal_after_thirteen_of_twenty_years_costs_what_is_left_and_nothing_after() -> None:
    """Domain reference 1.10 and 10.13: 12 000 over 20 years, after 13 years 4 200."""
    old = Asset("gammal", 12_000, 0, 240, Month(2014, 1), disposed=Month(2027, 1))
    found = rows(old, range(2026, 2030))
    assert [row.disposal_ore for row in found] == [0, 4_200, 0, 0]
    assert [row.depreciation_ore for row in found] == [600, 0, 0, 0]
    assert [row.interest_ore for row in found[1:]] == [0, 0, 0]
    assert [row.closing_ore for row in found] == [4_200, 0, 0, 0]


@pytest.mark.parametrize(("rule", "months"), [(StartRule.SAME_MONTH, 6), (StartRule.NEXT_MONTH, 7)])
def test_the_month_of_disposal_is_charged_as_the_month_of_commissioning_is_not(
    rule: StartRule, months: int
) -> None:
    """What replaces it, taken into use in the same month, is charged from the very next month on."""
    asset = changed(disposed=Month(2028, 7))
    convention = CapitalCostRules(RULES.internal_rate, start_rule=rule)
    (row,) = capital_cost(asset, convention, [2028])
    (new,) = capital_cost(Asset("ny", 100, 0, 120, Month(2028, 7)), convention, [2028])
    assert row.months == months
    assert row.months + new.months == 12
    assert row.disposal_ore == row.opening_ore - row.depreciation_ore


def test_an_asset_disposed_of_in_its_first_month_is_a_cost_at_once() -> None:
    (row,) = rows(changed(disposed=Month(2027, 1)), range(2027, 2028))
    assert (row.months, row.depreciation_ore, row.interest_ore, row.disposal_ore) == (0, 0, 0, 1_200 * KR)


def test_what_is_left_at_disposal_after_the_life_is_the_residual() -> None:
    asset = Asset("x", 1000, 400, 12, Month(2027, 1), disposed=Month(2030, 5))
    found = rows(asset, range(2028, 2032))
    assert [(row.months, row.interest_ore, row.disposal_ore, row.closing_ore) for row in found] == [
        (0, 0, 0, 400),
        (0, 0, 0, 400),
        (0, 0, 400, 0),
        (0, 0, 0, 0),
    ]


def test_land_that_goes_costs_its_whole_value_and_bears_no_interest_after() -> None:
    land = Asset("mark", 1_000 * KR, 0, None, Month(2027, 1), disposed=Month(2028, 7))
    found = rows(land, range(2027, 2030))
    assert [row.interest_ore for row in found] == [20 * KR, 10 * KR, 0]
    assert [row.disposal_ore for row in found] == [0, 1_000 * KR, 0]


def test_a_longer_life_affects_the_remaining_months_only() -> None:
    found = rows(changed(AssetChange(Month(2029, 7), remaining_months=180)), range(2027, 2046))
    assert [row.depreciation_ore for row in found[:4]] == [120 * KR, 120 * KR, 60 * KR + 30 * KR, 60 * KR]
    assert sum(row.depreciation_ore for row in found) == 1_200 * KR
    assert [row.months for row in found[-3:]] == [12, 6, 0]


def test_a_shorter_life_is_depreciated_faster_from_the_change_on() -> None:
    found = rows(changed(AssetChange(Month(2029, 1), remaining_months=24)), range(2027, 2032))
    assert [row.depreciation_ore for row in found] == [120 * KR, 120 * KR, 480 * KR, 480 * KR, 0]


def test_a_write_down_is_a_cost_of_its_year_and_lowers_what_follows() -> None:
    found = rows(changed(AssetChange(Month(2029, 1), write_down_ore=480 * KR)), range(2028, 2038))
    assert [row.write_down_ore for row in found[:3]] == [0, 480 * KR, 0]
    assert [row.depreciation_ore for row in found[:3]] == [120 * KR, 60 * KR, 60 * KR]
    assert found[1].opening_ore == 960 * KR
    assert found[1].closing_ore == 960 * KR - 480 * KR - 60 * KR
    assert found[1].capital_cost_ore == found[1].depreciation_ore + found[1].interest_ore
    assert found[-1].closing_ore == 0


def test_a_changed_residual_value_is_what_is_left_in_the_end() -> None:
    found = rows(changed(AssetChange(Month(2029, 1), residual_ore=160 * KR)), range(2027, 2038))
    assert [row.depreciation_ore for row in found[2:4]] == [100 * KR, 100 * KR]
    assert found[-1].closing_ore == 160 * KR


@pytest.mark.parametrize(
    ("base", "kronor"),
    [
        # The year opens at 960; 450 is written down from July; it falls by 10 a month, then by 5.
        (InterestBase.OPENING, Fraction(960)),
        (InterestBase.AVERAGE, Fraction(960 + 420, 2)),
        (InterestBase.MONTHLY, Fraction(6 * 960 - 150 + 6 * 450 - 75, 12)),
    ],
)
def test_the_year_of_a_change_follows_the_interest_base(base: InterestBase, kronor: Fraction) -> None:
    (row,) = rows(changed(AssetChange(Month(2029, 7), write_down_ore=450 * KR)), range(2029, 2030), base)
    assert row.interest_ore == round_half_up(kronor * KR * Fraction("0.02"))


def test_a_write_down_in_january_lowers_the_interest_of_its_year() -> None:
    (row,) = rows(changed(AssetChange(Month(2029, 1), write_down_ore=480 * KR)), range(2029, 2030))
    assert row.interest_ore == Fraction("0.02") * 480 * KR


def test_a_change_starts_from_the_rounded_book_value() -> None:
    asset = Asset("x", 100, 0, 7, Month(2027, 1), (AssetChange(Month(2027, 4), remaining_months=3),))
    assert [one.value_ore for one in stretches(asset, StartRule.SAME_MONTH)] == [100, 100 - 43]
    (row,) = rows(asset, range(2027, 2028))
    assert (row.months, row.depreciation_ore, row.closing_ore) == (6, 100, 0)


def test_changes_before_the_first_charged_month_take_effect_in_it() -> None:
    early = (
        AssetChange(Month(2027, 12), write_down_ore=200),
        AssetChange(Month(2028, 1), remaining_months=8, write_down_ore=400),
    )
    asset = Asset("x", 1400, 0, 12, Month(2027, 12), early)
    found = capital_cost(asset, CapitalCostRules(RULES.internal_rate), [2027, 2028])
    assert [(row.months, row.write_down_ore, row.depreciation_ore) for row in found] == [
        (0, 0, 0),
        (8, 600, 800),
    ]


@pytest.mark.parametrize(
    "change",
    [
        AssetChange(Month(2037, 1), remaining_months=12),
        AssetChange(Month(2028, 1), write_down_ore=1_080 * KR + 1),
        AssetChange(Month(2028, 1), residual_ore=1_080 * KR + 1),
        AssetChange(Month(2028, 1), residual_ore=600 * KR, write_down_ore=500 * KR),
    ],
)
def test_a_change_that_does_not_fit_the_book_value_or_the_life_is_refused(change: AssetChange) -> None:
    with pytest.raises(InvalidInputError) as refused:
        rows(changed(change), range(2027, 2028))
    assert set(refused.value.fields) == {"changes[0]"}


def test_land_is_written_down_to_nothing_at_most() -> None:
    def land(down: int) -> Asset:
        return Asset("m", 100, 0, None, Month(2027, 1), (AssetChange(Month(2027, 5), write_down_ore=down),))

    assert rows(land(100), range(2027, 2029))[1].closing_ore == 0
    with pytest.raises(InvalidInputError, match="Nedskrivningen"):
        rows(land(101), range(2027, 2028))


def test_a_change_after_disposal_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        rows(changed(AssetChange(Month(2030, 2)), disposed=Month(2030, 2)), range(2027, 2028))


@pytest.mark.parametrize(
    ("life", "changes", "disposed", "places"),
    [
        (120, (AssetChange(Month(2026, 12)),), None, {"changes[0]"}),
        (120, (AssetChange(Month(2028, 1)), AssetChange(Month(2028, 1))), None, {"changes[1]"}),
        (120, (AssetChange(Month(2028, 1), remaining_months=0),), None, {"changes[0]"}),
        (120, (AssetChange(Month(2028, 1), write_down_ore=-1),), None, {"changes[0]"}),
        (120, (AssetChange(Month(2028, 1), residual_ore=-1),), None, {"changes[0]"}),
        (None, (AssetChange(Month(2028, 1), remaining_months=5),), None, {"changes[0]"}),
        (None, (AssetChange(Month(2028, 1), residual_ore=5),), Month(2026, 1), {"changes[0]", "disposed"}),
    ],
)
def test_events_that_cannot_be_are_refused_with_their_place(
    life: int | None, changes: tuple[AssetChange, ...], disposed: Month | None, places: set[str]
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Asset("x", 100, 0, life, Month(2027, 1), changes, disposed)
    assert set(refused.value.fields) == places


def test_a_grant_follows_a_changed_life_and_is_released_when_the_asset_goes() -> None:
    longer = changed(AssetChange(Month(2029, 1), remaining_months=192, write_down_ore=100 * KR))
    found = grant_rows(600 * KR, [longer], RULES, range(2027, 2046))
    assert [row.release_ore for row in found[1:4]] == [60 * KR, 30 * KR, 30 * KR]
    assert sum(row.release_ore for row in found) == 600 * KR
    gone = grant_rows(600 * KR, [changed(disposed=Month(2029, 1))], RULES, range(2027, 2031))
    assert [row.release_ore for row in gone] == [60 * KR, 60 * KR, 480 * KR, 0]


def test_every_stretch_of_a_year_says_how_it_was_computed() -> None:
    asset = changed(AssetChange(Month(2029, 7), remaining_months=180))
    notes = [str(note).replace(NBSP, " ") for note in explain_capital_cost(asset, RULES, 2029)]
    assert notes == [
        "Avskrivning 1 200 kr / 120 mån × 6 mån = 60 kr",
        "Avskrivning 900 kr / 180 mån × 6 mån = 30 kr",
        "Internränta 2 % × 12/12 × ingående bokfört värde 960 kr = 19,20 kr",
    ]
    assert "0 mån = 0 kr" in str(explain_capital_cost(asset, RULES, 2026)[0])
