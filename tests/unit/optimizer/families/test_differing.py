"""Different plans are within the share, far enough from each other, and the best of that kind."""

from __future__ import annotations

from fractions import Fraction

import pytest

from optimizer.answers import SolveStatus
from optimizer.families.members import Outcome, difference
from optimizer.problem import Choice
from optimizer.verifying import value_of, verify
from tests.unit.optimizer.families.town import answered, family_of, holding, town


def changed(plan: tuple[Choice, ...], other: tuple[Choice, ...], counts: str) -> int:
    """How many proposals differ, counted from the plans alone."""
    if counts == "in_or_out":
        return len({c.proposal for c in plan} ^ {c.proposal for c in other})
    ours, theirs = ({c.proposal: c for c in one} for one in (plan, other))
    return sum(ours.get(p) != theirs.get(p) for p in ours.keys() | theirs.keys())


@pytest.mark.parametrize("counts", ["in_or_out", "any_change"])
@pytest.mark.parametrize("seed", range(4))
def test_each_plan_is_the_best_that_differs_enough_from_all_before(seed: int, counts: str) -> None:
    problem = town(seed)
    family = family_of("different", problem, plans=4, within="0.4", least_changed=2, count=counts)
    result = family.result(answered(family))
    before = [family.plan]
    least = value_of(problem, family.plan) * Fraction(6, 10)
    for one in result.plans:
        assert not verify(problem, one.chosen)
        assert all(changed(plan, one.chosen, counts) >= 2 for plan in before)
        apart = [p for p in holding(problem) if all(changed(plan, p, counts) >= 2 for plan in before)]
        assert one.value == max(value_of(problem, p) for p in apart)
        assert one.value >= least
        assert one.kept == one.value / family.result({}).value
        before.append(one.chosen)
    if result.ended == "none left":
        apart = [p for p in holding(problem) if all(changed(plan, p, counts) >= 2 for plan in before)]
        assert all(value_of(problem, p) < least for p in apart)
    else:
        assert len(result.plans) == 4


def test_the_search_ends_when_no_other_plan_is_good_enough() -> None:
    family = family_of("different", town(0), plans=3, within="0", least_changed=1)
    outcomes = answered(family)
    result = family.result(outcomes)
    assert result.plans == ()
    assert result.ended == "none left"
    assert [o.how for o in outcomes.values()] == ["solved", "skipped", "skipped"]


def test_a_plan_that_time_took_is_not_said_to_be_missing() -> None:
    family = family_of("different", town(0), plans=2)
    assert family.result({}).ended == "going on"
    assert family.result({0: Outcome(SolveStatus.STOPPED)}).ended == "not known"
    assert family.result({0: Outcome(SolveStatus.INFEASIBLE)}).ended == "none left"


def test_a_difference_names_what_comes_in_goes_out_and_moves() -> None:
    a, b, c = Choice("A", "x", 2027), Choice("B", "x", 2027), Choice("C", "x", 2027)
    later = Choice("B", "x", 2028)
    found = difference((a, b), (later, c))
    assert (found.into, found.out, found.moved, found.count) == ((c,), (a,), ((b, later),), 3)
