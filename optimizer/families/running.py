"""Answers the members of a family one after another, each from what its neighbours told."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from optimizer.answers import ShouldStop, SolveStatus, relative_gap
from optimizer.families.members import (
    FROM_NEIGHBOURS,
    SKIPPED,
    Family,
    Member,
    Outcome,
    Outcomes,
    outcome_of,
)
from optimizer.problem import Choice
from optimizer.relaxing import Wait
from optimizer.resolving import PATIENCE, Resolver
from optimizer.verifying import verify

SMALL = 400  # columns below which every member is solved to the end
QUICK_PATIENCE = 5


class Answered(NamedTuple):
    """A member's number, what was changed in it (None: there was nothing to ask), and its outcome."""

    number: int
    member: Member | None
    outcome: Outcome


def answer_members(
    family: Family,
    resolver: Resolver,
    numbers: Sequence[int],
    known: Outcomes,
    *,
    gap: float,
    max_seconds: float,
    should_stop: ShouldStop | None = None,
) -> Iterator[Answered]:
    """The outcomes of a part of the family, as they come.

    `numbers` are neighbours; `known` holds the opening members and those of `numbers` that are answered already, which
    are passed over. `max_seconds` is for each member. Ends early when `should_stop` says so: what was under way is then
    not given.
    """
    outcomes = dict(known)
    for outcome in known.values():
        if outcome.has_plan:
            resolver.remember(outcome.chosen)
    for number in solving_order(family, numbers):
        if number in outcomes:
            continue
        if should_stop is not None and should_stop():
            return
        member = family.member(number, outcomes)
        if member is None:
            outcome = Outcome(SolveStatus.STOPPED, how=SKIPPED)
        else:
            told = _from_neighbours(family, number, member, outcomes, gap)
            quick = member.quick and len(resolver.base.variables) >= SMALL
            if member.answer is not None:
                wait = Wait(time.monotonic() + max_seconds, should_stop or (lambda: False))
                told = member.answer(member, resolver, wait)
            outcome = told or outcome_of(
                resolver.solve(
                    member.problem,
                    gap=gap,
                    max_seconds=max_seconds,
                    start=member.start or _start(family, number, numbers, outcomes),
                    should_stop=should_stop,
                    name_conflict=member.name_conflict,
                    patience=QUICK_PATIENCE if quick else PATIENCE,
                    whole=not quick,
                )
            )
            if should_stop is not None and should_stop():
                return
        outcomes[number] = outcome
        yield Answered(number, member, outcome)


def solving_order(family: Family, numbers: Sequence[int]) -> list[int]:
    """Nested members: the loosest, the tightest, then halfway between those answered; others as they stand.

    The ends bound what is between them, so that a member whose neighbours are near each other need not be solved.
    """
    inside = [n for n in numbers if n in family.nested]
    if len(inside) < 3:
        return list(numbers)
    order = [inside[-1], inside[0]]
    spans = [(0, len(inside) - 1)]
    for low, high in spans:
        middle = (low + high) // 2
        if low < middle < high:
            order.append(inside[middle])
            spans += [(low, middle), (middle, high)]
    before = [n for n in numbers if n < inside[0]]
    return [*before, *order, *(n for n in numbers if n > inside[-1])]


def _from_neighbours(
    family: Family, number: int, member: Member, outcomes: Outcomes, gap: float
) -> Outcome | None:
    """The outcome that the members around already prove; only in nested families."""
    if number not in family.nested:
        return None
    inside = [n for n in sorted(outcomes) if n in family.nested]
    tighter = next((outcomes[n] for n in reversed(inside) if n < number and outcomes[n].has_plan), None)
    looser = next((outcomes[n] for n in inside if n > number), None)
    if looser is None:
        return None
    if looser.status is SolveStatus.INFEASIBLE:
        return replace(looser, how=FROM_NEIGHBOURS, seconds=0.0)
    for found in (looser, tighter):
        near = None if found is None else relative_gap(found.value, looser.bound)
        if found is None or near is None or near > gap or verify(member.problem, found.chosen):
            continue
        return replace(
            found,
            status=SolveStatus.OPTIMAL,
            bound=looser.bound,
            how=FROM_NEIGHBOURS,
            seconds=0.0,
            message="",
        )
    return None


def _start(family: Family, number: int, numbers: Sequence[int], outcomes: Outcomes) -> tuple[Choice, ...]:
    """The plan of the nearest answered neighbour, the tighter one where the family is nested; else the plan given."""
    answered = [n for n in outcomes if n in numbers and outcomes[n].has_plan]
    if number in family.nested:
        answered = [n for n in answered if n < number] or answered
    nearest = min(answered, key=lambda n: (abs(n - number), n), default=None)
    return family.plan if nearest is None else outcomes[nearest].chosen
