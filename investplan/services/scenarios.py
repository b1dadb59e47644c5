"""Scenarios: the room, weights, limits and rules under which a round's proposals are prioritised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from investplan.db.models import (
    PlanningRound,
    Scenario,
    ScenarioLimit,
    ScenarioLimitYear,
    ScenarioRule,
)
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError
from investplan.services import rounds
from investplan.services.cases import BuiltCase, build_case
from investplan.services.work import Work, once
from investplan.units import MAX_AMOUNT_ORE, Ore

__all__ = [
    "WEIGHTED",
    "BuiltCase",
    "LimitFacts",
    "RuleFacts",
    "ScenarioFacts",
    "build_case",
    "create",
    "facts_of",
    "find",
    "of_round",
    "save",
]

RULE_KINDS = ("requires", "at_most", "all_or_none", "coordinate", "fix", "forbid")
EXTRA_KEYS = {
    "where", "min_share", "max_share", "max_total_ore", "min_total_ore", "of", "cumulative", "window", "origin",
}  # fmt: skip
WEIGHTED = "weighted"
"""The row of a limit that weighs several rows together; `extra["of"]` says which."""


@dataclass(frozen=True)
class LimitFacts:
    """One limit: the row it is of (`investment`, `operating`, `frame:UN`, `capacity:…`) and its most per year, öre.

    A year that is not in `max_ore_by_year` has no limit; with a window the year is the first of it. `extra` holds
    `where`, `min_share`, `max_share` (decimal text), `max_total_ore`, `min_total_ore`; `of` (row → weight as decimal
    text) where `row` is `weighted`; `cumulative` or `window`; and `origin`: the code of the financial target that the
    limit was taken from.
    """

    code: str
    label: str
    row: str
    max_ore_by_year: Mapping[int, Ore] = field(default_factory=dict)
    carry_over: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleFacts:
    """One rule of investplan-case/1; `body` is the rule without id and kind, proposals by case number."""

    code: str
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class ScenarioFacts:
    """What a scenario says. `weights` are per mille by criterion code and add up to 1000."""

    name: str
    note: str = ""
    weights: Mapping[str, int] = field(default_factory=dict)
    value_basis: str = "volume"
    limits: Sequence[LimitFacts] = ()
    rules: Sequence[RuleFacts] = ()
    previous_run_id: int | None = None


def of_round(work: Work, round_id: int) -> list[Scenario]:
    """The round's scenarios, the newest first."""
    work.require("see")
    return list(
        work.session.scalars(
            select(Scenario).where(Scenario.round_id == round_id).order_by(Scenario.id.desc())
        )
    )


def find(work: Work, scenario_id: int) -> Scenario:
    work.require("see")
    scenario = work.session.get(Scenario, scenario_id)
    if scenario is None:
        raise NotFoundError("scenario", scenario_id)
    return scenario


def create(work: Work, round_id: int, facts: ScenarioFacts, *, key: str = "") -> Scenario:
    """A new scenario; with a `key` it is created once however often it is sent.

    Raises:
        InvalidInputError: one note per field.
    """
    work.require("edit scenario")
    planning_round = rounds.find(work, round_id)

    def insert() -> int:
        _refuse_faults(work, planning_round, facts, own_id=None)
        scenario = Scenario(round_id=round_id, round=planning_round, version=1)
        _write(scenario, facts)
        work.session.add(scenario)
        work.session.flush()
        work.record("create scenario", "scenario", scenario.id, after=to_json(scenario))
        return scenario.id

    return find(work, once(work, "create scenario", key, _facts_to_json(facts), insert))


