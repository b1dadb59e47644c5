"""The municipality's view of a placed alternative: what is paid to others, depreciation and loan interest.

Internal rent, internal interest and rows between the municipality's own parts are left out: they cancel.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from investplan.domain.capital_costs import (
    explain_depreciation,
    kronor_text,
    percent_text,
    yearly_amounts,
)
from investplan.domain.committee_costs import (
    explain_disposal,
    explain_ended,
    explain_income,
    explain_operating,
    operating_note,
)
from investplan.domain.construction import explain_construction
from investplan.domain.cost_views import ConsolidatedKind, ConsolidatedLine
from investplan.domain.grants import explain_grant
from investplan.domain.labels import LABELS, N_
from investplan.domain.leases import LEASE_LABEL, RESTORATION_LABEL, PlacedLease
from investplan.domain.placements import Holding, Placement
from investplan.domain.proposals import Disposal, Grant, OperatingConsequence, Recognition
from investplan.domain.rent_models import RentCharge
from investplan.domain.rents import RentLine, RentPart
from investplan.errors import Note
from investplan.units import Month, Ore, round_ratio


def consolidated_lines(placed: Placement) -> Iterable[ConsolidatedLine]:
    """All lines of the municipality as a whole."""
    yield from (_depreciation_line(holding, placed) for holding in placed.municipal_holdings)
    yield from _premises_lines(placed)
    for row in placed.alternative.all_operating:
        if not row.internal and placed.is_municipal(row.committee):
            yield _external_operating_line(row, placed)
    for lease in placed.leases:
        if placed.is_municipal(lease.lease.tenant):
            yield from _lease_lines(lease, placed.years)
    if (placed.outlay_by_year or placed.grant_by_year) and placed.municipal_share:
        yield _loan_line(placed)
        if placed.parameters.capitalise_interest and placed.interest_by_year:
            yield _capitalised_line(placed)
    if placed.is_municipal(placed.owner if placed.grants_lower_rent else placed.committee):
        yield from (_release_line(grant, placed) for grant in placed.grants(Recognition.OVER_LIFE))
    if placed.is_municipal(placed.owner):
        yield from (_completion_line(grant, placed) for grant in placed.grants(Recognition.AT_COMPLETION))
    for disposal in placed.alternative.disposals or ():
        if placed.is_municipal(disposal.committee):
            yield from _consolidated_disposal_lines(disposal, placed)


def _premises_lines(placed: Placement) -> Iterable[ConsolidatedLine]:
    """Running costs that are paid to others, and rent where it crosses the border to a company, in either direction."""
    owns = placed.is_municipal(placed.owner)
    for line in placed.rent.lines:
        if owns and line.part is RentPart.RUNNING and line.external:
            yield _running_line(N_("Drift av lokaler"), line)
    for charge in placed.charges:
        if placed.is_municipal(charge.tenant) and not owns:
            yield _running_line(N_("Hyra till kommunalt bolag"), charge)
    for tenant, rent in placed.income_by_tenant.items():
        if owns and not placed.is_municipal(tenant):
            yield ConsolidatedLine(
                ConsolidatedKind.EXTERNAL_RUNNING,
                N_("Hyresintäkt"),
                tenant,
                tuple([-amount for amount in rent]),
                explanation=partial(explain_income, tenant, rent, placed.rent),
            )


def _lease_lines(placed: PlacedLease, years: tuple[int, ...]) -> Iterable[ConsolidatedLine]:
    kind, lease = ConsolidatedKind.EXTERNAL_RUNNING, placed.lease
    note = Note(N_("Upphör")) if lease.ended else None
    yield ConsolidatedLine(kind, LEASE_LABEL, lease.name, placed.rent_ore(years), note, placed.explain)
    if lease.restoration_ore:
        amounts = placed.restoration_ore(years)
        yield ConsolidatedLine(kind, RESTORATION_LABEL, lease.name, amounts, None, placed.explain_restoration)


def _depreciation_line(holding: Holding, placed: Placement) -> ConsolidatedLine:
    rows = placed.rows_of(holding.asset)
    return ConsolidatedLine(
        ConsolidatedKind.DEPRECIATION,
        N_("Avskrivning"),
        holding.asset.name,
        tuple(row.depreciation_ore for row in rows),
        holding.note,
        partial(explain_depreciation, holding.asset, placed.rules),
    )


def _running_line(label: str, line: RentLine | RentCharge) -> ConsolidatedLine:
    return ConsolidatedLine(
        ConsolidatedKind.EXTERNAL_RUNNING, label, line.detail, line.amounts_ore, None, line.explanation
    )


def _external_operating_line(row: OperatingConsequence, placed: Placement) -> ConsolidatedLine:
    span = placed.operating_span(row)
    return ConsolidatedLine(
        ConsolidatedKind.EXTERNAL_OPERATING,
        LABELS[row.kind],
        row.note,
        yearly_amounts(row.annual_ore, span, placed.years),
        operating_note(row),
        explanation=partial(explain_operating, row.annual_ore, span),
    )


def _loan_interest_ore(placed: Placement, year: int) -> Ore:
    share, rate = placed.parameters.loan_share, placed.parameters.external_rate.in_year(year)
    numerator = share.numerator * rate.numerator * placed.net_outlay_before(year)
    return round_ratio(numerator, share.denominator * rate.denominator)


def _loan_line(placed: Placement) -> ConsolidatedLine:
    """Loans are not paid off, and grants lessen them: interest on the net outlay before the year."""
    return ConsolidatedLine(
        ConsolidatedKind.EXTERNAL_INTEREST,
        N_("Låneränta"),
        placed.alternative.title,
        tuple(_loan_interest_ore(placed, year) for year in placed.years),
        explanation=partial(_explain_loan, placed),
        added=True,
    )


def _explain_loan(placed: Placement, year: int) -> tuple[Note, ...]:
    facts = {
        "share": percent_text(placed.parameters.loan_share),
        "rate": percent_text(placed.parameters.external_rate.in_year(year)),
        "outlay": kronor_text(placed.net_outlay_before(year)),
        "result": kronor_text(_loan_interest_ore(placed, year)),
    }
    text = N_(
        "Låneandel %(share)s × låneränta %(rate)s × nettoutgift före året %(outlay)s kr = %(result)s kr"
    )
    return (Note(text, facts),)


def _capitalised_line(placed: Placement) -> ConsolidatedLine:
    """The loan interest that is moved from the year's result to the acquisition value."""
    return ConsolidatedLine(
        ConsolidatedKind.EXTERNAL_INTEREST,
        N_("Låneränta som aktiveras"),
        placed.alternative.title,
        tuple([-placed.municipal_part(placed.interest_by_year.get(year, 0)) for year in placed.years]),
        explanation=partial(explain_construction, placed.interest_by_year),
        added=True,
    )


