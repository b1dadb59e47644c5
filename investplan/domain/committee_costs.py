"""The committees' view of a placed alternative, line by line.

With a landlord the committee pays internal rent, and the landlord's lines (the costs, and the rent as income) sum to
zero. Without one the committee bears the capital cost itself. Operating rows for external or internal rent count as
rent, all others as operating. Grants over the useful life lower what is borne; a grant that is income at completion
lowers no committee's frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from investplan.domain.capital_costs import (
    Asset,
    CapitalCostRules,
    MonthSpan,
    explain_capital_cost,
    kronor_text,
    yearly_amounts,
)
from investplan.domain.construction import explain_construction
from investplan.domain.cost_views import CommitteeKind, CommitteeLine, Elimination
from investplan.domain.grants import explain_grant, relief_ore
from investplan.domain.labels import LABELS, N_
from investplan.domain.leases import LEASE_LABEL, RESTORATION_LABEL, PlacedLease
from investplan.domain.parameters import RentModel
from investplan.domain.placements import Holding, Placement
from investplan.domain.proposals import Disposal, Grant, OperatingConsequence, OperatingKind, Recognition
from investplan.domain.rents import InternalRent, RentLine, RentPart
from investplan.errors import Note
from investplan.units import Month, Ore


def committee_lines(placed: Placement) -> Iterable[CommitteeLine]:
    """All lines of the committee, its landlord and the committees of operating rows, leases and disposals."""
    for line in _lines(placed):
        if placed.is_municipal(line.committee):
            yield line
        else:
            yield replace(line, elimination=Elimination.COMPANY, eliminated_ore=line.amounts_ore)


def _lines(placed: Placement) -> Iterable[CommitteeLine]:
    if placed.alternative.landlord is not None:
        yield from _rent_lines(placed, placed.alternative.landlord)
    for holding in placed.own:
        yield _capital_line(placed.committee, holding, placed)
    if not placed.grants_lower_rent:
        yield from (_own_grant_line(grant, placed) for grant in placed.grants(Recognition.OVER_LIFE))
    for row in placed.alternative.all_operating:
        yield _operating_line(row, placed)
    for lease in placed.leases:
        yield from _lease_lines(lease, placed.years)
    for disposal in placed.alternative.disposals or ():
        yield from _disposal_lines(disposal, placed)
    if placed.parameters.charge_interest_on_wip:
        yield _construction_line(placed)


_LANDLORD_LABELS = {
    RentPart.CAPITAL_COST: N_("Kapitalkostnad"),
    RentPart.GRANT: N_("Upplöst bidrag"),
    RentPart.RUNNING: N_("Drift av lokaler"),
}


def _rent_lines(placed: Placement, landlord: str) -> Iterable[CommitteeLine]:
    """Tenants pay what the rent model charges; the landlord has the costs, and the rents as income."""
    note = next((one.note for one in placed.rented if one.note), None)
    for charge in placed.charges:
        yield CommitteeLine(
            charge.tenant,
            CommitteeKind.RENT,
            charge.label,
            charge.detail,
            charge.amounts_ore,
            note if charge.part is RentPart.CAPITAL_COST else None,
            charge.follows_book_value,
            charge.explanation,
            *_internal_rent(placed, charge.tenant, charge.amounts_ore, Elimination.RENT_PAID),
        )
    for line in placed.rent.lines:
        yield _landlord_line(line, landlord, note)
    yield from _income_lines(placed, landlord)


def _internal_rent(
    placed: Placement, tenant: str, amounts_ore: tuple[Ore, ...], reason: Elimination
) -> tuple[Elimination | None, tuple[Ore, ...]]:
    """Rent between the municipality's own parts is nobody's but theirs; across the border to a company it is real."""
    if placed.is_municipal(tenant) and placed.is_municipal(placed.owner):
        return reason, amounts_ore
    return None, ()


def _landlord_line(line: RentLine, landlord: str, note: Note | None) -> CommitteeLine:
    running = line.part is RentPart.RUNNING
    if running:
        eliminated = (None, ()) if line.external else (Elimination.INTERNAL_ROW, line.amounts_ore)
    else:
        eliminated = (Elimination.INTERNAL_INTEREST, line.interest_ore)
    return CommitteeLine(
        landlord,
        CommitteeKind.OPERATING if running else CommitteeKind.CAPITAL_COST,
        _LANDLORD_LABELS[line.part],
        line.detail,
        line.amounts_ore,
        note if line.part is RentPart.CAPITAL_COST else None,
        False,
        line.explanation,
        *eliminated,
    )


def _income_lines(placed: Placement, landlord: str) -> Iterable[CommitteeLine]:
    """The rents as income, by tenant; where they differ from the self-cost, the difference as a line of its own."""
    income = placed.income_by_tenant
    if income and placed.parameters.rent_model in (RentModel.STANDARD_PER_M2, RentModel.LEVEL_ANNUITY):
        ((tenant, rent),) = income.items()
        cost = tuple([-amount for amount in placed.rent.total_ore])
        difference = tuple([-one - other for one, other in zip(rent, cost, strict=True)])
        rows = [
            (tenant, N_("Hyresintäkt motsvarande självkostnaden"), cost),
            (tenant, N_("Hyresintäkt utöver självkostnaden"), difference),
        ]
    else:
        rows = [(tenant, N_("Hyresintäkt"), tuple([-one for one in rent])) for tenant, rent in income.items()]
    for tenant, label, amounts in rows:
        yield CommitteeLine(
            landlord,
            CommitteeKind.RENT,
            label,
            tenant,
            amounts,
            None,
            False,
            partial(explain_income, tenant, income[tenant], placed.rent),
            *_internal_rent(placed, tenant, amounts, Elimination.RENT_RECEIVED),
        )


def explain_income(
    tenant: str, rent_ore: tuple[Ore, ...], self_cost: InternalRent, year: int
) -> tuple[Note, ...]:
    """The year's rent from a tenant as the landlord's income, beside the object's self-cost."""
    index = self_cost.years.index(year)
    rent, cost = rent_ore[index], self_cost.total_ore[index]
    facts = {"committee": tenant, "rent": kronor_text(rent), "cost": kronor_text(cost)}
    if rent == cost:
        return (Note("Hyra från %(committee)s, lika stor som kostnaderna: %(rent)s kr", facts),)
    return (Note("Hyra från %(committee)s: %(rent)s kr; objektets självkostnad: %(cost)s kr", facts),)


