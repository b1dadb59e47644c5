"""An outlay held against one's own finished projects, in the same prices, and what else is worth a second look."""

from __future__ import annotations

from fractions import Fraction

import pytest

from investplan.domain.capital_costs import RateTable
from investplan.domain.hints import hints
from investplan.domain.object_templates import Basis, Sizes
from investplan.domain.proposals import Component, Stage
from investplan.domain.reference_objects import (
    ReferenceObject,
    compared,
    comparison_note,
    median,
    template_note,
)
from tests import factories
from tests.unit.domain.test_object_templates import preschool

FLAT = RateTable(Fraction(0))


def objects(*kronor_per_m2: int, year: int = 2026) -> list[ReferenceObject]:
    return [
        ReferenceObject(f"F{i}", "forskola", year, each * 1000 * 100, year, m2=1000)
        for i, each in enumerate(kronor_per_m2)
    ]


def test_an_outlay_is_told_as_so_much_over_the_median_of_comparable_objects() -> None:
    known = objects(40_000, 42_000, 42_600, 55_000)
    (found,) = compared(51_606_00 * 1000, Sizes(m2=1000), 2026, known, FLAT)
    assert (found.count, found.median_ore, found.apart) == (4, 42_300_00, Fraction("0.22"))
    assert str(comparison_note(found, "Förskola", 2026)).replace("\u00a0", " ") == (
        "51 606 kr/m²: 22 % över jämförbara objekt av typen förskola"
        " (4 objekt, median 42 300 kr/m² i 2026 års priser)."
    )


def test_objects_are_brought_to_the_prices_of_the_outlay() -> None:
    index = RateTable(Fraction("0.10"))
    (found,) = compared(48_400_00 * 10, Sizes(m2=10), 2028, objects(40_000), index)
    assert (found.median_ore, found.apart) == (48_400_00, 0)
    assert "som jämförbara" in str(comparison_note(found, "Förskola", 2028))


def test_a_low_outlay_is_told_too_and_other_sizes_by_themselves() -> None:
    known = [ReferenceObject("A", "x", 2026, 100_00, 2026, m2=1, places=1)]
    found = compared(50_00, Sizes(m2=1, places=10), 2026, known, FLAT)
    assert [(one.basis, one.apart) for one in found] == [
        (Basis.M2, Fraction(-1, 2)),
        (Basis.PLACE, Fraction(-19, 20)),
    ]
    assert "50 % under" in str(comparison_note(found[0], "x", 2026))


@pytest.mark.parametrize("sizes", [Sizes(), Sizes(places=5), Sizes(m2=0)])
def test_nothing_is_said_without_a_size_that_both_have(sizes: Sizes) -> None:
    assert compared(100_00, sizes, 2026, objects(40_000), FLAT) == []
    assert compared(100_00, Sizes(m2=1), 2026, [], FLAT) == []


def test_the_median_of_an_even_number_is_half_way() -> None:
    assert median([Fraction(1), Fraction(4)]) == Fraction(5, 2)
    with pytest.raises(ValueError, match="no values"):
        median([])


def test_the_template_is_spoken_of_only_where_the_outlay_is_far_from_it() -> None:
    template = preschool(ore_per_unit=40_000_00)
    assert template_note(43_000_00, Sizes(m2=1), 2026, template, FLAT) is None
    assert "25 % över mallen Förskola 2026" in str(
        template_note(50_000_00, Sizes(m2=1), 2026, template, FLAT)
    )
    assert "25 % under" in str(template_note(30_000_00, Sizes(m2=1), 2026, template, FLAT))
    assert template_note(30_000_00, Sizes(), 2026, template, FLAT) is None
    next_to_nothing, falling = preschool(ore_per_unit=1), RateTable(Fraction(-9, 10))
    assert template_note(30_000_00, Sizes(m2=1), 2027, next_to_nothing, falling) is None


@pytest.mark.parametrize(
    ("stage", "accuracy", "reserve", "told"),
    [
        (Stage.NEED, 5, 10, "ovanligt säkert"),
        (Stage.NEED, 50, 10, None),
        (Stage.NEED, None, None, None),
        (Stage.IMPLEMENTATION_DECISION, 30, 10, "osäkrare än"),
        (Stage.IMPLEMENTATION, 30, 10, None),
        (Stage.PRE_STUDY, 30, None, "ingen reserv"),
        (Stage.PRE_STUDY, 30, 0, None),
    ],
)
def test_accuracy_is_held_against_the_stage_and_an_unsure_outlay_wants_a_reserve(
    stage: Stage, accuracy: int | None, reserve: int | None, told: str | None
) -> None:
    found = [
        str(note)
        for note in hints(factories.alternative(accuracy_percent=accuracy, reserve_percent=reserve), stage)
    ]
    assert (told is None and not found) or (told is not None and told in found[0])


@pytest.mark.parametrize("name", ["Flytt", "Rivning av paviljong", "Utbildning", "Flyttkostnader"])
def test_what_sounds_like_running_cost_is_asked_about(name: str) -> None:
    made = factories.alternative(components=(Component(name, 10, 120),))
    assert "driftkostnad" in str(next(hints(made, Stage.NEED)))


@pytest.mark.parametrize("name", ["Drivning", "Flyttbar vägg", "Kursgård", "Stomme"])
def test_what_only_begins_alike_is_left_alone(name: str) -> None:
    made = factories.alternative(components=(Component(name, 10, 120),))
    assert list(hints(made, Stage.NEED)) == []
