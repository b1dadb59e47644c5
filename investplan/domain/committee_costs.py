"""The committees' view of a placed alternative, line by line.

With a landlord the committee pays internal rent, and the landlord's lines (the costs, and the rent as income) sum to
zero. Without one the committee bears the capital cost itself. Operating rows for external or internal rent count as
rent, all others as operating. Grants over the useful life lower what is borne; a grant that is income at completion
lowers no committee's frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
from investplan.domain.cost_views import CommitteeKind, CommitteeLine
from investplan.domain.grants import explain_grant, relief_ore
from investplan.domain.labels import LABELS, N_
from investplan.domain.placements import Holding, Placement
from investplan.domain.proposals import Disposal, Grant, OperatingConsequence, OperatingKind, Recognition
from investplan.domain.rents import InternalRent, RentLine, RentPart
from investplan.errors import Note
from investplan.units import Month, Ore


def committee_lines(placed: Placement) -> Iterable[CommitteeLine]:
    """All lines of the committee, its landlord and the committees of operating rows and disposals."""
    if placed.alternative.landlord is not None:
        yield from _rent_lines(placed, placed.alternative.landlord)
    for holding in placed.own:
        yield _capital_line(placed.committee, holding, placed)
    if not placed.grants_lower_rent:
        yield from (_own_grant_line(grant, placed) for grant in placed.grants(Recognition.OVER_LIFE))
    for row in placed.alternative.operating or ():
        yield _operating_line(row, placed)
    for disposal in placed.alternative.disposals or ():
        yield from _disposal_lines(disposal, placed)
    if placed.parameters.charge_interest_on_wip:
        yield _construction_line(placed)


_RENT_LABELS = {
    RentPart.CAPITAL_COST: N_("Internhyra, kapitalkostnad"),
    RentPart.GRANT: N_("Internhyra, upplöst bidrag"),
    RentPart.RUNNING: N_("Internhyra, drift"),
}
_LANDLORD_LABELS = {
    RentPart.CAPITAL_COST: N_("Kapitalkostnad"),
    RentPart.GRANT: N_("Upplöst bidrag"),
    RentPart.RUNNING: N_("Drift av lokaler"),
}


def _rent_lines(placed: Placement, landlord: str) -> Iterable[CommitteeLine]:
    """The committee pays each part of the rent; the landlord has the same parts as costs and the rent as income."""
    rent = placed.rent
    note = next((one.note for one in placed.rented if one.note), None)
    for line in rent.lines:
        yield _rent_line(line, placed.committee, CommitteeKind.RENT, note)
    for line in rent.lines:
        kind = CommitteeKind.OPERATING if line.part is RentPart.RUNNING else CommitteeKind.CAPITAL_COST
        yield _rent_line(line, landlord, kind, note)
    if rent.lines:
        income = tuple(-amount for amount in rent.total_ore)
        explanation = partial(explain_income, placed.committee, rent)
        yield CommitteeLine(
            landlord, CommitteeKind.RENT, N_("Hyresintäkt"), placed.committee, income, explanation=explanation
        )


def _rent_line(line: RentLine, committee: str, kind: CommitteeKind, note: Note | None) -> CommitteeLine:
    labels = _RENT_LABELS if kind is CommitteeKind.RENT else _LANDLORD_LABELS
    capital = line.part is not RentPart.RUNNING
    return CommitteeLine(
        committee,
        kind,
        labels[line.part],
        line.detail,
        line.amounts_ore,
        note if line.part is RentPart.CAPITAL_COST else None,
        capital and kind is CommitteeKind.RENT,
        line.explanation,
    )


def explain_income(committee: str, rent: InternalRent, year: int) -> tuple[Note, ...]:
    """The year's rent as the landlord's income."""
    total = rent.total_ore[rent.years.index(year)]
    facts = {"committee": committee, "amount": kronor_text(-total)}
    return (Note("Hyra från %(committee)s, lika stor som kostnaderna: %(amount)s kr", facts),)


def _capital_line(committee: str, holding: Holding, placed: Placement) -> CommitteeLine:
    rows = placed.rows_of(holding.asset)
    return CommitteeLine(
        committee,
        CommitteeKind.CAPITAL_COST,
        N_("Kapitalkostnad"),
        holding.asset.name,
        tuple(row.capital_cost_ore for row in rows),
        holding.note,
        True,
        partial(explain_capital_cost, holding.asset, placed.rules),
    )


def _own_grant_line(grant: Grant, placed: Placement) -> CommitteeLine:
    amounts, _interest = relief_ore(grant, placed.grant_rows_of(grant))
    return CommitteeLine(
        placed.committee,
        CommitteeKind.CAPITAL_COST,
        N_("Upplöst bidrag"),
        grant.name,
        amounts,
        None,
        True,
        partial(explain_grant, grant, placed.granted_assets, placed.rules),
    )


def _operating_line(row: OperatingConsequence, placed: Placement) -> CommitteeLine:
    span = placed.operating_span(row)
    return CommitteeLine(
        row.committee,
        CommitteeKind.RENT if row.kind is OperatingKind.RENT else CommitteeKind.OPERATING,
        LABELS[row.kind],
        row.note,
        yearly_amounts(row.annual_ore, span, placed.years),
        Note(N_("Upphör")) if row.ended else None,
        explanation=partial(explain_operating, row.annual_ore, span),
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
            tuple(-row.capital_cost_ore for row in rows),
            explanation=partial(explain_ended, explain_capital_cost, old, placed.rules),
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
    return CommitteeLine(
        landlord if landlord is not None and placed.rented else placed.committee,
        CommitteeKind.CAPITAL_COST,
        N_("Internränta under byggtiden"),
        placed.alternative.title,
        tuple(placed.interest_by_year.get(year, 0) for year in placed.years),
        explanation=partial(explain_construction, placed.interest_by_year),
    )
