"""Which limits and rules cannot hold together: a minimal set, each of its members needed.

Deletion filter: one demand after the other is let go of; if the rest still cannot hold, it stays gone. Limits and
rules are tried first and required proposals after them, so the list is minimal with every requirement kept, too.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from optimizer.constraints import limit_ids
from optimizer.engines import HighsEngine, Task
from optimizer.models import Model
from optimizer.pacing import Pace
from optimizer.problem import Coordinate

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
    return _Filter(model, pace, threads, seed).run()


class _Filter:
    def __init__(self, model: Model, pace: Pace, threads: int, seed: int) -> None:
        self.model, self.pace = model, pace
        self.engine = HighsEngine(model, threads=threads, seed=seed)
        self.engine.set_weights(model.aim.weights * 0)
        self.deadline = max(pace.deadline, time.monotonic() + AT_LEAST_SECONDS)
        self.rows_of: dict[str, list[int]] = {}
        for r, row in enumerate(model.rows):
            self.rows_of.setdefault(row.source, []).append(r)
        self.columns_of: dict[str, list[int]] = {}
        for y, pair in enumerate(model.variables.coordinations, len(model.variables.candidates)):
            self.columns_of.setdefault(pair.rule.id, []).append(y)
        self.minimal = True

    def run(self) -> Conflict:
        present = {source for source in self.rows_of if source}
        savings = {r.id for r in self.model.problem.rules if isinstance(r, Coordinate)}
        order = [d for d in limit_ids(self.model.problem) if d in present and d not in savings]
        demands = [*sorted(present & savings), *order]
        kept = set(demands)
        changed = True
        while changed and self.minimal:
            changed = False
            kept, removed = self._pass(demands, kept)
            # Only a coordination, which can help as well as hurt, makes a second round necessary.
            changed = removed and bool(savings & set(demands))
        return Conflict(tuple(d for d in limit_ids(self.model.problem) if d in kept), self.minimal)

    def _pass(self, demands: list[str], kept: set[str]) -> tuple[set[str], bool]:
        removed = False
        for demand in demands:
            if demand in kept:
                verdict = self._cannot_hold(kept - {demand})
                if verdict is None:
                    self.minimal = False
                elif verdict:
                    kept, removed = kept - {demand}, True
        return kept, removed

    def _cannot_hold(self, kept: set[str]) -> bool | None:
        """True when no choice keeps these demands; None when that could not be told in time."""
        if self.pace.tick() or time.monotonic() >= self.deadline or not self.engine.alive:
            return None
        gone = [d for d in self.rows_of if d and d not in kept]
        self.engine.relax_rows(frozenset(r for d in gone for r in self.rows_of[d]))
        high = self.model.variables.point(()) + 1
        for demand in gone:
            high[self.columns_of.get(demand, [])] = 0
        task = Task(self.deadline, high=high, low=high * 0)
        if not len(high):
            rows = (self.model.rows[r] for d in kept for r in self.rows_of.get(d, []))
            return any(row.low > 0 or row.high < 0 for row in rows)
        outcome = self.engine.run(task, lambda _found: self.pace.tick())
        if outcome.status == "infeasible":
            return True
        return False if outcome.found.point is not None else None
