"""What a plan is worth beside the rankings that people make by hand: value lost, and committee-years broken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from optimizer.problem import Limit, Problem
from optimizer.ranking import Ranking, rank
from optimizer.verifying import use_of, verify


@dataclass(frozen=True)
class Comparison:
    """Two rankings by value per krona.

    `fair` respects every limit as far as a ranking can; `fair_broken` are ids that it still breaks (minima, shares).
    `ceiling` respects the limits on investment alone, and the rules; `committee_years` of `of_committee_years` frames by
    committee and year are then broken, and so are the other demands in `ceiling_broken`.
    """

    fair_value: Fraction
    fair_broken: tuple[str, ...]
    ceiling_value: Fraction
    ceiling_broken: tuple[str, ...]
    committee_years: int
    of_committee_years: int


def compare_rankings(problem: Problem) -> Comparison:
    """The two rankings of a problem. Takes about as long as building its model twice."""
    fair = rank(problem)
    ceiling = rank(replace(problem, limits=tuple(x for x in problem.limits if is_ceiling(x))))
    frames = {limit.id for limit in problem.limits if is_frame(limit)}
    broken = verify(problem, ceiling.chosen)
    years = {(b.id, b.year) for b in broken if b.id in frames}
    every = {(use.limit, use.year) for use in use_of(problem, ()) if use.limit in frames}
    return Comparison(
        fair_value=fair.value,
        fair_broken=_ids(fair),
        ceiling_value=ceiling.value,
        ceiling_broken=tuple(dict.fromkeys(b.id for b in broken if b.id not in frames)),
        committee_years=len(years),
        of_committee_years=len(every),
    )


def is_ceiling(limit: Limit) -> bool:
    """A largest amount of the investment outlay as a whole."""
    return (
        limit.of == "investment"
        and not limit.where
        and (limit.max is not None or limit.max_total is not None)
    )


def is_frame(limit: Limit) -> bool:
    """A largest amount of one committee's frame by year."""
    return isinstance(limit.of, str) and limit.of.startswith("frame:") and limit.max is not None


def _ids(ranking: Ranking) -> tuple[str, ...]:
    return tuple(dict.fromkeys(breach.id for breach in ranking.breaches))
