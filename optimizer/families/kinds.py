"""The families by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from optimizer.families.answers import Answers
from optimizer.families.differing import DifferentPlans
from optimizer.families.frontiers import CeilingFrontier, OperatingFrontier
from optimizer.families.members import Family, FamilyError
from optimizer.families.parameters import Parameters
from optimizer.families.robustness import Robustness
from optimizer.families.stability import Stability
from optimizer.problem import Choice, Problem
from optimizer.verifying import verify

KINDS: dict[str, Callable[[Problem, tuple[Choice, ...], Parameters], Family]] = {
    "answers": Answers,
    "operating": OperatingFrontier,
    "ceiling": CeilingFrontier,
    "different": DifferentPlans,
    "stability": Stability,
    "robustness": Robustness,
}
CHUNK = 10


def make_family(kind: str, problem: Problem, plan: Sequence[Choice], given: Parameters) -> Family:
    """The family of that kind, from a plan that holds.

    Raises:
        FamilyError: the kind is unknown, the plan breaks something, or a parameter does not fit.
    """
    if kind not in KINDS:
        raise FamilyError("kind", "not one of " + ", ".join(KINDS))
    if breaches := verify(problem, plan):
        raise FamilyError("plan", breaches[0].message)
    return KINDS[kind](problem, tuple(plan), given)


def chunks(family: Family, size: int = CHUNK) -> tuple[range, ...]:
    """The members in parts of neighbours: first the opening ones in one part, then at most `size` in each.

    >>> from types import SimpleNamespace
    >>> chunks(SimpleNamespace(opening=1, count=22))  # doctest: +NORMALIZE_WHITESPACE
    (range(0, 1), range(1, 8), range(8, 15), range(15, 22))
    """
    opening = min(family.opening, family.count)
    rest = family.count - opening
    parts = -(-rest // size)
    cuts = [opening + rest * k // parts for k in range(parts + 1)] if parts else []
    first = [range(opening)] if opening else []
    return tuple(first + [range(a, b) for a, b in pairwise(cuts)])
