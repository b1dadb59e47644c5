"""The domain keeps money exact: no floats, no `round`, no true division but with a Fraction."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import investplan.domain

MODULES = sorted(Path(investplan.domain.__path__[0]).rglob("*.py"))


def is_fraction(node: ast.expr) -> bool:
    """`Fraction(…)` written out: the one thing that may be divided."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Fraction"


def breaches(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield f"line {node.lineno}: float literal {node.value}"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield f"line {node.lineno}: float"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "round":
            yield f"line {node.lineno}: round()"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            if not (is_fraction(node.left) or is_fraction(node.right)):
                yield f"line {node.lineno}: true division"
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div):
            yield f"line {node.lineno}: true division"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_float_touches_money(path: Path) -> None:
    assert list(breaches(path.read_text(encoding="utf-8"))) == []


def test_the_money_modules_are_among_those_checked() -> None:
    assert {"capital_costs.py", "rents.py", "consequences.py", "frames.py"} <= {path.name for path in MODULES}


@pytest.mark.parametrize(
    "source", ["x = 0.5", "x = float(y)", "x = round(y)", "x = y / 12", "x /= 2", "def f(x: float): ..."]
)
def test_the_check_finds_what_it_forbids(source: str) -> None:
    assert list(breaches(source))


@pytest.mark.parametrize("source", ["x = y // 12", "x = Fraction(y) / 12", "x = 12 / Fraction(y)", "x = 5"])
def test_the_check_allows_whole_and_exact_arithmetic(source: str) -> None:
    assert not list(breaches(source))
