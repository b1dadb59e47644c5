"""Finished projects of one's own to compare with, and what a comparison says. A hint, never a fault.

Outlays are brought to the same price level by the parameters' index of building prices, and the median is told: one
odd project does not move it. Source: section 5.2 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from investplan.domain.capital_costs import RateTable, kronor_text
from investplan.domain.object_templates import Basis, ObjectTemplate, Sizes, outlay_of
from investplan.errors import Note
from investplan.units import Ore, format_amount, round_half_up

NEAR = Fraction(10, 100)
"""Closer than this to the median is told as being as others are."""


@dataclass(frozen=True)
class ReferenceObject:
    """A finished project: what it came to cost in all, in the prices of `price_level_year`, and how large it became."""

    name: str
    object_type: str
    year: int
    outlay_ore: Ore
    price_level_year: int
    m2: int | None = None
    places: int | None = None
    metres: int | None = None
    source: str = ""

    @property
    def sizes(self) -> Sizes:
        return Sizes(self.m2, self.places, self.metres)


@dataclass(frozen=True)
class Compared:
    """An outlay beside the median of comparable objects, öre per unit in the same prices. `apart`: 0.22 is 22 % over."""

    basis: Basis
    count: int
    own_ore: Ore
    median_ore: Ore
    apart: Fraction


def median(values: Iterable[Fraction]) -> Fraction:
    """The middle value, or half-way between the two middle ones.

    >>> median([Fraction(1), Fraction(9), Fraction(2)])
    Fraction(2, 1)
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return Fraction(low + high) / 2


def compared(
    outlay_ore: Ore,
    sizes: Sizes,
    price_level_year: int,
    objects: Iterable[ReferenceObject],
    index: RateTable,
) -> list[Compared]:
    """The outlay per m², place and metre beside those of the objects; nothing where a size or an object is missing.

    Args:
        objects: Of the same object type.
        index: Rise of building prices per year.
    """
    known = list(objects)
    found: list[Compared] = []
    for basis in Basis:
        size = sizes.per(basis)
        each = [
            Fraction(one.outlay_ore, units) * index.growth(one.price_level_year, price_level_year)
            for one in known
            if (units := one.sizes.per(basis))
        ]
        middle = median(each) if each else Fraction(0)
        if not size or not middle:
            continue
        own = Fraction(outlay_ore, size)
        found.append(
            Compared(basis, len(each), round_half_up(own), round_half_up(middle), Fraction(own) / middle - 1)
        )
    return found


def _per_unit(basis: Basis) -> str:
    return {Basis.M2: "kr/m²", Basis.PLACE: "kr/plats", Basis.METRE: "kr/m"}[basis]


def comparison_note(found: Compared, type_name: str, price_level_year: int) -> Note:
    """What the comparison says, in words."""
    facts = {
        "percent": abs(round_half_up(found.apart * 100)),
        "type": type_name.lower(),
        "count": found.count,
        "median": format_amount(found.median_ore),
        "own": format_amount(found.own_ore),
        "unit": _per_unit(found.basis),
        "year": price_level_year,
    }
    if abs(found.apart) <= NEAR:
        return Note(
            "%(own)s %(unit)s: som jämförbara objekt av typen %(type)s (%(count)s objekt, median %(median)s %(unit)s i"
            " %(year)s års priser).",
            facts,
        )
    if found.apart > 0:
        return Note(
            "%(own)s %(unit)s: %(percent)s %% över jämförbara objekt av typen %(type)s (%(count)s objekt, median"
            " %(median)s %(unit)s i %(year)s års priser).",
            facts,
        )
    return Note(
        "%(own)s %(unit)s: %(percent)s %% under jämförbara objekt av typen %(type)s (%(count)s objekt, median"
        " %(median)s %(unit)s i %(year)s års priser).",
        facts,
    )


def template_note(
    outlay_ore: Ore, sizes: Sizes, price_level_year: int, template: ObjectTemplate, index: RateTable
) -> Note | None:
    """How the outlay stands to what the template gives for the size; None where they are close or cannot be compared."""
    size = sizes.per(template.basis)
    if not size or not template.ore_per_unit:
        return None
    expected = outlay_of(template, size, index.growth(template.price_level_year, price_level_year))
    if not expected:
        return None
    apart = Fraction(outlay_ore, expected) - 1
    if abs(apart) <= NEAR:
        return None
    facts = {
        "percent": abs(round_half_up(apart * 100)),
        "title": template.title,
        "amount": kronor_text(expected),
        "year": price_level_year,
    }
    if apart > 0:
        return Note(
            "%(percent)s %% över mallen %(title)s, som ger %(amount)s kr i %(year)s års priser.", facts
        )
    return Note("%(percent)s %% under mallen %(title)s, som ger %(amount)s kr i %(year)s års priser.", facts)
