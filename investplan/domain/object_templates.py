"""What things of a kind usually cost: the municipality's own table, from which outlay, components and running are proposed.

A template has an object type (preschool, road …), a cost per m², place or metre in the prices of a year, the shares of
its components in per mille with their lives, and yearly running per kind. It is a start for the planner, never a rule.
Source: sections 1.4 and 5.2 (what audits miss: templates and reference projects) of the domain reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from investplan.domain.investigations import FIRST_YEAR, LAST_YEAR, MAX_LIFE_MONTHS
from investplan.domain.premise_uses import PremiseUse
from investplan.domain.proposals import (
    Alternative,
    Component,
    OperatingConsequence,
    OperatingKind,
    Outlay,
    Part,
)
from investplan.errors import Note
from investplan.units import Ore, round_half_up

WHOLE = 1000
TKR_ORE = 100_000
MAX_PARTS = 40


class Basis(StrEnum):
    """What a cost is counted per. `PLACE` is also one of whatever is bought: a car, a computer."""

    M2 = "m2"
    PLACE = "place"
    METRE = "metre"


@dataclass(frozen=True)
class TemplatePart:
    """A component as its share of the outlay; `life_months` None is land."""

    name: str
    share_permille: int
    life_months: int | None
    part: Part = Part.PROPERTY


@dataclass(frozen=True)
class TemplateCost:
    """Yearly running of a kind, per m², place or metre; a revenue is negative."""

    kind: OperatingKind
    ore_per_unit: Ore
    basis: Basis = Basis.M2


@dataclass(frozen=True)
class ObjectTemplate:
    """One version of what an object of the type usually costs.

    Args:
        code: The object type; the same in every version.
        ore_per_unit: Outlay per `basis` in the prices of `price_level_year`, excluding VAT.
        use: What its places are for, so that they count against that need; `OTHER`: against none. None: not said.
    """

    code: str
    name: str
    basis: Basis
    ore_per_unit: Ore
    price_level_year: int
    parts: tuple[TemplatePart, ...] = ()
    costs: tuple[TemplateCost, ...] = ()
    source: str = ""
    use: PremiseUse | None = None

    @property
    def title(self) -> str:
        """How proposals name what they were proposed from: `Förskola 2026`."""
        return f"{self.name} {self.price_level_year}"


@dataclass(frozen=True)
class Sizes:
    """How much an alternative gives; None where it is not stated."""

    m2: int | None = None
    places: int | None = None
    metres: int | None = None

    @classmethod
    def of(cls, alternative: Alternative) -> Sizes:
        return cls(alternative.size_m2, alternative.places, alternative.length_m)

    def per(self, basis: Basis) -> int | None:
        return {Basis.M2: self.m2, Basis.PLACE: self.places, Basis.METRE: self.metres}[basis]


@dataclass(frozen=True)
class Proposed:
    """Outlay by year and components, which add up to the same to the öre."""

    outlays: tuple[Outlay, ...]
    components: tuple[Component, ...]

    @property
    def outlay_ore(self) -> Ore:
        return sum(one.amount_ore for one in self.outlays)


def code_of(name: str) -> str:
    """A code out of a name, in the letters that codes have.

    >>> code_of("Gång- och cykelväg")
    'gang_och_cykelvag'
    """
    plain = name.casefold().translate(str.maketrans("åäöéü", "aaoeu"))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40]


def faults_in(template: ObjectTemplate) -> dict[str, Note]:
    """What cannot be saved: one message per field, parts and costs as `parts.0.name`."""
    faults: dict[str, Note] = {}
    if not template.name.strip() or not template.code:
        faults["name"] = Note("Ge objekttypen ett namn.")
    if len(template.name) > 80:
        faults["name"] = Note("Texten får vara högst %(most)d tecken.", {"most": 80})
    if len(template.source) > 200:
        faults["source"] = Note("Texten får vara högst %(most)d tecken.", {"most": 200})
    if template.ore_per_unit < 0:
        faults["ore_per_unit"] = Note("Skriv beloppet utan minustecken.")
    if not FIRST_YEAR <= template.price_level_year <= LAST_YEAR:
        faults["price_level_year"] = Note("Prisnivåns år är inte rimligt.")
    faults.update(_faults_of_parts(template.parts))
    return faults


def _faults_of_parts(parts: Sequence[TemplatePart]) -> Iterator[tuple[str, Note]]:
    total = sum(one.share_permille for one in parts)
    if parts and total != WHOLE:
        yield (
            "parts",
            Note("Andelarna ska tillsammans vara 100 %%. De är %(sum)s %%.", {"sum": permille_text(total)}),
        )
    if len(parts) > MAX_PARTS:
        yield "parts", Note("Högst %(most)d rader tas emot.", {"most": MAX_PARTS})
    for place, one in enumerate(parts):
        if not one.name.strip():
            yield f"parts.{place}.name", Note("Ge komponenten ett namn.")
        if not 0 < one.share_permille <= WHOLE:
            yield f"parts.{place}.share", Note("Andelen måste vara över 0 och högst 100 procent.")
        if one.life_months is not None and not 1 <= one.life_months <= MAX_LIFE_MONTHS:
            yield f"parts.{place}.life", Note("Nyttjandeperioden måste vara 1–150 år.")


def permille_text(permille: int) -> str:
    """Per mille as per cent: 125 → `12,5`."""
    whole, decimal = divmod(permille, 10)
    return f"{whole},{decimal}" if decimal else str(whole)


def split_by_shares(total_ore: Ore, shares: Sequence[int]) -> list[Ore]:
    """The total in parts by weight, whole öre that add up to it: the largest remainders get what is left over.

    >>> split_by_shares(100, [1, 1, 1])
    [34, 33, 33]
    """
    weight = sum(shares)
    if weight <= 0 or min(shares) < 0:
        raise ValueError(f"shares are not weights: {list(shares)}")
    parts = [total_ore * share // weight for share in shares]
    order = sorted(range(len(shares)), key=lambda i: (-(total_ore * shares[i] % weight), i))
    for i in order[: total_ore - sum(parts)]:
        parts[i] += 1
    return parts


def outlay_of(template: ObjectTemplate, size: int, growth: Fraction = Fraction(1)) -> Ore:
    """The outlay for the size, in the template's prices; in other prices (`growth`) rounded to whole thousand kronor."""
    exact = template.ore_per_unit * size
    return exact if growth == 1 else round_half_up(Fraction(exact * growth) / TKR_ORE) * TKR_ORE


