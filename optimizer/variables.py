"""What is decided: one yes-or-no variable per candidate, and one per coordination and start year.

A candidate is (proposal, alternative, start); everything it does is known beforehand, so every limit becomes one
sparse sum. Candidates stand in the order of ids, never of the file, so that the order of a file changes nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.problem import (
    Alternative,
    Amounts,
    Choice,
    Coordinate,
    Limit,
    Problem,
    Proposal,
    limit_weights,
)

Integers = npt.NDArray[Any]  # int64, or Python ints where sums could pass 2^62
SAFE = 2**62


class Candidate(NamedTuple):
    """x: this proposal with this alternative from this start."""

    proposal: Proposal
    alternative: Alternative
    start: int

    @property
    def choice(self) -> Choice:
        return Choice(self.proposal.id, self.alternative.id, self.start)


@dataclass(frozen=True)
class Coordination:
    """y: every member of the rule starts in this year."""

    rule: Coordinate
    start: int


class Entries(NamedTuple):
    """Some columns, in order, and their amounts by [column, year]; every other column has none."""

    columns: Integers
    amounts: Integers

    def over(self, columns: Integers) -> Integers:
        """Amounts by [column, year] for these columns, which all of its own are among, in order."""
        if len(columns) == len(self.columns):
            return self.amounts
        spread = np.zeros((len(columns), self.amounts.shape[1]), dtype=np.int64)
        spread[np.searchsorted(columns, self.columns)] = self.amounts
        return spread


class Variables:
    """The columns of the model: `candidates` first, then `coordinations`.

    The candidates of one proposal stand together, and in it those of one alternative, by start.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.candidates: list[Candidate] = []
        self.of_proposal: dict[str, range] = {}
        self._of_alternative: list[tuple[Proposal, Alternative, range]] = []
        for proposal in sorted(problem.proposals, key=lambda p: p.id):
            first = len(self.candidates)
            for alternative in sorted(proposal.alternatives, key=lambda a: a.id):
                own = len(self.candidates)
                self.candidates += [Candidate(proposal, alternative, s) for s in sorted(alternative.starts)]
                self._of_alternative.append((proposal, alternative, range(own, len(self.candidates))))
            self.of_proposal[proposal.id] = range(first, len(self.candidates))
        self.coordinations = list(self._coordinations())
        self._entries: dict[str, Entries] = {}

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

    def coordinations_of(self, rule: Coordinate) -> list[tuple[int, int]]:
        """Column and start year of each of the rule's coordinations."""
        return self._coordinations_of.get(rule.id, [])

    @cached_property
    def _coordinations_of(self) -> dict[str, list[tuple[int, int]]]:
        found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for column, pair in enumerate(self.coordinations, len(self.candidates)):
            found[pair.rule.id].append((column, pair.start))
        return found

    @cached_property
    def index_of_choice(self) -> dict[Choice, int]:
        """Column by choice."""
        return {c.choice: j for j, c in enumerate(self.candidates)}

    @cached_property
    def starts(self) -> Integers:
        """Start year by candidate."""
        return np.array([c.start for c in self.candidates], dtype=np.int64)

    @cached_property
    def values(self) -> list[Fraction]:
        """Exact value by column."""
        own = [c.alternative.value_by_start[c.start] for c in self.candidates]
        numbers = own + [y.rule.value for y in self.coordinations]
        return [n if isinstance(n, Fraction) else Fraction(n) for n in numbers]

    def amounts(self, row: str) -> Integers:
        """Öre by [column, year]; what coordination saves stands negative in its own columns. Not to be written to."""
        return self.entries(row).over(np.arange(len(self)))

    def entries(self, row: str) -> Entries:
        """The same for the columns that have the row at all."""
        if row not in self._entries:
            self._entries[row] = self._fill(row)
        return self._entries[row]

    @cached_property
    def _profiles(self) -> dict[str, list[tuple[range, Amounts]]]:
        """By row name: the candidates that have the same amounts by year of the project, and those amounts."""
        found: dict[str, list[tuple[range, Amounts]]] = defaultdict(list)
        for _, alternative, columns in self._of_alternative:
            for row, profile in alternative.rows.items():
                if isinstance(profile, tuple):
                    found[row].append((columns, profile))
                else:
                    found[row] += [(range(j, j + 1), profile[self.candidates[j].start]) for j in columns]
        return found

    def _fill(self, row: str) -> Entries:
        years, profiles = self.problem.years, self._profiles.get(row, [])
        columns = np.fromiter(chain.from_iterable(own for own, _ in profiles), dtype=np.int64)
        profile_of = np.repeat(np.arange(len(profiles)), [len(own) for own, _ in profiles])
        goes_on = row != "investment" and not row.startswith("capacity:")
        levels = _levels([amounts for _, amounts in profiles], len(years), goes_on)
        # Where in the levels, read as one long line, each candidate stands in the first year.
        place = profile_of * levels.shape[1] + len(years) + years[0] - self.starts[columns]
        saving = [
            (k, y) for k, y in enumerate(self.coordinations, len(self.candidates)) if row in y.rule.saving
        ]
        # Kept by year, since most readers take one year after another.
        filled = np.zeros((len(years), len(columns) + len(saving)), dtype=np.int64)
        for t in range(len(years)):
            filled[t, : len(columns)] = levels.take(place + t)
        for k, (_, pair) in enumerate(saving, len(columns)):
            first = pair.start - years[0]
            filled[first : None if row == "operating" else first + 1, k] = -pair.rule.saving[row]
        filled.flags.writeable = False
        return Entries(np.append(columns, [k for k, _ in saving]).astype(np.int64), filled.T)

    def weighted(self, limit: Limit, *, saved: bool = True) -> tuple[Entries, int]:
        """The limit's row as whole numbers, and what they must be divided by to be öre; `where` is not looked at.

        `saved` lets coordination be seen.
        """
        weights = limit_weights(limit)
        scale = math.lcm(*(w.denominator for w in weights.values()))
        parts = [(self.entries(row), int(weight * scale)) for row, weight in weights.items()]
        columns = parts[0][0].columns
        if len(parts) > 1:
            columns = np.unique(np.concatenate([entries.columns for entries, _ in parts]))
        weighed: list[Integers] = []
        largest = 0
        for entries, factor in parts:
            amounts = entries.over(columns)
            largest += int(np.abs(amounts).max(initial=0)) * abs(factor) * len(self.problem.years)
            if largest >= SAFE:
                amounts = amounts.astype(object)
            weighed.append(amounts if factor == 1 else amounts * factor)
        total = sum(weighed[1:], start=weighed[0])
        inside = slice(None) if saved else columns < len(self.candidates)
        return Entries(columns[inside], total[inside]), scale

    def matching(self, limit: Limit) -> npt.NDArray[np.bool_]:
        """Which columns `where` picks out; never a coordination."""
        wanted = limit.where.items()
        picked = np.zeros(len(self), dtype=bool)
        for proposal, alternative, columns in self._of_alternative:
            if all(_field(proposal, alternative, k) == v for k, v in wanted):
                picked[columns.start : columns.stop] = True
        return picked

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


def _levels(profiles: list[Amounts], year_count: int, goes_on: bool) -> Integers:
    """Amounts by [profile, year of the project + year_count]: nothing before the start, and after the end of the
    profile its last amount or nothing.
    """
    levels = np.zeros((len(profiles), 2 * year_count), dtype=np.int64)
    told = [amounts[:year_count] for amounts in profiles]
    lengths = np.array([len(amounts) for amounts in told], dtype=np.int64)
    inside = np.arange(year_count) < lengths[:, np.newaxis]
    levels[:, year_count:][inside] = np.fromiter(chain.from_iterable(told), dtype=np.int64)
    if goes_on:
        last = np.array([amounts[-1] if amounts else 0 for amounts in told], dtype=np.int64)
        levels[:, year_count:] += np.where(inside, 0, last[:, np.newaxis])
    return levels


def _field(proposal: Proposal, alternative: Alternative, name: str) -> str | None:
    """The text field that counts: the alternative's own before the proposal's."""
    if name in alternative.fields:
        return alternative.fields[name]
    if name in ("committee", "category", "district") and name not in proposal.fields:
        return str(getattr(proposal, name))
    return proposal.fields.get(name)
