"""The whole demonstration, planned and decided: every committee and year, to the öre.

Base and rows are read straight from the tables, the exports by readers of another make, and the municipality as a whole
from the optimiser's frozen case, so that no figure is compared with itself.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from investplan.db.models import (
    AuditEntry,
    BaseFrame,
    DecidedInvestment,
    Decision,
    FrameAdjustment,
    Organisation,
    PlanningRound,
)
from investplan.db.session import Database
from investplan.domain.consequences import Consequences, consequences
from investplan.domain.cost_views import Elimination
from investplan.domain.frame_bases import Basis
from investplan.domain.frames import AdjustmentKind
from investplan.errors import StateError
from investplan.services import (
    accounts,
    checks,
    decisions,
    delays,
    frame_bases,
    frame_calculations,
    frames,
    organisations,
    planned_adjustments,
    plans,
    proposal_records,
    rounds,
    runs,
    scenarios,
)
from investplan.services.frame_bases import StatedBasis
from investplan.services.planned_adjustments import StatedRow
from investplan.services.work import Work, begin, look
from tests import prepared_plans
from tests.factories import MNKR
from tests.unit.exchange import independent_sie

DAY = date(2026, 11, 24)
PLAN = {"decided_on": DAY, "paragraph": "214", "title": "Investeringsplan 2027", "key": "plan"}
BUDGET = {"decided_on": DAY, "paragraph": "215", "title": "Budget 2027", "key": "budget"}

Cell = tuple[str, int]
"""Committee and year."""


@pytest.fixture(scope="module")
def decided(demonstrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demonstration with a plan of its first scenario and every drafted frame row decided."""
    path = tmp_path_factory.mktemp("demo-money") / "investplan.db"
    path.write_bytes(demonstrated_template.read_bytes())
    opened = Database(f"sqlite:///{path}")
    with begin(opened) as work:
        planning_round = of_demo(work)
        scenario = scenarios.of_round(work, planning_round.id)[-1]
        run = prepared_plans.finish(
            work, runs.request(work, scenario.id, gap="0.2").id, max_seconds=20, break_ties=False
        )
        decisions.adopt(work, run.id, **PLAN)  # type: ignore[arg-type]
        state_what_drafts_come_from(work, planning_round)
        frame_calculations.decide(work, planning_round.id, years=planning_round.years, **BUDGET)  # type: ignore[arg-type]
    yield opened
    opened.close()


@pytest.fixture
def seen(decided: Database) -> Iterator[Work]:
    with look(decided) as work:
        yield work


def state_what_drafts_come_from(work: Work, planning_round: PlanningRound) -> None:
    """New wages for the years after the budget year, a gift for one year, and a move between two committees."""
    bases = [
        StatedBasis(Basis(code, year, 100 * MNKR + 7 * number, True, None, None, "Löneunderlag"))
        for number, code in enumerate(frame_bases.committee_codes(work))
        for year in planning_round.years[1:3]
    ]
    frame_bases.save(work, planning_round.id, bases, seen={})
    planned = [
        StatedRow("UN", 2028, AdjustmentKind.PRIORITY, 3 * MNKR + 1, "Jubileum", permanent=False),
        StatedRow("UN", 2029, AdjustmentKind.TECHNICAL, -2 * MNKR - 3, "Flytt", group="Flytt"),
        StatedRow("KFN", 2029, AdjustmentKind.TECHNICAL, 2 * MNKR + 3, "Flytt", group="Flytt"),
    ]
    planned_adjustments.save(work, planning_round.id, planned, seen={})


def of_demo(work: Work) -> PlanningRound:
    return rounds.find_by_name(work, "Budget 2027")


def codes_with_frames(work: Work) -> set[str]:
    based = select(Organisation.code).join(BaseFrame, BaseFrame.organisation_id == Organisation.id)
    changed = select(Organisation.code).join(
        FrameAdjustment, FrameAdjustment.organisation_id == Organisation.id
    )
    return set(work.session.scalars(based.union(changed)))


def stored_changes(work: Work, *, investments_only: bool = False) -> dict[Cell, int]:
    """What the decided rows change each frame by, one-offs taken back the year after."""
    query = select(
        Organisation.code, FrameAdjustment.year, FrameAdjustment.amount_ore, FrameAdjustment.permanent
    ).join(Organisation, FrameAdjustment.organisation_id == Organisation.id)
    query = query.where(FrameAdjustment.decision_id.is_not(None))
    if investments_only:
        query = query.where(FrameAdjustment.proposal_id.is_not(None))
    found: dict[Cell, int] = defaultdict(int)
    for code, year, amount_ore, permanent in work.session.execute(query):
        found[code, year] += amount_ore
        if not permanent:
            found[code, year + 1] -= amount_ore
    return found


