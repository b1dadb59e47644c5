"""Draws of what is uncertain, the same for the same seed whatever the machine and the order of the proposals."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from optimizer.problem import Alternative, Amounts, Number, Problem, Profile, Proposal

PARTS = 10_000
VALUE_PARTS = 10_000  # values are rounded to so many parts of a point


@dataclass(frozen=True)
class Spread:
    """What is uncertain, and how: every proposal on its own.

    Cost growth is uniform between `growth_low` and `growth_high` (parts of 10 000, −500 is −5 %), and falls on what is
    above zero in every row but capacity. A proposal is a year late with probability `delay_share` (parts of 10 000).
    The weights of the criteria are uniform among all that sum to one and fall in the order of `ranking`; `score` is
    by proposal and criterion, `weights` are those that the values were made with.
    """

    growth_low: int = 0
    growth_high: int = 0
    delay_share: int = 0
    ranking: tuple[str, ...] = ()
    scores: Mapping[str, Mapping[str, int]] | None = None
    weights: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Draw:
    """One sample: growth by proposal (parts of 10 000), who is late, and the weights (parts of 10 000)."""

    growth: Mapping[str, int]
    late: frozenset[str]
    weights: Mapping[str, int]


def draw(spread: Spread, proposals: Sequence[Proposal], *, seed: int, number: int) -> Draw:
    """Sample `number`: each proposal and the weights have a stream of their own."""
    growth: dict[str, int] = {}
    late: set[str] = set()
    for proposal in sorted(proposals, key=lambda p: p.id):
        stream = random.Random(f"{seed}/{number}/{proposal.id}")
        growth[proposal.id] = stream.randint(spread.growth_low, spread.growth_high)
        if stream.randrange(PARTS) < spread.delay_share:
            late.add(proposal.id)
    stream = random.Random(f"{seed}/{number}")
    return Draw(growth, frozenset(late), falling_weights(spread.ranking, stream))


def falling_weights(ranking: Sequence[str], stream: random.Random) -> dict[str, int]:
    """Weights that fall in the order given and sum to 10 000: uniform spacings, the largest first.

    >>> weights = falling_weights(["a", "b", "c"], random.Random(1))
    >>> sum(weights.values()), weights["a"] >= weights["b"] >= weights["c"] >= 0
    (10000, True)
    """
    if not ranking:
        return {}
    cuts = sorted(stream.randint(0, PARTS) for _ in ranking[1:])
    spacings = [high - low for low, high in zip([0, *cuts], [*cuts, PARTS], strict=True)]
    return dict(zip(ranking, sorted(spacings, reverse=True), strict=True))


def drawn(problem: Problem, spread: Spread, sample: Draw) -> Problem:
    """The problem as it is in the sample."""
    return replace(problem, proposals=tuple(_drawn(p, spread, sample) for p in problem.proposals))


def _drawn(proposal: Proposal, spread: Spread, sample: Draw) -> Proposal:
    growth, late = sample.growth[proposal.id], proposal.id in sample.late
    factor = _value_factor(proposal.id, spread, sample)
    alternatives = proposal.alternatives
    if growth:
        alternatives = tuple(_grown(a, growth) for a in alternatives)
    if late:
        alternatives = tuple(_delayed(a) for a in alternatives)
    if factor != 1:
        alternatives = tuple(_revalued(a, factor) for a in alternatives)
    return replace(proposal, alternatives=alternatives)


def _value_factor(proposal: str, spread: Spread, sample: Draw) -> Fraction:
    """Score with the drawn weights over score with the old ones; 1 where the old one is 0 and nothing can be told."""
    if not spread.ranking or spread.scores is None or spread.weights is None:
        return Fraction(1)
    scores = spread.scores.get(proposal, {})
    total = sum(spread.weights.values())
    old = sum(spread.weights.get(c, 0) * s for c, s in scores.items())
    new = sum(sample.weights.get(c, 0) * s for c, s in scores.items())
    return Fraction(new * total, old * PARTS) if old else Fraction(1)


def _grown(alternative: Alternative, growth: int) -> Alternative:
    def amounts(old: Amounts) -> Amounts:
        return tuple(ore + _part(ore, growth) if ore > 0 else ore for ore in old)

    rows = {
        row: profile if row.startswith("capacity:") else _each(profile, amounts)
        for row, profile in alternative.rows.items()
    }
    return replace(alternative, rows=rows)


def _part(ore: int, share: int) -> int:
    """The share of an amount above zero, halves upwards."""
    return (2 * ore * share + PARTS) // (2 * PARTS)


def _each(profile: Profile, change: object) -> Profile:
    assert callable(change)
    if isinstance(profile, Mapping):
        return {start: change(amounts) for start, amounts in profile.items()}
    return tuple(change(profile))


def _delayed(alternative: Alternative) -> Alternative:
    """Every start slips a year: it does what the next start does where there is one, else the same a year later."""

    def later(profile: Profile) -> Profile:
        return {start: (0, *found) if (found := _of(profile, start)) else () for start in alternative.starts}

    def _of(profile: Profile, start: int) -> Amounts:
        following = start + 1 if start + 1 in alternative.starts else start
        return profile[following] if isinstance(profile, Mapping) else profile

    values: dict[int, Number] = {
        start: alternative.value_by_start.get(start + 1, alternative.value_by_start[start])
        for start in alternative.starts
    }
    return replace(
        alternative, rows={row: later(p) for row, p in alternative.rows.items()}, value_by_start=values
    )


def _revalued(alternative: Alternative, factor: Fraction) -> Alternative:
    def value(old: Number) -> Fraction:
        return Fraction(round(Fraction(old) * factor * VALUE_PARTS), VALUE_PARTS)

    return replace(alternative, value_by_start={s: value(v) for s, v in alternative.value_by_start.items()})


def category_scores(problem: Problem) -> dict[str, dict[str, int]]:
    """Where proposals carry no scores: their category stands for the only criterion that they serve."""
    return {p.id: {p.category: 1} for p in problem.proposals if p.category}
