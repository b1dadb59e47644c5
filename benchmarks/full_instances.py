"""Seeded problems with every limit at once, in the shape that planning has: nothing in them is real.

Twelve committees, twenty districts, six kinds of project, windows of three to ten start years, one to three
alternatives (as asked for, smaller, another site, rented, in phases), costs with a long tail, grants, capital costs
that follow from outlay and life, ten per cent ordered pairs, exclusive sets, coordination, statutory and decided
projects. The limits: ceiling with carry-over, debt, operating room, a frame per committee and year, self-financing
over four years, three pools of delivery, a share for reinvestment and one for every district. About 45 per cent of
what is asked for has room. Not every seed has a plan.
"""

from __future__ import annotations

import random
from fractions import Fraction
from typing import NamedTuple

from optimizer.problem import (
    Alternative,
    AtMost,
    Coordinate,
    Fix,
    Limit,
    Problem,
    Proposal,
    Requires,
    Rule,
)

COMMITTEES = tuple(f"C{k:02d}" for k in range(1, 13))
DISTRICTS = tuple(f"D{k:02d}" for k in range(1, 21))
POOLS = ("project leaders", "planners", "engineers")
TKR_ORE = 100_000
YEARS = tuple(range(2027, 2037))
ROOM = 0.45  # share of the outlay asked for that the ceiling has room for
GROWTH = 1.02  # prices per year
INTEREST = 0.025


class Kind(NamedTuple):
    """Median cost in tkr, useful life in years, running cost as a share of the outlay, how often it is met."""

    name: str
    median_tkr: int
    life: int
    running: float
    weight: int


KINDS = (
    Kind("premises", 10_000, 33, 0.030, 4),
    Kind("streets", 5_000, 30, 0.008, 5),
    Kind("reinvestment", 4_000, 25, -0.004, 5),
    Kind("parks", 2_000, 20, 0.025, 3),
    Kind("water", 6_000, 40, 0.006, 2),
    Kind("equipment", 2_500, 7, 0.015, 3),
)
# Which alternatives may stand beside the first: share of cost, share of value, its name.
OTHERS = (("smaller", 0.7, 0.78), ("site", 1.08, 1.06), ("rented", 0.06, 0.93), ("phased", 1.05, 0.97))


def full_municipality(count: int = 160, seed: int = 1) -> Problem:
    """`count` proposals over ten years under every kind of limit; the same for the same seed."""
    rng = random.Random(f"{count}/{seed}")
    proposals = tuple(_proposal(rng, k) for k in range(count))
    rules = _rules(rng, proposals)
    return Problem(
        title=f"full municipality {count}/{seed}",
        years=YEARS,
        proposals=proposals,
        limits=_limits(rng, proposals),
        rules=rules,
    )


def _proposal(rng: random.Random, number: int) -> Proposal:
    kind = rng.choices(KINDS, [k.weight for k in KINDS])[0]
    committee = rng.choices(COMMITTEES, [12, 10, 9, 8, 7, 6, 5, 4, 4, 3, 3, 3])[0]
    cost_tkr = min(600_000, max(200, int(rng.lognormvariate(0, 1.1) * kind.median_tkr)))
    width = rng.randint(3, 10)
    first = rng.randrange(0, len(YEARS) - width + 1)
    starts = YEARS[first : first + width]
    quality = rng.uniform(20, 95)
    must = rng.random()
    names = rng.sample(OTHERS, rng.choices([0, 1, 2], [5, 3, 2])[0])
    ways = [("asked", 1.0, 1.0), *sorted(names)]
    alternatives = tuple(_alternative(rng, kind, committee, way, cost_tkr, starts, quality) for way in ways)
    return Proposal(
        id=f"P{number:05d}",
        committee=committee,
        category="reinvestment" if kind.name == "reinvestment" else "new",
        district=rng.choice(DISTRICTS),
        required=must < 0.05,
        fields={"decided": "yes"} if 0.05 <= must < 0.09 else {},
        alternatives=alternatives,
    )


def _alternative(
    rng: random.Random,
    kind: Kind,
    committee: str,
    way: tuple[str, float, float],
    cost_tkr: int,
    starts: tuple[int, ...],
    quality: float,
) -> Alternative:
    name, cost_share, value_share = way
    cost = cost_tkr * cost_share
    span = min(5, 1 + int(cost_tkr / 25_000) + rng.randint(0, 1)) * (2 if name == "phased" else 1)
    span = min(span, 6)
    parts = [rng.uniform(0.6, 1.4) for _ in range(span)]
    shares = [part / sum(parts) for part in parts]
    grant = rng.choice((0.0, 0.0, 0.0, 0.15, 0.3)) if name != "rented" else 0.0
    rent = 0.072 * cost_tkr if name == "rented" else 0.0
    running = kind.running * cost_tkr * rng.uniform(0.5, 1.5) + rent
    outlays, operating, cash = {}, {}, {}
    for s in starts:
        price = GROWTH ** (s - YEARS[0])
        net = cost * (1 - grant) * price
        outlays[s] = tuple(int(net * share) * TKR_ORE for share in shares)
        capital = [net / kind.life + INTEREST * net * (1 - t / kind.life) for t in range(len(YEARS))]
        operating[s] = tuple([0] * span + [int(c + running * price) * TKR_ORE for c in capital])
        cash[s] = (0,) * span + (int(running * price) * TKR_ORE,)
    points = quality * cost_tkr**0.6 * value_share * rng.uniform(0.95, 1.05) / 20
    rows = {
        "investment": outlays,
        "operating": operating,
        f"frame:{committee}": operating,
        "lasting:cash": cash,
        f"capacity:{rng.choice(POOLS)}": tuple([max(10, int(100 * cost_tkr / 60_000))] * span),
    }
    value = {s: Fraction(max(1, round(points * 0.96 ** (s - starts[0])))) for s in starts}
    return Alternative(name, starts, value, rows)


