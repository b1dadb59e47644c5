"""The optimiser's case, built from proposals, scores, room and frames.

What goes where: net outlay against the investment ceiling, the consolidated operating effect against the operating
room, rent + capital cost + other operating cost against each committee's frame, and the investigation stage as the
earliest start. A company's outlay counts against its own capacity row, never against the municipality's ceiling.
Lasting rows tell how cash and own funds follow (`domain.finances.PlanEffects`): depreciation with disposals, what is
cost but not cash, grants received and capitalised interest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from investplan import __version__
from investplan.db.models import (
    DecidedInvestment,
    ParameterSet,
    PlanningRound,
    Proposal,
    Run,
    Scenario,
    ScenarioLimit,
)
from investplan.domain.consequences import Consequences, consequences
from investplan.domain.finances import plan_effects
from investplan.domain.parameters import Parameters
from investplan.domain.proposals import Alternative, ProposalFacts, Stage, Status
from investplan.errors import InvalidInputError, Note
from investplan.services import gate_tables, organisations, proposal_records, rounds
from investplan.services.work import Work
from investplan.units import kronor_from_ore, round_half_up
from optimizer.case_files import CaseError, read_case
from optimizer.problem import Problem

MNKR_ORE = 100_000_000


@dataclass(frozen=True)
class BuiltCase:
    """A case frozen at one instant.

    Attributes:
        case_bytes: The case file (investplan-case/1) that anyone can run and check.
        snapshot: The facts it was built from: parameters, and per case number the proposal's id, version and facts;
            `left_out` lists what could not compete, with the reason.
    """

    problem: Problem
    case_bytes: bytes
    snapshot: dict[str, Any]
    parameter_set_id: int


@dataclass(frozen=True)
class _Context:
    years: tuple[int, ...]
    parameters: Parameters
    companies: frozenset[str]
    weights: Mapping[str, int]
    value_basis: str
    first_competing: Stage = Stage.NEED
    first_only: bool = False


def build_case(work: Work, scenario: Scenario, *, first_only: bool = False) -> BuiltCase:
    """The scenario's case over the round's submitted and decided proposals.

    Args:
        first_only: A sketch with each proposal's first possible alternative at its earliest start, and no rules: for
            showing what is asked for, never for solving.

    Raises:
        InvalidInputError: nothing can compete, or the case does not hold together.
    """
    planning_round = scenario.round
    context = replace(_context(work, planning_round, scenario), first_only=first_only)
    candidates, facts_by_case, left_out = _candidates(work, planning_round, context)
    if not candidates:
        raise InvalidInputError({"proposals": Note("Inga förslag är klara för prioritering.")})
    rules, rules_left_out = _rules(scenario, {candidate["id"] for candidate in candidates})
    case = {
        "format": "investplan-case/1",
        "title": f"{planning_round.name}: {scenario.name}",
        "years": list(planning_round.years),
        "proposals": candidates,
        "limits": [_limit(limit, planning_round.years) for limit in scenario.limits],
        "rules": [] if first_only else rules,
        "previous": [] if first_only else _previous(work, scenario, candidates),
    }
    case_bytes = (
        json.dumps(case, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"
    ).encode()
    snapshot = {
        "round": planning_round.name,
        "scenario": scenario.name,
        "scenario_version": scenario.version,
        "parameters": {
            "label": planning_round.parameter_set.label,
            "values": planning_round.parameter_set.values,
        },
        "software": __version__,
        "proposals": facts_by_case,
        "left_out": left_out,
        "rules_left_out": rules_left_out,
        "limit_labels": {limit.code: limit.label for limit in scenario.limits},
        "weights": dict(context.weights),
        "criteria": {c.code: c.name for c in rounds.criteria(work, planning_round.id)},
    }
    return BuiltCase(_read(case_bytes), case_bytes, snapshot, planning_round.parameter_set_id)


def _read(case_bytes: bytes) -> Problem:
    try:
        return read_case(case_bytes)
    except CaseError as error:
        raise InvalidInputError(
            {fault.place: Note("%(message)s", {"message": fault.message}) for fault in error.faults}
        ) from error


@lru_cache(maxsize=4)
def frozen(case_bytes: bytes) -> Problem:
    """A run's frozen case. It never changes, and reading a large one takes longer than all else on its pages."""
    return _read(case_bytes)


