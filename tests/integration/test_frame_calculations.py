"""The draft of the frames through the real database: the complete example (3.7), decisions applied twice, corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from investplan.db.models import AuditEntry, Decision, FrameAdjustment, PlanningRound
from investplan.db.session import Database
from investplan.domain.demography import PriceTag
from investplan.domain.frame_bases import Basis
from investplan.domain.frames import AdjustmentKind
from investplan.domain.organisations import Role
from investplan.domain.parameters import DEFAULTS, Parameters
from investplan.domain.populations import PopulationScenario
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError, StateError
from investplan.services import (
    checks,
    decisions,
    frame_bases,
    frame_calculations,
    frames,
    planned_adjustments,
    populations,
    rounds,
)
from investplan.services.frame_bases import StatedBase, StatedBasis
from investplan.services.frame_calculations import Forecast
from investplan.services.planned_adjustments import StatedRow
from investplan.services.work import SYSTEM, Work
from investplan.units import round_half_up
from tests import factories, prepared_plans
from tests.factories import TKR
from tests.reference_examples import PRESCHOOL

DAY = date(2026, 6, 15)
RATES = replace(
    DEFAULTS,
    wage_raise={2026: Fraction("0.035"), 2027: Fraction("0.034")},
    pkv={2027: Fraction("0.027")},
    price_tags=(PriceTag("1-5", "1–5 år", 1, 5, 100 * TKR, "UN"),),
)
FORECAST = Forecast(
    "Befolkningsprognos 2026",
    {2026: {3: Fraction(1043)}, 2027: {3: Fraction(1000)}, 2028: {3: Fraction(1000)}},
)
BUDGET: dict[str, Any] = {"decided_on": DAY, "paragraph": "214", "title": "Budget 2027"}


def made_round(work: Work, parameters: Parameters = RATES) -> PlanningRound:
    """UN and KFN as in the complete example, with finance at KS and the property owner SEN."""
    for code, name in (("UN", "Utbildningsnämnden"), ("KFN", "Kultur och fritid"), ("KS", "Kommunstyrelsen")):
        factories.committee(work, code, name)
    factories.committee(work, "SEN", "Servicenämnden", is_landlord=True)
    found = factories.planning_round(work)
    use(work, found, parameters)
    bases = [
        StatedBase("UN", 1_450_000 * TKR, "Budget 2026"),
        StatedBase("KFN", 285_000 * TKR, "Budget 2026"),
    ]
    frame_bases.save_base_frames(work, found.id, bases)
    state_bases(
        work,
        found,
        Basis("UN", 2027, 980_000 * TKR),
        Basis("KFN", 2027, 120_000 * TKR, other_costs_ore=74_000 * TKR),
    )
    return found


def use(work: Work, found: PlanningRound, parameters: Parameters) -> None:
    found.parameter_set = rounds.add_parameters(
        work, parameters, name="Grund", valid_from=factories.START_OF_TIME
    )
    work.session.flush()


def state_bases(work: Work, found: PlanningRound, *bases: Basis) -> None:
    stored = frame_bases.of_round(work, found.id)
    by_place = {(one.organisation.code, one.year): one.id for one in stored}
    rows = [StatedBasis(one, by_place.get((one.committee, one.year))) for one in bases]
    seen = {one.id: one.version for one in stored if one.id in {row.id for row in rows}}
    frame_bases.save(work, found.id, rows, seen=seen)


def plan(work: Work, found: PlanningRound, *rows: StatedRow) -> None:
    stored = planned_adjustments.of_round(work, found.id)
    planned_adjustments.save(work, found.id, rows, seen={one.id: one.version for one in stored})


def priority(committee: str, amount_tkr: int, source: str, **more: Any) -> StatedRow:
    return StatedRow(committee, 2027, AdjustmentKind.PRIORITY, amount_tkr * TKR, source, **more)


def decided_preschool(work: Work, found: PlanningRound) -> Decision:
    """The preschool of example B, chosen by a run and adopted by the council."""
    facts = factories.facts("KS 2026/0900", title="Förskola Exempel", alternatives=(PRESCHOOL,))
    factories.submitted_proposal(work, found.id, "KS 2026/0900", title=facts.title, alternatives=(PRESCHOOL,))
    scenario = factories.scenario(work, found, ceiling_ore=100_000 * TKR)
    run = prepared_plans.plan_of(work, scenario)
    return decisions.adopt(work, run.id, decided_on=date(2026, 6, 1), paragraph="98", title="Plan")


def drafted(
    work: Work, found: PlanningRound, forecast: Forecast | None = FORECAST
) -> frame_calculations.FrameDraft:
    return frame_calculations.draft(work, found.id, forecast=forecast)


def decide(work: Work, found: PlanningRound, **more: Any) -> frame_calculations.Outcome:
    return frame_calculations.decide(work, found.id, **{"forecast": FORECAST, **BUDGET, **more})


def in_tkr(amount_ore: int) -> Fraction:
    return Fraction(round_half_up(Fraction(amount_ore, TKR // 10)), 10)


def frame_of(found: Sequence[frames.CommitteeFrames], code: str, year: int = 2027) -> frames.FrameOfYear:
    one = next(one for one in found if one.organisation.code == code)
    return next(frame for frame in one.years if frame.year == year)


def counted(work: Work, *tables: Any) -> list[int]:
    return [work.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_the_complete_example_gives_the_printed_frames_through_the_database(
    work: Work, database: Database
) -> None:
    found = made_round(work)
    decided_preschool(work, found)
    plan(
        work,
        found,
        priority("UN", 3_000, "Mindre barngrupper"),
        priority("UN", -5_000, "Effektivisering av administration"),
    )
    outcome = decide(work, found)
    real = frames.of_round(work, found.id)
    education, culture = frame_of(real, "UN"), frame_of(real, "KFN")
    assert in_tkr(education.frame_ore) == Fraction("1479172.4")
    assert in_tkr(culture.frame_ore) == 291_108
    by_kind = {kind.value: in_tkr(ore) for kind, ore in education.by_kind().items()}
    assert by_kind["wages"] == 24_990 + 8_575
    assert by_kind["demography"] == -4_300
    assert by_kind["priority"] == 3_000 - 5_000
    assert by_kind["rent"] + by_kind["capital_cost"] + by_kind["operating"] == Fraction("1907.4")
    assert {kind.value: in_tkr(ore) for kind, ore in culture.by_kind().items()} == {
        "wages": 3_060 + 1_050,
        "index": 1_998,
    }
    computed = [row for row in education.rows if row.kind is AdjustmentKind.WAGES]
    assert {(row.decision, row.parameters) for row in computed} == {(outcome.decision.label, "Grund v2")}
    assert all(row.detail[0]["formula"] for row in computed)
    assert [str(breach) for breach in checks.run(work, database)] == []


def test_a_draft_is_a_scenario_and_never_counted_in_real_frames(work: Work) -> None:
    found = made_round(work)
    before = frames.of_round(work, found.id)
    draft = drafted(work, found)
    shown = frame_calculations.frames_with_draft(work, found.id, draft)
    assert frames.of_round(work, found.id) == before
    rows = [row for one in shown for year in one.years for row in year.rows]
    assert rows
    assert {row.decision for row in rows} == {None}
    for one in shown:
        for year in one.years:
            assert year.frame_ore == year.previous_ore + sum(row.amount_ore for row in year.rows)
    # Decided, the frames are those of the draft.
    decide(work, found, years=found.years)
    real = frames.of_round(work, found.id)
    assert [[y.frame_ore for y in one.years] for one in real] == [
        [y.frame_ore for y in one.years] for one in shown
    ]
    assert drafted(work, found).rows == ()


def test_the_same_decision_applied_twice_changes_nothing(work: Work) -> None:
    found = made_round(work)
    seen = drafted(work, found).fingerprint
    first = decide(work, found, key="k", seen_fingerprint=seen)
    before = counted(work, Decision, FrameAdjustment, AuditEntry)
    assert decide(work, found, key="k", seen_fingerprint=seen).decision.id == first.decision.id
    again = decide(work, found, key="other", seen_fingerprint=seen)
    assert (again.decision.id, again.rows) == (first.decision.id, 0)
    assert counted(work, Decision, FrameAdjustment, AuditEntry) == before


def test_only_the_budget_year_is_decided_unless_more_is_chosen(work: Work) -> None:
    found = made_round(work)
    decide(work, found)
    assert {row.year for row in work.session.scalars(select(FrameAdjustment))} == {2027}
    assert 2028 in {row.year for row in drafted(work, found).rows}
    decide(work, found, paragraph="215", years=range(2027, 2030))
    assert {row.year for row in work.session.scalars(select(FrameAdjustment))} == {2027, 2028}


def test_rows_join_the_decision_that_adopted_the_plan(work: Work, database: Database) -> None:
    found = made_round(work)
    adopted = decided_preschool(work, found)
    outcome = decide(work, found, decided_on=adopted.decided_on, paragraph=f"§ {adopted.paragraph}")
    assert outcome.decision.id == adopted.id
    assert outcome.rows > 0
    assert [str(breach) for breach in checks.run(work, database)] == []


def test_a_rate_that_changes_after_the_decision_comes_back_as_its_difference(work: Work) -> None:
    found = made_round(work)
    decide(work, found)
    use(work, found, replace(RATES, wage_raise={2026: Fraction("0.035"), 2027: Fraction("0.036")}))
    corrections = [row for row in drafted(work, found).rows if row.year == 2027]
    assert {(row.committee, row.key): row.amount_ore for row in corrections} == {
        ("UN", "wages"): 980_000 * TKR * 2 * 9 // (1000 * 12),
        ("KFN", "wages"): 120_000 * TKR * 2 * 9 // (1000 * 12),
    }
    assert all(row.source.startswith("Rättelse: ") for row in corrections)
    with pytest.raises(StateError, match="eget beslut"):
        decide(work, found)
    decide(work, found, paragraph="300")
    assert in_tkr(frame_of(frames.of_round(work, found.id), "KFN").by_kind()[AdjustmentKind.WAGES]) == (
        Fraction("0.036") * 120_000 * 9 / 12 + 1_050
    )
    assert not [row for row in drafted(work, found).rows if row.year == 2027]


def test_a_planned_row_that_is_taken_away_after_the_decision_is_taken_back(work: Work) -> None:
    found = made_round(work)
    plan(work, found, priority("UN", 500, "Jubileum", permanent=False))
    decide(work, found)
    plan(work, found)
    back = [row for row in drafted(work, found).rows if row.key.startswith("planned")]
    assert [(row.amount_ore, row.permanent, row.year) for row in back] == [(-500 * TKR, False, 2027)]
    decide(work, found, paragraph="300")
    last = frames.of_committee(work, found.id, "UN")
    assert last.years[1].by_kind().get(AdjustmentKind.ONE_OFF, 0) == 0


def test_what_cannot_be_computed_leaves_decided_rows_alone_and_is_told(work: Work) -> None:
    found = made_round(work)
    decide(work, found)
    draft = drafted(work, found, forecast=None)
    assert not [row for row in draft.rows if row.year == 2027]
    assert {gap.part for gap in draft.gaps if gap.year == 2027} == {"demography"}
    use(work, found, replace(RATES, wage_raise={}, pkv={}, price_tags=()))
    draft = drafted(work, found, forecast=None)
    assert {gap.part for gap in draft.gaps if gap.year == 2027} == {"wages", "wages-full-year", "index"}
    # Price tags that were taken away are no gap: what they gave is taken back.
    assert [row.key for row in draft.rows if row.year == 2027] == ["demography:1-5"]


def test_a_draft_that_changed_after_the_preview_is_not_decided(work: Work) -> None:
    found = made_round(work)
    seen = drafted(work, found).fingerprint
    plan(work, found, priority("UN", 1, "Sent påkommet"))
    with pytest.raises(StateError, match="ändrats"):
        decide(work, found, seen_fingerprint=seen)
    assert counted(work, Decision, FrameAdjustment) == [0, 0]


def test_deciding_nothing_is_refused(work: Work) -> None:
    found = made_round(work, replace(RATES, wage_raise={}, pkv={}, price_tags=()))
    with pytest.raises(StateError, match="inga rader"):
        decide(work, found)
    assert counted(work, Decision) == [0]


# Populations that were read in


def add_population(
    work: Work, by_year: dict[int, dict[int, int]], scenario: str = "base", **more: Any
) -> None:
    series = {
        ("", year): {age: count * 1000 for age, count in counts.items()} for year, counts in by_year.items()
    }
    populations.add(work, vintage="2026", scenario=PopulationScenario(scenario), series=series, **more)


def people(preschool: int, oldest: int) -> dict[int, int]:
    return {**dict.fromkeys(range(1, 6), preschool), 6: oldest}


def test_demography_counts_with_the_newest_forecast_and_fills_in_from_the_outcome(work: Work) -> None:
    tags = (
        PriceTag("1-5", "1–5 år", 1, 5, 100 * TKR, "UN"),
        PriceTag("6+", "6 år och äldre", 6, None, TKR, "KFN"),
    )
    found = made_round(work, replace(RATES, price_tags=tags))
    add_population(work, {2025: people(200, 50), 2024: people(1, 1)}, "outcome")
    add_population(work, {2026: people(210, 60), 2027: people(204, 70)})
    draft = frame_calculations.draft(work, found.id)
    rows = {row.key: row for row in draft.rows if row.kind is AdjustmentKind.DEMOGRAPHY}
    # Averages: 205 → 207 per age of five, and 55 → 65.
    assert {key: row.amount_ore for key, row in rows.items()} == {
        "demography:1-5": 10 * 100 * TKR,
        "demography:6+": 10 * TKR,
    }
    assert "befolkningsprognos 2026" in rows["demography:1-5"].source
    assert draft.forecast == "befolkningsprognos 2026"
    assert {(gap.year, gap.part) for gap in draft.gaps if gap.part == "demography"} == {
        (year, "demography") for year in range(2028, 2037)
    }


def test_a_class_that_the_forecast_cannot_tell_apart_is_a_gap_and_not_a_guess(work: Work) -> None:
    tags = (PriceTag("6-9", "6–9 år", 6, 9, TKR, "UN"), PriceTag("1-5", "1–5 år", 1, 5, TKR, "UN"))
    found = made_round(work, replace(RATES, price_tags=tags))
    add_population(work, {year: people(200 + year % 5, 50) for year in range(2025, 2038)})
    draft = frame_calculations.draft(work, found.id)
    assert {gap.part for gap in draft.gaps if gap.part.startswith("demography")} == {"demography:6-9"}
    assert {row.key for row in draft.rows if row.kind is AdjustmentKind.DEMOGRAPHY} == {"demography:1-5"}


def test_a_price_tag_for_nobody_is_a_gap(work: Work) -> None:
    found = made_round(work, replace(RATES, price_tags=(PriceTag("x", "x", 1, 5, TKR, "XX"),)))
    assert "XX" in {gap.committee for gap in drafted(work, found).gaps}


# Moves, kinds and conflicts


def move(committee: str, amount_tkr: int, year: int = 2027, **more: Any) -> StatedRow:
    return StatedRow(
        committee, year, AdjustmentKind.TECHNICAL, amount_tkr * TKR, "Skolskjuts", group="Skolskjuts", **more
    )


def faults_of(work: Work, found: PlanningRound, *rows: StatedRow) -> set[str]:
    with pytest.raises(InvalidInputError) as caught:
        plan(work, found, *rows)
    return set(caught.value.fields)


def test_a_move_is_refused_unless_it_sums_to_zero_in_each_year(work: Work) -> None:
    found = made_round(work)
    assert faults_of(work, found, move("UN", -10), move("KFN", 9)) == {
        "rows.0.amount_ore",
        "rows.1.amount_ore",
    }
    assert faults_of(work, found, move("UN", -10), move("KFN", 10, 2028)) == {
        "rows.0.amount_ore",
        "rows.1.amount_ore",
    }
    assert len(faults_of(work, found, move("UN", -10), move("KFN", 10, permanent=False))) == 2
    plan(work, found, move("UN", -10), move("KFN", 10), move("UN", 4, 2028), move("KFN", -4, 2028))
    assert len(planned_adjustments.of_round(work, found.id)) == 4


def test_rows_that_change_move_after_the_decision_leave_both_moves_at_zero(
    work: Work, database: Database
) -> None:
    found = made_round(work)
    sport = replace(move("KS", -3), group="Sport")
    plan(
        work,
        found,
        move("UN", -10),
        move("KFN", 10),
        sport,
        replace(sport, committee="KFN", amount_ore=3 * TKR),
    )
    decide(work, found)
    stored = [planned_adjustments.facts_of(one) for one in planned_adjustments.of_round(work, found.id)]
    swapped = {"Skolskjuts": "Sport", "Sport": "Skolskjuts"}
    plan(
        work,
        found,
        *(replace(one, group=swapped[one.group], amount_ore=2 * one.amount_ore) for one in stored),
    )
    decide(work, found, paragraph="300")
    assert [str(breach) for breach in checks.run(work, database)] == []
    technical = frame_of(frames.of_round(work, found.id), "UN").by_kind()[AdjustmentKind.TECHNICAL]
    assert technical == -20 * TKR


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"committee": "XX"}, "committee"),
        ({"year": 2040}, "year"),
        ({"kind": AdjustmentKind.WAGES}, "kind"),
        ({"kind": AdjustmentKind.INDEX}, "kind"),
        ({"kind": AdjustmentKind.RENT}, "earlier_decision"),
        ({"kind": AdjustmentKind.RENT, "earlier_decision": "någon gång"}, "earlier_decision"),
        ({"amount_ore": 0}, "amount_ore"),
        ({"source": " "}, "source"),
        ({"group": "Flytt"}, "kind"),
    ],
)
def test_a_planned_row_that_does_not_fit_is_told_at_its_field(
    work: Work, changes: dict[str, Any], field: str
) -> None:
    found = made_round(work)
    assert f"rows.0.{field}" in faults_of(work, found, replace(priority("UN", 5, "Prioritering"), **changes))


def test_a_rent_from_before_the_system_cites_its_decision(work: Work) -> None:
    found = made_round(work)
    rent = replace(
        priority("UN", 4_120, "Helårseffekt av förskolan som öppnade 2026"),
        kind=AdjustmentKind.RENT,
        earlier_decision="KF 2024-06-17 § 98",
    )
    plan(work, found, rent)
    row = next(row for row in drafted(work, found).rows if row.kind is AdjustmentKind.RENT)
    assert "KF 2024-06-17 § 98" in str(row.detail)


def test_two_who_save_the_same_row_are_told(work: Work) -> None:
    found = made_round(work)
    plan(work, found, priority("UN", 5, "Första"), priority("UN", 6, "Andra"))
    stored = planned_adjustments.of_round(work, found.id)
    seen = {one.id: one.version for one in stored}
    first, second = (planned_adjustments.facts_of(one) for one in stored)
    planned_adjustments.save(work, found.id, [replace(first, amount_ore=7 * TKR), second], seen=seen)
    with pytest.raises(ConflictError) as caught:
        planned_adjustments.save(work, found.id, [replace(first, amount_ore=8 * TKR), second], seen=seen)
    assert caught.value.stored[str(first.id)]["amount_ore"] == 7 * TKR
    # A row that somebody else added meanwhile stays.
    planned_adjustments.save(work, found.id, [second], seen={second.id: 1})  # type: ignore[dict-item]
    assert len(planned_adjustments.of_round(work, found.id)) == 2


def test_bases_are_saved_as_a_table_with_one_note_per_field(work: Work) -> None:
    found = made_round(work)
    rows = [
        StatedBasis(Basis("XX", 2027, -1, other_costs_ore=-1, new_street_m2=-1)),
        StatedBasis(Basis("UN", 2050, 0)),
        StatedBasis(Basis("KFN", 2030, 0)),
        StatedBasis(Basis("KFN", 2030, 0)),
    ]
    with pytest.raises(InvalidInputError) as caught:
        frame_bases.save(work, found.id, rows, seen={})
    assert set(caught.value.fields) == {
        "rows.0.committee", "rows.0.wages_ore", "rows.0.other_costs_ore", "rows.0.new_street_m2",
        "rows.1.year", "rows.3.year",
    }  # fmt: skip


def test_a_base_that_somebody_changed_or_that_is_history_is_not_overwritten(work: Work) -> None:
    found = made_round(work)
    with pytest.raises(ConflictError):
        frame_bases.save_base_frames(work, found.id, [StatedBase("UN", 1, "x", seen_version=7)])
    decide(work, found)
    with pytest.raises(StateError):
        frame_bases.save_base_frames(work, found.id, [StatedBase("UN", 1, "x", seen_version=1)])


def test_who_only_looks_neither_states_nor_decides(work: Work) -> None:
    found = made_round(work)
    viewer = Work(work.session, factories.user(work, "viewer", Role.COUNCIL_VIEWER))
    with pytest.raises(NotAllowedError):
        plan(viewer, found, priority("UN", 1, "x"))
    with pytest.raises(NotAllowedError):
        state_bases(viewer, found, Basis("UN", 2027, 0))
    with pytest.raises(NotAllowedError):
        decide(viewer, found)


AMOUNTS = st.integers(-(10**10), 10**10).filter(bool)
PLANNED = st.lists(
    st.tuples(st.sampled_from(["UN", "KFN", "KS"]), st.integers(2027, 2030), AMOUNTS, st.booleans()),
    max_size=5,
)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["UN", "KFN"]),
        st.integers(2027, 2030),
        AMOUNTS,
        st.sampled_from(["Flytt A", "Flytt B"]),
    ),
    max_size=3,
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=PLANNED, second=PLANNED, moves=MOVES, points=st.integers(0, 900))
def test_frames_follow_whatever_is_planned_decided_and_changed_again(
    database: Database, first: list[Any], second: list[Any], moves: list[Any], points: int
) -> None:
    with database.write() as session:
        work = Work(session, SYSTEM)
        found = made_round(work)
        for number, stated in enumerate((first, second)):
            rows = [
                StatedRow(code, year, AdjustmentKind.PRIORITY, ore, "KF", permanent)
                for code, year, ore, permanent in stated
            ]
            for code, year, ore, group in moves:
                for committee, amount in ((code, ore), ("KS", -ore)):
                    rows.append(
                        StatedRow(committee, year, AdjustmentKind.TECHNICAL, amount, "Flytt", group=group)
                    )
            plan(work, found, *rows)
            rate = Fraction(points + number, 10_000)
            use(work, found, replace(RATES, wage_raise={2026: rate, 2027: rate, 2028: rate}))
            expected = frame_calculations.frames_with_draft(work, found.id, drafted(work, found))
            decide(work, found, paragraph=str(number), years=found.years)
            real = frames.of_round(work, found.id)
            assert [[y.frame_ore for y in one.years] for one in real] == [
                [y.frame_ore for y in one.years] for one in expected
            ]
            assert drafted(work, found).rows == ()
        assert [str(breach) for breach in checks.run(work, database)] == []
        session.rollback()
