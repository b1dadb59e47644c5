"""Ways out of a case that nothing can keep: each one holds once it is taken, and no cheaper one was overlooked."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.easing import (
    BOARD,
    COMMITTEE,
    COUNCIL,
    WEIGHTS,
    Way,
    _Ways,
    decider_of,
    taken,
    ways_out,
)
from optimizer.models import build_model
from optimizer.problem import AllOrNone, Choice, Fix, Limit, Problem, Requires
from optimizer.solving import SolveStatus, solve
from optimizer.verifying import verify
from tests.unit.optimizer.random_cases import best_by_trying, every_plan, infeasible_problem
from tests.unit.optimizer.small_cases import KR, limit, problem, proposal

CASES = int(os.environ.get("RANDOM_CASES", "2000"))
MKR = 1_000_000
some = settings(max_examples=max(40, CASES // 30), derandomize=True, deadline=None, database=None)


def figures(way: Way) -> list[tuple[str, str, int | None, int, str]]:
    return [(w.limit, w.bound, w.year, w.by_ore, w.decider) for w in way.widenings]


@some
@given(st.integers(0, 10**6))
def test_every_way_makes_the_case_hold_once_it_is_taken(seed: int) -> None:
    problem = infeasible_problem(seed)
    ways = ways_out(problem, solve(problem, max_seconds=20).conflict)
    assert ways
    for way in ways:
        assert way.let_go or way.widenings
        mended = taken(problem, way)
        assert verify(mended, way.chosen) == ()
        assert solve(mended, max_seconds=20).status is SolveStatus.OPTIMAL
        assert best_by_trying(mended) is not None
        if way.only:
            assert {*way.let_go, *(w.limit for w in way.widenings)} == set(way.only)


def test_no_cheaper_set_could_be_let_go_of_by_trying_every_plan() -> None:
    outcomes: Counter[bool] = Counter()

    @some
    @given(st.integers(0, 10**6))
    def each(seed: int) -> None:
        problem = infeasible_problem(seed)
        way = next(w for w in ways_out(problem, ()) if w.let_go and not w.widenings)
        weight = {d: WEIGHTS[decider_of(problem, d)] for d in every_demand(problem)}
        assert way.cost == sum(weight[d] for d in way.let_go)
        assert way.smallest
        assert way.cost == cheapest_by_trying(problem, weight)
        outcomes[len(way.let_go) > 1] += 1

    each()
    assert outcomes[True] >= 3, "cases that need more than one demand let go of are rare"


def every_demand(problem: Problem) -> list[str]:
    required = [f"required:{p.id}" for p in problem.proposals if p.required]
    return [*(x.id for x in problem.limits), *(x.id for x in problem.rules), *required]


def cheapest_by_trying(problem: Problem, weight: dict[str, int]) -> int:
    """What the plan that breaks least breaks; a plan cannot break a coordination."""
    broken = ({breach.id for breach in verify(problem, plan)} for plan in every_plan(problem))
    return min(sum(weight[d] for d in ids) for ids in broken)


def test_no_smaller_widening_was_overlooked_by_trying_every_plan() -> None:
    told: Counter[str] = Counter()

    @some
    @given(st.integers(0, 10**6))
    def each(seed: int) -> None:
        problem = infeasible_problem(seed)
        ways = [w for w in ways_out(problem, ()) if w.widenings and not w.let_go]
        search = _Ways(problem, build_model(problem), 0.0, WEIGHTS, lambda: False, 0)
        told_costs = (widening_cost(search, plan) for plan in every_plan(problem))
        costs = [cost for cost in told_costs if cost is not None]
        if not ways:
            told["none"] += 1
            assert not costs, "room would have helped"
            return
        assert ways[0].cost >= min(costs)
        if ways[0].smallest:
            öre = Fraction(WEIGHTS[COUNCIL], 10**8 // (10**6 if "capacity" in str(problem.limits) else 1))
            assert ways[0].cost <= (1 + Fraction(1, 10**6)) * min(costs) + len(ways[0].widenings) * öre
        told["smallest" if ways[0].smallest else "found"] += 1

    each()
    assert told["smallest"] >= 0.8 * (told["smallest"] + told["found"]) > 0
    assert told["none"]


def widening_cost(search: _Ways, plan: tuple[Choice, ...]) -> Fraction | None:
    """What the plan's own breaches cost; None where they are not of limits alone, or a share cannot be met."""
    breaches = verify(search.problem, plan)
    if any(breach.id not in search.limits for breach in breaches):
        return None
    widenings = tuple(search._widenings(breaches))
    cost = sum((search._cost(w) for w in widenings), Fraction(0))
    mended = taken(search.problem, Way((), widenings, cost, False, plan))
    return None if verify(mended, plan) else cost


def school(name: str, cost: int, *, required: bool = True, starts: tuple[int, ...] = (2027,), **rows: object):  # type: ignore[no-untyped-def]
    return proposal(name, 1, starts, required=required, investment=(cost,), **rows)  # type: ignore[arg-type]


def test_a_ceiling_gets_just_the_kronor_that_are_missing_in_the_year_in_which_they_are() -> None:
    case = problem(
        school("A", 6 * MKR),
        school("B", 5 * MKR + 1, starts=(2028,)),
        limit("investment", max=(5 * MKR,) * 3),
    )
    conflict = solve(case).conflict
    widening, *rest = ways_out(case, conflict)
    assert figures(widening) == [
        ("L", "max", 2027, MKR * KR, COUNCIL),
        ("L", "max", 2028, 1 * KR, COUNCIL),
    ]
    assert widening.smallest
    assert widening.cost == WEIGHTS[COUNCIL] * (1 + Fraction(1, MKR))
    assert [way.let_go for way in rest] == [("L",)]
    assert taken(case, widening).limits[0].max == (6 * MKR * KR, 5 * MKR * KR + KR, 5 * MKR * KR)