def _context(work: Work, planning_round: PlanningRound, scenario: Scenario) -> _Context:
    weights = scenario.weights or {
        c.code: c.weight_permille for c in rounds.criteria(work, planning_round.id)
    }
    return _Context(
        years=planning_round.years,
        parameters=rounds.parameters_of(planning_round),
        companies=organisations.company_codes(work),
        weights=weights,
        value_basis=scenario.value_basis,
        first_competing=gate_tables.in_force(work).first_competing,
    )


def _candidates(
    work: Work, planning_round: PlanningRound, context: _Context
) -> tuple[list[dict[str, Any]], dict[str, Any], list[dict[str, Any]]]:
    decided = _decided(work, planning_round.id)
    candidates: list[dict[str, Any]] = []
    facts_by_case: dict[str, Any] = {}
    left_out: list[dict[str, Any]] = []
    rows = work.session.scalars(
        select(Proposal)
        .where(
            Proposal.round_id == planning_round.id,
            Proposal.status.in_([Status.SUBMITTED.value, Status.DECIDED.value]),
        )
        .order_by(Proposal.case_number)
    )
    for row in rows:
        facts, committed = proposal_records.facts(row), decided.get(row.id)
        candidate: dict[str, Any] | None
        if committed is not None:
            facts, candidate = _committed(work, committed, context)
        else:
            ready = _ready(facts, row.not_before_year, context)
            is_early = facts.stage.order < context.first_competing.order
            candidate = None if is_early else _candidate(facts, ready, context)
            if candidate is None:
                left_out.append(_left_out(facts, ready, is_early, row.not_before_year, context))
        if candidate is None:
            continue
        candidates.append(candidate)
        facts_by_case[row.case_number] = {
            "id": row.id,
            "version": row.version,
            "decided": committed is not None,
            "facts": proposal_records.facts_to_json(facts),
        }
    return candidates, facts_by_case, left_out


def _left_out(
    facts: ProposalFacts, ready: int, is_early: bool, not_before: int | None, context: _Context
) -> dict[str, Any]:
    """Why a proposal cannot compete: too little investigated, or what its stage or postponement allows and it asks for."""
    told: dict[str, Any] = {
        "case_number": facts.case_number,
        "title": facts.title,
        "reason": "too early stage" if is_early else "no start left",
        "stage": facts.stage.value,
        "earliest": ready,
        "starts": sorted({start for alternative in facts.open_alternatives for start in alternative.starts}),
    }
    if is_early:
        told["first_competing"] = context.first_competing.value
    if not_before is not None:
        told["not_before"] = not_before
    return told


def _ready(facts: ProposalFacts, not_before: int | None, context: _Context) -> int:
    """The first year it may start: what the stage allows, and what the executive board has postponed it to."""
    return max(context.parameters.earliest_start(facts.stage, context.years[0]), not_before or 0)


def _decided(work: Work, round_id: int) -> dict[int, DecidedInvestment]:
    query = select(DecidedInvestment).join(DecidedInvestment.proposal).where(Proposal.round_id == round_id)
    return {row.proposal_id: row for row in work.session.scalars(query)}


def _committed(
    work: Work, decided: DecidedInvestment, context: _Context
) -> tuple[ProposalFacts, dict[str, Any]]:
    """What the council has decided stays: one alternative, one start, required, and no value to compete with."""
    facts = proposal_records.facts_from_json(decided.snapshot)
    stored = work.session.get_one(ParameterSet, decided.parameter_set_id)
    parameters = stored.parameters
    alternative = next(a for a in facts.alternatives if a.code == decided.alternative_code)
    start = decided.start_year
    effects = _effects(facts, alternative, start, parameters, context)
    body = _alternative_rows(facts, {start: effects}, context)
    candidate = _header(facts, required=True)
    candidate["alternatives"] = [{"id": alternative.code, "starts": [start], "value": 0, **body}]
    return facts, candidate


