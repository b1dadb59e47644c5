"""Solvers behind one door: HiGHS in this process, CBC in a child process.

Every run has a deadline, tells what it has found so far, stops when told to, and comes back even if the solver does
not: HiGHS works in a thread of its own that is left behind when it ignores its interrupt, CBC's process is killed.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import highspy
import numpy as np

from optimizer.constraints import Row
from optimizer.models import Floats, HighsBridge, Model
from optimizer.problem import OptimizerError

TICK_SECONDS = 0.05
PATIENCE_SECONDS = 0.6  # how long an interrupted solver may take before it is left behind
OVERTIME_SECONDS = 1.0  # how far past its own time limit a solver may run before it is interrupted


@dataclass(frozen=True)
class Found:
    """What is known so far, in the objective's units. `point` is the best solution, None if there is none."""

    point: Floats | None = None
    value: float | None = None
    bound: float | None = None


@dataclass(frozen=True)
class Outcome:
    """How a run ended: ``optimal`` (within the gaps asked for), ``infeasible``, ``limit``, ``stopped`` or ``failed``.

    `exhausted` is True when the whole tree was searched.
    """

    status: str
    found: Found
    message: str = ""


@dataclass(frozen=True)
class Task:
    """What one run is asked for. Gaps as HiGHS has them; `deadline` is a `time.monotonic()` moment."""

    deadline: float
    rel_gap: float = 0.0
    # When the gap falls below this, go on for about as long as it took to get there (in solver work, not seconds,
    # so that the answer does not depend on the machine), then stop.
    settle_gap: float | None = None
    start: Floats | None = None
    most_calls: int | None = None
    most_nodes: int | None = None
    low: Floats | None = None
    high: Floats | None = None


class Engine(Protocol):
    """A solver with a model loaded."""

    name: str
    version: str
    alive: bool

    def run(self, task: Task, tick: Callable[[Found], bool]) -> Outcome:
        """Maximises; calls `tick` about 20 times a second in the caller's thread, stops when it returns True."""

    def set_weights(self, weights: Floats) -> None: ...

    def add_rows(self, rows: Sequence[Row]) -> None: ...

    def relax_rows(self, dropped: frozenset[int]) -> None:
        """Lets go of these rows (by index) and holds all others."""


