"""The search for the best plan and for a bound: the relaxation, parts of the model, and the whole of it.

A small model goes to the solver as it is. For a larger one the relaxation is read first; parts of the model are solved
around the best plan until that brings no more; then the whole model is searched without the choices that the
relaxation has settled. With two threads, parts are solved beside the whole and each better plan is handed over.
Nothing becomes the best plan before the exact checker has accepted it.
"""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np

from optimizer.answers import relative_gap
from optimizer.engines import TICK_SECONDS, Engine, Found, GoOn, HighsEngine, Outcome, Task
from optimizer.incumbents import Incumbent, excluding_rows
from optimizer.models import Floats, Model
from optimizer.neighbourhoods import Neighbourhoods
from optimizer.pacing import Pace
from optimizer.problem import Breach
from optimizer.relaxing import Relaxation, relax

MOST_REPAIRS = 20
MEDIUM = 600  # columns from which parts are solved beside the whole, given a second thread
LARGE = 2500  # columns from which parts are solved before the whole
HUGE = 40_000  # columns from which the whole is not begun while parts still bring something
PATIENCE = 24  # parts without gain before the whole is begun
PART_SHARE = 0.4  # of the time, at most, before the whole is begun
REFUSED_MARGIN = 2e-6  # solver's units that a row is kept away from its bound after a refusal


class Search:
    """Searches until the gap is closed, the time is up or somebody says stop. `bound` is on every plan."""

    def __init__(
        self,
        model: Model,
        engine: Engine,
        incumbent: Incumbent,
        pace: Pace,
        *,
        gap: float,
        threads: int,
        seed: int,
    ) -> None:
        self.model, self.engine, self.incumbent, self.pace = model, engine, incumbent, pace
        self.gap, self.threads, self.seed = gap, threads, seed
        self.bound: Fraction | None = None
        self.exact = False
        self.failure = ""
        self.relaxation: Relaxation | None = None
        self._parts: Neighbourhoods | None = None
        share = 1.0 if pace.max_seconds < 2 else 0.93
        self._deadline = pace.started + share * pace.max_seconds

    def run(self) -> str:
        """``done`` or ``infeasible``."""
        width = len(self.model.variables)
        if isinstance(self.engine, HighsEngine) and width >= (LARGE if self.threads == 1 else MEDIUM):
            self._relax()
            if width >= LARGE and self._parts is not None:
                self._approach(self._parts)
        if self._is_near_enough() or self.pace.stopped:
            self.exact = self._is_proven()
            return "done"
        return self._search_whole()

    def _relax(self) -> None:
        """The relaxation and its bound. More than half of the time for it would leave too little for a plan."""
        latest = self.pace.started + 0.6 * self.pace.max_seconds
        self.relaxation = relax(self.model, latest, self.pace.tick, seed=self.seed)
        if self.relaxation is not None:
            self._learn(Found(bound=self.relaxation.bound))
            self._parts = Neighbourhoods(self.model, self.relaxation, seed=self.seed)

    def _approach(self, parts: Neighbourhoods) -> None:
        """A first plan from the relaxation, then parts around the best plan until they bring no more."""
        first = parts.first_point(self._deadline, self._may_go_on)
        if first is not None:
            self._take(first)
        huge = len(self.model.variables) >= HUGE
        until = self._deadline if huge else self.pace.started + PART_SHARE * self.pace.max_seconds
        patience = 4 * PATIENCE if huge else PATIENCE
        while (
            self.incumbent.point is not None
            and parts.since_gain < patience
            and not self._is_near_enough()
            and time.monotonic() < until
            and self._may_go_on()
        ):
            self._improve(until, self._may_go_on)

    def _may_go_on(self) -> bool:
        return not self.pace.tick()

    def _improve(self, deadline: float, go_on: GoOn) -> None:
        """One part solved around the best plan."""
        point = self.incumbent.point
        if self._parts is not None and point is not None:
            better = self._parts.improve(point, deadline, go_on)
            if better is not point and self._take(better):
                self._hand_over()

    def _hand_over(self) -> None:
        if isinstance(self.engine, HighsEngine) and self.incumbent.point is not None:
            self.engine.offer(self.incumbent.point)

    def _take(self, point: Floats) -> bool:
        """Offers a point to the checker; what it refuses is kept further away from next time."""
        breaches = self.incumbent.offer(self.model.variables.chosen(point))
        self.pace.know(value=self.incumbent.value)
        if breaches and self._parts is not None:
            self._parts.tighten(self._rows_of(breaches), REFUSED_MARGIN)
        return not breaches

    def _rows_of(self, breaches: tuple[Breach, ...]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        broken = {breach.id for breach in breaches}
        return np.array([row.source in broken for row in self.model.rows])

    def _search_whole(self) -> str:
        """Runs the solver on the whole model until the checker accepts what it proposes."""
        for _ in range(MOST_REPAIRS):
            outcome = self._run_engine()
            self.failure = outcome.message if outcome.status == "failed" else ""
            if outcome.status == "infeasible":
                return "infeasible"
            self._learn(outcome.found)
            if outcome.found.point is None:
                break
            breaches = self.incumbent.offer(self.model.variables.chosen(outcome.found.point))
            self.pace.know(value=self.incumbent.value)
            if not breaches:
                self.exact = outcome.status == "optimal" or self._is_proven()
                break
            if outcome.status not in ("optimal", "limit") or self.pace.left <= 0:
                break
            self.engine.add_rows(excluding_rows(self.model, outcome.found.point, breaches))
        else:
            self.failure = (
                f"{MOST_REPAIRS} plans that the solver took for possible were refused by the checker"
            )
        return "done"

    def _run_engine(self) -> Outcome:
        task = Task(self._deadline, settle_gap=self.gap, start=self.incumbent.point, high=self._open())
        if isinstance(self.engine, HighsEngine) and self.threads > 1 and self._parts is not None:
            return self.engine.run(task, self._tick, self._beside)
        return self.engine.run(task, self._tick)

    def _beside(self, go_on: GoOn) -> None:
        if self.incumbent.chosen is None:
            time.sleep(TICK_SECONDS)
        else:
            self._improve(self._deadline, go_on)

    def _open(self) -> Floats | None:
        """1 for every column that can be on in a better plan than the best one, else 0; None when all can."""
        point = self.incumbent.point
        if self.relaxation is None or point is None or self.incumbent.value is None:
            return None
        value = float(self.incumbent.value / self.model.aim.unit)
        most = self.relaxation.bound - value + 1e-6 * abs(value) + 1e-6
        return ((self.relaxation.losses <= most) | (point > 0.5)).astype(np.float64)

    def _tick(self, found: Found) -> bool:
        self._learn(found)
        if found.value is not None and found.point is not None:
            value = Fraction(found.value) * self.model.aim.unit
            if self.pace.best_value is None or value > self.pace.best_value + self.model.aim.unit / 2:
                self.incumbent.offer(self.model.variables.chosen(found.point))
                self.pace.know(value=self.incumbent.value)
        return self.pace.tick()

    def _learn(self, found: Found) -> None:
        if found.bound is not None:
            bound = self.model.aim.rounded_bound(found.bound)
            if bound is not None and (self.bound is None or bound < self.bound):
                self.bound = bound
                self.pace.know(bound=max(bound, self.pace.best_value or bound))

    def _is_near_enough(self) -> bool:
        """Whether the gap that was asked for is reached."""
        gap = relative_gap(self.incumbent.value, self.bound)
        return gap is not None and gap <= self.gap

    def _is_proven(self) -> bool:
        value = self.incumbent.value
        return value is not None and self.bound is not None and self.bound <= value
