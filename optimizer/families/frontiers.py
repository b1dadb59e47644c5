"""Frontiers: how much value there is for each operating burden, and for each investment ceiling.

Both are nested families: a plan that holds under a tighter cap holds under a looser one. So the best known value of a
point is the largest of those before it, and its bound the least of those after it; that sharpens both for free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from optimizer.answers import relative_gap
from optimizer.families import parameters as reading
from optimizer.families.members import Difference, FamilyError, Member, Outcome, Outcomes, difference
from optimizer.families.parameters import Parameters, decimal_text
from optimizer.json_reading import json_number, plain_number
from optimizer.problem import Choice, Coordinate, Limit, Problem, Proposal
from optimizer.verifying import total_of, use_of, value_of

MNKR_ORE = 10**8
CAP = "family: operating over the years"


@dataclass(frozen=True)
class Point:
    """A point of a frontier: within `cap_ore`, the best plan found is worth `value` and none is worth above `bound`.

    `used_ore` is what the plan uses of what is capped; `differs` tells how it differs from the plan one began with.
    """

    number: int
    cap_ore: int
    used_ore: int
    value: Fraction
    bound: Fraction | None
    chosen: tuple[Choice, ...]
    differs: Difference

    @property
    def gap(self) -> float | None:
        return relative_gap(self.value, self.bound)

    def to_json(self) -> dict[str, Any]:
        return {
            "cap": json_number(self.cap_ore),
            "used": json_number(self.used_ore),
            "value": plain_number(self.value),
            "bound": None if self.bound is None else plain_number(self.bound),
            "gap": self.gap,
            "difference": self.differs.to_json(),
        }


@dataclass(frozen=True)
class OperatingResult:
    """The frontier of value against operating cost over the years, cheapest first; no point is worse than another in
    both. `impossible_ore` is the largest cap under which there is no plan at all; `missing` counts members without an
    answer.
    """

    points: tuple[Point, ...]
    impossible_ore: int | None
    missing: int

    def to_json(self) -> dict[str, Any]:
        return {
            "points": [p.to_json() for p in self.points],
            "impossible_up_to": None if self.impossible_ore is None else json_number(self.impossible_ore),
            "missing": self.missing,
        }


class OperatingFrontier:
    """Best value with total operating capped at `steps` + 1 levels, from the least found possible to the plan's own.

    Member 0 looks for the least total: its value is the operating cost, in mnkr, with the sign turned (what
    coordination saves is counted when the plan found is added up, not in the search). Parameters: `steps` (20).
    """

    def __init__(self, problem: Problem, plan: tuple[Choice, ...], given: Parameters) -> None:
        reading.refuse_unknown(given, ("steps",))
        self.problem, self.plan = problem, plan
        self.steps = reading.whole(given, "steps", 20, 2, 400)
        self.most_ore = total_of(problem, plan, "operating")
        self.opening = 1
        self.nested = range(1, self.steps + 2)

    @property
    def count(self) -> int:
        return self.steps + 2

    def member(self, number: int, before: Outcomes) -> Member | None:
        if number == 0:
            return Member({"aim": "least operating"}, _least_operating(self.problem))
        cap = self._cap_ore(number, before)
        if cap is None:
            return None
        capped = replace(self.problem, limits=(*self.problem.limits, Limit(CAP, "operating", max_total=cap)))
        return Member({"operating_at_most": json_number(cap)}, capped)

    def _cap_ore(self, number: int, before: Outcomes) -> int | None:
        """None when the levels are one and the same: the plan's own is then the only one."""
        if 0 not in before:
            return None
        least = min(self._least_ore(before[0]), self.most_ore)
        if least == self.most_ore and number < self.count - 1:
            return None
        return least + (self.most_ore - least) * (number - 1) // self.steps

    def _least_ore(self, outcome: Outcome) -> int:
        """The plan itself is the least known when no other was found."""
        return total_of(self.problem, outcome.chosen, "operating") if outcome.has_plan else self.most_ore

    def result(self, outcomes: Outcomes) -> OperatingResult:
        caps = {n: cap for n in self.nested if (cap := self._cap_ore(n, outcomes)) is not None}
        points = list(_sharpened(self.problem, self.plan, outcomes, caps, self._used))
        impossible = [caps[n] for n in caps if n in outcomes and outcomes[n].status == "infeasible"]
        missing = sum(n not in outcomes for n in range(self.count))
        return OperatingResult(_undominated(points), max(impossible, default=None), missing)

    def _used(self, chosen: tuple[Choice, ...]) -> int:
        return total_of(self.problem, chosen, "operating")


