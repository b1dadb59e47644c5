"""Prices of promises hold when the problem is solved anew at each of them."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from optimizer.families.members import FamilyError
from optimizer.families.stability import Stability
from optimizer.problem import Choice, Problem
from optimizer.verifying import value_of
from tests.unit.optimizer.families.town import answered, best_plan, family_of, holding, town

PRICES = ["0", "2.5", "5", "10", "20", "40", "80", "160"]


def earlier_plan(problem: Problem, seed: int) -> tuple[Choice, ...]:
    """A plan that holds, drawn among those of at least two proposals."""
    return random.Random(seed).choice([p for p in holding(problem) if len(p) >= 2])


@pytest.mark.parametrize("seed", range(5))
def test_at_every_price_the_plan_is_the_best_less_the_price_of_what_it_breaks(seed: int) -> None:
    problem = town(seed)
    promises = earlier_plan(problem, seed)
    family = family_of("stability", problem, prices=PRICES, promises=_json(promises))
    result = family.result(answered(family))
    for point in result.points:
        broken = len(promises) - len(point.kept)
        worth = max(
            value_of(problem, plan) - point.price * len(set(promises) - set(plan))
            for plan in holding(problem)
        )
        assert point.value - point.price * broken == worth
        assert point.value == value_of(problem, point.chosen)
    kept = [len(p.kept) for p in result.points]
    assert kept == sorted(kept)
    assert len(result.points) == len(PRICES)


@pytest.mark.parametrize("seed", range(5))
def test_a_promise_is_kept_at_every_tried_price_from_the_one_given(seed: int) -> None:
    problem = town(seed)
    promises = earlier_plan(problem, seed)
    family = family_of("stability", problem, prices=PRICES, promises=_json(promises))
    result = family.result(answered(family))
    assert {p.choice for p in result.promises} == set(promises)
    for promise in result.promises:
        for point in result.points:
            if promise.kept_from is not None and point.price >= promise.kept_from:
                assert promise.choice in point.kept
            if promise.broken_at == point.price:
                assert promise.choice not in point.kept
        assert promise.broken_at is None or promise.kept_from is None or promise.broken_at < promise.kept_from


def test_the_curve_tells_what_each_further_promise_costs() -> None:
    steps = 0
    for seed in range(4):
        problem = town(seed)
        family = family_of("stability", problem, prices=PRICES, promises=_json(earlier_plan(problem, seed)))
        curve = family.result(answered(family)).curve
        assert curve[0].price is None
        for before, after in pairwise(curve):
            steps += 1
            assert after.kept > before.kept
            assert after.value < before.value
            assert after.price == (before.value - after.value) / (after.kept - before.kept)
    assert steps > 0


def test_promises_that_the_case_no_longer_offers_are_named_and_not_counted() -> None:
    problem = town(0)
    gone = Choice("P9", "a", 2027)
    family = family_of("stability", problem, prices=["1"], promises=_json((*best_plan(problem), gone)))
    result = family.result(answered(family))
    assert result.impossible == (gone,)
    assert gone not in {p.choice for p in result.promises}


def test_without_promises_there_is_nothing_to_price() -> None:
    with pytest.raises(FamilyError, match="promises: none"):
        Stability(town(0), (), {})


def _json(choices: tuple[Choice, ...]) -> list[dict[str, object]]:
    return [{"proposal": c.proposal, "alternative": c.alternative, "start": c.start} for c in choices]
