"""Committee frames: last year's frame plus dated rows, each traceable to a decision, or in a scenario to a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import defer

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
from investplan.domain.frames import Adjustment, AdjustmentKind, frames
from investplan.errors import InvalidInputError, Note, NotFoundError, StateError
from investplan.exchange import frame_files
from investplan.services import organisations, rounds
from investplan.services.frame_rows import effects_of_choice as effects_of_choice
from investplan.services.frame_rows import replace_proposal_rows as replace_proposal_rows
from investplan.services.frame_rows import write_scenario_adjustments as write_scenario_adjustments
from investplan.services.work import Work, once
from investplan.units import Ore, kronor_from_ore


@dataclass(frozen=True)
class AdjustmentRow:
    """One row of a waterfall, as pages and files show it. `decision` is None for a row of a scenario or a draft.

    `parameters` names the parameter set that the row was computed with, "" where it is stated and not computed.
    """

    kind: AdjustmentKind
    amount_ore: Ore
    source: str
    decision: str | None
    permanent: bool
    proposal_id: int | None
    case_number: str | None
    detail: list[dict[str, Any]]
    decision_id: int | None = None
    row_key: str = ""
    parameters: str = ""


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


Extra = Mapping[str, Mapping[int, Sequence[AdjustmentRow]]]
"""Rows that lie on top of the stored ones, by committee and year: a draft that nobody has decided."""


def of_round(
    work: Work,
    round_id: int,
    *,
    run_id: int | None = None,
    extra: Extra | None = None,
    decision_ids: Collection[int] | None = None,
    code: str | None = None,
    with_detail: bool = True,
) -> list[CommitteeFrames]:
    """Every committee's frames, by name: decided rows only, or with one run's scenario rows on top.

    Args:
        extra: More rows on top, which are stored nowhere.
        decision_ids: Only the rows of these decisions; None for all.
        code: Only that committee.
        with_detail: False leaves the calculations behind the rows in the database.

    Raises:
        NotFoundError: no such round, or a run of another round.
    """
    work.require("see")
    planning_round = rounds.find(work, round_id)
    if run_id is not None:
        _run_of_round(work, round_id, run_id)
    bases = {base.organisation_id: base for base in _bases(work, round_id)}
    names = _Names.of(work, round_id, with_detail=with_detail)
    rows: dict[str, dict[int, list[AdjustmentRow]]] = {}
    for row in _rows(work, round_id, run_id, decision_ids, code, with_detail):
        rows.setdefault(row.organisation.code, {}).setdefault(row.year, []).append(names.shown(row))
    for committee, by_year in (extra or {}).items():
        for year, more in by_year.items():
            rows.setdefault(committee, {}).setdefault(year, []).extend(more)
    return [
        _committee_frames(
            organisation, bases.get(organisation.id), rows.get(organisation.code, {}), planning_round, names
        )
        for organisation in organisations.everything(work)
        if (organisation.id in bases or organisation.code in rows) and code in (None, organisation.code)
    ]


def of_committee(
    work: Work,
    round_id: int,
    code: str,
    *,
    run_id: int | None = None,
    extra: Extra | None = None,
    decision_ids: Collection[int] | None = None,
) -> CommitteeFrames:
    """One committee's frames.

    Raises:
        NotFoundError: it has none in the round.
    """
    found = of_round(work, round_id, run_id=run_id, extra=extra, decision_ids=decision_ids, code=code)
    if not found:
        raise NotFoundError("frame", code)
    return found[0]


def _run_of_round(work: Work, round_id: int, run_id: int) -> Run:
    run = work.session.get(Run, run_id)
    if run is None or run.scenario.round_id != round_id:
        raise NotFoundError("run", run_id)
    return run


def _bases(work: Work, round_id: int) -> Sequence[BaseFrame]:
    return work.session.scalars(select(BaseFrame).where(BaseFrame.round_id == round_id)).all()


def _rows(
    work: Work,
    round_id: int,
    run_id: int | None,
    decision_ids: Collection[int] | None,
    code: str | None,
    with_detail: bool,
) -> Sequence[FrameAdjustment]:
    wanted: ColumnElement[bool] = FrameAdjustment.decision_id.is_not(None)
    if decision_ids is not None:
        wanted = FrameAdjustment.decision_id.in_(decision_ids)
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
    if code is not None:
        query = query.where(FrameAdjustment.organisation.has(Organisation.code == code))
    if not with_detail:
        query = query.options(defer(FrameAdjustment.detail, raiseload=True))
    return work.session.scalars(query).all()


@dataclass(frozen=True)
class _Names:
    decisions: dict[int, str]
    case_numbers: dict[int, str]
    parameter_sets: dict[int, str]
    with_detail: bool

    @classmethod
    def of(cls, work: Work, round_id: int, *, with_detail: bool) -> _Names:
        decisions = work.session.scalars(select(Decision).where(Decision.round_id == round_id))
        numbers = work.session.execute(
            select(Proposal.id, Proposal.case_number).where(Proposal.round_id == round_id)
        )
        sets = work.session.execute(select(ParameterSet.id, ParameterSet.name, ParameterSet.version))
        return cls(
            {d.id: d.label for d in decisions},
            dict(numbers.all()),
            {number: f"{name} v{version}" for number, name, version in sets},
            with_detail,
        )

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
            detail=list(row.detail) if self.with_detail else [],
            decision_id=row.decision_id,
            row_key=row.row_key,
            parameters=self.parameter_sets.get(row.parameter_set_id or 0, ""),
        )


def _committee_frames(
    organisation: Organisation,
    base: BaseFrame | None,
    rows: Mapping[int, Sequence[AdjustmentRow]],
    planning_round: PlanningRound,
    names: _Names,
) -> CommitteeFrames:
    adjustments = {
        year: [Adjustment(row.kind, row.amount_ore, row.source, row.decision, row.permanent) for row in found]
        for year, found in rows.items()
    }
    base_ore = base.amount_ore if base else 0
    years: list[FrameOfYear] = []
    for computed in frames(base_ore, adjustments, planning_round.years):
        stored = rows.get(computed.year, [])
        # The rule adds rows that take one-offs back; they come before the stored ones and have no row of their own.
        taken_back = computed.adjustments[: len(computed.adjustments) - len(stored)]
        returned = [_taken_back_row(a, names) for a in taken_back]
        years.append(
            FrameOfYear(computed.year, computed.previous_ore, (*returned, *stored), computed.frame_ore)
        )
    return CommitteeFrames(organisation, base_ore, base.source if base else "", tuple(years))


def _taken_back_row(a: Adjustment, names: _Names) -> AdjustmentRow:
    decision_id = names.decision_id(a.decision)
    return AdjustmentRow(a.kind, a.amount_ore, a.source, a.decision, True, None, None, [], decision_id)


def set_base(work: Work, round_id: int, code: str, amount_ore: Ore, *, source: str) -> BaseFrame:
    """The committee's operating budget of the year before the round's budget year.

    Raises:
        StateError: the committee has a base and decided rows on top of it: the base is then history.
    """
    work.require("edit frames")
    organisation = organisations.by_code(work).get(code)
    if organisation is None:
        raise InvalidInputError(
            {"committee": Note("Nämnden eller bolaget %(code)s finns inte.", {"code": code})}
        )
    base = work.session.scalar(
        select(BaseFrame).where(BaseFrame.round_id == round_id, BaseFrame.organisation_id == organisation.id)
    )
    decided = select(FrameAdjustment.id).where(
        FrameAdjustment.round_id == round_id,
        FrameAdjustment.organisation_id == organisation.id,
        FrameAdjustment.decision_id.is_not(None),
    )
    if base is not None and work.session.scalar(decided.limit(1)) is not None:
        raise StateError(Note("Ramen har redan beslutade justeringar; utgångsläget kan inte ändras."))
    before = None if base is None else {"amount_ore": base.amount_ore, "source": base.source}
    base = base or BaseFrame(round_id=round_id, organisation=organisation, version=0)
    base.amount_ore, base.source = amount_ore, source
    base.version += 1
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


def to_json(planning_round: PlanningRound, found: Sequence[CommitteeFrames]) -> dict[str, Any]:
    """The frames as case-format section 4 has them, amounts in kronor.

    Each computed row names the parameter set it was computed with; a stated one has none. The round's own set, with
    which new rows are computed, stands at the top.
    """
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
                "parameters": row.parameters or None,
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
