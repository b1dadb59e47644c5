"""Solving: proven gap, time and value against a plain textbook model with CBC and with HiGHS, in the same run.

The textbook model is what a first course gives: a yes-or-no for each alternative, a yes-or-no for each start year, a
big-M for every pair of them and year, orders as integer start years. All plans are judged by the exact checker.
The limits are by the clock, so the processor time that each got is told: on a busy machine it is less.
"""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass

import pulp
from pulp.apis.coin_api import pulp_cbc_path

from benchmarks.instances import municipality
from optimizer.problem import Choice, Limit, Problem, Proposal, Requires
from optimizer.ranking import rank
from optimizer.solving import solve
from optimizer.variables import Variables
from optimizer.verifying import value_of, verify


@dataclass(frozen=True)
class Outcome:
    """Value of the checked plan (None: no plan that holds), and the seconds and processor seconds it took."""

    value: float | None
    seconds: float
    processor: float


def run(quick: bool = False) -> list[str]:
    """Lines to print; under a minute when `quick`."""
    count, limit_seconds, seeds = (40, 5.0, (1,)) if quick else (160, 40.0, (1, 2, 3))
    lines = [f"Solving {count} proposals, {limit_seconds:g} s each, medians over {len(seeds)} seed(s)"]
    gaps, to_one, ours, processor, ranked, textbook = [], [], [], [], [], {"CBC": [], "HiGHS": []}
    for seed in seeds:
        problem = municipality(count, seed, tightness=0.4)
        one_percent: list[float] = []
        used = _processor_seconds()
        answer = solve(
            problem,
            max_seconds=limit_seconds,
            on_progress=lambda p, found=one_percent: (
                found.append(p.seconds) if p.gap is not None and p.gap <= 0.01 and not found else None
            ),
        )
        processor.append(_processor_seconds() - used)
        value = float(answer.value or 0)
        gaps.append(100 * (answer.gap if answer.gap is not None else float("inf")))
        to_one.append(one_percent[0] if one_percent else float("inf"))
        ours.append(answer.solver.seconds)
        ranking = rank(problem)
        ranked.append(float(ranking.value) / value)
        for name in textbook:
            textbook[name].append((_solve_textbook(problem, name, limit_seconds), value))
    lines.append(
        f"  ours: proven gap {statistics.median(gaps):.3f} %, to 1 % in {statistics.median(to_one):.1f} s, "
        f"ended after {statistics.median(ours):.1f} s ({statistics.median(processor):.1f} s of processor time)"
    )
    lines.append(
        f"  ranking by value per krona, every limit kept: {statistics.median(ranked):.3f} of our value"
    )
    for name, outcomes in textbook.items():
        shares = [0.0 if o.value is None else o.value / value for o, value in outcomes]
        times = [o.seconds / own for (o, _), own in zip(outcomes, ours, strict=True)]
        none = sum(o.value is None for o, _ in outcomes)
        used = statistics.median(o.processor for o, _ in outcomes)
        lines.append(
            f"  textbook PuLP + {name}: {statistics.median(shares):.3f} of our value, "
            f"{statistics.median(times):.1f} times our time ({used:.1f} s of processor time), "
            f"no plan that holds in {none} of {len(outcomes)}"
        )
    return lines


def _solve_textbook(problem: Problem, solver: str, max_seconds: float) -> Outcome:
    started, used = time.perf_counter(), _processor_seconds()
    model, alternative, start = _textbook(problem)
    if solver == "CBC":
        model.solve(pulp.COIN_CMD(path=pulp_cbc_path, msg=False, timeLimit=max_seconds, threads=1))
    else:
        model.solve(pulp.HiGHS(msg=False, timeLimit=max_seconds, threads=1))
    chosen = _chosen(problem, alternative, start)
    held = bool(chosen) and not verify(problem, chosen)
    value = float(value_of(problem, chosen)) if held else None
    return Outcome(value, time.perf_counter() - started, _processor_seconds() - used)


def _processor_seconds() -> float:
    """What this process and the solvers that it started have used; CBC works in a process of its own."""
    told = os.times()
    return told.user + told.system + told.children_user + told.children_system


def _chosen(problem: Problem, alternative: dict, start: dict) -> tuple[Choice, ...]:
    chosen = []
    for p in problem.proposals:
        for a in p.alternatives:
            if (alternative[p.id, a.id].value() or 0) > 0.5:
                year = next((s for s in a.starts if (start[p.id, s].value() or 0) > 0.5), None)
                if year is not None:
                    chosen.append(Choice(p.id, a.id, year))
    return tuple(chosen)


