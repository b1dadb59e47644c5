"""A model whose limits give way at a cost, and whose rules can be let go of: the columns for it and the solver.

Used by `easing`; the costs are any unit's, as long as all are the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np

from optimizer.constraints import Row
from optimizer.engines import HighsEngine
from optimizer.models import Floats, Model
from optimizer.problem import Limit, PerPeriod, limit_weights

Bounds = tuple[int | None, int | None]  # least and most, öre


@dataclass(frozen=True)
class Slack:
    """A column ≥ 0 that moves one end of rows of a limit; one unit of the first row costs `cost`."""

    rows: tuple[int, ...]
    is_upper: bool
    cost: float
    is_whole: bool = False  # 0 or 1: the rows, of a rule or a requirement, hold or are let go of


class ElasticEngine(HighsEngine):
    """The model with limits that give way at a cost; what was found is told without the slack.

    A row of a limit is held at the bound that was given, not at what whole coefficients can make of it: else a widening
    would be counted from there.
    """

    def __init__(
        self,
        model: Model,
        slacks: Sequence[Slack],
        units: Sequence[float],
        bounds: Mapping[int, Bounds],
        seed: int,
    ) -> None:
        super().__init__(model, seed=seed)
        self.set_weights(model.aim.weights * 0)
        self.relax_rows(frozenset(r for slack in slacks for r in slack.rows))
        whole = [k for k, slack in enumerate(slacks) if slack.is_whole]
        count, first = len(slacks), self.highs.getNumCol()
        costs = np.array([slack.cost for slack in slacks])
        self._scale = 1000.0 / (float(costs.max()) or 1.0)
        none, zeros = np.zeros(0, dtype=np.int32), np.zeros(count)
        starts, most = np.zeros(count, dtype=np.int32), np.full(count, math.inf)
        self.highs.addCols(count, -costs * self._scale, zeros, most, 0, starts, none, np.zeros(0))
        for k in whole:
            self.highs.changeColBounds(first + k, 0.0, 1.0)
            self.highs.changeColIntegrality(first + k, highspy.HighsVarType.kInteger)
            for r in slacks[k].rows:
                self._add_whole(model.rows[r], first + k)
        helping: dict[tuple[int, bool], list[int]] = {}
        for k, slack in enumerate(slacks):
            for r in slack.rows if not slack.is_whole else ():
                helping.setdefault((r, slack.is_upper), []).append(k)
        for (r, is_upper), own in helping.items():
            given = [units[slacks[k].rows[0]] / units[r] for k in own]
            bound = (bounds[r][is_upper] or 0) / units[r]
            self._add_row(model.rows[r], is_upper, bound, np.array(own) + first, np.array(given))

    def _add_row(self, row: Row, is_upper: bool, bound: float, helping: Any, given: Floats) -> None:
        """Σ a x − slack ≤ the bound that was given, or Σ a x + slack ≥ it."""
        columns = np.concatenate([row.columns, helping]).astype(np.int32)
        coefficients = np.concatenate([row.coefficients, -given if is_upper else given])
        low, high = (-math.inf, bound) if is_upper else (bound, math.inf)
        self.highs.addRow(low, high, len(columns), columns, coefficients)

    def _add_whole(self, row: Row, column: int) -> None:
        """low − M d ≤ Σ a x ≤ high + M d, M as large as the row can ever need."""
        positive = float(row.coefficients[row.coefficients > 0].sum())
        negative = float(row.coefficients[row.coefficients < 0].sum())
        columns = np.append(row.columns, column).astype(np.int32)
        for low, high, most in (
            (-math.inf, row.high, row.high - positive),
            (row.low, math.inf, row.low - negative),
        ):
            if math.isfinite(low) or math.isfinite(high):
                self.highs.addRow(low, high, len(columns), columns, np.append(row.coefficients, most))

    def cost_of(self, bound: float | None) -> float:
        """The least that any way can cost, from the solver's bound."""
        return 0.0 if bound is None else max(0.0, -bound / self._scale)

    def _take(self, point: Floats, told: float) -> None:
        if self._found.value is None or told > self._found.value:
            self._found = replace(self._found, point=point[: self._width], value=told)


def slacks_of(
    limit: Limit, rows: Sequence[Row], own: Sequence[int], given: Sequence[Bounds], price: float
) -> Iterator[Slack]:
    """One for each end of each row; of carried room, what is given in a year helps that year and all after it."""
    for is_upper in (True, False):
        held = [r for r, bounds in zip(own, given, strict=True) if bounds[is_upper] is not None]
        yearly = [r for r in held if not rows[r].name.endswith(("_total", "_share"))]
        for r in held:
            helped = tuple(yearly[yearly.index(r) :]) if limit.carry_over and r in yearly else (r,)
            yield Slack(helped, is_upper, price * unit_ore(rows[r], limit))


def given_bounds(limit: Limit, years: int) -> Iterator[Bounds]:
    """The bounds of the limit's rows in öre, as they were given, in the order of `constraints.limit_rows`."""
    if limit.carry_over:
        for is_upper, bound in ((True, limit.max), (False, limit.min)):
            room = 0
            for one in spread_bound(bound, years):
                room += one or 0
                if one is not None:
                    yield (None, room) if is_upper else (room, None)
    else:
        periods = years - (limit.window or 1) + 1
        both = zip(spread_bound(limit.min, periods), spread_bound(limit.max, periods), strict=True)
        yield from (pair for pair in both if pair != (None, None))
    if limit.max_total is not None or limit.min_total is not None:
        yield limit.min_total, limit.max_total
    if limit.min_share is not None:
        yield 0, None
    if limit.max_share is not None:
        yield None, 0


def spread_bound(bound: PerPeriod | None, periods: int) -> list[int | None]:
    return list(bound) if isinstance(bound, tuple) else [bound] * periods


def unit_ore(row: Row, limit: Limit) -> float:
    """Öre of one unit of the row, which counts its weights' multiple, and a share's its denominator's."""
    multiple = math.lcm(*(weight.denominator for weight in limit_weights(limit).values()))
    if row.name.endswith("_share"):
        share = limit.min_share if row.name.endswith("_min_share") else limit.max_share
        multiple *= 1 if share is None else share.denominator
    return row.unit / multiple