def _capital_line(committee: str, holding: Holding, placed: Placement) -> CommitteeLine:
    rows = placed.rows_of(holding.asset)
    interest = tuple([row.interest_ore for row in rows])
    return CommitteeLine(
        committee,
        CommitteeKind.CAPITAL_COST,
        N_("Kapitalkostnad"),
        holding.asset.name,
        tuple([row.capital_cost_ore for row in rows]),
        holding.note,
        True,
        partial(explain_capital_cost, holding.asset, placed.rules),
        Elimination.INTERNAL_INTEREST,
        interest,
    )


def _own_grant_line(grant: Grant, placed: Placement) -> CommitteeLine:
    amounts, interest = relief_ore(grant, placed.grant_rows_of(grant))
    return CommitteeLine(
        placed.committee,
        CommitteeKind.CAPITAL_COST,
        N_("Upplöst bidrag"),
        grant.name,
        amounts,
        None,
        True,
        partial(explain_grant, grant, placed.granted_assets, placed.rules),
        Elimination.INTERNAL_INTEREST,
        interest,
    )


def _operating_line(row: OperatingConsequence, placed: Placement) -> CommitteeLine:
    span = placed.operating_span(row)
    amounts = yearly_amounts(row.annual_ore, span, placed.years)
    return CommitteeLine(
        row.committee,
        CommitteeKind.RENT if row.kind is OperatingKind.RENT else CommitteeKind.OPERATING,
        LABELS[row.kind],
        row.note,
        amounts,
        operating_note(row),
        False,
        partial(explain_operating, row.annual_ore, span),
        Elimination.INTERNAL_ROW if row.internal else None,
        amounts if row.internal else (),
    )


