"""Solvers behind one door: HiGHS in this process, CBC in a child process.

Every run has a deadline, tells what it has found so far, stops when told to, and comes back even if the solver does
not: HiGHS works in a thread of its own that is left behind when it ignores its interrupt, CBC's process is killed.
"""

from __future__ import annotations

import math
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import highspy
import numpy as np

from optimizer.constraints import Row
from optimizer.models import Floats, HighsBridge, MatrixProblem, Model
from optimizer.problem import OptimizerError

TICK_SECONDS = 0.05
GoOn = Callable[[], bool]
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


def weakly(method: Callable[..., None]) -> Callable[..., None]:
    """The method without a hold on its object.

    HiGHS keeps its callback where Python cannot see it: an object that owns a `Highs` and is called by it would never be
    let go of, nor its model.
    """
    kept = weakref.WeakMethod(method)

    def called(*told: Any) -> None:
        bound = kept()
        if bound is not None:
            bound(*told)

    return called


class HighsEngine:
    """HiGHS with the model kept between runs: only bounds, objective and added rows change.

    Beside the model's columns it has one per proposal, z_p = Σ_{j∈p} x_j, so that the solver can branch on whether a
    proposal is in before it branches on the year.
    """

    name = "HiGHS"

    def __init__(self, model: Model, threads: int = 1, seed: int = 0) -> None:
        self._load(model.to_pulp(), threads, seed)
        self._add_indicators(
            [columns for columns in model.variables.of_proposal.values() if len(columns) > 1]
        )

    @classmethod
    def over(
        cls, problem: MatrixProblem, threads: int = 1, seed: int = 0, groups: Sequence[range] = ()
    ) -> HighsEngine:
        """An engine for a ready problem; `groups` are the columns of the proposals that get a column of their own."""
        engine = cls.__new__(cls)
        engine._load(problem, threads, seed)
        engine._add_indicators([columns for columns in groups if len(columns) > 1])
        return engine

    def _load(self, problem: MatrixProblem, threads: int, seed: int) -> None:
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
        self._indicators: list[range] = []
        self._better: Floats | None = None
        self._reset()
        self.highs.setCallback(weakly(self._called), None)
        for kind in ("MipInterrupt", "SimplexInterrupt", "MipImprovingSolution", "MipUserSolution"):
            self.highs.startCallback(getattr(highspy.cb.HighsCallbackType, f"kCallback{kind}"))

    def _add_indicators(self, groups: list[range]) -> None:
        """z_p − Σ_{j∈p} x_j = 0 for every group of columns."""
        count = len(groups)
        if not count:
            return
        none = np.zeros(0, dtype=np.int32)
        zeros, ones = np.zeros(count), np.ones(count)
        self.highs.addCols(count, zeros, zeros, ones, 0, np.zeros(count, dtype=np.int32), none, np.zeros(0))
        own = np.arange(self._width, self._width + count, dtype=np.int32)
        self.highs.changeColsIntegrality(count, own, np.ones(count, dtype=np.uint8))
        lengths = [len(columns) + 1 for columns in groups]
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int32)
        columns = np.concatenate([[z, *group] for z, group in zip(own, groups, strict=True)]).astype(np.int32)
        signs = -np.ones(len(columns))
        signs[starts] = 1.0
        self.highs.addRows(count, zeros, zeros, len(columns), starts, columns, signs)
        self._indicators = groups

    def _whole_point(self, point: Floats) -> Floats:
        """The point with the indicators' own values after it."""
        own = [point[columns.start : columns.stop].sum() for columns in self._indicators]
        return np.concatenate([point, own]) if own else point

    def offer(self, point: Floats) -> None:
        """Lets a running search know of a better solution; it is taken when the solver next asks."""
        self._better = point

    def _reset(self) -> None:
        self._stop = False
        self._found = Found()
        self._calls = 0
        self._settle_calls: int | None = None
        self._settled = False
        self._mistaken = False
        self._better = None

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

    def run(
        self, task: Task, tick: Callable[[Found], bool], beside: Callable[[GoOn], None] | None = None
    ) -> Outcome:
        """One run. `beside` is work to do meanwhile, piece by piece: it must ask often whether to go on."""
        if not self.alive:
            raise OptimizerError("the solver was left behind in an earlier run")
        outcome = self._run_once(task, tick, beside)
        if self._mistaken and task.start is not None and outcome.status != "stopped" and self.alive:
            outcome = self._run_once(replace(task, start=None), tick, beside)
        return outcome

    def _run_once(
        self, task: Task, tick: Callable[[Found], bool], beside: Callable[[GoOn], None] | None
    ) -> Outcome:
        self._begin(task)

        def go_on() -> bool:
            self._watch(stop=self._asked_at is None and tick(self._found))
            return self._is_busy

        while go_on():
            if beside is None:
                self._thread.join(TICK_SECONDS)
            else:
                beside(go_on)
        return self._end()

    def _begin(self, task: Task) -> None:
        self._reset()
        self._task = task
        self._error = ""
        self._stopped, self._left = False, False
        self._asked_at: float | None = None
        self._prepare(task)
        self._thread = threading.Thread(target=self._work, daemon=True, name="highs")
        self._thread.start()

    @property
    def _is_busy(self) -> bool:
        return self._thread.is_alive() and not self._left

    @property
    def calls(self) -> int:
        """How often the run has asked whether to go on: a measure of its work that does not depend on the machine."""
        return self._calls

    def _watch(self, *, stop: bool = False) -> None:
        """Interrupts the solver when told to or past its deadline, and leaves it behind when it does not listen."""
        now = time.monotonic()
        if self._asked_at is None:
            if stop or now > self._task.deadline + OVERTIME_SECONDS:
                self._stop, self._asked_at, self._stopped = True, now, stop
        elif now > self._asked_at + PATIENCE_SECONDS:
            self._left = self._thread.is_alive()

    def _end(self) -> Outcome:
        if self._thread.is_alive():
            self.alive = False
            status = "stopped" if self._stopped else "limit"
            return Outcome(status, self._found, "the solver did not stop; left behind")
        return self._outcome(self._stopped)

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
            start = self._whole_point(task.start)
            self.highs.setSolution(len(start), np.arange(len(start), dtype=np.int32), start)

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
        elif kind == kinds.kCallbackMipUserSolution:
            better, self._better = self._better, None
            if better is not None:
                into.setSolution(self._whole_point(better))
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
        point = point[: self._width]
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

    def _outcome(self, stopped: bool) -> Outcome:
        kinds = highspy.HighsModelStatus
        status, info = self.highs.getModelStatus(), self.highs.getInfo()
        found = self._found
        if self._error:
            return Outcome("failed", found, self._error)
        if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
            return Outcome("infeasible", found)
        if info.valid:  # else HiGHS did not run, and what it tells is nothing: a bound of 0
            found = self._told(info)
        if status == kinds.kOptimal and info.valid:
            return Outcome("optimal", found)
        if stopped:
            return Outcome("stopped", found)
        if status in (kinds.kTimeLimit, kinds.kInterrupt, kinds.kSolutionLimit, kinds.kIterationLimit):
            return Outcome("limit", found)
        return Outcome("failed", found, f"HiGHS ended with {status.name}")

    def _told(self, info: Any) -> Found:
        """What was found, with what HiGHS says at the end."""
        if info.primal_solution_status == 2:
            self._take(np.array(self.highs.getSolution().col_value), float(info.objective_function_value))
        bound = float(info.mip_dual_bound)
        if math.isfinite(bound) and (self._found.bound is None or bound < self._found.bound):
            return replace(self._found, bound=bound)
        return self._found
