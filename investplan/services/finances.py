"""The municipality's finances in a round: figures stated per year and phase, and the same with a plan on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from investplan.db.models import (
    DecidedInvestment,
    FinancialFigure,
    FinancialYear,
    ParameterSet,
    Run,
)
from investplan.domain.finances import (
    Finances,
    Item,
    Phase,
    PlanEffects,
    Stated,
    YearFigures,
    finances_of,
    plan_effects,
    with_effects,
)
from investplan.domain.parameters import Parameters
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError, StateError
from investplan.services import frames, organisations, plans, rounds, runs
from investplan.services.work import Work
from investplan.units import MAX_AMOUNT_ORE

HISTORY_YEARS = 3
MOST_PERSONS = 20_000_000
LARGEST_AMOUNT_ORE = MAX_AMOUNT_ORE * 10
"""A whole municipality's item: ten times the largest single amount."""


@dataclass(frozen=True)
class YearInPhase:
    """A year that can be stated in a phase, and what is stated; `version` 0 means nothing yet."""

    year: int
    phase: Phase
    figures: Mapping[Item, Stated]
    version: int = 0


def years_of(work: Work, round_id: int) -> list[YearInPhase]:
    """The round's years in order: three of history, the budget year before it, its plan, and any other stated year."""
    work.require("see")
    planning_round = rounds.find(work, round_id)
    stored = {(row.year, row.phase): row for row in _stored(work, round_id)}
    first = planning_round.budget_year
    offered = [(year, Phase.HISTORY) for year in range(first - 1 - HISTORY_YEARS, first - 1)]
    offered += [(first - 1, Phase.BUDGET), *((year, Phase.PLAN) for year in planning_round.years)]
    keys = {*offered, *((year, Phase(phase)) for year, phase in stored)}
    order = list(Phase)
    return [
        _year_in_phase(stored.get((year, phase.value)), year, phase)
        for year, phase in sorted(keys, key=lambda key: (key[0], order.index(key[1])))
    ]


def year_of(work: Work, round_id: int, year: int, phase: Phase) -> YearInPhase:
    """One year in one phase, whether anything is stated for it or not.

    Raises:
        NotFoundError: not a year that can be stated.
    """
    work.require("see")
    rounds.find(work, round_id)
    if not 1990 <= year <= 2250:
        raise NotFoundError("financial year", year)
    return _year_in_phase(_find(work, round_id, year, phase), year, phase)


def _stored(work: Work, round_id: int) -> Sequence[FinancialYear]:
    return work.session.scalars(select(FinancialYear).where(FinancialYear.round_id == round_id)).all()


def _find(work: Work, round_id: int, year: int, phase: Phase) -> FinancialYear | None:
    return work.session.scalar(
        select(FinancialYear).where(
            FinancialYear.round_id == round_id,
            FinancialYear.year == year,
            FinancialYear.phase == phase.value,
        )
    )


def _year_in_phase(row: FinancialYear | None, year: int, phase: Phase) -> YearInPhase:
    if row is None:
        return YearInPhase(year, phase, {})
    figures = {Item(one.item): Stated(one.amount, one.source) for one in row.figures}
    return YearInPhase(year, phase, figures, row.version)


def save_year(
    work: Work,
    round_id: int,
    year: int,
    phase: Phase,
    figures: Mapping[Item, Stated],
    *,
    seen_version: int,
) -> YearInPhase:
    """Replace what is stated for a year in a phase; an item that is left out is not stated (which is not zero).

    Saving what is stored already changes nothing, however often it is sent.

    Args:
        seen_version: The version that was fetched; 0 where nothing was stated.

    Raises:
        ConflictError: someone else changed the year since; carries both versions.
        InvalidInputError: one note per item.
    """
    work.require("edit finances")
    seen = year_of(work, round_id, year, phase)
    _refuse_faults(figures)
    submitted = _to_json(figures)
    if submitted == _to_json(seen.figures):
        return seen
    if seen.version != seen_version:
        raise ConflictError(
            "financial_year", f"{year}/{phase}", stored=_to_json(seen.figures), submitted=submitted
        )
    row = _find(work, round_id, year, phase) or FinancialYear(
        round_id=round_id, year=year, phase=phase.value, version=0
    )
    _write(row, figures)
    row.version, row.changed_at = seen.version + 1, work.now()
    work.session.add(row)
    work.session.flush()
    work.record(
        "save financial year",
        "financial_year",
        audit_key(round_id, year, phase),
        before={"year": year, "phase": phase.value, "figures": _to_json(seen.figures)}
        if seen.version
        else None,
        after={"year": year, "phase": phase.value, "figures": submitted},
    )
    return _year_in_phase(row, year, phase)


