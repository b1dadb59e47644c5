"""Frames: the complete example of the reference (3.7), the age classes (3.5) and the changes of levels (3.6)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.domain.consequences import CommitteeKind, CommitteeLine, CommitteeView
from investplan.domain.frames import (
    Adjustment,
    AdjustmentKind,
    AgeClass,
    average_population,
    changes_from_levels,
    changes_with_kept_falls,
    demography_by_class,
    demography_change,
    frame_changes,
    frames,
    index_compensation,
    investment_adjustments,
    wage_full_year_effect,
    wage_revision,
)
from investplan.domain.parameters import DEFAULTS
from investplan.units import round_half_up

TKR = 100_000
LEVELS = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=12)
ADJUSTMENTS = st.builds(
    Adjustment,
    st.sampled_from(AdjustmentKind),
    st.integers(-(10**11), 10**11),
    st.just("x"),
    st.none(),
    st.booleans(),
)


def in_tkr(amount_ore: int) -> Fraction:
    return Fraction(round_half_up(Fraction(amount_ore, TKR // 10)), 10)


def row(kind: AdjustmentKind, amount_tkr: str | int, decision: str | None = "KF § 1") -> Adjustment:
    return Adjustment(kind, int(Fraction(amount_tkr) * TKR), kind.value, decision)


def wages(committee_wages_tkr: int) -> list[Adjustment]:
    month = DEFAULTS.wage_revision_month
    revised = wage_revision(committee_wages_tkr * TKR, Fraction("0.034"), month)
    full_year = wage_full_year_effect(committee_wages_tkr * TKR, Fraction("0.035"), month)
    return [
        Adjustment(AdjustmentKind.WAGES, revised, "löneöversyn 2027"),
        Adjustment(AdjustmentKind.WAGES, full_year, "helårseffekt 2026"),
    ]


def test_the_complete_example_gives_the_printed_frame_of_the_education_committee() -> None:
    adjustments = [
        *wages(980_000),
        row(AdjustmentKind.DEMOGRAPHY, -4_300),
        row(AdjustmentKind.RENT, "1907.4"),
        row(AdjustmentKind.PRIORITY, 3_000),
        row(AdjustmentKind.PRIORITY, -5_000),
    ]
    assert [one.amount_ore for one in adjustments[:2]] == [24_990 * TKR, 8_575 * TKR]
    (frame,) = frames(1_450_000 * TKR, {2027: adjustments}, [2027])
    assert in_tkr(frame.frame_ore) == Fraction("1479172.4")


def test_the_complete_example_gives_the_printed_frame_of_culture_and_leisure() -> None:
    index = index_compensation(74_000 * TKR, Fraction("0.027"))
    adjustments = [*wages(120_000), Adjustment(AdjustmentKind.INDEX, index, "PKV 2027")]
    assert [one.amount_ore for one in adjustments] == [3_060 * TKR, 1_050 * TKR, 1_998 * TKR]
    (frame,) = frames(285_000 * TKR, {2027: adjustments}, [2027])
    assert frame.frame_ore == 291_108 * TKR


def test_wages_from_january_have_no_full_year_effect_the_year_after() -> None:
    assert wage_revision(1_200_00, Fraction("0.03"), 1) == 36_00
    assert wage_full_year_effect(1_200_00, Fraction("0.03"), 1) == 0


@given(st.integers(0, 10**12), st.integers(0, 1000), st.integers(1, 12))
def test_the_revision_and_its_full_year_effect_make_a_whole_year(
    amount: int, points: int, month: int
) -> None:
    rate = Fraction(points, 10_000)
    whole = wage_revision(amount, rate, month) + wage_full_year_effect(amount, rate, month)
    assert abs(whole - amount * rate) <= 1


@pytest.mark.parametrize(
    ("price", "now", "before", "printed"),
    [
        ("125.9", "1062.5", "1082.0", "-2455.1"),
        ("144.6", "219.5", "227.0", "-1084.5"),
        ("162.2", "685.0", "688.0", "-486.6"),
        ("137.0", "692.5", "713.5", "-2877.0"),
        ("135.7", "665.5", "656.0", "1289.2"),
        ("181.3", "635.5", "610.5", "4532.5"),
        ("21.9", "3411.0", "3423.0", "-262.8"),
        ("137.3", "1054.0", "1010.5", "5972.6"),
        ("381.1", "173.0", "183.5", "-4001.6"),
    ],
)
def test_each_age_class_gives_the_printed_product(price: str, now: str, before: str, printed: str) -> None:
    one = AgeClass("x", int(Fraction(price) * TKR), Fraction(now), Fraction(before))
    assert in_tkr(demography_change([one])) == Fraction(printed)


def test_the_age_classes_of_the_school_add_up_to_the_printed_sum() -> None:
    rows = [
        ("125.9", "1062.5", "1082.0"),
        ("144.6", "219.5", "227.0"),
        ("162.2", "685.0", "688.0"),
        ("137.0", "692.5", "713.5"),
        ("135.7", "665.5", "656.0"),
    ]
    classes = [
        AgeClass("x", int(Fraction(price) * TKR), Fraction(now), Fraction(before))
        for price, now, before in rows
    ]
    assert demography_change(classes) == -5_614 * TKR
    assert demography_change(classes, Fraction(1, 2)) == -2_807 * TKR
    assert sum(demography_by_class(classes)) == demography_change(classes)


@given(st.integers(0, 10**9), st.integers(0, 10**5), st.integers(0, 10**5))
def test_no_change_of_population_gives_no_adjustment(price: int, start: int, end: int) -> None:
    average = average_population(start, end)
    assert demography_change([AgeClass("x", price, average, average)]) == 0


@given(LEVELS, st.integers(-(10**12), 10**12))
def test_changes_add_up_to_the_level(levels: list[int], before: int) -> None:
    changes = changes_from_levels(levels, before)
    for i, level in enumerate(levels):
        assert before + sum(changes[: i + 1]) == level


@given(LEVELS)
def test_kept_falls_never_lower_the_frame_and_a_rise_first_eats_what_was_kept(levels: list[int]) -> None:
    changes = changes_with_kept_falls(levels)
    assert all(change >= 0 for change in changes)
    for i in range(len(levels)):
        assert sum(changes[: i + 1]) == max(0, *levels[: i + 1])


def view(*lines: CommitteeLine) -> CommitteeView:
    return CommitteeView((2027, 2028, 2029), lines)


NEW = CommitteeLine("UN", CommitteeKind.RENT, "Internhyra", "", (100, 300, 290), follows_book_value=True)
ENDED = CommitteeLine("UN", CommitteeKind.RENT, "Hyra", "", (0, -50, -60))
STAFF = CommitteeLine("UN", CommitteeKind.OPERATING, "Personal", "", (10, 5, 5))


def test_frames_follow_a_falling_capital_cost_unless_told_otherwise() -> None:
    follow = frame_changes(view(NEW, ENDED, STAFF), "UN", DEFAULTS)
    assert follow[CommitteeKind.RENT] == (100, 150, -20)
    keep = replace(DEFAULTS, frames_follow_falling_capital_cost=False)
    kept = frame_changes(view(NEW, ENDED, STAFF), "UN", keep)
    assert kept[CommitteeKind.RENT] == (100, 150, -10)
    assert kept[CommitteeKind.OPERATING] == (10, -5, 0)


def test_investments_become_rows_of_their_kind_with_source_and_decision() -> None:
    rows = investment_adjustments(
        view(NEW, STAFF), "UN", DEFAULTS, source="F1 Förskola", decision="KF 2026-11-30 § 5"
    )
    assert {year: [(one.kind, one.amount_ore) for one in found] for year, found in rows.items()} == {
        2027: [(AdjustmentKind.RENT, 100), (AdjustmentKind.OPERATING, 10)],
        2028: [(AdjustmentKind.RENT, 200), (AdjustmentKind.OPERATING, -5)],
        2029: [(AdjustmentKind.RENT, -10)],
    }
    assert {one.decision for found in rows.values() for one in found} == {"KF 2026-11-30 § 5"}
    last = frames(1_000, rows, [2027, 2028, 2029])[-1]
    assert last.frame_ore == 1_000 + view(NEW, STAFF).levels("UN").ore[-1]


@given(
    st.integers(0, 10**12),
    st.dictionaries(st.integers(2027, 2031), st.lists(ADJUSTMENTS, max_size=5), max_size=5),
)
def test_a_frame_is_always_the_previous_frame_and_the_sum_of_its_rows(
    start: int, rows: dict[int, list[Adjustment]]
) -> None:
    previous = start
    for frame in frames(start, rows, range(2027, 2032)):
        assert frame.previous_ore == previous
        assert frame.frame_ore == previous + sum(one.amount_ore for one in frame.adjustments)
        previous = frame.frame_ore


@given(st.lists(ADJUSTMENTS, max_size=6), st.randoms())
def test_the_order_of_rows_does_not_change_the_frame(rows: list[Adjustment], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = frames(0, {2027: rows}, [2027, 2028])
    other = frames(0, {2027: shuffled}, [2027, 2028])
    assert [frame.frame_ore for frame in one] == [frame.frame_ore for frame in other]


def test_a_temporary_row_is_taken_back_the_year_after_by_a_row_of_its_own() -> None:
    temporary = Adjustment(AdjustmentKind.PRIORITY, 500, "Jubileum", "KF § 9", permanent=False)
    first, second, third = frames(10_000, {2027: [temporary]}, [2027, 2028, 2029])
    assert [one.frame_ore for one in (first, second, third)] == [10_500, 10_000, 10_000]
    (back,) = second.adjustments
    assert (back.kind, back.amount_ore, back.decision) == (AdjustmentKind.ONE_OFF, -500, "KF § 9")
    assert "Jubileum" in back.source


def test_an_index_is_not_applied_twice() -> None:
    index = Adjustment(AdjustmentKind.INDEX, 5, "PKV", key="pkv 2027")
    with pytest.raises(ValueError, match="twice"):
        frames(0, {2027: [index, index]}, [2027])


def test_money_outside_the_years_is_not_dropped_in_silence() -> None:
    with pytest.raises(ValueError, match="outside"):
        frames(0, {2030: [row(AdjustmentKind.PRIORITY, 1)]}, [2027, 2028])
    with pytest.raises(ValueError, match="unbroken"):
        frames(0, {}, [2027, 2029])


def test_the_kinds_of_the_committees_view_are_kinds_of_adjustments() -> None:
    assert {kind.value for kind in CommitteeKind} <= {kind.value for kind in AdjustmentKind}


def test_every_frame_says_its_year_and_no_years_have_no_frames() -> None:
    assert [one.year for one in frames(5, {}, [2027, 2028])] == [2027, 2028]
    assert frames(5, {}, []) == []


def test_a_years_average_is_the_mean_of_its_two_ends() -> None:
    # Section 3.5: the average 1 062.5 of the class 1-5, of 1 075 at the start and 1 050 at the end of the year.
    assert average_population(1075, 1050) == Fraction("1062.5")
    assert average_population(3, 0) == Fraction(3, 2)


def test_a_row_of_an_investment_carries_what_it_comes_from() -> None:
    rows = investment_adjustments(view(STAFF), "UN", DEFAULTS, source="F1 Förskola", decision=None)
    assert rows == {
        2027: [Adjustment(AdjustmentKind.OPERATING, 10, "F1 Förskola", None)],
        2028: [Adjustment(AdjustmentKind.OPERATING, -5, "F1 Förskola", None)],
    }


def test_the_faults_of_years_and_rows_are_named() -> None:
    with pytest.raises(ValueError, match=r"not an unbroken run: \[2027, 2029\]"):
        frames(0, {}, [2027, 2029])
    with pytest.raises(ValueError, match=r"outside the frames: \[2026, 2030\]"):
        frames(0, {2030: [], 2026: [], 2027: []}, [2027, 2028])
    index = Adjustment(AdjustmentKind.INDEX, 5, "PKV", key="pkv")
    with pytest.raises(ValueError, match=r"applied twice in 2028: \['pkv', 'pkv'\]"):
        frames(0, {2028: [index, row(AdjustmentKind.RENT, 1), index]}, [2027, 2028])
    assert frames(0, {2027: [index], 2028: [index]}, [2027, 2028])[-1].frame_ore == 10
