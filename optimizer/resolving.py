"""One problem solved again and again with something changed: other limits, rules, values or amounts.

What was learnt stays. The relaxation goes on from the basis of the unchanged problem, which a changed bound or an
added row leaves nearly right; every plan that the checker ever accepted is tried as a start; and only what a changed
limit or rule touches is made anew.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import highspy
import numpy as np

from optimizer.answers import Answer, ShouldStop, SolverFacts, SolveStatus, relative_gap
from optimizer.conflicts import find_conflict
from optimizer.constraints import Row, counting_row, limit_rows, rule_rows
from optimizer.cutting import impossible_columns
from optimizer.engines import Found, HighsEngine, Task
from optimizer.incumbents import Incumbent
from optimizer.keeping import Delta, InfeasibleError, KeptRelaxation
from optimizer.models import Floats, Matrix, MatrixProblem, Model, build_model, silence_greeting
from optimizer.neighbourhoods import Neighbourhoods
from optimizer.objective import value_aim
from optimizer.pacing import Pace
from optimizer.parts import Restrictor
from optimizer.problem import Choice, Coordinate, Limit, Problem, Proposal, Rule
from optimizer.relaxing import Relaxation, Wait
from optimizer.variables import Variables
from optimizer.verifying import use_of, value_of

PATIENCE = 12  # parts without gain before the whole is looked at
REFUSED_MARGIN = 2e-6
KEPT_PLANS = 60
FEW_PLANS = 6  # of them are tried where the amounts differ
OFF = (-math.inf, math.inf)
NEAR = 1e-6
MOST_REPAIRS = 4
MOST_TOUCHED = 100  # columns of a row that counts as naming proposals
DONE = (SolveStatus.OPTIMAL, SolveStatus.INFEASIBLE)


class Resolver:
    """Solves changed versions of a problem.

    A changed problem has the same proposals, alternatives and starts and the same years; anything else may differ. What
    differs in limits and rules alone is quick; new amounts mean a new model, which still begins from the plans kept.
    """

    def __init__(self, problem: Problem, *, threads: int = 1, seed: int = 0) -> None:
        self.problem, self.threads, self.seed = problem, threads, seed
        self.base = build_model(problem)
        self.plans: list[tuple[Choice, ...]] = []
        self._parts: Neighbourhoods | None = None
        self._restrictor: Restrictor | None = None
        self._uses: dict[tuple[Choice, ...], Floats] = {}
        silence_greeting()
        self.version = str(highspy.Highs().version())  # type: ignore[no-untyped-call]
        self._kept = KeptRelaxation(self.base, seed=seed)
        self.spans = _segments(self.base.rows)
        self._by_id: dict[str, Limit | Rule] = {x.id: x for x in (*problem.limits, *problem.rules)}

    def solve(
        self,
        changed: Problem,
        *,
        gap: float,
        max_seconds: float,
        start: Sequence[Choice] = (),
        should_stop: ShouldStop | None = None,
        patience: int = PATIENCE,
        whole: bool = True,
        name_conflict: bool = True,
    ) -> Answer:
        """The changed problem solved until the proven gap is at most `gap`; ties are not broken.

        `patience` is how many parts without gain are solved around the best plan; without `whole` it ends there,
        which does not hang on the clock. With `name_conflict` an infeasible problem always names what cannot hold; else
        only where that is plain.
        """
        pace = Pace(max_seconds, None, should_stop)
        model, kept, delta = self._adapt(changed)
        effort = _Effort(gap, patience, whole, name_conflict)
        return _Resolve(self, model, kept, delta, pace, effort).run(tuple(start))

    def parts(self, wait: Wait) -> Neighbourhoods | None:
        """Neighbourhoods of the unchanged problem; None when it has no relaxation, or none in time."""
        if self._parts is None:
            try:
                relaxation = self._kept.of(self.base, Delta(), wait.deadline, wait.tick)
            except InfeasibleError:
                return None
            if relaxation is not None:
                self._parts = Neighbourhoods(self.base, relaxation, seed=self.seed)
        return self._parts

    def remember(self, chosen: tuple[Choice, ...]) -> None:
        """Keeps a plan as a start for what comes, the newest first."""
        if chosen in self.plans:
            self.plans.remove(chosen)
        self.plans.insert(0, chosen)
        for forgotten in self.plans[KEPT_PLANS:]:
            self._uses.pop(forgotten, None)
        del self.plans[KEPT_PLANS:]

    def promising(self, model: Model, kept: KeptRelaxation, delta: Delta) -> Iterator[tuple[Choice, ...]]:
        """Kept plans that keep the changed model's rows as far as numbers in floating point tell, the best first."""
        if kept is not self._kept:
            yield from self.plans[:FEW_PLANS]
            return
        low, high = np.array([r.low for r in model.rows]), np.array([r.high for r in model.rows])
        base = len(self.base.rows)
        told = []
        for chosen in self.plans:
            use = self._use_of(chosen)
            point = self.base.variables.point(chosen)
            added = [float(row.coefficients @ point[row.columns]) for row in delta.added]
            uses = np.concatenate([use[:base], added])
            if np.all(uses <= high + NEAR) and np.all(uses >= low - NEAR):
                told.append((float(model.aim.weights @ point), chosen))
        for _, chosen in sorted(told, key=lambda t: -t[0]):
            yield chosen

    def _use_of(self, chosen: tuple[Choice, ...]) -> Floats:
        """What a plan adds to every row of the unchanged problem."""
        if chosen not in self._uses:
            if self._restrictor is None:
                self._restrictor = Restrictor(self.base.matrix(), self.base.aim.weights)
            on = np.flatnonzero(self.base.variables.point(chosen) > 0.5)
            self._uses[chosen] = self._restrictor.activity(on)
        return self._uses[chosen]

    def _adapt(self, changed: Problem) -> tuple[Model, KeptRelaxation, Delta]:
        """The model of the changed problem and what sets it apart from the base's."""
        if not self._has_same_columns(changed):
            model = build_model(changed)
            return model, KeptRelaxation(model, seed=self.seed), Delta()
        variables = copy.copy(self.base.variables)
        variables.problem = changed
        if any(a is not b for a, b in zip(changed.proposals, self.problem.proposals, strict=True)):
            variables = Variables(changed)
        model = Model(variables, list(self.base.rows), self.base.aim, changed)
        delta = self._change_rows(model)
        if variables.candidates is not self.base.variables.candidates:
            model.aim = value_aim(variables)
            delta = replace(delta, weights=model.aim.weights)
        return model, self._kept, delta

    def _has_same_columns(self, changed: Problem) -> bool:
        """Are the amounts and the coordinations the base's? Values and demands may differ."""
        if changed.years != self.problem.years or len(changed.proposals) != len(self.problem.proposals):
            return False
        same = all(
            a is b
            or (
                replace(a, alternatives=(), required=b.required) == replace(b, alternatives=())
                and _same_amounts(a, b)
            )
            for a, b in zip(changed.proposals, self.problem.proposals, strict=True)
        )
        return same and _coordinations(changed) == _coordinations(self.problem)

    def _change_rows(self, model: Model) -> Delta:
        """Puts the changed problem's rows into the model, those of the base in their places."""
        bounds: dict[int, tuple[float, float]] = {}
        added: list[Row] = []
        changed, variables = model.problem, model.variables
        now: dict[str, Limit | Rule] = {x.id: x for x in (*changed.limits, *changed.rules)}
        for demand, old in self._by_id.items():
            new = now.get(demand)
            if new is old or new == old:
                continue
            span = self.spans.get(demand, range(0))
            rows = [] if new is None else _rows_of(variables, new)
            if not _are_alike(rows, [self.base.rows[r] for r in span]):
                added += rows
                rows = [self.base.rows[r]._replace(low=OFF[0], high=OFF[1]) for r in span]
            for r, row in zip(span, rows, strict=True):
                model.rows[r], bounds[r] = row, (row.low, row.high)
        for demand, new in now.items():
            if demand not in self._by_id:
                added += _rows_of(variables, new)
        added += self._change_required(model, bounds)
        model.rows += added
        return Delta(bounds, tuple(added))

    def _change_required(self, model: Model, bounds: dict[int, tuple[float, float]]) -> list[Row]:
        added = []
        for new, old in zip(model.problem.proposals, self.problem.proposals, strict=True):
            if new.required and not old.required:
                source, columns = f"required:{new.id}", model.variables.of_proposal[new.id]
                added.append(counting_row(f"required_{new.id}", source, columns, (), 1, None))
            elif old.required and not new.required:
                for r in self.spans[f"required:{old.id}"]:
                    model.rows[r], bounds[r] = self.base.rows[r]._replace(low=OFF[0], high=OFF[1]), OFF
        return added


