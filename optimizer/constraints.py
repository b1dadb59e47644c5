"""Every rule as inequalities, one function per rule; the inequality stands in the docstring.

x_j is 1 when candidate j = (proposal, alternative, start) is chosen, y_gs is 1 when all members of coordination g
start in year s; a_jt is what column j adds to the limit's row in year t (y's savings are negative). Coefficients are
whole numbers until the very last step, where a row is divided by its greatest common divisor and by a power of ten
that brings the largest coefficient to at most 1,000, so that the solver's tolerance is small beside an öre.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.problem import (
    AllOrNone,
    AtMost,
    Coordinate,
    Fix,
    Forbid,
    Limit,
    PerPeriod,
    Problem,
    Requires,
    Rule,
)
from optimizer.variables import Integers, Variables

LARGEST_COEFFICIENT = 1000


@dataclass(frozen=True)
class Row:
    """low ≤ Σ coefficients · columns ≤ high. `source` is the limit, rule or demand it comes from ("" = always)."""

    name: str
    source: str
    columns: npt.NDArray[np.int32]
    coefficients: npt.NDArray[np.float64]
    low: float
    high: float


def all_rows(variables: Variables) -> Iterator[Row]:
    """Every row of the problem, in the order of ids."""
    problem = variables.problem
    yield from choose(variables)
    yield from required(variables)
    for limit in sorted(problem.limits, key=lambda limit: limit.id):
        yield from limit_rows(variables, limit)
    for rule in sorted(problem.rules, key=lambda rule: rule.id):
        yield from rule_rows(variables, rule)


def limit_rows(variables: Variables, limit: Limit) -> Iterator[Row]:
    """The rows of one limit."""
    if limit.max is not None or limit.min is not None:
        yield from (carried(variables, limit) if limit.carry_over else bounded(variables, limit))
    if limit.max_total is not None or limit.min_total is not None:
        yield total(variables, limit)
    if limit.max_share is not None or limit.min_share is not None:
        yield from shared(variables, limit)


def rule_rows(variables: Variables, rule: Rule) -> Iterator[Row]:
    """The rows of one rule."""
    return RULES[type(rule)](variables, rule)


def choose(variables: Variables) -> Iterator[Row]:
    """Σ_{j∈p} x_j ≤ 1 for every proposal p."""
    for proposal, columns in variables.of_proposal.items():
        yield row_of(f"choose_{proposal}", "", columns, [1] * len(columns), None, 1)


def required(variables: Variables) -> Iterator[Row]:
    """Σ_{j∈p} x_j ≥ 1 for every required proposal p."""
    for proposal in sorted(variables.problem.proposals, key=lambda p: p.id):
        if proposal.required:
            columns = variables.of_proposal[proposal.id]
            yield row_of(
                f"required_{proposal.id}", f"required:{proposal.id}", columns, [1] * len(columns), 1, None
            )


def bounded(variables: Variables, limit: Limit) -> Iterator[Row]:
    """min_t ≤ Σ_j (Σ_{u∈T(t)} a_ju) x_j ≤ max_t for every period t.

    T(t) is the year t; with `window` n the years t … t+n−1; with `cumulative` every year up to t.
    """
    years = variables.problem.years
    amounts, scale = variables.weighted(limit, part=True, saved=True)
    span = limit.window or 1
    periods = len(years) - span + 1
    for t, low, high in _periods(limit.min, limit.max, periods):
        inside = slice(0, t + 1) if limit.cumulative else slice(t, t + span)
        name = f"{limit.id}_{years[t]}"
        yield dense_row(name, limit.id, amounts[:, inside].sum(axis=1), scale, low, high)


def carried(variables: Variables, limit: Limit) -> Iterator[Row]:
    """Σ_{u≤t} Σ_j a_ju x_j ≤ Σ_{u≤t} max_u for every t with a limit, u over the years with a limit; min likewise."""
    years = variables.problem.years
    amounts, scale = variables.weighted(limit, part=True, saved=True)
    for end, bound in (("max", limit.max), ("min", limit.min)):
        limits = _spread(bound, len(years))
        counted = [u for u in range(len(years)) if limits[u] is not None]
        for k, t in enumerate(counted):
            running = amounts[:, counted[: k + 1]].sum(axis=1)
            room = sum(limits[u] or 0 for u in counted[: k + 1])
            low, high = (room, None) if end == "min" else (None, room)
            yield dense_row(f"{limit.id}_{end}_{years[t]}", limit.id, running, scale, low, high)


def total(variables: Variables, limit: Limit) -> Row:
    """min_total ≤ Σ_t Σ_j a_jt x_j ≤ max_total."""
    amounts, scale = variables.weighted(limit, part=True, saved=True)
    return dense_row(
        f"{limit.id}_total", limit.id, amounts.sum(axis=1), scale, limit.min_total, limit.max_total
    )


def shared(variables: Variables, limit: Limit) -> Iterator[Row]:
    """Σ_t (Σ_{j∈part} a_jt x_j − α Σ_j a_jt x_j) ≥ 0 for min_share α; ≤ 0 for max_share; y is not seen."""
    part = variables.weighted(limit, part=True, saved=False)[0].sum(axis=1).astype(object)
    whole = variables.weighted(limit, part=False, saved=False)[0].sum(axis=1).astype(object)
    for end, share in (("min", limit.min_share), ("max", limit.max_share)):
        if share is not None:
            weighed = part * share.denominator - whole * share.numerator
            low, high = (0, None) if end == "min" else (None, 0)
            yield dense_row(f"{limit.id}_{end}_share", limit.id, weighed, 1, low, high)


def requires(variables: Variables, rule: Requires) -> Iterator[Row]:
    """Σ_{j∈b, start ≤ s} x_j ≤ Σ_{j∈a, start ≤ s − lag} x_j for every start s of b (`proposal`); a is `needs`."""
    starts = variables.starts
    later, earlier = variables.of_proposal[rule.proposal], variables.of_proposal[rule.needs]
    for s in sorted({int(starts[j]) for j in later}):
        inside = [j for j in later if starts[j] <= s]
        before = [j for j in earlier if starts[j] <= s - rule.lag_years]
        coefficients = [1] * len(inside) + [-1] * len(before)
        yield row_of(f"{rule.id}_{s}", rule.id, inside + before, coefficients, None, 0)


def at_most(variables: Variables, rule: AtMost) -> Iterator[Row]:
    """Σ_{p∈group} Σ_{j∈p} x_j ≤ count."""
    columns = [j for p in rule.proposals for j in variables.of_proposal[p]]
    yield row_of(rule.id, rule.id, columns, [1] * len(columns), None, rule.count)


def all_or_none(variables: Variables, rule: AllOrNone) -> Iterator[Row]:
    """Σ_{j∈p} x_j = Σ_{j∈p'} x_j for every member p and the first member p'."""
    first = variables.of_proposal[min(rule.proposals)]
    for member in sorted(rule.proposals)[1:]:
        columns = variables.of_proposal[member]
        coefficients = [1] * len(columns) + [-1] * len(first)
        yield row_of(f"{rule.id}_{member}", rule.id, columns + first, coefficients, 0, 0)


def coordinate(variables: Variables, rule: Coordinate) -> Iterator[Row]:
    """y_gs ≤ Σ_{j∈p, start = s} x_j for every member p, and y_gs ≥ Σ_p Σ_{j∈p, start = s} x_j − (n − 1).

    The second holds y up where taking the saving would be a loss: it is taken whenever all start together.
    """
    for y, pair in enumerate(variables.coordinations, len(variables.candidates)):
        if pair.rule is not rule:
            continue
        together: list[int] = []
        for member in sorted(rule.proposals):
            columns = [j for j in variables.of_proposal[member] if variables.starts[j] == pair.start]
            together += columns
            coefficients = [1] + [-1] * len(columns)
            yield row_of(f"{rule.id}_{pair.start}_{member}", rule.id, [y, *columns], coefficients, None, 0)
        coefficients = [1] + [-1] * len(together)
        least = 1 - len(rule.proposals)
        yield row_of(f"{rule.id}_{pair.start}_all", rule.id, [y, *together], coefficients, least, None)


def fix(variables: Variables, rule: Fix) -> Iterator[Row]:
    """Σ x_j ≥ 1 over the candidates of the proposal with the alternative and start (where given)."""
    columns = _named(variables, rule)
    yield row_of(rule.id, rule.id, columns, [1] * len(columns), 1, None)


def forbid(variables: Variables, rule: Forbid) -> Iterator[Row]:
    """Σ x_j ≤ 0 over the candidates of the proposal with the alternative and start (where given)."""
    columns = _named(variables, rule)
    yield row_of(rule.id, rule.id, columns, [1] * len(columns), None, 0)


RULES: dict[type, Callable[[Variables, Any], Iterator[Row]]] = {
    Requires: requires,
    AtMost: at_most,
    AllOrNone: all_or_none,
    Coordinate: coordinate,
    Fix: fix,
    Forbid: forbid,
}


def dense_row(
    name: str, source: str, amounts: Integers, scale: int, low: int | None, high: int | None
) -> Row:
    """A row from whole numbers by column that are `scale` times öre."""
    columns = np.flatnonzero(amounts)
    low, high = (None if b is None else b * scale for b in (low, high))
    return row_of(name, source, columns, amounts[columns], low, high)


def row_of(
    name: str,
    source: str,
    columns: Sequence[int] | npt.NDArray[Any],
    coefficients: Sequence[int] | Integers,
    low: int | None,
    high: int | None,
) -> Row:
    """A row in the solver's numbers from exact ones."""
    exact = np.asarray(coefficients)
    divisor = abs(int(np.gcd.reduce(exact))) if len(exact) else 1  # of one number it keeps the sign
    largest = int(np.abs(exact).max(initial=0)) // divisor
    power = 1
    while largest > LARGEST_COEFFICIENT * power:
        power *= 10
    return Row(
        name=name,
        source=source,
        columns=np.asarray(columns, dtype=np.int32),
        coefficients=np.asarray(exact // divisor / power if len(exact) else [], dtype=np.float64),
        low=-math.inf if low is None else -(-low // divisor) / power,
        high=math.inf if high is None else high // divisor / power,
    )


def limit_ids(problem: Problem) -> tuple[str, ...]:
    """Every id that can stand in a conflict: limits, rules, then required proposals."""
    required_ids = (f"required:{p.id}" for p in problem.proposals if p.required)
    return (*(x.id for x in problem.limits), *(x.id for x in problem.rules), *required_ids)


def _named(variables: Variables, rule: Fix | Forbid) -> list[int]:
    named = ((j, variables.candidates[j]) for j in variables.of_proposal[rule.proposal])
    return [
        j for j, c in named if rule.alternative in (None, c.alternative.id) and rule.start in (None, c.start)
    ]


def _spread(bound: PerPeriod | None, periods: int) -> tuple[int | None, ...]:
    return bound if isinstance(bound, tuple) else (bound,) * periods


def _periods(
    low: PerPeriod | None, high: PerPeriod | None, periods: int
) -> Iterator[tuple[int, int | None, int | None]]:
    """(period, min, max) for every period that has a bound."""
    for t, (least, most) in enumerate(zip(_spread(low, periods), _spread(high, periods), strict=True)):
        if least is not None or most is not None:
            yield t, least, most
