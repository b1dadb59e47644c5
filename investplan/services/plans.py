"""A run's plan as people read it: what is in, what is out and why, and every sum that pages and files show.

All figures come from the run's frozen case through the exact checker's arithmetic, so that they are the very numbers
that the limits were compared with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from investplan.db.models import Run, Scenario
from investplan.domain.financial_room import weighted_text
from investplan.domain.labels import LABELS
from investplan.errors import Note, StateError
from investplan.exchange import plan_files
from investplan.exchange.plan_files import (
    Investment,
    LeftOut,
    Obstacle,
    Option,
    PlanReport,
    Proof,
    Unready,
    Use,
    obstacle_note,
    whole_ore,
)
from investplan.services import cases, organisations, runs
from investplan.services.plan_labels import labels_of, row_label, rule_note, span_note
from investplan.services.work import Work
from investplan.units import Ore
from optimizer.problem import (
    Alternative,
    Breach,
    Choice,
    Coordinate,
    Limit,
    LimitUse,
    Problem,
    Proposal,
    limit_weights,
)
from optimizer.verifying import use_of, verify

__all__ = [
    "AskedFor",
    "Conflict",
    "PlanReport",
    "asked_for",
    "case_file",
    "conflict_of",
    "coordination_of_run",
    "formulas_of",
    "obstacle_note",
    "of_run",
    "options_of",
    "plan_file",
    "row_label",
    "rule_note",
    "span_note",
    "xlsx_of",
]

Series = tuple[Ore, ...]


@dataclass(frozen=True)
class AskedFor:
    """What the proposals of a scenario ask for, each with its first alternative at its earliest start.

    Attributes:
        investment_ore: Per year, the municipality's; `company_ore` the companies' by code.
        room_ore: The ceiling per year; None where there is none.
    """

    years: tuple[int, ...]
    count: int
    investment_ore: Series
    company_ore: Mapping[str, Series]
    room_ore: tuple[Ore | None, ...]
    unready: tuple[Unready, ...]
    rules_left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Conflict:
    """One of the demands that cannot hold together: a limit, a rule or a proposal that must be in."""

    code: str
    kind: str
    text: str | Note


def of_run(work: Work, run_id: int) -> PlanReport:
    """The run's plan with its sums.

    Raises:
        StateError: the run has no checked plan.
    """
    run = runs.find(work, run_id)
    problem, chosen = _problem_and_plan(run)
    return _Reporter(work, run, problem, chosen).report()


def _problem_and_plan(run: Run) -> tuple[Problem, tuple[Choice, ...]]:
    if run.plan is None or run.case_bytes is None:
        raise StateError(Note("Körningen har ingen plan att visa."))
    chosen = tuple(Choice(c["proposal"], c["alternative"], c["start"]) for c in run.plan["chosen"])
    return cases.frozen(run.case_bytes), chosen


def case_file(work: Work, run_id: int) -> bytes:
    """The very bytes of the case that was solved; their SHA-256 is the plan's `case_sha256`."""
    run = runs.find(work, run_id)
    if run.case_bytes is None:
        raise StateError(Note("Körningen har inte börjat; underlaget är inte fryst än."))
    return run.case_bytes


