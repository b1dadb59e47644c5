"""A problem solved again with something changed gives what a cold solve gives, whatever was asked before."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.instances import municipality
from optimizer.explaining import forced, with_costs, without
from optimizer.problem import AtMost, Fix, Forbid, Limit, Problem
from optimizer.resolving import Resolver
from optimizer.solving import SolveStatus
from optimizer.verifying import value_of, verify
from tests.unit.optimizer.random_cases import best_by_trying, random_problem

EXAMPLES = int(os.environ.get("RANDOM_CASES", "2000"))
some = settings(max_examples=max(60, EXAMPLES // 20), derandomize=True, deadline=None, database=None)


def change(problem: Problem, rng: random.Random) -> Problem:
    """One thing changed: a demand dropped, tightened, loosened or added, values or amounts."""
    kind = rng.choice(["drop", "bound", "fix", "forbid", "at_most", "value", "amounts", "required", "limit"])
    demands = [x.id for x in (*problem.limits, *problem.rules)]
    some = rng.choice(problem.proposals)
    if kind == "drop" and demands:
        return without(problem, rng.choice(demands))
    if kind == "bound" and problem.limits:
        old = rng.choice(problem.limits)
        new = replace(
            old, max=_moved(old.max, rng), min=_moved(old.min, rng), max_total=_moved(old.max_total, rng)
        )  # type: ignore[arg-type]
        return replace(problem, limits=tuple(new if x is old else x for x in problem.limits))
    if kind in ("fix", "forbid"):
        rule = (Fix if kind == "fix" else Forbid)("new", some.id)
        return replace(problem, rules=(*problem.rules, rule))
    if kind == "at_most":
        rules = (*problem.rules, AtMost("new", tuple(p.id for p in problem.proposals), 2))
        return replace(problem, rules=rules)
    if kind == "amounts":
        return with_costs(problem, some.id, Fraction(rng.randint(0, 10), 10))
    if kind == "limit":
        total = Limit("new", "investment", max_total=rng.randint(0, 10) * 10 ** rng.randint(0, 9))
        return replace(problem, limits=(*problem.limits, total))
    changed = replace(some, required=not some.required)
    if kind == "value":
        values = [
            replace(a, value_by_start={s: v + rng.randint(-2, 2) for s, v in a.value_by_start.items()})
            for a in some.alternatives
        ]
        changed = replace(some, alternatives=tuple(values))
    return replace(problem, proposals=tuple(changed if p is some else p for p in problem.proposals))


def _moved(bound: object, rng: random.Random) -> object:
    if isinstance(bound, tuple):
        return tuple(None if b is None else int(b * rng.choice([0.5, 1, 1.5])) for b in bound)
    return None if bound is None else int(bound * rng.choice([0.5, 1, 1.5]))  # type: ignore[call-overload]


@some
@given(st.integers(0, 10**6))
def test_every_change_is_answered_as_by_trying_every_plan(seed: int) -> None:
    problem, rng = random_problem(seed), random.Random(seed)
    resolver = Resolver(problem)
    for _ in range(5):
        changed = change(problem, rng)
        best = best_by_trying(changed)
        answer = resolver.solve(changed, gap=0.0, max_seconds=20)
        if best is None:
            assert answer.status is SolveStatus.INFEASIBLE
        else:
            assert answer.status is SolveStatus.OPTIMAL
            assert answer.value == value_of(changed, best)
            assert verify(changed, answer.chosen) == ()


@some
@given(st.integers(0, 10**6))
def test_without_the_whole_the_bound_holds_and_the_plan_too(seed: int) -> None:
    problem, rng = random_problem(seed), random.Random(seed + 1)
    resolver = Resolver(problem)
    for _ in range(3):
        changed = change(problem, rng)
        best = best_by_trying(changed)
        answer = resolver.solve(changed, gap=0.0, max_seconds=20, whole=False, patience=2)
        if answer.value is not None:
            assert verify(changed, answer.chosen) == ()
        if best is not None and answer.bound is not None:
            assert answer.bound >= float(value_of(changed, best)) - 1e-6
        assert best is None or answer.status is not SolveStatus.INFEASIBLE


@pytest.mark.parametrize("seed", [1, 2])
def test_a_forced_proposal_that_never_fits_is_told_with_the_limit_that_stops_it(seed: int) -> None:
    problem = municipality(60, seed=seed)
    resolver = Resolver(problem)
    resolver.solve(problem, gap=0.02, max_seconds=20)
    never = 0
    for proposal in problem.proposals:
        changed = forced(problem, proposal.id)
        answer = resolver.solve(changed, gap=1.0, max_seconds=10, whole=False)
        if answer.status is SolveStatus.INFEASIBLE:
            never += 1
            assert "forced in" in answer.conflict
            kept = [d for d in answer.conflict if d != "forced in"]
            for demand in kept:
                again = resolver.solve(without(changed, demand), gap=1.0, max_seconds=10)
                assert again.value is not None
    assert never


def test_what_was_asked_before_changes_no_proven_answer() -> None:
    problem = municipality(25, seed=3)
    first, second = Resolver(problem), Resolver(problem)
    changes = [forced(problem, p.id) for p in problem.proposals[:3]]
    forwards = [first.solve(c, gap=0.0, max_seconds=60).value for c in changes]
    backwards = [second.solve(c, gap=0.0, max_seconds=60).value for c in reversed(changes)]
    assert forwards == backwards[::-1]


def test_a_relaxation_that_did_not_listen_is_left_behind_and_made_anew() -> None:
    problem = municipality(25, seed=3)
    resolver = Resolver(problem)
    first = resolver.solve(problem, gap=0.0, max_seconds=30)
    programme = resolver._kept._programme
    assert programme is not None
    programme.lost = True
    changed = forced(
        problem, next(p.id for p in problem.proposals if p.id not in {c.proposal for c in first.chosen})
    )
    again = resolver.solve(changed, gap=0.0, max_seconds=30)
    assert resolver._kept._programme is not programme
    assert again.value == Resolver(problem).solve(changed, gap=0.0, max_seconds=30).value
