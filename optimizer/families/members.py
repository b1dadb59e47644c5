"""What a family of re-solves is made of: members with what is changed in them, and the outcome that is kept of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from optimizer.answers import Answer, SolveStatus, relative_gap, upper_bound
from optimizer.case_writing import choice_to_json
from optimizer.differences import Difference, difference
from optimizer.problem import Choice, OptimizerError, Problem
from optimizer.relaxing import Wait
from optimizer.resolving import Resolver

__all__ = [
    "Difference",
    "Family",
    "FamilyError",
    "Member",
    "Outcome",
    "Outcomes",
    "choice_from_json",
    "difference",
    "outcome_from_json",
    "outcome_of",
    "outcome_to_json",
]

SOLVED, FROM_NEIGHBOURS, SKIPPED = "solved", "neighbours", "skipped"


class FamilyError(OptimizerError):
    """A parameter of a family does not fit: `field` is its name, `code` says what is wrong."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code = field, code


@dataclass(frozen=True)
class Member:
    """One member: what is changed, JSON-ready (amounts in kronor), and the changed problem.

    `answer`: how it is answered when solving the changed problem is not what is asked. `start`: the plan to begin with
    instead of a neighbour's. `name_conflict`: an infeasible member says what cannot hold. `quick`: in a problem that is not
    small, the answer may stay a range: few parts are solved and never the whole. `judged`: the problem under
    which the plan of an outcome must hold, when it is not `problem`; the outcome's value is then not the plan's.
    """

    change: Mapping[str, Any]
    problem: Problem
    answer: Callable[[Member, Resolver, Wait], Outcome] | None = None
    start: tuple[Choice, ...] = ()
    name_conflict: bool = False
    quick: bool = False
    judged: Callable[[Outcome], Problem] | None = None

    def problem_of(self, outcome: Outcome) -> Problem:
        """The problem under which the exact checker must accept the outcome's plan."""
        return self.problem if self.judged is None else self.judged(outcome)


@dataclass(frozen=True)
class Outcome:
    """What is kept of a member's answer. A plan is here only when the exact checker accepted it.

    `value` and `bound` are those of the member's own objective. `how`: ``solved``; ``neighbours`` when the answers
    beside it already told; ``skipped`` when there was nothing to ask (status ``stopped``).
    """

    status: SolveStatus
    value: Fraction | None = None
    bound: Fraction | None = None
    chosen: tuple[Choice, ...] = ()
    seconds: float = 0.0
    how: str = SOLVED
    message: str = ""
    conflict: tuple[str, ...] = ()

    @property
    def has_plan(self) -> bool:
        return self.value is not None

    @property
    def gap(self) -> float | None:
        """(bound − value)/|value|; None without plan or bound."""
        return relative_gap(self.value, self.bound)


Outcomes = Mapping[int, Outcome]


class Family(Protocol):
    """Members of one problem, numbered from 0, neighbours beside one another.

    `opening`: so many of the first members are answered one after another before any other can be made.
    `nested`: from `opening` on, every plan that holds in one member holds in the next (as far as `nested` says), and
    all have the same values; what is known of one then bounds the others.
    """

    problem: Problem
    plan: tuple[Choice, ...]
    opening: int
    nested: range

    @property
    def count(self) -> int: ...

    def member(self, number: int, before: Outcomes) -> Member | None:
        """The member, given (at least) the opening ones before it; None when there is nothing to ask."""
        ...

    def result(self, outcomes: Outcomes) -> Any:
        """What the answers so far tell: a frozen dataclass with `to_json` (amounts in kronor)."""
        ...


def outcome_of(answer: Answer) -> Outcome:
    """The answer without what can be computed again; a plan that was not checked is not kept."""
    kept = answer.checked and answer.value is not None
    status = answer.status
    if not kept and status in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE):
        status = SolveStatus.STOPPED
    return Outcome(
        status=status,
        value=answer.value if kept else None,
        bound=upper_bound(answer),
        chosen=answer.chosen if kept else (),
        seconds=answer.solver.seconds,
        message=answer.message,
        conflict=answer.conflict,
    )


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """JSON-ready; exact numbers as fractions in text. `outcome_from_json` gives the outcome back."""
    return {
        "status": str(outcome.status),
        "value": None if outcome.value is None else str(outcome.value),
        "bound": None if outcome.bound is None else str(outcome.bound),
        "chosen": [choice_to_json(c) for c in outcome.chosen],
        "seconds": round(outcome.seconds, 3),
        "how": outcome.how,
        "message": outcome.message,
        "conflict": list(outcome.conflict),
    }


def outcome_from_json(found: Mapping[str, Any]) -> Outcome:
    """The outcome that was written."""
    value, bound = found["value"], found["bound"]
    return Outcome(
        status=SolveStatus(found["status"]),
        value=None if value is None else Fraction(value),
        bound=None if bound is None else Fraction(bound),
        chosen=tuple(choice_from_json(c) for c in found["chosen"]),
        seconds=found["seconds"],
        how=found["how"],
        message=found["message"],
        conflict=tuple(found.get("conflict", ())),
    )


def choice_from_json(found: Mapping[str, Any]) -> Choice:
    return Choice(found["proposal"], found["alternative"], found["start"])