def save(work: Work, scenario_id: int, facts: ScenarioFacts, *, seen_version: int) -> Scenario:
    """Replace what the scenario says; runs already made keep the snapshot they were made from.

    Raises:
        ConflictError: someone else changed it since; carries both versions.
        InvalidInputError: one note per field.
    """
    work.require("edit scenario")
    scenario = find(work, scenario_id)
    if scenario.version != seen_version:
        raise ConflictError(
            "scenario", scenario_id, stored=to_json(scenario), submitted=_facts_to_json(facts)
        )
    _refuse_faults(work, scenario.round, facts, own_id=scenario.id)
    before = to_json(scenario)
    _write(scenario, facts)
    scenario.version += 1
    work.session.flush()
    work.record("save scenario", "scenario", scenario.id, before=before, after=to_json(scenario))
    return scenario


def _refuse_faults(
    work: Work, planning_round: PlanningRound, facts: ScenarioFacts, *, own_id: int | None
) -> None:
    faults: dict[str, Note] = {}
    if not facts.name.strip() or len(facts.name) > 120:
        faults["name"] = Note("Namnet ska ha 1–120 tecken.")
    same_name = select(Scenario.id).where(
        Scenario.round_id == planning_round.id, Scenario.name == facts.name.strip()
    )
    taken = work.session.scalar(same_name)
    if taken is not None and taken != own_id:
        faults["name"] = Note("Det finns redan ett scenario som heter så.")
    if facts.value_basis not in ("points", "volume"):
        faults["value_basis"] = Note("Okänt sätt att räkna värdet.")
    faults.update(_weight_faults(work, planning_round, facts.weights))
    for number, limit in enumerate(facts.limits):
        faults.update(
            {f"limits.{number}.{k}": v for k, v in _limit_faults(limit, planning_round.years).items()}
        )
    if len({limit.code for limit in facts.limits}) < len(facts.limits):
        faults["limits"] = Note("Två gränser har samma beteckning.")
    for number, rule in enumerate(facts.rules):
        if rule.kind not in RULE_KINDS:
            faults[f"rules.{number}.kind"] = Note("Okänt slag av regel.")
    if len({rule.code for rule in facts.rules}) < len(facts.rules):
        faults["rules"] = Note("Två regler har samma beteckning.")
    if faults:
        raise InvalidInputError(faults)


def _weight_faults(work: Work, planning_round: PlanningRound, weights: Mapping[str, int]) -> dict[str, Note]:
    known = {criterion.code for criterion in rounds.criteria(work, planning_round.id)}
    faults = {
        f"weights.{code}": Note("Kriteriet %(code)s finns inte.", {"code": code})
        for code in weights
        if code not in known
    }
    faults.update(
        {
            f"weights.{c}": Note("Vikten ska vara 0–100 procent.")
            for c, w in weights.items()
            if not 0 <= w <= 1000
        }
    )
    if weights and sum(weights.values()) != 1000:
        faults["weights"] = Note(
            "Vikterna ska tillsammans vara 100 procent. Nu är de %(sum)s.",
            {"sum": f"{sum(weights.values()) / 10:g}".replace(".", ",")},
        )
    return faults


def _limit_faults(limit: LimitFacts, years: Sequence[int]) -> dict[str, Note]:
    faults: dict[str, Note] = {}
    if not limit.code.strip():
        faults["code"] = Note("Ge gränsen en beteckning.")
    for year, amount_ore in limit.max_ore_by_year.items():
        if year not in years:
            faults[f"years.{year}"] = Note("Året ligger utanför planperioden.")
        elif abs(amount_ore) > MAX_AMOUNT_ORE * 10:
            faults[f"years.{year}"] = Note("Beloppet är för stort.")
    for name in limit.extra:
        if name not in EXTRA_KEYS:
            faults[f"extra.{name}"] = Note("Okänt villkor för en gräns.")
    faults.update(_span_faults(limit, years))
    if (limit.row == WEIGHTED) != ("of" in limit.extra) or not _are_weights(limit.extra.get("of", {})):
        faults["extra.of"] = Note("Den sammanvägda gränsen har inte rader med vikter.")
    return faults


