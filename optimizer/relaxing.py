"""The model without whole numbers: a bound, and what every choice costs in it.

With prices π of the rows (the duals of the linear programme), each proposal stands alone: Σ_p max(0, max_{j∈p} r_j)
with r = weights − Aᵀπ, plus what the rows' bounds are worth, is a bound on every plan *whatever the prices are*. The
losses follow from it: how much lower the bound is when a certain column must be on, or a certain proposal out. A
choice whose loss is larger than the gap is settled.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

from optimizer.constraints import Row
from optimizer.cutting import Cut, Cutter, column_groups, impossible_columns
from optimizer.engines import PATIENCE_SECONDS, TICK_SECONDS, weakly
from optimizer.models import Floats, Matrix, Model, pass_matrix, silence_greeting
from optimizer.parts import Booleans, Integers, Restrictor, ranks_within

SIFTED = 10_000  # columns from which the programme is solved by sifting
SAMPLE_COLUMNS = 12_000
ACTIVE_SHARE = 1.6  # columns per proposal to begin with
ENOUGH = 1e-6  # how near, relatively, the bound of all columns must come to the value of the active ones
MANY_NEW = 0.1  # share of new columns from which it is quicker to begin anew
BEND_PRICE = 1000.0  # times the largest weight
BENDING = -1
HOPELESS = 1e15  # the loss of a column that is on in no plan
MOST_ROUNDS = 14  # of cuts
FEW_ROUNDS = 3
LEAST_GAIN = 0.03  # of all that cuts have gained, in the last few rounds
MUST_BE_SHORT = 100  # columns; a longer row that asks for a minimum is a limit
PRIMAL_SIMPLEX = 4  # HiGHS' number for it


@dataclass(frozen=True)
class Relaxation:
    """`bound` in the objective's units; `point` is the relaxed plan; `losses` by column, `losses_out` by proposal.

    `cuts` are rows that every plan keeps and that bring the bound down.
    """

    bound: float
    point: Floats
    losses: Floats
    losses_out: Floats
    cuts: tuple[Cut, ...] = ()


def relax(
    model: Model,
    deadline: float,
    tick: Callable[[], bool] = lambda: False,
    *,
    seed: int = 0,
    rounds: int = MOST_ROUNDS,
) -> Relaxation | None:
    """Solves the linear programme, with `rounds` of cuts at most; None when it has no solution, or when the time or `tick` ends it without one.

    Of a large model only the columns that matter are looked at, more and more of them, until the bound of all columns
    meets the value of those (sifting). Ended early it gives the best bound so far, which holds, too.
    """
    rows = model.matrix()
    wait = Wait(deadline, tick)
    if rows.width >= SIFTED:
        return _Sifting(model, rows, wait, seed).run()
    programme = Programme(rows, model.aim.weights, deadline, seed)
    groups = column_groups(model)
    gone = impossible_columns(rows, groups)
    programme.close(gone)
    return tighten(model, programme, Cutter(model, groups), gone, wait, rounds=rounds)


def tighten(
    model: Model,
    programme: Programme,
    cutter: Cutter,
    gone: Booleans,
    wait: Wait,
    *,
    rounds: int = MOST_ROUNDS,
) -> Relaxation | None:
    """Solves the programme of the model's rows and adds cuts to it for as long as they bring the bound down."""
    cuts: list[Cut] = []
    bounds: list[float] = []
    told: Relaxation | None = None
    while programme.solve(wait):
        rows = Matrix.of_rows([*model.rows, *(cut.row for cut in cuts)], len(model.variables))
        duals = programme.duals
        used = tuple(
            cut for cut, dual in zip(cuts, duals[len(model.rows) :], strict=True) if abs(dual) > 1e-9
        )
        told = replace(read_prices(model, rows, programme.point, duals, gone), cuts=used)
        bounds.append(told.bound)
        gained = len(bounds) <= FEW_ROUNDS or bounds[-1 - FEW_ROUNDS] - bounds[-1] > LEAST_GAIN * (
            bounds[0] - bounds[-1]
        )
        new = cutter.cuts(told.point) if gained and len(bounds) <= rounds else []
        if not new:
            break
        cuts += new
        programme.add([cut.row for cut in new])
    return told


@dataclass(frozen=True)
class Wait:
    """Until when, and who may end it before."""

    deadline: float
    tick: Callable[[], bool]

    def is_over(self) -> bool:
        return self.tick() or time.monotonic() > self.deadline