def stored_frames(work: Work) -> dict[Cell, int]:
    """Every frame from the tables alone: the base and all changes up to the year."""
    bases = dict(
        work.session.execute(
            select(Organisation.code, BaseFrame.amount_ore).join(
                BaseFrame, BaseFrame.organisation_id == Organisation.id
            )
        ).all()
    )
    changes = stored_changes(work)
    found: dict[Cell, int] = {}
    for code in codes_with_frames(work):
        level = bases.get(code, 0)
        for year in of_demo(work).years:
            level += changes[code, year]
            found[code, year] = level
    return found


def shown_frames(work: Work) -> dict[Cell, int]:
    return {
        (one.organisation.code, of_year.year): of_year.frame_ore
        for one in frames.of_round(work, of_demo(work).id)
        for of_year in one.years
    }


def ore(kronor: object) -> int:
    exact = Decimal(str(kronor)) * 100
    rounded = exact.quantize(Decimal(1))
    assert abs(exact - rounded) < Decimal("0.001"), kronor
    return int(rounded)


def test_the_decided_demonstration_is_large_and_concerns_every_committee(seen: Work) -> None:
    count = seen.session.scalar(select(func.count()).select_from(DecidedInvestment)) or 0
    assert count >= 50
    committees = {one.code for one in organisations.everything(seen)} - organisations.company_codes(seen)
    changed = {code for (code, _), amount in stored_changes(seen).items() if amount}
    assert changed == codes_with_frames(seen) <= committees
    assert len(changed) == 10


def test_new_frame_less_old_frame_is_the_sum_of_its_rows_for_every_committee_and_year(seen: Work) -> None:
    changes, stored = stored_changes(seen), stored_frames(seen)
    compared = 0
    for one in frames.of_round(seen, of_demo(seen).id):
        before_ore = one.base_ore
        for of_year in one.years:
            cell = (one.organisation.code, of_year.year)
            assert of_year.previous_ore == before_ore, cell
            assert of_year.frame_ore - before_ore == sum(row.amount_ore for row in of_year.rows), cell
            assert of_year.frame_ore - before_ore == changes[cell], cell
            assert of_year.frame_ore == stored[cell], cell
            before_ore = of_year.frame_ore
            compared += 1
    assert compared == len(stored) == len(codes_with_frames(seen)) * len(of_demo(seen).years)


def effects_of(work: Work) -> list[Consequences]:
    """Both views of every decided investment, companies' lines included, from what the council decided on."""
    companies = organisations.company_codes(work)
    found: list[Consequences] = []
    for one in delays.investments_of(work, of_demo(work).id):
        facts = proposal_records.facts_from_json(one.snapshot)
        found.append(
            consequences(
                next(a for a in facts.alternatives if a.code == one.alternative_code),
                committee=facts.committee,
                start=one.start_year,
                parameters=delays.parameters_of(work, one),
                years=of_demo(work).years,
                companies=companies,
            )
        )
    return found


def test_the_municipality_is_the_committees_less_what_is_internal_in_every_year(seen: Work) -> None:
    """committees' frames − internal + what only the whole has = the plan's consolidated cost before coordination."""
    years = of_demo(seen).years
    companies = organisations.company_codes(seen)
    effects = effects_of(seen)
    lines = [line for one in effects for line in one.committee_view.lines if line.committee not in companies]
    added = [line for one in effects for line in one.consolidated_view.lines if line.added]
    run_id = seen.session.scalars(select(Decision.run_id).where(Decision.run_id.is_not(None))).one()
    assert run_id is not None
    saved = plans.coordination_of_run(seen, run_id)["operating"]
    whole = plans.of_run(seen, run_id).operating_ore
    changes, level = stored_changes(seen, investments_only=True), 0
    for index, year in enumerate(years):
        level += sum(changes[code, year] for code in codes_with_frames(seen))
        internal = sum(line.eliminated_ore[index] for line in lines if line.eliminated_ore)
        only_whole = sum(line.amounts_ore[index] for line in added)
        assert level - internal + only_whole == whole[index] + saved[index], year
        assert internal != 0 or index == 0


def test_every_committees_frame_carries_the_levels_of_its_investments_in_every_year(seen: Work) -> None:
    companies = organisations.company_codes(seen)
    expected: dict[Cell, int] = defaultdict(int)
    for one in effects_of(seen):
        for line in one.committee_view.lines:
            if line.committee not in companies:
                for year, amount in zip(one.years, line.amounts_ore, strict=True):
                    expected[line.committee, year] += amount
    changes = stored_changes(seen, investments_only=True)
    for code in codes_with_frames(seen) | {code for code, _ in expected}:
        level = 0
        for year in of_demo(seen).years:
            level += changes[code, year]
            assert level == expected[code, year], (code, year)


