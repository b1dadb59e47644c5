"""Solving again: a changed case from what is known, against the same case solved cold, to the same proven gap.

*Re-solve*: one limit moved by a twentieth, one proposal locked in or out. *Answers*: what would bring in each proposal that
is out. The gap that ours reached is what the cold solve is asked for, and its time is when it first had it; a cold solve
that never gets there counts with all the time that it was given, so the ratio is then an upper end. One thread.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.full_instances import full_municipality
from benchmarks.goals import Figure
from benchmarks.instances import municipality
from optimizer.answers import Progress, SolveStatus
from optimizer.explaining import forced
from optimizer.problem import Fix, Forbid, Limit, Problem
from optimizer.resolving import Resolver
from optimizer.solving import solve

COLD_SECONDS = 40.0
BASE_SECONDS = 40.0
GAP = 0.003
WARM_SECONDS = 20.0
SEEDS = 5
GOAL = 0.1  # of a cold solve


def run(quick: bool = False) -> Iterator[str | Figure]:
    """Lines to print as they come; the whole takes about half an hour, `quick` one minute."""
    yield "Time of ours as a share of a cold solve's to the same proven gap (1/10 is the goal)"
    seconds, seeds = (3.0, 1) if quick else (BASE_SECONDS, SEEDS)
    for count in (60,) if quick else (160, 500):
        yield from _re_solve(count, seconds, seeds)
    yield from _answers(40 if quick else 160, seconds, seeds)


def _re_solve(count: int, seconds: float, seeds: int) -> Iterator[str | Figure]:
    medians, worst = [], 0.0
    for seed in range(1, seeds + 1):
        lines, ratios = _changed(count, seconds, seed)
        yield from lines
        medians.append(statistics.median(ratios))
        worst = max(worst, *ratios)
        yield f"  {count} proposals, seed {seed}, one change: median {medians[-1]:.3f}, worst {max(ratios):.3f}"
    yield Figure(f"solved again after one change, {count} proposals, × a cold solve", "–",
                 statistics.median(medians), GOAL, note=f"(worst {worst:.2f})")  # fmt: skip


def _changed(count: int, seconds: float, seed: int) -> tuple[list[str], list[float]]:
    """A line and a ratio for each change of the municipality of this seed."""
    problem = full_municipality(count, seed)
    base = solve(problem, max_seconds=seconds, gap=GAP, break_ties=False)
    resolver = Resolver(problem)
    resolver.solve(problem, gap=GAP, max_seconds=seconds, start=base.chosen)
    lines, ratios = [], []
    for name, changed in _changes(problem, {c.proposal for c in base.chosen}):
        warm, cold, gap, reached = _compare(resolver, changed, base.chosen, seconds)
        ratios.append(warm / cold)
        words = "" if reached else " (cold never got there)"
        told = "infeasible" if gap is None else f"{100 * gap:.3f} %"
        lines.append(f"    {name}: {warm:.2f} s against {cold:.2f} s, to {told}{words}")
    return lines, ratios


def _changes(problem: Problem, inside: set[str]) -> Iterator[tuple[str, Problem]]:
    limits = [x for x in problem.limits if isinstance(x.max, tuple)]
    for limit, factor in ((limits[0], 21), (limits[-1], 19), (limits[len(limits) // 2], 21)):
        moved = replace(limit, max=tuple(None if m is None else m * factor // 20 for m in _amounts(limit)))
        others = tuple(moved if x is limit else x for x in problem.limits)
        yield f"{limit.id} {'+' if factor > 20 else '-'}5 %", replace(problem, limits=others)
    chosen = sorted(inside)
    out = [p.id for p in problem.proposals if p.id not in inside]
    for rule in (
        Forbid("lock", chosen[1]),
        Forbid("lock", chosen[-2]),
        Fix("lock", out[0]),
        Fix("lock", out[-1]),
    ):
        word = "without" if isinstance(rule, Forbid) else "with"
        yield f"{word} {rule.proposal}", replace(problem, rules=(*problem.rules, rule))


def _amounts(limit: Limit) -> tuple[int | None, ...]:
    assert isinstance(limit.max, tuple)
    return limit.max


def _compare(
    resolver: Resolver, changed: Problem, start: object, seconds: float
) -> tuple[float, float, float | None, bool]:
    """Seconds of ours and of the cold solve, the gap, and whether the cold solve reached it."""
    began = time.monotonic()
    ours = resolver.solve(
        changed,
        gap=GAP,
        max_seconds=min(WARM_SECONDS, seconds),
        start=start,  # type: ignore[arg-type]
        patience=6,
        whole=False,
        name_conflict=False,
    )
    warm = time.monotonic() - began
    reached: list[float] = []

    def hear(progress: Progress) -> None:
        if not reached and ours.gap is not None and progress.gap is not None and progress.gap <= ours.gap:
            reached.append(progress.seconds)

    began = time.monotonic()
    cold = solve(
        changed,
        max_seconds=seconds,
        gap=max(ours.gap or 0.0, 1e-5),
        break_ties=False,
        on_progress=hear,
        should_stop=lambda: bool(reached),
    )
    whole = time.monotonic() - began
    done = ours.status is cold.status is SolveStatus.INFEASIBLE
    return warm, reached[0] if reached else whole, ours.gap, bool(reached) or done


def _answers(count: int, seconds: float, seeds: int) -> Iterator[str | Figure]:
    shares = []
    for seed in range(1, seeds + 1):
        line, share = _all_answers(count, seconds, seed)
        yield line
        shares.append(share)
    yield Figure(f"what would bring in, all of {count} proposals, × a cold solve each", "–",
                 statistics.median(shares), GOAL, note=f"(worst {max(shares):.2f})")  # fmt: skip


def _all_answers(count: int, seconds: float, seed: int) -> tuple[str, float]:
    """The line of this seed's municipality, and our time as a share of the cold solves'."""
    problem = municipality(count, seed)
    base = solve(problem, max_seconds=seconds, gap=GAP, break_ties=False)
    resolver = Resolver(problem)
    resolver.solve(problem, gap=GAP, max_seconds=seconds, start=base.chosen)
    inside = {c.proposal for c in base.chosen}
    ours = cold = 0.0
    gaps, missed = [], 0
    out = [p.id for p in problem.proposals if p.id not in inside]
    for proposal in out:
        warm, whole, gap, reached = _compare(resolver, forced(problem, proposal), base.chosen, seconds)
        ours, cold = ours + warm, cold + whole
        missed += not reached
        gaps += [] if gap is None else [100 * gap]
    spread = f"gaps {min(gaps):.2f}-{max(gaps):.2f} %" if gaps else "none can be in"
    line = (
        f"  what would bring in {len(out)} of {count} proposals, seed {seed}: {ours:.1f} s against {cold:.1f} s, "
        f"{ours / cold:.3f}; {spread}; {missed} that the cold solve did not reach"
    )
    return line, ours / cold
