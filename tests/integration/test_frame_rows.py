"""One changed proposal's rows are computed alone, and come out as if everything had been computed anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import event, func, select

from investplan.db.models import AuditEntry, FrameAdjustment, PlanningRound, Proposal, Run
from investplan.domain.proposals import Outlay
from investplan.errors import NotFoundError, StateError
from investplan.services import decisions, frame_rows, frames, proposal_records, proposals
from investplan.services.work import Work
from tests import prepared_plans
from tests.factories import MNKR
from tests.integration.test_frame_calculations import BUDGET


@pytest.fixture
def found(work: Work) -> PlanningRound:
    return prepared_plans.filled_round(work)


@pytest.fixture
def run(work: Work, found: PlanningRound) -> Run:
    return prepared_plans.plan_of(work, prepared_plans.scenario(work, found))


def stored_rows(work: Work, run: Run) -> list[FrameAdjustment]:
    return list(work.session.scalars(select(FrameAdjustment).where(FrameAdjustment.run_id == run.id)))


def told(rows: Iterable[FrameAdjustment]) -> list[tuple[Any, ...]]:
    return sorted(
        (
            row.proposal_id,
            row.organisation.code,
            row.year,
            row.kind,
            row.amount_ore,
            row.source,
            str(row.detail),
        )
        for row in rows
    )


def change_school(work: Work, **changes: Any) -> Proposal:
    """Make the school in the north dearer, as its planner does."""
    from dataclasses import replace

    proposal = work.session.scalar(select(Proposal).where(Proposal.case_number == "KS 2026/0101"))
    assert proposal is not None
    facts = proposal_records.facts(proposal)
    (way,) = facts.alternatives
    components = (replace(way.components[0], amount_ore=13 * MNKR + 33), *way.components[1:])
    outlays = (way.outlays[0], Outlay(1, 10 * MNKR))
    dearer = replace(way, components=components, outlays=outlays, **changes)
    return proposals.save(
        work, proposal.id, replace(facts, alternatives=(dearer,)), seen_version=proposal.version
    )


def test_one_proposals_rows_computed_alone_are_those_of_computing_everything(work: Work, run: Run) -> None:
    before = told(stored_rows(work, run))
    proposal = change_school(work)
    others = {row.id for row in stored_rows(work, run) if row.proposal_id != proposal.id}
    written = frame_rows.replace_proposal_rows(work, run.id, proposal.id)
    after = stored_rows(work, run)
    assert written == sum(row.proposal_id == proposal.id for row in after)
    assert told(after) != before
    # Nothing else was touched: the other rows are the very same records.
    assert {row.id for row in after if row.proposal_id != proposal.id} == others
    snapshot = dict(run.snapshot or {})
    facts = proposal_records.facts_to_json(proposal_records.facts(proposal))
    stored = {**snapshot["proposals"][proposal.case_number], "facts": facts}
    run.snapshot = {**snapshot, "proposals": {**snapshot["proposals"], proposal.case_number: stored}}
    with work.session.no_autoflush:
        assert told(after) == told(frame_rows.plan_rows(work, run))


def test_computing_a_proposal_that_did_not_change_changes_nothing(work: Work, run: Run) -> None:
    before = told(stored_rows(work, run))
    for proposal_id in {row.proposal_id for row in stored_rows(work, run)}:
        assert proposal_id is not None
        frame_rows.replace_proposal_rows(work, run.id, proposal_id)
    assert told(stored_rows(work, run)) == before


def test_changed_proposals_are_named_until_their_rows_follow(work: Work, run: Run) -> None:
    assert frame_rows.changed_since(work, run.id) == []
    proposal = change_school(work)
    (changed,) = frame_rows.changed_since(work, run.id)
    assert (changed.case_number, changed.is_replaced) == ("KS 2026/0101", False)
    frame_rows.replace_proposal_rows(work, run.id, proposal.id)
    (changed,) = frame_rows.changed_since(work, run.id)
    assert changed.is_replaced
    last = work.session.scalar(select(AuditEntry.action).order_by(AuditEntry.seq.desc()).limit(1))
    assert last == "replace proposal rows"


def test_replaced_rows_are_in_the_scenarios_frames_and_in_nobody_elses(
    work: Work, found: PlanningRound, run: Run
) -> None:
    real = frames.of_round(work, found.id)
    before = frames.of_round(work, found.id, run_id=run.id)
    proposal = change_school(work)
    frame_rows.replace_proposal_rows(work, run.id, proposal.id)
    after = frames.of_round(work, found.id, run_id=run.id)
    assert frames.of_round(work, found.id) == real
    differing = [
        one.organisation.code
        for one, other in zip(after, before, strict=True)
        if [y.frame_ore for y in one.years] != [y.frame_ore for y in other.years]
    ]
    assert differing == ["UN"]


def test_what_can_no_longer_be_done_as_planned_asks_for_a_new_run(work: Work, run: Run) -> None:
    proposal = change_school(work, code="another")
    with pytest.raises(StateError, match="igen"):
        frame_rows.replace_proposal_rows(work, run.id, proposal.id)
    with pytest.raises(NotFoundError):
        frame_rows.replace_proposal_rows(work, run.id, 9_999)
    with pytest.raises(NotFoundError):
        frame_rows.replace_proposal_rows(work, 9_999, proposal.id)


def test_an_adopted_plan_is_left_alone(work: Work, run: Run) -> None:
    proposal_id = stored_rows(work, run)[0].proposal_id
    assert proposal_id is not None
    decisions.adopt(work, run.id, **BUDGET)
    with pytest.raises(StateError, match="antagen"):
        frame_rows.replace_proposal_rows(work, run.id, proposal_id)


def test_a_list_of_frames_leaves_the_calculations_in_the_database(
    work: Work, found: PlanningRound, run: Run
) -> None:
    work.session.expire_all()
    asked: list[str] = []
    connection = work.session.connection()
    event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))
    short = frames.of_round(work, found.id, run_id=run.id, with_detail=False)
    assert not any("frame_adjustment.detail" in statement for statement in asked)
    long = frames.of_round(work, found.id, run_id=run.id)
    assert [[y.frame_ore for y in one.years] for one in short] == [
        [y.frame_ore for y in one.years] for one in long
    ]
    assert work.session.scalar(select(func.count()).select_from(FrameAdjustment))
