"""Columns that no plan has and rows that every plan keeps, against every plan of small problems."""

from __future__ import annotations

import os

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.instances import municipality
from optimizer.cutting import Cutter, column_groups, impossible_columns
from optimizer.models import Model, build_model
from optimizer.relaxing import relax
from optimizer.verifying import verify
from tests.unit.optimizer.random_cases import every_plan, random_problem

EXAMPLES = int(os.environ.get("RANDOM_CASES", "2000"))
some = settings(max_examples=max(100, EXAMPLES // 10), derandomize=True, deadline=None, database=None)
seeds = st.integers(0, 10**6)


def holding_points(model: Model) -> list[np.ndarray]:  # type: ignore[type-arg]
    plans = (plan for plan in every_plan(model.problem) if not verify(model.problem, plan))
    return [model.variables.point(plan) for plan in plans]


@some
@given(seeds)
def test_no_plan_has_a_column_that_is_called_impossible(seed: int) -> None:
    model = build_model(random_problem(seed))
    gone = impossible_columns(model.matrix(), column_groups(model))
    for point in holding_points(model):
        assert not point[gone].any()


@some
@given(seeds, st.integers(0, 2**32 - 1))
def test_every_plan_keeps_every_cut_wherever_it_is_found(seed: int, draw: int) -> None:
    model, random = build_model(random_problem(seed)), np.random.default_rng(draw)
    cutter, points = Cutter(model, column_groups(model)), holding_points(model)
    for _ in range(4):
        relaxed = random.random(len(model.variables)) * (random.random(len(model.variables)) < 0.7)
        for cut in cutter.cuts(relaxed):
            activity = float(cut.row.coefficients @ relaxed[cut.row.columns])
            assert activity > cut.row.high
            for point in points:
                size = 1e-6 * (1 + float(np.abs(cut.row.coefficients).sum()))
                assert float(cut.row.coefficients @ point[cut.row.columns]) <= cut.row.high + size


def test_cuts_are_found_often_enough_to_be_tested() -> None:
    found = 0
    for seed in range(200):
        model, random = build_model(random_problem(seed)), np.random.default_rng(seed)
        found += len(Cutter(model, column_groups(model)).cuts(random.random(len(model.variables))))
    assert found > 100


def test_cuts_bring_the_bound_of_a_municipality_down() -> None:
    model = build_model(municipality(160, seed=1))
    plain = relax(model, float("inf"), rounds=0)
    cut = relax(model, float("inf"))
    assert plain is not None
    assert cut is not None
    assert len(cut.cuts) > 20
    assert cut.bound < 0.998 * plain.bound
