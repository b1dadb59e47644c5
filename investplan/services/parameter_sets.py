"""Parameter sets: versions of all conventions and rates, where each is used, and which one a round computes with.

A set never changes (a trigger refuses it): whoever wants other values makes the next version. Neither a new version
nor the choice of one moves a frame; that takes a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from investplan.db.models import (
    DecidedInvestment,
    Decision,
    FrameAdjustment,
    ParameterSet,
    PlanningRound,
    Run,
)
from investplan.domain import parameter_notes
from investplan.domain.parameters import Parameters
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError
from investplan.services.work import Work, once

MAX_NAME_LENGTH, MAX_SOURCE_LENGTH, MAX_REASON_LENGTH = 80, 1000, 1000
Notes = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Uses:
    """Where a set is used: rounds that compute with it now, runs and decisions that were made with it."""

    rounds: tuple[PlanningRound, ...] = ()
    run_ids: tuple[int, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.rounds or self.run_ids or self.decisions)


def everything(work: Work) -> list[ParameterSet]:
    """All sets: the one that holds from the latest day first."""
    work.require("see")
    query = select(ParameterSet).order_by(ParameterSet.valid_from.desc(), ParameterSet.id.desc())
    return list(work.session.scalars(query))


def find(work: Work, set_id: int) -> ParameterSet:
    work.require("see")
    found = work.session.get(ParameterSet, set_id)
    if found is None:
        raise NotFoundError("parameter set", set_id)
    return found


def parameters_in(stored: ParameterSet) -> Parameters:
    """What the set says, also where it was stored in an earlier schema."""
    return stored.parameters


def values_in(stored: ParameterSet) -> dict[str, Any]:
    """The set's values as JSON in the newest schema."""
    return parameters_in(stored).to_json()


def uses(work: Work) -> dict[int, Uses]:
    """Where every set is used, by its id."""
    work.require("see")
    by_round: dict[int, list[PlanningRound]] = {}
    for one in work.session.scalars(select(PlanningRound).order_by(PlanningRound.budget_year.desc())):
        by_round.setdefault(one.parameter_set_id, []).append(one)
    by_run: dict[int, list[int]] = {}
    query = select(Run.parameter_set_id, Run.id).where(Run.parameter_set_id.is_not(None)).order_by(Run.id)
    for set_id, run_id in work.session.execute(query):
        by_run.setdefault(set_id or 0, []).append(run_id)
    by_decision = _decisions_by_set(work)
    known = {*by_round, *by_run, *by_decision}
    return {
        set_id: Uses(
            tuple(by_round.get(set_id, ())),
            tuple(by_run.get(set_id, ())),
            tuple(by_decision.get(set_id, {}).values()),
        )
        for set_id in known
    }


def _decisions_by_set(work: Work) -> dict[int, dict[int, Decision]]:
    """Decisions whose investments or frame rows were computed with the set."""
    found: dict[int, dict[int, Decision]] = {}
    for table in (DecidedInvestment, FrameAdjustment):
        query = (
            select(table.parameter_set_id, Decision)
            .join(Decision, Decision.id == table.decision_id)
            .where(table.parameter_set_id.is_not(None))
            .order_by(Decision.decided_on, Decision.id)
            .distinct()
        )
        for set_id, decision in work.session.execute(query):
            found.setdefault(set_id or 0, {})[decision.id] = decision
    return found


def add(
    work: Work,
    parameters: Parameters,
    *,
    name: str,
    valid_from: date,
    source: str = "",
    notes: Notes | None = None,
) -> ParameterSet:
    """The next version of a named set; earlier versions stay as they were. For setting up; people use `create`.

    Raises:
        InvalidInputError: a note about a value that is not there, or without source or confidence.
    """
    work.require("edit round")
    values = parameters.to_json()
    stored = ParameterSet(
        name=name,
        version=_next_version(work, name),
        valid_from=valid_from,
        source=source,
        values=values,
        notes=parameter_notes.checked_notes(notes, values),
    )
    work.session.add(stored)
    work.record("add parameters", "parameter_set", stored.label, after=to_json(stored))
    return stored


def _next_version(work: Work, name: str) -> int:
    newest = work.session.scalar(select(func.max(ParameterSet.version)).where(ParameterSet.name == name))
    return (newest or 0) + 1


