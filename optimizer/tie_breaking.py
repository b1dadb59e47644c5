"""Among plans of the same value, the one that the format promises.

In order: fewer changes from the previous plan (if given), lower sum of operating, lower sum of investment, then by
proposal id. The last means: go through the proposals in the order of their ids; at the first where two plans differ,
in comes before out, then the alternative whose id sorts first, then the earlier start.
"""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np

from optimizer.constraints import Row, dense_row
from optimizer.engines import Engine, Found, Outcome, Task
from optimizer.incumbents import Incumbent, differing_row
from optimizer.models import Floats, Model
from optimizer.objective import Aim, tie_break_aims
from optimizer.pacing import Pace
from optimizer.problem import Choice
from optimizer.variables import Variables

MOST_NODES = 3000
MOST_CALLS = 20_000
LARGEST_DIGIT_SUM = 10**6


class TieBreaker:
    """Improves an incumbent of proven value within its ties."""

    def __init__(
        self, model: Model, engine: Engine, incumbent: Incumbent, pace: Pace, seconds: float
    ) -> None:
        self.model, self.engine, self.incumbent, self.pace = model, engine, incumbent, pace
        self.deadline = min(pace.deadline, time.monotonic() + seconds)
        self.aims = tie_break_aims(model.variables)
        self.exact = True

    def run(self) -> bool:
        """True when the promised order was followed to its end; the incumbent is never made worse."""
        self._hold(self.model.aim)
        if self._is_only_plan():
            return True
        for aim in self.aims:
            self._improve(aim.weights)
            self._hold(aim)
        self._by_id()
        return self.exact

    def _is_only_plan(self) -> bool:
        """Is there no other plan of this value? Then every tie-break is settled at once."""
        point = self._point()
        count = len(self.model.variables.candidates)
        signs = np.where(point > 0.5, -1.0, 1.0)
        signs[count:] = 0.0
        outcome = self._run(
            Task(self.deadline, start=point, most_nodes=MOST_NODES, most_calls=MOST_CALLS), signs
        )
        if outcome is None or outcome.found.point is None:
            return False
        self._consider(outcome.found.point)
        differs = differing_row(self.model, point > 0.5)
        moved = float(signs[:count] @ outcome.found.point[:count]) >= differs.low - 0.5
        return outcome.status == "optimal" and not moved

    def _improve(self, weights: Floats) -> None:
        """Runs the next aim with the ones before it held."""
        task = Task(self.deadline, start=self._point(), most_nodes=MOST_NODES, most_calls=MOST_CALLS)
        outcome = self._run(task, weights)
        if outcome is None or outcome.status != "optimal":
            self.exact = False
        if (
            outcome is not None
            and outcome.found.point is not None
            and not self._consider(outcome.found.point)
        ):
            self.exact = False

    def _run(self, task: Task, weights: Floats) -> Outcome | None:
        if not self.engine.alive or self.pace.stopped or time.monotonic() >= self.deadline:
            self.exact = False
            return None
        self.engine.set_weights(weights)
        return self.engine.run(task, lambda _found: self.pace.tick())

    def _hold(self, aim: Aim) -> None:
        """From now on no plan may be worse than the incumbent in this aim."""
        self.engine.add_rows([_floor(aim, aim.total(self._point()))])

    def _consider(self, point: Floats) -> bool:
        """Takes the plan if it comes first in the promised order; False when the checker refuses it."""
        chosen = self.model.variables.chosen(point)
        standing = self.incumbent.chosen or ()
        if chosen != standing and self._order(chosen) < self._order(standing):
            self.incumbent.replace(chosen)
            return self.incumbent.chosen == chosen
        return True

    def _order(self, chosen: tuple[Choice, ...]) -> tuple[object, ...]:
        point = self.model.variables.point(chosen)
        totals = [-aim.total(point) for aim in (self.model.aim, *self.aims)]
        return (*totals, *order_by_id(self.model.variables, chosen))

    def _point(self) -> Floats:
        return self.model.variables.point(self.incumbent.chosen or ())

    def _by_id(self) -> None:
        """Block by block in the order of ids: the best digits first, then held."""
        variables = self.model.variables
        low, high = np.zeros(len(variables)), np.ones(len(variables))
        for block in _blocks(variables):
            weights = _digits(variables, block)
            best = sum(max((weights[j] for j in variables.of_proposal[p]), default=0.0) for p in block)
            if float(weights @ self._point()) < best - 0.5 and self.exact:
                task = Task(
                    self.deadline,
                    start=self._point(),
                    most_nodes=MOST_NODES,
                    most_calls=MOST_CALLS,
                    low=low,
                    high=high,
                )
                outcome = self._run(task, weights)
                if (
                    outcome is None
                    or outcome.status != "optimal"
                    or outcome.found.point is None
                    or not self._consider(outcome.found.point)
                ):
                    self.exact = False
            point = self._point()
            for j in (j for p in block for j in variables.of_proposal[p]):
                low[j] = high[j] = point[j]


def order_by_id(variables: Variables, chosen: tuple[Choice, ...]) -> tuple[int, ...]:
    """By proposal in the order of ids: the place of its candidate, or one past the last when it is out."""
    of = {choice.proposal: variables.index_of_choice[choice] for choice in chosen}
    return tuple(of.get(p, columns[-1] + 1) for p, columns in variables.of_proposal.items() if columns)


def _blocks(variables: Variables) -> list[list[str]]:
    """Proposals in the order of ids, in runs whose digits fit in one weight."""
    blocks: list[list[str]] = [[]]
    size = 1
    for proposal, columns in variables.of_proposal.items():
        size *= len(columns) + 1
        if blocks[-1] and size > LARGEST_DIGIT_SUM:
            blocks.append([])
            size = len(columns) + 1
        blocks[-1].append(proposal)
    return blocks


def _digits(variables: Variables, block: list[str]) -> Floats:
    """Weights by column: the first candidate of a proposal has the largest digit, being out has 0."""
    weights = np.zeros(len(variables))
    place = 1.0
    for proposal in reversed(block):
        columns = variables.of_proposal[proposal]
        for rank, j in enumerate(columns):
            weights[j] = place * (len(columns) - rank)
        place *= len(columns) + 1
    return weights


def _floor(aim: Aim, least: Fraction) -> Row:
    """Σ exact_j · column_j ≥ least, half a granule down where there is one."""
    if aim.granule is not None:
        weights = np.array([int(w / aim.granule) for w in aim.exact], dtype=object)
        return dense_row(f"hold_{aim.name}", "", weights, 1, int(least / aim.granule), None)
    columns = np.flatnonzero(aim.weights)
    low = float(least / aim.unit)
    scale = max(1.0, float(np.abs(aim.weights).max()) / 1000)
    return Row(
        f"hold_{aim.name}",
        "",
        columns.astype(np.int32),
        aim.weights[columns] / scale,
        low / scale - 1e-7,
        np.inf,
    )


__all__ = ["Found", "TieBreaker", "order_by_id"]
