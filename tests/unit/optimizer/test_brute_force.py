"""Small random cases whose every plan is tried, and what must not change, or not for the worse, when a case changes.

`make prove-plans` runs the same with five times as many cases; docs/proof-of-the-plans.md has what came out.
"""

from __future__ import annotations

import dataclasses
import os
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.instances import municipality
from optimizer import relaxing, searching
from optimizer.problem import Choice, Coordinate, Fix, Forbid, Limit, Problem, Requires, Rule
from optimizer.solving import SolveStatus, solve
from optimizer.verifying import total_of, value_of, verify
from tests.unit.optimizer.random_cases import (
    KINDS,
    best_by_trying,
    kinds_of,
    random_problem,
)

CASES = int(os.environ.get("RANDOM_CASES", "2000"))
RARE = 0.05  # of the cases must have each kind


def cases(share: float, least: int = 40) -> settings:
    most = max(least, int(share * CASES))
    return settings(max_examples=most, derandomize=True, deadline=None, database=None)


some, few = cases(1 / 20), cases(1 / 40)
seeds = st.integers(0, 10**6)


def test_the_answer_is_the_one_found_by_trying_every_plan() -> None:
    seen: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()

    @cases(1)
    @given(seeds)
    def each(seed: int) -> None:
        problem = random_problem(seed)
        best = best_by_trying(problem)
        answer = solve(problem, max_seconds=20)
        seen.update(kinds_of(problem))
        outcomes[str(answer.status)] += 1
        if best is None:
            assert (answer.status, answer.chosen) == (SolveStatus.INFEASIBLE, ())
            return
        assert answer.status is SolveStatus.OPTIMAL
        assert answer.value == value_of(problem, best)
        assert set(answer.chosen) == set(best)
        assert (answer.bound, answer.gap) == (float(answer.value), 0)
        assert answer.checked
        assert answer.ties_exact

    each()
    assert sum(outcomes.values()) >= CASES
    assert seen.keys() == KINDS
    rare = {kind: count for kind, count in seen.items() if count < RARE * CASES}
    assert rare == {}
    assert min(outcomes[s] for s in ("optimal", "infeasible")) >= RARE * CASES


def test_every_kind_of_limit_and_rule_decides_the_plan_in_some_cases() -> None:
    decisive: Counter[str] = Counter()
    for seed in range(300):
        problem = random_problem(seed)
        best = best_by_trying(problem)
        if best is None:
            continue
        for demand in (*problem.limits, *problem.rules):
            without = dataclasses.replace(
                problem,
                limits=tuple(x for x in problem.limits if x is not demand),
                rules=tuple(x for x in problem.rules if x is not demand),
            )
            if best_by_trying(without) != best:
                decisive.update(_demand_kinds(demand))
    wanted = {"Requires", "AtMost", "AllOrNone", "Coordinate", "Fix", "Forbid", "max", "min", "max_total"}
    wanted |= {
        "min_total",
        "min_share",
        "max_share",
        "carry_over",
        "cumulative",
        "window",
        "where",
        "weighted",
    }
    assert {kind for kind in wanted if decisive[kind] < 3} == set()


def _demand_kinds(demand: Limit | Rule) -> set[str]:
    if not isinstance(demand, Limit):
        return {type(demand).__name__}
    names = ("max", "min", "max_total", "min_total", "min_share", "max_share")
    kinds = {name for name in names if getattr(demand, name) is not None}
    kinds |= {name for name in ("carry_over", "cumulative", "window", "where") if getattr(demand, name)}
    return kinds if isinstance(demand.of, str) else {*kinds, "weighted"}