def _release_line(grant: Grant, placed: Placement) -> ConsolidatedLine:
    income_only = Grant(grant.name, grant.year_offset, grant.amount_ore)
    rows = placed.grant_rows_of(grant)
    return ConsolidatedLine(
        ConsolidatedKind.GRANT_INCOME,
        N_("Upplöst bidrag"),
        grant.name,
        tuple(-row.release_ore for row in rows),
        explanation=partial(explain_grant, income_only, placed.granted_assets, placed.rules),
    )


def _completion_line(grant: Grant, placed: Placement) -> ConsolidatedLine:
    """Income at once when the investment is completed, for the municipality; no committee's frame is lowered by it."""
    return ConsolidatedLine(
        ConsolidatedKind.GRANT_INCOME,
        N_("Bidrag som intäktsförs vid färdigställandet"),
        grant.name,
        placed.only_in(placed.completed.year, -grant.amount_ore),
        explanation=partial(_explain_completion, grant, placed.completed),
        added=True,
    )


def _explain_completion(grant: Grant, completed: Month, year: int) -> tuple[Note, ...]:
    amount = -grant.amount_ore if year == completed.year else 0
    facts = {"year": completed.year, "amount": kronor_text(amount)}
    return (Note("Hela bidraget är intäkt %(year)s: %(amount)s kr", facts),)


def _consolidated_disposal_lines(disposal: Disposal, placed: Placement) -> Iterable[ConsolidatedLine]:
    yield ConsolidatedLine(
        ConsolidatedKind.DISPOSAL,
        N_("Utrangering"),
        disposal.name,
        placed.only_in(placed.commissioned.year, disposal.remaining_book_value_ore),
        explanation=partial(explain_disposal, disposal, placed.commissioned),
    )
    old = placed.old_asset(disposal)
    if old is not None:
        rows = placed.rows_of(old)
        yield ConsolidatedLine(
            ConsolidatedKind.DEPRECIATION,
            N_("Avskrivning, upphör"),
            disposal.name,
            tuple(-row.depreciation_ore for row in rows),
            explanation=partial(explain_ended, explain_depreciation, old, placed.rules),
        )
