"""Which limits and rules cannot hold together: a minimal set, each of its members needed.

Deletion filter: one demand after the other is let go of; if the rest still cannot hold, it stays gone. Limits and
rules are tried first and required proposals after them, so the list is minimal with every requirement kept, too.
Whole runs of demands are tried at once, and what a plan found on the way keeps is not asked of the solver again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from optimizer.constraints import limit_ids
from optimizer.engines import HighsEngine, Task
from optimizer.models import Model
from optimizer.pacing import Pace
from optimizer.problem import Choice, Coordinate
from optimizer.verifying import verify

AT_LEAST_SECONDS = 2.0


@dataclass(frozen=True)
class Conflict:
    """Ids of limits and rules and ``required:<proposal id>``; `minimal` when each was proven to be needed."""

    ids: tuple[str, ...]
    minimal: bool


def find_conflict(model: Model, pace: Pace, *, threads: int = 1, seed: int = 0) -> Conflict:
    """A minimal set of demands of an infeasible model that cannot hold together.

    Uses what time is left, at least two seconds. When it ends early the set still cannot hold, but may be too large.
    """
    deadline = max(pace.deadline, time.monotonic() + AT_LEAST_SECONDS)
    demands = Demands(model, deadline, pace.tick, threads=threads, seed=seed)
    return demands.conflict_within(set(demands.ids))


class Demands:
    """The limits, rules and requirements of a model, any of which can be let go of."""

    def __init__(
        self, model: Model, deadline: float, tick: Callable[[], bool], *, threads: int = 1, seed: int = 0
    ) -> None:
        self.model, self.deadline, self.tick = model, deadline, tick
        self.engine = HighsEngine(model, threads=threads, seed=seed)
        self.engine.set_weights(model.aim.weights * 0)
        self.rows_of: dict[str, list[int]] = {}
        for r, row in enumerate(model.rows):
            self.rows_of.setdefault(row.source, []).append(r)
        self.columns_of: dict[str, list[int]] = {}
        for y, pair in enumerate(model.variables.coordinations, len(model.variables.candidates)):
            self.columns_of.setdefault(pair.rule.id, []).append(y)
        self.ids = [d for d in limit_ids(model.problem) if d in self.rows_of]
        self.savings = {r.id for r in model.problem.rules if isinstance(r, Coordinate)} & set(self.ids)
        self._plans: list[tuple[Choice, ...]] = [()]  # found so far
        self._broken_by: dict[tuple[tuple[Choice, ...], frozenset[str]], set[str]] = {}
        self.chosen: tuple[Choice, ...] = ()  # a plan that kept what was asked for last, if it could

    def conflict_within(self, kept: set[str], always: frozenset[str] = frozenset()) -> Conflict:
        """A minimal conflict among these demands, which cannot all hold; those of `always` are never let go of."""
        order = sorted((d for d in self.ids if d not in always), key=lambda d: d not in self.savings)
        minimal = changed = True
        while changed and minimal:
            before = set(kept)
            minimal = self._delete([d for d in order if d in kept], kept)
            # Only a coordination, which can help as well as hurt, makes a second round necessary.
            changed = before != kept and not self.savings <= always
        return Conflict(tuple(d for d in self.ids if d in kept and d not in always), minimal)

    def _delete(self, some: list[str], kept: set[str]) -> bool:
        """Takes out of `kept` what is not needed among `some`, in order; False when time ended before all were tried.

        All at once where they can all go, else half by half: the same as one by one, and far quicker where few stay.
        """
        verdict = self.cannot_hold(kept - set(some)) if some else False
        if verdict:
            kept.difference_update(some)
        elif verdict is None:
            return False
        elif len(some) > 1:
            half = (len(some) + 1) // 2
            return self._delete(some[:half], kept) and self._delete(some[half:], kept)
        return True

    def cannot_hold(self, kept: set[str]) -> bool | None:
        """True when no choice keeps these demands; None when that could not be told in time."""
        if self.tick() or time.monotonic() >= self.deadline or not self.engine.alive:
            return None
        for chosen in self._plans:
            if not self._broken(chosen, frozenset(self.savings - kept)) & kept:
                self.chosen = chosen
                return False
        gone = [d for d in self.rows_of if d and d not in kept]
        self.engine.relax_rows(frozenset(r for d in gone for r in self.rows_of[d]))
        high = self.model.variables.point(()) + 1
        for demand in gone:
            high[self.columns_of.get(demand, [])] = 0
        if not len(high):
            self.chosen = ()
            rows = (self.model.rows[r] for d in kept for r in self.rows_of.get(d, []))
            return any(row.low > 0 or row.high < 0 for row in rows)
        outcome = self.engine.run(Task(self.deadline, high=high, low=high * 0), lambda _found: self.tick())
        if outcome.status == "infeasible":
            return True
        if outcome.found.point is None:
            return None
        self.chosen = self.model.variables.chosen(outcome.found.point)
        self._plans.append(self.chosen)
        return False

    def _broken(self, chosen: tuple[Choice, ...], without: frozenset[str]) -> set[str]:
        """What a plan breaks where these coordinations are gone."""
        if (chosen, without) not in self._broken_by:
            rules = tuple(rule for rule in self.model.problem.rules if rule.id not in without)
            breaches = verify(replace(self.model.problem, rules=rules), chosen)
            self._broken_by[chosen, without] = {breach.id for breach in breaches}
        return self._broken_by[chosen, without]