SEARCHES = {
    "parts": ("LARGE", "MEDIUM"),
    "parts until they bring no more": ("LARGE", "MEDIUM", "HUGE"),
}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("sifted", [False, True], ids=["whole programme", "sifted programme"])
@pytest.mark.parametrize("search", SEARCHES)
def test_the_search_of_large_cases_gives_the_answer_found_by_trying_every_plan(
    search: str, sifted: bool, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SEARCHES[search]:
        monkeypatch.setattr(searching, name, 1)
    if sifted:
        monkeypatch.setattr(relaxing, "SIFTED", 0)

    @few
    @given(seeds)
    def each(seed: int) -> None:
        problem = random_problem(seed)
        best = best_by_trying(problem)
        answer = solve(problem, max_seconds=20, threads=threads)
        if best is None:
            assert answer.status is SolveStatus.INFEASIBLE
        else:
            assert answer.status is SolveStatus.OPTIMAL
            assert (answer.value, set(answer.chosen)) == (value_of(problem, best), set(best))

    each()


@cases(1 / 50)
@given(seeds)
def test_cbc_gives_the_value_found_by_trying_every_plan(seed: int) -> None:
    problem = random_problem(seed)
    best = best_by_trying(problem)
    answer = solve(problem, max_seconds=20, solver="cbc", break_ties=False)
    if best is None:
        assert answer.status is SolveStatus.INFEASIBLE
    else:
        assert (answer.status, answer.value) == (SolveStatus.OPTIMAL, value_of(problem, best))


@pytest.mark.parametrize("search", ["whole", *SEARCHES])
def test_a_search_that_ends_early_gives_a_plan_that_holds_and_a_bound_on_every_plan(
    search: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SEARCHES.get(search, ()):
        monkeypatch.setattr(searching, name, 1)

    @few
    @given(seeds, st.integers(0, 6))
    def each(seed: int, patience: int) -> None:
        problem = random_problem(seed)
        best = best_by_trying(problem)
        asked: list[int] = []

        def should_stop() -> bool:
            asked.append(1)
            return len(asked) > patience

        answer = solve(problem, max_seconds=20, gap=0.5, should_stop=should_stop, break_ties=False)
        if answer.chosen:
            assert verify(problem, answer.chosen) == ()
        if best is None:
            assert answer.status in (SolveStatus.INFEASIBLE, SolveStatus.STOPPED)
            return
        assert answer.status is not SolveStatus.INFEASIBLE
        if answer.value is not None:
            assert answer.value <= value_of(problem, best)
        if answer.bound is not None:
            assert answer.bound >= float(value_of(problem, best))

    each()


@some
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
        previous=mixed(problem.previous),
    )
    assert solve(shuffled).chosen == solve(problem).chosen


@some
@given(seeds)
def test_names_in_the_same_order_give_the_same_plan_and_other_names_the_same_value(seed: int) -> None:
    problem = random_problem(seed)
    rng = random.Random(seed)
    first = solve(problem, max_seconds=20)
    ids = sorted(p.id for p in problem.proposals)
    in_order = dict(zip(ids, (f"N{k:02d} å" for k in range(len(ids))), strict=True))
    kept = solve(renamed(problem, in_order), max_seconds=20)
    assert kept.status is first.status
    assert kept.chosen == tuple(Choice(in_order[c.proposal], c.alternative, c.start) for c in first.chosen)
    mixed = dict(zip(ids, rng.sample(list(in_order.values()), len(ids)), strict=True))
    other = solve(renamed(problem, mixed), max_seconds=20)
    assert (other.status, other.value) == (first.status, first.value)


def test_renaming_a_municipality_changes_no_value() -> None:
    problem = municipality(20, seed=4)
    names = {p.id: f"N{1000 - k}" for k, p in enumerate(problem.proposals)}
    first, second = solve(problem, gap=0), solve(renamed(problem, names), gap=0)
    assert first.status is second.status is SolveStatus.OPTIMAL
    assert first.value == second.value


@some
@given(seeds)
def test_amounts_ten_times_as_large_give_the_same_plan(seed: int) -> None:
    problem = random_problem(seed)
    assert solve(scaled(problem, 10)).chosen == solve(problem).chosen


@some
@given(seeds)
def test_a_looser_limit_never_gives_less(seed: int) -> None:
    problem = random_problem(seed)
    tight = solve(problem)
    looser = dataclasses.replace(problem, limits=tuple(_looser(x) for x in problem.limits))
    loose = solve(looser)
    if tight.value is not None:
        assert loose.value is not None
        assert loose.value >= tight.value


@some
@given(seeds)
def test_one_proposal_more_to_choose_from_never_gives_less(seed: int) -> None:
    problem = random_problem(seed)
    named = {p for rule in problem.rules for p in _members(rule)}
    spare = [p for p in problem.proposals if not p.required and p.id not in named]
    assume(spare)
    fewer = dataclasses.replace(
        problem,
        proposals=tuple(p for p in problem.proposals if p is not spare[0]),
        previous=tuple(c for c in problem.previous if c.proposal != spare[0].id),
    )
    less, more = solve(fewer), solve(problem)
    if less.value is not None:
        assert more.value is not None
        assert more.value >= less.value


@some
@given(seeds)
def test_a_plan_that_is_fixed_still_holds_and_is_worth_the_same(seed: int) -> None:
    problem = random_problem(seed)
    free = solve(problem, max_seconds=20)
    assume(free.value is not None)
    inside = {c.proposal for c in free.chosen}
    held = [Fix(f"held {c.proposal}", c.proposal, c.alternative, c.start) for c in free.chosen]
    out = [Forbid(f"out {p.id}", p.id) for p in problem.proposals if p.id not in inside]
    fixed = solve(dataclasses.replace(problem, rules=(*problem.rules, *held, *out)), max_seconds=20)
    assert fixed.status is SolveStatus.OPTIMAL
    assert (fixed.value, fixed.chosen) == (free.value, free.chosen)


@few
@given(seeds)
def test_a_limit_one_ore_below_what_the_plan_uses_gives_the_next_best_plan(seed: int) -> None:
    problem = random_problem(seed)
    free = solve(problem, max_seconds=20)
    assume(free.value is not None)
    used = total_of(problem, free.chosen, "investment")
    for room, same in ((used, True), (used - 1, False)):
        limit = Limit("to the öre", "investment", max_total=room)
        tighter = dataclasses.replace(problem, limits=(*problem.limits, limit))
        answer, best = solve(tighter, max_seconds=20), best_by_trying(tighter)
        assert answer.chosen == (best or ())
        assert (answer.chosen == free.chosen and answer.checked) is same


def scaled(problem: Problem, factor: int) -> Problem:
    """The problem with every amount this many times as large."""

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
        dataclasses.replace(r, saving=amounts(dict(r.saving))) if isinstance(r, Coordinate) else r  # type: ignore[arg-type]
        for r in problem.rules
    )
    return dataclasses.replace(
        problem, proposals=tuple(proposals), limits=tuple(map(limit, problem.limits)), rules=tuple(rules)
    )