class Programme:
    """A linear programme in HiGHS that can grow by columns; solved in a thread, so that it can be interrupted."""

    def __init__(self, rows: Matrix, weights: Floats, deadline: float, seed: int) -> None:
        silence_greeting()
        self.highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self.rows = rows
        seconds = max(0.01, deadline - time.monotonic())
        settings = {"output_flag": False, "threads": 1, "random_seed": seed % 2**31, "time_limit": seconds}
        for option, setting in settings.items():
            self.highs.setOptionValue(option, setting)
        pass_matrix(self.highs, rows, weights, whole=False)
        self._stop = threading.Event()
        self.lost = False
        self.highs.setCallback(weakly(self._called), None)
        for kind in ("SimplexInterrupt", "MipInterrupt"):
            self.highs.startCallback(getattr(highspy.cb.HighsCallbackType, f"kCallback{kind}"))

    def _called(self, _kind: Any, _message: str, _out: Any, into: Any, _data: Any) -> None:
        into.user_interrupt = self._stop.is_set()

    def make_whole(self, count: int) -> None:
        """From now on the first columns are yes or no."""
        every = np.arange(count, dtype=np.int32)
        self.highs.changeColsIntegrality(count, every, np.ones(count, dtype=np.uint8))

    def close(self, columns: Booleans) -> None:
        """Holds these columns at nothing."""
        closed = np.flatnonzero(columns).astype(np.int32)
        self.highs.changeColsBounds(len(closed), closed, np.zeros(len(closed)), np.zeros(len(closed)))

    def add(self, rows: Sequence[Row]) -> None:
        """More rows, after those it has."""
        for row in rows:
            self.highs.addRow(row.low, row.high, len(row.columns), row.columns, row.coefficients)

    def grow(self, columns: Integers, restrictor: Restrictor, place: Integers) -> None:
        """More columns; `place` is where a row of the whole stands among this programme's rows, −1 for not at all."""
        places, which = restrictor.entries(columns)
        rows = place[restrictor.row_of[places]]
        inside = rows >= 0
        starts = np.searchsorted(which[inside], np.arange(len(columns))).astype(np.int32)
        self.highs.addCols(
            len(columns),
            restrictor.weights[columns],
            np.zeros(len(columns)),
            np.ones(len(columns)),
            int(inside.sum()),
            starts,
            rows[inside].astype(np.int32),
            restrictor.coefficients[places][inside],
        )
        if len(columns) > MANY_NEW * self.highs.getNumCol():
            self.highs.clearSolver()
        else:  # what stood is still a solution, only no longer the best one: primal simplex goes on from there
            self.highs.setOptionValue("simplex_strategy", PRIMAL_SIMPLEX)

    def let_bend(self) -> int:
        """A dear column for every row that nothing at all would break; how many there are."""
        short = np.flatnonzero((self.rows.low > 0) | (self.rows.high < 0)).astype(np.int32)
        count = len(short)
        if count:
            signs = np.where(self.rows.low[short] > 0, 1.0, -1.0)
            price = -BEND_PRICE * max(1.0, float(np.abs(self.highs.getLp().col_cost_).max(initial=0.0)))
            most, starts = np.full(count, highspy.kHighsInf), np.arange(count, dtype=np.int32)
            self.highs.addCols(
                count, np.full(count, price), np.zeros(count), most, count, starts, short, signs
            )
        return count

    def solve(self, wait: Wait) -> bool:
        """True when it was solved to the end. One that does not listen is left behind: `lost`, and never asked again."""
        if self.lost:
            return False
        thread = threading.Thread(target=self.highs.run, daemon=True, name="highs-relaxation")
        self._stop.clear()
        thread.start()
        while thread.is_alive():
            thread.join(TICK_SECONDS)
            if not self._stop.is_set() and wait.is_over():
                self._stop.set()
                thread.join(PATIENCE_SECONDS)
                self.lost = thread.is_alive()
                return False
        return bool(self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    @property
    def has_point(self) -> bool:
        return not self.lost and bool(
            self.highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        )

    @property
    def is_infeasible(self) -> bool:
        return not self.lost and bool(self.highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible)

    @property
    def value(self) -> float:
        return float(self.highs.getInfo().objective_function_value)

    @property
    def point(self) -> Floats:
        return np.array(self.highs.getSolution().col_value)

    @property
    def duals(self) -> Floats:
        return np.array(self.highs.getSolution().row_dual)


class _Sifting:
    """Prices from a sample of the proposals, then a programme of the columns that are cheap at them, grown."""

    def __init__(self, model: Model, rows: Matrix, wait: Wait, seed: int) -> None:
        self.model, self.rows, self.wait, self.seed = model, rows, wait, seed
        self.restrictor = Restrictor(rows, model.aim.weights)
        self.firsts, ends = proposal_spans(model)
        self.candidates = len(model.variables.candidates)
        self.proposal_of = np.repeat(np.arange(len(self.firsts)), ends - self.firsts)
        self.gone = impossible_columns(rows, column_groups(model))
        self.best: Relaxation | None = None

    def run(self) -> Relaxation | None:
        nothing = np.zeros(self.rows.width)
        told = read_prices(self.model, self.rows, nothing, self._sample_prices(), self.gone)
        active = self._cheapest(told.losses, ACTIVE_SHARE)
        used = self.restrictor.needed()
        place = np.where(used, np.cumsum(used) - 1, -1)
        columns = np.flatnonzero(active)
        first = self.restrictor.cut(columns, self.rows.low, self.rows.high, used)
        programme = Programme(first.matrix, first.weights, self.wait.deadline, self.seed)
        # The few columns to begin with may not be able to keep every row; what bends must be straight in the end.
        columns = np.concatenate([columns, np.full(programme.let_bend(), BENDING)])
        while programme.solve(self.wait):
            point = np.zeros(self.rows.width)
            point[columns[columns >= 0]] = programme.point[columns >= 0]
            duals = np.zeros(len(used))
            duals[used] = programme.duals
            told = read_prices(self.model, self.rows, point, duals, self.gone)
            if self.best is None or told.bound < self.best.bound:
                self.best = told
            new = self._violators(told, active)
            is_straight = bool(programme.point[columns == BENDING].sum() < 1e-6)
            if not len(new):
                return told if is_straight else None
            # While something bends its price is nearly all of the value, and anything is near enough.
            if is_straight and told.bound - programme.value <= ENOUGH * abs(told.bound):
                return told
            programme.grow(new, self.restrictor, place)
            active[new] = True
            columns = np.concatenate([columns, new])
        return self.best

    def _sample_prices(self) -> Floats:
        """Duals of a programme of some of the proposals under their share of every limit; no rules."""
        order = np.random.default_rng(self.seed).permutation(len(self.firsts))
        count = max(1, int(len(order) * SAMPLE_COLUMNS / self.rows.width))
        chosen = np.zeros(len(order), dtype=bool)
        chosen[order[:count]] = True
        columns = np.flatnonzero(chosen[self.proposal_of])
        limits = {limit.id for limit in self.model.problem.limits}
        used = np.array([row.source in limits for row in self.model.rows])
        used[: len(order)] = chosen
        share = np.where(np.arange(len(used)) < len(order), 1.0, count / len(order))
        part = self.restrictor.cut(columns, self.rows.low * share, self.rows.high * share, used)
        programme = Programme(part.matrix, part.weights, self.wait.deadline, self.seed)
        prices = np.zeros(len(used))
        if programme.solve(self.wait):
            prices[used] = programme.duals
        return prices

    def _cheapest(self, losses: Floats, share: float) -> Booleans:
        """The cheapest column of every proposal, and so many of the next that there are `share` per proposal."""
        own = losses[: self.candidates]
        active = np.zeros(self.rows.width, dtype=bool)
        active[: self.candidates] = ranks_within(own, self.proposal_of, self.firsts) == 0
        active[np.argsort(own, kind="stable")[: int(share * len(self.firsts))]] = True
        active[self.candidates :] = True
        for row in self.model.rows:
            if (
                row.low > 0 and len(row.columns) < MUST_BE_SHORT
            ):  # required, fixed: without them nothing holds
                active[row.columns] = True
        active[self.gone] = False
        active[0] |= not active.any()  # a programme of nothing is none
        return active

    def _violators(self, told: Relaxation, active: Booleans) -> Integers:
        """The columns that are worth more than every active one of their proposal: at most two of each."""
        least = np.where(active[: self.candidates], told.losses[: self.candidates], np.inf)
        standing = np.minimum(np.minimum.reduceat(least, self.firsts), told.losses_out)
        gain = standing[self.proposal_of] - told.losses[: self.candidates]
        gain[active[: self.candidates]] = 0.0
        ranks = ranks_within(-gain, self.proposal_of, self.firsts)
        return np.flatnonzero((gain > 1e-7) & (ranks < 2))


def read_prices(
    model: Model, rows: Matrix, point: Floats, duals: Floats, gone: Booleans | None = None
) -> Relaxation:
    """Bound and losses by the prices; the rows that choose one candidate per proposal have none of their own.

    `rows` begin with the model's; `gone` are columns that are on in no plan.
    """
    firsts, ends = proposal_spans(model)
    prices = duals.copy()
    prices[: len(firsts)] = 0.0
    prices[(prices > 0) & ~np.isfinite(rows.high)] = 0.0
    prices[(prices < 0) & ~np.isfinite(rows.low)] = 0.0
    held = np.where(prices > 0, rows.high, rows.low)
    constant = float(prices[prices != 0] @ held[prices != 0])
    worth = model.aim.weights.astype(np.float64)
    for entries, row_of in rows.slabs():
        paid = rows.coefficients[entries] * prices[row_of]
        worth -= np.bincount(rows.columns[entries], weights=paid, minlength=rows.width)
    if gone is not None:
        worth[gone] = -HOPELESS
    candidates = len(model.variables.candidates)
    best = np.array([max(0.0, float(worth[a:b].max(initial=0.0))) for a, b in zip(firsts, ends, strict=True)])
    losses = np.empty(rows.width)
    losses[:candidates] = np.repeat(best, ends - firsts) - worth[:candidates]
    losses[candidates:] = np.maximum(worth[candidates:], 0.0) - worth[candidates:]
    if gone is not None:
        losses[gone] = HOPELESS
    bound = constant + float(best.sum()) + float(np.maximum(worth[candidates:], 0.0).sum())
    return Relaxation(bound, point, losses, best)


def proposal_spans(model: Model) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """First column and one past the last by proposal, in the order of ids."""
    spans = list(model.variables.of_proposal.values())
    return np.array([s.start for s in spans], np.int64), np.array([s.stop for s in spans], np.int64)
