"""The exact checker names what a spoiled plan breaks."""

from __future__ import annotations

import ast
import inspect

import pytest

from optimizer import verifying
from optimizer.problem import Choice
from optimizer.verifying import use_of, value_of, verify
from tests.unit.optimizer.small_cases import SMALL_CASES


def plan(words: str) -> tuple[Choice, ...]:
    return tuple(Choice(word[:-4], "x", int(word[-4:])) for word in words.split())


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
]


@pytest.mark.parametrize(("name", "words", "expected"), SPOILED)
def test_a_spoiled_plan_is_refused_by_name_year_and_amount(
    name: str, words: str, expected: list[tuple[str, str, int | None, int | None]]
) -> None:
    breaches = verify(SMALL_CASES[name].problem, plan(words))
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
