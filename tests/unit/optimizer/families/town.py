"""A small town whose every plan can be tried, and families of it answered to the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from optimizer.families.kinds import make_family
from optimizer.families.members import Family, Outcome
from optimizer.families.running import answer_members
from optimizer.problem import Alternative, Choice, Coordinate, Limit, Problem, Proposal, Requires
from optimizer.resolving import Resolver
from optimizer.solving import solve
from optimizer.verifying import value_of, verify
from tests.unit.optimizer.random_cases import every_plan

YEARS = (2027, 2028, 2029)
KR = 100


def town(seed: int, *, proposals: int = 5) -> Problem:
    """Schools and streets with values that hardly ever tie: at most 4^5 plans."""
    rng = random.Random(seed)
    listed = tuple(_proposal(rng, f"P{number}") for number in range(proposals))
    room = sum(max(a.rows["investment"]) for p in listed for a in p.alternatives) // 4
    limits = (
        Limit("ceiling", "investment", max=(room, room * 3 // 4, room)),
        Limit("frame", "frame:UN", max=(2_000 * KR, 3_000 * KR, 5_000 * KR)),
    )
    rules = (
        Requires("r1", "P1", "P0"),
        Coordinate("r2", ("P2", "P3"), {"investment": 300 * KR, "operating": 20 * KR}, 3),
    )
    return Problem("town", YEARS, listed, limits, rules)


def _proposal(rng: random.Random, name: str) -> Proposal:
    ways = []
    for number in range(rng.randint(1, 2)):
        starts = YEARS[: rng.randint(1, 2)] if number == 0 else (YEARS[-1],)
        value = rng.randint(1_000, 9_999)
        rows = {
            "investment": tuple(rng.randint(1, 3_000) * KR for _ in range(rng.randint(1, 2))),
            "operating": (rng.randint(-100, 700) * KR,),
            "frame:UN": (0, rng.randint(0, 1_500) * KR),
            "capacity:people": (KR,),
        }
        values = {s: Fraction(value - 137 * (s - YEARS[0]), 100) for s in starts}
        ways.append(Alternative("ab"[number], starts, values, rows))
    return Proposal(name, committee="UN", category=rng.choice(["new", "again"]), alternatives=tuple(ways))


def best_plan(problem: Problem) -> tuple[Choice, ...]:
    """An accepted plan of largest value."""
    answer = solve(problem, gap=0.0, break_ties=False)
    assert answer.checked
    return answer.chosen


def holding(problem: Problem) -> list[tuple[Choice, ...]]:
    return [plan for plan in every_plan(problem) if not verify(problem, plan)]


def best_value(
    problem: Problem, such: Callable[[tuple[Choice, ...]], bool] = lambda _plan: True
) -> Fraction | None:
    """The largest value among the plans that hold, by trying them all."""
    return max((value_of(problem, plan) for plan in holding(problem) if such(plan)), default=None)


def family_of(kind: str, problem: Problem, **given: Any) -> Family:
    return make_family(kind, problem, best_plan(problem), given)


def answered(family: Family, *, gap: float = 0.0) -> dict[int, Outcome]:
    """Every member, in one part."""
    resolver = Resolver(family.problem)
    found: dict[int, Outcome] = {}
    for part in (range(family.opening), range(family.opening, family.count)):
        for one in answer_members(family, resolver, part, found, gap=gap, max_seconds=20):
            found[one.number] = one.outcome
    return found


def with_ceiling(problem: Problem, ceiling: tuple[int | None, ...]) -> Problem:
    """The town under other ceilings."""
    limits = tuple(replace(x, max=ceiling) if x.id == "ceiling" else x for x in problem.limits)
    return replace(problem, limits=limits)
