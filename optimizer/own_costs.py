"""The largest share of its own costs at which a proposal is in a plan as good as a given one, found in one solve.

The share is a variable: candidate j of the proposal adds r_j x_j + c_j λ_j to a row, c_j what its costs add (amounts
above nothing in every row but capacity), r_j the rest, 0 ≤ λ_j ≤ x_j. The proposal is held in, the value is held at the
given plan's, and Σ λ_j is maximised. What is found is checked in whole öre at a thousandth below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np

from optimizer.constraints import Row, counting_row, limit_rows
from optimizer.models import Floats, Matrix, Model
from optimizer.neighbourhoods import Neighbourhoods
from optimizer.parts import Integers, Restrictor
from optimizer.problem import Alternative, Amounts, Choice, Problem, Profile, Proposal
from optimizer.relaxing import Programme, Wait
from optimizer.variables import Variables
from optimizer.verifying import value_of, verify

STEPS = 1000  # shares are told in thousandths
MOST_TRIES = 4
NEARBY = 40  # proposals let free
NEAR_ENOUGH = 0.005  # of the share: what is found is not called the largest
MOST_SECONDS = 2.0


def with_costs(problem: Problem, proposal: str, share: Fraction) -> Problem:
    """The problem with a share of one proposal's own costs: what it adds to every row but capacity, rounded down."""
    changed = (
        replace(p, alternatives=tuple(_cheaper(a, share) for a in p.alternatives)) if p.id == proposal else p
        for p in problem.proposals
    )
    return replace(problem, proposals=tuple(changed))


def _cheaper(alternative: Alternative, share: Fraction) -> Alternative:
    def amounts(old: Amounts) -> Amounts:
        return tuple(int(a * share) if a > 0 else a for a in old)

    def profile(row: str, old: Profile) -> Profile:
        if row.startswith("capacity:"):
            return old
        return {s: amounts(a) for s, a in old.items()} if isinstance(old, Mapping) else amounts(old)

    return replace(alternative, rows={row: profile(row, old) for row, old in alternative.rows.items()})


class OwnCost:
    """The question for one proposal beside one plan of an unchanged problem's model."""

    def __init__(self, model: Model, proposal: Proposal, plan: tuple[Choice, ...], seed: int) -> None:
        self.model, self.proposal, self.plan, self.seed = model, proposal, plan, seed
        self.problem = model.problem
        self.target = value_of(self.problem, plan)
        self.own = model.variables.of_proposal[proposal.id]
        self.width = len(model.variables)

    def find(self, parts: Neighbourhoods, wait: Wait) -> tuple[Fraction, tuple[Choice, ...]] | None:
        """A share and a plan at it with the proposal in, no worse than the given plan; None when none was found."""
        point = self._solve(self._near(parts), wait)
        if point is None:
            return None
        chosen = self.model.variables.chosen(point[: self.width])
        # Costs are rounded down to whole öre, so a little more than the solver found may do.
        top = min(STEPS, int(STEPS * float(point[self.width :].sum()) + 1e-6) + 1)
        for thousandths in range(top, max(-1, top - MOST_TRIES), -1):
            share = Fraction(thousandths, STEPS)
            cheaper = with_costs(self.problem, self.proposal.id, share)
            if not verify(cheaper, chosen) and value_of(cheaper, chosen) >= self.target:
                return share, chosen
        return None

    def _near(self, parts: Neighbourhoods) -> Integers:
        """The proposal's columns, those of the proposals most in doubt, and every coordination."""
        free = np.zeros(len(parts.firsts), dtype=bool)
        free[np.argsort(parts.doubt, kind="stable")[:NEARBY]] = True
        mine = np.flatnonzero(free[parts.proposal_of])
        rest = [np.arange(self.own.start, self.own.stop), np.arange(parts.candidates, self.width)]
        return np.unique(np.concatenate([mine, *rest]))

    def _solve(self, columns: Integers, wait: Wait) -> Floats | None:
        """Values of the model's columns and of the shares in the best part plan."""
        base = self.model.variables.point(tuple(c for c in self.plan if c.proposal != self.proposal.id))
        shares = np.arange(self.width, self.width + len(self.own))
        weights = np.zeros(self.width + len(self.own))
        weights[shares] = 1.0
        matrix = Matrix.of_rows(self._rows(), len(weights))
        whole = np.concatenate([base, np.zeros(len(shares))])
        part = Restrictor(matrix, weights).part(np.concatenate([columns, shares]), whole)
        programme = Programme(part.matrix, part.weights, wait.deadline, self.seed)
        programme.make_whole(len(columns))
        programme.highs.setOptionValue("mip_abs_gap", NEAR_ENOUGH)
        programme.highs.setOptionValue("time_limit", MOST_SECONDS)
        programme.solve(wait)
        if not programme.has_point:
            return None
        whole[part.columns] = programme.point
        whole[: self.width] = np.round(whole[: self.width])
        return whole

    def _rows(self) -> list[Row]:
        """The model's rows with the proposal's costs by share, and what is asked of value and proposal."""
        rows = list(self.model.rows)
        alone = [
            _rows_alone(with_costs(self.problem, self.proposal.id, Fraction(share)), self.proposal.id)
            for share in (0, 1)
        ]
        for r, row in enumerate(rows):
            if row.name in alone[0]:
                rows[r] = self._with_share(row, alone[0][row.name], alone[1][row.name])
        own = list(self.own)
        for k, j in enumerate(own):
            rows.append(counting_row(f"share_{j}", "", [self.width + k], [j], None, 0))
        rows.append(counting_row("in", "", own, (), 1, None))
        aim = self.model.aim
        valued = np.flatnonzero(aim.weights).astype(np.int32)
        size = max(1.0, float(np.abs(aim.weights).max(initial=0.0)) / 1000)
        least = float(self.target / aim.unit) / size - 1e-7
        rows.append(Row("as_good", "", valued, aim.weights[valued] / size, least, np.inf))
        return rows

    def _with_share(self, row: Row, rest: Row, full: Row) -> Row:
        first = self.own.start
        count = len(self.own)
        without = _spread(rest, count) * (rest.unit / row.unit)
        costs = _spread(full, count) * (full.unit / row.unit) - without
        outside = (row.columns < first) | (row.columns >= first + count)
        places = np.arange(count)
        columns = [row.columns[outside], first + places[without != 0], self.width + places[costs != 0]]
        amounts = [row.coefficients[outside], without[without != 0], costs[costs != 0]]
        return row._replace(
            columns=np.concatenate(columns).astype(np.int32),
            coefficients=np.concatenate(amounts),
        )


def _rows_alone(problem: Problem, proposal: str) -> dict[str, Row]:
    """The rows of the limits as if the proposal were the only one, by name."""
    alone = replace(problem, proposals=tuple(p for p in problem.proposals if p.id == proposal), rules=())
    variables = Variables(alone)
    return {row.name: row for limit in problem.limits for row in limit_rows(variables, limit)}


def _spread(row: Row, count: int) -> Floats:
    amounts = np.zeros(count)
    amounts[row.columns] = row.coefficients
    return amounts
