"""Why a proposal is out, what would bring it in, and what every limit and rule costs in value.

Everything is measured by solving again with one thing changed. A figure is exact when both solves were proven; else
it comes with the range within which the truth lies.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from optimizer.answers import Answer, ShouldStop, SolveStatus
from optimizer.problem import (
    Alternative,
    Amounts,
    Breach,
    Choice,
    Fix,
    Number,
    Problem,
    Profile,
    Proposal,
    limit_weights,
)
from optimizer.solving import solve
from optimizer.verifying import value_of, verify

BASE_SHARE = 0.3
STEPS = 1000  # own cost is found to a thousandth
FORCED = "forced in"
LEAST_SECONDS = 0.05


@dataclass(frozen=True)
class Figure:
    """A value that lies within [low, high]; `exact` when they meet. `high` None = no upper end is known."""

    low: Fraction
    high: Fraction | None

    @property
    def exact(self) -> bool:
        return self.low == self.high

    def words(self) -> str:
        """``12``, ``between 3 and 12`` or ``at least 3``."""
        if self.exact:
            return f"{float(self.low):g}"
        return f"at least {float(self.low):g}" if self.high is None else self._between(self.high)

    def _between(self, high: Fraction) -> str:
        return f"between {float(self.low):g} and {float(high):g} (within the gap)"


@dataclass(frozen=True)
class Added:
    """What breaks when this choice is added to the plan as it stands."""

    choice: Choice
    breaches: tuple[Breach, ...]


@dataclass(frozen=True)
class ProposalOut:
    """Why one proposal is out.

    `in_the_way`: ids that break whichever of its choices is added; `nearest`: the choice that breaks least.
    `never`: ids that cannot hold together with it, when it can be in no plan. `value_missing`: how much more value it
    would need to be in. `value_needed`: its own value plus that, for the choice it would be in with. `cost_share_needed`:
    the largest share of its own costs (all its rows but capacity) at which it is in, to a thousandth; None when it is
    out even at no cost or was not examined (`cost_examined`). `cost_needed_ore`: that share of its investment.
    """

    proposal: str
    in_the_way: tuple[str, ...]
    nearest: Added | None
    never: tuple[str, ...] = ()
    value_missing: Figure | None = None
    value_needed: Figure | None = None
    forced_choice: Choice | None = None
    cost_examined: bool = False
    cost_share_needed: Fraction | None = None
    cost_needed_ore: int | None = None
    own_cost_ore: int | None = None
    cost_exact: bool = False


@dataclass(frozen=True)
class Price:
    """What a limit or rule costs: the best value without it minus the best value with it; None = not known in time."""

    id: str
    costs: Figure | None


@dataclass(frozen=True)
class Explanation:
    """Answers beside a plan. `best` is the best value of the case as far as proven; `plan_value` the plan's own."""

    plan_value: Fraction
    best: Figure
    out: tuple[ProposalOut, ...]
    prices: tuple[Price, ...]
    complete: bool = True
    asked_but_in: tuple[str, ...] = field(default=())

    def lines(self) -> Iterator[str]:
        """The explanation in plain English, line by line."""
        yield f"plan value {float(self.plan_value):g}; best value {self.best.words()}"
        for proposal in self.asked_but_in:
            yield f"{proposal}: is in the plan"
        for out in self.out:
            yield from _out_lines(out)
        for price in self.prices:
            words = "not known within the time" if price.costs is None else f"{price.costs.words()} in value"
            yield f"{price.id}: costs {words}"
        if not self.complete:
            yield "time ended before everything was examined; more time gives more"

    def to_json(self) -> dict[str, Any]:
        """JSON-ready but for fractions; amounts in kronor."""
        return {
            "plan_value": self.plan_value,
            "best": _figure_json(self.best),
            "in_plan": list(self.asked_but_in),
            "out": [_out_json(out) for out in self.out],
            "prices": [{"id": p.id, "costs": _figure_json(p.costs)} for p in self.prices],
            "complete": self.complete,
        }


