"""Known answers, determinism, stopping. Every plan is tried in test_brute_force.py."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from benchmarks.instances import municipality
from benchmarks.orlib import FOLDER as ORLIB
from benchmarks.orlib import read_instances
from optimizer.answers import Progress
from optimizer.problem import Alternative, Limit, OptimizerError, Problem, Proposal
from optimizer.solving import SolveStatus, solve
from optimizer.verifying import verify
from tests.unit.optimizer.small_cases import SMALL_CASES, plan_words


@pytest.mark.parametrize("name", SMALL_CASES)
@pytest.mark.parametrize("solver", ["highs", "cbc"])
def test_each_rule_gives_the_answer_that_paper_and_pencil_give(name: str, solver: str) -> None:
    small = SMALL_CASES[name]
    answer = solve(small.problem, solver=solver, max_seconds=20)
    assert answer.status is SolveStatus.OPTIMAL
    assert (plan_words(answer.chosen), answer.value) == (small.plan, small.value)
    assert answer.checked
    assert answer.bound == float(small.value)


def test_the_same_case_gives_the_same_plan_twice() -> None:
    problem = municipality(40, seed=2)
    first, second = (solve(problem, max_seconds=30, gap=0.01) for _ in range(2))
    assert first.status is SolveStatus.OPTIMAL
    assert first.chosen == second.chosen


def test_several_thread_counts_live_in_one_process() -> None:
    problem = municipality(15, seed=3)
    answers = [solve(problem, threads=threads, gap=0) for threads in (1, 2, 1)]
    assert len({a.value for a in answers}) == 1
    assert all(a.status is SolveStatus.OPTIMAL for a in answers)


def test_a_demo_sized_problem_reaches_one_percent_and_tells_on_the_way() -> None:
    told: list[Progress] = []
    answer = solve(
        municipality(160, seed=2, tightness=0.4), max_seconds=30, gap=0.01, on_progress=told.append
    )
    assert answer.status is SolveStatus.OPTIMAL
    assert answer.gap is not None
    assert answer.gap <= 0.01
    assert answer.value is not None
    assert answer.bound is not None
    assert answer.bound >= float(answer.value)
    assert verify(municipality(160, seed=2, tightness=0.4), answer.chosen) == ()
    assert {"reading", "searching", "checking"} <= {p.phase for p in told}
    assert [p.seconds for p in told] == sorted(p.seconds for p in told)


def test_cancel_gives_the_best_plan_within_a_second() -> None:
    asked_at: list[float] = []
    started = time.monotonic()

    def should_stop() -> bool:
        if time.monotonic() - started > 1.5:
            asked_at.append(time.monotonic())
            return True
        return False

    problem = municipality(160, seed=1)
    answer = solve(problem, max_seconds=60, gap=0, should_stop=should_stop)
    assert time.monotonic() - asked_at[0] < 1.0
    assert (answer.status, answer.stopped_by) == (SolveStatus.FEASIBLE, "user")
    assert answer.checked
    assert verify(problem, answer.chosen) == ()


def test_cancel_ends_cbc_and_its_process() -> None:
    started = time.monotonic()
    problem = municipality(120, seed=1)
    answer = solve(problem, solver="cbc", gap=0, should_stop=lambda: time.monotonic() - started > 0.8)
    assert time.monotonic() - started < 4
    assert (answer.status, answer.stopped_by) == (SolveStatus.FEASIBLE, "user")
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    if children.exists():
        names = [Path(f"/proc/{pid}/comm").read_text().strip() for pid in children.read_text().split()]
        assert "cbc" not in names


def test_time_ends_a_solve_with_an_honest_gap() -> None:
    answer = solve(municipality(160, seed=1), max_seconds=1.0, gap=0)
    assert answer.solver.seconds < 3
    assert answer.status is SolveStatus.FEASIBLE
    assert answer.stopped_by == "time"
    assert answer.gap is None or answer.gap > 0


def test_a_problem_of_nothing_is_optimal_at_zero() -> None:
    answer = solve(Problem("empty", (2027,), ()))
    assert (answer.status, answer.value, answer.chosen) == (SolveStatus.OPTIMAL, 0, ())


def test_nothing_cannot_reach_a_minimum() -> None:
    answer = solve(Problem("empty", (2027,), (), (Limit("floor", "investment", min=5),)))
    assert (answer.status, answer.conflict) == (SolveStatus.INFEASIBLE, ("floor",))


def test_amounts_one_ore_too_large_at_ten_billion_are_seen() -> None:
    big = 10**12
    proposals = tuple(
        Proposal(name, alternatives=(Alternative("x", (2027,), {2027: 1}, {"investment": (amount,)}),))
        for name, amount in (("A", big), ("B", big - 1))
    )
    answer = solve(Problem("big", (2027,), proposals, (Limit("ceiling", "investment", max=2 * big - 2),)))
    assert answer.value == 1
    exact = solve(Problem("big", (2027,), proposals, (Limit("ceiling", "investment", max=2 * big - 1),)))
    assert exact.value == 2


def test_an_unknown_solver_is_refused() -> None:
    with pytest.raises(OptimizerError, match="unknown solver"):
        solve(Problem("empty", (2027,), ()), solver="scip")


@pytest.mark.shared_data
@pytest.mark.skipif(not ORLIB.exists(), reason="../shared/data/orlib is absent")
def test_the_seven_petersen_problems_reach_their_optima() -> None:
    optima = []
    for instance in read_instances(ORLIB / "mknap1.txt"):
        answer = solve(instance.problem, gap=0, break_ties=False)
        assert answer.status is SolveStatus.OPTIMAL
        assert answer.value == instance.best_known
        optima.append(float(answer.value))
    assert optima == [3800, 8706.1, 4015, 6120, 12400, 10618, 16537]
