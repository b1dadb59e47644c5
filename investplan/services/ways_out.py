"""Ways out of a run whose limits and rules cannot hold together: how they are found, and what they are called."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from investplan.db.models import Run
from investplan.errors import Note
from investplan.services import cases, plans
from investplan.services.plans import Conflict
from investplan.units import Ore
from optimizer.easing import BOARD, COMMITTEE, COUNCIL, Way, decider_of, ways_out
from optimizer.problem import Problem
from optimizer.solving import Answer

log = logging.getLogger(__name__)

MOST_SECONDS = 20.0
DECIDERS = {COUNCIL: Note("kommunfullmäktige"), BOARD: Note("kommunstyrelsen"), COMMITTEE: Note("nämnderna")}


@dataclass(frozen=True)
class Step:
    """One demand moved: `by_ore` more room, or let go of when that is None. `decider` may decide it."""

    demand: Conflict
    decider: Note
    bound: str = ""
    year: int | None = None
    by_ore: Ore | None = None


@dataclass(frozen=True)
class WayOut:
    """Steps that are enough together; `smallest` when no cheaper ones are, as proven."""

    steps: tuple[Step, ...]
    smallest: bool


def find(
    problem: Problem, answer: Answer, *, max_seconds: float, seed: int, should_stop: Callable[[], bool]
) -> tuple[Way, ...]:
    """Ways out for an answer with a conflict, else none. An error is logged: the answer is worth keeping without them."""
    if not answer.conflict:
        return ()
    try:
        return ways_out(
            problem,
            answer.conflict,
            max_seconds=min(max_seconds, MOST_SECONDS),
            capacity_ore=1,  # companies' capacity is money
            should_stop=should_stop,
            seed=seed,
        )
    except Exception:
        log.exception("no ways out: the search for them failed")
        return ()


def of_run(run: Run) -> tuple[WayOut, ...]:
    """The ways that were found for the run, in words; empty when none were looked for."""
    stored: list[dict[str, Any]] = (run.progress or {}).get("ways_out", [])
    named = [code for way in stored for code in (*way["let_go"], *(w["limit"] for w in way["widen"]))]
    if not named or run.case_bytes is None:
        return ()
    demands, problem = plans.demands_of(run, named), cases.frozen(run.case_bytes)
    return tuple(
        WayOut(
            steps=(
                *(_letting_go(problem, demands[code]) for code in way["let_go"]),
                *(_widening(one, demands[one["limit"]]) for one in way["widen"]),
            ),
            smallest=way["smallest"],
        )
        for way in stored
    )


def _letting_go(problem: Problem, demand: Conflict) -> Step:
    return Step(demand, DECIDERS[decider_of(problem, demand.code)])


def _widening(stored: dict[str, Any], demand: Conflict) -> Step:
    decider = DECIDERS[stored["decider"]]
    return Step(demand, decider, stored["bound"], stored["year"], stored["by_ore"])
