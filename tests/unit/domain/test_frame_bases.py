"""Wages (3.3), index (3.4) and streets (3.5) counted up from what finance states, to the printed decimal."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.domain.frame_bases import Basis, Gap, basis_in, basis_rows
from investplan.domain.frame_rows import FrameRow, part_ore
from investplan.domain.frames import AdjustmentKind
from investplan.domain.parameters import DEFAULTS, Parameters

TKR = 100_000
RATES = replace(
    DEFAULTS,
    wage_raise={2026: Fraction("0.035"), 2027: Fraction("0.034")},
    payroll_charge={},
    pkv={2027: Fraction("0.027")},
    pkv_vintage="SKR oktober 2026",
    street_price_ore_per_m2=651,
)
EDUCATION = Basis("UN", 2027, 980_000 * TKR, source="Budget 2026")
CULTURE = Basis("KFN", 2027, 120_000 * TKR, other_costs_ore=74_000 * TKR)


def computed(basis: Basis, parameters: Parameters = RATES, year: int = 2027) -> list[FrameRow]:
    found = basis_rows(basis.committee, [basis], year, parameters)
    return [one for one in found if isinstance(one, FrameRow)]


def gaps(basis: Basis | None, parameters: Parameters, committee: str = "UN") -> list[tuple[str, str]]:
    found = basis_rows(committee, [basis] if basis else [], 2027, parameters)
    return [(one.part, one.note.text) for one in found if isinstance(one, Gap)]


def test_the_wage_rows_of_the_complete_example_are_the_printed_ones() -> None:
    assert [(row.key, row.amount_ore) for row in computed(EDUCATION)] == [
        ("wages", 24_990 * TKR),
        ("wages-full-year", 8_575 * TKR),
    ]
    assert [row.amount_ore for row in computed(CULTURE)][:2] == [3_060 * TKR, 1_050 * TKR]


def test_only_the_other_costs_of_culture_are_indexed_and_never_its_whole_frame() -> None:
    index = next(row for row in computed(CULTURE) if row.kind is AdjustmentKind.INDEX)
    assert index.amount_ore == 1_998 * TKR != 7_695 * TKR
    assert "SKR oktober 2026" in index.source
    stated = replace(EDUCATION, other_costs_ore=74_000 * TKR)
    assert not any(row.kind is AdjustmentKind.INDEX for row in computed(stated))


def test_new_streets_give_the_printed_amount_in_their_own_year_only() -> None:
    streets = Basis("SBN", 2027, 0, new_street_m2=24_825)
    (row,) = computed(streets)
    assert row.amount_ore == 161_610_75
    assert round(row.amount_ore / 100 / 1_000_000, 1) == 0.2
    assert row.kind is AdjustmentKind.DEMOGRAPHY
    assert computed(streets, year=2028) == []


def test_wages_without_payroll_charges_are_raised_by_the_latest_known_charge() -> None:
    bare = replace(EDUCATION, wages_ore=700_000 * TKR, payroll_included=False)
    parameters = replace(RATES, payroll_charge={2023: Fraction("0.4453"), 2024: Fraction("0.4575")})
    revision = computed(bare, parameters)[0]
    assert revision.amount_ore == 700_000 * TKR * 14575 * 34 * 9 // (10_000 * 1_000 * 12)
    assert "PO 2024 45,75" in str(revision.detail)


def test_a_changed_payroll_charge_is_a_technical_row_where_both_years_are_known() -> None:
    parameters = replace(RATES, payroll_charge={2026: Fraction("0.40"), 2027: Fraction("0.45")})
    bare = replace(EDUCATION, wages_ore=100_000 * TKR, payroll_included=False)
    changed = [row for row in computed(bare, parameters) if row.kind is AdjustmentKind.TECHNICAL]
    assert [row.amount_ore for row in changed] == [5_000 * TKR]
    whole = replace(EDUCATION, wages_ore=140_000 * TKR)
    assert computed(whole, parameters)[-1].amount_ore == 5_000 * TKR


@pytest.mark.parametrize(
    ("basis", "parameters", "committee", "parts"),
    [
        (EDUCATION, replace(RATES, wage_raise={}), "UN", ["wages", "wages-full-year"]),
        (replace(EDUCATION, payroll_included=False), RATES, "UN", ["wages"]),
        (None, RATES, "UN", []),
        (None, RATES, "KFN", ["index"]),
        (replace(CULTURE, other_costs_ore=None), RATES, "KFN", ["index"]),
        (CULTURE, replace(RATES, pkv={}), "KFN", ["index"]),
        (Basis("SBN", 2027, 0, new_street_m2=10), replace(RATES, street_price_ore_per_m2=0), "SBN", ["streets"]),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_is_told_and_not_counted_as_nothing(
    basis: Basis | None, parameters: Parameters, committee: str, parts: list[str]
) -> None:
    assert [part for part, _ in gaps(basis, parameters, committee)] == parts


def test_a_year_without_a_basis_of_its_own_uses_the_latest_before_it() -> None:
    bases = [EDUCATION, replace(EDUCATION, year=2029, wages_ore=1)]
    used = [basis_in(bases, year) for year in (2026, 2027, 2028, 2029, 2035)]
    assert [one and one.year for one in used] == [None, 2027, 2027, 2029, 2029]


@given(
    st.integers(0, 10**12),
    st.integers(0, 10**11),
    st.integers(0, 10**6),
    st.integers(1, 12),
    st.booleans(),
    st.integers(-500, 2_000),
)
def test_every_row_is_the_sum_of_its_calculation(
    wages: int, others: int, area: int, month: int, included: bool, points: int
) -> None:
    rate = Fraction(points, 10_000)
    parameters = replace(
        RATES,
        wage_raise={2026: rate, 2027: rate},
        pkv={2027: rate},
        wage_revision_month=month,
        payroll_charge={2026: Fraction("0.4"), 2027: Fraction("0.45")},
    )
    for row in computed(Basis("KFN", 2027, wages, included, others, area), parameters):
        assert sum(part_ore(part) for part in row.detail) == row.amount_ore != 0
        assert all(part["formula"] for part in row.detail)
