"""`investplan optimise`, `verify` and `explain` on files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from investplan.cli.optimising import explain, optimise, verify_command
from optimizer.case_files import write_case
from tests.unit.optimizer.small_cases import SMALL_CASES, limit, problem, proposal


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "case.json"
    path.write_bytes(write_case(SMALL_CASES["max"].problem))
    return path


def run(command: object, *args: object) -> tuple[int, str]:
    result = CliRunner().invoke(command, [str(a) for a in args])  # type: ignore[arg-type]
    return result.exit_code, result.output


def test_a_plan_is_written_verified_and_explained(case: Path) -> None:
    plan = case.with_name("plan.json")
    assert run(optimise, case, "--out", plan)[0] == 0
    found = json.loads(plan.read_text())
    assert (found["status"], found["value"], found["checked"]) == ("optimal", 9, True)
    assert found["use"][0] == {"limit": "L", "year": 2027, "used": 9, "max": 9}
    assert run(verify_command, case, plan) == (0, "accepted\n")
    status, text = run(explain, case, plan)
    assert status == 0
    assert "value needed to be in: 9" in text
    assert "L: costs 6 in value" in text
    assert json.loads(run(explain, case, plan, "--format", "json", "--proposal", "A")[1])["prices"] == []


def test_a_broken_plan_is_refused_with_limit_year_and_amount(case: Path) -> None:
    plan = case.with_name("plan.json")
    run(optimise, case, "--out", plan)
    found = json.loads(plan.read_text())
    found["chosen"] = [{"proposal": p, "alternative": "x", "start": 2027} for p in "AB"]
    plan.write_text(json.dumps(found))
    refused = "L 2027: 11 used, at most 9, over by 2\nchecked is claimed, but the checker refuses the plan\n"
    assert run(verify_command, case, plan) == (1, refused)


def test_a_plan_for_another_case_is_refused(case: Path) -> None:
    plan = case.with_name("plan.json")
    run(optimise, case, "--out", plan)
    case.write_bytes(case.read_bytes() + b"\n")
    status, text = run(verify_command, case, plan)
    assert status == 1
    assert "another case" in text


def test_an_infeasible_case_has_status_three_and_a_conflict(tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    case.write_bytes(
        write_case(problem(proposal("A", 1, investment=(6,), required=True), limit("investment", max=5)))
    )
    told = CliRunner().invoke(optimise, [str(case)])
    assert told.exit_code == 3
    assert json.loads(told.stdout)["conflict"] == ["L", "required:A"]
    assert told.stderr.splitlines() == [
        "Cannot hold together: L, required:A",
        "Ways out, each enough by itself (a demand, or a million kronor or unit of capacity, weighs: "
        "committee 1, board 3, council 10):",
        "  1. widen max of L 2027 by 1 (council); weight 1e-05, smallest",
        "  2. let go of L (council); weight 10, smallest",
        "  3. let go of required:A (council); weight 10, found",
    ]


def test_a_bad_case_has_status_two_and_writes_nothing(tmp_path: Path) -> None:
    case, plan = tmp_path / "case.json", tmp_path / "plan.json"
    case.write_text(
        '{"format": "investplan-case/1", "years": [2027], "proposals": [{"id": "P"}], "rules": 5}'
    )
    status, text = run(optimise, case, "--out", plan)
    assert status == 2
    assert "proposals[0].alternatives: is missing" in text
    assert "rules: must be a list" in text
    assert not plan.exists()
