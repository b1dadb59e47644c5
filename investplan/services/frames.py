"""Committee frames: last year's frame plus dated rows, each traceable to a decision, or in a scenario to a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select

from investplan.db.models import (
    BaseFrame,
    DecidedInvestment,
    Decision,
    FrameAdjustment,
    Organisation,
    ParameterSet,
    PlanningRound,
    Proposal,
    Run,
)
from investplan.domain.consequences import CommitteeKind, CommitteeView, Consequences, consequences
from investplan.domain.frames import Adjustment, AdjustmentKind, frame_changes, frames
from investplan.domain.parameters import Parameters
from investplan.errors import InvalidInputError, Note, NotFoundError, StateError
from investplan.exchange import frame_files
from investplan.services import organisations, proposal_records, rounds
from investplan.services.work import Work, once
from investplan.units import Ore, kronor_from_ore


@dataclass(frozen=True)
class AdjustmentRow:
    """One row of a waterfall, as pages and files show it. `decision` is None for a scenario's row."""

    kind: AdjustmentKind
    amount_ore: Ore
    source: str
    decision: str | None
    permanent: bool
    proposal_id: int | None
    case_number: str | None
    detail: list[dict[str, Any]]
    decision_id: int | None = None


@dataclass(frozen=True)
class FrameOfYear:
    """`frame_ore` is `previous_ore` plus the sum of the rows, to the öre."""

    year: int
    previous_ore: Ore
    rows: tuple[AdjustmentRow, ...]
    frame_ore: Ore

    def by_kind(self) -> dict[AdjustmentKind, Ore]:
        """Sum per kind, in the order of the kinds; only kinds that have rows."""
        present = {row.kind for row in self.rows}
        return {
            kind: sum(row.amount_ore for row in self.rows if row.kind is kind)
            for kind in AdjustmentKind
            if kind in present
        }


@dataclass(frozen=True)
class CommitteeFrames:
    """One committee's frames over the round's years."""

    organisation: Organisation
    base_ore: Ore
    base_source: str
    years: tuple[FrameOfYear, ...]


def of_round(work: Work, round_id: int, *, run_id: int | None = None) -> list[CommitteeFrames]:
    """Every committee's frames, by name: decided rows only, or with one run's scenario rows on top.

    Raises:
        NotFoundError: no such round, or a run of another round.
    """
    work.require("see")
    planning_round = rounds.find(work, round_id)
    if run_id is not None:
        _run_of_round(work, round_id, run_id)
    bases = {base.organisation_id: base for base in _bases(work, round_id)}
    rows: dict[int, dict[int, list[FrameAdjustment]]] = {}
    for row in _rows(work, round_id, run_id):
        rows.setdefault(row.organisation_id, {}).setdefault(row.year, []).append(row)
    involved = [o for o in organisations.everything(work) if o.id in bases or o.id in rows]
    names = _Names.of(work, round_id)
    return [
        _committee_frames(
            organisation, bases.get(organisation.id), rows.get(organisation.id, {}), planning_round, names
        )
        for organisation in involved
    ]


def of_committee(work: Work, round_id: int, code: str, *, run_id: int | None = None) -> CommitteeFrames:
    """One committee's frames.

    Raises:
        NotFoundError: it has none in the round.
    """
    for found in of_round(work, round_id, run_id=run_id):
        if found.organisation.code == code:
            return found
    raise NotFoundError("frame", code)


def _run_of_round(work: Work, round_id: int, run_id: int) -> Run:
    run = work.session.get(Run, run_id)
    if run is None or run.scenario.round_id != round_id:
        raise NotFoundError("run", run_id)
    return run


def _bases(work: Work, round_id: int) -> Sequence[BaseFrame]:
    return work.session.scalars(select(BaseFrame).where(BaseFrame.round_id == round_id)).all()


