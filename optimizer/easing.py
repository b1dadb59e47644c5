"""Ways out of a case that no plan can keep: which demands to let go of, or how much more room which limits need.

Both are weighted by who may decide: a committee's own rules are cheaper to move than a limit of the board's, and that
than a ceiling of the council's. *Letting go* takes the cheapest set of demands without which the rest holds: whole
conflicts are found one after the other, and the cheapest set that meets them all is tried; when the rest then holds,
nothing cheaper can do. *Widening* lets every limit give way at a cost per krona; how much it must give is then counted
in whole öre by the exact checker, whose breaches are the widening. Where rules cannot hold together whatever the room, they are let go of in the same model.
Every way comes with a plan that the checker accepts
once the way is taken.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

from optimizer.conflicts import Demands
from optimizer.elastic import Bounds, ElasticEngine, Slack, given_bounds, slacks_of, spread_bound, unit_ore
from optimizer.engines import Task
from optimizer.json_reading import json_number
from optimizer.models import Model, build_model
from optimizer.problem import Breach, Choice, Limit, Number, PerPeriod, Problem, limit_weights
from optimizer.verifying import use_of, verify

COMMITTEE, BOARD, COUNCIL = "committee", "board", "council"
WEIGHTS: Mapping[str, int] = {COMMITTEE: 1, BOARD: 3, COUNCIL: 10}
CAPACITY_ORE = 1_000_000  # one hundredth of a unit of capacity counts as this: a unit as a million kronor
MILLION_KRONOR_ORE = 10**8
MOST_WAYS = 6
MOST_ROUNDS = 25
PROVEN = 1e-6  # how near its bound, relatively, a cost must be to be called the smallest
SHARE_DECIMALS = 10**12


@dataclass(frozen=True)
class Widening:
    """More room for one limit: `bound` (``max``, ``min``, ``max_total`` … ``min_share``) moves by `by_ore` so that it holds.

    `year` is None for totals and shares. `by_ore` is in öre, or hundredths of a unit for capacity; of a share it is
    what its part is too much or too little.
    """

    limit: str
    bound: str
    year: int | None
    by_ore: int
    decider: str


@dataclass(frozen=True)
class Way:
    """One way out: more room, demands let go of, or both where room alone does not help.

    `cost` is the weighted number of demands and of million kronor. `smallest` only when no way of its kind, among
    those that it was chosen from (`only`: these demands alone), is proven to cost less. `chosen` is a plan that then
    holds; nothing was done to make it a good one.
    """

    let_go: tuple[str, ...]
    widenings: tuple[Widening, ...]
    cost: Fraction
    smallest: bool
    chosen: tuple[Choice, ...]
    only: tuple[str, ...] = ()

    @property
    def demands(self) -> tuple[frozenset[str], frozenset[str]]:
        """What is let go of, and which limits are widened."""
        return frozenset(self.let_go), frozenset(widening.limit for widening in self.widenings)


def decider_of(problem: Problem, demand: str) -> str:
    """Who may move a limit, rule or ``required:<proposal>``, by the usual order in a Swedish municipality.

    The council sets ceilings, frames and financial targets and says what must be built; the board and its finance
    office set capacity, shares and limits on parts; orders among proposals are the committees' own.
    """
    if demand.startswith("required:"):
        return COUNCIL
    limit = next((limit for limit in problem.limits if limit.id == demand), None)
    if limit is None:
        return COMMITTEE
    is_part = bool(limit.where)
    return BOARD if is_part or _is_capacity(limit) else COUNCIL


def ways_out(
    problem: Problem,
    conflict: Sequence[str],
    *,
    max_seconds: float = 20,
    weights: Mapping[str, int] = WEIGHTS,
    capacity_ore: int = CAPACITY_ORE,
    should_stop: Callable[[], bool] = lambda: False,
    seed: int = 0,
) -> tuple[Way, ...]:
    """Ways to make an infeasible problem hold, cheapest first among each kind: widenings, then what to let go of.

    The first of each kind may use every demand; further ones move one member of `conflict` alone. At most six, fewer
    when time ends. `weights` is what moving one demand, or a million kronor of one limit, costs by decider;
    `capacity_ore` is what a hundredth of a unit of capacity counts as (1 where capacity is in öre itself).
    """
    model = build_model(problem)
    deadline = time.monotonic() + max_seconds
    search = _Ways(problem, model, deadline, weights, should_stop, seed, capacity_ore)
    kept: list[Way] = []
    for way in search.run(conflict):
        # The same demands moved at the same cost, only in other years, are no other way.
        if all((w.demands, w.cost) != (way.demands, way.cost) for w in kept):
            kept.append(way)
    kept.sort(key=lambda way: (bool(way.let_go), not way.widenings, bool(way.only), way.cost))
    return tuple(kept[:MOST_WAYS])


def taken(problem: Problem, way: Way) -> Problem:
    """The problem once a way is taken: demands let go of are gone, limits have their new room."""
    limits = {limit.id: limit for limit in problem.limits if limit.id not in way.let_go}
    for limit_id in dict.fromkeys(widening.limit for widening in way.widenings):
        own = [widening for widening in way.widenings if widening.limit == limit_id]
        limits[limit_id] = _widened(problem, limits[limit_id], own, way.chosen)
    return replace(
        problem,
        limits=tuple(limits.values()),
        rules=tuple(rule for rule in problem.rules if rule.id not in way.let_go),
        proposals=tuple(
            replace(p, required=p.required and f"required:{p.id}" not in way.let_go)
            for p in problem.proposals
        ),
    )


def ways_to_json(ways: Sequence[Way]) -> list[dict[str, Any]]:
    """The ways as JSON-ready data, amounts in öre; without the plans and the weighing."""
    return [
        {
            "let_go": list(way.let_go),
            "widen": [asdict(widening) for widening in way.widenings],
            "smallest": way.smallest,
        }
        for way in ways
    ]


def lines_of(problem: Problem, ways: Sequence[Way], weights: Mapping[str, int] = WEIGHTS) -> Iterator[str]:
    """The ways in words, a line each, after a line that says what they are weighed by."""
    told = ", ".join(f"{who} {weight}" for who, weight in weights.items())
    yield f"Ways out, each enough by itself (a demand, or a million kronor or unit of capacity, weighs: {told}):"
    for number, way in enumerate(ways, 1):
        parts = [
            f"{w.bound} of {w.limit}{'' if w.year is None else f' {w.year}'} by {json_number(w.by_ore)} ({w.decider})"
            for w in way.widenings
        ]
        words = [f"widen {', '.join(parts)}"] if parts else []
        if way.let_go:
            gone = ", ".join(f"{d} ({decider_of(problem, d)})" for d in way.let_go)
            words.append(f"let go of {gone}")
        kind = "smallest" if way.smallest else "found"
        yield f"  {number}. {' and '.join(words)}; weight {float(way.cost):g}, {kind}"


class _Ways:
    def __init__(
        self,
        problem: Problem,
        model: Model,
        deadline: float,
        weights: Mapping[str, int],
        should_stop: Callable[[], bool],
        seed: int,
        capacity_ore: int = CAPACITY_ORE,
    ) -> None:
        self.problem, self.model, self.deadline, self.seed = problem, model, deadline, seed
        self.should_stop, self.capacity_ore = should_stop, capacity_ore
        self.demands = Demands(model, deadline, should_stop, seed=seed)
        self.decider = {demand: decider_of(problem, demand) for demand in self.demands.ids}
        self.weight = {demand: Fraction(weights[who]) for demand, who in self.decider.items()}
        self.limits = {limit.id: limit for limit in problem.limits}
        self.bounds: dict[int, Bounds] = {}
        self.units = [
            unit_ore(row, self.limits[row.source]) if row.source in self.limits else 1.0 for row in model.rows
        ]

    def let_go(self) -> Way | None:
        """The cheapest demands without which the rest holds; None when time ends before they are found.

        Coordinations stay: they can help as well as hurt, and what is said here rests on fewer demands never hurting.
        """
        all_of, always = set(self.demands.ids), frozenset(self.demands.savings)
        conflicts: list[tuple[str, ...]] = []
        for _ in range(MOST_ROUNDS):
            gone = _cheapest_hit(conflicts, self.weight)
            verdict = self.demands.cannot_hold(all_of - set(gone))
            if verdict is None:
                return None
            if not verdict:
                return self._letting_go(gone, smallest=True)
            # All that do not meet are taken at once: each of them must be hit.
            rest = all_of - set(gone)
            while True:
                conflicts.append(self.demands.conflict_within(set(rest), always).ids)
                if not conflicts[-1]:
                    return None
                rest -= set(conflicts[-1])
                if self.demands.cannot_hold(rest) is not True:
                    break
        return None

    def single(self, conflict: Sequence[str]) -> Iterator[Way]:
        """For each member of the conflict: it alone let go of, where that is enough."""
        for demand in conflict:
            if self.demands.cannot_hold(set(self.demands.ids) - {demand}) is False:
                way = self._letting_go((demand,), smallest=False, only=(demand,))
                if way is not None:
                    yield way

    def _letting_go(self, gone: tuple[str, ...], *, smallest: bool, only: tuple[str, ...] = ()) -> Way | None:
        cost = sum((self.weight[demand] for demand in gone), Fraction(0))
        return self._proven(Way(gone, (), cost, smallest, self.demands.chosen, only))

    def run(self, conflict: Sequence[str]) -> Iterator[Way]:
        """Least room; where room alone does not help, with rules let go of; then each of the conflict, then sets."""
        begun = time.monotonic()

        def until(share: float) -> float:
            return begun + share * (self.deadline - begun)

        yield from self._eased(until(0.4), ()) or self._eased(until(0.6), (), soft=True)
        for k, demand in enumerate(conflict, 1):
            yield from self._eased(until(0.6 + 0.1 * k / len(conflict)), (demand,))
        if (way := self.let_go()) is not None:
            yield way
        yield from self.single(conflict)

    def _eased(self, until: float, only: tuple[str, ...], *, soft: bool = False) -> list[Way]:
        """Least weighted extra room for the limits, or for these alone; `soft` lets rules go, too. Empty: no help."""
        if any(demand not in self.limits for demand in only) or self.should_stop():
            return []
        slacks = [*self._slacks(only), *(self._letters() if soft else ())]
        if not slacks or time.monotonic() >= until:
            return []
        engine = ElasticEngine(self.model, slacks, self.units, self.bounds, self.seed)
        outcome = engine.run(Task(until), lambda _found: self.should_stop())
        if outcome.found.point is None:
            return []
        chosen = self.model.variables.chosen(outcome.found.point)
        breaches = verify(self.problem, chosen)
        gone = tuple(dict.fromkeys(b.id for b in breaches if b.id not in self.limits))
        if gone and not soft:
            return []
        widenings = tuple(self._widenings([b for b in breaches if b.id in self.limits]))
        cost = sum((*map(self._cost, widenings), *(self.weight[d] for d in gone)), Fraction(0))
        # The checker's amounts are rounded up to whole öre: by less than one for each.
        rounding = sum(self._price(self.limits[w.limit]) for w in widenings)
        least = engine.cost_of(outcome.found.bound) + rounding + PROVEN * float(cost)
        proven = outcome.status == "optimal" and float(cost) <= least
        way = self._proven(Way(gone, widenings, cost, proven, chosen, only))
        return [] if way is None else [way]

    def _letters(self) -> Iterator[Slack]:
        """Columns that let go of rules and requirements; coordinations stay."""
        for demand, rows in self.demands.rows_of.items():
            if demand and demand not in self.limits and demand not in self.demands.columns_of:
                yield Slack(tuple(rows), True, float(self.weight[demand]), is_whole=True)

    def _proven(self, way: Way) -> Way | None:
        """The way, if the checker accepts its plan once it is taken."""
        return None if verify(taken(self.problem, way), way.chosen) else way

    def _slacks(self, only: tuple[str, ...]) -> Iterator[Slack]:
        """Columns that let the rows of limits give way, with what each costs in weighted million kronor."""
        for demand, rows in self.demands.rows_of.items():
            if demand in self.limits and (not only or demand in only):
                limit = self.limits[demand]
                given = list(given_bounds(limit, len(self.problem.years)))
                self.bounds.update(zip(rows, given, strict=True))
                yield from slacks_of(limit, self.model.rows, rows, given, self._price(limit))

    def _price(self, limit: Limit) -> float:
        """Weighted million kronor per öre."""
        factor = self.capacity_ore if _is_capacity(limit) else 1
        return float(self.weight[limit.id]) * factor / MILLION_KRONOR_ORE

    def _cost(self, widening: Widening) -> Fraction:
        factor = self.capacity_ore if _is_capacity(self.limits[widening.limit]) else 1
        return self.weight[widening.limit] * widening.by_ore * factor / MILLION_KRONOR_ORE

    def _widenings(self, breaches: Sequence[Breach]) -> Iterator[Widening]:
        carried: dict[tuple[str, str], int] = {}
        for breach in breaches:
            amount = math.ceil(breach.amount_ore or 0)
            if self.limits[breach.id].carry_over and breach.kind in ("max", "min"):
                # Room given in one year is carried on: a later year needs only what is more.
                before = carried.get((breach.id, breach.kind), 0)
                carried[breach.id, breach.kind] = max(before, amount)
                amount -= before
            if amount > 0:
                yield Widening(breach.id, breach.kind, breach.year, amount, self.decider[breach.id])


def _is_capacity(limit: Limit) -> bool:
    return all(row.startswith("capacity:") for row in limit_weights(limit))


def _cheapest_hit(conflicts: list[tuple[str, ...]], weight: Mapping[str, Fraction]) -> tuple[str, ...]:
    """The cheapest set with a member of every conflict; of equals the first by name."""
    best: tuple[Fraction, tuple[str, ...]] | None = None

    def go(chosen: tuple[str, ...], cost: Fraction, left: list[tuple[str, ...]]) -> None:
        nonlocal best
        if best is not None and cost >= best[0]:
            return
        if not left:
            best = (cost, chosen)
            return
        for demand in sorted(left[0], key=lambda d: (weight[d], d)):
            go((*chosen, demand), cost + weight[demand], [c for c in left if demand not in c])

    go((), Fraction(0), sorted(conflicts, key=len))
    assert best is not None
    return tuple(sorted(best[1]))


def _widened(problem: Problem, limit: Limit, widenings: list[Widening], chosen: tuple[Choice, ...]) -> Limit:
    for widening in widenings:
        change: Any
        if widening.bound.endswith("_share"):
            change = _wider_share(problem, limit, widening, chosen)
        elif widening.bound.endswith("_total"):
            sign = 1 if widening.bound == "max_total" else -1
            change = getattr(limit, widening.bound) + sign * widening.by_ore
        else:
            assert widening.year is not None
            sign = 1 if widening.bound == "max" else -1
            periods = len(problem.years) - (limit.window or 1) + 1
            place = widening.year - problem.years[0]
            change = _moved(getattr(limit, widening.bound), periods, place, sign * widening.by_ore)
        limit = replace(limit, **{widening.bound: change})
    return limit


def _moved(bound: PerPeriod, periods: int, place: int, by: int) -> tuple[int | None, ...]:
    spread = spread_bound(bound, periods)
    spread[place] = (spread[place] or 0) + by
    return tuple(spread)


def _wider_share(problem: Problem, limit: Limit, widening: Widening, chosen: tuple[Choice, ...]) -> Fraction:
    """The share that the plan has, rounded the looser way to twelve decimals and kept between 0 and 1."""
    use = next(u for u in use_of(replace(problem, limits=(limit,)), chosen) if u.kind == "share")
    old = getattr(limit, widening.bound)
    told: Number | None = use.min_ore if widening.bound == "min_share" else use.max_ore
    whole = Fraction(told or 0) / old if old else Fraction(0)
    if not whole:
        return Fraction(0) if widening.bound == "min_share" else Fraction(1)
    exact = Fraction(use.used_ore) / whole * SHARE_DECIMALS
    rounded = math.floor(exact) if widening.bound == "min_share" else math.ceil(exact)
    return min(Fraction(1), max(Fraction(0), Fraction(rounded, SHARE_DECIMALS)))
