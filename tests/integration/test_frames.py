from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from investplan.cli.frames import frames_command
from investplan.db.models import FrameAdjustment, PlanningRound
from investplan.db.session import Database
from investplan.domain.frames import AdjustmentKind
from investplan.errors import InvalidInputError, NotFoundError, StateError
from investplan.services import decisions, frames
from investplan.services.work import SYSTEM, Work, begin
from investplan.units import ore_from_kronor
from tests import factories, prepared_plans
from tests.factories import MNKR

DAY = date(2026, 11, 23)


@pytest.fixture
def found(work: Work) -> PlanningRound:
    return prepared_plans.filled_round(work)


def _everywhere(frames_found: list[frames.CommitteeFrames]) -> None:
    for one in frames_found:
        before = one.base_ore
        for year in one.years:
            assert year.previous_ore == before
            assert year.frame_ore == before + sum(row.amount_ore for row in year.rows)
            assert year.frame_ore - year.previous_ore == sum(year.by_kind().values())
            before = year.frame_ore


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["UN", "KFN"]),
        st.integers(2027, 2036),
        st.sampled_from(list(AdjustmentKind)),
        st.integers(-(10**11), 10**11),
        st.booleans(),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_a_frame_is_the_year_before_plus_its_rows(database: Database, rows: list[Any]) -> None:
    with database.write() as session:
        work = Work(session, SYSTEM)
        found = prepared_plans.filled_round(work)
        decision = decisions.record(work, found.id, decided_on=DAY, paragraph="1", title="Budget")
        for code, year, kind, amount, permanent in rows:
            frames.add_decided(work, decision, code, year, kind, amount, source="KF", permanent=permanent)
        of_round = frames.of_round(work, found.id)
        _everywhere(of_round)
        told = json.loads(json.dumps(frames.to_json(found, of_round)))
        for committee, one in zip(told["committees"], of_round, strict=True):
            for shown, year in zip(committee["frames"], one.years, strict=True):
                parts = [shown["previous"], *(row["amount"] for row in shown["adjustments"])]
                assert sum(_ore(part) for part in parts) == _ore(shown["frame"]) == year.frame_ore
        session.rollback()


def _ore(kronor: float) -> int:
    from decimal import Decimal

    return ore_from_kronor(Decimal(str(kronor)))


def test_scenario_rows_never_touch_decided_frames(work: Work, found: PlanningRound) -> None:
    before = frames.of_round(work, found.id)
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
    assert frames.of_round(work, found.id) == before
    on_top = frames.of_round(work, found.id, run_id=run.id)
    _everywhere(on_top)
    assert on_top != before
    assert {row.decision for one in on_top for year in one.years for row in year.rows} == {None}
    landlord = next(one for one in on_top if one.organisation.code == "SEN")
    assert all(year.frame_ore == 0 for year in landlord.years)


def test_an_investment_decided_since_the_run_is_in_the_frames_once(work: Work, found: PlanningRound) -> None:
    early = prepared_plans.plan_of(work, prepared_plans.scenario(work, found, name="Tidigt"))
    late = prepared_plans.plan_of(work, prepared_plans.scenario(work, found, name="Sent"))
    decisions.adopt(work, late.id, decided_on=DAY, paragraph="2", title="Budget")
    decided = frames.of_round(work, found.id)
    assert any(year.rows for one in decided for year in one.years)
    # The early plan chose the same investments: nothing is left of it to lay on top.
    assert frames.of_round(work, found.id, run_id=early.id) == decided


def test_what_takes_a_one_off_back_cites_its_decision(work: Work, found: PlanningRound) -> None:
    decision = decisions.record(work, found.id, decided_on=DAY, paragraph="1", title="Budget")
    frames.add_decided(
        work, decision, "UN", 2027, AdjustmentKind.PRIORITY, MNKR, source="KF", permanent=False
    )
    taken_back = frames.of_committee(work, found.id, "UN").years[1].rows
    assert [(row.amount_ore, row.decision_id) for row in taken_back] == [(-MNKR, decision.id)]


