"""The best plan so far, and the exact checker at its door."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from optimizer.constraints import Row
from optimizer.models import Floats, Model
from optimizer.problem import Breach, Choice, Problem
from optimizer.verifying import value_of, verify

NEAR = 1e-4  # how near its bound, in the solver's units, a row must be to have let a refused plan through


class Incumbent:
    """Takes only plans that the exact checker accepts; remembers the one of largest exact value."""

    def __init__(self, problem: Problem, model: Model) -> None:
        self.problem, self.model = problem, model
        self.chosen: tuple[Choice, ...] | None = None
        self.value: Fraction | None = None

    @property
    def point(self) -> Floats | None:
        return None if self.chosen is None else self.model.variables.point(self.chosen)

    def offer(self, chosen: tuple[Choice, ...]) -> tuple[Breach, ...]:
        """What the checker has against the plan; a better plan that it accepts is kept."""
        breaches = verify(self.problem, chosen)
        if not breaches:
            value = value_of(self.problem, chosen)
            if self.value is None or value > self.value:
                self.chosen, self.value = chosen, value
        return breaches

    def replace(self, chosen: tuple[Choice, ...]) -> None:
        """Takes another plan of (at least) the same value, which the checker must accept."""
        if not verify(self.problem, chosen):
            self.chosen, self.value = chosen, value_of(self.problem, chosen)


def excluding_rows(model: Model, point: Floats, breaches: tuple[Breach, ...]) -> list[Row]:
    """Rows that cut a refused plan off and no plan that the checker would accept.

    For every row of a broken limit that the plan fills: what it holds cannot all stand together, Σ_{on, a>0} (1 − x) +
    Σ_{off, a<0} x ≥ 1. Failing that, exactly this plan is forbidden.
    """
    broken = {breach.id for breach in breaches}
    on = point > 0.5
    found = []
    for row in model.rows:
        if row.source in broken:
            activity = float(row.coefficients @ on[row.columns])
            if activity >= row.high - NEAR:
                found.append(_cover(row, on, 1))
            if activity <= row.low + NEAR:
                found.append(_cover(row, on, -1))
    return found or [differing_row(model, on)]


def differing_row(model: Model, on: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Row:
    """Σ_{on} (1 − x) + Σ_{off} x ≥ 1 over the candidates: any other plan."""
    count = len(model.variables.candidates)
    signs = np.where(on[:count], -1.0, 1.0)
    low = 1.0 - float(on[:count].sum())
    return Row("another_plan", "", np.arange(count, dtype=np.int32), signs, low, np.inf)


def _cover(row: Row, on: np.ndarray[tuple[int], np.dtype[np.bool_]], sign: int) -> Row:
    pushing = sign * row.coefficients
    held = on[row.columns]
    inside = (held & (pushing > 0)) | (~held & (pushing < 0))
    signs = np.where(held[inside], -1.0, 1.0)
    low = 1.0 - float((held & inside).sum())
    return Row(f"{row.name}_cover", row.source, row.columns[inside], signs, low, np.inf)
