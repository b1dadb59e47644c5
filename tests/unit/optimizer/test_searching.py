"""The relaxation's bound and losses, parts of a model, and the whole search by way of them."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.full_instances import full_municipality
from optimizer import relaxing, searching, solving
from optimizer.models import Model, build_model
from optimizer.neighbourhoods import Neighbourhoods, Restrictor
from optimizer.problem import Fix
from optimizer.ranking import rank
from optimizer.relaxing import Relaxation, proposal_spans, relax
from optimizer.settling import settle
from optimizer.solving import SolveStatus, solve
from optimizer.verifying import value_of, verify
from tests.unit.optimizer.random_cases import best_by_trying, every_plan, random_problem

EXAMPLES = int(os.environ.get("RANDOM_CASES", "2000"))
some = settings(max_examples=max(60, EXAMPLES // 25), derandomize=True, deadline=None, database=None)
seeds = st.integers(0, 10**6)


@pytest.fixture
def parts_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every problem counts as large, so that parts are solved before and beside the whole."""
    for name in ("LARGE", "MEDIUM"):
        monkeypatch.setattr(searching, name, 1)


def relaxed(model: Model) -> Relaxation:
    relaxation = relax(model, time.monotonic() + 20)
    assert relaxation is not None
    return relaxation


@some
@given(seeds)
def test_no_plan_is_better_than_the_bound_less_the_losses_of_its_choices(seed: int) -> None:
    problem = random_problem(seed)
    model = build_model(problem)
    relaxation = relax(model, time.monotonic() + 20)
    if relaxation is None:
        assert best_by_trying(problem) is None
        return
    firsts, ends = proposal_spans(model)
    for plan in every_plan(problem):
        if verify(problem, plan):
            continue
        point = model.variables.point(plan)
        lost = float(relaxation.losses[point > 0.5].sum())
        lost += sum(
            loss
            for loss, a, b in zip(relaxation.losses_out, firsts, ends, strict=True)
            if not point[a:b].any()
        )
        worth = float(model.aim.weights @ point)
        assert worth <= relaxation.bound - lost + 1e-6 * max(1.0, abs(relaxation.bound))


@some
@given(seeds, st.integers(0, 2**32 - 1))
def test_the_bound_and_the_losses_hold_whatever_the_prices_are(seed: int, draw: int) -> None:
    problem = random_problem(seed)
    model = build_model(problem)
    rows, random = model.matrix(), np.random.default_rng(draw)
    holding = [
        (model.variables.point(plan), value_of(problem, plan))
        for plan in every_plan(problem)
        if not verify(problem, plan)
    ]
    firsts, ends = proposal_spans(model)
    for size in (0.0, 0.01, 1.0, 100.0):
        prices = size * random.standard_normal(len(rows.low)) * (random.random(len(rows.low)) < 0.7)
        told = relaxing.read_prices(model, rows, np.zeros(rows.width), prices)
        for point, value in holding:
            lost = float(told.losses[point > 0.5].sum())
            lost += sum(
                loss for loss, a, b in zip(told.losses_out, firsts, ends, strict=True) if not point[a:b].any()
            )
            assert float(value / model.aim.unit) <= told.bound - lost + 1e-6 * max(1.0, abs(told.bound))


@some
@given(seeds, st.integers(0, 2**32 - 1))
def test_a_part_holds_exactly_when_the_whole_does(seed: int, draw: int) -> None:
    model = build_model(random_problem(seed))
    rows, random = model.matrix(), np.random.default_rng(draw)
    columns = np.flatnonzero(random.random(rows.width) < 0.5)
    base = (random.random(rows.width) < 0.4).astype(float)
    part = Restrictor(rows, model.aim.weights).part(columns, base)
    for _ in range(5):
        own = (random.random(len(columns)) < 0.5).astype(float)
        whole = base.copy()
        whole[columns] = own
        stands_without = base.copy()
        stands_without[columns] = 0
        # Rows that the part leaves out hold whatever its columns are, or cannot be mended by them.
        outside_broken = _broken(rows, stands_without) & ~_touched(rows, columns)
        assert bool(_broken(part.matrix, own).any() or outside_broken.any()) == bool(
            _broken(rows, whole).any()
        )
    np.testing.assert_array_equal(part.weights, model.aim.weights[columns])


def _broken(rows, point):  # type: ignore[no-untyped-def]
    spread = rows.coefficients * point[rows.columns]
    totals = np.array([spread[a:b].sum() for a, b in zip(rows.starts[:-1], rows.starts[1:], strict=True)])
    return (totals > rows.high + 1e-7) | (totals < rows.low - 1e-7)


def _touched(rows, columns):  # type: ignore[no-untyped-def]
    inside = np.isin(rows.columns, columns)
    return np.array([inside[a:b].any() for a, b in zip(rows.starts[:-1], rows.starts[1:], strict=True)])


def test_parts_only_make_a_plan_better_and_one_seed_always_the_same() -> None:
    problem = full_municipality(60, seed=3)
    model = build_model(problem)
    relaxation = relaxed(model)
    ends = []
    for _ in range(2):
        parts = Neighbourhoods(model, relaxation, seed=7)
        point = parts.first_point(time.monotonic() + 60, lambda: True)
        assert point is not None
        worths = [float(model.aim.weights @ point)]
        for _ in range(6):
            point = parts.improve(point, time.monotonic() + 60, lambda: True)
            worths.append(float(model.aim.weights @ point))
        assert worths == sorted(worths)
        assert worths[-1] <= relaxation.bound
        assert verify(problem, model.variables.chosen(point)) == ()
        ends.append(point)
    np.testing.assert_array_equal(ends[0], ends[1])


