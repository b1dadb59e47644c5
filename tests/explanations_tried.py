"""Every answer of an explanation applied and solved again from nothing: a figure that a plan or a bound refutes fails.

The second solve knows nothing of the first: no start plan, no kept relaxation. Its plan bounds an answer from one side, its
bound from the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from optimizer.answers import Answer, SolveStatus
from optimizer.differences import Difference
from optimizer.explaining import forced, with_costs, without
from optimizer.explanations import Explanation, Figure, Price, ProposalIn, ProposalOut
from optimizer.problem import Choice, Fix, Forbid, Problem, Proposal
from optimizer.solving import solve
from optimizer.verifying import value_of, verify

ROUNDING = Fraction(1, 1000)
STEP = Fraction(1, 1000)  # in which shares of own cost are told


class Trial:
    """Tries the answers beside one plan. `told` counts what was tried, by kind."""

    def __init__(self, problem: Problem, chosen: Sequence[Choice], *, seconds: float) -> None:
        self.problem, self.chosen, self.seconds = problem, tuple(chosen), seconds
        self.value = value_of(problem, chosen)
        self.told: Counter[str] = Counter()
        self.proposals = {one.id: one for one in problem.proposals}

    def everything(self, found: Explanation) -> Counter[str]:
        for out in found.out:
            self.out(out)
        for own in found.inside:
            self.inside(own)
        for price in found.prices:
            self.price(price)
        if found.better:
            assert verify(self.problem, found.better) == ()
            assert value_of(self.problem, found.better) == found.best.low > self.value
        return self.told

    def _cold(self, problem: Problem) -> Answer:
        return solve(problem, gap=0.0, max_seconds=self.seconds, break_ties=False)

    def out(self, out: ProposalOut) -> None:
        for choice in _choices(self.proposals[out.proposal]):
            broken = {one.id for one in verify(self.problem, (*self.chosen, choice))}
            assert set(out.in_the_way) <= broken, out
        with_it = forced(self.problem, out.proposal)
        cold = self._cold(with_it)
        if out.never:
            self.told["never"] += 1
            assert cold.status is SolveStatus.INFEASIBLE, out
            return
        if out.value_missing is not None:
            self.told["value"] += 1
            self._lost(out.value_missing, cold, out)
            if (
                out.value_missing.high is not None
                and out.pushes is not None
                and out.forced_choice is not None
            ):
                self.told["pushes"] += 1
                pushed = applied(self.chosen, out.pushes, out.forced_choice)
                assert verify(self.problem, pushed) == (), out
                assert value_of(self.problem, pushed) + out.value_missing.high >= self.value, out
        if out.cost_share_needed is not None and out.cost_share_needed < 1:
            self._cost(out, out.cost_share_needed)

    def _cost(self, out: ProposalOut, share: Fraction) -> None:
        self.told["cost"] += 1
        cheaper = self._cold(forced(with_costs(self.problem, out.proposal, share), out.proposal))
        assert cheaper.bound is not None, out
        assert cheaper.bound >= self.value - ROUNDING, out
        if out.cost_exact:
            self.told["cost turns"] += 1
            dearer = self._cold(forced(with_costs(self.problem, out.proposal, share + STEP), out.proposal))
            assert dearer.value is None or dearer.value < self.value, out

    def inside(self, own: ProposalIn) -> None:
        later = Fix("later", own.proposal, None, own.start + 1)
        for name, figure, never, rule in (
            ("waiting", own.waiting, own.never_later, later),
            ("leaving", own.leaving, own.never_without, Forbid("gone", own.proposal)),
        ):
            if not never and figure is None:
                continue
            self.told["never" if never else name] += 1
            cold = self._cold(replace(self.problem, rules=(*self.problem.rules, rule)))
            if never:
                assert cold.status is SolveStatus.INFEASIBLE, own
            elif figure is not None:
                self._lost(figure, cold, own)

    def _lost(self, figure: Figure, cold: Answer, what: object) -> None:
        """A loss is at least what the bound leaves and at most what the plan found costs."""
        if cold.value is not None:
            assert figure.low <= max(Fraction(0), self.value - cold.value), what
        if figure.high is not None and cold.bound is not None:
            assert figure.high >= self.value - Fraction(cold.bound) - ROUNDING, what

    def price(self, price: Price) -> None:
        if price.costs is None:
            return
        self.told["price"] += 1
        looser = without(self.problem, price.id)
        if price.moves is not None:
            moved = applied(self.chosen, price.moves)
            assert verify(looser, moved) == (), price
            assert value_of(looser, moved) == self.value + price.costs.low, price
        cold = self._cold(looser)
        if cold.value is not None and price.costs.high is not None:
            assert price.costs.high >= cold.value - self.value - ROUNDING, price
        if cold.bound is not None:
            assert price.costs.low <= Fraction(cold.bound) - self.value + ROUNDING, price


def applied(chosen: Sequence[Choice], moves: Difference, *more: Choice) -> tuple[Choice, ...]:
    """The plan after the moves."""
    gone = {*moves.out, *(old for old, _ in moves.moved)}
    return (*(c for c in chosen if c not in gone), *(new for _, new in moves.moved), *moves.into, *more)


def _choices(proposal: Proposal) -> list[Choice]:
    return [Choice(proposal.id, a.id, s) for a in proposal.alternatives for s in a.starts]
