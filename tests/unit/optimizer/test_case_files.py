"""Cases are read strictly and written stably; the published schema and the reader agree."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.case_files import CaseError, case_to_json, read_case, read_plan, write_case, write_plan
from optimizer.plan_files import PlanFile
from optimizer.verifying import use_of
from tests.unit.optimizer.random_cases import best_by_trying, random_problem

SCHEMAS = Path(__file__).parents[3] / "investplan" / "schemas"
GOOD: dict[str, Any] = {
    "format": "investplan-case/1",
    "title": "t",
    "years": [2027, 2028, 2029],
    "proposals": [
        {
            "id": "P1",
            "committee": "UN",
            "alternatives": [
                {
                    "id": "a",
                    "starts": [2027, 2028],
                    "value": {"2027": 100, "2028": 92.5},
                    "investment": [20.25, 30],
                    "operating": {"2027": [0, 1], "2028": [2]},
                    "frames": {"UN": [0, 2]},
                    "capacity": {"people": [1]},
                    "lasting": {"cash": [1]},
                    "district": "Norr",
                }
            ],
        },
        {"id": "P2", "alternatives": [{"id": "a", "starts": [2027], "value": 5}]},
    ],
    "limits": [
        {"id": "l1", "of": "investment", "max": [40, None, 40], "carry_over": False},
        {"id": "l2", "of": {"investment": 0.5, "lasting:cash": 1}, "window": 2, "max": [6, 7]},
        {"id": "l3", "of": "frame:UN", "where": {"committee": "UN"}, "min_share": 0.3},
    ],
    "rules": [
        {"id": "r1", "kind": "requires", "proposal": "P2", "needs": "P1", "lag_years": 1},
        {"id": "r2", "kind": "at_most", "proposals": ["P1", "P2"], "count": 1},
        {
            "id": "r4",
            "kind": "coordinate",
            "proposals": ["P1", "P2"],
            "saving": {"investment": 2},
            "value": 0,
        },
        {"id": "r5", "kind": "fix", "proposal": "P1", "alternative": "a", "start": 2028},
        {"id": "r6", "kind": "forbid", "proposal": "P1", "start": 2027},
    ],
    "previous": [{"proposal": "P1", "alternative": "a", "start": 2027}],
}
# (where, what to put there, the place that the fault names, can the schema see it?)
BAD = [
    (("format",), "investplan-case/2", "format", True),
    (("colour",), 1, "colour", True),
    (("years",), [2027, 2029], "years", False),
    (("years",), [], "years", True),
    (("years", 0), "2027", "years[0]", True),
    (("proposals", 0, "alternatives"), [], "proposals[0].alternatives", True),
    (("proposals", 0, "alternatives", 0, "starts"), [2031], "proposals[0].alternatives[0].value", False),
    (("proposals", 1, "alternatives", 0, "starts"), [2031], "proposals[1].alternatives[0].starts", False),
    (("proposals", 1, "alternatives", 0, "starts"), [], "proposals[1].alternatives[0].starts", True),
    (
        ("proposals", 1, "alternatives", 0, "investment"),
        [1.005],
        "proposals[1].alternatives[0].investment[0]",
        True,
    ),
    (
        ("proposals", 1, "alternatives", 0, "investment"),
        [1e11],
        "proposals[1].alternatives[0].investment[0]",
        True,
    ),
    (
        ("proposals", 1, "alternatives", 0, "investment"),
        [True],
        "proposals[1].alternatives[0].investment[0]",
        True,
    ),
    (("proposals", 1, "alternatives", 0, "investmnet"), [1], "proposals[1].alternatives[0].investmnet", True),
    (("proposals", 1, "alternatives", 0, "value"), "5", "proposals[1].alternatives[0].value", True),
    (("proposals", 1, "alternatives", 0, "value"), {"27": 5}, "proposals[1].alternatives[0].value.27", True),
    (("proposals", 1, "id"), "P1", "proposals[1].id", False),
    (("proposals", 1, "required"), "yes", "proposals[1].required", True),
    (("limits", 0, "of"), "loans", "limits[0].of", True),
    (("limits", 0, "of"), "frame:", "limits[0].of", True),
    (("limits", 0, "of"), {}, "limits[0].of", True),
    (("limits", 0, "max"), [1, 2], "limits[0].max", False),
    (("limits", 0, "max"), None, "limits[0]", True),
    (("limits", 0, "cumulative"), "no", "limits[0].cumulative", True),
    (("limits", 1, "carry_over"), True, "limits[1]", True),
    (("limits", 1, "window"), 9, "limits[1].window", False),
    (("limits", 2, "min_share"), 1.5, "limits[2].min_share", True),
    (("limits", 2, "where"), {}, "limits[2].where", True),
    (("limits", 2, "where"), {"colour": "red"}, "limits[2].where.colour", False),
    (("rules", 0, "kind"), "wish", "rules[0].kind", True),
    (("rules", 0, "needs"), "P9", "rules[0].needs", False),
    (("rules", 0, "needs"), "P2", "rules[0].needs", False),
    (("rules", 0, "count"), 2, "rules[0].count", True),
    (("rules", 0, "id"), "l1", "rules[0].id", False),
    (("rules", 0, "id"), "required:P1", "rules[0].id", True),
    (("rules", 1, "proposals"), ["P1", "P1"], "rules[1].proposals", True),
    (("rules", 1, "count"), -1, "rules[1].count", True),
    (("rules", 2, "saving"), {"frames": 2}, "rules[2].saving.frames", True),
    (("rules", 3, "alternative"), "z", "rules[3].alternative", False),
    (("rules", 3, "start"), 2040, "rules[3].start", False),
    (("previous", 0, "proposal"), "P9", "previous[0].proposal", False),
    (("previous", 0, "start"), "soon", "previous[0].start", True),
]


def spoiled(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    case = copy.deepcopy(GOOD)
    inside: Any = case
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return case


def schema_accepts(case: dict[str, Any], name: str = "investplan-case-1") -> bool:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(), parse_float=Decimal)
    exact = json.loads(json.dumps(case), parse_float=Decimal)
    return bool(jsonschema.Draft202012Validator(schema).is_valid(exact))


def test_a_good_case_is_accepted_by_reader_and_schema() -> None:
    problem = read_case(json.dumps(GOOD).encode())
    assert schema_accepts(GOOD)
    assert problem.proposals[0].alternatives[0].rows["investment"] == (2025, 3000)
    assert problem.proposals[0].alternatives[0].fields == {"district": "Norr"}


@pytest.mark.parametrize(("path", "value", "place", "schema_sees"), BAD)
def test_a_bad_case_is_refused_with_its_place(
    path: tuple[str | int, ...], value: Any, place: str, schema_sees: bool
) -> None:
    case = spoiled(path, value)
    with pytest.raises(CaseError) as caught:
        read_case(json.dumps(case).encode())
    assert place in [fault.place for fault in caught.value.faults]
    assert schema_accepts(case) is not schema_sees


def test_all_faults_come_at_once() -> None:
    case = spoiled(("limits", 0, "of"), "loans")
    case["proposals"][0]["alternatives"][0]["starts"] = "2027"
    case["rules"][0]["kind"] = "wish"
    with pytest.raises(CaseError) as caught:
        read_case(json.dumps(case).encode())
    places = {fault.place for fault in caught.value.faults}
    assert {"limits[0].of", "proposals[0].alternatives[0].starts", "rules[0].kind"} <= places


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b'{"a": -Infinity}', "not a number"),
        (b'{"a": 1, "a": 2}', "stands twice"),
        (b'{"a": 1e400}', "out of range"),
        (b'{"a": ' + b"9" * 5000 + b"}", "out of range"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"{", "not JSON"),
        (b"[]", "must be an object"),
        (b"", "not JSON"),
    ],
)
def test_bytes_that_are_no_case_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(CaseError, match=words):
        read_case(data)


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(st.integers(0, 10**6))
def test_a_written_case_is_read_back_and_fits_the_schema(seed: int) -> None:
    problem = random_problem(seed)
    data = write_case(problem)
    assert read_case(data) == problem
    assert write_case(read_case(data)) == data
    assert schema_accepts(case_to_json(problem))


def test_a_written_plan_is_read_back_and_fits_the_schema() -> None:
    problem = random_problem(12)
    chosen = best_by_trying(problem)
    assert chosen is not None
    plan = PlanFile("ab", "optimal", chosen, use=use_of(problem, chosen), solver={"name": "x"}, checked=True)
    assert read_plan(write_plan(plan)) == plan
    assert schema_accepts(json.loads(write_plan(plan)), "investplan-plan-1")
