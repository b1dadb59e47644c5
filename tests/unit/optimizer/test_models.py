"""The model that PuLP writes out for every rule is kept in tests/golden; HiGHS gets the same one."""

from __future__ import annotations

import os
from pathlib import Path

import highspy
import numpy as np
import pytest

from optimizer.models import HighsBridge, build_model
from tests.unit.optimizer.random_cases import random_problem
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