@dataclass(frozen=True)
class Split:
    """Another split of the same total over the years: ceilings under which at least `value` can be had.

    `kind`: ``later`` when unused room may only be used later, ``free`` when also earlier. `ceiling_ore` by year is what
    the plan found uses in each year; years without a ceiling are None.
    """

    kind: str
    value: Fraction
    bound: Fraction | None
    ceiling_ore: tuple[int | None, ...]
    differs: Difference

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "value": plain_number(self.value),
            "bound": None if self.bound is None else plain_number(self.bound),
            "ceiling": [None if ore is None else json_number(ore) for ore in self.ceiling_ore],
            "difference": self.differs.to_json(),
        }


@dataclass(frozen=True)
class CeilingPoint:
    """A point, and the share of today's ceiling that it stands for."""

    share: Fraction
    point: Point

    def to_json(self) -> dict[str, Any]:
        return {"share": decimal_text(self.share), **self.point.to_json()}


@dataclass(frozen=True)
class CeilingResult:
    """The frontier of value against ceiling, lowest first, and better splits of today's total.

    `impossible_share` is the largest share of today's ceiling under which there is no plan at all. `today` is the value
    known at today's ceiling.
    """

    limit: str
    years: tuple[int, ...]
    ceiling_ore: tuple[int | None, ...]
    points: tuple[CeilingPoint, ...]
    today: Fraction
    splits: tuple[Split, ...]
    impossible_share: Fraction | None
    missing: int

    def to_json(self) -> dict[str, Any]:
        share = self.impossible_share
        return {
            "limit": self.limit,
            "years": list(self.years),
            "ceiling": [None if ore is None else json_number(ore) for ore in self.ceiling_ore],
            "today": plain_number(self.today),
            "points": [p.to_json() for p in self.points],
            "splits": [s.to_json() for s in self.splits],
            "impossible_up_to_share": None if share is None else decimal_text(share),
            "missing": self.missing,
        }


