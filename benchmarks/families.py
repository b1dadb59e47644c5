"""A family of 200 re-solves by one worker and by two: real processes over one database, ratio of their times.

Everything but the broker is as in service: parts are claimed with leases, answers are stored as they come, the exact
checker has accepted each. The clock goes from the moment all processes have opened the database until the last part is
stored; what it takes to start Python is outside. The goal is that two workers are at least 1.8 times as fast as one.
On a machine with other work the wall tells little; the ratio by processor time (one worker's against the busier of two)
is what the split itself allows.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.goals import Figure
from benchmarks.instances import municipality
from investplan import tasks
from investplan.config import Settings
from investplan.db.models import Run
from investplan.db.session import Database
from investplan.services import databases, studies, study_families
from investplan.services.work import begin, look
from optimizer.case_files import case_sha256, write_case
from optimizer.families.members import SOLVED
from optimizer.problem import Problem
from optimizer.solving import solve
from tests import factories

MEMBER_SECONDS = 10
GOAL = 1.8
# Family, its parameters, and the gap within which a member is answered: loose, so that no member meets its time limit.
FAMILIES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("ceiling", {"low": "0.7", "high": "1.3", "steps": 197}, "0.03"),
    (
        "robustness",
        {"samples": 200, "growth_low": "-0.05", "growth_high": "0.15", "delay_share": "0.1"},
        "0.05",
    ),
)
QUICK: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("ceiling", {"steps": 38}, "0.1"),
    ("robustness", {"samples": 20}, "0.1"),
)


@dataclass(frozen=True)
class Measured:
    """Wall seconds, processor seconds by worker, how many members there are and how many were solved, and the result as text."""

    seconds: float
    processor_seconds: tuple[float, ...]
    members: int
    solved: int
    result: str


def run(quick: bool = False) -> Iterator[str | Figure]:
    """Lines to print as they come: per family the times of one worker and of two, and their ratio."""
    problem = municipality(60 if quick else 100, seed=1)
    answer = solve(problem, max_seconds=60, gap=0.01, break_ties=False)
    assert answer.checked, answer.message
    yield f"{len(problem.proposals)} proposals"
    for kind, parameters, gap in QUICK if quick else FAMILIES:
        load = os.getloadavg()[0]
        one, two = (_measure(problem, answer.chosen, kind, parameters, gap, workers) for workers in (1, 2))
        same = "the same result" if one.result == two.result else "results differ within the gap"
        yield f"  {kind}, gap {100 * float(gap):g} %: {one.members} members, {one.solved} of them solved, {same}; load before {load:.1f}"
        for workers, measured in ((1, one), (2, two)):
            used = " + ".join(f"{seconds:.1f}" for seconds in measured.processor_seconds)
            yield f"    {workers} worker(s) {measured.seconds:7.1f} s ({used} s of processor time)"
        by_processor = sum(one.processor_seconds) / max(two.processor_seconds)
        yield f"    ratio {one.seconds / two.seconds:.2f}, by processor time {by_processor:.2f}"
        yield Figure(f"{kind}, {one.members} members, two workers × one", "–", one.seconds / two.seconds, GOAL,
                     least=True, note=f"(by processor time {by_processor:.2f})")  # fmt: skip


def _measure(
    problem: Problem, chosen: Any, kind: str, parameters: dict[str, Any], gap: str, workers: int
) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        database = databases.open_database(settings)
        databases.migrate(database)
        study_id = _request(database, problem, chosen, kind, parameters, gap)
        context = multiprocessing.get_context("spawn")
        ready, ends = context.Barrier(workers + 1), context.Queue()
        processes = [
            context.Process(target=_work, args=(str(folder), study_id, ready, ends)) for _ in range(workers)
        ]
        for process in processes:
            process.start()
        ready.wait(60)
        began = time.monotonic()
        for process in processes:
            process.join()
            assert process.exitcode == 0
        told = [ends.get(timeout=10) for _ in processes]
        with look(database) as work:
            study = studies.find(work, study_id)
            assert study.state == "done", study.message
            outcomes = study_families.outcomes_of(work, study_id)
            result = json.dumps(study_families.result_of(work, study).to_json())
        database.close()
        solved = sum(outcome.how == SOLVED for outcome in outcomes.values())
        return Measured(
            max(end for end, _ in told) - began,
            tuple(used for _, used in told),
            len(outcomes),
            solved,
            result,
        )


def _request(
    database: Database, problem: Problem, chosen: Any, kind: str, parameters: dict[str, Any], gap: str
) -> int:
    """A study of a run whose case and plan are these."""
    case = write_case(problem)
    plan = [{"proposal": c.proposal, "alternative": c.alternative, "start": c.start} for c in chosen]
    with begin(database) as work:
        planning_round = factories.planning_round(work)
        run = Run(
            scenario_id=factories.scenario(work, planning_round).id,
            state="done",
            requested_by=0,
            requested_at=datetime.now(UTC),
            finished_at=datetime.now(UTC),
            case_bytes=case,
            case_sha256=case_sha256(case),
            snapshot={},
            value="0",
            plan={"chosen": plan},
        )
        work.session.add(run)
        work.session.flush()
        made = studies.request(work, run.id, kind, parameters, gap=gap, member_seconds=MEMBER_SECONDS)
        return made.id


def _work(folder: str, study_id: int, ready: Any, ends: Any) -> None:
    """Take part after part until the study is over, as a worker does."""
    settings = Settings(data_dir=Path(folder))
    database = databases.open_database(settings)
    ready.wait(60)
    before = _processor_seconds()
    while waiting := _waiting(database, study_id):
        for chunk_id in waiting:
            tasks.carry_out_part(database, chunk_id, settings)
    ends.put((time.monotonic(), _processor_seconds() - before))
    database.close()


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _waiting(database: Database, study_id: int) -> list[int]:
    """Parts to be had; while another worker is at what they wait for, look again in a moment."""
    while True:
        with look(database) as work:
            parts = [(part.id, part.state) for part in studies.parts_of(work, study_id)]
        found = [part_id for part_id, state in parts if state == "queued"]
        if found or all(state != "waiting" for _, state in parts):
            return found
        time.sleep(0.05)
