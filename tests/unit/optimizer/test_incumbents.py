"""What the checker refuses is cut off, and nothing that it would accept."""

from __future__ import annotations

import os
import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.incumbents import excluding_rows
from optimizer.models import build_model
from optimizer.problem import Alternative, Choice, Limit, Problem, Proposal
from optimizer.verifying import verify
from tests.unit.optimizer.random_cases import every_plan, random_problem

CASES = int(os.environ.get("RANDOM_CASES", "2000"))
LIMITS = {"max", "min", "max_total", "min_total", "max_share", "min_share"}


@settings(max_examples=max(80, CASES // 20), derandomize=True, deadline=None, database=None)
@given(st.integers(0, 10**6))
def test_the_rows_cut_the_refused_plan_off_and_no_plan_that_holds(seed: int) -> None:
    problem = random_problem(seed)
    model = build_model(problem)
    judged = [(plan, verify(problem, plan)) for plan in every_plan(problem)]
    holding = [model.variables.point(plan) for plan, breaches in judged if not breaches]
    refused = [pair for pair in judged if pair[1] and {b.kind for b in pair[1]} <= LIMITS]
    for plan, breaches in random.Random(seed).sample(refused, min(12, len(refused))):
        point = model.variables.point(plan)
        rows = excluding_rows(model, point, breaches)
        assert any(not _holds(row, point) for row in rows)
        assert all(_holds(row, other) for row in rows for other in holding)


def _holds(row, point) -> bool:  # type: ignore[no-untyped-def]
    activity = float(row.coefficients @ point[row.columns])
    return row.low - 1e-9 <= activity <= row.high + 1e-9


def test_one_row_is_enough_for_all_sets_that_are_as_dear() -> None:
    """Sixty of a hundred never fit, whichever: not one set after the other, but all of them at once."""
    rng = random.Random(5)
    amounts = [10**12 - rng.randrange(1000) for _ in range(100)]
    proposals = tuple(
        Proposal(f"P{k:03d}", alternatives=(Alternative("x", (2027,), {2027: 1}, {"investment": (amount,)}),))
        for k, amount in enumerate(amounts)
    )
    limit = Limit("ceiling", "investment", max_total=sum(sorted(amounts)[:60]) - 1)
    problem = Problem("", (2027,), proposals, (limit,))
    model = build_model(problem)
    chosen = tuple(Choice(p.id, "x", 2027) for p in proposals[:60])
    (row,) = excluding_rows(model, model.variables.point(chosen), verify(problem, chosen))
    assert len(row.columns) == 100
    assert (row.low, set(row.coefficients.tolist())) == (-59.0, {-1.0})
    assert not np.isfinite(row.high)
