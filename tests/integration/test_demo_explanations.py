"""What is said of the demonstration's plan is true when it is applied and solved again from nothing."""

from __future__ import annotations

import os
from pathlib import Path

from investplan.db.session import Database
from investplan.services import cases, rounds, scenarios
from investplan.services.work import begin
from optimizer.explaining import explain_plan
from optimizer.problem import Problem
from optimizer.solving import solve
from tests.explanations_tried import Trial

WHOLE = "DEMO_EXPLANATIONS" in os.environ  # `make prove-plans`: every proposal and demand, with time for each
SAMPLED = 4


def demo_problem(demonstrated_template: Path, folder: Path) -> Problem:
    path = folder / "investplan.db"
    path.write_bytes(demonstrated_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    try:
        with begin(database) as work:
            planning_round = rounds.find_by_name(work, "Budget 2027")
            main = scenarios.of_round(work, planning_round.id)[-1]
            return cases.build_case(work, main).problem
    finally:
        database.close()


def test_every_answer_beside_the_demos_plan_is_true_when_applied(
    demonstrated_template: Path, tmp_path: Path
) -> None:
    problem = demo_problem(demonstrated_template, tmp_path)
    plan = solve(problem, gap=0.0, max_seconds=60 if WHOLE else 5, break_ties=False)
    assert plan.value is not None
    inside = [choice.proposal for choice in plan.chosen]
    outside = [one.id for one in problem.proposals if one.id not in inside]
    only = None if WHOLE else [*outside[:SAMPLED], *inside[:SAMPLED]]
    found = explain_plan(problem, plan.chosen, only=only, max_seconds=900 if WHOLE else 10)
    assert found.out
    assert found.inside
    told = Trial(problem, plan.chosen, seconds=4 if WHOLE else 0.7).everything(found)
    assert sum(told.values()) > 0
    if WHOLE:
        print(
            f"\n{len(found.out)} out, {len(found.inside)} in, {len(found.prices)} demands; tried: {dict(told)}"
        )
        exact = sum(one.value_missing is not None and one.value_missing.exact for one in found.out)
        print(f"value missing exact for {exact}; gap of the plan {plan.gap}")
