"""Stability: what it is worth to keep the promises of an earlier plan, at a series of prices per broken promise.

A promise is a choice of the earlier plan: this alternative from this year. It is kept when exactly that is chosen. At
price c the plan of largest value − c · (broken promises) is sought: c is added to the value of every promised choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from optimizer.case_writing import choice_to_json
from optimizer.families import parameters as reading
from optimizer.families.members import FamilyError, Member, Outcome, Outcomes, choice_from_json
from optimizer.families.parameters import Parameters, decimal_text
from optimizer.json_reading import plain_number
from optimizer.problem import Alternative, Choice, Problem, Proposal
from optimizer.verifying import value_of

MOST_PRICES = 400
MULTIPLES = tuple(Fraction(n, 20) for n in (0, 1, 2, 4, 6, 10, 15, 20, 30, 40, 60, 100))


@dataclass(frozen=True)
class PricePoint:
    """At `price` per broken promise: the plan found, its own value, and which promises it keeps.

    `gap` is that of value and prices together.
    """

    price: Fraction
    value: Fraction
    gap: float | None
    kept: tuple[Choice, ...]
    chosen: tuple[Choice, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "price": plain_number(self.price),
            "value": plain_number(self.value),
            "kept": len(self.kept),
            "gap": self.gap,
        }


@dataclass(frozen=True)
class Promise:
    """One promise: broken at the price `broken_at` (None: at none that was tried), kept at every price tried from
    `kept_from` on (None: broken at the highest that was tried).
    """

    choice: Choice
    broken_at: Fraction | None
    kept_from: Fraction | None

    def to_json(self) -> dict[str, Any]:
        return {
            "promise": choice_to_json(self.choice),
            "broken_at": None if self.broken_at is None else plain_number(self.broken_at),
            "kept_from": None if self.kept_from is None else plain_number(self.kept_from),
        }


@dataclass(frozen=True)
class Trade:
    """A step on the curve: the largest value found with at least so many promises kept; `price` is what each promise
    more than in the step before costs in value (None for the first).
    """

    kept: int
    value: Fraction
    price: Fraction | None

    def to_json(self) -> dict[str, Any]:
        price = None if self.price is None else decimal_text(self.price)
        return {"kept": self.kept, "value": plain_number(self.value), "price_per_promise": price}


@dataclass(frozen=True)
class StabilityResult:
    """`points` by price, `promises` in the order of ids, `curve` from fewest to most kept.

    `impossible` are promises that the case no longer offers; `missing` counts prices without an answer.
    """

    points: tuple[PricePoint, ...]
    promises: tuple[Promise, ...]
    curve: tuple[Trade, ...]
    impossible: tuple[Choice, ...]
    missing: int

    def to_json(self) -> dict[str, Any]:
        return {
            "points": [p.to_json() for p in self.points],
            "promises": [p.to_json() for p in self.promises],
            "curve": [t.to_json() for t in self.curve],
            "impossible": [choice_to_json(c) for c in self.impossible],
            "missing": self.missing,
        }


class Stability:
    """Prices from low to high. Parameters: `prices` (decimal texts; multiples of the mean value of what the plan has, if
    not given), `promises` (choices; the case's `previous`, else the plan itself, if not given).
    """

    def __init__(self, problem: Problem, plan: tuple[Choice, ...], given: Parameters) -> None:
        reading.refuse_unknown(given, ("prices", "promises"))
        self.problem, self.plan = problem, plan
        asked = _promises(given) if "promises" in given else problem.previous or plan
        offered = {Choice(p.id, a.id, s) for p in problem.proposals for a in p.alternatives for s in a.starts}
        self.promises = tuple(sorted((c for c in asked if c in offered), key=lambda c: c.proposal))
        self.impossible = tuple(sorted((c for c in asked if c not in offered), key=lambda c: c.proposal))
        if not self.promises:
            raise FamilyError("promises", "none")
        self.prices = reading.exact_list(given, "prices") or _default_prices(problem, plan)
        if len(self.prices) > MOST_PRICES:
            raise FamilyError("prices", f"more than {MOST_PRICES}")
        self.opening = 0
        self.nested = range(0)

    @property
    def count(self) -> int:
        return len(self.prices)

    def member(self, number: int, before: Outcomes) -> Member | None:
        price = self.prices[number]
        return Member({"price": decimal_text(price)}, _priced(self.problem, self.promises, price))

    def result(self, outcomes: Outcomes) -> StabilityResult:
        points = [
            self._point(self.prices[n], outcomes[n])
            for n in range(self.count)
            if n in outcomes and outcomes[n].has_plan
        ]
        return StabilityResult(
            points=tuple(points),
            promises=tuple(_promise(choice, points) for choice in self.promises) if points else (),
            curve=_curve(points),
            impossible=self.impossible,
            missing=sum(n not in outcomes for n in range(self.count)),
        )

    def _point(self, price: Fraction, outcome: Outcome) -> PricePoint:
        chosen = set(outcome.chosen)
        kept = tuple(c for c in self.promises if c in chosen)
        return PricePoint(price, value_of(self.problem, outcome.chosen), outcome.gap, kept, outcome.chosen)


def _promises(given: Parameters) -> tuple[Choice, ...]:
    try:
        found = tuple(choice_from_json(c) for c in given["promises"])
    except (KeyError, TypeError):
        raise FamilyError("promises", "not choices") from None
    if len({c.proposal for c in found}) < len(found):
        raise FamilyError("promises", "twice")
    return found


def _default_prices(problem: Problem, plan: tuple[Choice, ...]) -> tuple[Fraction, ...]:
    mean = abs(value_of(problem, plan)) / max(1, len(plan)) or Fraction(1)
    return tuple(sorted({Fraction(round(mean * multiple * 100), 100) for multiple in MULTIPLES}))


def _priced(problem: Problem, promises: Sequence[Choice], price: Fraction) -> Problem:
    promised = {c.proposal: c for c in promises}
    proposals = tuple(_raised(p, promised[p.id], price) if p.id in promised else p for p in problem.proposals)
    return replace(problem, proposals=proposals)


def _raised(proposal: Proposal, promise: Choice, price: Fraction) -> Proposal:
    def raised(alternative: Alternative) -> Alternative:
        if alternative.id != promise.alternative:
            return alternative
        values = dict(alternative.value_by_start)
        values[promise.start] = Fraction(values[promise.start]) + price
        return replace(alternative, value_by_start=values)

    return replace(proposal, alternatives=tuple(raised(a) for a in proposal.alternatives))


def _promise(choice: Choice, points: Sequence[PricePoint]) -> Promise:
    broken = [p.price for p in points if choice not in p.kept]
    last_broken = max(broken, default=None)
    kept_from = min((p.price for p in points if last_broken is None or p.price > last_broken), default=None)
    return Promise(choice, last_broken, kept_from)


def _curve(points: Sequence[PricePoint]) -> tuple[Trade, ...]:
    """The largest value for at least each number of kept promises that some plan found has."""
    kept: list[tuple[int, Fraction]] = []
    for count, value in sorted({(len(p.kept), p.value) for p in points}, reverse=True):
        if not kept or value > kept[-1][1]:
            kept.append((count, value))
    kept.reverse()
    steps = [Trade(count, value, None) for count, value in kept[:1]]
    for (fewer, more_value), (more, less_value) in pairwise(kept):
        steps.append(Trade(more, less_value, (more_value - less_value) / (more - fewer)))
    return tuple(steps)
