"""Why a proposal is out, and what limits and rules cost, against answers found by trying every plan."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.instances import municipality
from optimizer.answers import SolveStatus
from optimizer.explaining import _Explainer, explain_plan, forced, with_costs, without
from optimizer.problem import Fix, Forbid, Problem
from optimizer.solving import solve
from optimizer.verifying import value_of
from tests.explanations_tried import Trial
from tests.unit.optimizer.random_cases import best_by_trying, random_problem
from tests.unit.optimizer.small_cases import SMALL_CASES


def best_value(problem: Problem) -> Fraction | None:
    plan = best_by_trying(problem)
    return None if plan is None else value_of(problem, plan)


@settings(max_examples=25, derandomize=True, deadline=None, database=None)
@given(st.integers(0, 10**6))
def test_every_figure_is_the_one_found_by_trying(seed: int) -> None:
    problem = random_problem(seed)
    plan = best_by_trying(problem)
    assume(plan is not None)
    assert plan is not None
    found = explain_plan(problem, plan, max_seconds=60)
    best = best_value(problem)
    assert found.best.exact
    assert found.best.low == best
    for price in found.prices:
        other = best_value(without(problem, price.id))
        assert price.costs is not None
        assert price.costs.exact
        assert other is not None
        assert best is not None
        assert price.costs.low == other - best
    for out in found.out:
        inside = best_value(forced(problem, out.proposal))
        if inside is None:
            assert out.value_missing is None
        else:
            assert out.value_missing is not None
            assert best is not None
            assert out.value_missing.low == best - inside
        if out.cost_examined and out.cost_share_needed is not None:
            cheaper = best_value(
                forced(with_costs(problem, out.proposal, out.cost_share_needed), out.proposal)
            )
            assert cheaper is not None
            assert best is not None
            assert cheaper >= best
    for own in found.inside:
        choice = next(c for c in plan if c.proposal == own.proposal)
        later = best_value(with_rule(problem, Fix("later", own.proposal, None, choice.start + 1)))
        gone = best_value(with_rule(problem, Forbid("gone", own.proposal)))
        assert own.never_without == (gone is None)
        assert best is not None
        if gone is not None:
            assert own.leaving is not None
            assert (own.leaving.low, own.leaving.exact) == (best - gone, True)
        if own.last_start:
            assert later is None
        elif later is None:
            assert own.never_later
        else:
            assert own.waiting is not None
            assert (own.waiting.low, own.waiting.exact) == (best - later, True)
    assert list(found.lines())


def with_rule(problem: Problem, rule: Fix | Forbid) -> Problem:
    return replace(problem, rules=(*problem.rules, rule))


def test_a_worse_plan_found_later_takes_nothing_of_what_a_better_one_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Found by trying every answer beside the demonstration's plan: cost and what it pushes out were of two plans."""
    problem = municipality(24, seed=3)
    plan = solve(problem, max_seconds=5, break_ties=False)
    inside = {choice.proposal for choice in plan.chosen}
    explainer = _Explainer(problem, plan.chosen, 60, 0, None)
    first, second = None, None
    for proposal in (one for one in problem.proposals if one.id not in inside):
        first = explainer._explain_out(proposal)
        if first.forced_choice is None or first.value_missing is None:
            continue
        kept = next(c for c in plan.chosen if c not in (first.pushes.out if first.pushes else ()))
        case = with_rule(forced(problem, proposal.id), Forbid("worse", kept.proposal))
        worse = solve(case, max_seconds=5, break_ties=False)
        if worse.value is None:
            continue
        open_still = replace(worse, bound=plan.bound, gap=None, status=SolveStatus.FEASIBLE)
        monkeypatch.setattr(explainer, "_solve", lambda *_args, answer=open_still, **_more: answer)
        second = explainer._force(first, proposal, explainer.deadline, whole=True)
        break
    assert first is not None
    assert second is not None
    assert second.value_missing == first.value_missing
    assert (second.pushes, second.forced_choice) == (first.pushes, first.forced_choice)
    Trial(problem, plan.chosen, seconds=1).out(second)


def test_every_quick_answer_beside_a_municipalitys_plan_is_true_when_applied() -> None:
    problem = municipality(24, seed=3)
    plan = solve(problem, gap=0.01, max_seconds=20, break_ties=False)
    assert plan.value is not None
    found = explain_plan(problem, plan.chosen, deep=False, max_seconds=120)
    assert found.complete
    told = Trial(problem, plan.chosen, seconds=0.5).everything(found)
    assert {"value", "pushes", "cost", "never", "waiting", "leaving", "price"} <= set(told)


def test_the_ceiling_stands_in_the_way_and_has_a_price() -> None:
    problem = SMALL_CASES["max"].problem
    plan = solve(problem).chosen
    found = explain_plan(problem, plan)
    (out,) = found.out
    assert (out.proposal, out.in_the_way) == ("A", ("L",))
    assert out.value_missing is not None
    assert out.value_needed is not None
    assert (out.value_missing.low, out.value_needed.low) == (3, 9)
    assert (out.cost_share_needed, out.cost_needed_ore, out.cost_exact) == (Fraction(834, 1000), 500, True)
    assert [(p.id, p.costs.low) for p in found.prices if p.costs] == [("L", 6)]


def test_the_cost_found_is_the_turning_point() -> None:
    problem = SMALL_CASES["max"].problem
    share = Fraction(834, 1000)
    without_it = replace(problem, rules=(*problem.rules, Forbid("no", "A")))
    target = best_value(without_it)
    inside = [
        best_value(forced(with_costs(problem, "A", s), "A")) for s in (share, share + Fraction(1, 1000))
    ]
    assert target is not None
    assert [value is not None and value >= target for value in inside] == [True, False]


def test_a_short_time_says_that_it_is_not_complete() -> None:
    problem = SMALL_CASES["max"].problem
    found = explain_plan(problem, solve(problem).chosen, max_seconds=0.01)
    assert not found.complete
    assert any("more time" in line for line in found.lines())


@pytest.mark.parametrize("name", ["requires", "at_most", "all_or_none"])
def test_rules_in_the_way_are_named(name: str) -> None:
    problem = SMALL_CASES[name].problem
    for out in explain_plan(problem, solve(problem).chosen).out:
        assert "r" in out.in_the_way or "L" in out.in_the_way
