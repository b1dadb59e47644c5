"""Delays of decided investments, a changed internal rate, and price tags with premises, through the real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from investplan.db.models import Decision, FrameAdjustment, InvestmentDelay, PlanningRound
from investplan.db.session import Database
from investplan.domain.frames import AdjustmentKind
from investplan.domain.parameters import DEFAULTS, Parameters, RateTable
from investplan.errors import InvalidInputError
from investplan.services import checks, decision_reports, delays, frame_calculations, frames
from investplan.services.work import Work
from investplan.units import Month
from tests.integration.test_frame_calculations import (
    decided_preschool,
    frame_of,
    in_tkr,
    made_round,
    use,
)

LATER: dict[str, Any] = {
    "decided_on": date(2026, 6, 20),
    "paragraph": "120",
    "title": "Senareläggning",
    "reason": "Överklagad detaljplan",
}
PLAIN = replace(DEFAULTS, pkv_committees=())


def changes_of(work: Work, found: PlanningRound, code: str = "UN") -> list[Fraction]:
    years = frames.of_committee(work, found.id, code).years
    return [in_tkr(year.frame_ore - year.previous_ore) for year in years]


def delay(work: Work, decision: Decision, months: int, **more: Any) -> InvestmentDelay:
    return delays.record(work, decision.investments[0].id, months=months, **{**LATER, **more})


@pytest.fixture
def found(work: Work) -> PlanningRound:
    return made_round(work, PLAIN)


@pytest.fixture
def decision(work: Work, found: PlanningRound) -> Decision:
    return decided_preschool(work, found)


def test_a_delay_moves_the_frame_changes_to_the_later_schedule(
    work: Work, database: Database, found: PlanningRound, decision: Decision
) -> None:
    decided = changes_of(work, found)
    assert decided[:3] == [Fraction("1907.4"), Fraction("2743.7"), Fraction("-63.7")]
    made = delay(work, decision, 12)
    # Everything comes one year later, the ended lease of the pavilions too.
    assert changes_of(work, found) == [0, *decided[:-1]]
    assert all(year.frame_ore == 0 for year in frames.of_committee(work, found.id, "SEN").years)
    rows = frame_of(frames.of_round(work, found.id), "UN").rows
    assert {row.decision for row in rows} == {decision.label, made.decision.label}
    assert [str(breach) for breach in checks.run(work, database)] == []


def test_delays_add_up_and_a_shorter_one_is_a_decision_of_its_own(
    work: Work, database: Database, found: PlanningRound, decision: Decision
) -> None:
    decided = changes_of(work, found)
    delay(work, decision, 7)
    delay(work, decision, 17, paragraph="121")
    assert changes_of(work, found) == [0, 0, *decided[:-2]]
    delay(work, decision, -24, paragraph="122")
    assert changes_of(work, found) == decided
    assert [str(breach) for breach in checks.run(work, database)] == []
    (item,) = decision_reports.of_decision(work, decision.id).items
    assert (item.commissioned, item.expected) == (Month(2027, 8), Month(2027, 8))


def test_without_claw_back_the_delay_is_recorded_and_no_row_is_written(
    work: Work, database: Database, found: PlanningRound, decision: Decision
) -> None:
    use(work, found, replace(PLAIN, claw_back_on_delay=False))
    decided = changes_of(work, found)
    rows = work.session.scalar(select(func.count()).select_from(FrameAdjustment))
    made = delay(work, decision, 12)
    assert not made.claws_back
    assert work.session.scalar(select(func.count()).select_from(FrameAdjustment)) == rows
    assert changes_of(work, found) == decided
    report = decision_reports.of_decision(work, made.decision_id)
    assert [(one.months, one.expected, one.reason) for one in report.delays] == [
        (12, Month(2028, 8), "Överklagad detaljplan")
    ]
    assert [str(breach) for breach in checks.run(work, database)] == []
    # A later delay that the frames do follow brings them all the way.
    use(work, found, PLAIN)
    delay(work, decision, 12, paragraph="121")
    assert changes_of(work, found)[:4] == [0, 0, *decided[:2]]
    assert [str(breach) for breach in checks.run(work, database)] == []


def test_the_same_delay_sent_twice_is_one(work: Work, decision: Decision) -> None:
    first = delay(work, decision, 6, key="k")
    assert delay(work, decision, 6, key="k").id == first.id
    with pytest.raises(InvalidInputError, match="redan"):
        delay(work, decision, 6)
    assert work.session.scalar(select(func.count()).select_from(InvestmentDelay)) == 1


@pytest.mark.parametrize(
    ("months", "changes", "field"),
    [
        (0, {}, "months"),
        (-1, {}, "months"),
        (241, {}, "months"),
        (6, {"decided_on": date(2026, 5, 1)}, "decided_on"),
        (6, {"decided_on": date(2026, 6, 1), "paragraph": "98"}, "decided_on"),
        (6, {"paragraph": ""}, "paragraph"),
        (6, {"reason": "x" * 301}, "reason"),
    ],
)
def test_a_delay_that_does_not_fit_is_told_at_its_field(
    work: Work, decision: Decision, months: int, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        delay(work, decision, months, **changes)
    assert set(caught.value.fields) == {field}


def test_a_delay_decided_tomorrow_is_refused(work: Work, decision: Decision) -> None:
    with pytest.raises(InvalidInputError, match="framtiden"):
        delay(work, decision, 6, decided_on=work.today + timedelta(days=1))


@pytest.mark.parametrize(
    "statement", ["UPDATE investment_delay SET months = 1", "DELETE FROM investment_delay"]
)
def test_a_recorded_delay_refuses_change_by_sql(work: Work, decision: Decision, statement: str) -> None:
    delay(work, decision, 6)
    with pytest.raises(DBAPIError), work.session.begin_nested():
        work.session.execute(text(statement))


def test_a_row_of_a_delay_that_is_spoiled_is_named(
    work: Work, database: Database, decision: Decision
) -> None:
    made = delay(work, decision, 6)
    work.session.execute(text("DROP TRIGGER frozen_frame_adjustment_delete"))
    work.session.execute(
        text("DELETE FROM frame_adjustment WHERE decision_id = :id AND kind = 'rent'"),
        {"id": made.decision_id},
    )
    assert "FRM3" in {breach.code for breach in checks.run(work, database)}


# A changed internal rate


def dearer(parameters: Parameters = PLAIN) -> Parameters:
    return replace(parameters, internal_rate=RateTable(Fraction("0.03")))


def rates_drafted(work: Work, found: PlanningRound) -> list[Any]:
    draft = frame_calculations.draft(work, found.id)
    return [row for row in draft.rows if row.key.startswith("internal-rate")]


def test_a_changed_internal_rate_meets_every_frame_neutrally(
    work: Work, database: Database, found: PlanningRound, decision: Decision
) -> None:
    assert rates_drafted(work, found) == []
    use(work, found, dearer())
    rows = rates_drafted(work, found)
    assert {row.committee for row in rows} == {"UN", "KS"}
    for year in found.years:
        assert sum(row.amount_ore for row in rows if row.year == year) == 0
    # The first whole year: half a per cent on 80 000 less four months of depreciation (849.4), some 396 tkr in level.
    education = {row.year: row.amount_ore for row in rows if row.committee == "UN"}
    assert in_tkr(education[2027]) == Fraction("133.3")
    assert in_tkr(education[2027] + education[2028]) == Fraction("395.8")
    frame_calculations.decide(
        work, found.id, decided_on=date(2026, 6, 21), paragraph="130", title="Internränta", years=found.years
    )
    assert rates_drafted(work, found) == []
    assert [str(breach) for breach in checks.run(work, database)] == []
    total_ore = sum(
        row.amount_ore
        for one in frames.of_round(work, found.id)
        for year in one.years
        for row in year.rows
        if row.kind is AdjustmentKind.TECHNICAL
    )
    assert total_ore == 0


def test_a_delay_after_the_rate_changed_corrects_the_neutral_rows(
    work: Work, database: Database, found: PlanningRound, decision: Decision
) -> None:
    use(work, found, dearer())
    deciding: dict[str, Any] = {"decided_on": date(2026, 6, 21), "title": "Ränta", "years": found.years}
    frame_calculations.decide(work, found.id, paragraph="130", **deciding)
    delay(work, decision, 12, decided_on=date(2026, 6, 22))
    rows = rates_drafted(work, found)
    assert rows
    for year in found.years:
        assert sum(row.amount_ore for row in rows if row.year == year) == 0
    frame_calculations.decide(work, found.id, paragraph="131", **deciding)
    assert rates_drafted(work, found) == []
    assert [str(breach) for breach in checks.run(work, database)] == []


def test_without_neutral_rate_changes_there_are_no_rows_and_decided_ones_stay(
    work: Work, found: PlanningRound, decision: Decision
) -> None:
    use(work, found, replace(dearer(), neutral_rate_changes=False))
    assert rates_drafted(work, found) == []
    use(work, found, dearer())
    frame_calculations.decide(
        work, found.id, decided_on=date(2026, 6, 21), paragraph="130", title="Ränta", years=found.years
    )
    use(work, found, replace(dearer(), neutral_rate_changes=False))
    assert rates_drafted(work, found) == []


def test_without_central_finance_there_is_no_counter_row_so_none_at_all(
    work: Work, found: PlanningRound, decision: Decision
) -> None:
    use(work, found, replace(dearer(), finance_organisation="XX"))
    draft = frame_calculations.draft(work, found.id)
    assert rates_drafted(work, found) == []
    assert "internal-rate" in {gap.part for gap in draft.gaps}


def test_a_price_tag_with_premises_gives_operating_rows_only(work: Work, database: Database) -> None:
    found = made_round(work, replace(PLAIN, premises_in_price_tag=("UN",)))
    decided_preschool(work, found)
    education = frames.of_committee(work, found.id, "UN")
    assert {row.kind for year in education.years for row in year.rows} == {AdjustmentKind.OPERATING}
    assert changes_of(work, found)[:3] == [120, 240, 0]
    assert all(year.frame_ore == 0 for year in frames.of_committee(work, found.id, "SEN").years)
    assert [str(breach) for breach in checks.run(work, database)] == []
