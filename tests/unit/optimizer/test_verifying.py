"""The exact checker names what a spoiled plan breaks, and what a plan's file says wrongly of it."""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from investplan.cli.optimising import optimise, verify_command
from optimizer import verifying
from optimizer.case_files import write_case
from optimizer.problem import (
    Alternative,
    AtMost,
    Choice,
    Coordinate,
    Fix,
    Forbid,
    Limit,
    Problem,
    Proposal,
    Requires,
)
from optimizer.verifying import use_of, value_of, verify
from tests.unit.optimizer.small_cases import SMALL_CASES, limit, problem, proposal

YEARS = (2027, 2028, 2029)


def plan(words: str) -> tuple[Choice, ...]:
    """``A2027 B/y2028``: proposal, alternative (x when none is said), start."""
    found = []
    for word in words.split():
        name, _, alternative = word[:-4].partition("/")
        found.append(Choice(name, alternative or "x", int(word[-4:])))
    return tuple(found)


def big(name: str, ore: int) -> Proposal:
    return Proposal(name, alternatives=(Alternative("x", (2027,), {2027: 1}, {"investment": (ore,)}),))


def moved(name: str, *, district: str = "") -> Proposal:
    """Two alternatives: x, and y in a district of its own."""
    rows = {"investment": (600,)}
    return Proposal(
        name,
        district=district,
        alternatives=(
            Alternative("x", YEARS, dict.fromkeys(YEARS, 1), rows),
            Alternative("y", YEARS, dict.fromkeys(YEARS, 1), rows, {"district": "Söder"}),
        ),
    )


def any_year(name: str, **rows: Any) -> Proposal:
    return proposal(name, 1, YEARS, **rows)


SAVED = problem(
    any_year("A", investment=(6,), operating=(2,)),
    any_year("B", investment=(6,), operating=(2,)),
    any_year("C"),
    Limit("room", "investment", max=1000),
    Limit("level", "operating", max=(None, None, 300)),
    Limit("half", {"investment": Fraction(1, 2)}, max_total=500),
    rules=(Coordinate("r", ("A", "B"), {"investment": 200, "operating": 100}),),
)
HELD: dict[str, Problem] = {
    "an öre": Problem("", (2027,), (big("A", 10**12), big("B", 1)), (Limit("L", "investment", max=10**12),)),
    "an öre a year": Problem(
        "",
        YEARS,
        (any_year("A", investment=(6,)),),
        (Limit("L", "investment", max=(600, 599, None), min=(None, None, 601)),),
    ),
    "weights too": problem(
        any_year("A", investment=(6,), cash=(0, 2)),
        limit({"investment": Fraction(1, 2), "lasting:cash": Fraction(-1, 3)}, max=(2, 9, 9), min=(0, -9, 0)),
    ),
    "running minimum": problem(
        any_year("A", investment=(6,)), limit("investment", min=(0, 5, 7), cumulative=True)
    ),
    "window too": problem(
        any_year("A", investment=(6,)),
        any_year("B", investment=(6,)),
        limit("investment", max=(20, 6), min=(6, 0), window=2),
    ),
    "carried both": problem(
        any_year("A", investment=(6,)), limit("investment", max=(4, 2, 4), min=(0, None, 6), carry_over=True)
    ),
    "where too": problem(
        moved("A", district="Norr"), moved("B"), limit("investment", max=5, where={"district": "Söder"})
    ),
    "share": problem(
        moved("A", district="Norr"),
        moved("B"),
        limit("investment", max_share=Fraction(1, 3), where={"district": "Söder"}),
    ),
    "saved": SAVED,
    "saved alone": problem(
        any_year("A", investment=(6,), district="Norr"),
        any_year("B", investment=(6,), district="Norr"),
        limit("investment", max=10, where={"district": "Norr"}),
        rules=(Coordinate("r", ("A", "B"), {"investment": 200}),),
    ),
    "total both": problem(
        any_year("A", investment=(6,)),
        any_year("B", investment=(5,)),
        limit("investment", max_total=10, min_total=6),
    ),
    "later": problem(any_year("A"), any_year("B"), rules=(Requires("r", "A", "B", 1),)),
    "earlier": problem(any_year("A"), any_year("B"), rules=(Requires("r", "A", "B", -1),)),
    "none of them": problem(any_year("A"), any_year("B"), rules=(AtMost("r", ("A", "B"), 0),)),
    "one way": problem(moved("A"), moved("B"), rules=(Fix("f", "A", "y", 2028), Forbid("g", "B", "y"))),
    "not at all": problem(moved("A"), moved("B"), rules=(Fix("f", "A"), Forbid("g", "B"))),
    "not then": problem(
        moved("A"), moved("B"), rules=(Fix("f", "A", start=2028), Forbid("g", "B", "y", 2029))
    ),
}


