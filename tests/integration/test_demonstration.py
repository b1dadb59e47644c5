from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import shapely
from click.testing import CliRunner
from sqlalchemy import func, select

from geo.outlining import municipality_outline
from investplan.cli.demonstrating import demo
from investplan.db.models import AuditEntry, Proposal, User
from investplan.db.session import Database
from investplan.domain.balance_requirement import reserve, restoring, statement
from investplan.domain.finances import Item, Phase, plan_effects, with_effects
from investplan.domain.frames import AdjustmentKind
from investplan.domain.investigations import missing_before_submission
from investplan.domain.parameters import DEFAULTS
from investplan.domain.proposals import AlternativeKind, Status
from investplan.domain.targets import outcomes
from investplan.errors import StateError
from investplan.services import (
    calendars,
    checks,
    comments,
    consultations,
    demonstration,
    finances,
    financial_room,
    financial_targets,
    frame_calculations,
    frames,
    organisations,
    proposal_records,
    rounds,
    scenarios,
    users,
)
from investplan.services.demonstration_data import placing, reading
from investplan.services.demonstration_data.tables import read_table
from investplan.services.work import Work, begin, look
from optimizer.problem import Choice
from optimizer.solving import solve
from optimizer.verifying import total_of, verify
from tests import factories

MNKR = 100_000_000
YEARS = tuple(range(2027, 2037))
# The published outline cuts off the coast with the town on it; its middle lies some 3 km outside.
COAST_CUT_OFF_M = 3_500