def _header(facts: ProposalFacts, *, required: bool) -> dict[str, Any]:
    header: dict[str, Any] = {
        "id": facts.case_number,
        "title": facts.title,
        "committee": facts.committee,
        "category": facts.category.value,
        "required": required,
    }
    if facts.district is not None:
        header["district"] = facts.district
    return header


def _candidate(facts: ProposalFacts, ready: int, context: _Context) -> dict[str, Any] | None:
    alternatives: list[dict[str, Any]] = []
    for alternative in facts.open_alternatives:
        starts = [start for start in alternative.starts if start >= ready and start in context.years]
        if starts:
            starts = [min(starts)] if context.first_only else starts
            alternatives.append(_case_alternative(facts, alternative, starts, context))
        if alternatives and context.first_only:
            break
    if not alternatives:
        return None
    return {**_header(facts, required=facts.required), "alternatives": alternatives}


def _case_alternative(
    facts: ProposalFacts, alternative: Alternative, starts: list[int], context: _Context
) -> dict[str, Any]:
    effects = {start: _effects(facts, alternative, start, context.parameters, context) for start in starts}
    values = {str(start): _value(facts, alternative, start, context) for start in starts}
    return {
        "id": alternative.code,
        "starts": starts,
        "value": values,
        **_alternative_rows(facts, effects, context),
    }


def _effects(
    facts: ProposalFacts, alternative: Alternative, start: int, parameters: Parameters, context: _Context
) -> Consequences:
    return consequences(
        alternative,
        committee=facts.committee,
        start=start,
        parameters=parameters,
        years=context.years,
        companies=context.companies,
    )


def _alternative_rows(
    facts: ProposalFacts, effects: Mapping[int, Consequences], context: _Context
) -> dict[str, Any]:
    """The rows by start year, from the start year to the end of the plan, in kronor."""
    first = context.years[0]

    def by_start(series: Mapping[int, Any]) -> dict[str, list[int | float]]:
        return {str(s): [kronor_from_ore(ore) for ore in row[s - first :]] for s, row in series.items()}

    outlay = {start: found.investment_ore for start, found in effects.items()}
    operating = {start: found.consolidated_view.levels().ore for start, found in effects.items()}
    is_company = facts.committee in context.companies
    rows: dict[str, Any] = {}
    if is_company:
        rows["capacity"] = {facts.committee: by_start(outlay)}
    else:
        rows["investment"] = by_start(outlay)
        rows["operating"] = by_start(operating)
        rows["lasting"] = _lasting_rows(effects, by_start)
    committees = {code for found in effects.values() for code in found.committee_view.committees}
    frames = {
        code: by_start({start: found.committee_view.levels(code).ore for start, found in effects.items()})
        for code in sorted(committees - context.companies)
    }
    if frames:
        rows["frames"] = frames
    return rows