@dataclass(frozen=True)
class _Effort:
    gap: float
    patience: int
    whole: bool
    name_conflict: bool


class _Resolve:
    """One changed problem: its relaxation, the best kept plan, parts around it, then the whole of what is open."""

    def __init__(
        self,
        resolver: Resolver,
        model: Model,
        kept: KeptRelaxation,
        delta: Delta,
        pace: Pace,
        effort: _Effort,
    ) -> None:
        self.resolver, self.model, self.kept, self.delta = resolver, model, kept, delta
        self.pace, self.effort = pace, effort
        self.incumbent = Incumbent(model.problem, model)
        self.bound: Fraction | None = None
        self.message = ""

    def run(self, start: tuple[Choice, ...]) -> Answer:
        try:
            relaxation = self.kept.of(self.model, self.delta, self.pace.deadline, self.pace.tick)
        except InfeasibleError:
            return self._infeasible()
        self._learn(None if relaxation is None else relaxation.bound)
        self._offer_plans(start)
        if relaxation is not None and not self._is_closed():
            parts = Neighbourhoods(self.model, relaxation, seed=self.resolver.seed)
            self._improve(parts, start)
            unfinished = self.effort.whole and not self._is_closed() and self._go_on()
            if unfinished and self._search_open(parts, relaxation) == "infeasible":
                return self._infeasible()
        if self.incumbent.chosen is not None:
            self.resolver.remember(self.incumbent.chosen)
        return self._answer()

    def _offer_plans(self, start: tuple[Choice, ...]) -> None:
        """The given start, and the best of the kept plans that the checker accepts."""
        if start:
            self.incumbent.offer(start)
        for chosen in self.resolver.promising(self.model, self.kept, self.delta):
            value = value_of(self.model.problem, chosen)
            if self.incumbent.value is not None and value <= self.incumbent.value:
                return
            if not self.incumbent.offer(chosen):
                return

    def _go_on(self) -> bool:
        return not self.pace.tick() and time.monotonic() < self.pace.deadline

    def _improve(self, parts: Neighbourhoods, start: tuple[Choice, ...]) -> None:
        deadline = self.pace.deadline
        near = start or (self.resolver.plans[0] if self.resolver.plans else ())
        if self.incumbent.chosen is None and near:
            point = parts.repair(
                self.model.variables.point(near), self._touched(parts), deadline, self._go_on
            )
            self._take(parts, point)
        if self.incumbent.chosen is None:
            self._take(parts, parts.first_point(deadline, self._go_on))
        while (
            self.incumbent.point is not None
            and parts.since_gain < self.effort.patience
            and not self._is_closed()
            and self._go_on()
        ):
            point = self.incumbent.point
            better = parts.improve(point, deadline, self._go_on)
            if better is not point:
                self._take(parts, better)

    def _touched(self, parts: Neighbourhoods) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Places of the proposals that an added short row names."""
        columns = [row.columns for row in self.delta.added if len(row.columns) <= MOST_TOUCHED]
        if not columns:
            return np.zeros(0, dtype=np.int64)
        named = np.unique(np.concatenate(columns))
        return np.unique(parts.proposal_of[named[named < parts.candidates]])

    def _take(self, parts: Neighbourhoods, point: Floats | None) -> None:
        if point is None:
            return
        breaches = self.incumbent.offer(self.model.variables.chosen(point))
        if breaches:
            broken = {breach.id for breach in breaches}
            parts.tighten(np.array([row.source in broken for row in self.model.rows]), REFUSED_MARGIN)

    def _search_open(self, parts: Neighbourhoods, relaxation: Relaxation) -> str:
        """The whole problem without the columns that are in no plan better than the best one."""
        for _ in range(MOST_REPAIRS):
            point = self.incumbent.point
            columns = self._open(relaxation, point)
            part = parts.restrictor.part(columns, np.zeros(len(self.model.variables)))
            problem = MatrixProblem(part.matrix, part.weights, list, list)
            engine = HighsEngine.over(problem, seed=self.resolver.seed, groups=_groups(parts, columns))
            task = Task(
                self.pace.deadline,
                rel_gap=self.effort.gap,
                start=None if point is None else point[columns],
            )
            outcome = engine.run(task, self._tick)
            if outcome.status == "infeasible":
                return "infeasible" if point is None and not parts.restrictor.margin.any() else "done"
            if not parts.restrictor.margin.any():
                self._learn_of_part(outcome.found.bound)
            if outcome.found.point is None:
                return "done"
            whole = np.zeros(len(self.model.variables))
            whole[columns] = np.round(outcome.found.point)
            standing = self.incumbent.chosen
            self._take(parts, whole)
            if self.incumbent.chosen != standing or self._is_closed() or not self._go_on():
                return "done"
            if not parts.restrictor.margin.any():
                return "done"
        return "done"

    def _open(
        self, relaxation: Relaxation, point: Floats | None
    ) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        if point is None or self.incumbent.value is None:
            return np.arange(len(self.model.variables))
        value = float(self.incumbent.value / self.model.aim.unit)
        most = relaxation.bound - value + NEAR * abs(value) + NEAR
        return np.flatnonzero((relaxation.losses <= most) | (point > 0.5))

    def _tick(self, found: Found) -> bool:
        self._learn_of_part(found.bound)
        return self.pace.tick() or self._is_closed()

    def _learn_of_part(self, units: float | None) -> None:
        """What is left out of the part is in no better plan: its bound holds for all, but never below the best plan."""
        if units is not None and self.incumbent.value is not None:
            units = max(units, float(self.incumbent.value / self.model.aim.unit))
        self._learn(units)

    def _learn(self, units: float | None) -> None:
        bound = None if units is None else self.model.aim.rounded_bound(units)
        if bound is not None and (self.bound is None or bound < self.bound):
            self.bound = bound

    def _is_closed(self) -> bool:
        gap = relative_gap(self.incumbent.value, self.bound)
        return gap is not None and gap <= self.effort.gap

    def _infeasible(self) -> Answer:
        conflict: tuple[str, ...] = ()
        if self.effort.name_conflict:
            conflict = (
                self._plain_conflict() or find_conflict(self.model, self.pace, seed=self.resolver.seed).ids
            )
        return self._finish(SolveStatus.INFEASIBLE, "no plan keeps every limit and rule", conflict)

    def _plain_conflict(self) -> tuple[str, ...]:
        """An added demand and one limit of a problem that has a plan, when no choice that keeps the demand keeps the
        limit: a minimal conflict, since each of the two can be kept alone.
        """
        if len(self.delta.added) != 1 or self.delta.bounds or not self.resolver.plans:
            return ()
        wanted = self.delta.added[0]
        groups = self.kept.groups
        if wanted.low != 1 or len(np.unique(groups[wanted.columns])) != 1 or np.any(wanted.coefficients != 1):
            return ()
        limits = {limit.id for limit in self.model.problem.limits}
        for demand, span in self.resolver.spans.items():
            if demand in limits:
                rows = [self.model.rows[r] for r in span]
                gone = impossible_columns(Matrix.of_rows(rows, len(groups)), groups)
                if gone[wanted.columns].all():
                    return (demand, wanted.source)
        return ()

    def _answer(self) -> Answer:
        if self.incumbent.chosen is None:
            return self._finish(SolveStatus.STOPPED, "no plan that the checker accepts was found in time")
        if self._is_closed():
            return self._finish(SolveStatus.OPTIMAL, "")
        return self._finish(SolveStatus.FEASIBLE, "the gap was not closed in time")

    def _finish(self, status: SolveStatus, message: str, conflict: tuple[str, ...] = ()) -> Answer:
        chosen = self.incumbent.chosen or ()
        found = status in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE)
        value = self.incumbent.value if found else None
        bound = self.bound if value is None or self.bound is None else max(self.bound, value)
        facts = SolverFacts("HiGHS", self.resolver.version, self.pace.seconds, 1, self.resolver.seed)
        stopped_by = None if status in DONE else "user" if self.pace.stopped else "time"
        return Answer(
            status=status,
            value=value,
            bound=None if bound is None or status is SolveStatus.INFEASIBLE else float(bound),
            gap=relative_gap(value, bound),
            chosen=chosen if found else (),
            use=use_of(self.model.problem, chosen) if found else (),
            conflict=conflict,
            solver=facts,
            checked=found,
            stopped_by=stopped_by,
            message=message,
        )


def _segments(rows: Sequence[Row]) -> dict[str, range]:
    """By source: the rows that come from it, which stand together."""
    spans: dict[str, range] = {}
    for r, row in enumerate(rows):
        first = spans[row.source].start if row.source in spans else r
        spans[row.source] = range(first, r + 1)
    return spans


def _rows_of(variables: Variables, demand: Limit | Rule) -> list[Row]:
    return list(limit_rows(variables, demand) if isinstance(demand, Limit) else rule_rows(variables, demand))


def _are_alike(new: Sequence[Row], old: Sequence[Row]) -> bool:
    """Do the rows differ in their bounds at most?"""
    return len(new) == len(old) and all(
        np.array_equal(a.columns, b.columns) and np.array_equal(a.coefficients, b.coefficients)
        for a, b in zip(new, old, strict=True)
    )


def _same_amounts(a: Proposal, b: Proposal) -> bool:
    return len(a.alternatives) == len(b.alternatives) and all(
        x is y or replace(x, value_by_start=y.value_by_start) == y
        for x, y in zip(a.alternatives, b.alternatives, strict=True)
    )


def _coordinations(problem: Problem) -> list[Coordinate]:
    return [rule for rule in problem.rules if isinstance(rule, Coordinate)]


def _groups(parts: Neighbourhoods, columns: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[range]:
    """The part's columns by proposal."""
    proposals = parts.proposal_of[columns[columns < parts.candidates]]
    ends = np.flatnonzero(np.diff(proposals, append=-1)) + 1
    return [range(a, b) for a, b in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]