SPOILED = [
    ("max", "A2027 B2027", [("max", "L", 2027, 200)]),
    ("min", "B2027", [("min", "L", 2027, 100)]),
    ("carry_over", "A2027", [("max", "L", 2027, 200)]),
    ("carry_over", "A2028 B2028", [("max", "L", 2028, 400)]),
    ("carry_over_min", "B2027", [("min", "L", 2028, 100), ("min", "L", 2029, 400)]),
    ("max_total", "A2027 B2029", [("max_total", "L", None, 100)]),
    ("min_total", "", [("min_total", "L", None, 600)]),
    ("cumulative", "A2028", [("max", "L", 2028, 100)]),
    ("window", "A2027 B2028", [("max", "L", 2027, 600)]),
    ("weights", "A2027 B2027", [("max_total", "L", None, 400)]),
    ("where", "A2027 B2027", [("max", "L", 2027, 400)]),
    ("min_share", "A2027", [("min_share", "L", None, 150)]),
    ("max_share", "A2027 B2027", [("max_share", "L", None, 200)]),
    ("capacity", "A2027 B2028", [("max", "L", 2028, 100)]),
    ("goes_on", "A2027 B2027", [("max", "L", 2028, 300)]),
    ("frame", "B2027 A2027", [("max", "L", 2028, 300), ("max", "L", 2029, 300)]),
    ("requires", "A2028", [("requires", "r", None, None)]),
    ("requires", "A2027 B2027", [("requires", "r", None, None)]),
    ("at_most", "A2027 B2027 C2027", [("at_most", "r", None, None)]),
    ("all_or_none", "A2027", [("all_or_none", "r", None, None)]),
    ("coordinate", "A2027 B2028 A2027", [("chosen_twice", "A", None, None)]),
    ("coordinate_that_hurts", "A2027 B2027", [("min_total", "L", None, 100)]),
    ("fix", "B2028", [("fix", "r", None, None)]),
    ("forbid", "B2027", [("forbid", "r", None, None)]),
    ("required", "B2027", [("required", "required:A", None, None)]),
    ("fix", "B2035", [("unknown_choice", "B", 2035, None)]),
    ("fix", "Z2027", [("unknown_choice", "Z", 2027, None)]),
    ("fix", "B/q2028", [("unknown_choice", "B", 2028, None)]),
    ("an öre", "A2027 B2027", [("max", "L", 2027, 1)]),
    ("an öre a year", "A2028", [("max", "L", 2028, 1), ("min", "L", 2029, 601)]),
    ("an öre a year", "A2029", [("min", "L", 2029, 1)]),
    ("weights too", "A2027", [("max", "L", 2027, 100), ("min", "L", 2029, Fraction(200, 3))]),
    ("weights too", "A2029", []),
    ("running minimum", "A2029", [("min", "L", 2028, 500), ("min", "L", 2029, 100)]),
    ("window too", "A2029 B2029", [("min", "L", 2027, 600), ("max", "L", 2028, 600)]),
    ("carried both", "A2027", [("max", "L", 2027, 200)]),
    ("carried both", "A2028", [("min", "L", 2029, 600)]),
    ("where too", "A2027 B/y2027", [("max", "L", 2027, 100)]),
    ("where too", "A/y2029", [("max", "L", 2029, 100)]),
    ("where too", "A2027 B2027", []),
    ("share", "A/y2027 B2028", [("max_share", "L", None, 200)]),
    ("saved", "A2027 B2027", []),
    ("saved", "A2028 B2027", [("max", "level", 2029, 100), ("max_total", "half", None, 100)]),
    ("saved", "A2029 B2029", []),
    ("saved alone", "A2027 B2027", [("max", "L", 2027, 200)]),
    ("total both", "A2027 B2028", [("max_total", "L", None, 100)]),
    ("total both", "B2028", [("min_total", "L", None, 100)]),
    ("later", "A2028 B2028", [("requires", "r", None, None)]),
    ("earlier", "A2027 B2029", [("requires", "r", None, None)]),
    ("earlier", "A2027 B2028", []),
    ("none of them", "A2027", [("at_most", "r", None, None)]),
    ("one way", "A2028 B/y2027", [("fix", "f", None, None), ("forbid", "g", None, None)]),
    ("not at all", "B2029", [("fix", "f", None, None), ("forbid", "g", None, None)]),
    ("not then", "A2027 B/y2029", [("fix", "f", None, None), ("forbid", "g", None, None)]),
    ("not then", "A/y2028 B2029", []),
]


