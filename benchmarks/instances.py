"""Seeded problems of a municipality's shape, for measuring: nothing in them is real."""

from __future__ import annotations

import random
from fractions import Fraction

from optimizer.problem import (
    AllOrNone,
    Alternative,
    AtMost,
    Coordinate,
    Limit,
    Problem,
    Proposal,
    Requires,
    Rule,
)

BODIES = ("UN", "ON", "TN", "KFN", "SN", "SBN", "KS", "MN", "VA", "RF", "BN", "FN", "HN", "LN")
DISTRICTS = tuple(f"D{k:02d}" for k in range(12))
KINDS = ("reinvestment", "expansion", "renewal", "statutory")
MNKR_ORE = 100_000_000


def municipality(count: int = 160, seed: int = 1, year_count: int = 10, tightness: float = 0.6) -> Problem:
    """`count` proposals of 14 bodies over ten years under a ceiling, operating room, debt, frames and a share.

    `tightness` is the share of the whole outlay that the ceiling leaves room for.
    """
    rng = random.Random(seed)
    years = tuple(range(2027, 2027 + year_count))
    proposals = tuple(_proposal(rng, k, years) for k in range(count))
    return Problem(
        title=f"municipality {count}/{seed}",
        years=years,
        proposals=proposals,
        limits=_limits(rng, proposals, years, tightness),
        rules=_rules(rng, proposals),
    )


def _proposal(rng: random.Random, number: int, years: tuple[int, ...]) -> Proposal:
    body = BODIES[min(int(rng.expovariate(0.25)), len(BODIES) - 1)]
    cost_ore = int(min(400, max(1, rng.lognormvariate(2.6, 1.1)))) * MNKR_ORE
    first = rng.randrange(0, len(years) - 3)
    starts = tuple(years[first : first + rng.randint(3, 6)])
    score = rng.uniform(20, 95) * (cost_ore / MNKR_ORE) ** 0.6
    alternatives = []
    for k in range(rng.choices([1, 2, 3], [5, 3, 2])[0]):
        scale = (1.0, 0.7, 1.25)[k] * rng.uniform(0.95, 1.05)
        alternatives.append(
            _alternative(rng, "abc"[k], starts, int(cost_ore * scale), score * scale**0.6, body)
        )
    return Proposal(
        id=f"P{number:04d}",
        committee=body,
        category=rng.choices(KINDS, [4, 3, 3, 1])[0],
        district=rng.choice(DISTRICTS),
        required=number % 25 == 7,
        alternatives=tuple(alternatives),
    )


def _alternative(
    rng: random.Random, name: str, starts: tuple[int, ...], cost_ore: int, score: float, body: str
) -> Alternative:
    span = rng.randint(1, 4) if cost_ore > 10 * MNKR_ORE else rng.randint(1, 2)
    parts = [rng.uniform(0.5, 1.5) for _ in range(span)]
    outlay = tuple(int(cost_ore * part / sum(parts)) for part in parts)
    value = {s: Fraction(round(score * 0.96 ** (s - starts[0]) * 10), 10) for s in starts}
    yearly = int(cost_ore * rng.uniform(0.045, 0.065)) + int(cost_ore * rng.uniform(-0.01, 0.03))
    late = (0,) * span + (yearly,)
    rows = {"investment": outlay, "operating": late, f"frame:{body}": late, "capacity:leaders": (100,) * span}
    return Alternative(name, starts, value, rows)


def _limits(
    rng: random.Random, proposals: tuple[Proposal, ...], years: tuple[int, ...], tightness: float
) -> tuple[Limit, ...]:
    span = len(years)
    outlay = sum(sum(p.alternatives[0].rows["investment"]) for p in proposals)
    yearly = {p.id: p.alternatives[0].rows["operating"][-1] for p in proposals}
    room = sum(yearly.values()) * tightness * 0.9
    limits = [
        Limit("ceiling", "investment", max=(int(outlay * tightness / span),) * span, carry_over=True),
        Limit("operating room", "operating", max=tuple(int(room * (t + 1) / span) for t in range(span))),
        Limit(
            "debt",
            "investment",
            max=tuple(int(outlay * tightness * (t + 2) / (span + 1)) for t in range(span)),
            cumulative=True,
        ),
        Limit("leaders", "capacity:leaders", max=max(2, len(proposals) // 4) * 100),
        Limit("reinvestment", "investment", where={"category": "reinvestment"}, min_share=Fraction(25, 100)),
    ]
    for body in BODIES:
        own = sum(yearly[p.id] for p in proposals if p.committee == body) * tightness * rng.uniform(0.9, 1.2)
        must = sum(yearly[p.id] for p in proposals if p.committee == body and p.required) * 1.3
        levels = tuple(int(max(own * (t + 1) / span, must)) for t in range(span))
        limits.append(Limit(f"frame {body}", f"frame:{body}", max=levels))
    return tuple(limits)


def _rules(rng: random.Random, proposals: tuple[Proposal, ...]) -> tuple[Rule, ...]:
    free = [p.id for p in proposals if not p.required]
    rng.shuffle(free)
    rules: list[Rule] = []
    for k in range(len(proposals) // 12):
        rules.append(Requires(f"order {k}", free.pop(), free.pop(), rng.randint(0, 1)))
    for k in range(len(proposals) // 25):
        rules.append(AtMost(f"one of {k}", (free.pop(), free.pop(), free.pop()), 1))
        rules.append(Coordinate(f"together {k}", (free.pop(), free.pop()), {"investment": MNKR_ORE}, 5))
    for k in range(len(proposals) // 60):
        rules.append(AllOrNone(f"all {k}", (free.pop(), free.pop())))
    return tuple(rules)


__all__ = ["municipality"]