def test_internal_rent_paid_is_internal_rent_received_in_every_year(seen: Work) -> None:
    by_reason: dict[tuple[Elimination, int], int] = defaultdict(int)
    for one in effects_of(seen):
        for line in one.committee_view.lines:
            if line.elimination is not None and line.eliminated_ore:
                for year, amount in zip(one.years, line.eliminated_ore, strict=True):
                    by_reason[line.elimination, year] += amount
    paid = [by_reason[Elimination.RENT_PAID, year] for year in of_demo(seen).years]
    received = [by_reason[Elimination.RENT_RECEIVED, year] for year in of_demo(seen).years]
    assert any(paid)
    assert [-one for one in received] == paid


def excel_frames(content: bytes) -> dict[Cell, int]:
    sheet = openpyxl.load_workbook(io.BytesIO(content), data_only=True)["Ramar"]
    rows = list(sheet.iter_rows(values_only=True))
    # Kod, Nämnd, last year's frame, then a year a column: "Ram 2027, kr".
    years = [int(str(head).removeprefix("Ram ")[:4]) for head in rows[0][3:]]
    committees = [row for row in rows[1:] if row[0] != "Summa"]
    return {
        (str(row[0]), year): ore(amount)
        for row in committees
        for year, amount in zip(years, row[3:], strict=True)
    }


def json_frames(told: dict[str, Any]) -> dict[Cell, int]:
    return {
        (committee["id"], one["year"]): ore(one["frame"])
        for committee in told["committees"]
        for one in committee["frames"]
    }


def sie_frames(work: Work, found: list[frames.CommitteeFrames], year: int) -> dict[Cell, int]:
    written = accounts.sie_file(work, of_demo(work), found, year, company="Fiktiv kommun")
    sums: dict[Cell, int] = defaultdict(int)
    for (_, _, pairs), amount in independent_sie.read(written.content).parts.items():
        sums[dict(pairs)["1"], year] += ore(amount)
    return sums


def test_excel_sie_json_and_the_tables_have_the_same_frames_for_every_committee_and_year(seen: Work) -> None:
    found = frames.of_round(seen, of_demo(seen).id)
    told = frames.to_json(of_demo(seen), found)
    expected = stored_frames(seen)
    assert shown_frames(seen) == expected
    assert json_frames(told) == expected
    assert excel_frames(frames.xlsx_file(told)) == expected
    for year in of_demo(seen).years:
        sie = sie_frames(seen, found, year)
        assert sie == {cell: amount for cell, amount in expected.items() if cell[1] == year}, year


def counts(work: Work) -> list[int | None]:
    tables = (Decision, DecidedInvestment, FrameAdjustment, AuditEntry)
    return [work.session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_the_same_decision_applied_twice_changes_nothing(decided: Database) -> None:
    with look(decided) as work:
        before, counted = stored_frames(work), counts(work)
        run_id = work.session.scalars(select(Decision.run_id).where(Decision.run_id.is_not(None))).one()
        round_id, years = of_demo(work).id, of_demo(work).years
    assert run_id is not None
    with begin(decided) as work:
        again = decisions.adopt(work, run_id, **PLAN)  # type: ignore[arg-type]
        assert (again.run_id, again.paragraph) == (run_id, "214")
        same = frame_calculations.decide(work, round_id, years=years, **BUDGET)  # type: ignore[arg-type]
        assert (same.rows, same.decision.paragraph) == (0, "215")
    with look(decided) as work:
        assert stored_frames(work) == shown_frames(work) == before
        assert counts(work) == counted


def test_another_decision_of_what_is_decided_is_refused_and_changes_nothing(decided: Database) -> None:
    with look(decided) as work:
        before, counted = stored_frames(work), counts(work)
        run_id = work.session.scalars(select(Decision.run_id).where(Decision.run_id.is_not(None))).one()
        round_id, years = of_demo(work).id, of_demo(work).years
        assert frame_calculations.draft(work, round_id).rows == ()
    assert run_id is not None
    with begin(decided) as work, pytest.raises(StateError, match="redan antagen"):
        decisions.adopt(work, run_id, **{**PLAN, "paragraph": "216", "key": "other"})  # type: ignore[arg-type]
    with begin(decided) as work, pytest.raises(StateError, match="inga rader"):
        frame_calculations.decide(
            work,
            round_id,
            years=years,
            **{**BUDGET, "paragraph": "216", "key": "other"},  # type: ignore[arg-type]
        )
    with look(decided) as work:
        assert stored_frames(work) == before
        assert counts(work) == counted


def test_every_invariant_holds_after_the_decisions(decided: Database, seen: Work) -> None:
    assert [str(breach) for breach in checks.run(seen, decided)] == []
