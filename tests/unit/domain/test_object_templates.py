"""What things of a kind usually cost: shares add up to the öre, prices are brought to the asked year, JSON keeps all."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.domain.object_templates import (
    Basis,
    ObjectTemplate,
    Sizes,
    TemplateCost,
    TemplatePart,
    code_of,
    faults_in,
    from_json,
    outlay_of,
    proposed,
    proposed_running,
    split_by_shares,
    to_json,
)
from investplan.domain.premise_uses import PremiseUse
from investplan.domain.proposals import OperatingKind, Part
from tests import factories

# The components of worked example B in the domain reference, 1.5, as whole per mille of 80 000 tkr.
SHARES = {
    "Mark": (50, None), "Markanläggning": (75, 240), "Stomme och grund": (350, 960), "Fasad": (113, 480),
    "Yttertak": (50, 480), "Installationer": (187, 300), "Styr": (25, 180), "Ytskikt": (75, 180),
    "Storkök": (25, 120), "Restpost": (25, 600),
}  # fmt: skip


def preschool(**changes: object) -> ObjectTemplate:
    parts = [TemplatePart(name, share, life) for name, (share, life) in SHARES.items()]
    parts.append(TemplatePart("Inventarier", 25, 120, Part.USER))
    stated: dict[str, object] = {
        "code": "forskola",
        "name": "Förskola",
        "basis": Basis.M2,
        "ore_per_unit": 43_243_00,
        "price_level_year": 2026,
        "parts": tuple(parts),
        "use": PremiseUse.PRESCHOOL,
        "costs": (
            TemplateCost(OperatingKind.MEDIA, 170_00),
            TemplateCost(OperatingKind.STAFF, 93_333_00, Basis.PLACE),
        ),
    }
    return ObjectTemplate(**{**stated, **changes})  # type: ignore[arg-type]


@given(st.integers(0, 10**13), st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any))
def test_parts_add_up_to_the_whole_and_none_is_an_ore_from_its_share(total: int, shares: list[int]) -> None:
    parts = split_by_shares(total, shares)
    assert sum(parts) == total
    for part, share in zip(parts, shares, strict=True):
        assert abs(part - Fraction(total * share, sum(shares))) < 1
        assert part == 0 if share == 0 else part >= 0


@pytest.mark.parametrize("shares", [[], [0, 0], [5, -1]])
def test_shares_that_are_no_weights_are_refused(shares: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split_by_shares(100, shares)


@given(st.integers(1, 20_000), st.integers(1, 5), st.integers(0, 10**7))
def test_outlay_by_year_and_components_are_the_same_sum_to_the_ore(
    size: int, years: int, ore_per_unit: int
) -> None:
    found = proposed(preschool(ore_per_unit=ore_per_unit), size, years=years)
    assert found.outlay_ore == sum(one.amount_ore for one in found.components) == ore_per_unit * size
    assert [one.year_offset for one in found.outlays] == list(range(years))


def test_a_preschool_of_1850_m2_costs_what_the_template_says_and_land_stays_land() -> None:
    found = proposed(preschool(), 1850, years=2)
    assert found.outlay_ore == 79_999_550_00
    assert found.components[0].life_months is None
    assert found.components[-1].part is Part.USER
    assert [one.amount_ore % 100_000 for one in found.outlays] == [0, 55_000]


def test_other_prices_are_rounded_to_whole_thousand_kronor() -> None:
    assert outlay_of(preschool(), 1850, Fraction("1.03")) == 82_400_000_00
    assert outlay_of(preschool(), 1850) == 79_999_550_00


def test_running_is_proposed_for_the_sizes_that_are_stated() -> None:
    rows = proposed_running(preschool(), Sizes(m2=1850), "UN", "från mallen Förskola 2026")
    assert [(row.kind, row.annual_ore, row.note) for row in rows] == [
        (OperatingKind.MEDIA, 314_500_00, "från mallen Förskola 2026")
    ]
    assert len(proposed_running(preschool(), Sizes(m2=1850, places=120), "UN")) == 2


def test_sizes_are_those_of_the_alternative() -> None:
    assert Sizes.of(factories.alternative(area_m2=900, places=40, length_m=7)) == Sizes(900, 40, 7)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"name": " "}, "name"),
        ({"parts": (TemplatePart("A", 999, 12),)}, "parts"),
        ({"parts": (TemplatePart("A", 1000, 0),)}, "parts.0.life"),
        ({"parts": (TemplatePart("", 1000, 12),)}, "parts.0.name"),
        ({"parts": (TemplatePart("A", 0, 12), TemplatePart("B", 1000, 12))}, "parts.0.share"),
        ({"price_level_year": 26}, "price_level_year"),
    ],
)
def test_a_template_that_does_not_hold_together_is_refused_by_its_field(
    changes: dict[str, object], name: str
) -> None:
    assert name in faults_in(preschool(**changes))


def test_a_template_without_components_holds_and_comes_back_whole_from_json() -> None:
    bare = preschool(parts=(), costs=())
    assert faults_in(bare) == faults_in(preschool()) == {}
    for one in (bare, preschool()):
        assert from_json(json.loads(json.dumps(to_json(one)))) == one
    assert proposed(bare, 10).components == ()


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"name": "x" * 81}, "name", "högst 80"),
        ({"source": "x" * 201}, "source", "högst 200"),
        ({"ore_per_unit": -1}, "ore_per_unit", "utan minustecken"),
        ({"price_level_year": 1999}, "price_level_year", "inte rimligt"),
        ({"parts": tuple(TemplatePart(f"Del {n}", 10, 120) for n in range(100))}, "parts", "Högst"),
    ],
)
def test_a_template_that_cannot_be_saved_says_which_field(
    changes: dict[str, object], field: str, told: str
) -> None:
    assert told in str(faults_in(preschool(**changes))[field])


def test_a_code_is_made_of_a_name_in_the_letters_that_codes_have() -> None:
    assert code_of("Gång- och cykelväg") == "gang_och_cykelvag"
    assert code_of(" Å" * 50).count("a") == 20
