"""The model as one sparse matrix, which PuLP sees as a problem and HiGHS takes over in one call.

PuLP gives the names, the LP and MPS files and the second solver (CBC). Its variable and constraint objects are made
only when somebody asks for them; HiGHS reads the matrix behind them.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
import pulp

from optimizer.constraints import Row, all_rows
from optimizer.objective import Aim, value_aim
from optimizer.problem import Problem
from optimizer.variables import Variables

Floats = npt.NDArray[np.float64]
SLAB_ENTRIES = 300_000
FOREIGN = re.compile(r"[^A-Za-z0-9_]")  # to an LP file


@dataclass
class Model:
    """Variables, rows and the main aim of a problem; `rows` may grow, columns never change."""

    variables: Variables
    rows: list[Row]
    aim: Aim
    problem: Problem = field(repr=False)

    @cached_property
    def column_names(self) -> list[str]:
        """Names that an LP file can hold, each once."""
        own = [f"x_{c.proposal.id}_{c.alternative.id}_{c.start}" for c in self.variables.candidates]
        return unique_names(own + [f"y_{y.rule.id}_{y.start}" for y in self.variables.coordinations])

    def matrix(self) -> Matrix:
        """The rows as one matrix, by row."""
        return Matrix.of_rows(self.rows, len(self.variables))

    def to_pulp(self, weights: Floats | None = None) -> MatrixProblem:
        """The model as a PuLP problem; with other weights when they are given."""
        rows = tuple(self.rows)
        weights = self.aim.weights if weights is None else weights
        return MatrixProblem(
            Matrix.of_rows(rows, len(self.variables)),
            weights,
            lambda: self.column_names,
            lambda: unique_names([row.name for row in rows]),
        )


@dataclass(frozen=True)
class Matrix:
    """low ≤ A x ≤ high with A by row: row r has `columns[starts[r]:starts[r+1]]`."""

    starts: npt.NDArray[np.int32]
    columns: npt.NDArray[np.int32]
    coefficients: Floats
    low: Floats
    high: Floats
    width: int

    @classmethod
    def of_rows(cls, rows: Sequence[Row], width: int) -> Matrix:
        lengths = [len(row.columns) for row in rows]
        return cls(
            starts=np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int32),
            columns=np.concatenate([np.empty(0, np.int32), *(row.columns for row in rows)]),
            coefficients=np.concatenate([np.empty(0), *(row.coefficients for row in rows)]),
            low=np.array([row.low for row in rows], dtype=np.float64),
            high=np.array([row.high for row in rows], dtype=np.float64),
            width=width,
        )

    def slabs(self) -> Iterator[tuple[slice, npt.NDArray[np.int64]]]:
        """Entries, some hundred thousand at a time, and the row of each: what is computed by entry then needs little memory."""
        first, count = 0, len(self.low)
        while first < count:
            end = int(np.searchsorted(self.starts, int(self.starts[first]) + SLAB_ENTRIES, side="right")) - 1
            end = min(max(end, first + 1), count)
            row_of = np.repeat(np.arange(first, end), np.diff(self.starts[first : end + 1]))
            yield slice(int(self.starts[first]), int(self.starts[end])), row_of
            first = end


def build_model(problem: Problem) -> Model:
    """The model of a problem: tight, start-indexed, in the order of ids."""
    variables = Variables(problem)
    return Model(variables, list(all_rows(variables)), value_aim(variables), problem)


class FastVariable(pulp.LpVariable):  # type: ignore[misc]
    """A variable whose hash is not computed in Python: PuLP asks for it once per non-zero."""

    __hash__ = object.__hash__


class MatrixProblem(pulp.LpProblem):  # type: ignore[misc]
    """A PuLP problem over a ready matrix: maximise weights · x, all x yes or no.

    The names are asked for when somebody needs them, which HiGHS does not.
    """

    def __init__(
        self,
        matrix: Matrix,
        weights: Floats,
        name_columns: Callable[[], Sequence[str]],
        name_rows: Callable[[], Sequence[str]],
    ) -> None:
        self._made: dict[str, pulp.LpConstraint] | None = None
        self._made_objective: pulp.LpAffineExpression | None = None
        self.matrix, self.weights = matrix, weights
        self._name_columns, self._name_rows = name_columns, name_rows
        super().__init__("investplan", pulp.LpMaximize)

    @cached_property
    def column_names(self) -> Sequence[str]:
        return self._name_columns()

    @cached_property
    def row_names(self) -> Sequence[str]:
        return self._name_rows()

    def variables(self) -> list[FastVariable]:
        """The variables by column, made the first time that somebody asks."""
        if not self._variables:
            self._variables: list[FastVariable] = [
                FastVariable(name, cat=pulp.LpBinary, _skip_v4_deprecation=True) for name in self.column_names
            ]
        return self._variables

    @property
    def objective(self) -> pulp.LpAffineExpression:
        if self._made_objective is None:
            pairs = zip(self.variables(), self.weights.tolist(), strict=True)
            self._made_objective = pulp.LpAffineExpression({v: w for v, w in pairs if w})
        return self._made_objective

    @objective.setter
    def objective(self, value: Any) -> None:
        self._made_objective = value

    @property
    def _constraints(self) -> dict[str, pulp.LpConstraint]:
        if self._made is None:
            self._made = self._make_constraints()
        return self._made

    @_constraints.setter
    def _constraints(self, value: Any) -> None:
        self._made = value or None

    def _make_constraints(self) -> dict[str, pulp.LpConstraint]:
        made, variables, rows = {}, self.variables(), self.matrix
        columns, coefficients = rows.columns.tolist(), rows.coefficients.tolist()
        starts, low, high = rows.starts.tolist(), rows.low.tolist(), rows.high.tolist()
        for r, name in enumerate(self.row_names):
            inside = slice(starts[r], starts[r + 1])
            terms = dict(zip([variables[j] for j in columns[inside]], coefficients[inside], strict=True))
            for sense, bound, end in _senses(low[r], high[r]):
                made[name + end] = pulp.LpConstraint(pulp.LpAffineExpression(terms), sense, name + end, bound)
        return made


class HighsBridge(pulp.HiGHS):  # type: ignore[misc]
    """PuLP's HiGHS, handing a `MatrixProblem` over in one call instead of column by column."""

    def createAndConfigureSolver(self, lp: MatrixProblem) -> None:  # noqa: N802 (PuLP's name)
        silence_greeting()
        super().createAndConfigureSolver(lp)

    def buildSolverModel(self, lp: MatrixProblem) -> None:  # noqa: N802 (PuLP's name)
        pass_matrix(lp.solverModel, lp.matrix, lp.weights)