class HighsEngine:
    """HiGHS with the model kept between runs: only bounds, objective and added rows change."""

    name = "HiGHS"

    def __init__(self, model: Model, threads: int = 1, seed: int = 0) -> None:
        self.model, self.threads = model, threads
        problem = model.to_pulp()
        bridge = HighsBridge(msg=False, threads=threads, random_seed=seed % 2**31)
        bridge.createAndConfigureSolver(problem)
        bridge.buildSolverModel(problem)
        self.highs: Any = problem.solverModel
        self.version = str(self.highs.version())
        self.alive = True
        self._width = problem.matrix.width
        self._low, self._high = problem.matrix.low, problem.matrix.high
        self._relaxed: frozenset[int] = frozenset()
        self._weights = problem.weights
        self._reset()
        self.highs.setCallback(self._called, None)
        for kind in ("MipInterrupt", "SimplexInterrupt", "MipImprovingSolution"):
            self.highs.startCallback(getattr(highspy.cb.HighsCallbackType, f"kCallback{kind}"))

    def _reset(self) -> None:
        self._stop = False
        self._found = Found()
        self._calls = 0
        self._settle_calls: int | None = None
        self._settled = False
        self._mistaken = False

    def set_weights(self, weights: Floats) -> None:
        self._weights = weights
        self.highs.changeColsCost(self._width, np.arange(self._width, dtype=np.int32), weights)

    def add_rows(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.highs.addRow(row.low, row.high, len(row.columns), row.columns, row.coefficients)

    def relax_rows(self, dropped: frozenset[int]) -> None:
        for r in dropped ^ self._relaxed:
            low, high = (-math.inf, math.inf) if r in dropped else (self._low[r], self._high[r])
            self.highs.changeRowBounds(r, float(low), float(high))
        self._relaxed = dropped

    def run(self, task: Task, tick: Callable[[Found], bool]) -> Outcome:
        if not self.alive:
            raise OptimizerError("the solver was left behind in an earlier run")
        outcome = self._run_once(task, tick)
        if self._mistaken and task.start is not None and outcome.status != "stopped" and self.alive:
            outcome = self._run_once(replace(task, start=None), tick)
        return outcome

    def _run_once(self, task: Task, tick: Callable[[Found], bool]) -> Outcome:
        self._reset()
        self._task = task
        self._prepare(task)
        thread = threading.Thread(target=self._work, daemon=True, name="highs")
        self._error = ""
        thread.start()
        stopped = self._watch(thread, task, tick)
        if thread.is_alive():
            self.alive = False
            return Outcome(
                "stopped" if stopped else "limit", self._found, "the solver did not stop; left behind"
            )
        return self._outcome(stopped)

    def _prepare(self, task: Task) -> None:
        self.highs.clearSolver()
        columns = np.arange(self._width, dtype=np.int32)
        low = np.zeros(self._width) if task.low is None else task.low
        high = np.ones(self._width) if task.high is None else task.high
        self.highs.changeColsBounds(self._width, columns, low, high)
        options = {
            "time_limit": max(0.01, task.deadline - time.monotonic()),
            "mip_rel_gap": task.rel_gap,
            "mip_abs_gap": 1e-6,
            "mip_max_nodes": task.most_nodes if task.most_nodes is not None else 2**31 - 1,
        }
        for name, value in options.items():
            self.highs.setOptionValue(name, value)
        if task.start is not None:
            self.highs.setSolution(self._width, columns, task.start)

    def _work(self) -> None:
        try:
            self.highs.run()
        except Exception as error:  # a solver that fails is an outcome, not a crash
            self._error = f"{type(error).__name__}: {error}"

    def _called(self, kind: Any, _message: str, out: Any, into: Any, _data: Any) -> None:
        """Called from HiGHS' thread."""
        kinds = highspy.cb.HighsCallbackType
        if kind == kinds.kCallbackMipImprovingSolution:
            self._take(np.array(out.mip_solution, dtype=np.float64), float(out.objective_function_value))
        elif kind == kinds.kCallbackMipInterrupt:
            self._calls += 1
            bound = float(out.mip_dual_bound)
            if math.isfinite(bound):
                self._found = replace(self._found, bound=bound)
            self._settle(out)
        # Always said, never only when True: HiGHS keeps what the last run was told.
        into.user_interrupt = self._stop or self._settled or self._mistaken

    def _take(self, point: Floats, told: float) -> None:
        """Keeps a solution by what it is worth, not by what HiGHS says.

        HiGHS 1.16 can give a start the value of another point that its presolve made of it, and then call the start
        optimal. Such a run is worth nothing and is done again without the start.
        """
        value = float(self._weights @ np.round(point))
        if abs(value - told) > 1e-5 * max(1.0, abs(told)):
            self._mistaken = True
        if self._found.value is None or value > self._found.value:
            self._found = replace(self._found, point=point, value=value)

    def _settle(self, out: Any) -> None:
        task = self._task
        if task.most_calls is not None and self._calls > task.most_calls:
            self._settled = True
        if task.settle_gap is None or not math.isfinite(out.mip_gap):
            return
        if self._settle_calls is None and out.mip_gap <= task.settle_gap:
            self._settle_calls = 2 * self._calls + 500
        elif self._settle_calls is not None and self._calls >= self._settle_calls:
            self._settled = True

    def _watch(self, thread: threading.Thread, task: Task, tick: Callable[[Found], bool]) -> bool:
        """Waits for the solver; True when `tick` stopped it. Returns at the latest soon after the deadline."""
        stopped = False
        interrupted: float | None = None
        while thread.is_alive():
            thread.join(TICK_SECONDS)
            now = time.monotonic()
            if interrupted is None:
                stopped = tick(self._found)
                if stopped or now > task.deadline + OVERTIME_SECONDS:
                    self._stop, interrupted = True, now
            elif now > interrupted + PATIENCE_SECONDS:
                break
        return stopped

    def _outcome(self, stopped: bool) -> Outcome:
        kinds = highspy.HighsModelStatus
        status, info = self.highs.getModelStatus(), self.highs.getInfo()
        found = self._found
        if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
            return Outcome("infeasible", found)
        if info.primal_solution_status == 2:
            self._take(np.array(self.highs.getSolution().col_value), float(info.objective_function_value))
            found = self._found
        bound = float(info.mip_dual_bound)
        if math.isfinite(bound) and (found.bound is None or bound < found.bound):
            found = replace(found, bound=bound)
        if status == kinds.kOptimal:
            return Outcome("optimal", found)
        if stopped:
            return Outcome("stopped", found)
        if status in (kinds.kTimeLimit, kinds.kInterrupt, kinds.kSolutionLimit, kinds.kIterationLimit):
            return Outcome("limit", found)
        return Outcome("failed", found, self._error or f"HiGHS ended with {status.name}")

    def relaxation(self, deadline: float) -> tuple[Floats, Floats, float] | None:
        """The LP without whole numbers: point, reduced costs, value; None if it cannot be solved in time."""
        relaxed: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        seconds = max(0.01, deadline - time.monotonic())
        for option, setting in (("output_flag", False), ("threads", self.threads), ("time_limit", seconds)):
            relaxed.setOptionValue(option, setting)
        lp = self.highs.getLp()
        lp.integrality_ = []
        relaxed.passModel(lp)
        relaxed.run()
        if relaxed.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = relaxed.getSolution()
        value = float(relaxed.getInfo().objective_function_value)
        return np.array(solution.col_value), np.array(solution.col_dual), value