def explain_plan(
    problem: Problem,
    chosen: Sequence[Choice],
    *,
    only: Sequence[str] | None = None,
    max_seconds: float = 60,
    threads: int = 1,
    seed: int = 0,
    should_stop: ShouldStop | None = None,
) -> Explanation:
    """Explains an accepted plan: every proposal that is out (or those in `only`), and every limit and rule.

    With `only`, limits and rules are left out. The time is shared; what it does not reach is said to be unknown.
    """
    return _Explainer(problem, tuple(chosen), max_seconds, threads, seed, should_stop).explain(only)


class _Explainer:
    def __init__(
        self,
        problem: Problem,
        chosen: tuple[Choice, ...],
        max_seconds: float,
        threads: int,
        seed: int,
        should_stop: ShouldStop | None,
    ) -> None:
        self.problem, self.chosen = problem, chosen
        self.threads, self.seed, self.should_stop = threads, seed, should_stop
        self.deadline = time.monotonic() + max_seconds
        self.best = Figure(value_of(problem, chosen), None)
        self.complete = True

    def explain(self, only: Sequence[str] | None) -> Explanation:
        inside = {c.proposal for c in self.chosen}
        wanted = [p for p in self.problem.proposals if only is None or p.id in only]
        outside = [p for p in wanted if p.id not in inside]
        demands = (
            [*(x.id for x in self.problem.limits), *(x.id for x in self.problem.rules)]
            if only is None
            else []
        )
        self._find_best(BASE_SHARE if outside or demands else 1.0)
        left = len(outside) + len(demands)
        outs, prices = [], []
        for proposal in outside:
            outs.append(self._explain_out(proposal, self._slice(left)))
            left -= 1
        for demand in demands:
            prices.append(self._price(demand, self._slice(left)))
            left -= 1
        asked_but_in = () if only is None else tuple(p.id for p in wanted if p.id in inside)
        plan_value = value_of(self.problem, self.chosen)
        return Explanation(plan_value, self.best, tuple(outs), tuple(prices), self.complete, asked_but_in)

    def _find_best(self, share: float) -> None:
        answer = self._solve(self.problem, share * (self.deadline - time.monotonic()), self.chosen)
        if answer is not None and answer.value is not None:
            self.best = Figure(max(answer.value, self.best.low), _upper(answer))

    def _slice(self, parts: int) -> float:
        return max(0.0, self.deadline - time.monotonic()) / max(1, parts)

    def _solve(self, problem: Problem, seconds: float, start: Sequence[Choice] = ()) -> Answer | None:
        if seconds < LEAST_SECONDS or (self.should_stop is not None and self.should_stop()):
            self.complete = False
            return None
        return solve(
            problem,
            max_seconds=seconds,
            gap=0.0,
            seed=self.seed,
            threads=self.threads,
            should_stop=self.should_stop,
            start=start,
            break_ties=False,
        )

    def _price(self, demand: str, seconds: float) -> Price:
        answer = self._solve(without(self.problem, demand), seconds, self.chosen)
        if answer is None or answer.value is None:
            return Price(demand, None)
        return Price(demand, _difference(Figure(answer.value, _upper(answer)), self.best))

    def _explain_out(self, proposal: Proposal, seconds: float) -> ProposalOut:
        until = time.monotonic() + seconds
        added = [self._add(choice) for choice in _choices(proposal)]
        nearest = min(added, key=lambda a: (len(a.breaches), sum(b.amount_ore or 0 for b in a.breaches)))
        always = set.intersection(*({b.id for b in a.breaches} for a in added))
        in_order = [b.id for a in added for b in a.breaches if b.id in always]
        out = ProposalOut(proposal.id, tuple(dict.fromkeys(in_order)), nearest)
        return self._force(out, proposal, until)

    def _add(self, choice: Choice) -> Added:
        return Added(choice, verify(self.problem, (*self.chosen, choice)))

    def _force(self, out: ProposalOut, proposal: Proposal, until: float) -> ProposalOut:
        answer = self._solve(forced(self.problem, proposal.id), (until - time.monotonic()) / 2)
        if answer is None:
            return out
        if answer.status is SolveStatus.INFEASIBLE:
            out = replace(out, never=tuple(d for d in answer.conflict if d != FORCED))
        elif answer.value is not None:
            choice = next(c for c in answer.chosen if c.proposal == proposal.id)
            missing = _difference(self.best, Figure(answer.value, _upper(answer)))
            own = _own_value(proposal, choice)
            needed = Figure(own + missing.low, None if missing.high is None else own + missing.high)
            out = replace(out, value_missing=missing, value_needed=needed, forced_choice=choice)
        return self._find_cost(out, proposal, until)

    def _find_cost(self, out: ProposalOut, proposal: Proposal, until: float) -> ProposalOut:
        """Bisection over the share of its own costs; the best value with it in can only rise as the share falls."""
        low, high, certain = -1, STEPS, True
        if out.value_missing is not None and out.value_missing.high == 0:
            low = STEPS
        while high - low > 1 and low < STEPS:
            middle = 0 if low < 0 else (low + high) // 2
            steps_left = 11 if low < 0 else (high - low).bit_length()
            verdict = self._is_in(proposal, Fraction(middle, STEPS), (until - time.monotonic()) / steps_left)
            if verdict is None:
                certain = False
                if low < 0:
                    return out
                break
            low, high = (middle, high) if verdict else (low, middle)
            if high == 0:
                break
        own = _own_cost_ore(proposal, out.forced_choice or _choices(proposal)[0], self.problem.years)
        share = None if low < 0 else Fraction(low, STEPS)
        return replace(
            out,
            cost_examined=True,
            cost_share_needed=share,
            own_cost_ore=own,
            cost_needed_ore=None if share is None else int(own * share),
            cost_exact=certain and not _sees_minimum(self.problem, proposal),
        )

    def _is_in(self, proposal: Proposal, share: Fraction, seconds: float) -> bool | None:
        """Is there a plan as good as the best with the proposal in at this share of its costs?"""
        if self.best.high is None:
            return None
        cheaper = forced(with_costs(self.problem, proposal.id, share), proposal.id)
        answer = self._solve(cheaper, seconds)
        if answer is None or answer.status is SolveStatus.STOPPED:
            return None
        if answer.status is SolveStatus.INFEASIBLE:
            return False
        if answer.value is not None and answer.value >= self.best.high:
            return True
        upper = _upper(answer)
        return False if upper is not None and upper < self.best.low else None


