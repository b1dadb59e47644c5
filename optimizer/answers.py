"""What a solve gives back, and what it tells on the way."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from optimizer.problem import Choice, LimitUse
from optimizer.settling import Settled

TINY = 1e-9


class SolveStatus(StrEnum):
    """How a solve ended. `stopped`: no plan found in time; `feasible`: a checked plan, not proven within the gap."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    STOPPED = "stopped"


@dataclass(frozen=True)
class SolverFacts:
    """Which solver answered and how it was run."""

    name: str
    version: str
    seconds: float
    threads: int
    seed: int


@dataclass(frozen=True)
class Progress:
    """Where a solve is: `gap` is (bound − value)/|value|, None until both are known.

    `phase`: ``reading``, ``searching``, ``tie-breaks``, ``checking`` or ``conflict``.
    """

    seconds: float
    best_value: Fraction | None
    bound: float | None
    gap: float | None
    phase: str


@dataclass(frozen=True)
class Answer:
    """The outcome of a solve.

    `value`, `bound` and `gap` are None without a plan (an upper bound may be known all the same). `checked` is True
    only when the exact checker accepted `chosen`. `ties_exact` is True when the documented order among plans of equal
    value was followed to its end. `settled` tells what is in or out in every better plan; None when that was not
    looked at. `conflict` holds ids of limits and rules and ``required:<proposal id>``.
    """

    status: SolveStatus
    value: Fraction | None
    bound: float | None
    gap: float | None
    chosen: tuple[Choice, ...]
    use: tuple[LimitUse, ...]
    conflict: tuple[str, ...]
    solver: SolverFacts
    checked: bool
    stopped_by: str | None
    message: str
    ties_exact: bool = False
    settled: Settled | None = None


OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


def relative_gap(value: Fraction | None, bound: float | Fraction | None) -> float | None:
    """(bound − value)/|value|, never below 0; None while either is unknown.

    >>> relative_gap(Fraction(100), 101.0)
    0.01
    """
    if value is None or bound is None:
        return None
    return max(0.0, float(bound - value)) / max(abs(float(value)), TINY)


def upper_bound(answer: Answer) -> Fraction | None:
    """No plan is worth more than this: the value where the gap is closed, else the bound, rounded up as a float is."""
    if answer.bound is None:
        return None
    if answer.value is not None and answer.gap == 0:
        return answer.value
    return Fraction(math.nextafter(answer.bound, math.inf))
