"""Better plans near the best one: a part of the proposals is let free, the rest stays, and the part is solved.

Which part is drawn again and again, by how doubtful each proposal is in the relaxation: those whose other choices
cost least. Sizes follow from how much the solver can finish in its share of work. Work is counted in the solver's own
steps, so that one thread with one seed does the same on every machine until the clock ends it.
"""

from __future__ import annotations

import time

import numpy as np

from optimizer.engines import GoOn, HighsEngine, Task
from optimizer.models import Floats, MatrixProblem, Model
from optimizer.parts import Booleans, Integers, Restrictor, ranks_within
from optimizer.relaxing import Relaxation, proposal_spans

KERNEL = 150  # proposals let free in the first part
CHEAPEST = 6  # choices of a proposal that a part looks at
FIRST_SIZE = 30
REPAIR = 60  # proposals let free beside those that a change touches
LEAST_SIZE = 8
STEPS = 50  # of the solver, for one part
KERNEL_STEPS = 150
PART_GAP = 2e-5
KINDS = ("doubtful", "costly", "committees", "years")


class Neighbourhoods:
    """Improves points part by part. `since_gain` counts the parts that brought nothing since one did."""

    def __init__(self, model: Model, relaxation: Relaxation, *, seed: int) -> None:
        self.model, self.relaxation, self.seed = model, relaxation, seed
        self.restrictor = Restrictor(model.matrix(), model.aim.weights)
        self.firsts, ends = proposal_spans(model)
        self.candidates = len(model.variables.candidates)
        self.proposal_of = np.repeat(np.arange(len(self.firsts)), ends - self.firsts)
        # By candidate: its place in its proposal, cheapest first.
        self.place = ranks_within(relaxation.losses[: self.candidates], self.proposal_of, self.firsts)
        self.committees = self._committees()
        self.random = np.random.default_rng(seed)
        self.sizes = dict.fromkeys(KINDS, FIRST_SIZE)
        self.doubt = self._doubt()
        self.rounds = self.since_gain = 0

    def _committees(self) -> Integers:
        """By proposal: the number of its committee."""
        candidates = self.model.variables.candidates
        names = [candidates[j].proposal.committee if j < self.candidates else "" for j in self.firsts]
        return np.unique(names, return_inverse=True)[1]

    def _doubt(self) -> Floats:
        """By proposal: what the other answer than the relaxation's costs there."""
        best_in = np.minimum.reduceat(self.relaxation.losses[: self.candidates], self.firsts)
        return np.maximum(self.relaxation.losses_out, best_in)

    def first_point(self, deadline: float, go_on: GoOn) -> Floats | None:
        """A plan from the relaxation: what is whole there stays, the doubtful proposals are solved."""
        point = self.relaxation.point
        base = np.zeros(len(point))
        most = np.lexsort((-point[: self.candidates], self.proposal_of))[self.firsts]
        on = np.add.reduceat(point[: self.candidates], self.firsts) > 0.5
        base[most[on]] = 1.0
        split = np.add.reduceat(
            (point[: self.candidates] > 1e-6) & (point[: self.candidates] < 1 - 1e-6), self.firsts
        )
        order = np.argsort(np.where(split > 0, -1.0, self.doubt), kind="stable")
        size = min(len(order), max(KERNEL, int((split > 0).sum())))
        while time.monotonic() < deadline and go_on():
            found = self._solve(order[:size], base, None, deadline, KERNEL_STEPS, 1e-3, go_on)
            if found is not None or size == len(order):
                return found
            size = min(len(order), 2 * size)
        return None

    def repair(self, base: Floats, touched: Integers, deadline: float, go_on: GoOn) -> Floats | None:
        """A plan near one that no longer holds: the touched and the most doubtful proposals are let free."""
        key = self.doubt.copy()
        key[touched] = -1.0
        order = np.argsort(key, kind="stable")
        size = min(len(order), len(touched) + REPAIR)
        while time.monotonic() < deadline and go_on():
            found = self._solve(order[:size], base, None, deadline, KERNEL_STEPS, 1e-3, go_on)
            if found is not None or size == len(order):
                return found
            size = min(len(order), 3 * size)
        return None

    def improve(self, point: Floats, deadline: float, go_on: GoOn) -> Floats:
        """One part solved: a point at least as good."""
        kind = KINDS[self.rounds % len(KINDS)]
        self.rounds += 1
        size = min(self.sizes[kind], len(self.firsts))
        part = self._draw(kind, point)[:size]
        steps = int(STEPS * (1 + self.since_gain / 12))
        better = self._solve(part, point, point, deadline, steps, PART_GAP, go_on)
        change = 1.15 if self._was_easy else 0.9 if self._was_hard else 1.0
        self.sizes[kind] = max(LEAST_SIZE, min(len(self.firsts), int(size * change + (change > 1))))
        gained = better is not None and self._worth(better) > self._worth(point) + 0.5
        self.since_gain = 0 if gained else self.since_gain + 1
        return better if gained and better is not None else point

    def tighten(self, rows: Booleans, amount: float) -> None:
        """Keeps these rows this much away from their bound: what the solver lets through, the checker refused."""
        self.restrictor.margin[rows] += amount

    def _worth(self, point: Floats) -> float:
        return float(self.model.aim.weights @ np.round(point))

    def _draw(self, kind: str, point: Floats) -> Integers:
        """Proposals, those to let free first."""
        on = np.flatnonzero(point[: self.candidates] > 0.5)
        floor = 0.1 * float(np.median(np.minimum(self.doubt, self.relaxation.bound))) + 1e-9
        key = (self.doubt + floor) * self.random.exponential(1.0, len(self.doubt))
        if kind == "costly":
            own = self.relaxation.losses_out.copy()
            own[self.proposal_of[on]] = self.relaxation.losses[on]
            key = key / (floor + own)
        elif kind == "committees":
            count = int(self.committees.max()) + 1
            few = self.random.choice(count, min(3, count), replace=False)
            key = np.where(np.isin(self.committees, few), key, key * 1e3)
        elif kind == "years":
            starts = self.model.variables.starts
            year = self.random.choice(np.array(self.model.problem.years))
            own_start = starts[self.firsts] - 1
            own_start[self.proposal_of[on]] = starts[on]
            key = key * (1.0 + np.abs(own_start - year)) ** 2
        return np.argsort(key, kind="stable")

    def _solve(
        self,
        proposals: Integers,
        base: Floats,
        start: Floats | None,
        deadline: float,
        steps: int,
        gap: float,
        go_on: GoOn,
    ) -> Floats | None:
        """The best plan with these proposals free; None when there is none or none was found."""
        free = np.zeros(len(self.firsts), dtype=bool)
        free[proposals] = True
        mine = free[self.proposal_of]
        near = (self.place < CHEAPEST) | (base[: self.candidates] > 0.5)
        columns = np.concatenate([np.flatnonzero(mine & near), np.arange(self.candidates, len(base))])
        part = self.restrictor.part(columns, base)
        problem = MatrixProblem(part.matrix, part.weights, list, list)
        engine = HighsEngine.over(problem, seed=self.seed)
        task = Task(
            deadline,
            rel_gap=gap,
            start=None if start is None else start[columns],
            most_calls=steps,
        )
        outcome = engine.run(task, lambda _found: not go_on())
        self._was_easy = outcome.status == "optimal" and engine.calls < steps // 2
        self._was_hard = outcome.status == "limit"
        if outcome.found.point is None:
            return None
        whole = base.copy()
        whole[columns] = np.round(outcome.found.point)
        return whole