def _span_faults(limit: LimitFacts, years: Sequence[int]) -> dict[str, Note]:
    window, spans = limit.extra.get("window"), [bool(limit.extra.get("cumulative")), limit.carry_over]
    if window is None:
        return {"extra.cumulative": Note("En gräns är löpande på ett sätt i taget.")} if all(spans) else {}
    if type(window) is not int or not 2 <= window <= len(years) or any(spans):
        return {"extra.window": Note("Ett fönster ska ha minst två av planens år och inget annat löpande.")}
    late = [year for year in limit.max_ore_by_year if year + window - 1 > years[-1]]
    return {f"years.{year}": Note("Fönstret slutar efter planens sista år.") for year in late}


def _are_weights(weights: Any) -> bool:
    try:
        return isinstance(weights, Mapping) and all(Fraction(weight) for weight in weights.values())
    except (ValueError, TypeError, ZeroDivisionError):
        return False


def _write(scenario: Scenario, facts: ScenarioFacts) -> None:
    scenario.name, scenario.note = facts.name.strip(), facts.note
    scenario.weights, scenario.value_basis = dict(facts.weights), facts.value_basis
    scenario.previous_run_id = facts.previous_run_id
    limit_by_code = {limit.code: limit for limit in scenario.limits}
    scenario.limits = [
        _write_limit(limit_by_code.get(limit.code) or ScenarioLimit(code=limit.code), position, limit)
        for position, limit in enumerate(facts.limits)
    ]
    rule_by_code = {rule.code: rule for rule in scenario.rules}
    rules: list[ScenarioRule] = []
    for position, rule in enumerate(facts.rules):
        row = rule_by_code.get(rule.code) or ScenarioRule(code=rule.code)
        row.position, row.kind, row.body = position, rule.kind, dict(rule.body)
        rules.append(row)
    scenario.rules = rules


def _write_limit(row: ScenarioLimit, position: int, limit: LimitFacts) -> ScenarioLimit:
    row.position, row.label, row.row = position, limit.label, limit.row
    row.carry_over, row.extra = limit.carry_over, dict(limit.extra)
    by_year = {year.year: year for year in row.years}
    kept: list[ScenarioLimitYear] = []
    for year, max_ore in sorted(limit.max_ore_by_year.items()):
        stored = by_year.get(year) or ScenarioLimitYear(year=year)
        stored.max_ore = max_ore
        kept.append(stored)
    row.years = kept
    return row


def facts_of(scenario: Scenario) -> ScenarioFacts:
    """What the rows say."""
    return ScenarioFacts(
        name=scenario.name,
        note=scenario.note,
        weights=dict(scenario.weights),
        value_basis=scenario.value_basis,
        limits=tuple(
            LimitFacts(
                limit.code,
                limit.label,
                limit.row,
                {year.year: year.max_ore for year in limit.years if year.max_ore is not None},
                bool(limit.carry_over),
                dict(limit.extra),
            )
            for limit in scenario.limits
        ),
        rules=tuple(RuleFacts(rule.code, rule.kind, dict(rule.body)) for rule in scenario.rules),
        previous_run_id=scenario.previous_run_id,
    )


def _facts_to_json(facts: ScenarioFacts) -> dict[str, Any]:
    return {
        "name": facts.name,
        "note": facts.note,
        "weights": dict(facts.weights),
        "value_basis": facts.value_basis,
        "previous_run_id": facts.previous_run_id,
        "limits": [
            {
                "code": limit.code,
                "label": limit.label,
                "row": limit.row,
                "carry_over": limit.carry_over,
                "extra": dict(limit.extra),
                "max_ore": {str(year): amount for year, amount in sorted(limit.max_ore_by_year.items())},
            }
            for limit in facts.limits
        ],
        "rules": [{"code": rule.code, "kind": rule.kind, "body": dict(rule.body)} for rule in facts.rules],
    }


def to_json(scenario: Scenario) -> dict[str, Any]:
    """The whole scenario as the audit keeps it, amounts in öre."""
    return {**_facts_to_json(facts_of(scenario)), "version": scenario.version}
