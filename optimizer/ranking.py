"""The ranking that people make by hand, fair to them: best value per krona first, whatever still fits every limit.

It is the starting point of the search and the yardstick for what the search is worth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from optimizer.models import Matrix, Model, build_model
from optimizer.problem import AllOrNone, Breach, Choice, Fix, Problem, Requires
from optimizer.verifying import value_of, verify

ONE_KRONA_ORE = 100


@dataclass(frozen=True)
class Ranking:
    """A plan made by ranking. `breaches` names what it could not respect (a minimum, say); empty when it holds."""

    chosen: tuple[Choice, ...]
    value: Fraction
    breaches: tuple[Breach, ...]


def rank(problem: Problem, model: Model | None = None) -> Ranking:
    """A plan by value per krona of investment within the years.

    Required and fixed proposals first; then from the top, each with the alternative and start of best value per krona
    that still fits every limit and rule, again and again until nothing more fits.
    """
    model = build_model(problem) if model is None else model
    picked = _Picker(model).pick()
    chosen = _without_broken_groups(problem, picked)
    return Ranking(chosen, value_of(problem, chosen), verify(problem, chosen))


class _Picker:
    def __init__(self, model: Model) -> None:
        self.variables = model.variables
        self.candidates = len(model.variables.candidates)
        self.by_column = _columns_of(model.matrix(), self.candidates)
        matrix = model.matrix()
        self.room = matrix.high.copy() + 1e-9
        self.worth = self._worth()
        self.fixed = {r.proposal: r for r in model.problem.rules if isinstance(r, Fix)}

    def _worth(self) -> npt.NDArray[np.float64]:
        """Value per krona by candidate."""
        outlay = self.variables.amounts("investment")[: self.candidates].sum(axis=1).astype(np.float64)
        values = np.array([float(v) for v in self.variables.values[: self.candidates]])
        worth: npt.NDArray[np.float64] = values / np.maximum(outlay, ONE_KRONA_ORE)
        return worth

    def pick(self) -> tuple[Choice, ...]:
        order = sorted(self.variables.of_proposal, key=self._place)
        picked: dict[str, int] = {}
        more = True
        while more:
            more = False
            for proposal in order:
                if proposal not in picked and (j := self._fitting(proposal)) is not None:
                    rows, coefficients = self.by_column[j]
                    self.room[rows] -= coefficients
                    picked[proposal], more = j, True
        return tuple(self.variables.candidates[j].choice for _, j in sorted(picked.items()))

    def _place(self, proposal: str) -> tuple[bool, float, str]:
        problem = self.variables.problem
        must = {p.id for p in problem.proposals if p.required}
        must |= {r.proposal for r in problem.rules if isinstance(r, Fix)}
        best = max((self.worth[j] for j in self.variables.of_proposal[proposal]), default=0.0)
        return proposal not in must, -float(best), proposal

    def _fitting(self, proposal: str) -> int | None:
        columns = self.variables.of_proposal[proposal]
        for j in sorted(columns, key=lambda j: (-self.worth[j], j)):
            if not self._as_fixed(j):
                continue
            rows, coefficients = self.by_column[j]
            if self.variables.values[j] >= 0 and np.all(coefficients <= np.maximum(self.room[rows], 0)):
                return j
        return None

    def _as_fixed(self, j: int) -> bool:
        """Is the candidate the one that its proposal is fixed to, when it is?"""
        candidate = self.variables.candidates[j]
        rule = self.fixed.get(candidate.proposal.id)
        return rule is None or (
            rule.alternative in (None, candidate.alternative.id) and rule.start in (None, candidate.start)
        )


def _columns_of(rows: Matrix, width: int) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]]:
    """Row numbers and coefficients by column."""
    row_of_entry = np.repeat(np.arange(len(rows.low)), np.diff(rows.starts))
    order = np.argsort(rows.columns, kind="stable")
    ends = np.searchsorted(rows.columns[order], np.arange(width + 1))
    return [
        (row_of_entry[order[ends[j] : ends[j + 1]]], rows.coefficients[order[ends[j] : ends[j + 1]]])
        for j in range(width)
    ]


def _without_broken_groups(problem: Problem, chosen: Iterable[Choice]) -> tuple[Choice, ...]:
    """Takes out what stands half inside an all-or-none group, and what required it."""
    kept = {c.proposal: c for c in chosen}
    while True:
        out: set[str] = set()
        for rule in problem.rules:
            if isinstance(rule, AllOrNone) and 0 < sum(p in kept for p in rule.proposals) < len(
                rule.proposals
            ):
                out |= kept.keys() & set(rule.proposals)
            if isinstance(rule, Requires) and rule.proposal in kept and rule.needs not in kept:
                out.add(rule.proposal)
        if not out:
            return tuple(kept.values())
        kept = {p: c for p, c in kept.items() if p not in out}
