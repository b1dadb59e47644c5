"""What is decided: one yes-or-no variable per candidate, and one per coordination and start year.

A candidate is (proposal, alternative, start); everything it does is known beforehand, so every limit becomes one
sparse sum. Candidates stand in the order of ids, never of the file, so that the order of a file changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.problem import Alternative, Choice, Coordinate, Limit, Problem, Proposal, limit_weights

Integers = npt.NDArray[Any]  # int64, or Python ints where sums could pass 2^62
SAFE = 2**62


@dataclass(frozen=True)
class Candidate:
    """x: this proposal with this alternative from this start."""

    proposal: Proposal
    alternative: Alternative
    start: int

    @property
    def choice(self) -> Choice:
        return Choice(self.proposal.id, self.alternative.id, self.start)

    def field(self, name: str) -> str | None:
        """The text field that counts: the alternative's own before the proposal's."""
        if name in self.alternative.fields:
            return self.alternative.fields[name]
        if name in ("committee", "category", "district") and name not in self.proposal.fields:
            return str(getattr(self.proposal, name))
        return self.proposal.fields.get(name)


@dataclass(frozen=True)
class Coordination:
    """y: every member of the rule starts in this year."""

    rule: Coordinate
    start: int


class Variables:
    """The columns of the model: `candidates` first, then `coordinations`."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.candidates: list[Candidate] = []
        self.of_proposal: dict[str, list[int]] = {}
        for proposal in sorted(problem.proposals, key=lambda p: p.id):
            first = len(self.candidates)
            for alternative in sorted(proposal.alternatives, key=lambda a: a.id):
                for start in sorted(alternative.starts):
                    self.candidates.append(Candidate(proposal, alternative, start))
            self.of_proposal[proposal.id] = list(range(first, len(self.candidates)))
        self.coordinations = list(self._coordinations())
        self.index_of_choice = {c.choice: j for j, c in enumerate(self.candidates)}
        self._amounts: dict[str, Integers] = {}

    def __len__(self) -> int:
        return len(self.candidates) + len(self.coordinations)

    def _coordinations(self) -> Iterator[Coordination]:
        rules = [r for r in self.problem.rules if isinstance(r, Coordinate)]
        for rule in sorted(rules, key=lambda r: r.id):
            common = set(self.problem.years)
            for member in rule.proposals:
                common &= {self.candidates[j].start for j in self.of_proposal[member]}
            for start in sorted(common):
                yield Coordination(rule, start)

    @cached_property
    def starts(self) -> Integers:
        """Start year by candidate."""
        return np.array([c.start for c in self.candidates], dtype=np.int64)

    @cached_property
    def values(self) -> list[Fraction]:
        """Exact value by column."""
        own = [Fraction(c.alternative.value_by_start[c.start]) for c in self.candidates]
        return own + [Fraction(y.rule.value) for y in self.coordinations]

    def amounts(self, row: str) -> Integers:
        """Öre by [column, year]; what coordination saves stands negative in its own columns."""
        if row not in self._amounts:
            self._amounts[row] = self._fill(row)
        return self._amounts[row]

    def _fill(self, row: str) -> Integers:
        years = self.problem.years
        filled = np.zeros((len(self), len(years)), dtype=np.int64)
        goes_on = row != "investment" and not row.startswith("capacity:")
        for j, candidate in enumerate(self.candidates):
            profile = candidate.alternative.rows.get(row, ())
            amounts = profile[candidate.start] if isinstance(profile, Mapping) else profile
            if amounts:
                first = candidate.start - years[0]
                inside = amounts[: len(years) - first]
                filled[j, first : first + len(inside)] = inside
                if goes_on:
                    filled[j, first + len(inside) :] = amounts[-1]
        for k, pair in enumerate(self.coordinations, len(self.candidates)):
            saved, first = pair.rule.saving.get(row, 0), pair.start - years[0]
            filled[k, first : None if row == "operating" else first + 1] = -saved
        return filled

    def weighted(self, limit: Limit, *, part: bool, saved: bool) -> tuple[Integers, int]:
        """The limit's row as whole numbers by [column, year], and what they must be divided by to be öre.

        `part` counts only what `where` picks out; `saved` lets coordination be seen.
        """
        weights = limit_weights(limit)
        scale = np.lcm.reduce([w.denominator for w in weights.values()], dtype=object)
        total: Integers = np.zeros((len(self), len(self.problem.years)), dtype=np.int64)
        largest = 0
        for row, weight in weights.items():
            amounts, factor = self.amounts(row), int(weight * int(scale))
            largest += int(np.abs(amounts).max(initial=0)) * abs(factor) * len(self.problem.years)
            if largest >= SAFE:
                total, amounts = total.astype(object), amounts.astype(object)
            total = total + amounts * factor
        if part and limit.where:
            total[~self.matching(limit)] = 0
        if not saved:
            total[len(self.candidates) :] = 0
        return total, int(scale)

    def matching(self, limit: Limit) -> npt.NDArray[np.bool_]:
        """Which columns `where` picks out; never a coordination."""
        wanted = limit.where.items()
        inside = [all(c.field(k) == v for k, v in wanted) for c in self.candidates]
        return np.array(inside + [False] * len(self.coordinations), dtype=bool)

    def chosen(self, values: npt.ArrayLike) -> tuple[Choice, ...]:
        """The choices whose variables are on, by proposal id."""
        on = np.asarray(values)[: len(self.candidates)] > 0.5
        return tuple(self.candidates[j].choice for j in np.flatnonzero(on))

    def point(self, chosen: tuple[Choice, ...]) -> npt.NDArray[np.float64]:
        """The variables' values for a plan, coordinations included."""
        values = np.zeros(len(self))
        start_of = {}
        for choice in chosen:
            values[self.index_of_choice[choice]] = 1
            start_of[choice.proposal] = choice.start
        for k, pair in enumerate(self.coordinations, len(self.candidates)):
            values[k] = all(start_of.get(p) == pair.start for p in pair.rule.proposals)
        return values