def _textbook(problem: Problem) -> tuple[pulp.LpProblem, dict, dict]:
    """alternative + start − 1 ≤ active: the product of two yes-or-nos by big-M, as a first course writes it."""
    model = pulp.LpProblem("textbook", pulp.LpMaximize)
    variables = Variables(problem)
    alternative, start, active = {}, {}, {}
    for p in problem.proposals:
        years = sorted({s for a in p.alternatives for s in a.starts})
        for a in p.alternatives:
            alternative[p.id, a.id] = model.add_variable(f"a_{p.id}_{a.id}", cat=pulp.LpBinary)
        for s in years:
            start[p.id, s] = model.add_variable(f"s_{p.id}_{s}", cat=pulp.LpBinary)
        _link(model, p, years, alternative, start, active)
    columns = [active[c.proposal.id, c.alternative.id, c.start] for c in variables.candidates]
    values = [float(v) for v in variables.values]
    model += pulp.lpSum(v * x for v, x in zip(values, columns, strict=False))
    for limit in problem.limits:
        _add_limit(model, variables, limit, columns)
    for rule in problem.rules:
        if isinstance(rule, Requires):
            _add_order(model, problem, rule, alternative, start)
        elif hasattr(rule, "count"):
            model += pulp.lpSum(v for (p, _), v in alternative.items() if p in rule.proposals) <= rule.count
        elif hasattr(rule, "proposals") and not hasattr(rule, "saving"):
            first, second = (
                pulp.lpSum(v for (p, _), v in alternative.items() if p == m) for m in rule.proposals
            )
            model += first == second
    return model, alternative, start


def _link(
    model: pulp.LpProblem, p: Proposal, years: list[int], alternative: dict, start: dict, active: dict
) -> None:
    chosen = pulp.lpSum(alternative[p.id, a.id] for a in p.alternatives)
    model += chosen <= 1 if not p.required else chosen == 1
    model += pulp.lpSum(start[p.id, s] for s in years) == chosen
    for a in p.alternatives:
        for s in a.starts:
            both = model.add_variable(f"w_{p.id}_{a.id}_{s}", lowBound=0, upBound=1)
            active[p.id, a.id, s] = both
            model += both >= alternative[p.id, a.id] + start[p.id, s] - 1
            model += both <= alternative[p.id, a.id]
            model += both <= start[p.id, s]


def _add_limit(model: pulp.LpProblem, variables: Variables, limit: Limit, columns: list) -> None:
    entries, scale = variables.weighted(limit, saved=False)
    inside = variables.matching(limit)[entries.columns]
    unit = scale * 1e8  # million kronor
    totals, wholes = [], []
    for amounts in entries.amounts.T:
        terms = [
            (float(a) / unit * columns[j], i)
            for j, a, i in zip(entries.columns, amounts, inside, strict=True)
            if a
        ]
        totals.append(pulp.lpSum(term for term, is_inside in terms if is_inside))
        wholes.append(pulp.lpSum(term for term, _ in terms))
    if limit.max is not None:
        bounds = limit.max if isinstance(limit.max, tuple) else (limit.max,) * len(totals)
        for t, bound in enumerate(bounds):
            running = limit.carry_over or limit.cumulative
            used = pulp.lpSum(totals[: t + 1]) if running else totals[t]
            room = sum(bounds[: t + 1]) if limit.carry_over else bound
            model += used <= room / 1e8
    if limit.min_share is not None:
        model += pulp.lpSum(totals) >= float(limit.min_share) * pulp.lpSum(wholes)


def _add_order(
    model: pulp.LpProblem, problem: Problem, rule: Requires, alternative: dict, start: dict
) -> None:
    def chosen(proposal: str) -> pulp.LpAffineExpression:
        return pulp.lpSum(v for (p, _), v in alternative.items() if p == proposal)

    def year(proposal: str) -> pulp.LpAffineExpression:
        return pulp.lpSum((s - problem.years[0]) * v for (p, s), v in start.items() if p == proposal)

    big = len(problem.years) + abs(rule.lag_years)
    model += chosen(rule.proposal) <= chosen(rule.needs)
    model += year(rule.proposal) >= year(rule.needs) + rule.lag_years - big * (1 - chosen(rule.proposal))