@pytest.fixture(scope="module")
def demonstrated(demonstrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("demonstration") / "investplan.db"
    path.write_bytes(demonstrated_template.read_bytes())
    opened = Database(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def seen(demonstrated: Database) -> Iterator[Work]:
    with look(demonstrated) as work:
        yield work


def committees_proposals() -> list[reading.AskedProposal]:
    return [one for one in reading.proposals() if one.facts.committee not in reading.company_codes()]


def asked_ore(asked: list[reading.AskedProposal]) -> int:
    return sum(one.facts.alternatives[0].outlay_ore for one in asked)


def ceiling_ore(number: int = 0) -> int:
    limits = reading.scenarios(YEARS)[number].limits
    return sum(next(limit for limit in limits if limit.row == "investment").max_ore_by_year.values())


def test_loading_twice_changes_nothing(demonstrated: Database) -> None:
    with begin(demonstrated) as work:
        before = work.session.scalar(select(func.count()).select_from(AuditEntry))
        assert not demonstration.load(work)
        assert work.session.scalar(select(func.count()).select_from(AuditEntry)) == before


def test_a_database_with_a_real_round_is_refused_and_left_alone(work: Work) -> None:
    factories.planning_round(work)
    with pytest.raises(StateError, match="riktiga uppgifter"):
        demonstration.load(work)
    assert organisations.everything(work) == []


def test_a_database_with_organisations_but_no_round_is_refused(work: Work) -> None:
    factories.committee(work)
    with pytest.raises(StateError, match="riktiga uppgifter"):
        demonstration.load(work)


def test_the_round_is_fictional_and_every_invariant_holds(demonstrated: Database, seen: Work) -> None:
    assert rounds.find_by_name(seen, "Budget 2027").fictional
    assert checks.run(seen, demonstrated) == []


def test_submitted_proposals_are_complete_and_the_drafts_are_not(seen: Work) -> None:
    drafts = 0
    for row in seen.session.scalars(select(Proposal)):
        missing = missing_before_submission(proposal_records.facts(row))
        if row.status == Status.SUBMITTED:
            assert missing == {}, row.case_number
        else:
            drafts += bool(missing)
    assert drafts >= 5


def test_the_set_has_the_size_it_should() -> None:
    asked = reading.proposals()
    by_committee = {one.facts.committee for one in asked}
    assert 150 <= len(asked) <= 170
    assert len(by_committee - reading.company_codes()) == 10
    assert len(reading.company_codes()) == len(by_committee & reading.company_codes()) == 4
    assert 8_000 * MNKR <= asked_ore(asked) <= 9_000 * MNKR
    sizes = [one.facts.alternatives[0].outlay_ore for one in asked]
    assert max(sizes) <= 350 * MNKR
    assert min(sizes) >= MNKR
    assert 6 <= sum(one.facts.required for one in asked) <= 8


def test_purposes_are_sentences_of_their_own() -> None:
    purposes = [one.facts.purpose for one in reading.proposals()]
    assert len(set(purposes)) == len(purposes)
    assert all(text.count(". ") >= 1 and text.endswith(".") for text in purposes)


def test_a_third_of_what_committees_ask_for_must_stay_out() -> None:
    submitted = [one for one in committees_proposals() if not one.is_draft]
    assert 3 * ceiling_ore() <= 2 * asked_ore(submitted)
    assert ceiling_ore(1) > ceiling_ore(0)


def test_base_frames_fit_within_tax_and_grants() -> None:
    economy = read_table("economy")
    share = sum(row["frame_tkr"] for row in economy["committee"]) / economy["tax_and_grants_tkr"]
    assert 0.93 <= share <= 0.98


def test_only_culture_gets_the_price_index_and_the_jubilee_is_taken_back(seen: Work) -> None:
    found = {
        one.organisation.code: one
        for one in frames.of_round(seen, rounds.find_by_name(seen, "Budget 2027").id)
    }
    assert len(found) == 10
    indexed = [code for code, one in found.items() if AdjustmentKind.INDEX in one.years[0].by_kind()]
    assert indexed == ["KFN"]
    assert found["KS"].years[1].frame_ore == found["KS"].years[0].frame_ore - 4 * MNKR
    rows = [row for one in found.values() for row in one.years[0].rows]
    assert all("fiktiv" in f"{row.source} {row.parameters}".lower() for row in rows)


def test_an_economist_finds_every_kind_of_row_and_its_computation_in_the_decided_frames(seen: Work) -> None:
    found = rounds.find_by_name(seen, "Budget 2027")
    by_code = {one.organisation.code: one.years[0] for one in frames.of_round(seen, found.id)}
    kinds = {kind for year in by_code.values() for kind in year.by_kind()}
    assert kinds == set(AdjustmentKind)
    assert {AdjustmentKind.DEMOGRAPHY, AdjustmentKind.WAGES} <= set(by_code["ON"].by_kind())
    moved = [row for year in by_code.values() for row in year.rows if "anhörigstöd" in row.source]
    assert [row.amount_ore for row in moved] != []
    assert sum(row.amount_ore for row in moved) == 0
    rows = [row for year in by_code.values() for row in year.rows]
    assert all(row.decision == "Kommunfullmäktige 2025-11-24 § 214" and row.detail for row in rows)
    computed = {row.parameters for row in rows if not row.row_key.startswith("planned:")}
    assert computed == {"Grund (fiktiv kommun) v1"}


def test_the_budget_years_draft_is_decided_and_the_plan_years_are_left_for_the_economist(seen: Work) -> None:
    draft = frame_calculations.draft(seen, rounds.find_by_name(seen, "Budget 2027").id)
    assert draft.gaps == ()
    assert {row.year for row in draft.rows} == set(YEARS[1:])
    assert "2026-05" in draft.forecast


def test_every_place_lies_in_the_municipality_or_in_a_district_drawn_on_its_coast() -> None:
    outline = municipality_outline(placing.MUNICIPALITY_CODE)
    ground = shapely.union_all([outline, *placing.district_outlines().values()]).buffer(2)
    placed = 0
    for one in reading.proposals():
        for alternative in one.facts.alternatives:
            if alternative.place_wkt is not None:
                shape = shapely.from_wkt(alternative.place_wkt)
                assert ground.covers(shape), one.facts.case_number
                assert outline.distance(shape) < COAST_CUT_OFF_M, one.facts.case_number
                placed += 1
            elif alternative.kind is not AlternativeKind.NOTHING:
                assert one.facts.place_note, one.facts.case_number
    assert placed > 100


def test_components_add_up_to_the_outlay() -> None:
    for one in reading.proposals():
        for alternative in one.facts.alternatives:
            components_ore = sum(component.amount_ore for component in alternative.components)
            assert components_ore == alternative.outlay_ore, (one.facts.case_number, alternative.code)
    for name, profile in read_table("profiles").items():
        assert sum(row[1] for row in profile["components"]) == 1000, name


def test_one_user_of_each_role_can_sign_in(demonstrated: Database) -> None:
    with begin(demonstrated) as work:
        for one in demonstration.demonstration_users():
            assert users.sign_in(work, one.username, one.password), one.username
        work.session.rollback()


@pytest.mark.parametrize("number", [0, 1])
def test_nothing_that_is_submitted_falls_out_of_the_case(seen: Work, number: int) -> None:
    stored = scenarios.of_round(seen, rounds.find_by_name(seen, "Budget 2027").id)[::-1][number]
    built = scenarios.build_case(seen, stored)
    assert built.snapshot["left_out"] == []
    assert built.snapshot["rules_left_out"] == []


def test_the_first_scenario_runs_to_a_proven_gap_of_a_hundredth_within_a_minute(seen: Work) -> None:
    stored = scenarios.of_round(seen, rounds.find_by_name(seen, "Budget 2027").id)[-1]
    built = scenarios.build_case(seen, stored)
    answer = solve(built.problem, max_seconds=60, gap=0.01)
    assert answer.status == "optimal", answer.message
    assert answer.gap is not None
    assert answer.gap <= 0.01
    assert verify(built.problem, answer.chosen) == ()
    used = {limit.split()[0] for limit in _binding(answer.use)}
    assert {"mål", "frame", "tak"} <= used
    invested = total_of(built.problem, answer.chosen, "investment")
    asked = asked_ore([one for one in committees_proposals() if not one.is_draft])
    assert 3 * invested <= 2 * asked
    _every_target_is_met_with(seen, built.snapshot, answer.chosen)


def _every_target_is_met_with(seen: Work, snapshot: dict[str, Any], chosen: Sequence[Choice]) -> None:
    """The closed loop on the whole demonstration: the finances computed anew from what was chosen."""
    found = rounds.find_by_name(seen, "Budget 2027")
    companies = organisations.company_codes(seen)
    effects = [
        frames.effects_of_choice(
            snapshot["proposals"][one.proposal]["facts"], asdict(one), DEFAULTS, YEARS, companies
        )
        for one in chosen
        if snapshot["proposals"][one.proposal]["facts"]["committee"] not in companies
    ]
    after = with_effects(finances.finances_of_round(seen, found.id), plan_effects(effects, YEARS))
    for target in financial_targets.targets_of(seen, found.id):
        told = outcomes(target, after, YEARS)
        assert told, target.code
        assert all(one.met for one in told.values()), target.code


def test_the_finances_are_whole_agree_and_are_marked_fictional(seen: Work) -> None:
    found = rounds.find_by_name(seen, "Budget 2027")
    told = finances.finances_of_round(seen, found.id)
    assert told.years == tuple(range(2023, 2037))
    assert list(told.phases.values()).count(Phase.HISTORY) == 3
    for year in told.years:
        assert told.differences(year) == {}
        assert [item for item in Item if told.value(year, item) is None] == [], year
        assert all(
            one.stated is None or "fiktiv" in one.stated.source
            for item in Item
            for one in [told.figure(year, item)]
        )
    parameters = rounds.parameters_of(found)
    assert all(reserve(told, year, parameters).faults == () for year in told.years)
    (deficit,) = restoring({year: statement(told, year).balance_ore for year in told.years}, 3)
    assert (deficit.year, deficit.in_time) == (2023, True)


def test_the_main_scenario_has_the_latest_room(seen: Work) -> None:
    stored = scenarios.of_round(seen, rounds.find_by_name(seen, "Budget 2027").id)[-1]
    assert not financial_room.is_stale(seen, stored)
    assert {one.kind for one in financial_room.changes_for(seen, stored)} == {"same"}


def _binding(use: object) -> set[str]:
    assert isinstance(use, tuple)
    return {one.limit for one in use if one.max_ore and one.used_ore > 0.95 * one.max_ore}


def test_the_command_loads_prints_users_and_does_not_serve_when_told_not_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVESTPLAN_DATA_DIR", str(tmp_path / "demo"))
    done = CliRunner().invoke(demo, ["--no-serve"])
    assert done.exit_code == 0, done.output
    assert "planerare.un" in done.output
    assert "demo-skola-2027" in done.output
    again = CliRunner().invoke(demo, ["--no-serve"])
    assert "already loaded" in again.output


def test_there_are_consultations_with_costs_in_a_reply_a_mention_and_a_calendar(seen: Work) -> None:
    proposal = seen.session.scalars(select(Proposal).where(Proposal.case_number == "UN 2026/0125")).one()
    stated = [row for one in proposal_records.facts(proposal).alternatives for row in one.from_replies]
    assert {(row.committee, row.annual_ore) for row in stated} == {("SBN", 14_200_000), ("SBN", 1_850_000)}
    assert consultations.missing_replies(seen, proposal.id) == ["Sundsborg Vatten AB (fiktivt)"]
    finance = users.actor_of(seen.session.scalars(select(User).where(User.username == "ekonomi")).one())
    assert len(comments.unread(Work(seen.session, finance, seen.now))) == 1
    assert len(calendars.of_round(seen, proposal.round_id)) == 9