@cache
def silence_greeting() -> None:
    """Makes a first `Highs` with standard output closed: HiGHS greets once per process, whatever its options say.

    Our own answers go to standard output and must stand there alone.
    """
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()  # type: ignore[no-untyped-call]
        ctypes.CDLL(None).fflush(None)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def pass_matrix(highs: highspy.Highs, rows: Matrix, weights: Floats, *, whole: bool = True) -> None:
    """Gives HiGHS a yes-or-no problem at once: maximise weights · x, x whole or anything between no and yes."""
    highs.passModel(
        rows.width,
        len(rows.low),
        len(rows.columns),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMaximize),
        0.0,
        weights,
        np.zeros(rows.width),
        np.ones(rows.width),
        rows.low,
        rows.high,
        rows.starts,
        rows.columns,
        rows.coefficients,
        np.full(rows.width, int(whole), dtype=np.int32),
    )


def unique_names(names: Sequence[str]) -> list[str]:
    """Names of letters, digits and underscores, at most 60 long, each once.

    >>> unique_names(["x_å 1", "x_ä 1"])
    ['x___1', 'x___1_2']
    """
    taken: dict[str, int] = {}
    unique = []
    for name in names:
        plain = FOREIGN.sub("_", name)[:60]
        taken[plain] = taken.get(plain, 0) + 1
        while taken[plain] > 1 and f"{plain}_{taken[plain]}" in taken:
            taken[plain] += 1
        unique.append(plain if taken[plain] == 1 else f"{plain}_{taken[plain]}")
        taken.setdefault(unique[-1], 1)
    return unique


def with_column_bounds(low: Floats | None, high: Floats | None, width: int) -> list[Row]:
    """Column bounds other than 0 and 1 as rows."""
    low = np.zeros(width) if low is None else low
    high = np.ones(width) if high is None else high
    return [
        Row(f"bound_{j}", "", np.array([j], np.int32), np.ones(1), float(low[j]), float(high[j]))
        for j in np.flatnonzero((low > 0) | (high < 1))
    ]


def _senses(low: float, high: float) -> list[tuple[int, float, str]]:
    if low == high:
        return [(pulp.LpConstraintEQ, low, "")]
    both = np.isfinite(low) and np.isfinite(high)
    senses = [(pulp.LpConstraintLE, high, "")] if np.isfinite(high) else []
    if np.isfinite(low):
        senses.append((pulp.LpConstraintGE, low, "_low" if both else ""))
    return senses