def test_room_that_is_carried_on_is_asked_for_once() -> None:
    case = problem(
        school("A", 6 * MKR),
        school("B", 6 * MKR, starts=(2028,)),
        limit("investment", max=(5 * MKR, 5 * MKR, 0), carry_over=True),
    )
    widening = ways_out(case, solve(case).conflict)[0]
    assert figures(widening) == [
        ("L", "max", 2027, MKR * KR, COUNCIL),
        ("L", "max", 2028, MKR * KR, COUNCIL),
    ]
    assert taken(case, widening).limits[0].max == (6 * MKR * KR, 6 * MKR * KR, 0)


def test_a_share_is_moved_to_what_the_plan_has() -> None:
    case = problem(
        school("A", 6 * MKR, district="Norr"),
        school("B", 3 * MKR, district="Söder"),
        limit("investment", min_share=Fraction(1, 2), where={"district": "Söder"}),
    )
    widening = ways_out(case, solve(case).conflict)[0]
    assert figures(widening) == [("L", "min_share", None, 3 * MKR * KR // 2, BOARD)]
    assert taken(case, widening).limits[0].min_share == Fraction(333333333333, 10**12)


def test_who_may_decide_weighs_what_is_proposed_first() -> None:
    case = problem(
        school("A", 6 * MKR, people=(2,)),
        limit("investment", max=5 * MKR),
        Limit("people", "capacity:people", max=100),
        rules=(Requires("order", "A", "B"), AllOrNone("both", ("A", "B"))),
    )
    case = replace(case, proposals=(*case.proposals, school("B", 1 * MKR, required=False, people=(1,))))
    conflict = solve(case).conflict
    by_default = ways_out(case, conflict)[0]
    assert figures(by_default) == [
        ("L", "max", 2027, 2 * MKR * KR, COUNCIL),
        ("people", "max", 2027, 200, BOARD),
    ]
    assert by_default.cost == 2 * WEIGHTS[COUNCIL] + 2 * WEIGHTS[BOARD]
    let_go = [way.let_go for way in ways_out(case, conflict) if way.let_go]
    assert let_go[0] in (("required:A",), ("L", "people"))
    dear_rules = {COMMITTEE: 1, BOARD: 1, COUNCIL: 100}
    cheapest = next(way for way in ways_out(case, conflict, weights=dear_rules) if way.let_go)
    assert cheapest.let_go == ("required:A",)
    assert cheapest.cost == 100


def test_rules_that_cannot_hold_together_need_no_room() -> None:
    case = problem(
        school("A", 1, required=False, starts=(2027, 2028)),
        limit("investment", max=9),
        rules=(Fix("in", "A", start=2027), Fix("then", "A", start=2028)),
    )
    ways = ways_out(case, solve(case).conflict)
    assert [(way.let_go, way.smallest, way.cost) for way in ways] == [
        (("in",), True, WEIGHTS[COMMITTEE]),
        (("then",), False, WEIGHTS[COMMITTEE]),
    ]


def test_rules_that_cannot_hold_are_let_go_of_beside_the_room_that_the_rest_needs() -> None:
    case = problem(
        school("A", 5 * MKR + MKR // 2),
        school("B", 2 * MKR, required=False, starts=(2027, 2028)),
        limit("investment", max=5 * MKR),
        rules=(Fix("in", "B", start=2027), Fix("then", "B", start=2028)),
    )
    way = ways_out(case, solve(case).conflict)[0]
    assert way.let_go == ("in",)
    assert figures(way) == [("L", "max", 2027, MKR // 2 * KR, COUNCIL)]
    assert way.smallest
    assert way.cost == WEIGHTS[COMMITTEE] + Fraction(WEIGHTS[COUNCIL], 2)
    assert verify(taken(case, way), way.chosen) == ()


@pytest.mark.parametrize(
    ("demand", "decider"),
    [
        ("ceiling", COUNCIL),
        ("frame", COUNCIL),
        ("debt", COUNCIL),
        ("north", BOARD),
        ("share", BOARD),
        ("people", BOARD),
        ("r", COMMITTEE),
        ("required:A", COUNCIL),
    ],
)
def test_who_may_decide_follows_from_what_is_limited(demand: str, decider: str) -> None:
    limits = (
        Limit("ceiling", "investment", max=1),
        Limit("frame", "frame:UN", max=1),
        Limit("debt", {"investment": 1, "lasting:cash": 1}, max=1, cumulative=True),
        Limit("north", "investment", max=1, where={"district": "Norr"}),
        Limit("share", "investment", min_share=Fraction(1, 3), where={"category": "new"}),
        Limit("people", "capacity:people", max=1),
    )
    case = Problem("", (2027,), (school("A", 1),), limits, (Fix("r", "A"),))
    assert decider_of(case, demand) == decider


def test_no_time_gives_no_ways_and_stopping_is_listened_to() -> None:
    case = problem(school("A", 6), limit("investment", max=5))
    assert ways_out(case, ("L",), max_seconds=1e-9) == ()
    assert ways_out(case, ("L",), should_stop=lambda: True) == ()