def test_every_row_of_a_plan_carries_its_calculation(work: Work, found: PlanningRound) -> None:
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
    rows = work.session.scalars(select(FrameAdjustment).where(FrameAdjustment.run_id == run.id)).all()
    assert rows
    for row in rows:
        assert sum(line["level_ore"] - line["before_ore"] for line in row.detail) == row.amount_ore
        assert all(line["label"] for line in row.detail)


def test_a_run_of_another_round_is_refused(work: Work, found: PlanningRound) -> None:
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
    other = factories.planning_round(work, "Budget 2028", 2028)
    with pytest.raises(NotFoundError):
        frames.of_round(work, other.id, run_id=run.id)


def test_a_base_with_decided_rows_is_history(work: Work, found: PlanningRound) -> None:
    decision = decisions.record(work, found.id, decided_on=DAY, paragraph="1", title="Budget")
    frames.add_decided(work, decision, "UN", 2027, AdjustmentKind.PRIORITY, MNKR, source="KF")
    with pytest.raises(StateError):
        frames.set_base(work, found.id, "UN", 1, source="Fel")


def test_a_decided_row_needs_committee_year_and_source(work: Work, found: PlanningRound) -> None:
    decision = decisions.record(work, found.id, decided_on=DAY, paragraph="1", title="Budget")
    with pytest.raises(InvalidInputError) as caught:
        frames.add_decided(work, decision, "XX", 1999, AdjustmentKind.PRIORITY, MNKR, source=" ")
    assert set(caught.value.fields) == {"committee", "year", "source"}


@pytest.fixture
def command(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs `investplan frames` on a stored round with one finished and adopted-by-nobody plan."""
    with begin(database) as work:
        found = prepared_plans.filled_round(work)
        prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
        decision = decisions.record(work, found.id, decided_on=DAY, paragraph="7", title="Budget")
        frames.add_decided(work, decision, "UN", 2027, AdjustmentKind.PRIORITY, 33, source="=1+1")
    monkeypatch.setenv("INVESTPLAN_DATABASE_URL", str(database.engine.url))
    return lambda *words: CliRunner().invoke(
        frames_command, ["--round", "Budget 2027", *words], catch_exceptions=True
    )


def test_the_command_shows_scenario_rows_only_when_asked(command: Callable[..., Any]) -> None:
    plain = json.loads(command().stdout_bytes)
    assert [one["id"] for one in plain["committees"]] == ["KFN", "SEN", "UN"]
    rows = [row for one in plain["committees"] for frame in one["frames"] for row in frame["adjustments"]]
    assert [row["decision"] for row in rows] == ["Kommunfullmäktige 2026-11-23 § 7"]
    with_plan = json.loads(command("--scenario", "Huvudscenario").stdout_bytes)
    rows = [row for one in with_plan["committees"] for frame in one["frames"] for row in frame["adjustments"]]
    assert sum(row["decision"] is None for row in rows) > 5
    assert {tuple(sorted(row)) for row in rows} == {("amount", "decision", "kind", "parameters", "source")}


def test_the_command_gives_json_and_excel_with_the_same_frames(
    command: Callable[..., Any], tmp_path: Path
) -> None:
    told = json.loads(command("--scenario", "Huvudscenario").stdout_bytes)
    path = tmp_path / "frames.xlsx"
    assert command("--scenario", "Huvudscenario", "--format", "xlsx", "--out", str(path)).exit_code == 0
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), data_only=True)
    shown = {row[0]: row[2:] for row in book["Ramar"].iter_rows(min_row=2, values_only=True)}
    for one in told["committees"]:
        expected = (one["frames"][0]["previous"], *(frame["frame"] for frame in one["frames"]))
        assert tuple(map(_ore, shown[one["id"]])) == tuple(map(_ore, expected))
    sources = [row[5] for row in book["Justeringar"].iter_rows(min_row=2)]
    assert "=1+1" in [cell.value for cell in sources]
    assert {cell.data_type for cell in sources if cell.value} == {"s"}


@pytest.mark.parametrize("words", [["--scenario", "Annat"], ["--format", "pdf"]])
def test_the_command_refuses_what_there_is_not(command: Callable[..., Any], words: list[str]) -> None:
    assert command(*words).exit_code != 0
