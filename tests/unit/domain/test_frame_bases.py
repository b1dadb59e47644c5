"""Wages (3.3), index (3.4) and streets (3.5) counted up from what finance states, to the printed decimal."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.domain.frame_bases import Basis, Gap, basis_in, basis_rows, rate_in
from investplan.domain.frame_rows import FrameRow, part_ore
from investplan.domain.frames import AdjustmentKind
from investplan.domain.parameters import DEFAULTS, Parameters
from investplan.units import NBSP

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


def whole(basis: Basis, parameters: Parameters = RATES, year: int = 2027) -> list[tuple[object, ...]]:
    """Every row with all that it says, non-breaking spaces as spaces."""
    found: list[tuple[object, ...]] = []
    for row in computed(basis, parameters, year):
        (part,) = row.detail
        told = [row.source, part["label"], *part["formula"]]
        assert (part["detail"], part["amount_ore"]) == ("", row.amount_ore)
        assert row.permanent
        found.append(
            (
                row.committee,
                row.year,
                row.kind.value,
                row.key,
                row.amount_ore,
                *(one.replace(NBSP, " ") for one in told),
            )
        )
    return found


def test_every_row_says_what_it_is_counted_from() -> None:
    source, unnamed = "Underlag från ramår 2027: Budget 2026", "Underlag från ramår 2027: –"
    assert whole(EDUCATION) == [
        (
            "UN", 2027, "wages", "wages", 24_990 * TKR, "Löneöversyn 2027, 3,4 %", "Löneöversyn",
            "Löner inkl. PO 980 000 000 kr × 3,4 % × 9/12 = 24 990 000 kr", source,
        ),
        (
            "UN", 2027, "wages", "wages-full-year", 8_575 * TKR, "Helårseffekt av löneöversyn 2026, 3,5 %",
            "Helårseffekt av föregående års löneöversyn",
            "Löner inkl. PO 980 000 000 kr × 3,5 % × 3/12 = 8 575 000 kr", source,
        ),
    ]  # fmt: skip
    assert whole(CULTURE)[-1] == (
        "KFN", 2027, "index", "index", 1_998 * TKR, "PKV 2027, 2,7 % på övriga kostnader, SKR oktober 2026",
        "Prisindex på övriga kostnader", "Övriga kostnader 74 000 000 kr × PKV 2,7 % = 1 998 000 kr", unnamed,
    )  # fmt: skip
    assert whole(CULTURE, replace(RATES, pkv_vintage=""))[-1][5] == "PKV 2027, 2,7 % på övriga kostnader"
    assert whole(Basis("SBN", 2027, 0, new_street_m2=24_825)) == [
        (
            "SBN", 2027, "demography", "streets", 161_610_75, "Ny gatuyta 2027", "Ny gatuyta",
            "Ny gatuyta 24 825 m² × 6,51 kr per m² = 161 610,75 kr", unnamed,
        )
    ]  # fmt: skip


def test_wages_without_payroll_charges_say_which_charge_was_put_on() -> None:
    parameters = replace(RATES, payroll_charge={2026: Fraction("0.40"), 2027: Fraction("0.45")})
    bare = replace(EDUCATION, wages_ore=100_000 * TKR, payroll_included=False)
    source = "Underlag från ramår 2027: Budget 2026"
    # By hand: 100 000 × 1.45 × 3.4 % × 9/12 = 3 697.5; × 3.5 % × 3/12 = 1 268.75; 100 000 × (45 − 40) % = 5 000.
    assert {row[:2] for row in whole(bare, parameters)} == {("UN", 2027)}
    assert [row[3:] for row in whole(bare, parameters)] == [
        (
            "wages", 369_750_000, "Löneöversyn 2027, 3,4 %", "Löneöversyn",
            "Löner exkl. PO 100 000 000 kr × (1 + PO 2027 45 %) × 3,4 % × 9/12 = 3 697 500 kr", source,
        ),
        (
            "wages-full-year", 126_875_000, "Helårseffekt av löneöversyn 2026, 3,5 %",
            "Helårseffekt av föregående års löneöversyn",
            "Löner exkl. PO 100 000 000 kr × (1 + PO 2027 45 %) × 3,5 % × 3/12 = 1 268 750 kr", source,
        ),
        (
            "payroll", 5_000 * TKR, "Ändrat PO 2027, från 40 % till 45 %", "Ändrat PO",
            "Löner exkl. PO 100 000 000 kr × (PO 45 % − 40 %) = 5 000 000 kr", source,
        ),
    ]  # fmt: skip
    with_charge = replace(EDUCATION, wages_ore=140_000 * TKR)
    assert whole(with_charge, parameters)[-1][7] == (
        "Löner exkl. PO 100 000 000 kr × (PO 45 % − 40 %) = 5 000 000 kr"
    )


def test_a_payroll_charge_that_did_not_change_or_is_not_known_gives_no_row() -> None:
    for charges in ({2026: "0.4", 2027: "0.4"}, {2027: "0.4"}, {2026: "0.4"}):
        parameters = replace(RATES, payroll_charge={y: Fraction(rate) for y, rate in charges.items()})
        assert [row.key for row in computed(EDUCATION, parameters)] == ["wages", "wages-full-year"]


def test_a_revision_from_january_carries_nothing_over_and_asks_for_no_earlier_one() -> None:
    january = replace(RATES, wage_revision_month=1, wage_raise={2027: Fraction("0.034")})
    found = list(basis_rows("UN", [EDUCATION], 2027, january))
    assert [one.amount_ore for one in found if isinstance(one, FrameRow)] == [33_320 * TKR]
    assert not [one for one in found if isinstance(one, Gap)]
    february = replace(january, wage_revision_month=2)
    (gap,) = (one for one in basis_rows("UN", [EDUCATION], 2027, february) if isinstance(one, Gap))
    assert (gap.year, gap.part, gap.committee) == (2027, "wages-full-year", "UN")
    assert str(gap.note) == "Föregående års löneöversyn är inte angiven i parametrarna."


def test_every_gap_says_what_is_missing_for_whom_and_when() -> None:
    street = Basis("SBN", 2027, 0, new_street_m2=10)
    bare = replace(EDUCATION, payroll_included=False)
    asked: list[tuple[str, list[Basis], Parameters]] = [
        ("UN", [EDUCATION], replace(RATES, wage_raise={2026: Fraction(0)})),
        ("UN", [bare], RATES),
        ("KFN", [], RATES),
        ("KFN", [CULTURE], replace(RATES, pkv={})),
        ("SBN", [street], replace(RATES, street_price_ore_per_m2=0)),
    ]
    found = [one for ask in asked for one in basis_rows(ask[0], ask[1], 2027, ask[2]) if isinstance(one, Gap)]
    assert [(one.year, one.part, str(one.note), one.committee) for one in found] == [
        (2027, "wages", "Löneöversynen är inte angiven i parametrarna.", "UN"),
        (2027, "wages", "Lönerna är angivna utan PO, men PO saknas i parametrarna.", "UN"),
        (2027, "index", "Övriga kostnader är inte angivna för nämnden.", "KFN"),
        (2027, "index", "PKV är inte angivet i parametrarna.", "KFN"),
        (2027, "streets", "Ny gatuyta är angiven, men pris per kvadratmeter saknas i parametrarna.", "SBN"),
    ]


def test_the_rate_of_a_year_is_its_own_or_the_latest_before() -> None:
    rates = {2023: Fraction(1), 2025: Fraction(2)}
    assert [rate_in(rates, one) for one in (2022, 2023, 2024, 2025, 2030)] == [
        None, (2023, 1), (2023, 1), (2025, 2), (2025, 2),
    ]  # fmt: skip
