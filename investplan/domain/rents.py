"""Internal rent at cost: the landlord's capital cost of the object plus running costs per m².

Source: formula 2.2 in the domain reference. The parts are kept apart, so that the rent is always the sum of its lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from investplan.domain.capital_costs import (
    Asset,
    CapitalCostRules,
    MonthSpan,
    capital_cost,
    explain_capital_cost,
    grant_rows,
    kronor_text,
    yearly_amounts,
)
from investplan.domain.proposals import Grant
from investplan.errors import Note
from investplan.units import Month, Ore


class RentPart(StrEnum):
    """What a line of the rent pays for."""

    CAPITAL_COST = "capital_cost"
    GRANT = "grant"
    RUNNING = "running"


class RentModel(StrEnum):
    """How the landlord charges for premises (domain reference 2.2)."""

    PER_OBJECT_ACTUAL = "per_object_actual"
    STANDARD_PER_M2 = "standard_per_m2"
    POOLED = "pooled"
    LEVEL_ANNUITY = "level_annuity"


@dataclass(frozen=True)
class PoolTenant:
    """What one committee rents in the pool already: area, and what it costs the landlord per year."""

    committee: str
    area_m2: int
    cost_ore: Ore


@dataclass(frozen=True)
class RentItem:
    """A running cost per m² and year. `external`: paid to someone outside the municipality."""

    key: str
    label: str
    ore_per_m2: Ore
    external: bool = True


@dataclass(frozen=True)
class RentLine:
    """One part of the rent, öre per year in the order of the rent's `years`; negative where a grant lowers it.

    `detail` is the name of the component, the grant or the rent item.
    """

    part: RentPart
    key: str
    detail: str
    amounts_ore: tuple[Ore, ...]
    external: bool
    explanation: Callable[[int], tuple[Note, ...]] = field(compare=False, repr=False)

    def explain(self, year: int) -> tuple[Note, ...]:
        """How the year's amount was computed."""
        return self.explanation(year)


@dataclass(frozen=True)
class InternalRent:
    """The rent of one object, line by line."""

    years: tuple[int, ...]
    lines: tuple[RentLine, ...]

    @property
    def total_ore(self) -> tuple[Ore, ...]:
        """The rent per year: the sum of the lines."""
        return tuple(sum(line.amounts_ore[i] for line in self.lines) for i in range(len(self.years)))

    def of(self, part: RentPart) -> tuple[Ore, ...]:
        """One kind of part per year."""
        lines = [line for line in self.lines if line.part is part]
        return tuple(sum(line.amounts_ore[i] for line in lines) for i in range(len(self.years)))


def internal_rent(
    assets: Sequence[Asset],
    items: Sequence[RentItem],
    *,
    area_m2: int,
    commissioned: Month,
    rules: CapitalCostRules,
    years: Sequence[int],
    grants: Sequence[Grant] = (),
) -> InternalRent:
    """The internal rent per year: capital cost of `assets` (land too), less `grants` over their life, plus the items.

    Args:
        assets: The landlord's components in the object.
        area_m2: Rented area, >= 0.
        commissioned: The tenancy starts with the first charged month after this.
        grants: Those released over the useful life; they lower the rent as the components are depreciated.
    """
    span = MonthSpan(rules.first_charged_month(commissioned))
    lines = [_capital_line(asset, rules, years) for asset in assets]
    lines += [_grant_line(grant, assets, rules, years) for grant in grants]
    if area_m2:
        lines += [_item_line(item, area_m2, span, years) for item in items]
    return InternalRent(tuple(years), tuple(lines))


def _capital_line(asset: Asset, rules: CapitalCostRules, years: Sequence[int]) -> RentLine:
    amounts = tuple(row.capital_cost_ore for row in capital_cost(asset, rules, years))
    explanation = partial(explain_capital_cost, asset, rules)
    return RentLine(RentPart.CAPITAL_COST, "capital_cost", asset.name, amounts, False, explanation)


def _grant_line(
    grant: Grant, assets: Sequence[Asset], rules: CapitalCostRules, years: Sequence[int]
) -> RentLine:
    return RentLine(
        RentPart.GRANT,
        "grant",
        grant.name,
        grant_relief_ore(grant, assets, rules, years),
        False,
        partial(explain_grant, grant, tuple(assets), rules),
    )


def grant_relief_ore(
    grant: Grant, assets: Sequence[Asset], rules: CapitalCostRules, years: Sequence[int]
) -> tuple[Ore, ...]:
    """What the grant does to the capital cost per year, as amounts <= 0: the release, and interest if it lowers it."""
    rows = grant_rows(grant.amount_ore, assets, rules, years)
    return tuple(-row.release_ore - (row.interest_ore if grant.lowers_interest_base else 0) for row in rows)


def explain_grant(
    grant: Grant, assets: Sequence[Asset], rules: CapitalCostRules, year: int
) -> tuple[Note, ...]:
    """How the year's relief from the grant was computed."""
    row = grant_rows(grant.amount_ore, assets, rules, [year])[0]
    release = Note(
        "Bidrag %(grant)s kr löses upp i takt med avskrivningen: −%(release)s kr",
        {"grant": kronor_text(grant.amount_ore), "release": kronor_text(row.release_ore)},
    )
    if not grant.lowers_interest_base:
        return (release,)
    return release, Note("Lägre internränta: −%(interest)s kr", {"interest": kronor_text(row.interest_ore)})


def _item_line(item: RentItem, area_m2: int, span: MonthSpan, years: Sequence[int]) -> RentLine:
    amounts = yearly_amounts(item.ore_per_m2 * area_m2, span, years)
    explanation = partial(_explain_item, item, area_m2, span)
    return RentLine(RentPart.RUNNING, item.key, item.label, amounts, item.external, explanation)


def _explain_item(item: RentItem, area_m2: int, span: MonthSpan, year: int) -> tuple[Note, ...]:
    facts = {
        "rate": kronor_text(item.ore_per_m2),
        "area": area_m2,
        "months": span.months_in(year),
        "result": kronor_text(yearly_amounts(item.ore_per_m2 * area_m2, span, [year])[0]),
    }
    return (Note("%(rate)s kr/m² × %(area)s m² × %(months)s/12 = %(result)s kr", facts),)
