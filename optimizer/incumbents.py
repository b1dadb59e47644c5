"""The best plan so far, and the exact checker at its door."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from optimizer.constraints import Row
from optimizer.models import Floats, Model
from optimizer.problem import Breach, Choice, Problem
from optimizer.verifying import value_of, verify

NEAR = 1e-9  # how near the room, relatively, a sum must come to be summed again without rounding
MOST_TRIED = 200
ROUNDING = 4e-16  # of what is summed: more than all that turning whole öre into a row can have moved it

Booleans = npt.NDArray[np.bool_]


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

    For every row of a broken limit that the plan provably overfills: so much cannot stand together. Where rounding
    leaves no proof, exactly this plan is forbidden.
    """
    broken = {breach.id for breach in breaches}
    on = point > 0.5
    found = []
    for row in model.rows:
        if row.source in broken:
            found += [
                cover
                for sign, bound in ((1.0, row.high), (-1.0, -row.low))
                if np.isfinite(bound) and (cover := _cover(row, on[row.columns], sign, float(bound)))
            ]
    return found or [differing_row(model, on)]


def differing_row(model: Model, on: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Row:
    """Σ_{on} (1 − x) + Σ_{off} x ≥ 1 over the candidates: any other plan."""
    count = len(model.variables.candidates)
    signs = np.where(on[:count], -1.0, 1.0)
    low = 1.0 - float(on[:count].sum())
    return Row("another_plan", "", np.arange(count, dtype=np.int32), signs, low, np.inf)


def _cover(row: Row, on: Booleans, sign: float, bound: float) -> Row | None:
    """Σ_{j∈E} l_j ≤ k − 1, where the k smallest of E overfill the row and k of E are on in the plan; None if none do.

    l_j is x_j where the coefficient pushes the row up and 1 − x_j where it pulls it down, so that the row reads
    Σ |a_j| l_j ≤ room. E is every column from some size on: of as many, no others are smaller than the k. The largest
    such E is taken.
    """
    pushing = sign * row.coefficients
    order = np.argsort(np.abs(pushing), kind="stable")
    sizes, held = np.abs(pushing)[order], (on == (pushing > 0))[order]
    room = bound + math.fsum(-pushing[pushing < 0])
    sums = np.concatenate([[0.0], np.cumsum(sizes)])
    counts = held[::-1].cumsum()[::-1]  # of E beginning here
    reached = sums[np.arange(len(sizes)) + counts] - sums[:-1]
    for first in np.flatnonzero(reached > room - NEAR * max(1.0, abs(room)))[:MOST_TRIED].tolist():
        count = int(counts[first])
        least = math.fsum(sizes[first : first + count])
        if count and least - room > ROUNDING * (least + abs(room) + float(sums[-1])):
            inside = order[first:]
            signs = np.where(pushing[inside] > 0, -1.0, 1.0)
            low = 1.0 - count + float((signs > 0).sum())
            return Row(f"{row.name}_cover", row.source, row.columns[inside], signs, low, np.inf)
    return None
