"""What an alternative means for rent, capital cost and frames, told while it is being written. Nothing is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from investplan.domain.investigations import faults_in
from investplan.domain.parameters import Parameters
from investplan.domain.proposals import Alternative, ProposalFacts
from investplan.errors import Note
from investplan.units import Ore
from web.proposals import costs
from web.proposals.describing import Names
from web.proposals.layout import CostRow


@dataclass(frozen=True)
class LiveShown:
    """The panel beside the form: either what has to be put right first, or the figures of two years.

    `years` are the year of commissioning and the first with a whole year's cost (once where they are the same).
    `unallocated_ore` is what the components still lack of the outlay; None without components. `frames_ore` and
    `consolidated_ore` are the last shown year's sums in the two views, which are not to be added.
    """

    notes: tuple[Note, ...] = ()
    start: int = 0
    years: tuple[int, ...] = ()
    outlay_ore: Ore = 0
    unallocated_ore: Ore | None = None
    committee_rows: Sequence[CostRow] = ()
    consolidated_rows: Sequence[CostRow] = ()
    not_stated: bool = False
    frames_ore: Ore = 0
    consolidated_ore: Ore = 0

    @property
    def is_empty(self) -> bool:
        """Nothing has been typed that costs anything."""
        return (
            not self.notes and not self.outlay_ore and not self.committee_rows and not self.consolidated_rows
        )


def live_of(
    facts: ProposalFacts,
    alternative: Alternative,
    *,
    faults: Mapping[str, Note],
    planning_round: Any,
    parameters: Parameters,
    companies: frozenset[str],
    names: Names,
) -> LiveShown:
    """The panel for the alternative as it stands in the form.

    Args:
        faults: What could not be read of the form.
    """
    found = dict(faults) or _faults_of(facts, alternative, planning_round.years)
    if found:
        return LiveShown(tuple({str(note): note for note in found.values()}.values()))
    earliest = parameters.earliest_start(facts.stage, planning_round.budget_year)
    start = costs.possible_starts(alternative, earliest, planning_round.years)[0]
    cost = costs.costs_of(
        facts, alternative, start=start, explain_year=None, parameters=parameters, years=planning_round.years,
        names=names, companies=companies,
    )  # fmt: skip
    years = cost.effects.years
    first = min(max(cost.effects.first_charged.year, years[0]), years[-1])
    shown = tuple(dict.fromkeys((first, cost.whole_year)))
    parts = sum(one.amount_ore for one in alternative.components)
    return LiveShown(
        start=start,
        years=shown,
        outlay_ore=alternative.outlay_ore,
        unallocated_ore=alternative.outlay_ore - parts if alternative.components else None,
        committee_rows=_of_years(cost.committee_rows, years, shown),
        consolidated_rows=_of_years(cost.consolidated_rows, years, shown),
        not_stated=bool(cost.effects.not_stated),
        frames_ore=_sum_of(cost.committee_rows, years.index(cost.whole_year)),
        consolidated_ore=_sum_of(cost.consolidated_rows, years.index(cost.whole_year)),
    )


def _sum_of(rows: Sequence[CostRow], place: int) -> Ore:
    return sum(row.amounts_ore[place] for row in rows if row.kind == "sum")


def _faults_of(facts: ProposalFacts, alternative: Alternative, years: tuple[int, ...]) -> dict[str, Note]:
    """What contradicts itself in this alternative: that of others is told where they are written."""
    codes = [one.code for one in facts.alternatives]
    prefix = f"alternatives.{codes.index(alternative.code)}."
    return {name: note for name, note in faults_in(facts, years).items() if name.startswith(prefix)}


def _of_years(rows: Sequence[CostRow], years: Sequence[int], shown: Sequence[int]) -> list[CostRow]:
    """The rows with the amounts of the shown years; those that are nothing in them are left out, with their heads."""
    places = [list(years).index(year) for year in shown]
    kept = [
        CostRow(row.label, tuple(row.amounts_ore[i] for i in places) if row.amounts_ore else (), row.kind)
        for row in rows
    ]
    kept = [row for row in kept if row.kind == "group" or any(row.amounts_ore)]
    return [
        row
        for place, row in enumerate(kept)
        if row.kind != "group" or (place + 1 < len(kept) and kept[place + 1].kind != "group")
    ]
