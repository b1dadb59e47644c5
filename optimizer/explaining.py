"""Why a proposal is out and what would bring it in, what waiting costs, and what every limit and rule costs in value.

Everything is measured by solving again with one thing changed. Figures are told beside the plan that is explained: what
a plan with the change is worth less (or more) than this one. A figure is exact when the changed case was solved to the
end; else it comes with the range within which the truth lies. First every question is asked quickly; what time is left
goes to those whose answer is still a range.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from optimizer.answers import Answer, ShouldStop, SolveStatus, upper_bound
from optimizer.differences import difference
from optimizer.explanations import (
    Added,
    Explanation,
    Figure,
    Price,
    ProposalIn,
    ProposalOut,
)
from optimizer.own_costs import STEPS, OwnCost, with_costs
from optimizer.problem import Choice, Fix, Forbid, Problem, Proposal, limit_weights
from optimizer.relaxing import Wait
from optimizer.resolving import Resolver
from optimizer.verifying import value_of, verify

FORCED = "forced in"
LATER = "a year later"
LEFT_OUT = "left out"
BASE_SHARE = 0.15  # of the time, for the case itself
LEAST_SECONDS = 0.05
QUICK_SECONDS = 3.0  # for one quick question, at most
QUICK_PATIENCE = 3
QUICK_GAP = 0.002


def explain_plan(
    problem: Problem,
    chosen: Sequence[Choice],
    *,
    only: Sequence[str] | None = None,
    max_seconds: float = 60,
    seed: int = 0,
    should_stop: ShouldStop | None = None,
    deep: bool = True,
) -> Explanation:
    """Explains an accepted plan: every proposal (or those in `only`), and every limit and rule.

    With `only`, limits and rules are left out. What the time does not reach is said to be unknown. Without `deep` it ends
    when every question has been asked quickly.
    """
    explainer = _Explainer(problem, tuple(chosen), max_seconds, seed, should_stop)
    return explainer.explain(only, deep=deep)


class _Explainer:
    def __init__(
        self,
        problem: Problem,
        chosen: tuple[Choice, ...],
        max_seconds: float,
        seed: int,
        should_stop: ShouldStop | None,
    ) -> None:
        self.problem, self.chosen, self.seed = problem, chosen, seed
        self.should_stop = should_stop
        self.deadline = time.monotonic() + max_seconds
        self.value = value_of(problem, chosen)
        self.best = Figure(self.value, None)
        self.better: tuple[Choice, ...] = ()
        self.complete = True
        self.resolver = Resolver(problem, seed=seed)
        self.resolver.remember(chosen)
        self.choice_of = {c.proposal: c for c in chosen}

    def explain(self, only: Sequence[str] | None, *, deep: bool) -> Explanation:
        wanted = [p for p in self.problem.proposals if only is None or p.id in only]
        outs: list[ProposalOut] = []
        ins: list[ProposalIn] = []
        prices: list[Price] = []
        demands = [] if only is not None else [x.id for x in (*self.problem.limits, *self.problem.rules)]
        self._find_best(BASE_SHARE if deep else 0.0)
        for proposal in wanted:
            if proposal.id in self.choice_of:
                ins.append(self._explain_in(proposal))
            else:
                outs.append(self._explain_out(proposal))
        prices += [self._price(demand) for demand in demands]
        if deep:
            outs, ins, prices = self._deepen(outs, ins, prices)
        return Explanation(
            self.value, self.best, tuple(outs), tuple(prices), self.complete, tuple(ins), self.better
        )

    def _deepen(
        self, outs: list[ProposalOut], ins: list[ProposalIn], prices: list[Price]
    ) -> tuple[list[ProposalOut], list[ProposalIn], list[Price]]:
        """Asks again, in full, what is still a range."""
        complete, self.complete = self.complete, True
        open_outs = sum(not _is_told(out) for out in outs)
        open_ins = sum(not _is_settled(own) for own in ins)
        left = open_outs + open_ins + sum(p.costs is None or not p.costs.exact for p in prices)
        proposals = {p.id: p for p in self.problem.proposals}
        for k, out in enumerate(outs):
            if not _is_told(out):
                outs[k] = self._explain_out(proposals[out.proposal], self._slice(left), out)
                left -= 1
        for k, own in enumerate(ins):
            if not _is_settled(own):
                ins[k] = self._explain_in(proposals[own.proposal], self._slice(left), own)
                left -= 1
        for k, price in enumerate(prices):
            if price.costs is None or not price.costs.exact:
                prices[k] = self._price(price.id, self._slice(left), price)
                left -= 1
        self.complete = complete
        return outs, ins, prices

    def _find_best(self, share: float) -> None:
        seconds = share * (self.deadline - time.monotonic()) if share else QUICK_SECONDS
        answer = self._solve(self.problem, seconds, whole=share > 0)
        if answer is not None:
            self.best = Figure(self.best.low, upper_bound(answer))

    def _slice(self, parts: int) -> float:
        return max(0.0, self.deadline - time.monotonic()) / max(1, parts)

    def _solve(
        self, problem: Problem, seconds: float, *, whole: bool, start: Sequence[Choice] = ()
    ) -> Answer | None:
        seconds = min(seconds, self.deadline - time.monotonic())
        if seconds < LEAST_SECONDS or (self.should_stop is not None and self.should_stop()):
            self.complete = False
            return None
        answer = self.resolver.solve(
            problem,
            gap=0.0 if whole else QUICK_GAP,
            max_seconds=seconds,
            start=start or self.chosen,
            should_stop=self.should_stop,
            patience=QUICK_PATIENCE,
            whole=whole,
        )
        self._watch(answer)
        return answer

    def _watch(self, answer: Answer) -> None:
        """A plan of a changed case that is one of the case itself, too, may be better than all before."""
        if answer.value is not None and not verify(self.problem, answer.chosen):
            value = value_of(self.problem, answer.chosen)
            if value > self.best.low:
                high = self.best.high if self.best.high is None else max(self.best.high, value)
                self.best, self.better = Figure(value, high), answer.chosen

    def _lost(self, answer: Answer | None, before: Figure | None) -> Figure | None:
        """How much less than this plan a plan of the changed case is worth, never below nothing."""
        if answer is None or answer.status is SolveStatus.INFEASIBLE:
            return before
        upper = upper_bound(answer)
        low = Fraction(0) if upper is None else max(Fraction(0), self.value - upper)
        high = None if answer.value is None else max(Fraction(0), self.value - answer.value)
        return _narrowed(before, low, high)

    def _price(self, demand: str, seconds: float | None = None, before: Price | None = None) -> Price:
        answer = self._solve(
            without(self.problem, demand), seconds or QUICK_SECONDS, whole=seconds is not None
        )
        if answer is None or answer.value is None:
            return before or Price(demand, None)
        # Below nothing for a coordination whose saving or value the plan makes use of; for all else this plan holds.
        upper = upper_bound(answer)
        gain = Figure(answer.value - self.value, None if upper is None else upper - self.value)
        old = None if before is None else before.costs
        costs = gain if old is None else _narrowed(old, gain.low, gain.high)
        if before is not None and old is not None and gain.low < old.low:
            return replace(before, costs=costs)
        return Price(demand, costs, difference(self.chosen, answer.chosen))

    def _explain_in(
        self, proposal: Proposal, seconds: float | None = None, before: ProposalIn | None = None
    ) -> ProposalIn:
        start = self.choice_of[proposal.id].start
        told = before or ProposalIn(proposal.id, start)
        each, whole = (QUICK_SECONDS if seconds is None else seconds / 2), seconds is not None
        later = any(start + 1 in a.starts for a in proposal.alternatives)
        if not later:
            told = replace(told, last_start=True)
        elif not told.never_later and not (told.waiting and told.waiting.exact):
            waits = _with(self.problem, Fix(LATER, proposal.id, None, start + 1))
            answer = self._solve(waits, each, whole=whole, start=self._moved_to(waits, proposal, start + 1))
            never = answer is not None and answer.status is SolveStatus.INFEASIBLE
            told = replace(told, waiting=self._lost(answer, told.waiting), never_later=never)
        if not told.never_without and not (told.leaving and told.leaving.exact):
            left = _with(self.problem, Forbid(LEFT_OUT, proposal.id))
            answer = self._solve(left, each, whole=whole, start=self._moved_to(left, proposal, None))
            never = answer is not None and answer.status is SolveStatus.INFEASIBLE
            told = replace(told, leaving=self._lost(answer, told.leaving), never_without=never)
        return told

    def _moved_to(self, changed: Problem, proposal: Proposal, start: int | None) -> tuple[Choice, ...]:
        """This plan with the proposal at that start or out, if that alone holds; else this plan as it is."""
        others = tuple(c for c in self.chosen if c.proposal != proposal.id)
        if start is None:
            return others if not verify(changed, others) else self.chosen
        for alternative in proposal.alternatives:
            plan = (*others, Choice(proposal.id, alternative.id, start))
            if start in alternative.starts and not verify(changed, plan):
                return plan
        return self.chosen

    def _explain_out(
        self, proposal: Proposal, seconds: float | None = None, before: ProposalOut | None = None
    ) -> ProposalOut:
        until = time.monotonic() + (QUICK_SECONDS if seconds is None else seconds)
        whole = seconds is not None
        out = before or self._stand_in_the_way(proposal)
        if not (out.value_missing and out.value_missing.exact) and not out.never:
            out = self._force(out, proposal, until if not whole else until - (seconds or 0) / 2, whole=whole)
        out = self._find_cost(out, proposal, until)
        return self._prove_cost(out, proposal, until) if whole else out

    def _stand_in_the_way(self, proposal: Proposal) -> ProposalOut:
        added = [Added(c, verify(self.problem, (*self.chosen, c))) for c in _choices(proposal)]
        nearest = min(added, key=lambda a: (len(a.breaches), sum(b.amount_ore or 0 for b in a.breaches)))
        always = set.intersection(*({b.id for b in a.breaches} for a in added))
        in_order = [b.id for a in added for b in a.breaches if b.id in always]
        return ProposalOut(proposal.id, tuple(dict.fromkeys(in_order)), nearest)

    def _force(self, out: ProposalOut, proposal: Proposal, until: float, *, whole: bool) -> ProposalOut:
        answer = self._solve(forced(self.problem, proposal.id), until - time.monotonic(), whole=whole)
        if answer is None:
            return out
        if answer.status is SolveStatus.INFEASIBLE:
            return replace(out, never=tuple(d for d in answer.conflict if d != FORCED), value_missing=None)
        missing = self._lost(answer, out.value_missing)
        if answer.value is None or missing is None:
            return replace(out, value_missing=missing)
        if (
            out.forced_choice is not None
            and missing.high is not None
            and self.value - answer.value > missing.high
        ):
            # A plan found before is worth more: what is told of where it starts and what it pushes out is that plan's.
            own = own_value(proposal, out.forced_choice)
            return replace(
                out, value_missing=missing, value_needed=Figure(own + missing.low, own + missing.high)
            )
        choice = next(c for c in answer.chosen if c.proposal == proposal.id)
        own = own_value(proposal, choice)
        return replace(
            out,
            value_missing=missing,
            value_needed=Figure(own + missing.low, None if missing.high is None else own + missing.high),
            forced_choice=choice,
            pushes=difference(self.chosen, tuple(c for c in answer.chosen if c.proposal != proposal.id)),
        )

    def _find_cost(self, out: ProposalOut, proposal: Proposal, until: float) -> ProposalOut:
        """A share of its costs at which it is in a plan as good as this one."""
        if out.cost_examined or time.monotonic() >= min(until, self.deadline):
            return out
        if out.value_missing is not None and out.value_missing.high == 0:
            return self._at_share(out, proposal, Fraction(1), exact=True)
        wait = Wait(min(until, self.deadline), self.should_stop or (lambda: False))
        parts = self.resolver.parts(wait)
        if parts is None:
            return out
        found = OwnCost(self.resolver.base, proposal, self.chosen, self.seed).find(parts, wait)
        if found is None:
            return out
        return self._at_share(out, proposal, found[0], exact=False)

    def _at_share(
        self, out: ProposalOut, proposal: Proposal, share: Fraction | None, *, exact: bool
    ) -> ProposalOut:
        own = own_cost_ore(proposal, out.forced_choice or _choices(proposal)[0], self.problem.years)
        needed = None if share is None else int(own * share)
        return replace(
            out,
            cost_examined=True,
            cost_share_needed=share,
            own_cost_ore=own,
            cost_needed_ore=needed,
            cost_exact=exact and not sees_minimum(self.problem, proposal),
        )

    def _prove_cost(self, out: ProposalOut, proposal: Proposal, until: float) -> ProposalOut:
        """Bisection between a share at which it is in and one at which it is not, down to a thousandth.

        The best value with it in can only rise as the share falls, but where a minimum looks at its rows.
        """
        if out.cost_exact:
            return out
        low = -1 if out.cost_share_needed is None else int(out.cost_share_needed * STEPS)
        high, first = STEPS if out.value_missing is None or out.value_missing.low > 0 else STEPS + 1, True
        while high - low > 1:
            middle = (0 if low < 0 else low + 1) if first else (low + high) // 2
            first = False
            steps_left = max(1, (high - low).bit_length())
            verdict = self._is_in(proposal, Fraction(middle, STEPS), (until - time.monotonic()) / steps_left)
            if verdict is None:
                return out if low < 0 else self._at_share(out, proposal, Fraction(low, STEPS), exact=False)
            low, high = (middle, high) if verdict else (low, middle)
        return self._at_share(out, proposal, None if low < 0 else Fraction(low, STEPS), exact=True)

    def _is_in(self, proposal: Proposal, share: Fraction, seconds: float) -> bool | None:
        """Is there a plan as good as this one with the proposal in at this share of its costs?"""
        cheaper = forced(with_costs(self.problem, proposal.id, share), proposal.id)
        answer = self._solve(cheaper, seconds, whole=True)
        if answer is None or answer.status is SolveStatus.STOPPED:
            return None
        if answer.status is SolveStatus.INFEASIBLE:
            return False
        if answer.value is not None and answer.value >= self.value:
            return True
        upper = upper_bound(answer)
        return False if upper is not None and upper < self.value else None


def without(problem: Problem, demand: str) -> Problem:
    """The problem without one limit or rule."""
    return replace(
        problem,
        limits=tuple(x for x in problem.limits if x.id != demand),
        rules=tuple(x for x in problem.rules if x.id != demand),
    )


def forced(problem: Problem, proposal: str) -> Problem:
    """The problem with one proposal forced in."""
    return _with(problem, Fix(FORCED, proposal))


def _with(problem: Problem, rule: Fix | Forbid) -> Problem:
    return replace(problem, rules=(*problem.rules, rule))


def _choices(proposal: Proposal) -> list[Choice]:
    return [Choice(proposal.id, a.id, s) for a in proposal.alternatives for s in a.starts]


def own_value(proposal: Proposal, choice: Choice) -> Fraction:
    """The value of the proposal itself with this choice."""
    alternative = next(a for a in proposal.alternatives if a.id == choice.alternative)
    return Fraction(alternative.value_by_start[choice.start])


def own_cost_ore(proposal: Proposal, choice: Choice, years: tuple[int, ...]) -> int:
    """The choice's investment within the years."""
    alternative = next(a for a in proposal.alternatives if a.id == choice.alternative)
    profile = alternative.rows.get("investment", ())
    amounts = profile if isinstance(profile, tuple) else profile[choice.start]
    return sum(amounts[: years[-1] - choice.start + 1])


def sees_minimum(problem: Problem, proposal: Proposal) -> bool:
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


def _narrowed(before: Figure | None, low: Fraction, high: Fraction | None) -> Figure:
    """Both ranges hold, so what they have in common does."""
    if before is not None:
        low = max(low, before.low)
        high = before.high if high is None else high if before.high is None else min(high, before.high)
    return Figure(low, high if high is None else max(low, high))


def _is_told(out: ProposalOut) -> bool:
    told = bool(out.never) or (out.value_missing is not None and out.value_missing.exact)
    return told and out.cost_examined and out.cost_exact


def _is_settled(own: ProposalIn) -> bool:
    waits = own.last_start or own.never_later or (own.waiting is not None and own.waiting.exact)
    return waits and (own.never_without or (own.leaving is not None and own.leaving.exact))


__all__ = ["Explanation", "explain_plan", "forced", "with_costs", "without"]
