"""The relaxation of a problem kept in the solver, so that a changed problem's goes on from its basis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from optimizer.constraints import Row
from optimizer.cutting import Cutter, column_groups, impossible_columns
from optimizer.models import Floats, Matrix, Model
from optimizer.parts import Booleans
from optimizer.relaxing import SIFTED, Programme, Relaxation, Wait, read_prices, relax, tighten

OFF = (-np.inf, np.inf)


@dataclass(frozen=True)
class Delta:
    """What sets a changed model apart: other bounds by row, rows added after the base's, other weights."""

    bounds: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    added: tuple[Row, ...] = ()
    weights: Floats | None = None


class InfeasibleError(Exception):
    """Not even the relaxation has a solution."""


class KeptRelaxation:
    """The linear programme of one model with its cuts. Large models, which are sifted, are solved anew each time."""

    def __init__(self, model: Model, *, seed: int = 0) -> None:
        self.model, self.seed = model, seed
        self.groups = column_groups(model)
        self.base: Relaxation | None = None
        self._programme: Programme | None = None
        self._gone: Booleans = np.zeros(0, dtype=bool)
        self._basis: Any = None
        self._added = 0
        self._moved: dict[int, tuple[float, float]] = {}
        self._reweighed = False

    def of(
        self, model: Model, delta: Delta, deadline: float, tick: Callable[[], bool] = lambda: False
    ) -> Relaxation | None:
        """The relaxation of the changed model; None when time or `tick` ended it.

        Raises:
            InfeasibleError: it has no solution, so the problem has none.
        """
        if len(model.variables) >= SIFTED:
            return relax(model, deadline, tick, seed=self.seed)
        wait = Wait(deadline, tick)
        if self._programme is not None and self._programme.lost:
            self.base, self._programme = None, None
            self._added, self._moved, self._reweighed = 0, {}, False
        unchanged = not delta.bounds and not delta.added and delta.weights is None
        try:
            if self.base is None and not self._solve_base(wait):
                return None
        except InfeasibleError:
            if unchanged:
                raise
            return KeptRelaxation(model, seed=self.seed).of(model, Delta(), deadline, tick)
        assert self.base is not None
        assert self._programme is not None
        if unchanged:
            return self.base
        gone = impossible_columns(model.matrix(), self.groups)
        cuts = self._change(self._programme, delta, gone)
        if not self._programme.solve(wait):
            if self._programme.is_infeasible:
                raise InfeasibleError
            return None
        rows = Matrix.of_rows(
            [*model.rows[: len(self.model.rows)], *cuts, *delta.added], len(model.variables)
        )
        told = read_prices(model, rows, self._programme.point, self._programme.duals, gone)
        return replace(told, cuts=self.base.cuts)

    def _solve_base(self, wait: Wait) -> bool:
        """The unchanged problem: its cuts are found, and those that matter are kept."""
        rows = self.model.matrix()
        self._gone = impossible_columns(rows, self.groups)
        first = self._load(rows)
        told = tighten(self.model, first, Cutter(self.model, self.groups), self._gone, wait)
        if told is None:
            if first.is_infeasible:
                raise InfeasibleError
            return False
        programme = self._load(Matrix.of_rows([*self.model.rows, *(c.row for c in told.cuts)], rows.width))
        if not programme.solve(wait):
            return False
        self.base, self._programme, self._basis = told, programme, programme.highs.getBasis()
        return True

    def _load(self, rows: Matrix) -> Programme:
        programme = Programme(rows, self.model.aim.weights, float("inf"), self.seed)
        programme.close(self._gone)
        return programme

    def _change(self, programme: Programme, delta: Delta, gone: Booleans) -> list[Row]:
        """Back to the unchanged problem and its basis, then what is changed; the cuts as they now hold."""
        assert self.base is not None
        highs, rows, cuts = programme.highs, len(self.model.rows), self.base.cuts
        if self._added:
            first = rows + len(cuts)
            highs.deleteRows(self._added, np.arange(first, first + self._added, dtype=np.int32))
        bounds = self._moved | dict(delta.bounds)
        self._moved = {r: (self.model.rows[r].low, self.model.rows[r].high) for r in delta.bounds}
        held = []
        for k, cut in enumerate(cuts, rows):
            low, high = delta.bounds.get(cut.of, OFF)
            old = self.model.rows[cut.of]
            if cut.of in delta.bounds and (low < old.low or high > old.high):
                bounds[k], self._moved[k] = OFF, (cut.row.low, cut.row.high)
                held.append(cut.row._replace(low=OFF[0], high=OFF[1]))
            else:
                held.append(cut.row)
        for r, (low, high) in bounds.items():
            highs.changeRowBounds(r, float(low), float(high))
        if delta.weights is not None or self._reweighed:
            weights = self.model.aim.weights if delta.weights is None else delta.weights
            highs.changeColsCost(len(weights), np.arange(len(weights), dtype=np.int32), weights)
            self._reweighed = delta.weights is not None
        every = np.arange(len(gone), dtype=np.int32)
        highs.changeColsBounds(len(gone), every, np.zeros(len(gone)), (~gone).astype(np.float64))
        highs.setBasis(self._basis)
        programme.add(delta.added)
        self._added = len(delta.added)
        return held
