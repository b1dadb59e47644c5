"""The money engine against a slow second reading, on random assets, conventions, dates, changes and disposals.

The normal run tries some thousands of cases; `make prove-money` (the profile `deep`) fifty times as many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from investplan.domain.annuities import Annuity, level_annuity
from investplan.domain.capital_costs import (
    Asset,
    AssetChange,
    CapitalCostRow,
    CapitalCostRules,
    InterestBase,
    RateTable,
    StartRule,
    capital_cost,
    share_out,
)
from investplan.domain.construction import BuiltStage, ConstructionOutlay, interest_during_construction
from investplan.domain.grants import grant_rows
from investplan.units import Month
from tests.unit.domain.slow_money import (
    SlowLedger,
    half_up,
    slow_annuity,
    slow_interest_during_construction,
)

DEPTH = settings().max_examples // 100


def cases(count: int) -> Callable[[Any], Any]:
    """So many cases in the normal run, fifty times as many in the deep one."""
    return settings(
        max_examples=count * DEPTH,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


months = st.builds(Month, st.integers(2020, 2035), st.integers(1, 12))
rates = st.integers(0, 1000).map(lambda points: Fraction(points, 10_000))
short, longer = st.integers(1, 40), st.integers(41, 150)
lives = st.one_of(short, short, longer, longer, st.just(480), st.none())
amounts = st.one_of(st.integers(0, 1000), st.integers(0, 10**11))


@st.composite
def rules(draw: st.DrawFn) -> CapitalCostRules:
    table = RateTable(draw(rates), draw(st.dictionaries(st.integers(2020, 2050), rates, max_size=3)))
    return CapitalCostRules(table, draw(st.sampled_from(InterestBase)), draw(st.sampled_from(StartRule)))


@st.composite
def plain_assets(draw: st.DrawFn) -> Asset:
    cost, life = draw(amounts), draw(lives)
    residual = 0 if life is None else cost * draw(st.sampled_from([0, 0, 1, 3, 7])) // 7
    return Asset("x", cost, residual, life, draw(months))


@st.composite
def eventful(draw: st.DrawFn) -> tuple[Asset, CapitalCostRules]:
    """An asset with its conventions, to which up to two changes and a disposal happen."""
    asset, convention = draw(plain_assets()), draw(rules())
    charged_from = asset.commissioned.plus(1 if convention.start_rule == "next_month" else 0)
    for _ in range(draw(st.integers(0, 2))):
        changed = _with_change(draw, asset, convention, charged_from)
        if changed is not None:
            asset = changed
    if draw(st.booleans()):
        last = asset.changes[-1].month if asset.changes else asset.commissioned
        gone = last.plus(draw(st.integers(0 if not asset.changes else 1, 120)))
        asset = replace(asset, disposed=gone)
    return asset, convention


def _with_change(
    draw: st.DrawFn, asset: Asset, convention: CapitalCostRules, charged_from: Month
) -> Asset | None:
    """The asset with one more change, in a month that is charged and within what the book value allows."""
    begins = max(asset.changes[-1].month, charged_from).plus(1) if asset.changes else asset.commissioned
    left = _end_of_life(asset, charged_from) - max(begins, charged_from).ordinal
    if left < 1:
        return None
    month = begins.plus(draw(st.integers(0, min(left, 60) - 1)))
    book = _book_before(replace(asset, disposed=None), convention, max(month, charged_from))
    residual = _residual(asset)
    if asset.life_months is None:
        return replace(asset, changes=(*asset.changes, AssetChange(month, write_down_ore=book // 3)))
    if draw(st.booleans()):
        residual = book * draw(st.integers(0, 4)) // 4
    down = (book - residual) * draw(st.sampled_from([0, 0, 1, 5])) // 5
    life = draw(st.one_of(st.none(), st.integers(1, 90)))
    return replace(asset, changes=(*asset.changes, AssetChange(month, life, residual, max(down, 0))))


def _residual(asset: Asset) -> int:
    """The residual value as last stated."""
    stated = [one.residual_ore for one in asset.changes if one.residual_ore is not None]
    return stated[-1] if stated else asset.residual_ore


def _end_of_life(asset: Asset, charged_from: Month) -> int:
    """Ordinal of the first month after the life."""
    if asset.life_months is None:
        return charged_from.ordinal + 600
    end = charged_from.ordinal + asset.life_months
    for change in asset.changes:
        if change.remaining_months is not None:
            end = max(change.month, charged_from).ordinal + change.remaining_months
    return end


def _book_before(asset: Asset, convention: CapitalCostRules, month: Month) -> int:
    """The rounded book value when `month` begins: what a disposal the month before leaves to expense."""
    gone = month.plus(-1) if convention.start_rule == "next_month" else month
    if gone < asset.commissioned:
        return asset.cost_ore
    ledger = SlowLedger(replace(asset, disposed=gone), convention, gone.year)
    return ledger.years[gone.year].disposal


def all_years(asset: Asset) -> range:
    """Every year from before commissioning to after everything is over (of land: some decades)."""
    ends = [asset.commissioned.plus((asset.life_months or 60) + 2).year]
    ends += [one.month.plus((one.remaining_months or 0) + 2).year for one in asset.changes]
    ends += [asset.disposed.year + 1] if asset.disposed else []
    return range(asset.commissioned.year - 1, max(ends) + 1)


@cases(2000)
@given(eventful())
def test_the_engine_is_the_slow_reading_to_the_ore(case: tuple[Asset, CapitalCostRules]) -> None:
    asset, convention = case
    years = all_years(asset)
    slow = SlowLedger(asset, convention, years[-1]).years
    for row in capital_cost(asset, convention, years):
        expected = slow.get(row.year)
        if expected is None:
            assert row == CapitalCostRow(row.year, 0, 0, 0, 0, 0, 0)
            continue
        assert row == CapitalCostRow(
            row.year,
            expected.months,
            expected.depreciation,
            half_up(expected.interest),
            expected.depreciation + half_up(expected.interest),
            expected.opening,
            expected.closing,
            expected.write_down,
            expected.disposal,
        )


@cases(200)
@given(eventful())
def test_all_that_was_paid_is_expensed_once_and_the_book_value_ends_at_the_residual(
    case: tuple[Asset, CapitalCostRules],
) -> None:
    asset, convention = case
    rows = capital_cost(asset, convention, all_years(asset))
    expensed = sum(row.depreciation_ore + row.write_down_ore + row.disposal_ore for row in rows)
    residual = _residual(asset)
    if asset.disposed is not None:
        assert (expensed, rows[-1].closing_ore) == (asset.cost_ore, 0)
    elif asset.life_months is None:
        written_down = sum(one.write_down_ore for one in asset.changes)
        assert (expensed, rows[-1].closing_ore) == (written_down, asset.cost_ore - written_down)
    else:
        assert (expensed, rows[-1].closing_ore) == (asset.cost_ore - residual, residual)
    for row in rows:
        spent = row.depreciation_ore + row.write_down_ore + row.disposal_ore
        assert row.opening_ore - spent == row.closing_ore
        assert row.months or not (row.interest_ore or row.depreciation_ore)
        assert min(row.depreciation_ore, row.interest_ore, row.disposal_ore, row.closing_ore) >= 0


@cases(200)
@given(eventful(), st.integers(1, 30))
def test_a_delay_by_whole_years_shifts_every_row_and_changes_nothing_else(
    case: tuple[Asset, CapitalCostRules], delay: int
) -> None:
    asset, convention = case
    level = replace(convention, internal_rate=RateTable(convention.internal_rate.default))
    later = replace(
        asset,
        commissioned=asset.commissioned.plus(12 * delay),
        changes=tuple(replace(one, month=one.month.plus(12 * delay)) for one in asset.changes),
        disposed=asset.disposed.plus(12 * delay) if asset.disposed else None,
    )
    years = all_years(asset)
    moved = capital_cost(later, level, [year + delay for year in years])
    assert [replace(row, year=row.year - delay) for row in moved] == capital_cost(asset, level, years)


@cases(200)
@given(eventful(), st.integers(1, 500))
def test_a_change_that_changes_nothing_moves_no_month_before_it(
    case: tuple[Asset, CapitalCostRules], later: int
) -> None:
    """What has been charged stands: the years before a further change are the same with and without it."""
    asset, convention = case
    assume(asset.disposed is None)
    month = (asset.changes[-1].month if asset.changes else asset.commissioned).plus(later)
    charged_from = asset.commissioned.plus(1 if convention.start_rule == "next_month" else 0)
    assume(charged_from <= month and month.ordinal < _end_of_life(asset, charged_from))
    changed = replace(
        asset, changes=(*asset.changes, AssetChange(month, None if asset.life_months is None else 7))
    )
    years = range(asset.commissioned.year - 1, month.year)
    assert capital_cost(changed, convention, years) == capital_cost(asset, convention, years)


@cases(200)
@given(plain_assets(), rules(), st.lists(st.integers(0, 100), min_size=2, max_size=6).filter(any))
def test_splitting_an_asset_changes_no_total_beyond_the_stated_roundings(
    asset: Asset, convention: CapitalCostRules, weights: list[int]
) -> None:
    """Parts add up exactly before rounding and over the life.

    In a year each part's depreciation is the difference of two roundings, and its interest is rounded once: n parts
    and the whole differ by at most n + 1 öre in depreciation, and (n + 1)/2 in interest.
    """
    costs, residuals = share_out(asset.cost_ore, weights), share_out(asset.residual_ore, weights)
    assume(all(residual <= cost for cost, residual in zip(costs, residuals, strict=True)))
    parts = [replace(asset, cost_ore=c, residual_ore=r) for c, r in zip(costs, residuals, strict=True)]
    years = all_years(asset)
    whole = capital_cost(asset, convention, years)
    rows = [capital_cost(part, convention, years) for part in parts]
    for i, row in enumerate(whole):
        depreciation = sum(part[i].depreciation_ore for part in rows)
        interest = sum(part[i].interest_ore for part in rows)
        assert abs(depreciation - row.depreciation_ore) <= len(parts) + 1
        assert 2 * abs(interest - row.interest_ore) <= len(parts) + 1
    assert sum(row.depreciation_ore for row in whole) == sum(
        row.depreciation_ore for part in rows for row in part
    )
    slow_whole = SlowLedger(asset, convention, years[-1]).years
    slow_parts = [SlowLedger(part, convention, years[-1]).years for part in parts]
    for year, expected in slow_whole.items():
        assert sum(part[year].interest for part in slow_parts) == expected.interest


@cases(200)
@given(amounts, st.lists(eventful(), min_size=1, max_size=3))
def test_a_grant_is_released_once_over_what_it_paid_for(
    grant_ore: int, granted: list[tuple[Asset, CapitalCostRules]]
) -> None:
    convention = granted[0][1]
    assets = [replace(asset, changes=(), name=str(i)) for i, (asset, _) in enumerate(granted)]
    years = range(2019, max(all_years(asset)[-1] for asset in assets) + 1)
    rows = grant_rows(grant_ore, assets, convention, years)
    released = sum(row.release_ore for row in rows)
    depreciable = any(asset.depreciable_ore for asset in assets)
    kept_land = not depreciable and assets[0].disposed is None
    assert released == (0 if kept_land else grant_ore)


@cases(200)
@given(
    st.integers(0, 10**11),
    st.integers(0, 10),
    rates,
    st.one_of(st.integers(1, 36), st.integers(1, 600)),
    months,
    st.sampled_from(StartRule),
)
def test_an_annuity_is_level_pays_all_off_and_is_the_one_that_trial_finds(
    cost: int, tenths: int, rate: Fraction, life: int, month: Month, start: StartRule
) -> None:
    residual = cost * tenths // 10
    assert level_annuity(cost, rate, life, residual) == slow_annuity(cost, residual, rate, life)
    convention = CapitalCostRules(RateTable(rate), start_rule=start)
    asset = Asset("x", cost, residual, life, month)
    annuity = Annuity(asset, convention)
    rows = annuity.rows(all_years(asset))
    assert sum(row.amortisation_ore for row in rows) == cost - residual
    assert rows[-1].balance_ore == residual
    assert sum(row.annuity_ore for row in rows) == half_up(annuity.yearly * life / 12)
    assert all(row.annuity_ore == row.interest_ore + row.amortisation_ore for row in rows)
    assert tuple(row.annuity_ore for row in rows) == annuity.amounts_ore(all_years(asset))
    full = [row.annuity_ore for row in rows if row.months == 12]
    assert not full or max(full) - min(full) <= 1


@cases(200)
@given(
    st.lists(st.tuples(st.integers(0, 36), st.integers(1, 12), amounts), max_size=4),
    st.lists(st.tuples(st.integers(0, 60), amounts), max_size=3),
    st.lists(rates, min_size=8, max_size=8),
    st.integers(0, 60),
    st.booleans(),
)
def test_interest_during_construction_is_the_slow_one(
    spending: list[tuple[int, int, int]],
    taken: list[tuple[int, int]],
    by_year: list[Fraction],
    until: int,
    mid_month: bool,
) -> None:
    begin = Month(2025, 1)
    table = RateTable(Fraction(0), {2025 + i: rate for i, rate in enumerate(by_year)})
    found = interest_during_construction(
        [ConstructionOutlay(begin.plus(first), months, amount) for first, months, amount in spending],
        table,
        begin.plus(until),
        taken_into_use=[BuiltStage(begin.plus(gone), cost) for gone, cost in taken],
        mid_month=mid_month,
    )
    zero = begin.ordinal
    slow = slow_interest_during_construction(
        [(zero + first, months, amount) for first, months, amount in spending],
        [(zero + gone, cost) for gone, cost in taken],
        dict(table.by_year),
        zero + until,
        mid_month,
    )
    assert found == {year: half_up(amount) for year, amount in slow.items()}
