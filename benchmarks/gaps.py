"""Proven gap under every limit at once: ours against HiGHS and CBC on the same tight model, same time, two threads.

The peers get our own model, which is far tighter than what a first course writes (`solving` compares with that one):
the question here is what the search adds. HiGHS is asked for through highspy and CBC through PuLP, each with the
settings that it comes with; no start plan. Gaps are what each solver itself proves; a peer's plan is judged by the exact
checker and counts as none when it does not hold.
"""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import highspy
import numpy as np
import pulp
from pulp.apis.coin_api import pulp_cbc_path

from benchmarks.full_instances import full_municipality
from optimizer.models import Model, build_model, pass_matrix, silence_greeting
from optimizer.rankings_compared import compare_rankings
from optimizer.solving import solve
from optimizer.verifying import value_of, verify

THREADS = 2
SIZES = ((100, 40.0, 5), (500, 40.0, 5), (2000, 40.0, 5), (10_000, 120.0, 1))
RANKED, RANKED_SEEDS, RANKED_SECONDS = 160, 50, 8.0
Result = tuple[float | None, float | None]  # value of a plan that holds, gap in per cent


def run(quick: bool = False) -> Iterator[str]:
    """Lines to print as they come; the whole takes about fifty minutes, `quick` one."""
    silence_greeting()
    yield f"Proven gap in per cent, {THREADS} threads: median (worst) over the seeds; shares of our plan's value"
    for count, seconds, seeds in ((60, 8.0, 1),) if quick else SIZES:
        yield from _compare(count, seconds, seeds)
    yield from _rank(100 if quick else RANKED, 3 if quick else RANKED_SEEDS, 2.0 if quick else RANKED_SECONDS)


def _compare(count: int, seconds: float, seeds: int) -> Iterator[str]:
    peers = {"HiGHS": _highs, "CBC": _cbc} if count < 10_000 else {"HiGHS": _highs}
    results: dict[str, list[Result]] = {name: [] for name in ("ours", *peers)}
    for seed in range(1, seeds + 1):
        problem = full_municipality(count, seed)
        answer = solve(problem, max_seconds=seconds, threads=THREADS, gap=1e-5, break_ties=False)
        value = None if answer.value is None else float(answer.value)
        results["ours"].append((value, None if answer.gap is None else 100 * answer.gap))
        for name, peer in peers.items():
            # In a process of its own: all HiGHS of one process must ask for the same number of threads.
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                results[name].append(pool.submit(peer, count, seed, seconds).result())
    yield f"  {count} proposals, {seconds:g} s, {seeds} seed(s)"
    for name, found in results.items():
        shares = [v / own for (v, _), (own, _) in zip(found, results["ours"], strict=True) if v and own]
        gaps = [gap for _, gap in found if gap is not None]
        none = len(found) - len(gaps)
        told = (
            f"{statistics.median(gaps):8.3f} ({max(gaps):.3f})  {statistics.median(shares):.5f} of our value"
            if gaps and shares
            else "       –"
        )
        yield f"    {name:<8}{told}{f', no plan that holds in {none}' if none else ''}"


def _highs(count: int, seed: int, seconds: float) -> Result:
    silence_greeting()
    model = build_model(full_municipality(count, seed))
    highs = highspy.Highs()
    for option, setting in (
        ("output_flag", False),
        ("threads", THREADS),
        ("time_limit", seconds),
        ("mip_rel_gap", 1e-5),
    ):
        highs.setOptionValue(option, setting)
    pass_matrix(highs, model.matrix(), model.aim.weights)
    highs.run()
    info = highs.getInfo()
    if info.primal_solution_status != 2:
        return None, None
    return _judged(model, np.round(np.array(highs.getSolution().col_value)), float(info.mip_dual_bound))


def _cbc(count: int, seed: int, seconds: float) -> Result:
    model = build_model(full_municipality(count, seed))
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "cbc.log"
        problem = model.to_pulp()
        solver = pulp.COIN_CMD(
            path=pulp_cbc_path, msg=False, timeLimit=seconds, threads=THREADS, logPath=str(log), gapRel=1e-5
        )
        problem.solve(solver)
        told = log.read_text()
        bound = next(
            (
                abs(float(line.split(":")[1]))
                for line in told.splitlines()
                if line.startswith(("Upper bound:", "Lower bound:"))
            ),
            None,
        )
    values = [v.value() for v in problem.variables()]
    if any(v is None for v in values):
        return None, None
    point = np.round(np.array(values, dtype=np.float64))
    if bound is None:  # CBC tells none when it has searched to the end; else nothing is known of what is left
        bound = float(model.aim.weights @ point) if "Optimal solution found" in told else float("inf")
    return _judged(model, point, bound)


def _judged(model: Model, point: np.ndarray, bound: float) -> Result:
    chosen = model.variables.chosen(point)
    if verify(model.problem, chosen):
        return None, None
    value = float(value_of(model.problem, chosen))
    own = float(model.aim.weights @ model.variables.point(chosen))
    return value, 100 * max(0.0, bound - own) / max(own, 1e-9)


def _rank(count: int, seeds: int, seconds: float) -> Iterator[str]:
    """What ranking loses: fair to it, so that it keeps every ceiling and frame; and what it breaks when only the ceiling is kept."""
    lost, broken, missed, years = [], [], 0, 0
    began = time.monotonic()
    for seed in range(1, seeds + 1):
        problem = full_municipality(count, seed)
        best = solve(problem, max_seconds=seconds, threads=THREADS, gap=0.002, break_ties=False)
        if not best.value:
            continue
        told = compare_rankings(problem)
        lost.append(100 * (1 - float(told.fair_value / best.value)))
        broken.append(told.committee_years)
        missed += bool(told.fair_broken)
        years = told.of_committee_years
    yield f"  ranking by value per krona, {count} proposals, {len(lost)} of {seeds} seeds with a plan ({time.monotonic() - began:.0f} s)"
    yield f"    keeping every ceiling and frame it loses {_spread(lost)} per cent of the value of our plan"
    yield f"    in {missed} of {len(lost)} it misses a minimum or a share, so that its plan does not hold"
    yield f"    keeping the ceiling alone it breaks {_spread(broken)} of {years} committee-years"


def _spread(numbers: list[float] | list[int]) -> str:
    return f"{statistics.median(numbers):.1f} (from {min(numbers):.1f} to {max(numbers):.1f})"
