"""The model that PuLP writes out for every rule is kept in tests/golden; HiGHS gets the same one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import highspy
import numpy as np
import pytest

from optimizer.models import HighsBridge, build_model
from optimizer.problem import ENDING_ROWS, Limit
from optimizer.variables import Variables
from tests.unit.optimizer.random_cases import KINDS, ROWS, kinds_of, random_problem
from tests.unit.optimizer.small_cases import SMALL_CASES

GOLDEN = Path(__file__).parents[2] / "golden" / "optimizer"


@pytest.mark.parametrize("name", SMALL_CASES)
def test_the_model_is_the_one_that_is_kept(name: str, tmp_path: Path) -> None:
    written = tmp_path / "model.lp"
    build_model(SMALL_CASES[name].problem).to_pulp().writeLP(str(written))
    kept = GOLDEN / f"{name}.lp"
    if os.environ.get("INVESTPLAN_WRITE_GOLDEN"):
        kept.write_text(written.read_text())
    assert written.read_text() == kept.read_text()


def test_every_kind_of_limit_and_rule_has_a_model_that_is_kept() -> None:
    """Alternatives have none of their own: they are one more candidate of the same proposal."""
    kept = set().union(*(kinds_of(small.problem) for small in SMALL_CASES.values()))
    assert kept >= KINDS - {"several alternatives"}
    assert {path.stem for path in GOLDEN.glob("*.lp")} == set(SMALL_CASES)


@pytest.mark.parametrize("seed", range(20))
def test_highs_gets_the_model_that_pulp_writes(seed: int, tmp_path: Path) -> None:
    problem = build_model(random_problem(seed)).to_pulp()
    bridge = HighsBridge(msg=False)
    bridge.createAndConfigureSolver(problem)
    bridge.buildSolverModel(problem)
    problem.solverModel.run()
    problem.writeLP(str(tmp_path / "model.lp"))
    other = highspy.Highs()
    other.setOptionValue("output_flag", False)
    other.readModel(str(tmp_path / "model.lp"))
    other.run()
    assert other.getModelStatus() == problem.solverModel.getModelStatus()
    if other.getModelStatus() == highspy.HighsModelStatus.kOptimal:
        values = [h.getInfo().objective_function_value for h in (problem.solverModel, other)]
        assert np.isclose(*values)


@pytest.mark.parametrize("seed", range(20))
def test_a_column_has_the_amounts_of_its_profile_from_its_start(seed: int) -> None:
    problem = random_problem(seed)
    variables = Variables(problem)
    for row in ROWS:
        expected = []
        for candidate in variables.candidates:
            profile = candidate.alternative.rows.get(row, ())
            told = profile[candidate.start] if isinstance(profile, Mapping) else profile
            after = told[-1] if told and row.split(":")[0] not in ENDING_ROWS else 0
            levels = (*told, *(after,) * len(problem.years))
            expected.append(
                [levels[y - candidate.start] if y >= candidate.start else 0 for y in problem.years]
            )
        for pair in variables.coordinations:
            saved, lasts = pair.rule.saving.get(row, 0), row == "operating"
            expected.append(
                [-saved if y == pair.start or (lasts and y > pair.start) else 0 for y in problem.years]
            )
        assert variables.amounts(row).tolist() == expected


def test_amounts_that_are_read_by_many_cannot_be_changed_by_one() -> None:
    variables = Variables(SMALL_CASES["max"].problem)
    limit = Limit("a", "investment", max=1)
    for shared in (variables.entries("investment").amounts, variables.weighted(limit)[0].amounts):
        with pytest.raises(ValueError, match="read-only"):
            shared[0, 0] = 1
