"""What tenants are charged for an object by the municipality's rent model, and what it leaves with the landlord.

Self-cost is the object's own lines (`rents.InternalRent`). Charged at cost, the landlord is left with nothing; by any
other model the difference stays with the landlord and is shown. Source: section 2.2 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

from investplan.domain.annuities import Annuity
from investplan.domain.capital_costs import (
    Asset,
    CapitalCostRules,
    MonthSpan,
    kronor_text,
    share_out,
    yearly_amounts,
)
from investplan.domain.grants import GrantRow, explain_grant, grant_shares
from investplan.domain.labels import N_
from investplan.domain.parameters import Parameters, PoolTenant, RentModel
from investplan.domain.proposals import Grant
from investplan.domain.rents import InternalRent, RentPart
from investplan.errors import Note
from investplan.units import Ore, round_half_up


@dataclass(frozen=True)
class RentCharge:
    """What one tenant pays because of the object, öre per year in the order of the rent's years.

    `label` is a Swedish message id. `follows_book_value`: falls year by year of itself, as capital cost does.
    """

    tenant: str
    label: str
    detail: str
    amounts_ore: tuple[Ore, ...]
    part: RentPart
    explanation: Callable[[int], tuple[Note, ...]] = field(compare=False, repr=False)
    follows_book_value: bool = False


@dataclass(frozen=True)
class Tenancy:
    """Who rents the object, how much of it, and in which months. `title` is the object's name."""

    tenant: str
    title: str
    area_m2: int
    span: MonthSpan


@dataclass(frozen=True)
class RentedObject:
    """An object as its landlord has it: self-cost, assets, and grants over the life with their rows by year."""

    self_cost: InternalRent
    assets: tuple[Asset, ...]
    grants: tuple[tuple[Grant, Sequence[GrantRow]], ...]
    rules: CapitalCostRules


def rent_charges(rented: RentedObject, tenancy: Tenancy, parameters: Parameters) -> tuple[RentCharge, ...]:
    """What the tenant, and with a pool the pool's earlier tenants, are charged: every amount exact in whole öre."""
    model = parameters.rent_model
    if model is RentModel.PER_OBJECT_ACTUAL:
        return tuple(_at_cost(rented.self_cost, tenancy.tenant, list(RentPart)))
    if model is RentModel.STANDARD_PER_M2:
        return _standard(parameters.standard_rent_ore_per_m2, rented.self_cost.years, tenancy)
    if model is RentModel.POOLED:
        return Pool(parameters.rent_pool, rented.self_cost, tenancy).charges()
    return tuple(_level(rented, tenancy))


_LABELS = {
    RentPart.CAPITAL_COST: N_("Internhyra, kapitalkostnad"),
    RentPart.GRANT: N_("Internhyra, upplöst bidrag"),
    RentPart.RUNNING: N_("Internhyra, drift"),
}


def _at_cost(rent: InternalRent, tenant: str, parts: Sequence[RentPart]) -> Iterable[RentCharge]:
    for line in rent.lines:
        if line.part in parts:
            capital = line.part is not RentPart.RUNNING
            label = _LABELS[line.part]
            yield RentCharge(
                tenant, label, line.detail, line.amounts_ore, line.part, line.explanation, capital
            )


# A standard rent per m²


def _standard(ore_per_m2: Ore, years: Sequence[int], tenancy: Tenancy) -> tuple[RentCharge, ...]:
    annual = ore_per_m2 * tenancy.area_m2
    return (
        RentCharge(
            tenancy.tenant,
            N_("Internhyra, schablon per m²"),
            tenancy.title,
            yearly_amounts(annual, tenancy.span, years),
            RentPart.RUNNING,
            partial(_explain_standard, ore_per_m2, tenancy),
        ),
    )


def _explain_standard(ore_per_m2: Ore, tenancy: Tenancy, year: int) -> tuple[Note, ...]:
    facts = {
        "rate": kronor_text(ore_per_m2),
        "area": tenancy.area_m2,
        "months": tenancy.span.months_in(year),
        "result": kronor_text(yearly_amounts(ore_per_m2 * tenancy.area_m2, tenancy.span, [year])[0]),
    }
    return (Note("%(rate)s kr/m² × %(area)s m² × %(months)s/12 = %(result)s kr", facts),)


# A pool: the same rent per m² for all