def to_json(stored: ParameterSet) -> dict[str, Any]:
    """The whole set as the audit keeps it."""
    return {
        "valid_from": stored.valid_from.isoformat(),
        "source": stored.source,
        "values": dict(stored.values),
        "notes": stored.notes,
    }


def create(
    work: Work,
    parameters: Parameters,
    *,
    name: str,
    valid_from: date | None,
    source: str,
    notes: Notes | None = None,
    key: str = "",
) -> ParameterSet:
    """A new version, written by somebody; with a `key` it is created once however often it is sent.

    Raises:
        InvalidInputError: one note per field: name, day or source missing, or a note that does not fit.
    """
    work.require("edit round")
    faults = header_faults(name, valid_from, source)
    if faults or valid_from is None:
        raise InvalidInputError(faults)
    day = valid_from

    def insert() -> int:
        stored = add(work, parameters, name=name.strip(), valid_from=day, source=source.strip(), notes=notes)
        work.session.flush()
        return stored.id

    body = {
        "name": name,
        "valid_from": valid_from.isoformat(),
        "source": source,
        "values": parameters.to_json(),
        "notes": notes and {at: dict(one) for at, one in notes.items()},
    }
    return find(work, once(work, "add parameters", key, body, insert))


def header_faults(name: str, valid_from: date | None, source: str) -> dict[str, Note]:
    """What is wrong with a version's name, day and source; empty when nothing is."""
    faults: dict[str, Note] = {}
    if not 0 < len(name.strip()) <= MAX_NAME_LENGTH:
        faults["name"] = Note("Namnet ska ha 1–80 tecken.")
    if valid_from is None:
        faults["valid_from"] = Note("Ange från vilken dag versionen gäller.")
    elif not 2000 <= valid_from.year <= 2200:
        faults["valid_from"] = Note("Dagen är inte rimlig.")
    if not source.strip():
        faults["source"] = Note(
            "Ange varifrån värdena kommer, till exempel ett beslut eller en budgetanvisning."
        )
    elif len(source) > MAX_SOURCE_LENGTH:
        faults["source"] = Note("Texten får vara högst %(most)d tecken.", {"most": MAX_SOURCE_LENGTH})
    return faults


def choose(work: Work, round_id: int, set_id: int, *, seen_version: int, reason: str) -> PlanningRound:
    """Let a round compute with another set from now on. Decisions and runs keep theirs; no frame moves.

    Choosing the set that the round uses already changes nothing, so that the same form may be sent twice.

    Raises:
        ConflictError: somebody changed the round since; carries both choices.
        InvalidInputError: no reason.
    """
    work.require("edit round")
    planning_round, stored = _round(work, round_id), find(work, set_id)
    if planning_round.parameter_set_id == set_id:
        return planning_round
    before = planning_round.parameter_set
    if planning_round.version != seen_version:
        raise ConflictError(
            "planning round",
            round_id,
            stored={"parameters": before.label, "version": planning_round.version},
            submitted={"parameters": stored.label, "version": seen_version},
        )
    if not 0 < len(reason.strip()) <= MAX_REASON_LENGTH:
        raise InvalidInputError({"reason": Note("Skriv varför, med högst 1 000 tecken.")})
    planning_round.parameter_set = stored
    planning_round.version += 1
    work.session.flush()
    work.record(
        "choose parameters",
        "planning_round",
        planning_round.id,
        before={"parameters": before.label, "parameter_set_id": before.id},
        after={"parameters": stored.label, "parameter_set_id": stored.id},
        reason=reason.strip(),
    )
    return planning_round


def _round(work: Work, round_id: int) -> PlanningRound:
    found = work.session.get(PlanningRound, round_id)
    if found is None:
        raise NotFoundError("planning round", round_id)
    return found


def missing_plan_years(planning_round: PlanningRound) -> int:
    """How many years the round is shorter than the companies' plan; 0 where it is long enough.

    Source: section 0 (9) of the domain reference: companies plan the next year and six more.
    """
    wanted = parameters_in(planning_round.parameter_set).company_plan_years
    return max(0, wanted - planning_round.horizon_years)
