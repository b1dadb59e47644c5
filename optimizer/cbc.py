"""CBC as the second solver: PuLP writes the problem, CBC runs as a child process that never outlives its run."""

from __future__ import annotations

import math
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pulp
from pulp.apis.coin_api import pulp_cbc_path

from optimizer.constraints import Row
from optimizer.engines import OVERTIME_SECONDS, TICK_SECONDS, Found, Outcome, Task
from optimizer.models import Floats, MatrixProblem, Model, with_column_bounds

GIVEN_UP = 3.0 * OVERTIME_SECONDS
UNKNOWN = 1e49  # CBC's word for a bound that it does not have


class CbcEngine:
    """CBC through PuLP's files. It tells its bound in its log and its plan when it ends, nothing in between."""

    name = "CBC"

    def __init__(self, model: Model, threads: int = 1, seed: int = 0) -> None:
        self.model, self.threads, self.seed = model, threads, seed
        self.alive = True
        self._rows = list(model.rows)
        self._weights = model.aim.weights
        self._relaxed: frozenset[int] = frozenset()
        self._command = pulp.COIN_CMD(path=pulp_cbc_path, msg=False)
        self.version = _version(str(self._command.path))

    def set_weights(self, weights: Floats) -> None:
        self._weights = weights

    def add_rows(self, rows: Sequence[Row]) -> None:
        self._rows += rows

    def relax_rows(self, dropped: frozenset[int]) -> None:
        self._relaxed = dropped

    def run(self, task: Task, tick: Callable[[Found], bool]) -> Outcome:
        rows = [row for r, row in enumerate(self._rows) if r not in self._relaxed]
        rows += with_column_bounds(task.low, task.high, len(self.model.variables))
        problem = replace(self.model, rows=rows).to_pulp(self._weights)
        with tempfile.TemporaryDirectory(prefix="investplan-cbc-") as folder:
            return self._run_in(Path(folder), problem, task, tick)

    def _run_in(
        self, folder: Path, problem: MatrixProblem, task: Task, tick: Callable[[Found], bool]
    ) -> Outcome:
        names = problem.writeMPS(str(folder / "problem.mps"), rename=1)
        args = self._arguments(folder, task)
        with (folder / "log").open("wb") as log:
            try:
                child = subprocess.Popen(
                    args, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
                )
            except OSError as error:
                return Outcome("failed", Found(), f"CBC cannot be started: {error.strerror}")
            try:
                stopped = self._watch(child, task, tick)
            finally:
                late = child.poll() is None
                if late:
                    child.kill()
                child.wait()
        if stopped or late:
            return Outcome("stopped" if stopped else "limit", Found(bound=_bound_in(folder)))
        try:
            return self._outcome(folder, problem, names, child.returncode)
        except (ValueError, IndexError, KeyError, pulp.PulpError):
            return Outcome("failed", Found(), "what CBC wrote cannot be read")

    def _arguments(self, folder: Path, task: Task) -> list[str]:
        seconds = max(0.1, task.deadline - time.monotonic())
        gap = task.rel_gap if task.settle_gap is None else min(task.settle_gap, 1e-9)
        options = [
            "-max",
            *("-sec", f"{seconds:.2f}"),
            *("-ratio", str(gap), "-timeMode", "elapsed"),
            # Seed 0 would mean the time of day.
            *("-randomSeed", str(self.seed % 2**31 + 1), "-randomCbcSeed", str(self.seed % 2**31 + 1)),
        ]
        if task.most_nodes is not None:
            options += ["-maxNodes", str(task.most_nodes)]
        if self.threads > 1:
            options += ["-threads", str(self.threads)]
        end = ["-solve", "-printingOptions", "all", "-solution", str(folder / "solution")]
        return [str(self._command.path), str(folder / "problem.mps"), *options, *end]

    def _watch(self, child: subprocess.Popen[bytes], task: Task, tick: Callable[[Found], bool]) -> bool:
        while child.poll() is None:
            if tick(Found()):
                return True
            if time.monotonic() > task.deadline + GIVEN_UP:
                return False
            try:
                child.wait(TICK_SECONDS)
            except subprocess.TimeoutExpired:
                continue
        return False

    def _outcome(
        self,
        folder: Path,
        problem: MatrixProblem,
        names: tuple[list[pulp.LpVariable], dict[str, str], dict[str, str], str],
        code: int,
    ) -> Outcome:
        solution = folder / "solution"
        bound = _bound_in(folder)
        if code != 0 or not solution.exists():
            how = f"status {code} and no answer" if code >= 0 else f"signal {-code}"
            return Outcome("failed", Found(), f"CBC ended with {how}")
        variables, variable_names, row_names, _ = names
        status, values, *_, sol_status = self._command.readsol_MPS(
            str(solution), problem, variables, variable_names, row_names
        )
        if status == pulp.LpStatusInfeasible:
            return Outcome("infeasible", Found())
        if sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
            return Outcome("limit", Found(bound=bound))
        point = np.array([float(values[name]) for name in problem.column_names])
        value = float(self._weights @ np.round(point))
        if sol_status == pulp.LpSolutionOptimal:
            return Outcome("optimal", Found(point, value, value if bound is None else max(bound, value)))
        return Outcome("limit", Found(point, value, bound))


def _bound_in(folder: Path) -> float | None:
    return _bound((folder / "log").read_text(errors="replace"))


def _bound(log: str) -> float | None:
    """The upper bound that CBC's log names last, else its LP's; None if there is neither.

    CBC minimises the negative, so its ``best possible`` has the other sign. It rounds what it writes: up by as much.
    """
    for pattern, sign, rounding in (
        (r"best possible (-?[\d.]+(?:e[+-]?\d+)?)", -1, 1e-7),
        (r"Continuous objective value is (-?[\d.]+(?:e[+-]?\d+)?)", 1, 1e-5),
    ):
        numbers = [float(text) for text in re.findall(pattern, log)]
        if numbers and math.isfinite(numbers[-1]) and abs(numbers[-1]) < UNKNOWN:
            return sign * numbers[-1] + rounding * abs(numbers[-1])
    return None


def _version(path: str) -> str:
    if not os.access(path, os.X_OK):
        return ""
    try:
        told = subprocess.run([path, "-quit"], capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    found = re.search(rb"Version:\s*(\S+)", told.stdout)
    return found.group(1).decode() if found else ""
