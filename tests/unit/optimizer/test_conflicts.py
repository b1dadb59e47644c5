"""A conflict cannot hold by itself, and every one of its members is needed."""

from __future__ import annotations

import os
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.problem import Problem
from optimizer.solving import SolveStatus, solve
from tests.unit.optimizer.random_cases import best_by_trying, infeasible_problem

CASES = int(os.environ.get("RANDOM_CASES", "2000"))


def keeping(problem: Problem, ids: set[str]) -> Problem:
    """The problem with only these demands."""
    return replace(
        problem,
        limits=tuple(x for x in problem.limits if x.id in ids),
        rules=tuple(x for x in problem.rules if x.id in ids),
        proposals=tuple(replace(p, required=f"required:{p.id}" in ids) for p in problem.proposals),
    )


@settings(max_examples=max(60, CASES // 20), derandomize=True, deadline=None, database=None)
@given(st.integers(0, 10**6))
def test_a_conflict_is_impossible_and_minimal_by_trying_every_plan(seed: int) -> None:
    problem = infeasible_problem(seed)
    answer = solve(problem)
    assert answer.status is SolveStatus.INFEASIBLE
    ids = set(answer.conflict)
    assert ids
    assert best_by_trying(keeping(problem, ids)) is None
    for one in ids:
        assert best_by_trying(keeping(problem, ids - {one})) is not None, one
