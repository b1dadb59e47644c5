"""Parameter sets: versions that never change, where each is used, and what another one would move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from investplan.db.models import AuditEntry, FrameAdjustment, ParameterSet, PlanningRound, Run
from investplan.db.session import Database
from investplan.domain.consequences import CommitteeKind, ConsolidatedKind
from investplan.domain.organisations import Role
from investplan.domain.parameter_notes import note_of, placeholders
from investplan.domain.parameters import DEFAULTS, Ceiling, Confidence, Parameters, RateTable
from investplan.domain.proposals import (
    Alternative,
    AlternativeKind,
    Component,
    Grant,
    Outlay,
    Part,
)
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from investplan.services import (
    decisions,
    delays,
    frame_calculations,
    frames,
    parameter_effects,
    parameter_sets,
    rounds,
    scenarios,
)
from investplan.services.parameter_effects import Effects
from investplan.services.work import Actor, Work, begin, look
from investplan.units import round_half_up
from tests import factories, prepared_plans
from tests.factories import MNKR, TKR
from tests.integration.test_frame_calculations import decided_preschool, made_round

DAY = date(2026, 6, 15)
RAISED = replace(DEFAULTS, internal_rate=RateTable(Fraction("0.0275")))


@pytest.fixture
def found(work: Work) -> PlanningRound:
    return prepared_plans.filled_round(work)


def adopted(work: Work, found: PlanningRound) -> Run:
    """A plan of the round that the council has decided."""
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
    decisions.adopt(work, run.id, decided_on=DAY, paragraph="214", title="Budget 2027")
    return run


def made(work: Work, parameters: Parameters = RAISED, **more: object) -> ParameterSet:
    fields = {"name": "Grund", "valid_from": date(2027, 1, 1), "source": "Budgetanvisning 2028", **more}
    return parameter_sets.create(work, parameters, **fields)  # type: ignore[arg-type]


def stored_rows(work: Work) -> dict[str, int]:
    """How many rows each of the tables has that a careless preview could write in."""
    tables = (AuditEntry, FrameAdjustment, ParameterSet, Run)
    return {t.__name__: work.session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


# Versions


def test_a_new_version_follows_the_last_of_its_name_and_leaves_it_as_it_was(
    work: Work, found: PlanningRound
) -> None:
    before = dict(found.parameter_set.values)
    new = made(work)
    assert (new.label, found.parameter_set.label) == ("Grund v2", "Grund v1")
    assert found.parameter_set.values == before
    assert parameter_sets.parameters_in(new) == RAISED
    assert made(work, name="Låg ränta").label == "Låg ränta v1"


def test_the_same_form_twice_is_one_version_and_another_content_is_refused(
    work: Work, found: PlanningRound
) -> None:
    first = made(work, key="k1")
    assert made(work, key="k1").id == first.id
    with pytest.raises(InvalidInputError):
        made(work, DEFAULTS, key="k1")
    assert [one.label for one in parameter_sets.everything(work)] == ["Grund v2", "Grund v1"]


def test_what_is_missing_is_told_all_at_once(work: Work) -> None:
    with pytest.raises(InvalidInputError) as refused:
        made(work, name=" ", valid_from=None, source="")
    assert set(refused.value.fields) == {"name", "valid_from", "source"}


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("unheard_of", {"source": "x", "confidence": "high"}),
        ("internal_rate.1999", {"source": "x", "confidence": "high"}),
        ("loan_share", {"source": " ", "confidence": "high"}),
        ("loan_share", {"source": "x" * 301, "confidence": "high"}),
        ("loan_share", {"source": "x", "confidence": "certain"}),
    ],
)
def test_a_note_that_does_not_fit_is_refused_at_its_value(
    work: Work, name: str, note: dict[str, str]
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        made(work, notes={name: note})
    assert set(refused.value.fields) == {f"notes.{name}"}


def test_single_values_carry_their_own_source_and_the_rest_the_defaults(work: Work) -> None:
    changed = replace(
        DEFAULTS,
        internal_rate=RateTable(Fraction("0.025"), {2027: Fraction("0.0225"), 2025: Fraction("0.025")}),
    )
    notes = {
        "internal_rate.2027": {"source": "SKR februari 2026", "confidence": "high"},
        "loan_share": {"source": "Finanspolicyn", "confidence": "medium"},
    }
    stored = made(work, changed, notes=notes)
    values = parameter_sets.values_in(stored)

    def told(name: str, value: object) -> tuple[str, Confidence]:
        note = note_of(name, value, stored.notes)
        return note.source, note.confidence

    assert told("internal_rate.2027", "0.0225") == ("SKR februari 2026", Confidence.HIGH)
    assert told("internal_rate.2025", "0.025") == ("SKR:s förslag till internränta för året", Confidence.HIGH)
    # The default's source is not that of another rate.
    assert told("internal_rate.2025", "0.03")[1] is Confidence.PLACEHOLDER
    assert told("internal_rate.default", "0.025")[1] is Confidence.PLACEHOLDER
    assert told("loan_share", "0.3") == ("Finanspolicyn", Confidence.MEDIUM)
    unsure = placeholders(values, stored.notes)
    assert "loan_share" not in unsure
    assert {"internal_rate.default", "wage_raise", "rent_items.media"} <= set(unsure)


def test_the_seeded_values_have_the_confidence_of_the_reference() -> None:
    values = DEFAULTS.to_json()
    rates = {
        year: note_of(f"internal_rate.{year}", values["internal_rate"][str(year)], None)
        for year in range(2020, 2026)
    }
    assert {note.confidence for note in rates.values()} == {Confidence.HIGH}
    amounts = {
        year: note_of(f"pbb_ore_by_year.{year}", amount, None).confidence
        for year, amount in values["pbb_ore_by_year"].items()
    }
    assert amounts == {
        "2020": Confidence.HIGH, "2021": Confidence.LOW, "2022": Confidence.LOW, "2023": Confidence.HIGH,
        "2024": Confidence.LOW, "2025": Confidence.HIGH, "2026": Confidence.HIGH,
    }  # fmt: skip


def test_raw_sql_cannot_change_the_notes_of_a_version(database: Database) -> None:
    with begin(database) as work:
        made(work, notes={"loan_share": {"source": "Finanspolicyn", "confidence": "medium"}})
    with database.engine.connect() as connection, pytest.raises(IntegrityError, match="frozen"):
        connection.execute(update(ParameterSet).values(notes=None))
    with look(database) as work:
        (stored,) = parameter_sets.everything(work)
        assert stored.notes == {"loan_share": {"source": "Finanspolicyn", "confidence": "medium"}}


# Choosing


def test_choosing_a_set_is_audited_with_its_reason_and_moves_no_frame(
    work: Work, found: PlanningRound
) -> None:
    adopted(work, found)
    old, new, frames_before = found.parameter_set, made(work), _frame_rows(work)
    version = found.version
    parameter_sets.choose(work, found.id, new.id, seen_version=version, reason="SKR:s förslag för 2027")
    assert rounds.find(work, found.id).parameter_set_id == new.id
    assert rounds.parameters_of(found) == RAISED
    assert _frame_rows(work) == frames_before
    entry = work.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert (entry.action, entry.reason) == ("choose parameters", "SKR:s förslag för 2027")
    assert (entry.before or {})["parameter_set_id"] == old.id
    assert (entry.after or {})["parameters"] == "Grund v2"
    # The same form once more finds what it asked for.
    assert (
        parameter_sets.choose(work, found.id, new.id, seen_version=version, reason="").version == version + 1
    )


def _frame_rows(work: Work) -> list[tuple[int, int, str, int]]:
    query = select(FrameAdjustment.id, FrameAdjustment.year, FrameAdjustment.kind, FrameAdjustment.amount_ore)
    return [tuple(row) for row in work.session.execute(query.order_by(FrameAdjustment.id))]  # type: ignore[misc]


def test_a_choice_that_somebody_made_meanwhile_is_not_overwritten(work: Work, found: PlanningRound) -> None:
    mine, theirs, seen = made(work), made(work, DEFAULTS), found.version
    parameter_sets.choose(work, found.id, theirs.id, seen_version=seen, reason="Annat")
    with pytest.raises(ConflictError) as refused:
        parameter_sets.choose(work, found.id, mine.id, seen_version=seen, reason="Mitt")
    assert (refused.value.stored["parameters"], refused.value.submitted["parameters"]) == (
        theirs.label,
        mine.label,
    )
    assert found.parameter_set_id == theirs.id


def test_a_choice_needs_a_reason_and_a_set_that_exists(work: Work, found: PlanningRound) -> None:
    new = made(work)
    with pytest.raises(InvalidInputError) as refused:
        parameter_sets.choose(work, found.id, new.id, seen_version=found.version, reason="  ")
    assert set(refused.value.fields) == {"reason"}
    with pytest.raises(NotFoundError):
        parameter_sets.choose(work, found.id, 9999, seen_version=found.version, reason="x")


@pytest.mark.parametrize("role", [Role.PLANNER, Role.COUNCIL_VIEWER])
def test_only_finance_makes_and_chooses_sets(work: Work, found: PlanningRound, role: Role) -> None:
    new = made(work)
    other = Work(work.session, Actor(7, "någon", role, None))
    with pytest.raises(NotAllowedError):
        made(other)
    with pytest.raises(NotAllowedError):
        parameter_sets.choose(other, found.id, new.id, seen_version=found.version, reason="x")


def test_each_set_knows_the_rounds_runs_and_decisions_that_use_it(work: Work, found: PlanningRound) -> None:
    run, old, new = adopted(work, found), found.parameter_set, made(work)
    parameter_sets.choose(work, found.id, new.id, seen_version=found.version, reason="Ny ränta")
    used = parameter_sets.uses(work)
    assert [one.name for one in used[new.id].rounds] == ["Budget 2027"]
    assert (used[new.id].run_ids, used[new.id].decisions) == ((), ())
    assert used[old.id].rounds == ()
    assert used[old.id].run_ids == (run.id,)
    assert [one.paragraph for one in used[old.id].decisions] == ["214"]


@pytest.mark.parametrize(("years", "missing"), [(5, 2), (7, 0), (10, 0)])
def test_a_round_shorter_than_the_companies_plan_is_told(work: Work, years: int, missing: int) -> None:
    found = factories.planning_round(work, horizon_years=years)
    assert parameter_sets.missing_plan_years(found) == missing


# What another set would move


def street(work: Work, outlay_ore: int = 7 * MNKR) -> PlanningRound:
    """A round in which the council has decided one street of UN's: 40 years, in use from December 2027."""
    prepared_plans.organisations_for(work)
    found = factories.planning_round(work)
    factories.submitted_proposal(
        work, found.id, alternatives=(factories.alternative(outlay_ore, starts=(2027,)),)
    )
    ceiling = scenarios.LimitFacts("ceiling", "Tak", "investment", dict.fromkeys(found.years, 100 * MNKR))
    frame = scenarios.LimitFacts("un", "Ram UN", "frame:UN", dict.fromkeys(found.years, 460 * TKR))
    room = scenarios.LimitFacts("drift", "Drift", "operating", dict.fromkeys(found.years, 100 * MNKR))
    facts = scenarios.ScenarioFacts(name="Allt", limits=(ceiling, frame, room))
    run = prepared_plans.plan_of(work, scenarios.create(work, found.id, facts))
    decisions.adopt(work, run.id, decided_on=DAY, paragraph="1", title="Gatan")
    return found


