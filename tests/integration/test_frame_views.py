"""Frames compared: the difference of two views is always the sum of the rows they do not share, to the öre."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from investplan.db.models import PlanningRound
from investplan.domain.frames import AdjustmentKind
from investplan.errors import NotFoundError
from investplan.services import decisions, frame_views, frames, runs
from investplan.services.frame_views import DECIDED, DRAFT, START, CommitteeDifference
from investplan.services.work import Work
from tests import factories, prepared_plans
from tests.factories import MNKR, TKR
from tests.integration.test_frame_calculations import RATES, decide, made_round, plan, priority, use


def assert_explained(found: list[CommitteeDifference]) -> None:
    for one in found:
        before_ore = one.years[0].amount_ore - one.years[0].rows_ore
        assert before_ore == 0
        for year in one.years:
            assert year.amount_ore == before_ore + sum(row.amount_ore for row in year.rows)
            before_ore = year.amount_ore


@pytest.fixture
def found(work: Work) -> PlanningRound:
    planning_round = made_round(work)
    plan(work, planning_round, priority("UN", 500, "Jubileum", permanent=False))
    return planning_round


def test_decided_against_draft_tells_who_gains_and_by_what(work: Work, found: PlanningRound) -> None:
    compared = frame_views.compare(work, found.id, DECIDED, DRAFT)
    assert_explained(compared)
    education = next(one for one in compared if one.organisation.code == "UN")
    first = education.years[0]
    assert first.amount_ore == (24_990 + 8_575 + 500) * TKR
    assert [(row.kind, row.left_ore) for row in first.rows] == [
        (AdjustmentKind.WAGES, 0),
        (AdjustmentKind.WAGES, 0),
        (AdjustmentKind.PRIORITY, 0),
    ]
    # The one-off is gone the year after, and the frames differ by what lasts and by the next year's own rows.
    assert {row.kind for row in education.years[1].rows} >= {AdjustmentKind.ONE_OFF}
    assert frame_views.compare(work, found.id, DRAFT, DRAFT)[0].is_different is False


def test_a_correction_is_the_difference_of_one_row(work: Work, found: PlanningRound) -> None:
    decide(work, found, years=found.years)
    use(work, found, replace(RATES, wage_raise={2026: Fraction("0.035"), 2027: Fraction("0.036")}))
    compared = frame_views.compare(work, found.id, DECIDED, DRAFT)
    assert_explained(compared)
    (row,) = next(one for one in compared if one.organisation.code == "UN").years[0].rows
    assert (row.left_ore, row.right_ore) == (24_990 * TKR, 26_460 * TKR)


def test_each_decision_is_a_point_to_compare_with(work: Work, found: PlanningRound) -> None:
    first = decide(work, found, paragraph="1").decision
    plan(work, found, priority("KFN", 250, "Fritidsgårdar"))
    second = decide(work, found, paragraph="2").decision
    before = frame_views.find(work, found.id, f"decision-{first.id}")
    after = frame_views.find(work, found.id, f"decision-{second.id}")
    compared = frame_views.compare(work, found.id, before, after)
    assert_explained(compared)
    assert {one.organisation.code for one in compared if one.is_different} == {"KFN", "UN"}
    leisure = next(one for one in compared if one.organisation.code == "KFN")
    assert leisure.years[0].amount_ore == 250 * TKR
    assert frame_views.compare(work, found.id, START, after)[0].years[0].left_ore > 0
    assert frame_views.frames_of(work, found.id, after) == frames.of_round(work, found.id)


def test_two_plans_are_compared_proposal_by_proposal(work: Work) -> None:
    found = prepared_plans.filled_round(work)
    tight = prepared_plans.plan_of(work, prepared_plans.scenario(work, found, 9 * MNKR, name="Snålt"))
    wide = prepared_plans.plan_of(work, prepared_plans.scenario(work, found, 60 * MNKR, name="Rikligt"))
    left = frame_views.find(work, found.id, f"run-{tight.id}")
    right = frame_views.find(work, found.id, f"run-{wide.id}-draft")
    compared = frame_views.compare(work, found.id, left, right)
    assert_explained(compared)
    rows = [row for one in compared for year in one.years for row in year.rows]
    assert rows
    assert all(row.row.proposal_id for row in rows)
    assert right.is_scenario
    labels = [str(one.label) for one in frame_views.choices(work, found.id)]
    assert any("Snålt" in text for text in labels)
    assert any("Rikligt" in text for text in labels)


@pytest.mark.parametrize("code", ["", "x", "run-", "run-999", "decision-999", "run-1-draft-draft"])
def test_a_view_that_is_not_there_is_not_found(work: Work, found: PlanningRound, code: str) -> None:
    with pytest.raises(NotFoundError):
        frame_views.find(work, found.id, code)


def test_another_rounds_plans_and_decisions_are_not_found(work: Work, found: PlanningRound) -> None:
    other = factories.planning_round(work, "Budget 2028", 2028)
    theirs = decisions.record(work, other.id, decided_on=date(2026, 6, 1), paragraph="1", title="x")
    run = runs.request(work, factories.scenario(work, other).id)
    for code in (f"decision-{theirs.id}", f"run-{run.id}"):
        with pytest.raises(NotFoundError):
            frame_views.find(work, found.id, code)