@dataclass(frozen=True)
class Pool:
    """All premises at one rent per m²: what they cost together, by area and months.

    A year's cost is shared out to the öre (largest remainder) in proportion to m² × months, so that what is charged is
    what it costs, whatever the rounding. The pool's own cost and areas stay as they are.
    """

    tenants: tuple[PoolTenant, ...]
    self_cost: InternalRent
    tenancy: Tenancy

    @property
    def cost_ore(self) -> Ore:
        """What the pool costs per year without the object."""
        return sum(one.cost_ore for one in self.tenants)

    @property
    def area_m2(self) -> int:
        return sum(one.area_m2 for one in self.tenants)

    def _areas(self, year: int) -> list[int]:
        """m² × months by tenant, the object's last."""
        months = self.tenancy.span.months_in(year)
        return [*(one.area_m2 * 12 for one in self.tenants), self.tenancy.area_m2 * months]

    def _rents(self, index: int) -> list[Ore]:
        areas = self._areas(self.self_cost.years[index])
        cost = self.cost_ore + self.self_cost.total_ore[index]
        return share_out(cost, areas) if any(areas) else [0] * len(areas)

    def _before(self) -> list[Ore]:
        """The rents of a year without the object, by tenant."""
        return share_out(self.cost_ore, [one.area_m2 for one in self.tenants]) if self.tenants else []

    def charges(self) -> tuple[RentCharge, ...]:
        """The new tenant's rent, and how much more or less each earlier tenant pays."""
        rents = [self._rents(index) for index in range(len(self.self_cost.years))]
        before = self._before()
        new = RentCharge(
            self.tenancy.tenant,
            N_("Internhyra, hyrespool"),
            self.tenancy.title,
            tuple([row[-1] for row in rents]),
            RentPart.CAPITAL_COST,
            self.explain,
            True,
        )
        changed = [
            RentCharge(
                tenant.committee,
                N_("Internhyra, ändrad hyra i hyrespoolen"),
                self.tenancy.title,
                tuple([row[i] - before[i] for row in rents]),
                RentPart.RUNNING,
                partial(self.explain_change, i),
            )
            for i, tenant in enumerate(self.tenants)
        ]
        return (new, *changed)

    def explain(self, year: int) -> tuple[Note, ...]:
        """How the new tenant's rent of the year was computed."""
        facts = {
            "area": self.tenancy.area_m2,
            "months": self.tenancy.span.months_in(year),
            "result": kronor_text(self._rents(self.self_cost.years.index(year))[-1]),
        }
        return self._explain_rate(year), Note("För %(area)s m² × %(months)s/12: %(result)s kr", facts)

    def explain_change(self, index: int, year: int) -> tuple[Note, ...]:
        """How the change of an earlier tenant's rent in the year was computed."""
        before = self._before()[index]
        rent = self._rents(self.self_cost.years.index(year))[index]
        facts = {
            "area": self.tenants[index].area_m2,
            "rent": kronor_text(rent),
            "before": kronor_text(before),
            "result": kronor_text(rent - before),
        }
        text = N_("För %(area)s m²: %(rent)s kr − tidigare %(before)s kr = %(result)s kr")
        return self._explain_rate(year), Note(text, facts)

    def _rate_text(self, year: int) -> str:
        square_months = sum(self._areas(year))
        cost = self.cost_ore + self.self_cost.total_ore[self.self_cost.years.index(year)]
        return kronor_text(round_half_up(Fraction(12 * cost, square_months)) if square_months else 0)

    def _explain_rate(self, year: int) -> Note:
        facts = {
            "pool": kronor_text(self.cost_ore),
            "cost": kronor_text(self.self_cost.total_ore[self.self_cost.years.index(year)]),
            "pool_area": self.area_m2,
            "area": self.tenancy.area_m2,
            "months": self.tenancy.span.months_in(year),
            "rate": self._rate_text(year),
        }
        text = N_(
            "Poolens hyra: (%(pool)s kr + objektets självkostnad %(cost)s kr) / (%(pool_area)s m² + %(area)s m²"
            " × %(months)s/12) = %(rate)s kr/m² och år"
        )
        return Note(text, facts)


# A level rent


def _level(rented: RentedObject, tenancy: Tenancy) -> Iterable[RentCharge]:
    """Each component's annuity, less grants made level in the same way, and the running costs as they are."""
    years = rented.self_cost.years
    for asset in rented.assets:
        annuity = Annuity(asset, rented.rules)
        yield RentCharge(
            tenancy.tenant,
            N_("Internhyra, utjämnad kapitalkostnad"),
            asset.name,
            annuity.amounts_ore(years),
            RentPart.CAPITAL_COST,
            annuity.explain,
            True,
        )
    for grant, rows in rented.grants:
        yield _level_grant(grant, rows, rented, tenancy.tenant)
    yield from _at_cost(rented.self_cost, tenancy.tenant, [RentPart.RUNNING])


def _level_grant(grant: Grant, rows: Sequence[GrantRow], rented: RentedObject, tenant: str) -> RentCharge:
    """A grant that lowers the interest base is an annuity too; any other is released in a straight line already."""
    years = rented.self_cost.years
    annuities = [Annuity(share, rented.rules) for share in grant_shares(grant.amount_ore, rented.assets)]
    if grant.lowers_interest_base:
        level = [one.amounts_ore(years) for one in annuities]
        amounts = tuple([-sum(row[i] for row in level) for i in range(len(years))])
        explanation: Callable[[int], tuple[Note, ...]] = partial(_explain_level_grant, annuities)
    else:
        amounts = tuple([-row.release_ore for row in rows])
        explanation = partial(explain_grant, grant, rented.assets, rented.rules)
    label = N_("Internhyra, utjämnat bidrag")
    return RentCharge(tenant, label, grant.name, amounts, RentPart.GRANT, explanation, True)


def _explain_level_grant(annuities: Sequence[Annuity], year: int) -> tuple[Note, ...]:
    notes = [note for annuity in annuities for note in annuity.explain(year)]
    return (Note("Bidraget utjämnas som tillgångarna, med ombytt tecken:"), *notes)