def renamed(problem: Problem, names: dict[str, str]) -> Problem:
    """The problem with other ids of its proposals."""
    return dataclasses.replace(
        problem,
        proposals=tuple(dataclasses.replace(p, id=names[p.id]) for p in problem.proposals),
        rules=tuple(_renamed_rule(r, names) for r in problem.rules),
        previous=tuple(dataclasses.replace(c, proposal=names[c.proposal]) for c in problem.previous),
    )


def _renamed_rule(rule: Rule, names: dict[str, str]) -> Rule:
    changes: dict[str, Any] = {k: names[getattr(rule, k)] for k in ("proposal", "needs") if hasattr(rule, k)}
    if hasattr(rule, "proposals"):
        changes["proposals"] = tuple(names[p] for p in rule.proposals)
    return dataclasses.replace(rule, **changes)


def _members(rule: Rule) -> set[str]:
    if isinstance(rule, Requires):
        return {rule.proposal, rule.needs}
    return {rule.proposal} if isinstance(rule, Fix | Forbid) else set(rule.proposals)


def _looser(limit: Limit) -> Limit:
    """More room upwards and downwards; shares stay, for of a negative whole a larger share is less."""

    def moved(bound: Any, sign: int) -> Any:
        if isinstance(bound, tuple):
            return tuple(moved(one, sign) for one in bound)
        return None if bound is None else bound + sign * max(1, abs(bound) // 3)

    return dataclasses.replace(
        limit,
        max=moved(limit.max, 1),
        min=moved(limit.min, -1),
        max_total=moved(limit.max_total, 1),
        min_total=moved(limit.min_total, -1),
    )
