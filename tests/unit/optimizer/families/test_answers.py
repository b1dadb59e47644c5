"""Questions about a plan as a family: every figure against answers found by trying every plan."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimizer.explaining import forced, with_costs, without
from optimizer.families.answers import AnswersResult
from optimizer.families.kinds import make_family
from optimizer.families.members import FamilyError, outcome_from_json, outcome_to_json
from optimizer.families.running import answer_members
from optimizer.problem import Choice, Fix, Forbid, Problem, Rule
from optimizer.resolving import Resolver
from optimizer.verifying import value_of
from tests.unit.optimizer.random_cases import best_by_trying, random_problem
from tests.unit.optimizer.small_cases import SMALL_CASES


def answered(problem: Problem, plan: tuple[Choice, ...], **given: object) -> AnswersResult:
    family = make_family("answers", problem, plan, given)
    found = answer_members(family, Resolver(problem), range(family.count), {}, gap=0.0, max_seconds=20)
    outcomes = {one.number: outcome_from_json(outcome_to_json(one.outcome)) for one in found}
    result = family.result(outcomes)
    assert isinstance(result, AnswersResult)
    return result


def best_value(problem: Problem) -> Fraction | None:
    plan = best_by_trying(problem)
    return None if plan is None else value_of(problem, plan)


def with_rule(problem: Problem, rule: Rule) -> Problem:
    return replace(problem, rules=(*problem.rules, rule))


@settings(max_examples=40, derandomize=True, deadline=None, database=None)
@given(st.integers(0, 10**6))
def test_every_figure_is_the_one_found_by_trying(seed: int) -> None:
    problem = random_problem(seed)
    plan = best_by_trying(problem)
    assume(plan is not None)
    assert plan is not None
    result, best = answered(problem, plan), value_of(problem, plan)
    assert result.better == ()
    for out in result.out:
        inside = best_value(forced(problem, out.proposal))
        if inside is None:
            assert out.never
        else:
            assert out.value_missing is not None
            assert (out.value_missing.low, out.value_missing.exact) == (best - inside, True)
        if out.cost_share_needed is not None:
            cheaper = best_value(
                forced(with_costs(problem, out.proposal, out.cost_share_needed), out.proposal)
            )
            assert cheaper is not None
            assert cheaper >= best
    for own in result.inside:
        gone = best_value(with_rule(problem, Forbid("gone", own.proposal)))
        later = best_value(with_rule(problem, Fix("later", own.proposal, None, own.start + 1)))
        assert own.never_without == (gone is None)
        if gone is not None:
            assert own.leaving is not None
            assert own.leaving.low == best - gone
        if later is not None:
            assert own.waiting is not None
            assert own.waiting.low == best - later
    for price in result.prices:
        other = best_value(without(problem, price.id))
        assert other is not None
        assert price.costs is not None
        assert (price.costs.low, price.costs.exact) == (other - best, True)


def test_only_what_is_asked_about_is_answered() -> None:
    problem = SMALL_CASES["max"].problem
    plan = best_by_trying(problem)
    assert plan is not None
    result = answered(problem, plan, about=["proposals_out"])
    assert [out.proposal for out in result.out] == ["A"]
    assert (result.inside, result.prices) == ((), ())
    assert result.out[0].cost_share_needed is not None
    assert result.to_json()["out"][0]["value_missing"] == {"low": 3, "high": 3, "exact": True}


def test_only_the_proposals_that_are_asked_about_are_answered() -> None:
    problem = SMALL_CASES["max"].problem
    plan = best_by_trying(problem)
    assert plan is not None
    whole = answered(problem, plan)
    for proposal in problem.proposals:
        one = answered(problem, plan, about=["proposals_out", "proposals_in"], proposals=[proposal.id])
        assert one.out == tuple(out for out in whole.out if out.proposal == proposal.id)
        assert one.inside == tuple(own for own in whole.inside if own.proposal == proposal.id)
        assert len(one.out) + len(one.inside) == 1
        assert one.prices == ()


def test_something_unknown_to_ask_about_is_refused() -> None:
    problem = SMALL_CASES["max"].problem
    for wrong in ({"about": ["weather"]}, {"proposals": ["nobody's"]}):
        with pytest.raises(FamilyError, match=next(iter(wrong))):
            make_family("answers", problem, best_by_trying(problem) or (), wrong)