def without(problem: Problem, demand: str) -> Problem:
    """The problem without one limit or rule."""
    return replace(
        problem,
        limits=tuple(x for x in problem.limits if x.id != demand),
        rules=tuple(x for x in problem.rules if x.id != demand),
    )


def forced(problem: Problem, proposal: str) -> Problem:
    """The problem with one proposal forced in."""
    return replace(problem, rules=(*problem.rules, Fix(FORCED, proposal)))


def with_costs(problem: Problem, proposal: str, share: Fraction) -> Problem:
    """The problem with a share of one proposal's own costs: what it adds to every row but capacity, rounded down."""
    changed = (
        replace(p, alternatives=tuple(_cheaper(a, share) for a in p.alternatives)) if p.id == proposal else p
        for p in problem.proposals
    )
    return replace(problem, proposals=tuple(changed))


def _cheaper(alternative: Alternative, share: Fraction) -> Alternative:
    def amounts(old: Amounts) -> Amounts:
        return tuple(int(a * share) if a > 0 else a for a in old)

    def profile(row: str, old: Profile) -> Profile:
        if row.startswith("capacity:"):
            return old
        return {s: amounts(a) for s, a in old.items()} if isinstance(old, Mapping) else amounts(old)

    return replace(alternative, rows={row: profile(row, old) for row, old in alternative.rows.items()})


def _choices(proposal: Proposal) -> list[Choice]:
    return [Choice(proposal.id, a.id, s) for a in proposal.alternatives for s in a.starts]


def _own_value(proposal: Proposal, choice: Choice) -> Fraction:
    alternative = next(a for a in proposal.alternatives if a.id == choice.alternative)
    return Fraction(alternative.value_by_start[choice.start])


