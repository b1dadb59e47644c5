"""Small random problems with every kind of limit and rule, and their answers by trying every plan."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from optimizer.problem import (
    AllOrNone,
    Alternative,
    AtMost,
    Choice,
    Coordinate,
    Fix,
    Forbid,
    Limit,
    Problem,
    Profile,
    Proposal,
    Requires,
    Rule,
)
from optimizer.verifying import total_of, value_of, verify

ROWS = ("investment", "operating", "frame:UN", "capacity:people", "lasting:cash")
MOST_PLANS = 250


def random_problem(seed: int) -> Problem:
    """At most 250 plans; amounts from öre to billions; every limit and rule kind turns up."""
    rng = random.Random(seed)
    years = tuple(range(2027, 2027 + rng.randint(2, 4)))
    unit = rng.choice([1, 100, 12_345, 100_000_000, 99_999_999_999])
    proposals = []
    plans = 1
    for number in range(rng.randint(2, 6)):
        proposal = _proposal(rng, f"P{number}", years, unit)
        plans *= 1 + sum(len(a.starts) for a in proposal.alternatives)
        if plans > MOST_PLANS:
            break
        proposals.append(proposal)
    limits = tuple(_limit(rng, f"limit {k}", years, unit) for k in range(rng.randint(1, 4)))
    rules = tuple(_rule(rng, f"rule {k}", proposals, unit) for k in range(rng.randint(0, 3)))
    previous = _previous(rng, proposals) if rng.random() < 0.4 else ()
    return Problem("random", years, tuple(proposals), limits, rules, previous)


def infeasible_problem(seed: int) -> Problem:
    """The first random problem from this seed on that no plan keeps."""
    return next(
        p for k in itertools.count() if best_by_trying(p := random_problem(seed + k * 1_000_003)) is None
    )


def every_plan(problem: Problem) -> Iterator[tuple[Choice, ...]]:
    """All choices there are, the forbidden ones too."""
    options = [[None, *choices_of(p)] for p in problem.proposals]
    for combination in itertools.product(*options):
        yield tuple(c for c in combination if c is not None)


def kinds_of(problem: Problem) -> set[str]:
    """Everything of the format that the problem makes use of, in words; `KINDS` has them all."""
    found = {type(rule).__name__ for rule in problem.rules}
    for rule in problem.rules:
        found |= set(_rule_kinds(rule, problem))
    for limit in problem.limits:
        found |= set(_limit_kinds(limit))
    profiles = [profile for p in problem.proposals for a in p.alternatives for profile in a.rows.values()]
    if any(isinstance(profile, dict) for profile in profiles):
        found.add("amounts by start year")
    series = [s for p in profiles for s in (p.values() if isinstance(p, dict) else (p,))]
    if any(amount < 0 for one in series for amount in one):
        found.add("a negative amount")
    if any(p.required for p in problem.proposals):
        found.add("required")
    if any(len(p.alternatives) > 1 for p in problem.proposals):
        found.add("several alternatives")
    if any(a.fields for p in problem.proposals for a in p.alternatives):
        found.add("an alternative with its own district")
    if any(
        value < 0 for p in problem.proposals for a in p.alternatives for value in a.value_by_start.values()
    ):
        found.add("a negative value")
    if any(len(set(a.value_by_start.values())) > 1 for p in problem.proposals for a in p.alternatives):
        found.add("value by start year")
    if problem.previous:
        found.add("previous")
    return found


def _rule_kinds(rule: Rule, problem: Problem) -> Iterator[str]:
    if isinstance(rule, Requires):
        yield (
            "Requires with lag"
            if rule.lag_years > 0
            else "Requires with lead"
            if rule.lag_years
            else "Requires"
        )
    elif isinstance(rule, Fix | Forbid):
        name = type(rule).__name__
        yield f"{name} alternative" if rule.alternative else name
        yield f"{name} start" if rule.start else name
    elif isinstance(rule, Coordinate) and len(rule.proposals) > 1:
        if rule.value < 0 or min(rule.saving.values(), default=0) < 0:
            yield "Coordinate with a cost"
        if rule.value > 0 or max(rule.saving.values(), default=0) > 0:
            yield "Coordinate with a gain"
        if "operating" in rule.saving:
            yield "Coordinate of operating"
        if len(rule.proposals) > 2:
            yield "Coordinate of three"
        if any(not isinstance(limit.of, str) for limit in problem.limits):
            yield "Coordinate under weights"


def _limit_kinds(limit: Limit) -> Iterator[str]:
    for name in ("max", "min", "max_total", "min_total", "min_share", "max_share"):
        bound = getattr(limit, name)
        if bound is None:
            continue
        yield name
        if isinstance(bound, tuple) and None in bound:
            yield "a year without a limit"
        if not isinstance(limit.of, str):
            yield f"{name} weighted"
        if limit.where and "share" not in name:
            yield f"{name} where"
        if name in ("max", "min"):
            shapes = {"cumulative": limit.cumulative, "carry_over": limit.carry_over, "window": limit.window}
            yield from (f"{name} {shape}" for shape, is_so in shapes.items() if is_so)
    if not isinstance(limit.of, str) and min(limit.of.values()) < 0:
        yield "a negative weight"
    if len(limit.where) > 1:
        yield "where of two fields"
    yield limit.of.split(":")[0] if isinstance(limit.of, str) else "weighted"


BOUNDS = ("max", "min", "max_total", "min_total", "min_share", "max_share")
KINDS = frozenset(
    {
        *("Requires", "Requires with lag", "Requires with lead", "AtMost", "AllOrNone", "Coordinate"),
        *(
            "Coordinate with a cost",
            "Coordinate with a gain",
            "Coordinate of operating",
            "Coordinate of three",
        ),
        *("Coordinate under weights", "Fix", "Fix alternative", "Fix start", "Forbid", "Forbid alternative"),
        *("Forbid start", "required", "previous", "several alternatives", "value by start year"),
        *("a negative value", "a negative amount", "a negative weight", "amounts by start year"),
        *("an alternative with its own district", "a year without a limit", "where of two fields"),
        *("investment", "operating", "frame", "capacity", "lasting", "weighted"),
        *BOUNDS,
        *(f"{bound} weighted" for bound in BOUNDS),
        *(f"{bound} where" for bound in BOUNDS[:4]),
        *(f"{bound} {shape}" for bound in ("max", "min") for shape in ("cumulative", "carry_over", "window")),
    }
)


def choices_of(proposal: Proposal) -> list[Choice]:
    return [Choice(proposal.id, a.id, s) for a in proposal.alternatives for s in a.starts]


def best_by_trying(problem: Problem) -> tuple[Choice, ...] | None:
    """The plan that the format promises, found by comparing every plan; None when none is accepted.

    The dearest plans are checked first: those worth less than one that is accepted need no check.
    """
    worth = sorted(
        ((value_of(problem, plan), plan) for plan in every_plan(problem)), key=lambda pair: -pair[0]
    )
    accepted: list[tuple[Choice, ...]] = []
    for value, plan in worth:
        if accepted and value < value_of(problem, accepted[0]):
            break
        if not verify(problem, plan):
            accepted.append(plan)
    return min(accepted, key=lambda plan: promised_order(problem, plan)) if accepted else None


def promised_order(problem: Problem, plan: tuple[Choice, ...]) -> tuple[Any, ...]:
    chosen = {c.proposal: (0, c.alternative, c.start) for c in plan}
    by_id = tuple(chosen.get(p, (1, "", 0)) for p in sorted(p.id for p in problem.proposals))
    before = {c.proposal: c for c in problem.previous}
    changes = 0
    if before:
        now = {c.proposal: c for c in plan}
        changes = sum(before.get(p) != now.get(p) for p in before.keys() | now.keys())
    totals = (total_of(problem, plan, "operating"), total_of(problem, plan, "investment"))
    return (-value_of(problem, plan), changes, *totals, by_id)


def _proposal(rng: random.Random, name: str, years: tuple[int, ...], unit: int) -> Proposal:
    alternatives = []
    for number in range(rng.randint(1, 2)):
        starts = tuple(sorted(rng.sample(years, rng.randint(1, min(2, len(years))))))
        same = Fraction(rng.randint(-1, 4))
        values = {s: same if rng.random() < 0.7 else Fraction(rng.randint(-5, 40), 10) for s in starts}
        rows = {row: _profile(rng, starts, unit) for row in ROWS if rng.random() < 0.6}
        fields = {"district": "Söder"} if rng.random() < 0.2 else {}
        alternatives.append(Alternative("ab"[number], starts, values, rows, fields))
    return Proposal(
        id=name,
        committee=rng.choice(["UN", "TN"]),
        category=rng.choice(["new", "again"]),
        district=rng.choice(["Norr", "Söder"]),
        required=rng.random() < 0.15,
        fields={"colour": rng.choice(["red", "blue"])},
        alternatives=tuple(alternatives),
    )


def _profile(rng: random.Random, starts: tuple[int, ...], unit: int) -> Profile:
    def amounts() -> tuple[int, ...]:
        return tuple(unit * rng.randint(-1, 5) for _ in range(rng.randint(0, 3)))

    return {s: amounts() for s in starts} if rng.random() < 0.3 else amounts()


def _limit(rng: random.Random, name: str, years: tuple[int, ...], unit: int) -> Limit:
    of: Any = rng.choice(ROWS)
    if rng.random() < 0.3:
        of = {row: Fraction(rng.randint(-3, 10), 4) for row in rng.sample(ROWS, 2)}
    bounds: dict[str, Any] = {}
    shape = rng.choice(["year", "carry_over", "cumulative", "window"])
    window = rng.randint(1, len(years)) if shape == "window" else None
    periods = len(years) - (window or 1) + 1

    def bound(low: int, high: int) -> Any:
        one = [None if rng.random() < 0.2 else unit * rng.randint(low, high) for _ in range(periods)]
        return tuple(one) if rng.random() < 0.6 else unit * rng.randint(low, high)

    kind = rng.choice(
        ["max", "max", "max", "min", "both", "max_total", "min_total", "min_share", "max_share"]
    )
    if kind in ("max", "both"):
        bounds["max"] = bound(2, 9)
    if kind in ("min", "both"):
        bounds["min"] = bound(-3, 1)
    if kind.endswith("_total"):
        bounds[kind] = unit * rng.randint(3, 15) if kind == "max_total" else unit * rng.randint(-3, 4)
    shares = kind.endswith("_share")
    if shares:
        bounds[kind] = Fraction(rng.randint(0, 10), 10)
    where: dict[str, str] = {}
    if shares or rng.random() < 0.3:
        wanted = {"committee": "UN", "category": "new", "district": "Söder", "colour": "red"}
        where = {field: wanted[field] for field in rng.sample(list(wanted), rng.choice([1, 1, 1, 2]))}
    flags: dict[str, Any] = {} if shape in ("year", "window") else {shape: True}
    return Limit(name, of, where=where, window=window, **flags, **bounds)


def _rule(rng: random.Random, name: str, proposals: list[Proposal], unit: int) -> Rule:
    ids = [p.id for p in proposals]
    some = tuple(rng.sample(ids, min(len(ids), rng.randint(1, 3))))
    kind = rng.choice(["requires", "at_most", "all_or_none", "coordinate", "coordinate", "fix", "forbid"])
    if kind == "requires" and len(ids) > 1:
        first, second = rng.sample(ids, 2)
        return Requires(name, first, second, rng.randint(-1, 1))
    if kind == "at_most":
        return AtMost(name, some, rng.randint(0, 2))
    if kind == "all_or_none":
        return AllOrNone(name, some)
    if kind == "coordinate":
        saving = {r: unit * rng.randint(-1, 3) for r in ("investment", "operating") if rng.random() < 0.7}
        members = tuple(rng.sample(ids, min(rng.choice([2, 2, 2, 3]), len(ids))))
        return Coordinate(name, members, saving, Fraction(rng.randint(-2, 2)))
    one = rng.choice(choices_of(rng.choice(proposals)))
    alternative = one.alternative if rng.random() < 0.7 else None
    start = one.start if rng.random() < 0.7 else None
    return (Fix if kind == "fix" else Forbid)(name, one.proposal, alternative, start)


def _previous(rng: random.Random, proposals: list[Proposal]) -> tuple[Choice, ...]:
    return tuple(rng.choice(choices_of(p)) for p in proposals if rng.random() < 0.6)
