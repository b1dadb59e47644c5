"""Known answers, every plan tried, invariances, determinism, stopping."""

from __future__ import annotations

import dataclasses
import os
import random
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.instances import municipality
from optimizer.answers import Progress
from optimizer.problem import Alternative, Limit, OptimizerError, Problem, Proposal
from optimizer.solving import SolveStatus, solve
from optimizer.verifying import value_of, verify
from tests.unit.optimizer.random_cases import best_by_trying, random_problem
from tests.unit.optimizer.small_cases import SMALL_CASES, plan_words

EXAMPLES = int(os.environ.get("RANDOM_CASES", "300"))
steady = settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None)
few = settings(max_examples=max(40, EXAMPLES // 6), derandomize=True, deadline=None, database=None)
seeds = st.integers(0, 10**6)
ORLIB = Path(__file__).parents[4] / "shared" / "data" / "orlib"


@pytest.mark.parametrize("name", SMALL_CASES)
@pytest.mark.parametrize("solver", ["highs", "cbc"])
def test_each_rule_gives_the_answer_that_paper_and_pencil_give(name: str, solver: str) -> None:
    small = SMALL_CASES[name]
    answer = solve(small.problem, solver=solver, max_seconds=20)
    assert answer.status is SolveStatus.OPTIMAL
    assert (plan_words(answer.chosen), answer.value) == (small.plan, small.value)
    assert answer.checked
    assert answer.bound == float(small.value)


@steady
@given(seeds)
def test_the_answer_is_the_one_found_by_trying_every_plan(seed: int) -> None:
    problem = random_problem(seed)
    best = best_by_trying(problem)
    answer = solve(problem, max_seconds=20)
    if best is None:
        assert answer.status is SolveStatus.INFEASIBLE
        assert answer.chosen == ()
        return
    assert answer.status is SolveStatus.OPTIMAL
    assert answer.value == value_of(problem, best)
    assert set(answer.chosen) == set(best)
    assert answer.ties_exact


@few
@given(seeds)
def test_the_order_of_the_case_changes_nothing(seed: int) -> None:
    problem = random_problem(seed)
    rng = random.Random(seed)

    def mixed(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(rng.sample(items, len(items)))

    shuffled = dataclasses.replace(
        problem,
        proposals=tuple(
            dataclasses.replace(p, alternatives=mixed(p.alternatives)) for p in mixed(problem.proposals)
        ),
        limits=mixed(problem.limits),
        rules=mixed(problem.rules),
    )
    assert solve(shuffled).chosen == solve(problem).chosen


@few
@given(seeds)
def test_amounts_ten_times_as_large_give_the_same_plan(seed: int) -> None:
    problem = random_problem(seed)
    assert solve(_scaled(problem, 10)).chosen == solve(problem).chosen


@few
@given(seeds)
def test_a_looser_limit_never_gives_less(seed: int) -> None:
    problem = random_problem(seed)
    tight = solve(problem)
    looser = dataclasses.replace(problem, limits=tuple(_looser(x) for x in problem.limits))
    loose = solve(looser)
    if tight.value is not None:
        assert loose.value is not None
        assert loose.value >= tight.value


def test_renaming_proposals_changes_no_value() -> None:
    problem = municipality(20, seed=4)
    names = {p.id: f"N{1000 - k}" for k, p in enumerate(problem.proposals)}
    renamed = dataclasses.replace(
        problem,
        proposals=tuple(dataclasses.replace(p, id=names[p.id]) for p in problem.proposals),
        rules=tuple(_renamed_rule(r, names) for r in problem.rules),
    )
    first, second = solve(problem, gap=0), solve(renamed, gap=0)
    assert first.status is second.status is SolveStatus.OPTIMAL
    assert first.value == second.value


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
    numbers = iter((ORLIB / "mknap1.txt").read_text().split())
    optima = []
    for _ in range(int(next(numbers))):
        columns, rows, _ = int(next(numbers)), int(next(numbers)), next(numbers)
        values = [Fraction(next(numbers)) for _ in range(columns)]
        uses = [[int(100 * Fraction(next(numbers))) for _ in range(columns)] for _ in range(rows)]
        limits = [int(100 * Fraction(next(numbers))) for _ in range(rows)]
        proposals = tuple(
            Proposal(
                f"P{j:02d}",
                alternatives=(
                    Alternative(
                        "x", (1,), {1: values[j]}, {f"capacity:{i}": (uses[i][j],) for i in range(rows)}
                    ),
                ),
            )
            for j in range(columns)
        )
        found = tuple(Limit(f"L{i}", f"capacity:{i}", max=limits[i]) for i in range(rows))
        answer = solve(Problem("mknap1", (1,), proposals, found), gap=0, break_ties=False)
        assert answer.status is SolveStatus.OPTIMAL
        optima.append(float(answer.value or 0))
    assert optima == [3800, 8706.1, 4015, 6120, 12400, 10618, 16537]


def _scaled(problem: Problem, factor: int) -> Problem:
    def amounts(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(None if v is None else v * factor for v in value)
        if isinstance(value, dict):
            return {k: amounts(v) for k, v in value.items()}
        return None if value is None else value * factor  # type: ignore[operator]

    def limit(old: Limit) -> Limit:
        money = {k: amounts(getattr(old, k)) for k in ("max", "min", "max_total", "min_total")}
        return dataclasses.replace(old, **money)  # type: ignore[arg-type]

    proposals = []
    for p in problem.proposals:
        alternatives = (dataclasses.replace(a, rows=amounts(dict(a.rows))) for a in p.alternatives)  # type: ignore[arg-type]
        proposals.append(dataclasses.replace(p, alternatives=tuple(alternatives)))
    rules = (
        dataclasses.replace(r, saving=amounts(dict(r.saving))) if hasattr(r, "saving") else r  # type: ignore[arg-type]
        for r in problem.rules
    )
    return dataclasses.replace(
        problem, proposals=tuple(proposals), limits=tuple(map(limit, problem.limits)), rules=tuple(rules)
    )


def _looser(limit: Limit) -> Limit:
    if isinstance(limit.max, int):
        return dataclasses.replace(limit, max=limit.max + max(1, abs(limit.max) // 3))
    if isinstance(limit.max, tuple):
        return dataclasses.replace(
            limit, max=tuple(None if m is None else m + max(1, abs(m) // 3) for m in limit.max)
        )
    if limit.max_total is not None:
        return dataclasses.replace(limit, max_total=limit.max_total * 2)
    return limit


def _renamed_rule(rule: object, names: dict[str, str]) -> object:
    changes: dict[str, object] = {
        k: names[getattr(rule, k)] for k in ("proposal", "needs") if hasattr(rule, k)
    }
    if hasattr(rule, "proposals"):
        changes["proposals"] = tuple(names[p] for p in rule.proposals)
    return dataclasses.replace(rule, **changes)  # type: ignore[type-var]
