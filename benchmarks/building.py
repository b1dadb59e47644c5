"""Building the model and handing it to HiGHS: PuLP's ways as ratios to passing the finished matrix to highspy.

All of it is work in this one process, so what is compared is processor time: the least of several rounds, in each of
which every way has its turn. That a machine is busy with other things then hardly shows.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

import highspy
import numpy as np
import pulp

from benchmarks.goals import Figure
from benchmarks.instances import municipality
from optimizer.models import (
    HighsBridge,
    Matrix,
    MatrixProblem,
    Model,
    build_model,
    pass_matrix,
    silence_greeting,
)

TOLD, SEEDS = 2000, 5  # proposals that the goal is for, with the median over the seeds


def run(quick: bool = False) -> Iterator[str | Figure]:
    """Lines to print as they come; a few seconds when `quick`."""
    silence_greeting()
    yield "Build and hand over to HiGHS: processor time as ratio to highspy.passModel of the ready matrix (1 = as fast)"
    for count in (160,) if quick else (160, 500, 2000):
        yield from _measure(count, rounds=3 if quick else max(9, 4000 // count))


def _measure(count: int, rounds: int) -> list[str | Figure]:
    found = [_ratios(count, rounds, seed) for seed in range(1, (SEEDS if count == TOLD else 1) + 1)]
    ratios = {name: statistics.median(ratios[name] for _, ratios in found) for name in found[0][1]}
    lines = [found[0][0], *(f"    {name:<58} {ratio:8.1f}" for name, ratio in ratios.items())]
    return [*lines, *_figures(count, ratios)] if count == TOLD else lines


def _ratios(count: int, rounds: int, seed: int) -> tuple[str, dict[str, float]]:
    """What the model of this seed's municipality is, and what each way takes of a pass of the ready matrix."""
    problem = municipality(count, seed)
    model = build_model(problem)
    matrix, weights = model.matrix(), model.aim.weights
    names = [model.column_names, [f"row{r}" for r in range(len(model.rows))]]
    ways: dict[str, Callable[[], object]] = {
        "highspy, matrix ready": lambda: pass_matrix(_highs(), matrix, weights),
        "PuLP over the ready matrix (ours)": lambda: _over_matrix(matrix, weights, names),
        "PuLP objects from the matrix, stock hand-over": lambda: _stock(matrix, weights, names),
        "ours from the problem: variables, rows, matrix, hand-over": lambda: _from_problem(
            build_model(problem)
        ),
    }
    if count <= 500:
        ways["textbook PuLP: operators and lpSum, stock hand-over"] = lambda: _textbook(
            matrix, weights, names
        )
    seconds = _least(ways, rounds)
    base = seconds["highspy, matrix ready"]
    head = f"  {count} proposals: {matrix.width} columns, {len(matrix.low)} rows, {len(matrix.columns)} non-zeros"
    return head, {name: value / base for name, value in seconds.items()}


def _figures(count: int, ratios: dict[str, float]) -> list[Figure]:
    stock = f"stock PuLP {ratios['PuLP objects from the matrix, stock hand-over']:.1f}"
    over = ratios["PuLP over the ready matrix (ours)"]
    rows = ratios["ours from the problem: variables, rows, matrix, hand-over"] - over
    return [
        Figure(f"hand-over of the ready matrix, {count:,} proposals, × passModel", stock, over, 2.0),
        Figure(f"building the rows before it, {count:,} proposals, × passModel", "–", rows, 4.0),
    ]


def _least(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The least processor time of each way, in seconds."""
    least = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            started = time.process_time()
            way()
            least[name] = min(least[name], time.process_time() - started)
    return least


def _highs() -> highspy.Highs:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    return highs


def _over_matrix(matrix: Matrix, weights: np.ndarray, names: list[list[str]]) -> None:
    problem = MatrixProblem(matrix, weights, lambda: names[0], lambda: names[1])
    bridge = HighsBridge(msg=False)
    bridge.createAndConfigureSolver(problem)
    bridge.buildSolverModel(problem)


def _stock(matrix: Matrix, weights: np.ndarray, names: list[list[str]]) -> None:
    problem = MatrixProblem(matrix, weights, lambda: names[0], lambda: names[1])
    stock = pulp.HiGHS(msg=False)
    stock.createAndConfigureSolver(problem)
    stock.buildSolverModel(problem)


def _from_problem(model: Model) -> None:
    problem = model.to_pulp()
    bridge = HighsBridge(msg=False)
    bridge.createAndConfigureSolver(problem)
    bridge.buildSolverModel(problem)


def _textbook(matrix: Matrix, weights: np.ndarray, names: list[list[str]]) -> None:
    problem = pulp.LpProblem("textbook", pulp.LpMaximize)
    x = [problem.add_variable(name, cat=pulp.LpBinary) for name in names[0]]
    problem += pulp.lpSum(w * v for w, v in zip(weights.tolist(), x, strict=True))
    for r in range(len(matrix.low)):
        inside = slice(matrix.starts[r], matrix.starts[r + 1])
        pairs = zip(matrix.coefficients[inside].tolist(), matrix.columns[inside].tolist(), strict=True)
        total = pulp.lpSum(a * x[j] for a, j in pairs)
        if np.isfinite(matrix.high[r]):
            problem += total <= float(matrix.high[r])
        if np.isfinite(matrix.low[r]):
            problem += total >= float(matrix.low[r])
    stock = pulp.HiGHS(msg=False)
    stock.createAndConfigureSolver(problem)
    stock.buildSolverModel(problem)
