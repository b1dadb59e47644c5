"""Planning rounds, their parameter sets and their criteria."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from investplan.db.models import Criterion, ParameterSet, PlanningRound
from investplan.domain.parameters import DEFAULTS, Parameters
from investplan.errors import InvalidInputError, Note, NotFoundError
from investplan.services import parameter_sets
from investplan.services.work import Work, once

# The latest budget year first: the first is the round that work goes on in.
LATEST_FIRST = (PlanningRound.budget_year.desc(), PlanningRound.id.desc())


def everything(work: Work) -> list[PlanningRound]:
    """All rounds, the latest budget year first."""
    return list(work.session.scalars(select(PlanningRound).order_by(*LATEST_FIRST)))


def names(work: Work) -> list[tuple[int, str]]:
    """Id and name of all rounds, in the same order: for choosing among them."""
    query = select(PlanningRound.id, PlanningRound.name).order_by(*LATEST_FIRST)
    return [(key, name) for key, name in work.session.execute(query)]


def latest(work: Work) -> PlanningRound | None:
    """The round that work goes on in."""
    return work.session.scalars(select(PlanningRound).order_by(*LATEST_FIRST).limit(1)).first()


def find(work: Work, round_id: int) -> PlanningRound:
    found = work.session.get(PlanningRound, round_id)
    if found is None:
        raise NotFoundError("planning round", round_id)
    return found


def find_by_name(work: Work, name: str) -> PlanningRound:
    found = work.session.scalar(select(PlanningRound).where(PlanningRound.name == name))
    if found is None:
        raise NotFoundError("planning round", name)
    return found


def add(
    work: Work,
    *,
    name: str,
    budget_year: int,
    parameter_set: ParameterSet,
    horizon_years: int = 10,
    currency: str = "SEK",
    map_crs: str = "EPSG:3006",
    fictional: bool = False,
) -> PlanningRound:
    """A new planning round. `map_crs` is the system its places are in: SWEREF 99 TM but for foreign trial data.

    Raises:
        InvalidInputError: empty or taken name, years out of range.
    """
    work.require("edit round")
    faults: dict[str, Note] = {}
    if not name.strip() or len(name) > 80:
        faults["name"] = Note("Namnet ska ha 1–80 tecken.")
    elif work.session.scalar(select(PlanningRound.id).where(PlanningRound.name == name.strip())):
        faults["name"] = Note("Det finns redan en planeringsomgång som heter så.")
    if not 2000 <= budget_year <= 2200:
        faults["budget_year"] = Note("Budgetåret är inte rimligt.")
    if not 1 <= horizon_years <= 30:
        faults["horizon_years"] = Note("Planen ska omfatta 1–30 år.")
    if faults:
        raise InvalidInputError(faults)
    found = PlanningRound(
        name=name.strip(),
        budget_year=budget_year,
        horizon_years=horizon_years,
        currency=currency,
        map_crs=map_crs,
        fictional=fictional,
        parameter_set=parameter_set,
    )
    work.session.add(found)
    work.record(
        "add planning round",
        "planning_round",
        name,
        after={
            "name": name,
            "budget_year": budget_year,
            "horizon_years": horizon_years,
            "currency": currency,
        },
    )
    return found


def open_next(
    work: Work,
    *,
    name: str,
    budget_year: int,
    horizon_years: int,
    parameter_set_id: int | None = None,
    key: str = "",
) -> PlanningRound:
    """Open a round with the criteria, currency and coordinate system of the latest one.

    Args:
        parameter_set_id: What it computes with; None is what the latest round computes with, and the defaults, which
            must be looked through, where there is no round yet.

    Raises:
        InvalidInputError: empty or taken name, years out of range, a budget year that the latest round has passed.
    """
    work.require("edit round")
    before = latest(work)

    def insert() -> int:
        if before is not None and budget_year < before.budget_year:
            fault = Note(
                "Den senaste omgången gäller %(year)d. Välj det året eller senare.",
                {"year": before.budget_year},
            )
            raise InvalidInputError({"budget_year": fault})
        inherited: dict[str, Any] = {}
        if before is not None:
            inherited = {
                "currency": before.currency,
                "map_crs": before.map_crs,
                "fictional": before.fictional,
            }
        chosen = _parameter_set(work, parameter_set_id, before, budget_year)
        made = add(
            work,
            name=name,
            budget_year=budget_year,
            horizon_years=horizon_years,
            parameter_set=chosen,
            **inherited,
        )
        work.session.flush()
        weights = (
            {}
            if before is None
            else {one.code: (one.name, one.weight_permille) for one in criteria(work, before.id)}
        )
        if weights:
            set_criteria(work, made.id, weights)
        return made.id

    body = {"name": name, "year": budget_year, "horizon": horizon_years, "parameters": parameter_set_id}
    return find(work, once(work, "open round", key, body, insert))


def _parameter_set(
    work: Work, chosen_id: int | None, before: PlanningRound | None, budget_year: int
) -> ParameterSet:
    if chosen_id is not None:
        return parameter_sets.find(work, chosen_id)
    if before is not None:
        return before.parameter_set
    first = date(max(2000, min(budget_year, 2200)), 1, 1)
    return add_parameters(work, DEFAULTS, name="Grund", valid_from=first, source="Förvalda värden")


def add_parameters(
    work: Work, parameters: Parameters, *, name: str, valid_from: date, source: str = ""
) -> ParameterSet:
    """The next version of a named parameter set; see `parameter_sets.add`."""
    return parameter_sets.add(work, parameters, name=name, valid_from=valid_from, source=source)


def parameters_of(planning_round: PlanningRound) -> Parameters:
    """The conventions and rates a round is computed with."""
    return parameter_sets.parameters_in(planning_round.parameter_set)


def criteria(work: Work, round_id: int) -> list[Criterion]:
    """The round's criteria, heaviest first."""
    return list(
        work.session.scalars(
            select(Criterion)
            .where(Criterion.round_id == round_id)
            .order_by(Criterion.weight_permille.desc(), Criterion.code)
        )
    )


def set_criteria(work: Work, round_id: int, weights: Mapping[str, tuple[str, int]]) -> list[Criterion]:
    """Replace the round's criteria: code → (name, weight in per mille); the weights must add up to 1000."""
    work.require("edit round")
    if sum(weight for _, weight in weights.values()) != 1000:
        raise InvalidInputError({"weights": Note("Vikterna ska tillsammans vara 100 procent.")})
    existing = {criterion.code: criterion for criterion in criteria(work, round_id)}
    for code, (name, weight) in weights.items():
        criterion = existing.pop(code, None) or Criterion(round_id=round_id, code=code)
        criterion.name, criterion.weight_permille = name, weight
        work.session.add(criterion)
    for gone in existing.values():
        work.session.delete(gone)
    after = {code: {"name": name, "permille": weight} for code, (name, weight) in weights.items()}
    work.record("set criteria", "planning_round", round_id, after=after)
    return criteria(work, round_id)