def _rows(work: Work, round_id: int, run_id: int | None) -> Sequence[FrameAdjustment]:
    wanted: ColumnElement[bool] = FrameAdjustment.decision_id.is_not(None)
    if run_id is not None:
        # A run that was adopted has its rows twice: as the scenario's and as the decision's. Show them once.
        adopted = select(Decision.run_id).where(Decision.run_id.is_not(None))
        # So has an investment that another plan's decision has put into the frames since this run was made.
        decided = select(DecidedInvestment.proposal_id)
        ours = (FrameAdjustment.run_id == run_id) & FrameAdjustment.run_id.not_in(adopted)
        wanted = or_(wanted, ours & FrameAdjustment.proposal_id.not_in(decided))
    query = (
        select(FrameAdjustment)
        .where(FrameAdjustment.round_id == round_id, wanted)
        .order_by(FrameAdjustment.year, FrameAdjustment.kind, FrameAdjustment.id)
    )
    return work.session.scalars(query).all()


@dataclass(frozen=True)
class _Names:
    decisions: dict[int, str]
    case_numbers: dict[int, str]

    @classmethod
    def of(cls, work: Work, round_id: int) -> _Names:
        decisions = work.session.scalars(select(Decision).where(Decision.round_id == round_id))
        numbers = work.session.execute(
            select(Proposal.id, Proposal.case_number).where(Proposal.round_id == round_id)
        )
        return cls({d.id: d.label for d in decisions}, dict(numbers.all()))

    def decision_id(self, label: str | None) -> int | None:
        return next((number for number, known in self.decisions.items() if known == label), None)

    def shown(self, row: FrameAdjustment) -> AdjustmentRow:
        return AdjustmentRow(
            kind=AdjustmentKind(row.kind),
            amount_ore=row.amount_ore,
            source=row.source,
            decision=self.decisions[row.decision_id] if row.decision_id is not None else None,
            permanent=bool(row.permanent),
            proposal_id=row.proposal_id,
            case_number=self.case_numbers.get(row.proposal_id) if row.proposal_id is not None else None,
            detail=list(row.detail),
            decision_id=row.decision_id,
        )


def _committee_frames(
    organisation: Organisation,
    base: BaseFrame | None,
    rows_by_year: dict[int, list[FrameAdjustment]],
    planning_round: PlanningRound,
    names: _Names,
) -> CommitteeFrames:
    shown = {year: [names.shown(row) for row in rows] for year, rows in rows_by_year.items()}
    adjustments = {
        year: [Adjustment(row.kind, row.amount_ore, row.source, row.decision, row.permanent) for row in rows]
        for year, rows in shown.items()
    }
    base_ore = base.amount_ore if base else 0
    years: list[FrameOfYear] = []
    for computed in frames(base_ore, adjustments, planning_round.years):
        stored = shown.get(computed.year, [])
        # The rule adds rows that take one-offs back; they come before the stored ones and have no row of their own.
        taken_back = computed.adjustments[: len(computed.adjustments) - len(stored)]
        returned = [
            AdjustmentRow(
                a.kind,
                a.amount_ore,
                a.source,
                a.decision,
                True,
                None,
                None,
                [],
                names.decision_id(a.decision),
            )
            for a in taken_back
        ]
        years.append(
            FrameOfYear(computed.year, computed.previous_ore, (*returned, *stored), computed.frame_ore)
        )
    return CommitteeFrames(organisation, base_ore, base.source if base else "", tuple(years))


