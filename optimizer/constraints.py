"""Every rule as inequalities, one function per rule; the inequality stands in the docstring.

x_j is 1 when candidate j = (proposal, alternative, start) is chosen, y_gs is 1 when all members of coordination g
start in year s; a_jt is what column j adds to the limit's row in year t (y's savings are negative). Coefficients are
whole numbers until the very last step, where a row is divided by its greatest common divisor and by a power of ten
that brings the largest coefficient to at most 1,000, so that the solver's tolerance is small beside an öre.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

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
from optimizer.variables import SAFE, Entries, Integers, Variables

LARGEST_COEFFICIENT = 1000


class Row(NamedTuple):
    """low ≤ Σ coefficients · columns ≤ high. `source` is the limit, rule or demand it comes from ("" = always).

    A coefficient of 1 stands for `unit` whole numbers.
    """

    name: str
    source: str
    columns: npt.NDArray[np.int32]
    coefficients: npt.NDArray[np.float64]
    low: float
    high: float
    unit: float = 1.0


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
    every, ones = np.arange(len(variables.candidates), dtype=np.int32), np.ones(len(variables.candidates))
    for proposal, columns in variables.of_proposal.items():
        own = slice(columns.start, columns.stop)
        yield Row(f"choose_{proposal}", "", every[own], ones[own], -math.inf, 1.0)


def required(variables: Variables) -> Iterator[Row]:
    """Σ_{j∈p} x_j ≥ 1 for every required proposal p."""
    for proposal in sorted(variables.problem.proposals, key=lambda p: p.id):
        if proposal.required:
            source = f"required:{proposal.id}"
            yield counting_row(
                f"required_{proposal.id}", source, variables.of_proposal[proposal.id], (), 1, None
            )


def bounded(variables: Variables, limit: Limit) -> Iterator[Row]:
    """min_t ≤ Σ_j (Σ_{u∈T(t)} a_ju) x_j ≤ max_t for every period t.

    T(t) is the year t; with `window` n the years t … t+n−1; with `cumulative` every year up to t.
    """
    years = variables.problem.years
    (columns, amounts), scale = _counted(variables, limit)
    span = limit.window or 1
    periods = len(years) - span + 1
    for t, low, high in _periods(limit.min, limit.max, periods):
        inside = slice(0, t + 1) if limit.cumulative else slice(t, t + span)
        name = f"{limit.id}_{years[t]}"
        yield row_of(name, limit.id, columns, amounts[:, inside].sum(axis=1), scale, low, high)


def carried(variables: Variables, limit: Limit) -> Iterator[Row]:
    """Σ_{u≤t} Σ_j a_ju x_j ≤ Σ_{u≤t} max_u for every t with a limit, u over the years with a limit; min likewise."""
    years = variables.problem.years
    (columns, amounts), scale = _counted(variables, limit)
    for end, bound in (("max", limit.max), ("min", limit.min)):
        limits = _spread(bound, len(years))
        counted = [u for u in range(len(years)) if limits[u] is not None]
        running = amounts[:, counted].cumsum(axis=1)
        for k, t in enumerate(counted):
            room = sum(limits[u] or 0 for u in counted[: k + 1])
            low, high = (room, None) if end == "min" else (None, room)
            yield row_of(f"{limit.id}_{end}_{years[t]}", limit.id, columns, running[:, k], scale, low, high)


def total(variables: Variables, limit: Limit) -> Row:
    """min_total ≤ Σ_t Σ_j a_jt x_j ≤ max_total."""
    (columns, amounts), scale = _counted(variables, limit)
    name, whole = f"{limit.id}_total", amounts.sum(axis=1)
    return row_of(name, limit.id, columns, whole, scale, limit.min_total, limit.max_total)


def shared(variables: Variables, limit: Limit) -> Iterator[Row]:
    """Σ_t (Σ_{j∈part} a_jt x_j − α Σ_j a_jt x_j) ≥ 0 for min_share α; ≤ 0 for max_share; y is not seen."""
    columns, amounts = variables.weighted(limit, saved=False)[0]
    whole, in_part = amounts.sum(axis=1), variables.matching(limit)[columns]
    for end, share in (("min", limit.min_share), ("max", limit.max_share)):
        if share is not None:
            if int(np.abs(whole).max(initial=0)) * (abs(share.numerator) + share.denominator) >= SAFE:
                whole = whole.astype(object)
            weighed = whole * np.where(in_part, share.denominator - share.numerator, -share.numerator)
            low, high = (0, None) if end == "min" else (None, 0)
            yield row_of(f"{limit.id}_{end}_share", limit.id, columns, weighed, 1, low, high)


def requires(variables: Variables, rule: Requires) -> Iterator[Row]:
    """Σ_{j∈b, start ≤ s} x_j ≤ Σ_{j∈a, start ≤ s − lag} x_j for every start s of b (`proposal`); a is `needs`."""
    later, earlier = variables.of_proposal[rule.proposal], variables.of_proposal[rule.needs]
    later_starts, earlier_starts = _starts(variables, later), _starts(variables, earlier)
    for s in sorted(set(later_starts)):
        inside = [j for j, start in zip(later, later_starts, strict=True) if start <= s]
        before = [j for j, start in zip(earlier, earlier_starts, strict=True) if start <= s - rule.lag_years]
        yield counting_row(f"{rule.id}_{s}", rule.id, inside, before, None, 0)


def at_most(variables: Variables, rule: AtMost) -> Iterator[Row]:
    """Σ_{p∈group} Σ_{j∈p} x_j ≤ count."""
    columns = [j for p in rule.proposals for j in variables.of_proposal[p]]
    yield counting_row(rule.id, rule.id, columns, (), None, rule.count)


def all_or_none(variables: Variables, rule: AllOrNone) -> Iterator[Row]:
    """Σ_{j∈p} x_j = Σ_{j∈p'} x_j for every member p and the first member p'."""
    first = variables.of_proposal[min(rule.proposals)]
    for member in sorted(rule.proposals)[1:]:
        yield counting_row(f"{rule.id}_{member}", rule.id, variables.of_proposal[member], first, 0, 0)


def coordinate(variables: Variables, rule: Coordinate) -> Iterator[Row]:
    """y_gs ≤ Σ_{j∈p, start = s} x_j for every member p, and y_gs ≥ Σ_p Σ_{j∈p, start = s} x_j − (n − 1).

    The second holds y up where taking the saving would be a loss: it is taken whenever all start together.
    """
    members = sorted(rule.proposals)
    starts_of = {p: _starts(variables, variables.of_proposal[p]) for p in members}
    for y, start in variables.coordinations_of(rule):
        together: list[int] = []
        for member in members:
            pairs = zip(variables.of_proposal[member], starts_of[member], strict=True)
            columns = [j for j, own in pairs if own == start]
            together += columns
            yield counting_row(f"{rule.id}_{start}_{member}", rule.id, [y], columns, None, 0)
        least = 1 - len(members)
        yield counting_row(f"{rule.id}_{start}_all", rule.id, [y], together, least, None)


def fix(variables: Variables, rule: Fix) -> Iterator[Row]:
    """Σ x_j ≥ 1 over the candidates of the proposal with the alternative and start (where given)."""
    columns = _named(variables, rule)
    yield counting_row(rule.id, rule.id, columns, (), 1, None)


def forbid(variables: Variables, rule: Forbid) -> Iterator[Row]:
    """Σ x_j ≤ 0 over the candidates of the proposal with the alternative and start (where given)."""
    columns = _named(variables, rule)
    yield counting_row(rule.id, rule.id, columns, (), None, 0)


RULES: dict[type, Callable[[Variables, Any], Iterator[Row]]] = {
    Requires: requires,
    AtMost: at_most,
    AllOrNone: all_or_none,
    Coordinate: coordinate,
    Fix: fix,
    Forbid: forbid,
}


def counting_row(
    name: str, source: str, plus: Sequence[int], minus: Sequence[int], low: int | None, high: int | None
) -> Row:
    """low ≤ Σ plus − Σ minus ≤ high: coefficients that nothing has to be divided by."""
    return Row(
        name=name,
        source=source,
        columns=np.array([*plus, *minus], dtype=np.int32),
        coefficients=np.array([1.0] * len(plus) + [-1.0] * len(minus)),
        low=-math.inf if low is None else float(low),
        high=math.inf if high is None else float(high),
    )


def dense_row(
    name: str, source: str, amounts: Integers, scale: int, low: int | None, high: int | None
) -> Row:
    """A row in the solver's numbers from whole ones for every column, `scale` times öre."""
    return row_of(name, source, np.arange(len(amounts)), amounts, scale, low, high)


def row_of(
    name: str,
    source: str,
    columns: Integers,
    amounts: Integers,
    scale: int,
    low: int | None,
    high: int | None,
) -> Row:
    """A row in the solver's numbers from whole ones by column, `scale` times öre."""
    inside = np.flatnonzero(amounts)
    exact = amounts[inside]
    divisor = abs(int(np.gcd.reduce(exact))) if len(exact) else 1  # of one number it keeps the sign
    largest = int(np.abs(exact).max(initial=0)) // divisor
    power = 1
    while largest > LARGEST_COEFFICIENT * power:
        power *= 10
    return Row(
        name=name,
        source=source,
        columns=columns[inside].astype(np.int32),
        coefficients=np.asarray(exact // divisor / power, dtype=np.float64),
        low=-math.inf if low is None else -(-low * scale // divisor) / power,
        high=math.inf if high is None else high * scale // divisor / power,
        unit=float(divisor * power),
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


def _counted(variables: Variables, limit: Limit) -> tuple[Entries, int]:
    """What the limit counts, as whole numbers, and what they must be divided by to be öre."""
    entries, scale = variables.weighted(limit)
    if limit.where:
        inside = variables.matching(limit)[entries.columns]
        entries = Entries(entries.columns[inside], entries.amounts[inside])
    return entries, scale


def _starts(variables: Variables, columns: range) -> list[int]:
    """The start years of neighbouring candidates."""
    starts: list[int] = variables.starts[columns.start : columns.stop].tolist()
    return starts


def _spread(bound: PerPeriod | None, periods: int) -> tuple[int | None, ...]:
    return bound if isinstance(bound, tuple) else (bound,) * periods


def _periods(
    low: PerPeriod | None, high: PerPeriod | None, periods: int
) -> Iterator[tuple[int, int | None, int | None]]:
    """(period, min, max) for every period that has a bound."""
    for t, (least, most) in enumerate(zip(_spread(low, periods), _spread(high, periods), strict=True)):
        if least is not None or most is not None:
            yield t, least, most