@pytest.mark.usefixtures("parts_first")
@pytest.mark.parametrize("threads", [1, 2])
def test_a_municipality_searched_by_parts_beats_its_ranking_and_keeps_its_bound(threads: int) -> None:
    problem = full_municipality(60, seed=3)
    answer = solve(problem, max_seconds=60, gap=0.05, threads=threads, break_ties=False)
    assert answer.status is SolveStatus.OPTIMAL
    assert verify(problem, answer.chosen) == ()
    assert answer.value is not None
    assert answer.bound is not None
    assert rank(problem).value < answer.value <= answer.bound


@pytest.mark.usefixtures("parts_first")
def test_cancel_during_the_parts_keeps_the_best_plan_and_ends_within_a_second() -> None:
    asked: list[float] = []
    started = time.monotonic()

    def should_stop() -> bool:
        if time.monotonic() - started > 3:
            asked.append(time.monotonic())
        return bool(asked)

    answer = solve(full_municipality(200, seed=2), max_seconds=60, gap=0, should_stop=should_stop, threads=2)
    assert time.monotonic() - asked[0] < 1.5
    assert (answer.status, answer.stopped_by) == (SolveStatus.FEASIBLE, "user")


def test_what_the_checker_refused_is_kept_further_away() -> None:
    model = build_model(full_municipality(60, seed=2))
    parts = Neighbourhoods(model, relaxed(model), seed=0)
    rows = np.array([row.source == "ceiling" for row in model.rows])
    columns = np.arange(len(model.variables))
    before = parts.restrictor.part(columns, np.zeros(len(columns))).matrix.high
    parts.tighten(rows, 0.5)
    after = parts.restrictor.part(columns, np.zeros(len(columns))).matrix.high
    held = np.isfinite(before)
    assert (before[held] - after[held]).sum() == pytest.approx(0.5 * rows.sum())


def test_a_proposal_that_must_be_in_is_in_the_first_plan() -> None:
    problem = full_municipality(60, seed=3)
    model = build_model(problem)
    relaxation = relaxed(model)
    firsts, _ = proposal_spans(model)
    cheapest_in = np.minimum.reduceat(relaxation.losses[: len(model.variables.candidates)], firsts)
    is_out = np.flatnonzero(cheapest_in > 0)
    wanted = list(model.variables.of_proposal)[is_out[np.argmin(cheapest_in[is_out])]]
    forced = build_model(replace(problem, rules=(*problem.rules, Fix("wish", wanted))))
    point = Neighbourhoods(forced, relaxed(forced), seed=1).first_point(time.monotonic() + 60, lambda: True)
    assert point is not None
    assert wanted in {c.proposal for c in forced.variables.chosen(point)}


@some
@given(seeds)
@example(875)  # without a solution, and near enough at the price of what bends
def test_sifting_ends_at_the_bound_of_the_whole_programme(seed: int) -> None:
    model = build_model(random_problem(seed))
    whole = relax(model, time.monotonic() + 20, rounds=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relaxing, "SIFTED", 0)
        sifted = relax(model, time.monotonic() + 20)
    assert (whole is None) == (sifted is None)
    if whole is not None and sifted is not None:
        assert sifted.bound == pytest.approx(whole.bound, rel=1e-5, abs=1e-5)


def test_sifting_a_municipality_gives_the_bound_of_the_whole_programme(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = build_model(full_municipality(200, seed=1))
    whole = relax(model, time.monotonic() + 20, rounds=0)
    assert whole is not None
    monkeypatch.setattr(relaxing, "SIFTED", 0)
    assert relaxed(model).bound == pytest.approx(whole.bound, rel=2e-6)


@some
@given(seeds)
def test_what_is_settled_is_so_in_every_better_plan(seed: int) -> None:
    problem = random_problem(seed)
    model = build_model(problem)
    relaxation = relax(model, time.monotonic() + 20)
    holding = [plan for plan in every_plan(problem) if not verify(problem, plan)]
    if relaxation is None:
        assert holding == []
        return
    for plan in holding[:: max(1, len(holding) // 5)]:
        value = value_of(problem, plan)
        told = settle(model, relaxation, plan, value)
        assert sorted([*told.inside, *told.outside, *told.open]) == sorted(p.id for p in problem.proposals)
        for better in holding:
            if value_of(problem, better) > value:
                inside = {choice.proposal for choice in better}
                assert set(told.inside) <= inside
                assert not inside & set(told.outside)


def test_a_weak_plan_leaves_some_proposals_open_and_a_proof_leaves_none() -> None:
    problem = full_municipality(80, seed=1)
    model, best = build_model(problem), solve(problem, max_seconds=20, gap=0.05, break_ties=False)
    assert best.value is not None
    told = settle(model, relaxed(model), best.chosen, best.value * 9 / 10)
    assert told.open
    assert len(told.inside) + len(told.outside) + len(told.open) == 80
    proven = solve(random_problem(3), max_seconds=20)
    assert proven.settled is not None
    assert proven.settled.open == ()
    assert set(proven.settled.inside) == {choice.proposal for choice in proven.chosen}


def test_what_is_settled_is_told_where_the_relaxation_gives_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = full_municipality(80, seed=1)
    early = solve(problem, max_seconds=0.8, gap=0.5, break_ties=False)
    assert early.settled is None or early.gap == 0
    for room in (searching, solving):
        monkeypatch.setattr(room, "LARGE", 1)
    assert solve(problem, max_seconds=20, gap=0.5, break_ties=False).settled is not None
