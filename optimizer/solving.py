"""The best plan of a problem, with a bound on how much better any plan could be.

`solve` reads the problem into a model, ranks for a start, searches, breaks ties, and lets the exact checker decide
what may be returned.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from optimizer.answers import Answer, OnProgress, Progress, ShouldStop, SolverFacts, SolveStatus, relative_gap
from optimizer.cbc import CbcEngine
from optimizer.conflicts import find_conflict
from optimizer.engines import Engine, HighsEngine
from optimizer.incumbents import Incumbent
from optimizer.models import Model, build_model
from optimizer.pacing import Pace
from optimizer.problem import Choice, OptimizerError, Problem
from optimizer.ranking import rank
from optimizer.searching import LARGE, Search
from optimizer.settling import Settled, all_settled, settle
from optimizer.tie_breaking import TieBreaker
from optimizer.verifying import use_of, verify

__all__ = ["Answer", "Progress", "SolveStatus", "SolverFacts", "solve"]

ENGINES: dict[str, type[HighsEngine] | type[CbcEngine]] = {"highs": HighsEngine, "cbc": CbcEngine}
TIE_SHARE = 0.2  # of the time allowed, at most
NO_MEMORY = "there is not enough memory for this case"
LEAST_LEFT = 0.5  # seconds that must be left for the other solver to have a try
SLACK = 1e-6  # how far, relatively, a bound may be below a plan for the solver's rounding


def solve(
    problem: Problem,
    *,
    max_seconds: float = 60,
    gap: float = 1e-4,
    solver: str = "highs",
    seed: int = 0,
    threads: int = 1,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
    start: Sequence[Choice] = (),
    break_ties: bool = True,
) -> Answer:
    """The plan of largest value that keeps every limit and rule, as far as the time allows.

    `gap` is the relative gap within which a plan counts as optimal; `max_seconds` bounds the whole solve, tie-breaks
    and the search for a conflict included. `on_progress` is called at least every half second and `should_stop` is
    asked at least every 0.2 s, both in the caller's thread. `start` is a plan to begin with, used if it holds; without
    `break_ties` any plan of the best value will do. A solver that fails is told of in `message`, and the other one is
    asked. Raises `OptimizerError` for an unknown solver, and where amounts or memory do not suffice to begin.
    """
    if solver not in ENGINES:
        raise OptimizerError(f"unknown solver {solver!r}; known are {', '.join(ENGINES)}")
    if not (math.isfinite(max_seconds) and max_seconds > 0 and gap >= 0 and threads >= 1):
        raise OptimizerError("max_seconds and threads must be above 0, gap not below 0")
    pace = Pace(max_seconds, on_progress, should_stop)
    try:
        search = _Solve(problem, pace, gap, solver, seed, threads)
        return search.run(tuple(start), break_ties=break_ties)
    except MemoryError:
        raise OptimizerError(NO_MEMORY) from None


class _Solve:
    def __init__(
        self, problem: Problem, pace: Pace, gap: float, solver: str, seed: int, threads: int
    ) -> None:
        self.problem, self.pace, self.gap, self.seed, self.threads = problem, pace, gap, seed, threads
        pace.enter("reading")
        try:
            self.model: Model = build_model(problem)
        except OverflowError:
            raise OptimizerError("an amount is too large to be counted in whole öre (2^63 and on)") from None
        self.incumbent = Incumbent(problem, self.model)
        self.ties_exact = False
        self._failed = ""
        self._take_solver(solver)

    def _take_solver(self, solver: str) -> None:
        """A search from the beginning with this solver, around the best plan so far."""
        self.solver = solver
        # HiGHS gains little from a second thread; ours solves parts of the model beside it.
        own = 1 if solver == "highs" else self.threads
        self.engine: Engine = ENGINES[solver](self.model, threads=own, seed=self.seed)
        self.search = Search(
            self.model,
            self.engine,
            self.incumbent,
            self.pace,
            gap=self.gap,
            threads=self.threads,
            seed=self.seed,
        )

    def run(self, start: tuple[Choice, ...], *, break_ties: bool) -> Answer:
        if start:
            self.incumbent.offer(start)
        self.incumbent.offer(rank(self.problem, self.model).chosen)
        self.pace.know(value=self.incumbent.value)
        self.pace.enter("searching")
        status = self._search() if len(self.model.variables) else self._judge_nothing()
        if status == "infeasible" and self.incumbent.chosen is None:
            return self._infeasible()
        if (
            self.incumbent.chosen is not None
            and break_ties
            and not self.pace.stopped
            and not self.search.failure
        ):
            self._break_ties()
        return self._answer()

    def _search(self) -> str:
        try:
            return self._search_with_both()
        except (MemoryError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and "new thread" not in str(error):
                raise
            self.search.failure = NO_MEMORY
            return "done"

    def _search_with_both(self) -> str:
        """Searches; where the solver fails, or says what a plan that holds refutes, the other one has a try."""
        for other in (next(name for name in ENGINES if name != self.solver), None):
            status = self.search.run()
            self._doubt(status)
            if not self.search.failure or other is None or self.pace.stopped or self.pace.left < LEAST_LEFT:
                break
            self._failed = self.search.failure
            self._take_solver(other)
        return status

    def _doubt(self, status: str) -> None:
        """A plan that holds is a proof: a solver that finds none, or a lower bound, is not believed."""
        value, bound, name = self.incumbent.value, self.search.bound, self.engine.name
        if value is None:
            return
        if status == "infeasible":
            self.search.failure = f"{name} says that no plan holds, but one does"
        elif bound is not None and bound < value - Fraction(SLACK) * max(Fraction(1), abs(value)):
            self.search.failure = f"{name} says that no plan is worth more than {float(bound):g}, but one is"
        else:
            return
        self.search.bound, self.search.exact = None, False

    def _judge_nothing(self) -> str:
        """There is nothing to choose: the empty plan holds or nothing does."""
        self.search.exact = self.incumbent.chosen is not None
        return "done" if self.search.exact else "infeasible"

    def _break_ties(self) -> None:
        seconds = min(self.pace.left, max(1.0, TIE_SHARE * self.pace.max_seconds))
        if seconds <= 0.05 or not self.engine.alive or not len(self.model.variables):
            self.ties_exact = not len(self.model.variables)
            return
        self.pace.enter("tie-breaks")
        breaker = TieBreaker(self.model, self.engine, self.incumbent, self.pace, seconds)
        self.ties_exact = breaker.run() and self.search.exact

    def _infeasible(self) -> Answer:
        self.pace.enter("conflict")
        conflict = find_conflict(self.model, self.pace, seed=self.seed)
        message = "no plan keeps every limit and rule; these cannot hold together"
        if not conflict.minimal:
            message += " (time ended before the list was proven minimal)"
        return self._finish(SolveStatus.INFEASIBLE, conflict=conflict.ids, message=message)

    def _answer(self) -> Answer:
        self.pace.enter("checking")
        if self.incumbent.chosen is None or verify(self.problem, self.incumbent.chosen):
            message = self.search.failure or "no plan that the checker accepts was found in time"
            return self._finish(SolveStatus.STOPPED, message=message)
        if self.search.exact:
            self.search.bound = self.incumbent.value
        gap = relative_gap(self.incumbent.value, self._final_bound())
        if gap is not None and gap <= self.gap:
            return self._finish(SolveStatus.OPTIMAL, message=self._tie_words())
        words = self.search.failure or "the gap was not closed in time"
        return self._finish(SolveStatus.FEASIBLE, message=words)

    def _tie_words(self) -> str:
        return (
            "" if self.ties_exact else "plans within the gap were not compared to the end; ties are not exact"
        )

    def _words(self, message: str) -> str:
        """The message, with what became of the solver that was asked first."""
        told = f"{self._failed}; {self.engine.name} was asked instead" if self._failed else ""
        return "; ".join(words for words in (told, message) if words)

    def _final_bound(self) -> Fraction | None:
        """Never below the value: an accepted plan is itself a proof."""
        if self.search.bound is None or self.incumbent.value is None:
            return self.search.bound
        return max(self.search.bound, self.incumbent.value)

    def _settled(self) -> Settled | None:
        """Told where the relaxation gave the bound. In a small case the solver's own bound is far better than the
        relaxation's, which would call nearly everything open.
        """
        chosen, value, relaxation = self.incumbent.chosen, self.incumbent.value, self.search.relaxation
        if chosen is None or value is None:
            return None
        if self._final_bound() == value:
            return all_settled(self.model, chosen)
        if relaxation is None or len(self.model.variables) < LARGE:
            return None
        return settle(self.model, relaxation, chosen, value)

    def _finish(self, status: SolveStatus, *, conflict: tuple[str, ...] = (), message: str = "") -> Answer:
        found = status in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE)
        chosen = self.incumbent.chosen if found and self.incumbent.chosen is not None else ()
        value, bound = self.incumbent.value if found else None, self._final_bound()
        done = status in (SolveStatus.OPTIMAL, SolveStatus.INFEASIBLE)
        facts = SolverFacts(self.engine.name, self.engine.version, self.pace.seconds, self.threads, self.seed)
        return Answer(
            status=status,
            value=value,
            bound=None if bound is None or status is SolveStatus.INFEASIBLE else float(bound),
            gap=relative_gap(value, bound),
            chosen=chosen,
            use=use_of(self.problem, chosen) if found else (),
            conflict=conflict,
            solver=facts,
            checked=found,
            stopped_by=None
            if done
            else "user"
            if self.pace.stopped
            else "failure"
            if self.search.failure
            else "time",
            message=self._words(message),
            ties_exact=self.ties_exact,
            settled=self._settled() if found else None,
        )