def plan_file(work: Work, run_id: int) -> bytes:
    """The plan as an investplan-plan/1 file."""
    run = runs.find(work, run_id)
    _problem_and_plan(run)
    return (json.dumps(run.plan, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def xlsx_of(report: PlanReport) -> bytes:
    """The plan as Excel, with the same sums as the pages."""
    return plan_files.write_xlsx(report)


def series_of(problem: Problem, chosen: Sequence[Choice], rows: Iterable[str]) -> dict[str, Series]:
    """Öre per year of each row for the chosen, after coordination: the checker's own arithmetic."""
    wanted = tuple(dict.fromkeys(rows))
    found: dict[str, list[Ore]] = {row: [] for row in wanted}
    for use in use_of(replace(problem, limits=tuple(Limit(row, row, max=0) for row in wanted)), chosen):
        found[use.limit].append(whole_ore(use.used_ore))
    return {row: tuple(amounts) for row, amounts in found.items()}


def coordination_of_new(work: Work, run_id: int) -> Series:
    """What coordination takes off the municipality's outlay per year, by what the run adds to earlier decisions."""
    run = runs.find(work, run_id)
    problem, chosen = _problem_and_plan(run)
    known = (run.snapshot or {})["proposals"]
    earlier = [choice for choice in chosen if known[choice.proposal]["decided"]]
    added = [choice for choice in chosen if not known[choice.proposal]["decided"]]
    together, before = (series_of(problem, some, ("investment",))["investment"] for some in (chosen, earlier))
    alone = series_of(replace(problem, rules=()), added, ("investment",))["investment"]
    return tuple(all_of - old - new for all_of, old, new in zip(together, before, alone, strict=True))


def coordination_of_run(work: Work, run_id: int) -> dict[str, Series]:
    """What coordination takes off the plan's rows `investment` and `operating` per year."""
    problem, chosen = _problem_and_plan(runs.find(work, run_id))
    rows = ("investment", "operating")
    together, apart = series_of(problem, chosen, rows), series_of(replace(problem, rules=()), chosen, rows)
    return {
        row: tuple(alone - both for alone, both in zip(apart[row], together[row], strict=True))
        for row in rows
    }


def _alone(problem: Problem, proposal: Proposal, choice: Choice, row: str) -> Series:
    """The row of one choice by itself."""
    single = replace(problem, proposals=(proposal,), rules=(), previous=())
    return series_of(single, (choice,), (row,))[row]


@dataclass(frozen=True)
class _Reporter:
    work: Work
    run: Run
    problem: Problem
    chosen: tuple[Choice, ...]

    def report(self) -> PlanReport:
        snapshot = self.run.snapshot or {}
        rows = _rows_in(self.problem)
        sums = series_of(self.problem, self.chosen, ("investment", "operating", *rows))
        return PlanReport(
            run_id=self.run.id,
            round_name=snapshot["round"],
            scenario_name=snapshot["scenario"],
            years=self.problem.years,
            proof=self._proof(snapshot),
            chosen=tuple(sorted(self._investments(snapshot), key=lambda one: (one.start, one.title))),
            out=tuple(self._left_out(snapshot)),
            unready=_unready(snapshot.get("left_out", [])),
            uses=tuple(self._uses()),
            investment_ore=sums["investment"],
            company_ore=_by_code(sums, "capacity:"),
            operating_ore=sums["operating"],
            committee_ore=_by_code(sums, "frame:"),
            names={o.code: o.name for o in organisations.everything(self.work)},
        )

    def _proof(self, snapshot: dict[str, Any]) -> Proof:
        plan = self.run.plan or {}
        return Proof(
            status=plan["status"],
            value=self.run.value or "",
            bound=self.run.bound,
            gap=self.run.gap,
            solver=dict(plan.get("solver", {})),
            case_sha256=self.run.case_sha256 or "",
            parameters=snapshot["parameters"]["label"],
            software=self.run.software_version or snapshot["software"],
            checked=bool(plan.get("checked")),
            finished_at=self.run.finished_at,
            open=None if (told := self.run.progress.get("open")) is None else tuple(told),
        )

    def _investments(self, snapshot: dict[str, Any]) -> Iterator[Investment]:
        by_id = {proposal.id: proposal for proposal in self.problem.proposals}
        for choice in self.chosen:
            proposal, stored = by_id[choice.proposal], snapshot["proposals"][choice.proposal]
            alternative = next(a for a in proposal.alternatives if a.id == choice.alternative)
            yield Investment(
                proposal_id=stored["id"],
                case_number=proposal.id,
                title=proposal.title,
                committee=proposal.committee,
                category=proposal.category,
                alternative=alternative.id,
                alternative_title=_alternative_title(stored, alternative.id),
                start=choice.start,
                outlay_ore=_alone(self.problem, proposal, choice, _outlay_row(alternative)),
                value=Fraction(alternative.value_by_start[choice.start]),
                decided=stored["decided"],
            )

    def _left_out(self, snapshot: dict[str, Any]) -> Iterator[LeftOut]:
        inside = {choice.proposal for choice in self.chosen}
        adding = _Adding(self.problem, self.chosen)
        for proposal in self.problem.proposals:
            if proposal.id in inside:
                continue
            stored = snapshot["proposals"][proposal.id]
            alternative, start = _best(proposal)
            yield LeftOut(
                proposal_id=stored["id"],
                case_number=proposal.id,
                title=proposal.title,
                committee=proposal.committee,
                category=proposal.category,
                best=adding.option(proposal, alternative, start, stored, self._labels()),
            )

    def _uses(self) -> Iterator[Use]:
        labels, limits = self._labels(), {limit.id: limit for limit in self.problem.limits}
        for use in use_of(self.problem, self.chosen):
            of = limits[use.limit].of
            yield Use(
                code=use.limit,
                label=str(labels.get(use.limit, use.limit)),
                row=of if isinstance(of, str) else str(weighted_text(limit_weights(limits[use.limit]))),
                kind=use.kind,
                year=use.year,
                used_ore=whole_ore(use.used_ore),
                max_ore=None if use.max_ore is None else whole_ore(use.max_ore),
                min_ore=None if use.min_ore is None else whole_ore(use.min_ore),
            )

    def _labels(self) -> dict[str, str | Note]:
        return labels_of(self.problem, self.run.snapshot or {})


def _rows_in(problem: Problem) -> tuple[str, ...]:
    """Every committee's and company's row that some alternative has, in order of code."""
    found = {row for p in problem.proposals for a in p.alternatives for row in a.rows if ":" in row}
    return tuple(sorted(found))


def _by_code(sums: Mapping[str, Series], prefix: str) -> dict[str, Series]:
    return {row.removeprefix(prefix): series for row, series in sums.items() if row.startswith(prefix)}


def _outlay_row(alternative: Alternative) -> str:
    """A company's outlay counts against its own capacity, never against the municipality's ceiling."""
    return next((row for row in alternative.rows if row.startswith("capacity:")), "investment")


def _alternative_title(stored: dict[str, Any], code: str) -> str:
    found: list[str] = [a["title"] for a in stored["facts"]["alternatives"] if a["code"] == code]
    return found[0] if found else code


def _best(proposal: Proposal) -> tuple[Alternative, int]:
    """The most valuable way and start; the earliest of equals."""
    options = [(a, start) for a in proposal.alternatives for start in a.starts]
    return max(options, key=lambda option: (Fraction(option[0].value_by_start[option[1]]), -option[1]))


class _Adding:
    """What breaks when one more proposal is put into a plan that holds.

    Use is a sum over the chosen and a share's bound is a share of a sum, so the newcomer's own numbers are added to
    the plan's; rules are checked on the plan with the newcomer. Coordination is not a sum: where the problem has any,
    the whole plan is checked anew.
    """

    def __init__(self, problem: Problem, chosen: tuple[Choice, ...]) -> None:
        self.problem, self.chosen = problem, chosen
        self.has_coordination = any(isinstance(rule, Coordinate) for rule in problem.rules)
        self.base = use_of(problem, chosen)
        inside = {choice.proposal for choice in chosen}
        self.chosen_proposals = tuple(p for p in problem.proposals if p.id in inside)

    def option(
        self,
        proposal: Proposal,
        alternative: Alternative,
        start: int,
        stored: dict[str, Any],
        labels: Mapping[str, str | Note],
    ) -> Option:
        choice = Choice(proposal.id, alternative.id, start)
        outlay = _alone(self.problem, proposal, choice, _outlay_row(alternative))
        obstacles = tuple(
            Obstacle(
                b.kind,
                b.id,
                labels.get(b.id, b.id),
                b.year,
                None if b.amount_ore is None else whole_ore(b.amount_ore),
            )
            for b in self.breaches(proposal, choice)
        )
        return Option(
            alternative=alternative.id,
            alternative_title=_alternative_title(stored, alternative.id),
            start=start,
            value=Fraction(alternative.value_by_start[start]),
            outlay_ore=sum(outlay),
            obstacles=obstacles,
        )

    def breaches(self, proposal: Proposal, choice: Choice) -> tuple[Breach, ...]:
        if self.has_coordination:
            return verify(self.problem, (*self.chosen, choice))
        alone = use_of(replace(self.problem, proposals=(proposal,)), (choice,))
        over = tuple(
            b for base, own in zip(self.base, alone, strict=True) for b in _limit_breaches(base, own)
        )
        together = replace(self.problem, proposals=(*self.chosen_proposals, proposal), limits=())
        return over + verify(together, (*self.chosen, choice))


def _limit_breaches(base: LimitUse, own: LimitUse) -> Iterator[Breach]:
    used = base.used_ore + own.used_ore
    most, least = base.max_ore, base.min_ore
    if base.kind == "share":  # the bounds are shares of a whole that grows too
        most = None if most is None or own.max_ore is None else most + own.max_ore
        least = None if least is None or own.min_ore is None else least + own.min_ore
    suffix = {"total": "_total", "share": "_share"}.get(base.kind, "")
    if most is not None and used > most:
        yield Breach(f"max{suffix}", base.limit, base.year, used - most, "")
    if least is not None and used < least:
        yield Breach(f"min{suffix}", base.limit, base.year, least - used, "")


def options_of(work: Work, run_id: int, case_number: str) -> tuple[Proposal, tuple[Option, ...]] | None:
    """Every alternative and start of a proposal that is out, with what would break if it were simply added.

    Returns:
        None when the proposal did not compete in the run, or is in its plan.
    """
    run = runs.find(work, run_id)
    problem, chosen = _problem_and_plan(run)
    proposal = next((p for p in problem.proposals if p.id == case_number), None)
    if proposal is None or any(choice.proposal == case_number for choice in chosen):
        return None
    snapshot = run.snapshot or {}
    adding, labels = _Adding(problem, chosen), labels_of(problem, snapshot)
    stored = snapshot["proposals"][case_number]
    found = [
        adding.option(proposal, alternative, start, stored, labels)
        for alternative in proposal.alternatives
        for start in alternative.starts
    ]
    return proposal, tuple(found)


def _unready(stored: Iterable[Mapping[str, Any]]) -> tuple[Unready, ...]:
    return tuple(Unready(row["case_number"], row["title"], _unready_reason(row)) for row in stored)


def _unready_reason(row: Mapping[str, Any]) -> Note:
    if "earliest" not in row:
        return Note("Inget startår i planen är möjligt.")
    stage = Note(LABELS.get(row["stage"], row["stage"]))
    if row.get("reason") == "too early stage":
        first = Note(LABELS.get(row["first_competing"], row["first_competing"]))
        return Note(
            "Utredningen har inte kommit tillräckligt långt: förslaget är i skedet %(stage)s, och tidigast från %(first)s får det tävla.",
            {"stage": stage, "first": first},
        )
    starts = ", ".join(map(str, row["starts"])) or "–"
    facts = {"stage": stage, "earliest": row["earliest"], "starts": starts}
    if row.get("not_before") == row["earliest"]:
        return Note(
            "Förslaget är senarelagt till tidigast %(earliest)s. Förslagets startår: %(starts)s.", facts
        )
    return Note("Skedet %(stage)s kan starta tidigast %(earliest)s. Förslagets startår: %(starts)s.", facts)


def asked_for(work: Work, scenario: Scenario) -> AskedFor:
    """What is asked for per year against the room, and what cannot compete.

    Raises:
        InvalidInputError: nothing can compete, or the case does not hold together.
    """
    built = cases.build_case(work, scenario, first_only=True)
    problem = built.problem
    first = tuple(Choice(p.id, p.alternatives[0].id, p.alternatives[0].starts[0]) for p in problem.proposals)
    companies = [row for row in _rows_in(problem) if row.startswith("capacity:")]
    sums = series_of(problem, first, ("investment", *companies))
    return AskedFor(
        years=problem.years,
        count=len(problem.proposals),
        investment_ore=sums["investment"],
        company_ore=_by_code(sums, "capacity:"),
        room_ore=_ceiling(scenario),
        unready=_unready(built.snapshot["left_out"]),
        rules_left_out=tuple((row["rule"], row["reason"]) for row in built.snapshot["rules_left_out"]),
    )


def _ceiling(scenario: Scenario) -> tuple[Ore | None, ...]:
    """The tightest limit on the whole investment row per year."""
    years = scenario.round.years
    stated = [
        {year.year: year.max_ore for year in limit.years}
        for limit in scenario.limits
        if limit.row == "investment" and "where" not in limit.extra
    ]
    found: list[Ore | None] = []
    for year in years:
        amounts = [ore for limit in stated if (ore := limit.get(year)) is not None]
        found.append(min(amounts) if amounts else None)
    return tuple(found)


def formulas_of(work: Work, run_id: int) -> dict[str, Note]:
    """What the run's limits compare with their most, for those that weigh rows together or span several years."""
    run = runs.find(work, run_id)
    if run.case_bytes is None:
        return {}
    return {
        limit.id: span_note(limit_weights(limit), cumulative=limit.cumulative, window=limit.window)
        for limit in cases.frozen(run.case_bytes).limits
        if limit.cumulative or limit.window or not isinstance(limit.of, str)
    }


def conflict_of(run: Run) -> tuple[Conflict, ...]:
    """The demands that cannot hold together, in words; empty when the run did not end so."""
    return tuple(demands_of(run, (run.progress or {}).get("conflict", [])).values())


def demands_of(run: Run, codes: Iterable[str]) -> dict[str, Conflict]:
    """What these limits, rules and requirements of the run's case are called; empty before it has a case."""
    if run.case_bytes is None:
        return {}
    problem = cases.frozen(run.case_bytes)
    labels = labels_of(problem, run.snapshot or {})
    limits = {limit.id for limit in problem.limits}
    titles = {proposal.id: proposal.title for proposal in problem.proposals}
    return {code: _conflict(code, labels, limits, titles) for code in codes}


def _conflict(
    code: str, labels: Mapping[str, str | Note], limits: set[str], titles: Mapping[str, str]
) -> Conflict:
    if code in limits:
        return Conflict(code, "limit", labels[code])
    if code in labels:
        return Conflict(code, "rule", labels[code])
    case_number = code.removeprefix("required:")
    facts = {"title": titles.get(case_number, ""), "case": case_number}
    return Conflict(code, "required", Note("%(title)s (%(case)s) måste vara med", facts))
