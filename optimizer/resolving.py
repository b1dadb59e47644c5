"""One problem solved again and again with something changed: other limits, locks, values or amounts."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.answers import Answer, ShouldStop
from optimizer.problem import Choice, Problem
from optimizer.solving import solve


class Resolver:
    """Solves changed versions of a problem; they have the same proposals, alternatives and starts."""

    def __init__(self, problem: Problem, *, threads: int = 1, seed: int = 0) -> None:
        self.problem, self.threads, self.seed = problem, threads, seed

    def solve(
        self,
        changed: Problem,
        *,
        gap: float,
        max_seconds: float,
        start: Sequence[Choice] = (),
        should_stop: ShouldStop | None = None,
    ) -> Answer:
        """The changed problem solved to `gap`, from `start` where that helps; ties are not broken."""
        return solve(
            changed,
            max_seconds=max_seconds,
            gap=gap,
            threads=self.threads,
            seed=self.seed,
            should_stop=should_stop,
            start=start,
            break_ties=False,
        )
