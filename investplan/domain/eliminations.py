"""From what the committees carry together to what the municipality pays: line by line, year by year, to the öre.

    all committees together − what is eliminated + what is added = the municipality as a whole

The one place in which the two views meet. Nothing is counted out from the difference: the eliminated lines are parts of
committee lines, the added lines are consolidated lines that no committee has, and the sum is checked against the
consolidated view, which is computed on its own. Source: section 2.5 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from investplan.domain.capital_costs import kronor_text
from investplan.domain.consequences import Consequences
from investplan.domain.cost_views import (
    CommitteeLine,
    CommitteeView,
    ConsolidatedLine,
    ConsolidatedView,
    Elimination,
    Explanation,
)
from investplan.domain.labels import N_
from investplan.domain.series import CommitteeSeries, ConsolidatedSeries, check_years
from investplan.errors import Note
from investplan.units import Ore


@dataclass(frozen=True)
class BridgeLine:
    """One step between the views, öre per year; an eliminated line is what is taken away, an added one what is put in.

    Args:
        reason: Why it is eliminated; None for what is added.
        committee: Whose line it was; "" for what is added.
        label: Swedish message id.
        detail: A name from the proposal.
    """

    reason: Elimination | None
    committee: str
    label: str
    detail: str
    amounts_ore: tuple[Ore, ...]
    explanation: Explanation = field(compare=False, repr=False)

    def explain(self, year: int) -> tuple[Note, ...]:
        """Why the line is a step between the views, and how its amount was computed."""
        return self.explanation(year)


@dataclass(frozen=True)
class Bridge:
    """All steps. `eliminated` and `added` hold lines with an amount in any year, in the order of the views."""

    years: tuple[int, ...]
    committees: CommitteeSeries
    eliminated: tuple[BridgeLine, ...]
    added: tuple[BridgeLine, ...]
    consolidated: ConsolidatedSeries

    def eliminated_by_reason(self) -> dict[Elimination, tuple[Ore, ...]]:
        """What is taken away per year for each reason that occurs: internal rent paid and received cancel."""
        reasons = dict.fromkeys(one.reason for one in self.eliminated if one.reason)
        return {
            reason: _summed((one for one in self.eliminated if one.reason is reason), len(self.years))
            for reason in reasons
        }


def bridge(found: Consequences) -> Bridge:
    """The steps between the two views of one alternative."""
    return bridge_views(found.committee_view, found.consolidated_view)


def bridge_views(committees: CommitteeView, consolidated: ConsolidatedView) -> Bridge:
    """The steps between two views of the same investments, one or many.

    Raises:
        ValueError: the views are of different years, or not of the same investments (a committee's line is missing,
            or stands in one view only).
    """
    check_years(committees.years, consolidated.years)
    eliminated = tuple(
        _eliminated(line, committees.years) for line in committees.lines if any(line.eliminated_ore)
    )
    added = tuple(_added(line) for line in consolidated.lines if line.added and any(line.amounts_ore))
    found = Bridge(committees.years, committees.levels_of_all(), eliminated, added, consolidated.levels())
    for i, year in enumerate(found.years):
        left = found.committees.ore[i] - _at(eliminated, i) + _at(added, i)
        if left != found.consolidated.ore[i]:
            raise ValueError(
                f"the views are not of the same investments: {left - found.consolidated.ore[i]} öre {year}"
            )
    return found


def _at(lines: Iterable[BridgeLine], index: int) -> Ore:
    return sum(line.amounts_ore[index] for line in lines)


def _summed(lines: Iterable[BridgeLine], width: int) -> tuple[Ore, ...]:
    known = list(lines)
    return tuple([_at(known, index) for index in range(width)])


_LABELS: dict[Elimination, str] = {
    Elimination.RENT_PAID: N_("Internhyra som betalas inom kommunen"),
    Elimination.RENT_RECEIVED: N_("Internhyra som tas emot inom kommunen"),
    Elimination.INTERNAL_INTEREST: N_("Internränta"),
    Elimination.INTERNAL_ROW: N_("Köp mellan kommunens egna delar"),
    Elimination.COMPANY: N_("Bolagets egna kostnader och intäkter"),
}
_REASONS: dict[Elimination, str] = {
    Elimination.RENT_PAID: N_(
        "Internhyran är en kostnad för den som hyr och en lika stor intäkt för hyresvärden."
    ),
    Elimination.RENT_RECEIVED: N_(
        "Internhyran är en intäkt för hyresvärden och en lika stor kostnad för den som hyr."
    ),
    Elimination.INTERNAL_INTEREST: N_(
        "Internräntan betalas till kommunens egen finansförvaltning: för kommunen är bara låneräntan en kostnad."
    ),
    Elimination.INTERNAL_ROW: N_(
        "Köps av en annan del av kommunen: en kostnad för den ena, en intäkt för den andra."
    ),
    Elimination.COMPANY: N_("Ligger i bolagets egen redovisning och inte i kommunens."),
}
_ADDED = N_("Bärs av kommunen som helhet och finns inte hos någon nämnd.")


def _eliminated(line: CommitteeLine, years: tuple[int, ...]) -> BridgeLine:
    if line.elimination is None:
        raise ValueError(f"{line.label} is eliminated without a reason")
    explanation = partial(_why_eliminated, line, line.elimination, years)
    label = _LABELS[line.elimination]
    return BridgeLine(line.elimination, line.committee, label, line.detail, line.eliminated_ore, explanation)


def _why_eliminated(
    line: CommitteeLine, reason: Elimination, years: tuple[int, ...], year: int
) -> tuple[Note, ...]:
    facts = {"amount": kronor_text(line.eliminated_ore[years.index(year)])}
    return Note(_REASONS[reason]), Note("Tas bort: %(amount)s kr, av:", facts), *line.explain(year)


def _added(line: ConsolidatedLine) -> BridgeLine:
    return BridgeLine(None, "", line.label, line.detail, line.amounts_ore, partial(_why_added, line))


def _why_added(line: ConsolidatedLine, year: int) -> tuple[Note, ...]:
    return Note(_ADDED), *line.explain(year)