def operating_note(row: OperatingConsequence) -> Note | None:
    """What is said beside the row: that it is a cost that ends, or that a consulted party has added it."""
    if row.ended:
        return Note(N_("Upphör"))
    return Note(N_("Ur remissvar")) if row.reply_id is not None else None


def _lease_lines(placed: PlacedLease, years: tuple[int, ...]) -> Iterable[CommitteeLine]:
    lease = placed.lease
    yield CommitteeLine(
        lease.tenant,
        CommitteeKind.RENT,
        LEASE_LABEL,
        lease.name,
        placed.rent_ore(years),
        Note(N_("Upphör")) if lease.ended else None,
        explanation=placed.explain,
    )
    if lease.restoration_ore:
        yield CommitteeLine(
            lease.tenant,
            CommitteeKind.ONE_OFF,
            RESTORATION_LABEL,
            lease.name,
            placed.restoration_ore(years),
            explanation=placed.explain_restoration,
        )


def explain_operating(annual_ore: Ore, span: MonthSpan, year: int) -> tuple[Note, ...]:
    """How the year's part of a yearly amount was computed."""
    facts = {
        "annual": kronor_text(annual_ore),
        "months": span.months_in(year),
        "result": kronor_text(yearly_amounts(annual_ore, span, [year])[0]),
    }
    return (Note("%(annual)s kr per år × %(months)s/12 = %(result)s kr", facts),)


def _disposal_lines(disposal: Disposal, placed: Placement) -> Iterable[CommitteeLine]:
    amounts = placed.only_in(placed.commissioned.year, disposal.remaining_book_value_ore)
    yield CommitteeLine(
        disposal.committee,
        CommitteeKind.ONE_OFF,
        N_("Utrangering"),
        disposal.name,
        amounts,
        explanation=partial(explain_disposal, disposal, placed.commissioned),
    )
    old = placed.old_asset(disposal)
    if old is not None:
        rows = placed.rows_of(old)
        yield CommitteeLine(
            disposal.committee,
            CommitteeKind.CAPITAL_COST,
            N_("Kapitalkostnad, upphör"),
            disposal.name,
            tuple([-row.capital_cost_ore for row in rows]),
            None,
            False,
            partial(explain_ended, explain_capital_cost, old, placed.rules),
            Elimination.INTERNAL_INTEREST,
            tuple([-row.interest_ore for row in rows]),
        )


def explain_disposal(disposal: Disposal, month: Month, year: int) -> tuple[Note, ...]:
    """What is expensed of the old asset's book value in the year, when it goes in `month`."""
    amount = disposal.remaining_book_value_ore if year == month.year else 0
    facts = {"name": disposal.name, "amount": kronor_text(amount)}
    return (Note("Kvarvarande bokfört värde på %(name)s kostnadsförs: %(amount)s kr", facts),)


def explain_ended(
    explain: Callable[[Asset, CapitalCostRules, int], tuple[Note, ...]],
    old: Asset,
    rules: CapitalCostRules,
    year: int,
) -> tuple[Note, ...]:
    """How the ended cost of the old asset was computed: as it would have been, with the sign changed."""
    return (Note("Upphör, med ombytt tecken:"), *explain(old, rules, year))


def _construction_line(placed: Placement) -> CommitteeLine:
    """Charged to whoever owns the work: there is no rent before the tenancy."""
    landlord = placed.alternative.landlord
    amounts = tuple([placed.interest_by_year.get(year, 0) for year in placed.years])
    return CommitteeLine(
        landlord if landlord is not None and placed.rented else placed.committee,
        CommitteeKind.CAPITAL_COST,
        N_("Internränta under byggtiden"),
        placed.alternative.title,
        amounts,
        None,
        False,
        partial(explain_construction, placed.interest_by_year),
        Elimination.INTERNAL_INTEREST,
        amounts,
    )