def set_base(work: Work, round_id: int, code: str, amount_ore: Ore, *, source: str) -> BaseFrame:
    """The committee's operating budget of the year before the round's budget year.

    Raises:
        StateError: the round already has decided rows for the committee: its base is then history.
    """
    work.require("edit frames")
    organisation = organisations.by_code(work).get(code)
    if organisation is None:
        raise InvalidInputError(
            {"committee": Note("Nämnden eller bolaget %(code)s finns inte.", {"code": code})}
        )
    decided = select(FrameAdjustment.id).where(
        FrameAdjustment.round_id == round_id,
        FrameAdjustment.organisation_id == organisation.id,
        FrameAdjustment.decision_id.is_not(None),
    )
    if work.session.scalar(decided.limit(1)) is not None:
        raise StateError(Note("Ramen har redan beslutade justeringar; utgångsläget kan inte ändras."))
    base = work.session.scalar(
        select(BaseFrame).where(BaseFrame.round_id == round_id, BaseFrame.organisation_id == organisation.id)
    )
    before = None if base is None else {"amount_ore": base.amount_ore, "source": base.source}
    base = base or BaseFrame(round_id=round_id, organisation=organisation)
    base.amount_ore, base.source = amount_ore, source
    work.session.add(base)
    after = {"amount_ore": amount_ore, "source": source}
    work.record("set base frame", "frame", f"{round_id}/{code}", before=before, after=after)
    return base


def add_decided(
    work: Work,
    decision: Decision,
    code: str,
    year: int,
    kind: AdjustmentKind,
    amount_ore: Ore,
    *,
    source: str,
    permanent: bool = True,
    key: str = "",
) -> FrameAdjustment:
    """A row of a council decision that does not follow from an investment: wages, index, demography, priority …

    Raises:
        InvalidInputError: unknown committee, a year outside the round, no source.
    """
    work.require("edit frames")
    planning_round = rounds.find(work, decision.round_id)
    organisation = organisations.by_code(work).get(code)
    faults: dict[str, Note] = {}
    if organisation is None:
        faults["committee"] = Note("Nämnden eller bolaget %(code)s finns inte.", {"code": code})
    if year not in planning_round.years:
        faults["year"] = Note("Året ligger utanför planperioden.")
    if not source.strip():
        faults["source"] = Note("Ange vad ändringen kommer av.")
    if faults or organisation is None:
        raise InvalidInputError(faults)
    owner = organisation

    def insert() -> int:
        row = FrameAdjustment(
            round_id=planning_round.id,
            organisation=owner,
            year=year,
            kind=kind.value,
            amount_ore=amount_ore,
            permanent=permanent,
            source=source.strip(),
            detail=[],
            decision_id=decision.id,
        )
        work.session.add(row)
        work.session.flush()
        work.record("add frame row", "frame_adjustment", row.id, after=row_to_json(row))
        return row.id

    body = {"decision": decision.id, "code": code, "year": year, "kind": kind.value, "amount_ore": amount_ore}
    return work.session.get_one(FrameAdjustment, once(work, "add frame row", key, body, insert))


def row_to_json(row: FrameAdjustment) -> dict[str, Any]:
    return {
        "organisation_id": row.organisation_id,
        "year": row.year,
        "kind": row.kind,
        "amount_ore": row.amount_ore,
        "permanent": bool(row.permanent),
        "source": row.source,
        "proposal_id": row.proposal_id,
        "decision_id": row.decision_id,
        "run_id": row.run_id,
    }


def write_scenario_adjustments(work: Work, run: Run) -> int:
    """Write what the run's plan would do to the frames, from the run's own snapshot; replaces earlier such rows.

    Investments the council decided before are in the frames already and give no rows here.

    Returns:
        How many rows were written.
    """
    work.session.execute(delete(FrameAdjustment).where(FrameAdjustment.run_id == run.id))
    rows = list(plan_rows(work, run))
    work.session.add_all(rows)
    work.session.flush()
    return len(rows)


def plan_rows(work: Work, run: Run) -> Iterator[FrameAdjustment]:
    """The frame rows that follow from a run's plan, computed from its snapshot, not yet stored."""
    if run.plan is None or run.snapshot is None:
        return
    planning_round = run.scenario.round
    parameters = Parameters.from_json(run.snapshot["parameters"]["values"])
    by_code = organisations.by_code(work)
    companies = organisations.company_codes(work)
    for choice in run.plan["chosen"]:
        stored = run.snapshot["proposals"][choice["proposal"]]
        if stored["decided"]:
            continue
        effects = effects_of_choice(stored["facts"], choice, parameters, planning_round.years, companies)
        source = f"{stored['facts']['case_number']} {stored['facts']['title']}"[:300]
        for body in investment_rows(effects.committee_view, parameters):
            yield FrameAdjustment(
                round_id=planning_round.id,
                organisation=by_code[body.pop("committee")],
                source=source,
                proposal_id=stored["id"],
                run_id=run.id,
                parameter_set_id=run.parameter_set_id,
                **body,
            )


