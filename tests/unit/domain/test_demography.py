"""The resource allocation model on populations by age: Sjöbo's table of 2024 (3.5), row by row and both sums."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.domain.demography import PriceTag
from investplan.domain.demography_rows import change_text, demography_rows, inhabitants_text
from investplan.domain.frame_rows import FrameRow, part_ore
from investplan.domain.frames import AdjustmentKind
from investplan.domain.parameters import DEFAULTS
from investplan.units import NBSP, round_half_up

TKR = 100_000
SJOBO = [
    # first and last age, price, average 2024, average 2023, printed product; committee as the sums are printed
    (1, 5, "125.9", "1062.5", "1082.0", "-2455.1", "UN"),
    (6, 6, "144.6", "219.5", "227.0", "-1084.5", "UN"),
    (7, 9, "162.2", "685.0", "688.0", "-486.6", "UN"),
    (10, 12, "137.0", "692.5", "713.5", "-2877.0", "UN"),
    (13, 15, "135.7", "665.5", "656.0", "1289.2", "UN"),
    (16, 18, "181.3", "635.5", "610.5", "4532.5", "GN"),
    (65, 79, "21.9", "3411.0", "3423.0", "-262.8", "ON"),
    (80, 89, "137.3", "1054.0", "1010.5", "5972.6", "ON"),
    (90, None, "381.1", "173.0", "183.5", "-4001.6", "ON"),
]
TAGS = tuple(
    PriceTag(f"{first}", f"{first}–{last} år", first, last, int(Fraction(price) * TKR), committee)
    for first, last, price, _, _, _, committee in SJOBO
)


def population(column: int) -> dict[int, Fraction]:
    """Averages by age: what a class holds is spread unevenly over its ages, for only the class's sum counts."""
    averages: dict[int, Fraction] = {}
    for row in SJOBO:
        first, last, count = row[0], row[1] or 104, Fraction(str(row[column]))
        ages = list(range(first, last + 1))
        averages.update(dict.fromkeys(ages, Fraction(1)))
        averages[ages[-1]] = count - (len(ages) - 1)
    averages[40] = Fraction(9_000)  # in no class
    return averages


PARAMETERS = replace(DEFAULTS, price_tags=TAGS)
NOW, BEFORE = population(3), population(4)


def in_tkr(amount_ore: int) -> Fraction:
    return Fraction(round_half_up(Fraction(amount_ore, TKR // 10)), 10)


def test_every_age_class_gives_the_printed_product() -> None:
    rows = list(demography_rows(2024, NOW, BEFORE, PARAMETERS, forecast="prognosen 2023"))
    assert [in_tkr(row.amount_ore) for row in rows] == [Fraction(one[5]) for one in SJOBO]
    assert {row.kind for row in rows} == {AdjustmentKind.DEMOGRAPHY}
    assert "−19,5 invånare enligt prognosen 2023" in rows[0].source


@pytest.mark.parametrize(("committee", "printed"), [("UN", "-5614.0"), ("ON", "1708.2")])
def test_the_sums_of_school_and_of_elderly_care_are_the_printed_ones(committee: str, printed: str) -> None:
    rows = demography_rows(2024, NOW, BEFORE, PARAMETERS, forecast="prognosen")
    assert in_tkr(sum(row.amount_ore for row in rows if row.committee == committee)) == Fraction(printed)


def test_a_committees_share_and_the_degree_of_compensation_both_count_and_are_told() -> None:
    shared = replace(TAGS[0], share=Fraction("0.8"))
    parameters = replace(DEFAULTS, price_tags=(shared,), demography_share=Fraction("0.5"))
    (row,) = demography_rows(2024, NOW, BEFORE, parameters, forecast="prognosen")
    assert row.amount_ore == round_half_up(Fraction("-19.5") * 125_900_00 * Fraction("0.4"))
    told = str(row.detail).replace("\\xa0", " ")
    for words in ("1 062,5", "1 082", "−19,5", "125 900", "80 %", "50 %"):
        assert words in told, words


AVERAGES = st.dictionaries(st.integers(0, 105), st.integers(0, 10_000).map(lambda n: Fraction(n, 2)))


@given(AVERAGES, AVERAGES)
def test_there_and_back_again_leaves_the_frames_as_they_were(
    one: dict[int, Fraction], other: dict[int, Fraction]
) -> None:
    there = list(demography_rows(2027, one, other, PARAMETERS, forecast="x"))
    back = list(demography_rows(2027, other, one, PARAMETERS, forecast="x"))
    assert {row.key: row.amount_ore for row in there} == {row.key: -row.amount_ore for row in back}
    assert list(demography_rows(2027, one, one, PARAMETERS, forecast="x")) == []
    for row in there:
        assert sum(part_ore(part) for part in row.detail) == row.amount_ore


def test_a_row_says_whom_it_counts_at_what_price_and_how_much_of_it_is_compensated() -> None:
    shared = replace(TAGS[0], share=Fraction("0.8"))
    parameters = replace(DEFAULTS, price_tags=(shared,), demography_share=Fraction("0.5"))
    (row,) = demography_rows(2024, NOW, BEFORE, parameters, forecast="prognosen 2023")
    # By hand: −19.5 × 125 900 kr × 80 % × 50 % = −982 020 kr.
    assert row == FrameRow(
        "UN",
        2024,
        AdjustmentKind.DEMOGRAPHY,
        -982_020_00,
        "1–5 år: −19,5 invånare enligt prognosen 2023",
        "demography:1",
        detail=(
            {
                "label": "Demografi",
                "detail": "1–5 år",
                "amount_ore": -982_020_00,
                "formula": [
                    f"Medeltal invånare: 1{NBSP}062,5 år 2024, 1{NBSP}082 år 2023, ändring −19,5",
                    f"−19,5 × prislapp 125{NBSP}900 kr × 80{NBSP}% × 50{NBSP}% = −982{NBSP}020 kr",
                ],
            },
        ),
    )


def test_a_share_that_is_the_whole_is_not_told() -> None:
    (row,) = demography_rows(2024, {6: Fraction(3)}, {6: Fraction(1)}, PARAMETERS, forecast="x")
    assert row.detail[0]["formula"][1] == f"+2 × prislapp 144{NBSP}600 kr = 289{NBSP}200 kr"


@pytest.mark.parametrize(
    ("count", "text", "change"),
    [
        ("0", "0", "0"),
        ("0.5", "0,5", "+0,5"),
        ("1", "1", "+1"),
        ("-0.25", "−0,25", "−0,25"),
        ("10", "10", "+10"),
        ("1000.10", f"1{NBSP}000,1", f"+1{NBSP}000,1"),
        ("1/3", "0,33", "+0,33"),
    ],
)
def test_inhabitants_and_changes_are_written_as_swedes_read_them(count: str, text: str, change: str) -> None:
    assert inhabitants_text(Fraction(count)) == text
    assert change_text(Fraction(count)) == change


def test_an_age_class_holds_both_its_ends_and_nobody_else() -> None:
    assert [age for age in range(12) if TAGS[2].holds(age)] == [7, 8, 9]
    assert [age for age in range(85, 106) if TAGS[-1].holds(age)] == list(range(90, 106))
    assert TAGS[2].inhabitants({6: Fraction(1), 7: Fraction(2), 9: Fraction(3), 10: Fraction(4)}) == 5
    assert TAGS[2].inhabitants({}) == 0
