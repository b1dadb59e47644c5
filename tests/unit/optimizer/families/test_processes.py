"""A family by several processes and from the command line, without a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from investplan.cli.optimising import optimise
from investplan.cli.studying import study
from optimizer.case_files import write_case
from optimizer.families.kinds import KINDS
from optimizer.families.members import outcome_from_json
from optimizer.families.processes import Order, answer_family
from optimizer.verifying import verify
from tests.unit.optimizer.families.town import best_plan, town

FEW: dict[str, dict[str, Any]] = {
    "answers": {},
    "operating": {"steps": 8},
    "ceiling": {"steps": 4},
    "different": {"plans": 2, "within": "0.5", "least_changed": 1},
    "stability": {},
    "robustness": {"samples": 12},
}


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "case.json"
    path.write_bytes(write_case(town(1)))
    return path


def run(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(study, [str(a) for a in args])
    return result.exit_code, result.output


def order(kind: str) -> Order:
    problem = town(1)
    return Order(kind, problem, best_plan(problem), FEW[kind], gap=0.0, member_seconds=20)


@pytest.mark.parametrize("kind", ["operating", "robustness"])
def test_two_processes_give_what_one_gives(kind: str) -> None:
    told: list[int] = []
    alone = answer_family(order(kind), size=4)
    shared = answer_family(order(kind), workers=2, size=4, on_answer=lambda one: told.append(one.number))
    family = order(kind).family()
    assert sorted(told) == list(range(family.count))
    assert family.result(shared).to_json() == family.result(alone).to_json()


def test_a_stop_keeps_the_answers_that_came() -> None:
    told: list[int] = []
    found = answer_family(
        order("robustness"), on_answer=lambda one: told.append(one.number), should_stop=lambda: len(told) >= 3
    )
    assert sorted(found) == [0, 1, 2]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_told_in_words_and_as_json(case: Path, kind: str) -> None:
    parameters = [p for name, value in FEW[kind].items() for p in ("-p", f"{name}={value}")]
    out = case.with_name("study.json")
    status, text = run(case, "--kind", kind, "--gap", "0", "--out", out, *parameters)
    assert status == 0, text
    assert text.strip()
    told = json.loads(out.read_text())
    assert told["kind"] == kind
    assert len(told["members"]) == told["member_count"]
    family = order(kind).family()
    outcomes = {one["number"]: outcome_from_json(one["answer"]) for one in told["members"]}
    for number, outcome in outcomes.items():
        member = family.member(number, outcomes)
        if outcome.has_plan:
            assert member is not None
            assert not verify(member.problem_of(outcome), outcome.chosen)


def test_a_plan_file_may_be_studied(case: Path) -> None:
    plan = case.with_name("plan.json")
    CliRunner().invoke(optimise, [str(case), "--out", str(plan)])
    status, text = run(
        case, "--kind", "stability", "--plan", plan, "-p", 'prices=["0", "1.5"]', "--format", "json"
    )
    assert status == 0
    assert [one["change"]["price"] for one in json.loads(text)["members"]] == ["0", "1.5"]


@pytest.mark.parametrize(
    "parameter", ["steps=1", "steps=many", "low=0.5", "steps"], ids=["few", "words", "other", "bare"]
)
def test_a_parameter_that_does_not_fit_is_named(case: Path, parameter: str) -> None:
    status, text = run(case, "--kind", "operating", "-p", parameter)
    assert status == 2
    assert parameter.partition("=")[0] in text


def test_a_case_without_any_plan_cannot_be_studied(case: Path) -> None:
    broken = json.loads(case.read_text())
    broken["limits"].append({"id": "much", "of": "investment", "min_total": 10**9})
    case.write_text(json.dumps(broken))
    status, text = run(case, "--kind", "operating")
    assert status == 3
    assert "much" in text