def _lasting_rows(
    effects: Mapping[int, Consequences], by_start: Callable[[Mapping[int, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """The rows behind own funds and loans; grants and capitalised interest only where there are any."""
    found = {start: plan_effects([one], one.years) for start, one in effects.items()}
    rows = {
        "depreciation": {start: one.written_off_ore for start, one in found.items()},
        "noncash": {start: one.noncash_ore for start, one in found.items()},
        "grants": {start: one.grants_received_ore for start, one in found.items()},
        "capitalised": {start: one.capitalised_ore for start, one in found.items()},
    }
    always = ("depreciation", "noncash")
    return {
        name: by_start(series)
        for name, series in rows.items()
        if name in always or any(any(amounts) for amounts in series.values())
    }


def _value(facts: ProposalFacts, alternative: Alternative, start: int, context: _Context) -> int | float:
    """Weighted points (0-100), times size in mnkr for `volume`, less the yearly discount of a later start."""
    points = Fraction(sum(context.weights.get(code, 0) * p for code, p in facts.scores.items()), 50)
    size = Fraction(facts.outlay_ore, MNKR_ORE) if context.value_basis == "volume" else Fraction(1)
    discount = context.parameters.value_discount ** (start - context.years[0])
    hundredths = round_half_up(points * size * discount * alternative.benefit_percent)
    return kronor_from_ore(hundredths)


def _limit(limit: ScenarioLimit, years: tuple[int, ...]) -> dict[str, Any]:
    """The limit as the case has it; where it was taken from (`origin`) is the scenario's own affair."""
    extra = {name: value for name, value in limit.extra.items() if name != "origin"}
    max_ore = {year.year: year.max_ore for year in limit.years}
    weights = extra.pop("of", None)
    body: dict[str, Any] = {"id": limit.code, "of": limit.row}
    if weights is not None:
        body["of"] = {row: _number(Fraction(weight)) for row, weight in weights.items()}
    if limit.carry_over:
        body["carry_over"] = True
    if max_ore:
        periods = years[: len(years) - extra.get("window", 1) + 1]
        stated = [max_ore.get(year) for year in periods]
        body["max"] = [None if ore is None else kronor_from_ore(ore) for ore in stated]
    for name in ("max_total", "min_total"):
        if f"{name}_ore" in extra:
            body[name] = kronor_from_ore(extra.pop(f"{name}_ore"))
    for name in ("min_share", "max_share"):
        if name in extra:
            body[name] = float(extra.pop(name))
    return {**body, **extra}


def _number(exact: Fraction) -> int | float:
    """A weight as a JSON number: decimal text of at most nine decimals is printed back as it was."""
    return exact.numerator if exact.denominator == 1 else float(exact)


def _rules(scenario: Scenario, known: set[str]) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    kept: list[dict[str, Any]] = []
    left_out: list[dict[str, str]] = []
    for rule in scenario.rules:
        named = [rule.body[k] for k in ("proposal", "needs") if k in rule.body] + list(
            rule.body.get("proposals", [])
        )
        absent = [name for name in named if name not in known]
        if absent:
            left_out.append({"rule": rule.code, "reason": ", ".join(absent)})
        else:
            kept.append({"id": rule.code, "kind": rule.kind, **rule.body})
    return kept, left_out


def _previous(work: Work, scenario: Scenario, candidates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if scenario.previous_run_id is None:
        return []
    run = work.session.get(Run, scenario.previous_run_id)
    possible = {(c["id"], a["id"], s) for c in candidates for a in c["alternatives"] for s in a["starts"]}
    chosen = run.plan["chosen"] if run is not None and run.plan else []
    return [c for c in chosen if (c["proposal"], c["alternative"], c["start"]) in possible]


def recosted(work: Work, run: Run, parameters: Parameters) -> Problem:
    """What a run's plan chose, costed with other parameters, under the limits as they were frozen.

    For asking what the plan would cost, never for solving: the proposals that were left out are not in it.

    Raises:
        ValueError: the run has no plan.
    """
    if run.plan is None or run.case_bytes is None or run.snapshot is None:
        raise ValueError(f"run {run.id} has no plan")
    problem = frozen(run.case_bytes)
    context = _Context(problem.years, parameters, organisations.company_codes(work), {}, "points")
    known = run.snapshot["proposals"]
    proposals = [_recosted(known[choice["proposal"]], choice, context) for choice in run.plan["chosen"]]
    if not proposals:
        return replace(problem, proposals=(), previous=())
    case = {"format": "investplan-case/1", "years": list(problem.years), "proposals": proposals}
    costed = _read(json.dumps(case, ensure_ascii=False, allow_nan=False).encode())
    return replace(problem, proposals=costed.proposals, previous=())


def _recosted(stored: Mapping[str, Any], choice: Mapping[str, Any], context: _Context) -> dict[str, Any]:
    facts = proposal_records.facts_from_json(stored["facts"])
    alternative = next(a for a in facts.alternatives if a.code == choice["alternative"])
    start = choice["start"]
    if stored["decided"]:
        effects = _effects(facts, alternative, start, context.parameters, context)
        body = {"id": alternative.code, "starts": [start], "value": 0}
        return {
            **_header(facts, required=True),
            "alternatives": [body | _alternative_rows(facts, {start: effects}, context)],
        }
    return {
        **_header(facts, required=facts.required),
        "alternatives": [_case_alternative(facts, alternative, [start], context)],
    }
