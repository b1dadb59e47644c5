"""Where and when places are missing: population forecasts against premises and what the council has decided.

A proposal that is not decided gives no places; its page says what its area lacks without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from investplan.db.models import DecidedInvestment, PopulationForecast, Proposal
from investplan.domain.layers import LayerKind
from investplan.domain.needs import Balance, Condition, Supply, balance, last_autumn
from investplan.domain.populations import PopulationScenario
from investplan.domain.premise_uses import PremiseUse
from investplan.services import decisions, delays, object_templates, place_facts, populations, premises
from investplan.services.work import Work

SCENARIOS = (PopulationScenario.LOW, PopulationScenario.BASE, PopulationScenario.HIGH)
LAST_MONTH = 9
"""What is taken into use later in the year gives its places the autumn after."""
USE_WORDS = (
    (PremiseUse.PRESCHOOL, re.compile(r"förskol", re.IGNORECASE)),
    (PremiseUse.UPPER_SECONDARY, re.compile(r"gymnasi", re.IGNORECASE)),
    (PremiseUse.ELDERLY_CARE, re.compile(r"äldreboende|särskilt boende|omsorgsboende|vårdboende", re.IGNORECASE)),
    (PremiseUse.SCHOOL, re.compile(r"skol(?!gård)|högstadi|mellanstadi|lågstadi", re.IGNORECASE)),
)  # fmt: skip


@dataclass(frozen=True)
class AreaNeed:
    """One area and use: the balance by scenario of the forecast; `base` is always there."""

    area: str
    use: PremiseUse
    by_scenario: Mapping[PopulationScenario, Balance]

    @property
    def base(self) -> Balance:
        return self.by_scenario[PopulationScenario.BASE]


@dataclass(frozen=True)
class Needs:
    """Everything that could be computed.

    Attributes:
        years: Of the forecast.
        vintage: Of the base forecast; None without one: then `rows` is empty.
        rows: By use, then area; the whole municipality ("") first of each use.
        unset: Uses that have premises but no profile.
        outside: Areas of premises that the forecast does not know: their places count only for the whole.
    """

    years: tuple[int, ...] = ()
    vintage: str | None = None
    rows: tuple[AreaNeed, ...] = ()
    unset: tuple[PremiseUse, ...] = ()
    outside: tuple[str, ...] = ()


def compute(work: Work, *, area: str | None = None, use: PremiseUse | None = None) -> Needs:
    """Need and capacity of every use that has a profile, in every area of the forecast and the whole municipality.

    Args:
        area, use: Only these, where they are given.
    """
    work.require("see")
    held = premises.everything(work)
    profiles = premises.profiles(work)
    used = {PremiseUse(one.use) for one in held} - {PremiseUse.OTHER}
    unset = tuple(one for one in PremiseUse if one in used and one not in profiles)
    forecasts = _forecasts(work)
    base = forecasts.get(PopulationScenario.BASE)
    if base is None:
        return Needs(unset=unset)
    years = tuple(range(base.first_year, base.last_year + 1))
    counts = {scenario: _counts(work, one, area) for scenario, one in forecasts.items()}
    supplies = [*_held(held), *_decided(work)]
    areas = sorted(counts[PopulationScenario.BASE])
    rows = [
        AreaNeed(one, kind, {
            scenario: balance(premises.profile_of(row), one, counts[scenario].get(one, {}),
                              forecasts[scenario].top_age, supplies, years)
            for scenario in forecasts
        })
        for kind, row in profiles.items() if use in (None, kind)
        for one in areas
    ]  # fmt: skip
    outside = sorted({one.area for one in supplies} - set(areas))
    return Needs(years, base.vintage, tuple(rows), unset, tuple(outside))


def _forecasts(work: Work) -> dict[PopulationScenario, PopulationForecast]:
    """The newest base forecast, and its low and high where the same vintage has them."""
    base = populations.latest(work, PopulationScenario.BASE)
    if base is None:
        return {}
    found = {PopulationScenario.BASE: base}
    for one in populations.everything(work):
        scenario = PopulationScenario(one.scenario)
        if one.vintage == base.vintage and one.withdrawn_at is None and scenario in SCENARIOS:
            found.setdefault(scenario, one)
    return {scenario: found[scenario] for scenario in SCENARIOS if scenario in found}


def _counts(
    work: Work, forecast: PopulationForecast, area: str | None
) -> dict[str, dict[int, dict[int, Fraction]]]:
    if area is not None:
        return {area: populations.counts_by_year(work, forecast.id, area=area)}
    found: dict[str, dict[int, dict[int, Fraction]]] = {}
    for (area, year), counts in populations.series_of(work, forecast.id).items():
        found.setdefault(area, {})[year] = {age: Fraction(count, 1000) for age, count in counts.items()}
    return found


def _held(held: Sequence[Any]) -> Iterator[Supply]:
    for one in held:
        if Condition(one.condition).is_usable:
            last = last_autumn([one.lease_end, one.permit_end, one.closes_on])
            yield Supply(one.area, PremiseUse(one.use), one.places, None, last)


def _decided(work: Work) -> Iterator[Supply]:
    """Places that decided investments give from the autumn in which they are in use; delays count."""
    uses = object_templates.uses(work)
    for decided in work.session.scalars(select(DecidedInvestment).order_by(DecidedInvestment.id)):
        alternative, use = decisions.chosen_facts(decided), use_of(decided.proposal, uses)
        if use is not None and alternative.places:
            months = alternative.commissioned_after_months + delays.months_late(decided)
            late = 1 if months % 12 + 1 > LAST_MONTH else 0
            yield Supply(
                area_of(work, decided.proposal) or "?",
                use,
                alternative.places,
                decided.start_year + months // 12 + late,
            )


def use_of(proposal: Proposal, uses: Mapping[str, PremiseUse]) -> PremiseUse | None:
    """What the proposal's places are for; None where they are for no use that has a need.

    Its object type says so; where that says nothing, the words of its title.

    Args:
        uses: Of the object types, see `object_templates.uses`.
    """
    use = uses.get(proposal.object_type or "") or use_in(proposal.title)
    return None if use is PremiseUse.OTHER else use


def use_in(title: str) -> PremiseUse | None:
    """What a title says that something is for; None where it says nothing of the kind.

    >>> [use_in(one) for one in ("Förskolan Sörgården", "Ny matsal i Norrskolan", "Skolgård", "Bro")]
    [<PremiseUse.PRESCHOOL: 'preschool'>, <PremiseUse.SCHOOL: 'school'>, None, None]
    """
    return next((use for use, words in USE_WORDS if words.search(title)), None)


def area_of(work: Work, proposal: Proposal) -> str | None:
    """The area that a proposal's place lies in: of the school areas' layer, else its district."""
    known = _known_areas(work)
    names = []
    for facts in place_facts.of_proposal(work, proposal).values():
        names += [one.label for one in facts.areas.get(LayerKind.SCHOOL_AREA, ())]
        names += [facts.district] if facts.district else []
    if proposal.district is not None:
        names += [proposal.district.name, proposal.district.code]
    return next((known[name.casefold()] for name in names if name.casefold() in known), None)


def _known_areas(work: Work) -> dict[str, str]:
    base = populations.latest(work, PopulationScenario.BASE)
    areas = [] if base is None else populations.areas(work, base.id)
    return {
        area.casefold(): area for area in [*(one.area for one in premises.everything(work)), *areas] if area
    }


def of_proposal(work: Work, proposal: Proposal) -> AreaNeed | None:
    """What the proposal's area lacks of what it is for; None where that cannot be told."""
    use = use_of(proposal, object_templates.uses(work))
    area = area_of(work, proposal) if use is not None else None
    if use is None or area is None:
        return None
    rows = compute(work, area=area, use=use).rows
    return rows[0] if rows else None
