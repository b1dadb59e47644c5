"""Answers: why each proposal is out or in, and what each limit and rule costs, one question per member.

``in``: the plan with the proposal forced in; ``cost``: the largest share of its own costs at which a plan as good as this
one has it; ``later``: the plan with its start a year later; ``out``: the plan without it; ``without``: the plan without a
limit or rule. All figures are told beside the plan that is asked about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

from optimizer.answers import SolveStatus
from optimizer.explaining import (
    FORCED,
    LATER,
    LEFT_OUT,
    forced,
    own_cost_ore,
    own_value,
    sees_minimum,
    without,
)
from optimizer.explanations import Figure, Price, ProposalIn, ProposalOut, parts_to_json
from optimizer.families import parameters as reading
from optimizer.families.members import Difference, FamilyError, Member, Outcome, Outcomes, difference
from optimizer.families.parameters import Parameters
from optimizer.json_reading import plain_number
from optimizer.own_costs import OwnCost, with_costs
from optimizer.problem import Choice, Fix, Forbid, Problem, Proposal, Rule
from optimizer.relaxing import Wait
from optimizer.resolving import Resolver
from optimizer.verifying import value_of

ABOUT = ("proposals_out", "proposals_in", "demands")


class Question(NamedTuple):
    """``in``, ``cost``, ``later``, ``out`` or ``without``, and of which proposal, limit or rule."""

    asks: str
    id: str


@dataclass(frozen=True)
class AnswersResult:
    """What the answers so far tell. `better` is a plan of more value that was found on the way; empty = none."""

    plan_value: Fraction
    out: tuple[ProposalOut, ...]
    inside: tuple[ProposalIn, ...]
    prices: tuple[Price, ...]
    better: tuple[Choice, ...]
    better_value: Fraction

    def to_json(self) -> dict[str, Any]:
        told = parts_to_json(self.out, self.inside, self.prices)
        return {"plan_value": plain_number(self.plan_value), **_plain(told)}


def _plain(told: Any) -> Any:
    """The same with numbers that JSON has."""
    if isinstance(told, dict):
        return {name: _plain(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_plain(value) for value in told]
    return plain_number(told) if isinstance(told, Fraction) else told


class Answers:
    """One question per member; `about` says which are asked, `proposals` of which proposals (all, where it is empty)."""

    def __init__(self, problem: Problem, plan: tuple[Choice, ...], given: Parameters) -> None:
        self.problem, self.plan = problem, plan
        self.opening, self.nested = 0, range(0)
        self.about = reading.texts(given, "about") or ABOUT
        if set(self.about) - set(ABOUT):
            raise FamilyError("about", "unknown")
        self.proposals = {p.id: p for p in problem.proposals}
        self.asked_of = frozenset(reading.texts(given, "proposals")) or frozenset(self.proposals)
        if self.asked_of - set(self.proposals):
            raise FamilyError("proposals", "unknown")
        self.chosen = {c.proposal: c for c in plan}
        self.value = value_of(problem, plan)
        self.questions = tuple(self._ask())

    @property
    def count(self) -> int:
        return len(self.questions)

    def _ask(self) -> Iterator[Question]:
        asked_of = [p for p in self.problem.proposals if p.id in self.asked_of]
        for proposal in asked_of:
            if proposal.id not in self.chosen and "proposals_out" in self.about:
                yield Question("in", proposal.id)
                yield Question("cost", proposal.id)
        for proposal in asked_of:
            if proposal.id in self.chosen and "proposals_in" in self.about and not self._is_held(proposal):
                if self._has_later(proposal):
                    yield Question("later", proposal.id)
                yield Question("out", proposal.id)
        if "demands" in self.about:
            for demand in (*self.problem.limits, *self.problem.rules):
                if not isinstance(demand, Fix):
                    yield Question("without", demand.id)

    def _is_held(self, proposal: Proposal) -> bool:
        """Decided or required: it is in every plan, so there is nothing to ask."""
        fixed = any(isinstance(r, Fix) and r.proposal == proposal.id for r in self.problem.rules)
        return proposal.required or fixed

    def _has_later(self, proposal: Proposal) -> bool:
        return any(self.chosen[proposal.id].start + 1 in a.starts for a in proposal.alternatives)

    def member(self, number: int, before: Outcomes) -> Member | None:
        asks, own = self.questions[number]
        change = {"asks": asks, "of": own}
        if asks == "without":
            return Member(change, without(self.problem, own), start=self.plan, quick=True)
        if asks == "cost":
            wanted = forced(self.problem, own)
            return Member(
                change,
                wanted,
                self._cost,
                judged=lambda found: with_costs(wanted, own, found.value or Fraction(0)),
            )
        if asks == "in":
            return Member(change, forced(self.problem, own), start=self.plan, name_conflict=True, quick=True)
        rule: Rule = Forbid(LEFT_OUT, own)
        if asks == "later":
            rule = Fix(LATER, own, None, self.chosen[own].start + 1)
        return Member(
            change, replace(self.problem, rules=(*self.problem.rules, rule)), start=self.plan, quick=True
        )

    def _cost(self, member: Member, resolver: Resolver, wait: Wait) -> Outcome:
        """The outcome whose value is the share, and whose plan holds at that share of the proposal's costs."""
        parts = resolver.parts(wait)
        proposal = self.proposals[member.change["of"]]
        found = None
        if parts is not None:
            found = OwnCost(resolver.base, proposal, self.plan, resolver.seed).find(parts, wait)
        if found is None:
            return Outcome(SolveStatus.STOPPED, message="no share of its costs was found in time")
        status = SolveStatus.OPTIMAL if found[0] == 1 else SolveStatus.FEASIBLE
        return Outcome(status, found[0], Fraction(1), found[1])

    def result(self, outcomes: Outcomes) -> AnswersResult:
        told = {self.questions[n]: outcome for n, outcome in outcomes.items() if n < self.count}
        better = max(
            (o for q, o in told.items() if o.value is not None and q.asks in ("in", "later", "out")),
            key=lambda o: o.value or 0,
            default=None,
        )
        found = better is not None and better.value is not None and better.value > self.value
        return AnswersResult(
            self.value,
            tuple(self._tell_out(p, told) for p in self._asked(told, ("in", "cost"))),
            tuple(self._tell_in(p, told) for p in self._asked(told, ("later", "out"))),
            tuple(self._tell_price(q.id, o) for q, o in told.items() if q.asks == "without"),
            better.chosen if found and better is not None else (),
            better.value if found and better is not None and better.value is not None else self.value,
        )

    def _asked(self, told: dict[Question, Outcome], kinds: tuple[str, ...]) -> list[Proposal]:
        ids = dict.fromkeys(q.id for q in told if q.asks in kinds)
        return [self.proposals[own] for own in ids]

    def _lost(self, outcome: Outcome | None) -> Figure | None:
        """How much less than the plan the changed case is worth, never below nothing."""
        if outcome is None or outcome.status is SolveStatus.INFEASIBLE:
            return None
        low = Fraction(0) if outcome.bound is None else max(Fraction(0), self.value - outcome.bound)
        high = None if outcome.value is None else max(Fraction(0), self.value - outcome.value)
        return Figure(low, high if high is None else max(low, high))

    def _tell_out(self, proposal: Proposal, told: dict[Question, Outcome]) -> ProposalOut:
        outcome, cost = told.get(Question("in", proposal.id)), told.get(Question("cost", proposal.id))
        out = ProposalOut(proposal.id, (), None)
        if outcome is not None:
            missing = self._lost(outcome)
            out = replace(out, value_missing=missing)
            if outcome.status is SolveStatus.INFEASIBLE:
                out = replace(out, never=tuple(d for d in outcome.conflict if d != FORCED))
            elif outcome.has_plan and missing is not None:
                choice = next(c for c in outcome.chosen if c.proposal == proposal.id)
                own = own_value(proposal, choice)
                high = None if missing.high is None else own + missing.high
                out = replace(
                    out,
                    value_needed=Figure(own + missing.low, high),
                    forced_choice=choice,
                    pushes=self._moved(outcome, proposal.id),
                )
        if cost is not None and cost.value is not None:
            choice = next(c for c in cost.chosen if c.proposal == proposal.id)
            own_ore = own_cost_ore(proposal, choice, self.problem.years)
            out = replace(
                out,
                cost_examined=True,
                cost_share_needed=cost.value,
                own_cost_ore=own_ore,
                cost_needed_ore=int(own_ore * cost.value),
                cost_exact=cost.value == 1 and not sees_minimum(self.problem, proposal),
            )
        return out

    def _moved(self, outcome: Outcome, proposal: str) -> Difference:
        return difference(self.plan, tuple(c for c in outcome.chosen if c.proposal != proposal))

    def _tell_in(self, proposal: Proposal, told: dict[Question, Outcome]) -> ProposalIn:
        later, out = told.get(Question("later", proposal.id)), told.get(Question("out", proposal.id))
        return ProposalIn(
            proposal.id,
            self.chosen[proposal.id].start,
            waiting=self._lost(later),
            leaving=self._lost(out),
            last_start=not self._has_later(proposal),
            never_later=later is not None and later.status is SolveStatus.INFEASIBLE,
            never_without=out is not None and out.status is SolveStatus.INFEASIBLE,
        )

    def _tell_price(self, demand: str, outcome: Outcome) -> Price:
        if outcome.value is None:
            return Price(demand, None)
        high = None if outcome.bound is None else outcome.bound - self.value
        return Price(demand, Figure(outcome.value - self.value, high), difference(self.plan, outcome.chosen))