def un(effects: Effects, kind: CommitteeKind) -> list[int]:
    (committee,) = [one for one in effects.committees if one.code == "UN"]
    return list(committee.by_kind[kind].difference_ore)


def test_a_raised_rate_moves_the_capital_cost_by_rate_times_opening_book_value(work: Work) -> None:
    effects = parameter_effects.preview(work, street(work), RAISED)
    # Charged from January 2028: 7 000 000 kr less 175 000 kr a year, a quarter of a per cent of what is left.
    book_values = [0, *(7_000_000 - 175_000 * year for year in range(9))]
    assert un(effects, CommitteeKind.CAPITAL_COST) == [value * 100 // 400 for value in book_values]
    assert un(effects, CommitteeKind.CAPITAL_COST)[1] == 17_500_00
    for kind in (CommitteeKind.RENT, CommitteeKind.OPERATING):
        assert not any(un(effects, kind))
    # Internal interest is eliminated in the whole.
    assert not any(effects.consolidated_total.difference_ore)
    assert (effects.decided, effects.decided_with) == (1, {"Grund v1": 1})


PARTS = (
    ("Mark", 4_000, None), ("Markanläggning", 6_000, 20), ("Stomme", 28_000, 80), ("Fasad", 9_000, 40),
    ("Yttertak", 4_000, 40), ("Installationer", 15_000, 25), ("Styr", 2_000, 15), ("Ytskikt", 6_000, 15),
    ("Storkök", 2_000, 10), ("Rest", 2_000, 50),
)  # fmt: skip
"""The property owner's part of the reference's preschool (section 1.5), tkr and years."""


def preschool() -> Alternative:
    components = [Component(n, tkr * TKR, None if life is None else life * 12) for n, tkr, life in PARTS]
    return Alternative(
        code="build", title="Förskola Exempel", kind=AlternativeKind.BUILD, starts=(2027,), price_level_year=2027,
        commissioned_after_months=31, landlord="SEN", area_m2=1850,
        outlays=(Outlay(0, 5_000 * TKR), Outlay(1, 45_000 * TKR), Outlay(2, 30_000 * TKR)),
        components=(*components, Component("Inventarier", 2_000 * TKR, 120, Part.USER)),
        grants=(), operating=(), disposals=(), place_wkt="POINT (583460 6280546)",
    )  # fmt: skip


def test_a_quarter_point_on_the_references_preschool_is_193_tkr_of_rent(work: Work) -> None:
    """Section 1.7: +0.25 points on a book value of 77 217 tkr is +193 tkr a year."""
    prepared_plans.organisations_for(work)
    found = factories.planning_round(work)
    factories.submitted_proposal(work, found.id, alternatives=(preschool(),))
    run = prepared_plans.plan_of(work, factories.scenario(work, found, 100 * MNKR))
    decisions.adopt(work, run.id, decided_on=DAY, paragraph="1", title="Förskolan")
    effects = parameter_effects.preview(work, found, RAISED)
    in_2030 = un(effects, CommitteeKind.RENT)[3]
    opening = [  # after the four months of 2029
        tkr * TKR - round_half_up(Fraction(tkr * TKR * 4, life * 12) if life else Fraction(0))
        for _, tkr, life in PARTS
    ]
    assert round(sum(opening) / TKR) == 77_217
    interest = [
        round_half_up(v * RAISED.internal_rate.default) - round_half_up(v / Fraction(40)) for v in opening
    ]
    assert in_2030 == sum(interest)
    assert round(in_2030 / TKR, 1) == 193.0
    # The landlord is left with nothing, before and after.
    (landlord,) = [one for one in effects.committees if one.code == "SEN"]
    assert not any(landlord.total.before_ore)
    assert not any(landlord.total.after_ore)


def test_a_loan_rate_moves_the_whole_and_no_committee(work: Work) -> None:
    dearer = replace(DEFAULTS, external_rate=RateTable(Fraction("0.038")))
    effects = parameter_effects.preview(work, street(work), dearer)
    assert not any(one.moves for one in effects.committees)
    interest = effects.consolidated[ConsolidatedKind.EXTERNAL_INTEREST]
    # Three tenths are borrowed; one point more on that, from the first whole year.
    assert interest.difference_ore[1] == 7 * MNKR * 3 // 10 // 100
    assert effects.consolidated_total.difference_ore == interest.difference_ore


def test_the_levels_of_now_are_what_the_frames_hold(work: Work, found: PlanningRound) -> None:
    adopted(work, found)
    effects = parameter_effects.preview(work, found, RAISED)
    rows = work.session.scalars(select(FrameAdjustment).where(FrameAdjustment.decision_id.is_not(None))).all()
    for committee in effects.committees:
        for kind, levels in committee.by_kind.items():
            mine = [row for row in rows if row.organisation.code == committee.code and row.kind == kind.value]
            held = [sum(row.amount_ore for row in mine if row.year <= year) for year in effects.years]
            assert list(levels.before_ore) == held, (committee.code, kind)
    assert {one.code for one in effects.committees} >= {"UN", "KFN"}


def test_a_delay_moves_what_would_move_with_it(work: Work) -> None:
    found = street(work)
    on_time = parameter_effects.preview(work, found, RAISED)
    (investment,) = delays.investments_of(work, found.id)
    delays.record(
        work,
        investment.id,
        months=12,
        decided_on=date(2026, 9, 1),
        paragraph="9",
        title="Senare",
        reason="Mark",
    )
    late = parameter_effects.preview(work, found, RAISED)
    before, after = (un(one, CommitteeKind.CAPITAL_COST) for one in (on_time, late))
    assert after == [0, *before[:-1]]
    held = frames.of_committee(work, found.id, "UN")
    (committee,) = [one for one in late.committees if one.code == "UN"]
    assert list(committee.total.before_ore) == [year.frame_ore - held.base_ore for year in held.years]


def test_the_drafted_rows_of_a_changed_rate_are_what_the_preview_told(work: Work) -> None:
    found = made_round(work, replace(DEFAULTS, pkv_committees=()))
    decided_preschool(work, found)
    dearer = replace(DEFAULTS, pkv_committees=(), internal_rate=RateTable(Fraction("0.03")))
    effects = parameter_effects.preview(work, found, dearer)
    new = made(work, dearer)
    parameter_sets.choose(work, found.id, new.id, seen_version=found.version, reason="Ny ränta")
    drafted = [row for row in frame_calculations.draft(work, found.id).rows if row.key == "internal-rate"]
    assert drafted
    for committee in effects.committees:
        mine = [row for row in drafted if row.committee == committee.code]
        levels = [sum(row.amount_ore for row in mine if row.year <= year) for year in effects.years]
        assert list(committee.total.difference_ore) == levels, committee.code


def test_frames_that_stop_following_falling_cost_are_told_too(work: Work) -> None:
    keeps = replace(DEFAULTS, frames_follow_falling_capital_cost=False)
    effects = parameter_effects.preview(work, street(work), keeps)
    # The first year's interest stays: 2.5 per cent of 175 000 kr more is kept with every year that passes.
    assert un(effects, CommitteeKind.CAPITAL_COST) == [0, *(437_500 * year for year in range(9))]


def test_the_plan_is_costed_against_its_limits_and_breaches_are_told(work: Work) -> None:
    found = street(work)
    plan = parameter_effects.preview(work, found, RAISED).plan
    assert plan is not None
    assert (plan.scenario, plan.parameters) == ("Allt", "Grund v1")
    frame = {one.year: one for one in plan.limits if one.code == "un"}
    # 2028: 175 000 kr depreciation, 175 000 kr interest, 100 000 kr of staff; the raised rate adds 17 500 kr.
    assert frame[2028].before_ore == 450_000_00
    assert frame[2028].after_ore == 467_500_00
    assert frame[2028].over_ore == 7_500_00
    # 2029: 450 000 − 4 375 + 2.75 instead of 2.5 per cent of 6 825 000; still over its 460 000.
    assert frame[2029].after_ore == 450_000_00 - 4_375_00 + 17_062_50
    assert {(one.code, one.year) for one in plan.broken} == {("un", 2028), ("un", 2029)}
    ceiling = [one for one in plan.limits if one.code == "ceiling"]
    assert all(one.before_ore == one.after_ore for one in ceiling)


def test_the_ceiling_counts_as_the_other_set_says(work: Work) -> None:
    prepared_plans.organisations_for(work)
    found = factories.planning_round(work)
    granted = factories.alternative(10 * MNKR, starts=(2027,), grants=(Grant("Boverket", 0, 2 * MNKR),))
    factories.submitted_proposal(work, found.id, alternatives=(granted,))
    run = prepared_plans.plan_of(work, factories.scenario(work, found, 9 * MNKR))
    plan = parameter_effects.preview(work, found, replace(DEFAULTS, ceiling_counts=Ceiling.GROSS)).plan
    assert plan is not None
    assert plan.run_id == run.id
    first = plan.limits[0]
    assert (first.before_ore, first.after_ore, first.over_ore) == (8 * MNKR, 10 * MNKR, MNKR)


SAME: list[Callable[[Parameters], Parameters]] = [
    lambda one: one,
    lambda one: replace(one, pkv_vintage="oktober 2026", wage_revision_month=5),
    lambda one: replace(one, company_plan_years=9, discount_rate=Fraction("0.035")),
]


@pytest.mark.parametrize("change", SAME)
def test_a_set_that_costs_investments_alike_moves_nothing(
    work: Work, found: PlanningRound, change: Callable[[Parameters], Parameters]
) -> None:
    adopted(work, found)
    effects = parameter_effects.preview(work, found, change(DEFAULTS))
    assert not effects.moves
    assert effects.decided > 1
    assert effects.plan is not None
    assert effects.plan.limits


def test_a_preview_writes_nothing(work: Work, found: PlanningRound) -> None:
    adopted(work, found)
    work.session.flush()
    before = stored_rows(work)
    parameter_effects.preview(work, found, RAISED)
    assert not work.session.dirty
    assert not work.session.new
    assert stored_rows(work) == before


def test_a_round_without_decisions_or_plans_has_nothing_to_move(work: Work) -> None:
    effects = parameter_effects.preview(work, factories.planning_round(work), RAISED)
    assert (effects.decided, effects.committees, effects.plan) == (0, (), None)
    assert not effects.moves
    assert effects.committee_total.before_ore == ()


def test_company_investments_are_in_no_committee_but_in_the_plans_limits(
    work: Work, found: PlanningRound
) -> None:
    adopted(work, found)
    effects = parameter_effects.preview(work, found, RAISED)
    assert "KVAB" not in {one.code for one in effects.committees}
    assert effects.plan is not None
    assert any(one.code == "kvab" and one.before_ore for one in effects.plan.limits)


def test_operating_costs_stay_where_rates_change(work: Work) -> None:
    effects = parameter_effects.preview(work, street(work), RAISED)
    (committee,) = [one for one in effects.committees if one.code == "UN"]
    assert committee.by_kind[CommitteeKind.OPERATING].before_ore[1] == 100 * TKR
    assert not any(un(effects, CommitteeKind.OPERATING))