def proposed(
    template: ObjectTemplate, size: int, *, years: int = 1, growth: Fraction = Fraction(1)
) -> Proposed:
    """Outlay and components for an object of the size.

    Args:
        size: m², places or metres, by the template's basis.
        years: How many years it is built over: as much each year.
        growth: From the prices of the template's year to those the outlay is to be stated in.
    """
    total = outlay_of(template, size, growth)
    by_year = [part * TKR_ORE for part in split_by_shares(total // TKR_ORE, [1] * years)]
    by_year[-1] += total % TKR_ORE
    amounts = split_by_shares(total, [one.share_permille for one in template.parts]) if template.parts else []
    return Proposed(
        tuple(Outlay(offset, amount) for offset, amount in enumerate(by_year)),
        tuple(
            Component(one.name, amount, one.life_months, one.part)
            for one, amount in zip(template.parts, amounts, strict=True)
        ),
    )


def proposed_running(
    template: ObjectTemplate, sizes: Sizes, committee: str, note: str = ""
) -> tuple[OperatingConsequence, ...]:
    """A row of yearly running per kind whose size is stated."""
    return tuple(
        OperatingConsequence(committee, one.kind, one.ore_per_unit * size, note=note)
        for one in template.costs
        if (size := sizes.per(one.basis)) is not None
    )


def to_json(template: ObjectTemplate) -> dict[str, Any]:
    """The template as it is stored: amounts in whole öre, shares in whole per mille."""
    return asdict(template)


def from_json(stored: dict[str, Any]) -> ObjectTemplate:
    """The template that `to_json` wrote."""
    return ObjectTemplate(
        **{
            **stored,
            "basis": Basis(stored["basis"]),
            "use": PremiseUse(stored["use"]) if stored.get("use") else None,
            "parts": tuple(TemplatePart(**{**one, "part": Part(one["part"])}) for one in stored["parts"]),
            "costs": tuple(
                TemplateCost(OperatingKind(one["kind"]), one["ore_per_unit"], Basis(one["basis"]))
                for one in stored["costs"]
            ),
        }
    )