def audit_key(round_id: int, year: int, phase: Phase) -> str:
    """What the log calls a year in a phase."""
    return f"{round_id}/{phase.value}/{year}"


def _write(row: FinancialYear, figures: Mapping[Item, Stated]) -> None:
    by_item = {one.item: one for one in row.figures}
    kept: list[FinancialFigure] = []
    for item, stated in figures.items():
        figure = by_item.get(item.value) or FinancialFigure(item=item.value)
        figure.amount, figure.source = stated.amount, stated.source.strip()
        kept.append(figure)
    row.figures = kept


def _refuse_faults(figures: Mapping[Item, Stated]) -> None:
    faults: dict[str, Note] = {}
    for item, stated in figures.items():
        if item is Item.POPULATION:
            if not 0 < stated.amount <= MOST_PERSONS:
                faults[item.value] = Note("Antalet invånare ska vara ett heltal större än noll.")
        elif abs(stated.amount) > LARGEST_AMOUNT_ORE:
            faults[item.value] = Note("Beloppet är för stort.")
        if len(stated.source.strip()) > 200:
            faults[f"{item.value}-source"] = Note("Källan får ha högst 200 tecken.")
    if faults:
        raise InvalidInputError(faults)


def _to_json(figures: Mapping[Item, Stated]) -> dict[str, Any]:
    return {
        item.value: {"amount": figures[item].amount, "source": figures[item].source.strip()}
        for item in sorted(figures)
    }


def finances_of_round(work: Work, round_id: int) -> Finances:
    """All the round's years with what follows from them, each year in its firmest phase that says anything."""
    work.require("see")
    stated = (_year_in_phase(row, row.year, Phase(row.phase)) for row in _stored(work, round_id))
    return finances_of(YearFigures(one.year, one.phase, one.figures) for one in stated if one.figures)


# With a plan


def effects_of_run(work: Work, run_id: int) -> PlanEffects:
    """What the run's plan does to the municipality's finances, from the run's own snapshot.

    Companies' proposals are left out, as in the case. What the council has decided is in the plan and so in here,
    with the parameters it was decided with.

    Raises:
        StateError: the run has no plan.
    """
    run = runs.find(work, run_id)
    if run.plan is None or run.snapshot is None:
        raise StateError(Note("Körningen har ingen plan att visa."))
    years, companies = run.scenario.round.years, organisations.company_codes(work)
    current = Parameters.from_json(run.snapshot["parameters"]["values"])
    decided = _decided_parameters(work, run)
    found = []
    for choice in run.plan["chosen"]:
        stored = run.snapshot["proposals"][choice["proposal"]]
        if stored["facts"]["committee"] in companies:
            continue
        parameters = decided.get(stored["id"], current) if stored["decided"] else current
        found.append(frames.effects_of_choice(stored["facts"], choice, parameters, years, companies))
    saving = plans.coordination_of_run(work, run_id)
    return plan_effects(found, years).saved(saving["investment"], saving["operating"])


def _decided_parameters(work: Work, run: Run) -> dict[int, Parameters]:
    """The parameters of what the council had decided when the run was made, by proposal."""
    proposals = (run.snapshot or {})["proposals"].values()
    ids = [stored["id"] for stored in proposals if stored["decided"]]
    if not ids:
        return {}
    rows = work.session.scalars(select(DecidedInvestment).where(DecidedInvestment.proposal_id.in_(ids))).all()
    values = {
        one.id: one.parameters
        for one in work.session.scalars(
            select(ParameterSet).where(ParameterSet.id.in_({row.parameter_set_id for row in rows}))
        )
    }
    return {row.proposal_id: values[row.parameter_set_id] for row in rows}


def finances_with_run(work: Work, round_id: int, run_id: int) -> Finances:
    """The round's finances with a run's plan on top.

    Raises:
        NotFoundError: the run is of another round.
        StateError: the run has no plan.
    """
    run = runs.find(work, run_id)
    if run.scenario.round_id != round_id:
        raise NotFoundError("run", run_id)
    return with_effects(finances_of_round(work, round_id), effects_of_run(work, run_id))
