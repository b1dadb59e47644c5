"""The alternatives in short, a column each: what they cost and give, where they are, and why some are ruled out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flask_babel import gettext as _

from investplan.domain.comparisons import Comparison
from investplan.domain.proposals import Alternative, ProposalFacts
from investplan.units import Ore, round_half_up
from web import formatting
from web.proposals.describing import Names
from web.texts import label


@dataclass(frozen=True)
class Overview:
    """Rows of (label, unit, a cell per alternative); figures are right-aligned, facts are text."""

    figures: list[tuple[str, str, list[str]]]
    facts: list[tuple[str, list[str]]]


def overview(facts: ProposalFacts, found: Sequence[Comparison], names: Names) -> Overview:
    """The alternatives in the order of the proposal.

    Args:
        found: The comparison of each, over the same period.
    """
    every = facts.alternatives
    figures = [
        (_("Utgift"), "tkr", [_tkr(one.outlay_ore) for one in every]),
        (
            _("Nämndens kostnad per år"),
            "tkr",
            [_tkr(_own_yearly_ore(one, facts.committee)) for one in found],
        ),
        (_("Kommunens kostnad per år"), "tkr", [_tkr(one.consolidated.yearly_ore) for one in found]),
        (_("Kommunens nuvärde"), "tkr", [_tkr(one.consolidated.total_ore) for one in found]),
        (_("Nya platser"), "", [_whole(one.places) for one in every]),
        (_("Yta"), "m²", [_whole(one.size_m2) for one in every]),
        (_("Utgift per plats"), "kr", [_per(one, one.places) for one in every]),
        (_("Utgift per m²"), "kr", [_per(one, one.size_m2) for one in every]),
        (_("Kalkylens osäkerhet"), "± %", [_whole(one.accuracy_percent) for one in every]),
    ]
    district = names.get(f"district:{facts.district}", "") if facts.district else ""
    told = [
        (_("Slag"), [label(one.kind) for one in every]),
        (_("Område"), [district for _one in every]),
        (_("Fastighetsbeteckning"), [one.property_designation for one in every]),
        (_("Detaljplan"), [label(one.plan_status) if one.plan_status else "" for one in every]),
        (_("Varför bortvalt"), [one.rejected_reason if one.rejected else "" for one in every]),
    ]
    return Overview(
        [row for row in figures if any(cell not in ("", "–") for cell in row[2])],
        [(head, [cell or "–" for cell in cells]) for head, cells in told if any(cells)],
    )


def _own_yearly_ore(found: Comparison, committee: str) -> Ore:
    return sum(value.yearly_ore for value in found.committees if value.committee == committee)


def _tkr(amount_ore: Ore) -> str:
    return formatting.amount(amount_ore, "tkr", 0, locale=formatting.current_locale())


def _whole(value: int | None) -> str:
    return "–" if value is None else formatting.number(value, locale=formatting.current_locale())


def _per(one: Alternative, size: int | None) -> str:
    """Whole kronor of outlay per unit."""
    if not size or not one.outlay_ore:
        return "–"
    per_unit = round_half_up(Fraction(one.outlay_ore, size))
    return formatting.amount(per_unit, "kr", 0, locale=formatting.current_locale())