@pytest.mark.parametrize(("name", "words", "expected"), SPOILED)
def test_a_spoiled_plan_is_refused_by_name_year_and_amount(
    name: str, words: str, expected: list[tuple[str, str, int | None, int | None]]
) -> None:
    case = HELD[name] if name in HELD else SMALL_CASES[name].problem
    breaches = verify(case, plan(words))
    assert [(b.kind, b.id, b.year, b.amount_ore) for b in breaches] == expected
    assert all(b.message for b in breaches)


@pytest.mark.parametrize("name", SMALL_CASES)
def test_the_right_plan_is_accepted_with_its_value(name: str) -> None:
    small = SMALL_CASES[name]
    assert verify(small.problem, plan(small.plan)) == ()
    assert value_of(small.problem, plan(small.plan)) == small.value


def test_carried_room_is_shown_as_the_totals_that_are_compared() -> None:
    uses = use_of(SMALL_CASES["carry_over"].problem, plan("A2028 B2029"))
    assert [(u.year, u.used_ore, u.max_ore, u.kind) for u in uses] == [
        (2027, 0, 400, "running"),
        (2028, 600, 800, "running"),
        (2029, 1200, 1200, "running"),
    ]


def test_the_checker_knows_no_solver_and_no_model() -> None:
    tree = ast.parse(inspect.getsource(verifying))
    imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert imported <= {"__future__", "collections", "collections.abc", "fractions", "optimizer.problem"}


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A case and the plan that the service gives for it: value 9, 9 of 9 kronor used in 2027, 9 of 10 in all."""
    folder = tmp_path_factory.mktemp("plan")
    small = SMALL_CASES["max"].problem
    limits = (
        *small.limits,
        Limit("sum", "investment", max_total=1000),
        Limit("run", "investment", max=900, cumulative=True),
    )
    case = folder / "case.json"
    case.write_bytes(write_case(replace(small, limits=limits)))
    result = CliRunner().invoke(optimise, [str(case), "--out", str(folder / "plan.json")])
    assert result.exit_code == 0
    return case, json.loads((folder / "plan.json").read_text())


def row(limit_id: str, when: int | None, **changes: Any) -> Callable[[dict[str, Any]], None]:
    def change(found: dict[str, Any]) -> None:
        next(use for use in found["use"] if (use["limit"], use["year"]) == (limit_id, when)).update(changes)

    return change


def says(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda found: found.update(changes)


WRONGLY_SAID: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "value": (says(value=9.5), "value: 9.5 claimed, the plan is worth 9"),
    "value and bound": (
        says(value=10, bound=10),
        "value: 10 claimed, the plan is worth 9\ngap: 0 claimed, value and bound leave 0.111111",
    ),
    "bound": (says(bound=8.99, gap=0), "bound: 8.99 claimed, the plan is worth 9"),
    "gap": (says(bound=18), "gap: 0 claimed, value and bound leave 1"),
    "gap below 0": (says(gap=-0.1), "gap: -0.1 claimed, value and bound leave 0"),
    "used": (row("L", 2027, used=8.99), "use of L 2027: used 8.99 claimed, it is 9"),
    "max": (row("L", 2027, max=12), "use of L 2027: max 12 claimed, it is 9"),
    "min": (row("L", 2027, min=0), "use of L 2027: min 0 claimed, there is none"),
    "year": (row("L", 2027, year=2031), "use of L 2031: the plan has no such row, or it stands twice"),
    "limit": (row("L", 2027, limit="M"), "use of M 2027: the plan has no such row, or it stands twice"),
    "row twice": (
        lambda found: found["use"].append(dict(found["use"][0])),
        "use of L 2027: the plan has no such row, or it stands twice",
    ),
    "total": (row("sum", None, used=10), "use of sum total: used 10 claimed, it is 9"),
    "running total": (row("run", 2029, used=0), "use of run 2029: used 0 claimed, it is 9"),
    "no plan": (says(status="stopped"), "stopped is claimed, but there is a plan, and it holds"),
    "infeasible": (
        says(status="infeasible", conflict=["L", "sum"]),
        "infeasible is claimed, but there is a plan, and it holds\n"
        "L, sum cannot hold together, it is claimed, but the plan holds",
    ),
    "nothing holds": (
        says(status="infeasible", chosen=[], value=None, bound=None, gap=None, use=[]),
        "infeasible is claimed, but choosing nothing holds",
    ),
    "checked": (
        says(chosen=[{"proposal": p, "alternative": "x", "start": 2027} for p in "AC"]),
        "L 2027: 10 used, at most 9, over by 1\nrun 2027: 10 used, at most 9, over by 1\n"
        "run 2028: 10 used, at most 9, over by 1\nrun 2029: 10 used, at most 9, over by 1\n"
        "checked is claimed, but the checker refuses the plan",
    ),
}


@pytest.mark.parametrize("what", WRONGLY_SAID)
def test_a_file_that_says_something_wrong_of_its_plan_is_refused_by_name_and_amount(
    what: str, answered: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    case, found = answered
    spoil, message = WRONGLY_SAID[what]
    spoiled = json.loads(json.dumps(found))
    spoil(spoiled)
    assert verified(case, spoiled, tmp_path) == (1, message + "\n")


def test_a_plan_of_another_case_is_refused(answered: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    case, found = answered
    status, text = verified(case, {**found, "case_sha256": hashlib.sha256(b"other").hexdigest()}, tmp_path)
    assert status == 1
    assert "answers another case" in text


def test_only_what_a_file_says_is_held_against_it(
    answered: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    case, found = answered
    assert verified(case, found, tmp_path) == (0, "accepted\n")
    bare = {key: found[key] for key in ("format", "case_sha256", "chosen")}
    assert verified(case, bare, tmp_path) == (0, "accepted\n")
    without_kinds = [{k: v for k, v in use.items() if k != "kind"} for use in found["use"]]
    assert verified(case, {**found, "use": without_kinds}, tmp_path) == (0, "accepted\n")


def verified(case: Path, found: dict[str, Any], folder: Path) -> tuple[int, str]:
    path = folder / "spoiled.json"
    path.write_text(json.dumps(found))
    result = CliRunner().invoke(verify_command, [str(case), str(path)])
    return result.exit_code, result.output


def test_at_least_thirty_kinds_of_spoiled_plan_are_tried() -> None:
    spoiled = [(name, words) for name, words, expected in SPOILED if expected]
    assert len(set(spoiled)) + len(WRONGLY_SAID) >= 30
    kinds = {breach[0] for _, _, expected in SPOILED for breach in expected}
    bounds = {"max", "min", "max_total", "min_total", "max_share", "min_share"}
    rules = {"requires", "at_most", "all_or_none", "fix", "forbid", "required"}
    assert kinds == bounds | rules | {"chosen_twice", "unknown_choice"}
