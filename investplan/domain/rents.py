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
    CapitalCostRow,
    CapitalCostRules,
    MonthSpan,
    capital_cost,
    explain_capital_cost,
    kronor_text,
    yearly_amounts,
)
from investplan.domain.grants import GrantRow, explain_grant, grant_rows, relief_ore
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

    `detail` is the name of the component, the grant or the rent item; `interest_ore` the internal interest within
    the amounts.
    """

    part: RentPart
    key: str
    detail: str
    amounts_ore: tuple[Ore, ...]
    external: bool
    explanation: Callable[[int], tuple[Note, ...]] = field(compare=False, repr=False)
    interest_ore: tuple[Ore, ...] = ()

    def explain(self, year: int) -> tuple[Note, ...]:
        """How the year's amount was computed."""
        return self.explanation(year)


@dataclass(frozen=True)
class InternalRent:
    """What one object costs the landlord, line by line: the rent, where it is charged at cost."""

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
    rows_of: Callable[[Asset], Sequence[CapitalCostRow]] | None = None,
    grant_rows_of: Callable[[Grant], Sequence[GrantRow]] | None = None,
) -> InternalRent:
    """The self-cost per year: capital cost of `assets` (land too), less `grants` over their life, plus the items.

    Args:
        assets: The landlord's components in the object; each is charged from its own month on.
        area_m2: Rented area, >= 0.
        commissioned: The tenancy starts with the first charged month after this.
        grants: Those released over the useful life; they lower the rent as the components are depreciated.
        rows_of: The capital cost of an asset in `years`, where the caller has it already.
        grant_rows_of: The rows of a grant in `years`, where the caller has them already.
    """
    span = MonthSpan(rules.first_charged_month(commissioned))
    lines = []
    for asset in assets:
        rows = rows_of(asset) if rows_of else capital_cost(asset, rules, years)
        lines.append(_capital_line(asset, rules, rows))
    for grant in grants:
        released = (
            grant_rows_of(grant) if grant_rows_of else grant_rows(grant.amount_ore, assets, rules, years)
        )
        lines.append(_grant_line(grant, assets, rules, released))
    if area_m2:
        lines += [_item_line(item, area_m2, span, years) for item in items]
    return InternalRent(tuple(years), tuple(lines))


def _capital_line(asset: Asset, rules: CapitalCostRules, rows: Sequence[CapitalCostRow]) -> RentLine:
    return RentLine(
        RentPart.CAPITAL_COST,
        "capital_cost",
        asset.name,
        tuple([row.capital_cost_ore for row in rows]),
        False,
        partial(explain_capital_cost, asset, rules),
        tuple([row.interest_ore for row in rows]),
    )


def _grant_line(
    grant: Grant, assets: Sequence[Asset], rules: CapitalCostRules, rows: Sequence[GrantRow]
) -> RentLine:
    amounts, interest = relief_ore(grant, rows)
    explanation = partial(explain_grant, grant, tuple(assets), rules)
    return RentLine(RentPart.GRANT, "grant", grant.name, amounts, False, explanation, interest)


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