def _limits(rng: random.Random, proposals: tuple[Proposal, ...]) -> tuple[Limit, ...]:
    """Limits from what the first alternatives ask for on average, never below what must be done early."""
    outlay = sum(_outlay(p) for p in proposals)
    yearly = {p.id: _yearly(p) for p in proposals}
    span = len(YEARS)
    per_year = int(outlay * ROOM / span)
    room = ROOM * sum(yearly.values())
    ramp = [min(1.0, 0.12 + 0.11 * t) for t in range(span)]
    limits = [
        Limit("ceiling", "investment", max=(per_year,) * span, carry_over=True),
        Limit("operating", "operating", max=tuple(int(0.95 * room * r) for r in ramp)),
        Limit(
            "debt",
            {"investment": 1, "lasting:cash": 1},
            max=tuple(int(per_year * (t + 1) * 1.04 + 0.12 * room * t) for t in range(span)),
            cumulative=True,
        ),
        Limit(
            "self-financing",
            {"investment": Fraction(1, 2), "lasting:cash": 1},
            max=tuple(int(2.15 * per_year + 1.1 * room * r) for r in ramp[:-3]),
            window=4,
        ),
        Limit("reinvestment", "investment", where={"category": "reinvestment"}, min_share=Fraction(18, 100)),
    ]
    for pool in POOLS:
        asked = [_first(p, f"capacity:{pool}") for p in proposals]
        limits.append(Limit(pool, f"capacity:{pool}", max=int(sum(asked) * 0.75 / span) + max(asked) // 3))
    for committee in COMMITTEES:
        own = ROOM * sum(yearly[p.id] for p in proposals if p.committee == committee)
        must = 1.2 * sum(yearly[p.id] for p in proposals if p.committee == committee and _must(p))
        loose = rng.uniform(1.0, 1.5)
        limits.append(
            Limit(
                f"frame {committee}",
                f"frame:{committee}",
                max=tuple(int(max(own * loose * r, must)) for r in ramp),
            )
        )
    for district in DISTRICTS:
        own = sum(_outlay(p) for p in proposals if p.district == district)
        share = Fraction(int(200 * own / outlay), 1000)
        limits.append(Limit(f"share {district}", "investment", where={"district": district}, min_share=share))
    return tuple(limits)


def _rules(rng: random.Random, proposals: tuple[Proposal, ...]) -> tuple[Rule, ...]:
    free = [p.id for p in proposals if not _must(p)]
    rng.shuffle(free)
    by_district: dict[str, list[str]] = {}
    for p in proposals:
        if not _must(p):
            by_district.setdefault(p.district, []).append(p.id)
    rules: list[Rule] = [
        Fix(f"decided {p.id}", p.id, "asked", p.alternatives[0].starts[0]) for p in proposals if p.fields
    ]
    for k in range(len(proposals) // 20):
        rules.append(Requires(f"order {k:04d}", free.pop(), free.pop(), rng.randint(0, 2)))
    for k in range(len(proposals) // 50):
        rules.append(AtMost(f"one of {k:04d}", (free.pop(), free.pop(), free.pop()), 1))
    for k in range(len(proposals) // 30):
        near = rng.choice([ids for ids in by_district.values() if len(ids) > 2] or [free])
        members = tuple(rng.sample(near, 2))
        rules.append(
            Coordinate(f"together {k:04d}", members, {"investment": rng.randint(2, 12) * 100 * TKR_ORE}, 0)
        )
    return tuple(rules)


def _must(p: Proposal) -> bool:
    return p.required or "decided" in p.fields


def _outlay(p: Proposal) -> int:
    profile = p.alternatives[0].rows["investment"]
    return sum(profile[p.alternatives[0].starts[0]])  # type: ignore[index]


def _yearly(p: Proposal) -> int:
    profile = p.alternatives[0].rows["operating"]
    return max(profile[p.alternatives[0].starts[0]])  # type: ignore[index]


def _first(p: Proposal, row: str) -> int:
    return sum(p.alternatives[0].rows.get(row, ()))  # type: ignore[arg-type]


__all__ = ["full_municipality"]
