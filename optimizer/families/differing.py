"""Really different plans that are nearly as good: each differs from all before it in at least so many proposals.

How much two plans differ is a sum over the candidates, so "at least d differences from that plan" is a least total of
a row that only the family knows: a candidate that the plan has counts −1, one of a proposal that it leaves out +1, and
the total must be at least d less the number of proposals in the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from optimizer.families import parameters as reading
from optimizer.families.members import Difference, Member, Outcome, Outcomes, difference
from optimizer.families.parameters import Parameters, decimal_text
from optimizer.json_reading import plain_number
from optimizer.problem import Alternative, Choice, Limit, Problem, Profile, Proposal
from optimizer.verifying import value_of

IN_OR_OUT, ANY_CHANGE = "in_or_out", "any_change"


@dataclass(frozen=True)
class DifferentPlan:
    """A plan within the share; `kept` is its value as a share of the value of the plan one began with."""

    number: int
    value: Fraction
    kept: Fraction
    chosen: tuple[Choice, ...]
    differs: Difference

    def to_json(self) -> dict[str, Any]:
        return {
            "value": plain_number(self.value),
            "kept_share": decimal_text(self.kept, 4),
            "difference": self.differs.to_json(),
        }


@dataclass(frozen=True)
class DifferentResult:
    """The different plans, the best first, and how the search ended.

    `ended`: ``all found``; ``none left`` (proven: no further plan is so different and so good); ``not known`` (time
    ended before that was found out); ``going on``.
    """

    value: Fraction
    plans: tuple[DifferentPlan, ...]
    ended: str

    def to_json(self) -> dict[str, Any]:
        return {
            "value": plain_number(self.value),
            "plans": [p.to_json() for p in self.plans],
            "ended": self.ended,
        }


class DifferentPlans:
    """The best plan that differs enough from all before it, again and again. All members are opening.

    Parameters: `plans` (5), `within` (share of the value that may be given up, "0.02"), `least_changed` (3 proposals),
    `count`: ``in_or_out`` counts proposals that come in or go out, ``any_change`` also other alternatives and years.
    """

    def __init__(self, problem: Problem, plan: tuple[Choice, ...], given: Parameters) -> None:
        reading.refuse_unknown(given, ("plans", "within", "least_changed", "count"))
        self.problem, self.plan = problem, plan
        self.plans = reading.whole(given, "plans", 5, 1, 20)
        self.within = reading.exact(given, "within", "0.02", "0", "1")
        self.least_changed = reading.whole(given, "least_changed", 3, 1, 1000)
        self.counts = reading.one_of(given, "count", (IN_OR_OUT, ANY_CHANGE))
        self.value = value_of(problem, plan)
        self.least_value = self.value - self.within * abs(self.value)
        self.opening = self.plans
        self.nested = range(0)

    @property
    def count(self) -> int:
        return self.plans

    def member(self, number: int, before: Outcomes) -> Member | None:
        earlier = [before[n] for n in range(number) if n in before]
        if len(earlier) < number or not all(self._is_good(outcome) for outcome in earlier):
            return None
        plans = [self.plan, *(outcome.chosen for outcome in earlier)]
        change = {
            "differs_from_plans": len(plans),
            "least_changed": self.least_changed,
            "count": self.counts,
        }
        return Member(change, differing(self.problem, plans, self.least_changed, self.counts))

    def _is_good(self, outcome: Outcome) -> bool:
        return outcome.value is not None and outcome.value >= self.least_value

    def result(self, outcomes: Outcomes) -> DifferentResult:
        plans: list[DifferentPlan] = []
        for number in range(self.count):
            outcome = outcomes.get(number)
            if outcome is None or outcome.value is None or not self._is_good(outcome):
                return DifferentResult(self.value, tuple(plans), self._end(outcome))
            kept = outcome.value / self.value if self.value else Fraction(1)
            differs = difference(self.plan, outcome.chosen)
            plans.append(DifferentPlan(number, outcome.value, kept, outcome.chosen, differs))
        return DifferentResult(self.value, tuple(plans), "all found")

    def _end(self, outcome: Outcome | None) -> str:
        if outcome is None:
            return "going on"
        if outcome.status == "infeasible" or (outcome.bound is not None and outcome.bound < self.least_value):
            return "none left"
        return "not known"


def differing(
    problem: Problem, plans: Sequence[tuple[Choice, ...]], least_changed: int, counts: str
) -> Problem:
    """The problem with only plans that differ from each of these in at least so many proposals."""
    proposals = problem.proposals
    limits = list(problem.limits)
    for number, plan in enumerate(plans):
        row = f"capacity:~differs {number}"
        chosen = {c.proposal: c for c in plan}
        proposals = tuple(_counted(p, row, chosen.get(p.id), counts) for p in proposals)
        limits.append(Limit(f"family: differs {number}", row, min_total=least_changed - len(plan)))
    return replace(problem, proposals=proposals, limits=tuple(limits))


def _counted(proposal: Proposal, row: str, choice: Choice | None, counts: str) -> Proposal:
    alternatives = tuple(
        replace(a, rows={**a.rows, row: _profile(a, choice, counts)}) for a in proposal.alternatives
    )
    return replace(proposal, alternatives=alternatives)


def _profile(alternative: Alternative, choice: Choice | None, counts: str) -> Profile:
    if choice is None:
        return (1,)
    if counts == IN_OR_OUT:
        return (-1,)
    return {
        start: (-1,) if (alternative.id, start) == (choice.alternative, choice.start) else (0,)
        for start in alternative.starts
    }
