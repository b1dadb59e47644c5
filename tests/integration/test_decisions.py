from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from investplan.db.models import Decision, FrameAdjustment, PlanningRound, Proposal
from investplan.db.session import Database
from investplan.domain.organisations import Role
from investplan.errors import InvalidInputError, NotAllowedError, StateError
from investplan.services import (
    carrying_over,
    checks,
    decision_reports,
    decisions,
    frames,
    plans,
    proposals,
    rounds,
    runs,
    scenarios,
)
from investplan.services.work import Work, begin, look
from tests import factories, prepared_plans

DAY = date(2026, 6, 15)


@pytest.fixture
def found(work: Work) -> PlanningRound:
    return prepared_plans.filled_round(work)


@pytest.fixture
def run_id(work: Work, found: PlanningRound) -> int:
    return prepared_plans.plan_of(work, prepared_plans.scenario(work, found)).id


def _adopt(work: Work, run_id: int, **more: str) -> Decision:
    return decisions.adopt(
        work, run_id, decided_on=DAY, paragraph=more.pop("paragraph", "214"), title="Budget 2027", **more
    )


def test_adopting_locks_the_plan_and_changes_the_frames(
    work: Work, found: PlanningRound, run_id: int
) -> None:
    expected = frames.of_round(work, found.id, run_id=run_id)
    decision = _adopt(work, run_id)
    decided = frames.of_round(work, found.id)
    assert [[y.frame_ore for y in one.years] for one in decided] == [
        [y.frame_ore for y in one.years] for one in expected
    ]
    assert {row.decision for one in decided for y in one.years for row in y.rows} == {decision.label}
    # With the scenario on top nothing comes twice.
    assert frames.of_round(work, found.id, run_id=run_id) == decided
    inside = {one.case_number for one in plans.of_run(work, run_id).chosen}
    status = dict([tuple(row) for row in work.session.execute(select(Proposal.case_number, Proposal.status))])
    assert inside == {case for case, stands in status.items() if stands == "decided"}


def test_the_invariants_hold_after_a_decision(database: Database) -> None:
    with begin(database) as work:
        found = prepared_plans.filled_round(work)
        _adopt(work, prepared_plans.plan_of(work, prepared_plans.scenario(work, found)).id)
    with look(database) as work:
        assert [str(breach) for breach in checks.run(work, database)] == []


def test_the_decisions_sums_are_the_plans(work: Work, run_id: int) -> None:
    plan = plans.of_run(work, run_id)
    report = decision_reports.of_decision(work, _adopt(work, run_id).id)
    assert report.investment_ore == plan.investment_ore
    assert report.company_ore == plan.company_ore["KVAB"]
    assert {one.case_number: one.outlay_ore for one in report.items} == {
        one.case_number: one.outlay_ore for one in plan.chosen
    }
    # What the frames change by adds up to the level the plan shows, year by year.
    for code, changes in report.frame_ore.items():
        levels = [sum(changes[: index + 1]) for index in range(len(changes))]
        assert tuple(levels) == plan.committee_ore[code]


def test_adopting_twice_is_one_decision(work: Work, run_id: int) -> None:
    first = _adopt(work, run_id, key="k")
    rows = work.session.scalar(select(func.count()).select_from(FrameAdjustment))
    assert _adopt(work, run_id, key="k").id == first.id
    with pytest.raises(StateError, match="redan antagen"):
        _adopt(work, run_id, key="other", paragraph="215")
    assert work.session.scalar(select(func.count()).select_from(Decision)) == 1
    assert work.session.scalar(select(func.count()).select_from(FrameAdjustment)) == rows


def test_adopting_after_a_proposal_changed_is_refused(work: Work, found: PlanningRound, run_id: int) -> None:
    inside = plans.of_run(work, run_id).chosen[0]
    proposal = proposals.find(work, inside.proposal_id)
    proposals.score(work, proposal.id, {"behov": 1, "risk": 1}, seen_version=proposal.version)
    with pytest.raises(StateError, match=inside.case_number):
        _adopt(work, run_id)
    assert work.session.scalar(select(func.count()).select_from(Decision)) == 0
    assert all(not year.rows for one in frames.of_round(work, found.id) for year in one.years)


def test_a_plan_is_not_adopted_with_what_has_been_carried_over(
    work: Work, found: PlanningRound, run_id: int
) -> None:
    inside = plans.of_run(work, run_id).chosen[0]
    later = rounds.open_next(work, name="Budget 2028", budget_year=2028, horizon_years=10)
    carrying_over.carry(work, later.id, [inside.proposal_id])
    with pytest.raises(StateError) as refused:
        _adopt(work, run_id)
    assert refused.value.note.facts == {"round": "Budget 2028"}
    assert work.session.scalar(select(func.count()).select_from(Decision)) == 0
    assert all(not year.rows for one in frames.of_round(work, found.id) for year in one.years)


def test_a_run_without_plan_cannot_be_adopted(work: Work, found: PlanningRound) -> None:
    rule = scenarios.RuleFacts("r1", "fix", {"proposal": "KS 2026/0105"})
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found, rules=(rule,)))
    with pytest.raises(StateError):
        _adopt(work, run.id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decision SET paragraph = '1'",
        "DELETE FROM decision",
        "UPDATE decided_investment SET start_year = 2030",
        "DELETE FROM decided_investment",
        "UPDATE frame_adjustment SET amount_ore = amount_ore + 1 WHERE decision_id IS NOT NULL",
        "DELETE FROM frame_adjustment WHERE decision_id IS NOT NULL",
    ],
)
def test_decided_rows_refuse_change_by_sql(work: Work, run_id: int, statement: str) -> None:
    _adopt(work, run_id)
    with pytest.raises(DBAPIError), work.session.begin_nested():
        work.session.execute(text(statement))


def test_faults_are_told_all_at_once(work: Work, run_id: int) -> None:
    with pytest.raises(InvalidInputError) as caught:
        decisions.adopt(work, run_id, decided_on=work.today + timedelta(days=1), paragraph=" ", title="")
    assert set(caught.value.fields) == {"decided_on", "paragraph", "title"}


def test_the_council_may_look_but_not_run_or_adopt(work: Work, found: PlanningRound, run_id: int) -> None:
    viewer = Work(work.session, factories.user(work, "viewer", Role.COUNCIL_VIEWER))
    assert plans.of_run(viewer, run_id).chosen
    assert frames.of_round(viewer, found.id)
    scenario_id = runs.find(viewer, run_id).scenario_id
    with pytest.raises(NotAllowedError):
        runs.request(viewer, scenario_id)
    with pytest.raises(NotAllowedError):
        _adopt(viewer, run_id)


def test_what_is_decided_stays_in_the_next_plan(work: Work, found: PlanningRound, run_id: int) -> None:
    _adopt(work, run_id)
    decided = {(one.case_number, one.start) for one in plans.of_run(work, run_id).chosen}
    again = prepared_plans.plan_of(work, scenarios.find(work, runs.find(work, run_id).scenario_id))
    report = plans.of_run(work, again.id)
    assert {(one.case_number, one.start) for one in report.chosen if one.decided} == decided