def _own_cost_ore(proposal: Proposal, choice: Choice, years: tuple[int, ...]) -> int:
    """The choice's investment within the years."""
    alternative = next(a for a in proposal.alternatives if a.id == choice.alternative)
    profile = alternative.rows.get("investment", ())
    amounts = profile[choice.start] if isinstance(profile, Mapping) else profile
    return sum(amounts[: years[-1] - choice.start + 1])


def _sees_minimum(problem: Problem, proposal: Proposal) -> bool:
    """Does a minimum or a share look at the proposal's rows? Then a lower cost can also do harm."""
    rows = {row for a in proposal.alternatives for row in a.rows}
    return any(
        rows & limit_weights(x).keys()
        and (
            any(b is not None for b in (x.min, x.min_total, x.min_share, x.max_share))
            or any(w < 0 for w in limit_weights(x).values())
        )
        for x in problem.limits
    )


def _upper(answer: Answer) -> Fraction | None:
    if answer.value is not None and answer.gap == 0:
        return answer.value
    return None if answer.bound is None else Fraction(answer.bound)


def _difference(larger: Figure, smaller: Figure) -> Figure:
    """The range of larger − smaller."""
    low = Fraction(0) if smaller.high is None else larger.low - smaller.high
    return Figure(low, None if larger.high is None else larger.high - smaller.low)


def _out_lines(out: ProposalOut) -> Iterator[str]:
    if out.in_the_way:
        yield f"{out.proposal}: in the way whatever alternative and start: {', '.join(out.in_the_way)}"
    elif out.nearest is not None and not out.nearest.breaches:
        c = out.nearest.choice
        yield f"{out.proposal}: fits as {c.alternative} from {c.start}, but adds no value"
    else:
        yield f"{out.proposal}: no single limit or rule stands in every way"
    if out.nearest is not None:
        for breach in out.nearest.breaches:
            yield f"  nearest ({out.nearest.choice.alternative} from {out.nearest.choice.start}): {breach.message}"
    if out.never:
        yield f"  can be in no plan: it cannot hold together with {', '.join(out.never)}"
    if out.value_needed is not None and out.value_missing is not None:
        yield f"  value needed to be in: {out.value_needed.words()} ({out.value_missing.words()} more)"
    if out.cost_share_needed is not None and out.cost_needed_ore is not None:
        about = "" if out.cost_exact else " (a found change, not proven to be the smallest)"
        share = float(100 * out.cost_share_needed)
        yield f"  own cost at which it is in: {_kronor(out.cost_needed_ore)} ({share:g} % of its costs){about}"
    elif out.cost_examined:
        yield "  out even at no cost of its own"


def _kronor(ore: int) -> str:
    return f"{ore / 100:,.0f}".replace(",", " ") + " kr"


def _figure_json(figure: Figure | None) -> dict[str, Number | bool | None] | None:
    return None if figure is None else {"low": figure.low, "high": figure.high, "exact": figure.exact}


def _out_json(out: ProposalOut) -> dict[str, Any]:
    nearest = None
    if out.nearest is not None:
        breaches = [
            {"kind": b.kind, "id": b.id, "year": b.year, "amount": _kr(b.amount_ore)}
            for b in out.nearest.breaches
        ]
        choice = out.nearest.choice
        nearest = {"alternative": choice.alternative, "start": choice.start, "breaches": breaches}
    return {
        "proposal": out.proposal,
        "in_the_way": list(out.in_the_way),
        "nearest": nearest,
        "never": list(out.never),
        "value_missing": _figure_json(out.value_missing),
        "value_needed": _figure_json(out.value_needed),
        "cost_examined": out.cost_examined,
        "cost_share_needed": out.cost_share_needed,
        "cost_needed": _kr(out.cost_needed_ore),
        "own_cost": _kr(out.own_cost_ore),
        "cost_exact": out.cost_exact,
    }


def _kr(ore: Number | None) -> Fraction | None:
    return None if ore is None else Fraction(ore) / 100
