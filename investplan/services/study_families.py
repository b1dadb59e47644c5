"""From a run and what the user asks to a family of the optimiser, and from a study's stored answers to its result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from investplan.db.models import Run, Study, StudyMember
from investplan.db.models.studies import StudyKind
from investplan.errors import InvalidInputError, Note, StateError
from investplan.services import cases
from investplan.services.plan_labels import labels_of
from investplan.services.work import Work
from optimizer.families.frontiers import is_ceiling
from optimizer.families.kinds import make_family
from optimizer.families.members import Family, FamilyError, Outcome, choice_from_json, outcome_from_json
from optimizer.json_reading import canonical_bytes

FAULTS = {
    "not whole": Note("Skriv ett heltal."),
    "not a number": Note("Skriv ett tal, till exempel 0,5."),
    "below 0": Note("Talet får inte vara under noll."),
    "not above low": Note("Den högsta nivån måste ligga över den lägsta."),
    "below growth_low": Note("Den högsta fördyringen kan inte vara lägre än den lägsta."),
    "no ceiling by year": Note("Scenariot har inget investeringstak med belopp per år."),
    "no such limit": Note("Gränsen finns inte i körningens underlag."),
    "not a ceiling by year": Note("Gränsen har inga högsta belopp per år."),
    "unknown": Note("Välj vad frågorna ska gälla."),
    "none": Note("Det finns inget löfte att hålla: välj en tidigare plan."),
    "not every criterion once": Note("Rangordningen ska ha varje kriterium en gång."),
}


def problem_and_plan(run: Run) -> tuple[Any, tuple[Any, ...]]:
    """The run's frozen problem and its plan.

    Raises:
        StateError: the run has no plan.
    """
    if run.plan is None or run.case_bytes is None:
        raise StateError(Note("Körningen har ingen plan att undersöka."))
    return cases.frozen(run.case_bytes), tuple(choice_from_json(c) for c in run.plan["chosen"])


def family_of(run: Run, kind: str, parameters: Mapping[str, Any]) -> Family:
    """The family.

    Raises:
        InvalidInputError: one note for the parameter that does not fit.
        StateError: the run has no plan.
    """
    problem, plan = problem_and_plan(run)
    try:
        return make_family(kind, problem, plan, parameters)
    except FamilyError as error:
        note = FAULTS.get(error.code, _range_note(error.code))
        raise InvalidInputError({error.field: note}) from error


def _range_note(code: str) -> Note:
    """Codes like ``outside 1–5``; anything else was never offered by a form."""
    if code.startswith("outside "):
        low, _, high = code.removeprefix("outside ").partition("–")
        return Note("Talet ska vara mellan %(low)s och %(high)s.", {"low": low, "high": high})
    return Note("Värdet passar inte: %(code)s.", {"code": code})


def outcomes_of(work: Work, study_id: int) -> dict[int, Outcome]:
    """The stored answers by number."""
    rows = work.session.execute(
        select(StudyMember.number, StudyMember.answer)
        .where(StudyMember.study_id == study_id)
        .order_by(StudyMember.number)
    )
    return {number: outcome_from_json(answer) for number, answer in rows}


def result_of(work: Work, study: Study) -> Any:
    """What the answers so far tell: the family's result (`optimizer.families`); None before there is any."""
    outcomes = outcomes_of(work, study.id)
    if not outcomes:
        return None
    return family_of(study.run, study.kind, study.parameters).result(outcomes)


def ceilings_of(run: Run) -> list[tuple[str, str]]:
    """Limits that can be scaled, as (code, label); limits on the investment outlay first."""
    problem, _plan = problem_and_plan(run)
    labels = (run.snapshot or {}).get("limit_labels", {})
    found = sorted(
        (limit for limit in problem.limits if is_ceiling(limit)), key=lambda x: x.of != "investment"
    )
    return [(limit.id, labels.get(limit.id) or limit.id) for limit in found]


def criteria_of(run: Run) -> dict[str, str]:
    """Label by code of the criteria that the run's values were made of, the heaviest first; empty for a run from
    before criteria were frozen with the case.
    """
    snapshot = run.snapshot or {}
    weights, labels = snapshot.get("weights", {}), snapshot.get("criteria", {})
    return {c: labels.get(c, c) for c in sorted(weights, key=lambda c: (-weights[c], c))}


def scores_of(run: Run) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """Scores by proposal and criterion, and the weights in per mille, as frozen with the case."""
    snapshot = run.snapshot or {}
    scores = {
        number: dict(stored["facts"]["scores"])
        for number, stored in snapshot.get("proposals", {}).items()
        if not stored["decided"]
    }
    return scores, dict(snapshot.get("weights", {}))


def titles_of(run: Run) -> dict[str, str]:
    """Title by case number of everything that could be chosen."""
    problem, _plan = problem_and_plan(run)
    return {proposal.id: proposal.title or proposal.id for proposal in problem.proposals}


def demand_labels(run: Run) -> dict[str, str | Note]:
    """What limits and rules are called, by id."""
    problem, _plan = problem_and_plan(run)
    return dict(labels_of(problem, run.snapshot or {}))


def answer_about(work: Work, run: Run, proposal: str) -> Any:
    """What the latest study of the run that asked about the proposal, which is out of the plan, tells; None: none has."""
    asked = (
        select(Study)
        .where(Study.run_id == run.id, Study.kind == StudyKind.ANSWERS.value)
        .order_by(Study.id.desc())
    )
    for study in work.session.scalars(asked):
        if not asks_about(study, proposal):
            continue
        result = result_of(work, study)
        found = None if result is None else next((o for o in result.out if o.proposal == proposal), None)
        if found is not None:
            return found
    return None


def asks_about(study: Study, proposal: str) -> bool:
    """Whether the study will tell what would bring the proposal in."""
    given = study.parameters
    return (
        study.kind == StudyKind.ANSWERS.value
        and "proposals_out" in (given.get("about") or ("proposals_out",))
        and proposal in (given.get("proposals") or (proposal,))
    )


def decided_in(run: Run) -> set[str]:
    """Case numbers of what the council had decided already: they are in every plan."""
    stored = (run.snapshot or {}).get("proposals", {})
    return {number for number, one in stored.items() if one["decided"]}


def study_file(work: Work, study: Study) -> bytes:
    """All of a study as JSON, amounts in kronor: what was asked, every member with its answer, and the result."""
    members = work.session.scalars(
        select(StudyMember).where(StudyMember.study_id == study.id).order_by(StudyMember.number)
    ).all()
    result = result_of(work, study)
    content = {
        "run": study.run_id,
        "case_sha256": study.run.case_sha256,
        "kind": study.kind,
        "state": study.state,
        "parameters": study.parameters,
        "gap_target": study.gap_target,
        "member_seconds": study.member_seconds,
        "seed": study.seed,
        "software": study.software_version,
        "member_count": study.member_count,
        "members": [{"number": m.number, "change": m.change, "answer": m.answer} for m in members],
        "result": None if result is None else result.to_json(),
    }
    return canonical_bytes(content)


def promises_of(run: Run) -> list[dict[str, Any]]:
    """What a plan promises, as choices."""
    return list(run.plan["chosen"]) if run.plan else []


def earlier_plans(work: Work, run: Run) -> list[Run]:
    """Other runs with a plan in the same round, the newest first: whose promises may be asked about."""
    others = select(Run).where(Run.value.is_not(None), Run.id != run.id).order_by(Run.id.desc()).limit(200)
    return [one for one in work.session.scalars(others) if one.scenario.round_id == run.scenario.round_id]
