"""Frame rows that follow from investments: computed proposal by proposal, stored as a run's scenario.

A proposal's rows depend on nothing but its own facts, its chosen alternative and start, and the parameters. So one
proposal's rows can be computed anew alone, and the others stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, select

from investplan.db.models import Decision, FrameAdjustment, Organisation, Proposal, Run
from investplan.domain.consequences import CommitteeView, Consequences, consequences
from investplan.domain.delays import delayed
from investplan.domain.frame_rows import FrameRow, investment_rows
from investplan.domain.parameters import Parameters
from investplan.domain.proposals import Status
from investplan.errors import Note, NotFoundError, StateError
from investplan.services import organisations, proposal_records
from investplan.services.work import Work


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
    computed = _Computed.of(work, run)
    for choice in run.plan["chosen"]:
        stored = run.snapshot["proposals"][choice["proposal"]]
        if not stored["decided"]:
            yield from computed.rows(stored["facts"], choice, stored["id"])


@dataclass(frozen=True)
class _Computed:
    """What every proposal's rows of one run need, looked up once."""

    run: Run
    parameters: Parameters
    companies: frozenset[str]
    organisations: dict[str, Organisation]

    @classmethod
    def of(cls, work: Work, run: Run) -> _Computed:
        assert run.snapshot is not None
        return cls(
            run,
            Parameters.from_json(run.snapshot["parameters"]["values"]),
            organisations.company_codes(work),
            organisations.by_code(work),
        )

    def rows(
        self, facts: dict[str, Any], choice: Mapping[str, Any], proposal_id: int
    ) -> Iterator[FrameAdjustment]:
        """One proposal's rows: they depend on nothing but its own facts, its choice and the parameters."""
        planning_round = self.run.scenario.round
        effects = effects_of_choice(facts, choice, self.parameters, planning_round.years, self.companies)
        source = f"{facts['case_number']} {facts['title']}"
        for row in investment_rows(effects.committee_view, self.parameters, source=source):
            yield as_adjustment(
                row,
                self.organisations,
                round_id=planning_round.id,
                proposal_id=proposal_id,
                run_id=self.run.id,
                parameter_set_id=self.run.parameter_set_id,
            )


def as_adjustment(
    row: FrameRow,
    by_code: Mapping[str, Organisation],
    *,
    round_id: int,
    proposal_id: int | None = None,
    **references: int | None,
) -> FrameAdjustment:
    """The computed row as a stored one. An investment's key carries its proposal, so that it is unique in a decision."""
    key = row.key if proposal_id is None else f"{row.key}:{proposal_id}"
    return FrameAdjustment(
        round_id=round_id,
        organisation=by_code[row.committee],
        year=row.year,
        kind=row.kind.value,
        amount_ore=row.amount_ore,
        permanent=row.permanent,
        source=row.source[:300],
        detail=list(row.detail),
        row_key=key,
        group_name=row.group,
        proposal_id=proposal_id,
        **references,
    )


@dataclass(frozen=True)
class ChangedProposal:
    """A proposal of a run's plan that was changed after the run took its snapshot. `is_replaced`: its rows follow."""

    proposal_id: int
    case_number: str
    title: str
    is_replaced: bool


def changed_since(work: Work, run_id: int) -> list[ChangedProposal]:
    """The chosen proposals that are not what they were when the run was made."""
    run = work.session.get(Run, run_id)
    if run is None or run.plan is None or run.snapshot is None:
        return []
    stored = [run.snapshot["proposals"][choice["proposal"]] for choice in run.plan["chosen"]]
    versions = {one["id"]: one["version"] for one in stored if not one["decided"]}
    replaced = set(
        work.session.scalars(
            select(FrameAdjustment.proposal_id).where(
                FrameAdjustment.run_id == run_id, FrameAdjustment.row_key.like("%@%")
            )
        )
    )
    found = work.session.scalars(select(Proposal).where(Proposal.id.in_(versions)).order_by(Proposal.id))
    return [
        ChangedProposal(one.id, one.case_number, one.title, one.id in replaced)
        for one in found
        if one.version != versions[one.id] and one.status != Status.DECIDED
    ]


def replace_proposal_rows(work: Work, run_id: int, proposal_id: int) -> int:
    """Compute one proposal's rows of a run anew from the proposal as it stands, and leave all other rows alone.

    The plan's choice (alternative and start) is kept. The run's snapshot is not touched, so the plan cannot be adopted
    until the scenario has been run again; the rows' keys say which version of the proposal they are of.

    Returns:
        How many rows the proposal has now: 0 where it is no longer submitted.

    Raises:
        NotFoundError: no such run, or the plan did not choose the proposal.
        StateError: the run is adopted, or the chosen alternative or start is no longer there.
    """
    work.require("run scenario")
    run, choice = _choice_of(work, run_id, proposal_id)
    if work.session.scalar(select(Decision.id).where(Decision.run_id == run_id)) is not None:
        raise StateError(Note("Planen är redan antagen; dess rader ändras inte."))
    proposal = work.session.get_one(Proposal, proposal_id)
    facts = proposal_records.facts(proposal)
    rows: list[FrameAdjustment] = []
    if proposal.status == Status.SUBMITTED:
        alternative = next((a for a in facts.alternatives if a.code == choice["alternative"]), None)
        if alternative is None or choice["start"] not in alternative.starts:
            raise StateError(Note("Planens alternativ eller startår finns inte längre. Kör scenariot igen."))
        stated = proposal_records.facts_to_json(facts)
        rows = list(_Computed.of(work, run).rows(stated, choice, proposal_id))
    for row in rows:
        row.row_key += f"@{proposal.version}"
    ours = (FrameAdjustment.run_id == run_id) & (FrameAdjustment.proposal_id == proposal_id)
    with work.session.no_autoflush:
        work.session.execute(delete(FrameAdjustment).where(ours))
        work.session.add_all(rows)
    after = {"proposal": proposal_id, "version": proposal.version, "rows": len(rows)}
    work.record("replace proposal rows", "run", run_id, after=after)
    return len(rows)


def _choice_of(work: Work, run_id: int, proposal_id: int) -> tuple[Run, dict[str, Any]]:
    run = work.session.get(Run, run_id)
    if run is None or run.plan is None or run.snapshot is None:
        raise NotFoundError("run", run_id)
    for choice in run.plan["chosen"]:
        if run.snapshot["proposals"][choice["proposal"]]["id"] == proposal_id:
            return run, choice
    raise NotFoundError("proposal in the plan", proposal_id)


def effects_of_choice(
    stored_facts: dict[str, Any],
    choice: Mapping[str, Any],
    parameters: Parameters,
    years: Sequence[int],
    companies: frozenset[str],
    *,
    months_late: int = 0,
) -> Consequences:
    """The consequences of one chosen alternative and start, from the facts of a snapshot, so many months later."""
    facts = proposal_records.facts_from_json(stored_facts)
    alternative = next(a for a in facts.alternatives if a.code == choice["alternative"])
    found = consequences(
        delayed(alternative, months_late),
        committee=facts.committee,
        start=choice["start"],
        parameters=parameters,
        years=tuple(years),
        companies=companies,
    )
    # A company carries its own costs: it has no frame (the case leaves its rows out in the same way).
    lines = tuple(line for line in found.committee_view.lines if line.committee not in companies)
    return replace(found, committee_view=CommitteeView(found.committee_view.years, lines))
