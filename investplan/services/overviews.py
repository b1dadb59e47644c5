"""What the start page and a proposal's page tell at a glance, computed without reading whole records where there are many."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from investplan.db.models import (
    Alternative,
    DecidedInvestment,
    Decision,
    Outlay,
    PlanningRound,
    Proposal,
    Run,
    Scenario,
)
from investplan.db.models.runs import RunState
from investplan.domain.proposals import Stage, Status
from investplan.services import rounds
from investplan.services.kept import Kept
from investplan.services.work import Work
from investplan.units import Ore


def asked_outlay_by_year(work: Work, planning_round: PlanningRound) -> dict[int, Ore]:
    """Gross outlay per year of the round, öre, if every submitted proposal started as early as it may.

    The first alternative counts, in the prices it is stated in. What falls after the last year is left out.
    """
    work.require("see")
    query = (
        select(
            Alternative.id,
            Alternative.starts,
            Proposal.stage,
            Proposal.not_before_year,
            Outlay.year_offset,
            Outlay.amount_ore,
        )
        .join(Proposal, Alternative.proposal_id == Proposal.id)
        .join(Outlay, Outlay.alternative_id == Alternative.id)
        .where(
            Proposal.round_id == planning_round.id,
            Proposal.status == Status.SUBMITTED.value,
            Alternative.position == 0,
        )
    )
    parameters = rounds.parameters_of(planning_round)
    total = dict.fromkeys(planning_round.years, 0)
    for _, starts, stage, not_before, year_offset, amount_ore in work.session.execute(query):
        ready = max(parameters.earliest_start(Stage(stage), planning_round.budget_year), not_before or 0)
        start = min((year for year in starts if year >= ready), default=None)
        if start is not None and start + year_offset in total:
            total[start + year_offset] += amount_ore
    return total


@dataclass(frozen=True)
class ChosenStart:
    """What was chosen for a proposal: which alternative, and from when. `decision` names the decision, else empty."""

    alternative: str
    start_year: int
    decision: str = ""
    decision_id: int | None = None


def decided_starts(work: Work, round_id: int) -> dict[int, ChosenStart]:
    """What the council has decided, by proposal id."""
    work.require("see")
    query = (
        select(DecidedInvestment, Decision)
        .join(Decision, DecidedInvestment.decision_id == Decision.id)
        .where(Decision.round_id == round_id)
    )
    return {
        row.proposal_id: ChosenStart(row.alternative_code, row.start_year, decision.label, decision.id)
        for row, decision in work.session.execute(query)
    }


def planned_starts(run: Run) -> Mapping[int, ChosenStart | None]:
    """What a run's plan chose, by proposal id; None for a proposal that competed and was left out."""
    if run.plan is None or run.snapshot is None:
        return {}
    ids = {case: stored["id"] for case, stored in run.snapshot["proposals"].items()}
    found: dict[int, ChosenStart | None] = dict.fromkeys(ids.values())
    for choice in run.plan["chosen"]:
        found[ids[choice["proposal"]]] = ChosenStart(choice["alternative"], choice["start"])
    return found


def finished_runs(work: Work, round_id: int, *, most: int = 20) -> list[Run]:
    """Runs of the round's scenarios that are over and have a plan, the latest first."""
    work.require("see")
    query = (
        select(Run)
        .join(Scenario, Run.scenario_id == Scenario.id)
        .where(
            Scenario.round_id == round_id,
            Run.state.in_([RunState.DONE.value, RunState.CANCELLED.value]),
            Run.value.is_not(None),
        )
        .order_by(Run.id.desc())
        .limit(most)
    )
    return list(work.session.scalars(query))


@dataclass(frozen=True)
class PlanFate:
    """How a proposal that competed fared in a run's plan: what was chosen for it, None where it was left out."""

    run: Run
    chosen: ChosenStart | None


def fates_of(work: Work, proposal: Proposal, *, most: int = 3) -> tuple[PlanFate, ...]:
    """How the proposal fared in the latest plan of each scenario of its round, the latest plan first.

    A plan in whose run it did not compete says nothing of it and is not among them.
    """
    latest: dict[int, Run] = {}
    for run in finished_runs(work, proposal.round_id):
        latest.setdefault(run.scenario_id, run)
    told = [(run, fates_in(run, [proposal.case_number])) for run in list(latest.values())[:most]]
    return tuple(PlanFate(run, fates[proposal.case_number]) for run, fates in told if fates)


def fates_in(run: Run, case_numbers: Iterable[str]) -> dict[str, ChosenStart | None]:
    """What the run's plan chose for each that competed in it, None for one that was left out."""
    stored = run.plan["chosen"] if run.plan else ()
    chosen = {one["proposal"]: ChosenStart(one["alternative"], one["start"]) for one in stored}
    return {number: chosen.get(number) for number in case_numbers if competed(run, number)}


_competing = Kept[frozenset[str]](most=20)
"""By the hash of a frozen case, which never changes and may be many megabytes to read for one page."""


def competed(run: Run, case_number: str) -> bool:
    """Whether the proposal took part in the run."""

    def numbers() -> frozenset[str]:
        return frozenset(one["id"] for one in json.loads(run.case_bytes or b"{}").get("proposals", ()))

    return case_number in _competing.get(run.case_sha256, numbers)