class CeilingFrontier:
    """Best value with a ceiling scaled in steps, all years alike, and with today's total split in other ways.

    Parameters: `limit` (id; the first limit on investment by year, if not given), `low` and `high` (shares of today's
    ceiling, "0.7" and "1.3"), `steps` (12). Today's ceiling itself is always among the members. The last two members
    are the splits: ``later`` and ``free``. A split is left out where it would change what a least amount means, or where
    some year has no ceiling.
    """

    def __init__(self, problem: Problem, plan: tuple[Choice, ...], given: Parameters) -> None:
        reading.refuse_unknown(given, ("limit", "low", "high", "steps"))
        self.problem, self.plan = problem, plan
        self.limit = _ceiling(problem, given.get("limit"))
        low = reading.exact(given, "low", "0.7", "0", "10")
        high = reading.exact(given, "high", "1.3", "0", "10")
        steps = reading.whole(given, "steps", 12, 1, 400)
        if high <= low:
            raise FamilyError("high", "not above low")
        self.shares = sorted({Fraction(1), *(low + (high - low) * k / steps for k in range(steps + 1))})
        self.opening = 0
        self.nested = range(len(self.shares))
        self.max_ore = _by_year(self.limit, len(problem.years))

    @property
    def count(self) -> int:
        return len(self.shares) + 2

    def member(self, number: int, before: Outcomes) -> Member | None:
        if number < len(self.shares):
            share = self.shares[number]
            most = self._scaled(share)
            change = {"ceiling_share": decimal_text(share), "ceiling": _kronor(most)}
            return Member(change, self._with(replace(self.limit, max=most)))
        if number == len(self.shares):
            if self.limit.carry_over or self.limit.min is not None:
                return None
            return Member({"split": "later"}, self._with(replace(self.limit, carry_over=True)))
        if None in self.max_ore or (self.limit.carry_over and self.limit.min is not None):
            return None
        total = sum(ore or 0 for ore in self.max_ore)
        if self.limit.max_total is not None:
            total = min(total, self.limit.max_total)
        free = replace(self.limit, max=None, carry_over=False, max_total=total)
        return Member({"split": "free", "total": json_number(total)}, self._with(free))

    def _with(self, limit: Limit) -> Problem:
        limits = tuple(limit if x.id == limit.id else x for x in self.problem.limits)
        return replace(self.problem, limits=limits)

    def _scaled(self, share: Fraction) -> tuple[int | None, ...]:
        return tuple(None if ore is None else int(ore * share) for ore in self.max_ore)

    def result(self, outcomes: Outcomes) -> CeilingResult:
        totals = {n: sum(ore or 0 for ore in self._scaled(self.shares[n])) for n in self.nested}
        found = _sharpened(self.problem, self.plan, outcomes, totals, lambda c: sum(self._yearly(c)))
        points = tuple(CeilingPoint(self.shares[p.number], p) for p in found)
        today = max(
            [value_of(self.problem, self.plan), *(p.point.value for p in points if p.share <= 1)],
        )
        none = [self.shares[n] for n in self.nested if n in outcomes and outcomes[n].status == "infeasible"]
        return CeilingResult(
            limit=self.limit.id,
            years=self.problem.years,
            ceiling_ore=self.max_ore,
            points=points,
            today=today,
            splits=tuple(self._splits(outcomes, today)),
            impossible_share=max(none, default=None),
            missing=sum(n not in outcomes for n in range(self.count)),
        )

    def _splits(self, outcomes: Outcomes, today: Fraction) -> Iterator[Split]:
        """Only those that are worth more than what is known at today's ceiling."""
        for kind, number in (("later", len(self.shares)), ("free", len(self.shares) + 1)):
            outcome = outcomes.get(number)
            if outcome is not None and outcome.value is not None and outcome.value > today:
                yearly = self._yearly(outcome.chosen)
                ceiling = tuple(
                    None if most is None else used for most, used in zip(self.max_ore, yearly, strict=True)
                )
                differs = difference(self.plan, outcome.chosen)
                yield Split(kind, outcome.value, outcome.bound, ceiling, differs)

    def _yearly(self, chosen: tuple[Choice, ...]) -> list[int]:
        """What the plan uses of the limit year by year, parts of an öre rounded up."""
        probe = Limit("probe", self.limit.of, max=0, where=self.limit.where)
        uses = use_of(replace(self.problem, limits=(probe,)), chosen)
        return [-int(-use.used_ore // 1) for use in uses]


def _ceiling(problem: Problem, wanted: object) -> Limit:
    """The limit that is scaled; codes ``no such limit`` and ``not a ceiling by year``."""
    if wanted is None:
        wanted = next((x.id for x in problem.limits if x.of == "investment" and is_ceiling(x)), None)
        if wanted is None:
            raise FamilyError("limit", "no ceiling by year")
    limit = next((x for x in problem.limits if x.id == wanted), None)
    if limit is None:
        raise FamilyError("limit", "no such limit")
    if not is_ceiling(limit):
        raise FamilyError("limit", "not a ceiling by year")
    return limit


def is_ceiling(limit: Limit) -> bool:
    """Can the limit be scaled: a largest amount by year, none of them below 0?"""
    if limit.max is None or limit.cumulative or limit.window is not None:
        return False
    amounts = limit.max if isinstance(limit.max, tuple) else (limit.max,)
    stated = [ore for ore in amounts if ore is not None]
    return bool(stated) and min(stated) >= 0


def _by_year(limit: Limit, years: int) -> tuple[int | None, ...]:
    return limit.max if isinstance(limit.max, tuple) else (limit.max,) * years


def _kronor(amounts: Sequence[int | None]) -> list[int | float | None]:
    return [None if ore is None else json_number(ore) for ore in amounts]


def _sharpened(
    problem: Problem,
    plan: tuple[Choice, ...],
    outcomes: Outcomes,
    caps: dict[int, int],
    used: Callable[[tuple[Choice, ...]], int],
) -> Iterator[Point]:
    """A point per cap with a plan, tightest first: the best value so far, and the least bound from here on."""
    bounds: dict[int, Fraction | None] = {}
    least: Fraction | None = None
    for number in sorted(caps, reverse=True):
        bound = outcomes[number].bound if number in outcomes else None
        least = bound if least is None else least if bound is None else min(least, bound)
        bounds[number] = least
    best: Outcome | None = None
    for number in sorted(caps):
        own = outcomes.get(number)
        if (
            own is not None
            and own.value is not None
            and (best is None or best.value is None or own.value > best.value)
        ):
            best = own
        if best is not None and best.value is not None and own is not None:
            bound = bounds[number]
            bound = None if bound is None else max(bound, best.value)
            differs = difference(plan, best.chosen)
            yield Point(number, caps[number], used(best.chosen), best.value, bound, best.chosen, differs)


def _undominated(points: Sequence[Point]) -> tuple[Point, ...]:
    """Without points that another matches or beats in both value and use, exactly; the tightest cap of equals stays."""
    kept: list[Point] = []
    for point in sorted(points, key=lambda p: (p.used_ore, -p.value, p.number)):
        if not kept or point.value > kept[-1].value:
            kept.append(point)
    return tuple(kept)


def _least_operating(problem: Problem) -> Problem:
    proposals = tuple(_valued_by_operating(p, problem.years) for p in problem.proposals)
    rules = tuple(replace(r, value=0) if isinstance(r, Coordinate) else r for r in problem.rules)
    return replace(problem, proposals=proposals, rules=rules)


def _valued_by_operating(proposal: Proposal, years: tuple[int, ...]) -> Proposal:
    alternatives = []
    for alternative in proposal.alternatives:
        alone = Problem("", years, (replace(proposal, alternatives=(alternative,)),))
        values = {
            start: Fraction(
                -total_of(alone, (Choice(proposal.id, alternative.id, start),), "operating"), MNKR_ORE
            )
            for start in alternative.starts
        }
        alternatives.append(replace(alternative, value_by_start=values))
    return replace(proposal, alternatives=tuple(alternatives))
