"""Rows that follow from investments: example B (3.6), price tags with premises (10.6), delays (10.1) and rates (10.17)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from investplan.domain.consequences import CommitteeKind, CommitteeLine, CommitteeView, consequences
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
from investplan.errors import Note
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


# Whole rows, of lines made by hand


def line(
    kind: CommitteeKind,
    amounts_ore: tuple[int, ...],
    detail: str = "Stomme",
    committee: str = "UN",
    *,
    falls: bool = False,
) -> CommitteeLine:
    return CommitteeLine(
        committee, kind, f"Rad {kind.value}", detail, amounts_ore, None, falls,
        lambda year: (Note("så %(year)s", {"year": year}),),
    )  # fmt: skip


def of_lines(*lines: CommitteeLine) -> CommitteeView:
    return CommitteeView((2027, 2028, 2029), lines)


def told(rows: Iterable[FrameRow]) -> list[tuple[object, ...]]:
    return [
        (
            row.committee,
            row.year,
            row.kind.value,
            row.amount_ore,
            row.source,
            row.key,
            row.permanent,
            row.group,
        )
        for row in rows
    ]


def test_an_investments_row_says_every_lines_level_this_year_and_last_and_how_it_came_about() -> None:
    rent, ended = CommitteeKind.RENT, line(CommitteeKind.RENT, (0, -50, -50), "Paviljonger")
    found = of_lines(line(rent, (100, 300, 290)), ended, line(CommitteeKind.OPERATING, (0, 7, 7), ""))
    rows = list(investment_rows(found, DEFAULTS, source="F1 Skolan"))
    assert told(rows) == [
        ("UN", 2027, "rent", 100, "F1 Skolan", "investment:rent", True, ""),
        ("UN", 2028, "rent", 150, "F1 Skolan", "investment:rent", True, ""),
        ("UN", 2029, "rent", -10, "F1 Skolan", "investment:rent", True, ""),
        ("UN", 2028, "operating", 7, "F1 Skolan", "investment:operating", True, ""),
    ]
    whole = {"label": "Rad rent", "detail": "Stomme"}
    assert rows[0].detail == ({**whole, "before_ore": 0, "level_ore": 100, "formula": ["så 2027"]},)
    assert rows[1].detail == (
        {**whole, "before_ore": 100, "level_ore": 300, "formula": ["så 2028"]},
        {
            "label": "Rad rent",
            "detail": "Paviljonger",
            "before_ore": 0,
            "level_ore": -50,
            "formula": ["så 2028"],
        },
    )
    assert [row.source for row in investment_rows(found, DEFAULTS)] == [""] * 4


def test_a_line_that_ends_is_a_part_of_the_row_of_the_year_it_ends() -> None:
    gone = of_lines(line(CommitteeKind.RENT, (100, 0, 0)), line(CommitteeKind.RENT, (0, 0, 5), "Ny"))
    rows = list(investment_rows(gone, DEFAULTS))
    assert [(row.year, row.amount_ore, len(row.detail)) for row in rows] == [
        (2027, 100, 1), (2028, -100, 1), (2029, 5, 1),
    ]  # fmt: skip
    assert rows[1].detail[0]["before_ore"] == 100


def test_what_is_kept_of_a_fall_is_told_beside_what_fell() -> None:
    keep = replace(DEFAULTS, frames_follow_falling_capital_cost=False)
    found = of_lines(
        line(CommitteeKind.RENT, (100, 90, 80), falls=True), line(CommitteeKind.RENT, (0, 0, -5), "Avtal")
    )
    rows = list(investment_rows(found, keep))
    assert [(row.year, row.amount_ore) for row in rows] == [(2027, 100), (2029, -5)]
    assert [part_ore(part) for part in rows[1].detail] == [-10, -5, 10]
    kept = {"label": "Nämnden behåller minskningen", "detail": "", "amount_ore": 10, "formula": []}
    assert rows[1].detail[-1] == kept


def test_a_price_tag_with_premises_concerns_its_own_committee_and_only_premises() -> None:
    tagged = replace(DEFAULTS, premises_in_price_tag=("UN",))
    kinds = (CommitteeKind.RENT, CommitteeKind.CAPITAL_COST, CommitteeKind.OPERATING, CommitteeKind.ONE_OFF)
    lines = [line(kind, (5, 5, 5), committee=code) for code in ("UN", "KFN") for kind in kinds]
    rows = list(investment_rows(of_lines(*lines), tagged))
    assert [(row.committee, row.kind.value) for row in rows] == [
        ("UN", "operating"), ("UN", "one_off"),
        ("KFN", "rent"), ("KFN", "capital_cost"), ("KFN", "operating"), ("KFN", "one_off"),
    ]  # fmt: skip


def test_a_delays_row_says_both_schedules_with_the_levels_they_come_from() -> None:
    carried = of_lines(
        line(CommitteeKind.RENT, (200, 600, 600)), line(CommitteeKind.OPERATING, (100, 100, 100), "")
    )
    wanted = of_lines(
        line(CommitteeKind.RENT, (0, 200, 600)), line(CommitteeKind.OPERATING, (100, 100, 100), "")
    )
    rows = list(difference_rows(carried, wanted, DEFAULTS, source="Senare: Skolan", key="delay:3"))
    assert told(rows) == [
        ("UN", 2027, "rent", -200, "Senare: Skolan", "delay:3:rent", True, ""),
        ("UN", 2028, "rent", -200, "Senare: Skolan", "delay:3:rent", True, ""),
        ("UN", 2029, "rent", 400, "Senare: Skolan", "delay:3:rent", True, ""),
    ]
    earlier, later = "Enligt tidigare tidplan", "Enligt ny tidplan"
    assert rows[0].detail == (
        {"label": earlier, "detail": "", "amount_ore": -200,
         "formula": ["Rad rent, Stomme: 0 kr 2026, 2 kr 2027", "så 2027"]},
        {"label": later, "detail": "", "amount_ore": 0, "formula": []},
    )  # fmt: skip
    assert rows[1].detail == (
        {"label": earlier, "detail": "", "amount_ore": -400,
         "formula": ["Rad rent, Stomme: 2 kr 2027, 6 kr 2028", "så 2028"]},
        {"label": later, "detail": "", "amount_ore": 200,
         "formula": ["Rad rent, Stomme: 0 kr 2027, 2 kr 2028", "så 2028"]},
    )  # fmt: skip
    moved = of_lines(line(CommitteeKind.OPERATING, (0, 100, 100), ""))
    first, *_ = difference_rows(of_lines(line(CommitteeKind.OPERATING, (100, 100, 100), "")), moved, DEFAULTS,
                                source="x", key="d")  # fmt: skip
    assert first.detail[0]["formula"][0] == "Rad operating: 0 kr 2026, 1 kr 2027"


def test_a_delays_rows_come_by_year_committee_and_kind() -> None:
    kinds = (CommitteeKind.RENT, CommitteeKind.OPERATING)
    lines = [line(kind, (0, 1, 3), committee=code) for code in ("UN", "KFN") for kind in kinds]
    rows = list(difference_rows(of_lines(), of_lines(*lines), DEFAULTS, source="x", key="d"))
    assert [(row.year, row.committee, row.kind.value) for row in rows] == [
        (y, code, kind) for y in (2028, 2029) for code in ("KFN", "UN") for kind in ("operating", "rent")
    ]
    back = list(difference_rows(of_lines(*lines), of_lines(), DEFAULTS, source="x", key="d"))
    assert [row.amount_ore for row in back] == [-row.amount_ore for row in rows]


def test_a_changed_rates_rows_say_each_investments_part_and_the_counter_that_makes_them_neutral() -> None:
    def shift(
        name: str, decided: tuple[int, ...], current: tuple[int, ...], committee: str = "UN"
    ) -> RateShift:
        kind = CommitteeKind.CAPITAL_COST
        before = of_lines(line(kind, decided, committee=committee))
        return RateShift(name, before, of_lines(line(kind, current, committee=committee)), DEFAULTS)

    shifts = [
        shift("Skolan", (100, 100, 100), (300, 300, 400)),
        shift("Hallen", (0, 200, 200), (0, 300, 300)),
        shift("Badet", (0, 0, 500), (0, 0, 400), "KFN"),
    ]
    rows = list(rate_rows(shifts, "KS"))
    neutral = "Ändrad internränta, neutral"
    assert told(rows) == [
        ("UN", 2027, "technical", 200, neutral, "internal-rate", True, neutral),
        ("UN", 2028, "technical", 100, neutral, "internal-rate", True, neutral),
        ("KFN", 2029, "technical", -100, neutral, "internal-rate", True, neutral),
        ("UN", 2029, "technical", 100, neutral, "internal-rate", True, neutral),
        ("KS", 2027, "technical", -200, neutral, "internal-rate-counter", True, neutral),
        ("KS", 2028, "technical", -100, neutral, "internal-rate-counter", True, neutral),
    ]
    assert rows[1].detail == (
        {"label": "Ändrad internränta", "detail": "Hallen", "amount_ore": 100, "formula": [
            "Ändring i ramen med beslutad internränta: 2 kr", "Ändring i ramen med ny internränta: 3 kr",
        ]},
    )  # fmt: skip
    assert rows[4].detail == (
        {"label": "Motpost: nämndernas ändrade internränta", "detail": "", "amount_ore": -200, "formula": []},
    )