def effects_of_choice(
    stored_facts: dict[str, Any],
    choice: dict[str, Any],
    parameters: Parameters,
    years: Sequence[int],
    companies: frozenset[str],
) -> Consequences:
    """The consequences of one chosen alternative and start, from the facts of a snapshot."""
    facts = proposal_records.facts_from_json(stored_facts)
    alternative = next(a for a in facts.alternatives if a.code == choice["alternative"])
    found = consequences(
        alternative,
        committee=facts.committee,
        start=choice["start"],
        parameters=parameters,
        years=tuple(years),
        companies=companies,
    )
    # A company carries its own costs: it has no frame (the case leaves its rows out in the same way).
    lines = tuple(line for line in found.committee_view.lines if line.committee not in companies)
    return replace(found, committee_view=CommitteeView(found.committee_view.years, lines))


def investment_rows(view: CommitteeView, parameters: Parameters) -> Iterator[dict[str, Any]]:
    """One body per committee, year and kind that changes: amount, and the lines behind it with their formulas."""
    for committee in view.committees:
        for kind, changes in frame_changes(view, committee, parameters).items():
            for index, change in enumerate(changes):
                if change:
                    yield {
                        "committee": committee,
                        "year": view.years[index],
                        "kind": AdjustmentKind(kind.value).value,
                        "amount_ore": change,
                        "permanent": True,
                        "detail": list(_detail(view, committee, kind, index)),
                    }


def _detail(view: CommitteeView, committee: str, kind: CommitteeKind, index: int) -> Iterator[dict[str, Any]]:
    for line in view.lines_of(committee):
        if line.kind is not kind:
            continue
        before_ore = line.amounts_ore[index - 1] if index else 0
        if line.amounts_ore[index] or before_ore:
            yield {
                "label": line.label,
                "detail": line.detail,
                "before_ore": before_ore,
                "level_ore": line.amounts_ore[index],
                "formula": [str(note) for note in line.explain(view.years[index])],
            }


def to_json(planning_round: PlanningRound, found: Sequence[CommitteeFrames]) -> dict[str, Any]:
    """The frames as case-format section 4 has them, amounts in kronor."""
    return {
        "round": planning_round.name,
        "years": list(planning_round.years),
        "parameters": planning_round.parameter_set.label,
        "committees": [
            {
                "id": one.organisation.code,
                "name": one.organisation.name,
                "frames": [_year_to_json(year) for year in one.years],
            }
            for one in found
        ],
    }


def _year_to_json(year: FrameOfYear) -> dict[str, Any]:
    return {
        "year": year.year,
        "previous": kronor_from_ore(year.previous_ore),
        "adjustments": [
            {
                "kind": row.kind.value,
                "amount": kronor_from_ore(row.amount_ore),
                "source": row.source,
                "decision": row.decision,
            }
            for row in year.rows
        ],
        "frame": kronor_from_ore(year.frame_ore),
    }


def json_file(exported: dict[str, Any]) -> bytes:
    """What `to_json` gave as a file."""
    return frame_files.write_json(exported)


def xlsx_file(exported: dict[str, Any]) -> bytes:
    """What `to_json` gave as Excel, with the same sums."""
    return frame_files.write_xlsx(exported)


def parameters_used(work: Work, run: Run) -> str:
    """The label of the parameter set a run was computed with."""
    stored = work.session.get(ParameterSet, run.parameter_set_id) if run.parameter_set_id else None
    return stored.label if stored else ""
