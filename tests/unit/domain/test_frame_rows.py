"""Rows that follow from investments: example B (3.6), price tags with premises (10.6), delays (10.1) and rates (10.17)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from investplan.domain.consequences import CommitteeView, consequences
from investplan.domain.delays import delayed
from investplan.domain.frame_rows import (
    RATE_GROUP,
    FrameRow,
    RateShift,
    cells,
    difference_rows,
    investment_rows,
    part_ore,
    rate_rows,
)
from investplan.domain.frames import AdjustmentKind
from investplan.domain.parameters import DEFAULTS, Parameters, RateTable
from investplan.domain.proposals import Alternative, Component, Part
from investplan.units import round_half_up
from tests.reference_examples import ENDED_PAVILIONS, OTHER_OPERATING, PRESCHOOL, PRESCHOOL_LATER

TKR = 100_000
YEARS = tuple(range(2027, 2034))


def view(alternative: Alternative = PRESCHOOL, parameters: Parameters = DEFAULTS) -> CommitteeView:
    found = consequences(alternative, committee="UN", start=2027, parameters=parameters, years=YEARS)
    return found.committee_view


def in_tkr(amount_ore: int) -> Fraction:
    return Fraction(round_half_up(Fraction(amount_ore, TKR // 10)), 10)


def per_year(rows: Iterable[FrameRow], committee: str) -> list[int]:
    found = list(rows)
    return [
        sum(row.amount_ore for row in found if (row.committee, row.year) == (committee, y)) for y in YEARS
    ]


def assert_explained(rows: Iterable[FrameRow]) -> None:
    for row in rows:
        assert sum(part_ore(part) for part in row.detail) == row.amount_ore != 0


def test_the_preschool_changes_the_frame_by_the_printed_amounts() -> None:
    rows = list(investment_rows(view(), DEFAULTS))
    changes = per_year(rows, "UN")
    assert [in_tkr(one) for one in changes[:4]] == [
        Fraction(text) for text in ("1907.4", "2743.7", "-63.7", "-63.7")
    ]
    assert in_tkr(sum(changes[:4])) == Fraction("4523.7")
    assert per_year(rows, "SEN") == [0] * len(YEARS)
    assert_explained(rows)


def test_a_price_tag_with_premises_leaves_rent_and_capital_cost_out_and_operating_in() -> None:
    parameters = replace(DEFAULTS, premises_in_price_tag=("UN",))
    rows = [row for row in investment_rows(view(), parameters) if row.committee == "UN"]
    assert {row.kind for row in rows} == {AdjustmentKind.OPERATING}
    assert [in_tkr(one) for one in per_year(rows, "UN")[:3]] == [120, 240, 0]


def test_pavilions_that_end_are_deducted_where_the_price_tag_does_not_hold_premises() -> None:
    without = view(replace(PRESCHOOL, operating=(OTHER_OPERATING,)))
    difference = [
        one - other
        for one, other in zip(
            per_year(investment_rows(view(), DEFAULTS), "UN"),
            per_year(investment_rows(without, DEFAULTS), "UN"),
            strict=True,
        )
    ]
    assert difference == [0, -1_050 * TKR, 0, 0, 0, 0, 0]
    assert ENDED_PAVILIONS.ended


def test_what_a_committee_keeps_of_a_fall_is_a_part_of_the_calculation() -> None:
    keep = replace(DEFAULTS, frames_follow_falling_capital_cost=False)
    rows = list(investment_rows(view(), keep))
    assert_explained(rows)
    assert not any(row.amount_ore < 0 for row in rows if row.committee == "UN" and row.year > 2028)


def test_the_original_rows_and_the_delays_rows_add_up_to_the_later_schedule() -> None:
    late = list(difference_rows(view(), view(PRESCHOOL_LATER), DEFAULTS, source="x", key="delay:1"))
    both = [*investment_rows(view(), DEFAULTS), *late]
    assert [in_tkr(one) for one in per_year(both, "UN")[:2]] == [0, Fraction("1907.4")]
    total = {cell: ore for cell, ore in cells(both).items() if ore}
    assert total == cells(investment_rows(view(PRESCHOOL_LATER), DEFAULTS))
    assert_explained(late)
    assert all(row.key.startswith("delay:1:") for row in late)


def test_a_delay_moves_staged_parts_too() -> None:
    staged = replace(
        PRESCHOOL,
        components=(
            Component("Etapp 1", 10 * TKR, 120, Part.PROPERTY, commissioned_after_months=3),
            Component("Etapp 2", 10 * TKR, 120, Part.PROPERTY),
        ),
    )
    later = delayed(staged, 5)
    assert [one.commissioned_after_months for one in later.components] == [8, None]
    assert later.commissioned_after_months == staged.commissioned_after_months + 5
    assert later.outlays == staged.outlays


@pytest.mark.parametrize("finance", ["KS", "UN"])
def test_a_changed_internal_rate_is_neutral_in_every_year(finance: str) -> None:
    dearer = replace(DEFAULTS, internal_rate=RateTable(Fraction("0.03")))
    own = replace(PRESCHOOL, landlord=None, area_m2=None, operating=())
    shifts = [
        RateShift("A", view(), view(parameters=dearer), DEFAULTS),
        RateShift("B", view(own), view(own, dearer), DEFAULTS),
    ]
    rows = list(rate_rows(shifts, finance))
    assert {row.year for row in rows} == set(YEARS)
    for year in YEARS:
        assert sum(row.amount_ore for row in rows if row.year == year) == 0
    assert {(row.kind, row.group) for row in rows} == {(AdjustmentKind.TECHNICAL, RATE_GROUP)}
    assert {row.committee for row in rows} == {"UN", finance}
    # The landlord's rent and costs change alike: it needs no row.
    assert per_year(rows, "SEN") == [0] * len(YEARS)
    first = next(row for row in rows if row.committee == "UN" and row.key == "internal-rate")
    assert first.amount_ore > 0
    assert_explained(rows)
    assert len({(row.committee, row.year, row.key) for row in rows}) == len(rows)


def test_the_same_rate_gives_no_rows() -> None:
    assert list(rate_rows([RateShift("A", view(), view(), DEFAULTS)], "KS")) == []


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.booleans())
def test_delays_one_after_another_are_one_delay(first: int, second: int, follows: bool) -> None:
    parameters = replace(DEFAULTS, frames_follow_falling_capital_cost=follows)
    small = replace(PRESCHOOL, components=PRESCHOOL.components[:2])
    stages = [view(delayed(small, months)) for months in (0, first, first + second)]
    rows = list(investment_rows(stages[0], parameters))
    for carried, wanted in pairwise(stages):
        rows += difference_rows(carried, wanted, parameters, source="x", key="d")
    assert {cell: ore for cell, ore in cells(rows).items() if ore} == cells(
        investment_rows(stages[-1], parameters)
    )


def test_investments_whose_rates_change_against_each_other_give_a_committee_no_row() -> None:
    dearer = replace(DEFAULTS, internal_rate=RateTable(Fraction("0.03")))
    shifts = [
        RateShift("A", view(), view(parameters=dearer), DEFAULTS),
        RateShift("B", view(parameters=dearer), view(), DEFAULTS),
    ]
    assert list(rate_rows(shifts, "KS")) == []


def test_committees_whose_rows_cancel_need_no_counter_at_finance() -> None:
    """One investment of UN's gets a dearer rate, the same investment of KFN's a cheaper one."""
    dearer = replace(DEFAULTS, internal_rate=RateTable(Fraction("0.03")))

    def own(committee: str, parameters: Parameters) -> CommitteeView:
        alternative = replace(PRESCHOOL, landlord=None, area_m2=None, operating=())
        found = consequences(alternative, committee=committee, start=2027, parameters=parameters, years=YEARS)
        return found.committee_view

    shifts = [
        RateShift("A", own("UN", DEFAULTS), own("UN", dearer), DEFAULTS),
        RateShift("B", own("KFN", dearer), own("KFN", DEFAULTS), DEFAULTS),
    ]
    rows = list(rate_rows(shifts, "KS"))
    assert {row.committee for row in rows} == {"UN", "KFN"}
    assert [one + other for one, other in zip(per_year(rows, "UN"), per_year(rows, "KFN"), strict=True)] == [
        0
    ] * len(YEARS)
