"""Frontiers against the truth: every plan of a small town."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.families.frontiers import CeilingFrontier, OperatingFrontier
from optimizer.families.members import FROM_NEIGHBOURS, FamilyError, Outcome
from optimizer.problem import Limit, Problem
from optimizer.verifying import total_of, value_of, verify
from tests.unit.optimizer.families.town import (
    answered,
    best_plan,
    best_value,
    family_of,
    holding,
    town,
    with_ceiling,
)

SEEDS = range(6)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_point_of_the_operating_frontier_is_the_best_that_trying_every_plan_gives(seed: int) -> None:
    problem = town(seed)
    family = family_of("operating", problem, steps=8)
    outcomes = answered(family)
    result = family.result(outcomes)
    operating = {plan: total_of(problem, plan, "operating") for plan in holding(problem)}
    assert result.missing == 0
    for point in result.points:
        assert not verify(problem, point.chosen)
        assert point.used_ore == operating[point.chosen] <= point.cap_ore
        for most in (point.cap_ore, point.used_ore):
            assert point.value == max(
                value_of(problem, plan) for plan, ore in operating.items() if ore <= most
            )
    assert [p.value for p in result.points] == sorted({p.value for p in result.points})
    assert [p.used_ore for p in result.points] == sorted({p.used_ore for p in result.points})


@pytest.mark.parametrize("seed", SEEDS)
def test_the_operating_frontier_reaches_from_the_least_burden_to_the_best_plan(seed: int) -> None:
    problem = replace(town(seed), rules=())
    family = family_of("operating", problem, steps=4)
    result = family.result(answered(family))
    assert result.points[0].used_ore == min(total_of(problem, plan, "operating") for plan in holding(problem))
    assert result.points[-1].value == best_value(problem)


@settings(max_examples=40, deadline=None)
@given(seed=st.sampled_from(SEEDS), kept=st.sets(st.integers(0, 9)))
def test_with_only_some_answers_the_truth_still_lies_between_value_and_bound(
    seed: int, kept: set[int]
) -> None:
    problem, outcomes, plans = _operating_answers(seed)
    family = family_of("operating", problem, steps=8)
    part = {n: o for n, o in outcomes.items() if n == 0 or n in kept}
    result = family.result(part)
    assert result.missing == family.count - len(part)
    for point in result.points:
        best = max(value for value, ore in plans if ore <= point.cap_ore)
        assert point.bound is not None
        assert point.value <= best <= point.bound


@cache
def _operating_answers(seed: int) -> tuple[Problem, dict[int, Outcome], list[tuple[Fraction, int]]]:
    """The town, its answers within five per cent, and value and operating cost of every plan."""
    problem = town(seed)
    plans = [(value_of(problem, plan), total_of(problem, plan, "operating")) for plan in holding(problem)]
    return problem, answered(family_of("operating", problem, steps=8), gap=0.05), plans


@pytest.mark.parametrize("seed", SEEDS)
def test_every_point_of_the_ceiling_frontier_is_the_best_that_trying_every_plan_gives(seed: int) -> None:
    problem = town(seed)
    family = family_of("ceiling", problem, low="0.2", high="1.4", steps=6)
    result = family.result(answered(family))
    assert Fraction(1) in [p.share for p in result.points]
    for one in result.points:
        scaled = tuple(int(ore * one.share) for ore in result.ceiling_ore if ore is not None)
        assert one.point.value == best_value(with_ceiling(problem, scaled))
        assert not verify(with_ceiling(problem, scaled), one.point.chosen)
    assert result.today == best_value(problem)


@pytest.mark.parametrize("seed", range(12))
def test_a_better_split_can_be_applied_as_ceilings_and_gives_at_least_its_value(seed: int) -> None:
    problem = town(seed)
    family = family_of("ceiling", problem, steps=1)
    result = family.result(answered(family))
    total = sum(ore or 0 for ore in result.ceiling_ore)
    for split in result.splits:
        applied = with_ceiling(problem, split.ceiling_ore)
        assert sum(ore or 0 for ore in split.ceiling_ore) <= total
        assert split.value > result.today
        found = best_value(applied)
        assert found is not None
        assert found >= split.value
    free = Limit("ceiling", "investment", max_total=total)
    unsplit = replace(problem, limits=(free, *problem.limits[1:]))
    best_free = best_value(unsplit)
    assert best_free is not None
    assert max([result.today, *(s.value for s in result.splits)]) == best_free


def test_there_is_a_town_where_splitting_otherwise_is_better() -> None:
    kinds = set()
    for seed in range(12):
        family = family_of("ceiling", town(seed), steps=1)
        kinds |= {split.kind for split in family.result(answered(family)).splits}
    assert kinds == {"later", "free"}


def test_an_impossible_ceiling_is_told_up_to_where() -> None:
    problem = town(1)
    needed = replace(problem.proposals[0], required=True)
    problem = replace(problem, proposals=(needed, *problem.proposals[1:]))
    family = family_of("ceiling", problem, low="0", high="1", steps=4)
    result = family.result(answered(family))
    assert result.impossible_share is not None
    assert result.impossible_share < min(p.share for p in result.points)
    assert len(result.points) < 5


def test_what_lies_between_two_near_answers_is_not_solved() -> None:
    family = family_of("operating", town(2), steps=60)
    outcomes = answered(family)
    told = [o for o in outcomes.values() if o.how == FROM_NEIGHBOURS]
    assert len(told) > 30
    assert all(o.gap == 0 for o in told)


@pytest.mark.parametrize(
    ("given_parameters", "field"),
    [
        ({"steps": 1}, "steps"),
        ({"steps": "ten"}, "steps"),
        ({"low": "1.2", "high": "1.1"}, "high"),
        ({"low": "x"}, "low"),
        ({"limit": "none such"}, "limit"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(given_parameters: dict[str, object], field: str) -> None:
    problem = town(0)
    kind = OperatingFrontier if field == "steps" else CeilingFrontier
    with pytest.raises(FamilyError) as refused:
        kind(problem, best_plan(problem), given_parameters)
    assert refused.value.field == field


def test_a_case_without_a_ceiling_by_year_has_no_ceiling_frontier() -> None:
    problem = replace(town(0), limits=(Limit("debt", "investment", max=10**9, cumulative=True),))
    with pytest.raises(FamilyError, match="no ceiling by year"):
        CeilingFrontier(problem, (), {})
