"""Ours, HiGHS and CBC on the same tight model, each telling how its plan and its bound came nearer over time.

HiGHS is asked through highspy and CBC through PuLP, with the settings that they come with and no start plan. A peer's
last plan is judged by the exact checker and counts as none when it does not hold; on the way its own word is taken.
"""

from __future__ import annotations

import multiprocessing
import re
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import highspy
import numpy as np
import pulp
from pulp.apis.coin_api import pulp_cbc_path

from benchmarks.full_instances import full_municipality
from optimizer.models import Model, build_model, pass_matrix, silence_greeting
from optimizer.solving import solve
from optimizer.verifying import value_of, verify

THREADS = 2
CBC_NODES = re.compile(r"([-+.\de]+) best solution, best possible ([-+.\de]+) \(([.\d]+) seconds\)")
CBC_NO_PLAN = 1e40


class Moment(NamedTuple):
    """What is known so long after the beginning, the building of the model included."""

    seconds: float
    value: float | None
    bound: float | None


class Run(NamedTuple):
    """`value` is that of a plan which holds (None: none), `gap` in per cent, `peak_mb` of the whole process."""

    value: float | None
    gap: float | None
    peak_mb: float
    curve: list[Moment]

    def seconds_to(self, gap: float) -> float | None:
        """When the proven gap, in per cent, was first this small."""
        return next(
            (one.seconds for one in self.curve if (told := gap_of(one)) is not None and told <= gap), None
        )


def gap_of(moment: Moment) -> float | None:
    """In per cent of the plan; None while there is no plan or no bound."""
    if not moment.value or moment.bound is None:
        return None
    return 100 * max(0.0, moment.bound - moment.value) / moment.value


def run_alone(name: str, count: int, seed: int, seconds: float, gap: float = 1e-5) -> Run:
    """One solver in a process of its own: memory is its own, and all HiGHS of one process need the same threads."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_run, name, count, seed, seconds, gap).result()


def _run(name: str, count: int, seed: int, seconds: float, gap: float) -> Run:
    silence_greeting()
    solver: Callable[..., Run] = {"ours": _ours, "HiGHS": _highs, "CBC": _cbc}[name]
    found = solver(count, seed, seconds, gap)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # CBC is a program of its own
    return found._replace(peak_mb=max(own, children) / 1024)


def _ours(count: int, seed: int, seconds: float, gap: float) -> Run:
    problem = full_municipality(count, seed)
    curve: list[Moment] = []
    answer = solve(
        problem,
        max_seconds=seconds,
        threads=THREADS,
        gap=gap,
        break_ties=False,
        on_progress=lambda p: curve.append(
            Moment(p.seconds, None if p.best_value is None else float(p.best_value), p.bound)
        ),
    )
    value = None if answer.value is None else float(answer.value)
    curve.append(Moment(answer.solver.seconds, value, answer.bound))
    return Run(value, None if answer.gap is None else 100 * answer.gap, 0.0, curve)


def _highs(count: int, seed: int, seconds: float, gap: float) -> Run:
    problem = full_municipality(count, seed)
    began = time.monotonic()
    model = build_model(problem)
    highs = highspy.Highs()
    for option, setting in (
        ("output_flag", False),
        ("threads", THREADS),
        ("time_limit", seconds - (time.monotonic() - began)),
        ("mip_rel_gap", gap),
    ):
        highs.setOptionValue(option, setting)
    pass_matrix(highs, model.matrix(), model.aim.weights)
    told: list[Moment] = []
    unit = float(model.aim.unit)

    def note(event: Any) -> None:
        out = event.data_out
        value = out.mip_primal_bound if abs(out.mip_primal_bound) < highspy.kHighsInf else None
        bound = out.mip_dual_bound if abs(out.mip_dual_bound) < highspy.kHighsInf else None
        told.append(Moment(time.monotonic() - began, value and value * unit, bound and bound * unit))

    highs.cbMipLogging.subscribe(note)
    highs.cbMipImprovingSolution.subscribe(note)
    highs.run()
    info = highs.getInfo()
    if info.primal_solution_status != 2:
        return Run(None, None, 0.0, told)
    point = np.round(np.array(highs.getSolution().col_value))
    return _judged(model, point, float(info.mip_dual_bound), time.monotonic() - began, told)


def _cbc(count: int, seed: int, seconds: float, gap: float) -> Run:
    problem = full_municipality(count, seed)
    began = time.monotonic()
    model = build_model(problem)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "cbc.log"
        stated = model.to_pulp()
        built = time.monotonic() - began
        solver = pulp.COIN_CMD(
            path=pulp_cbc_path,
            msg=False,
            timeLimit=max(0.1, seconds - built),
            threads=THREADS,
            logPath=str(log),
            gapRel=gap,
        )
        stated.solve(solver)
        text = log.read_text()
    unit = float(model.aim.unit)
    curve = [
        Moment(
            built + float(at),
            None if abs(float(best)) > CBC_NO_PLAN else abs(float(best)) * unit,
            abs(float(bound)) * unit,
        )
        for best, bound, at in CBC_NODES.findall(text)
    ]
    values = [variable.value() for variable in stated.variables()]
    if any(value is None for value in values):
        return Run(None, None, 0.0, curve)
    point = np.round(np.array(values, dtype=np.float64))
    ends = [
        line.split(":")[1] for line in text.splitlines() if line.startswith(("Upper bound:", "Lower bound:"))
    ]
    if ends:
        bound = abs(float(ends[0]))
    else:  # CBC tells none when it has searched to the end; else nothing is known of what is left
        bound = float(model.aim.weights @ point) if "Optimal solution found" in text else float("inf")
    return _judged(model, point, bound, time.monotonic() - began, curve)


def _judged(model: Model, point: np.ndarray, bound: float, seconds: float, curve: list[Moment]) -> Run:
    chosen = model.variables.chosen(point)
    if verify(model.problem, chosen):
        return Run(None, None, 0.0, curve)
    unit = float(model.aim.unit)
    value = float(value_of(model.problem, chosen))
    own = float(model.aim.weights @ model.variables.point(chosen))
    gap = 100 * max(0.0, bound - own) / max(own, 1e-9)
    return Run(value, gap, 0.0, [*curve, Moment(seconds, own * unit, bound * unit)])
