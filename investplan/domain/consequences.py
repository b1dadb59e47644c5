"""What an alternative costs year by year: outlays against the ceiling, and levels in two views that never mix.

All levels are the accumulated effect in the year, costs positive, in öre, one per year of `years`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from investplan.domain.committee_costs import committee_lines
from investplan.domain.consolidated_costs import consolidated_lines
from investplan.domain.cost_views import (
    CommitteeKind,
    CommitteeLine,
    CommitteeView,
    ConsolidatedKind,
    ConsolidatedLine,
    ConsolidatedView,
)
from investplan.domain.leases import lease_note
from investplan.domain.parameters import Ceiling, Parameters
from investplan.domain.placements import Placement, place
from investplan.domain.proposals import Alternative
from investplan.domain.series import CommitteeSeries, ConsolidatedSeries
from investplan.errors import Note
from investplan.units import Month, Ore

__all__ = [
    "CommitteeKind",
    "CommitteeLine",
    "CommitteeSeries",
    "CommitteeView",
    "Consequences",
    "ConsolidatedKind",
    "ConsolidatedLine",
    "ConsolidatedSeries",
    "ConsolidatedView",
    "consequences",
]


@dataclass(frozen=True)
class Consequences:
    """What follows from carrying out an alternative from a start year.

    Args:
        investment_ore: What counts against the investment ceiling per year, nominal; net or gross of grants as the
            parameters say.
        not_stated: Names of what the planner has not stated (`grants`, `operating`, `disposals`): counted as nothing
            here, but not the same as a stated zero.
        net_outlay_ore: The municipality's own part of outlays less grants per year.
        book_value_ore: At the end of each year, what stands on the municipality's own balance sheet.
    """

    years: tuple[int, ...]
    commissioned: Month
    first_charged: Month
    gross_outlay_ore: tuple[Ore, ...]
    grants_ore: tuple[Ore, ...]
    investment_ore: tuple[Ore, ...]
    committee_view: CommitteeView
    consolidated_view: ConsolidatedView
    not_stated: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    net_outlay_ore: tuple[Ore, ...] = ()
    book_value_ore: tuple[Ore, ...] = ()


def consequences(
    alternative: Alternative,
    *,
    committee: str,
    start: int,
    parameters: Parameters,
    years: Sequence[int],
    companies: frozenset[str] = frozenset(),
) -> Consequences:
    """The yearly consequences for `years` of starting `alternative` in the year `start`.

    Outlays are indexed from the price level year to the year of spending, components by the same total factor (they
    are what the nominal outlay is depreciated on, and are never indexed after that). Grants are nominal as stated.
    Rent per m² and operating rows are in the prices in which they are stated.

    Args:
        committee: Code of the committee whose proposal it is: it pays the rent and owns the user's components.
        companies: Codes of the municipality's companies. What they own stands on their own balance sheets: the
            consolidated view leaves out its depreciation, loans and grants, and has rent paid to them as a cost.
        years: The years wanted, in order. What falls outside them is left out, but counts in book values and loans.
    """
    placed = place(alternative, committee, start, parameters, tuple(years), companies)
    gross = tuple(placed.outlay_by_year.get(year, 0) for year in years)
    grants = tuple(placed.grant_by_year.get(year, 0) for year in years)
    net = tuple(outlay - grant for outlay, grant in zip(gross, grants, strict=True))
    return Consequences(
        placed.years,
        placed.commissioned,
        placed.first_charged,
        gross,
        grants,
        net if parameters.ceiling_counts is Ceiling.NET else gross,
        CommitteeView(placed.years, tuple(committee_lines(placed))),
        ConsolidatedView(placed.years, tuple(consolidated_lines(placed))),
        tuple(name for name in ("grants", "operating", "disposals") if getattr(alternative, name) is None),
        tuple(_notes(placed)),
        placed.net_outlay_ore(),
        placed.closing_ore(),
    )


def _notes(placed: Placement) -> Iterable[Note]:
    alternative = placed.alternative
    yield from (one.note for one in placed.holdings if one.note)
    if alternative.landlord is not None and alternative.area_m2 is None:
        yield Note("Ytan är inte angiven: internhyran saknar posterna per m².")
    yield from filter(None, map(lease_note, alternative.leases))
