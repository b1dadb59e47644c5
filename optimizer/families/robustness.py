"""Robustness: which proposals are in the best plan whatever happens, which never, and which it depends on.

Each member is one draw of costs, delays and weights, solved as if it were known beforehand: it tells which plan would
have been best then, not how a plan decided today would fare.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from optimizer.families import parameters as reading
from optimizer.families.members import FamilyError, Member, Outcomes
from optimizer.families.parameters import Parameters
from optimizer.families.sampling import PARTS, Draw, Spread, category_scores, draw, drawn
from optimizer.problem import Choice, Problem

Z_95 = 1.959963984540054
SURE_SHARE = 0.9
ALWAYS, NEVER, DEPENDS, TOO_FEW = "always", "never", "depends", "too few"


@dataclass(frozen=True)
class Sureness:
    """In how many of the samples a proposal is in the best plan found.

    `low` and `high`: Wilson's 95 % interval of the share. `word`: ``always`` or ``never`` only when it holds in every
    sample and the interval leaves at most a tenth open; ``too few`` when it holds in every sample but there are too few
    for that; else ``depends``. `start` is the start year it most often has, with the number of samples. `growth_in` and
    `growth_out`: its mean cost growth in the samples where it is in, and where it is not (None: there are none).
    """

    proposal: str
    count: int
    of: int
    low: float
    high: float
    word: str
    in_plan: bool
    start: tuple[int, int] | None
    growth_in: Fraction | None = None
    growth_out: Fraction | None = None

    @property
    def share(self) -> Fraction:
        return Fraction(self.count, self.of)

    def to_json(self) -> dict[str, Any]:
        return {
            "proposal": self.proposal,
            "count": self.count,
            "of": self.of,
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "word": self.word,
            "in_plan": self.in_plan,
            "start": None if self.start is None else {"year": self.start[0], "count": self.start[1]},
            "growth_in": None if self.growth_in is None else round(float(self.growth_in), 4),
            "growth_out": None if self.growth_out is None else round(float(self.growth_out), 4),
        }


@dataclass(frozen=True)
class RobustnessResult:
    """`proposals` in the order of ids. `planned` samples were asked for, `solved` have a plan, under `impossible` no plan
    exists, and for `unknown` none was found in time. `widest_gap` is the largest of the plans' gaps, `values` the least,
    middle and largest value.
    """

    proposals: tuple[Sureness, ...]
    planned: int
    solved: int
    impossible: int
    unknown: int
    widest_gap: float | None
    values: tuple[Fraction, Fraction, Fraction] | None

    def to_json(self) -> dict[str, Any]:
        return {
            "proposals": [p.to_json() for p in self.proposals],
            "planned": self.planned,
            "solved": self.solved,
            "impossible": self.impossible,
            "unknown": self.unknown,
            "widest_gap": self.widest_gap,
            "values": None if self.values is None else [float(v) for v in self.values],
        }


class Robustness:
    """Samples of what is uncertain.

    Parameters: `samples` (100), `seed` (0), `growth_low` and `growth_high` (shares, "-0.05" and "0.25"), `delay_share`
    ("0.1"), `ranking` (criteria, the most important first; none: the values stand), `scores` (by proposal and criterion)
    and `weights` (by criterion, as the values were made). Without scores the ranking is of the categories.
    """

    NAMES = ("samples", "seed", "growth_low", "growth_high", "delay_share", "ranking", "scores", "weights")

    def __init__(self, problem: Problem, plan: tuple[Choice, ...], given: Parameters) -> None:
        reading.refuse_unknown(given, self.NAMES)
        self.problem, self.plan = problem, plan
        self.samples = reading.whole(given, "samples", 100, 1, 1000)
        self.seed = reading.whole(given, "seed", 0, 0, 2**31 - 1)
        self.spread = _spread(problem, given)
        self.opening = 0
        self.nested = range(0)

    @property
    def count(self) -> int:
        return self.samples

    def draw(self, number: int) -> Draw:
        """What the sample holds."""
        return draw(self.spread, self.problem.proposals, seed=self.seed, number=number)

    def member(self, number: int, before: Outcomes) -> Member | None:
        sample = self.draw(number)
        change: dict[str, Any] = {
            "sample": number,
            "growth_permyriad": {p: g for p, g in sample.growth.items() if g},
            "late": sorted(sample.late),
        }
        if sample.weights:
            change["weights_permyriad"] = dict(sample.weights)
        return Member(change, drawn(self.problem, self.spread, sample))

    def result(self, outcomes: Outcomes) -> RobustnessResult:
        answered = [outcomes[n] for n in range(self.count) if n in outcomes]
        solved = [o for o in answered if o.value is not None]
        values = sorted(o.value for o in solved if o.value is not None)
        gaps = [o.gap for o in solved]
        return RobustnessResult(
            proposals=self._surenesses(outcomes) if solved else (),
            planned=self.count,
            solved=len(solved),
            impossible=sum(o.status == "infeasible" for o in answered),
            unknown=sum(o.value is None and o.status != "infeasible" for o in answered),
            widest_gap=None if None in gaps or not gaps else max(g for g in gaps if g is not None),
            values=(values[0], values[len(values) // 2], values[-1]) if values else None,
        )

    def _surenesses(self, outcomes: Outcomes) -> tuple[Sureness, ...]:
        starts: dict[str, Counter[int]] = {p.id: Counter() for p in self.problem.proposals}
        growth: dict[str, tuple[list[int], list[int]]] = {p: ([], []) for p in starts}
        solved = 0
        for number, outcome in outcomes.items():
            if outcome.has_plan:
                solved += 1
                chosen = {c.proposal: c.start for c in outcome.chosen}
                for proposal, grown in self.draw(number).growth.items():
                    growth[proposal][proposal not in chosen].append(grown)
                    if proposal in chosen:
                        starts[proposal][chosen[proposal]] += 1
        inside = {c.proposal for c in self.plan}
        found = (sureness(p, starts[p], solved, in_plan=p in inside) for p in sorted(starts))
        return tuple(
            replace(one, growth_in=_mean(growth[one.proposal][0]), growth_out=_mean(growth[one.proposal][1]))
            for one in found
        )


def _mean(growth: Sequence[int]) -> Fraction | None:
    return Fraction(sum(growth), len(growth) * PARTS) if growth else None


def _spread(problem: Problem, given: Parameters) -> Spread:
    low = reading.exact(given, "growth_low", "-0.05", "-0.9", "10")
    high = reading.exact(given, "growth_high", "0.25", "-0.9", "10")
    if high < low:
        raise FamilyError("growth_high", "below growth_low")
    ranking = reading.texts(given, "ranking")
    scores, weights = given.get("scores"), given.get("weights")
    if scores is None:
        scores = category_scores(problem)
        weights = {c: 1 for found in scores.values() for c in found}
    if weights is None or not _are_weights(weights):
        raise FamilyError("weights", "not whole numbers by criterion")
    if ranking and set(ranking) != set(weights):
        raise FamilyError("ranking", "not every criterion once")
    delay = reading.exact(given, "delay_share", "0.1", "0", "1")
    return Spread(_parts(low), _parts(high), _parts(delay), ranking, scores, weights)


def _are_weights(weights: object) -> bool:
    return isinstance(weights, dict) and all(
        isinstance(w, int) and not isinstance(w, bool) and w >= 0 for w in weights.values()
    )


def _parts(share: Fraction) -> int:
    return round(share * PARTS)


def sureness(proposal: str, starts: Counter[int], of: int, *, in_plan: bool) -> Sureness:
    """What the samples say of a proposal, and no more."""
    count = starts.total()
    low, high = wilson(count, of)
    if 0 < count < of:
        word = DEPENDS
    elif count:
        word = ALWAYS if low >= SURE_SHARE else TOO_FEW
    else:
        word = NEVER if high <= 1 - SURE_SHARE else TOO_FEW
    most = min(starts.items(), key=lambda pair: (-pair[1], pair[0]), default=None)
    return Sureness(proposal, count, of, low, high, word, in_plan, most)


def wilson(count: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (Wilson 1927).

    >>> tuple(round(x, 4) for x in wilson(8, 10))
    (0.4902, 0.9433)
    """
    square = Z_95**2
    middle = (count + square / 2) / (of + square)
    half = Z_95 * math.sqrt(count * (of - count) / of + square / 4) / (of + square)
    return max(0.0, middle - half), min(1.0, middle + half)
