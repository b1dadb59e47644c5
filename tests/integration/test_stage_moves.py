"""Moves through gates: what they demand, write and refuse; the case and the money that follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from investplan.db.models import AuditEntry, Organisation, PlanningRound, Proposal, StageMove
from investplan.db.session import Database
from investplan.domain.gate_demands import Demand
from investplan.domain.gates import DEFAULT_TABLE, MoveKind
from investplan.domain.organisations import Role
from investplan.domain.proposals import Stage, Status
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, StateError
from investplan.services import (
    cases,
    decisions,
    gate_tables,
    investigation_requests,
    planned_adjustments,
    plans,
    proposal_records,
    proposals,
    stage_moves,
)
from investplan.services.investigation_requests import AskedMoney
from investplan.services.stage_moves import StatedMove
from investplan.services.work import Work, begin
from tests import factories, prepared_plans
from tests.factories import MNKR, TKR
from tests.unit.domain.test_gates import WHOLE, whole

DECISION = StatedMove(
    body="Kommunstyrelsens arbetsutskott", decided_on=date(2026, 3, 10), paragraph="§ 41", amount_ore=400 * TKR,
    conditions="Samnyttjande prövas.", protocol="https://example.test/protokoll/41",
)  # fmt: skip


@pytest.fixture
def un(work: Work) -> Organisation:
    return factories.committee(work)


@pytest.fixture
def found(work: Work, un: Organisation) -> PlanningRound:
    return factories.planning_round(work)


@pytest.fixture
def people(work: Work, un: Organisation) -> dict[str, Work]:
    """A unit of work per person, all in one transaction."""
    kfn = factories.committee(work, "KFN", "Kultur- och fritidsnämnden")
    roles = {
        "planner": (Role.PLANNER, un),
        "stranger": (Role.PLANNER, kfn),
        "manager": (Role.COMMITTEE_MANAGER, un),
        "board": (Role.EXECUTIVE_BOARD, None),
        "finance": (Role.FINANCE, None),
        "council": (Role.COUNCIL_VIEWER, None),
    }
    return {
        name: Work(work.session, factories.user(work, name, role, organisation))
        for name, (role, organisation) in roles.items()
    }


def stored(work: Work, found: PlanningRound, stage: Stage = Stage.NEED, **changes: Any) -> Proposal:
    return proposals.create(work, found.id, whole(stage=stage, **changes))


def move(work: Work, proposal: Proposal, code: str, stated: StatedMove = DECISION, **more: Any) -> StageMove:
    return stage_moves.move(work, proposal.id, code, stated, **{"seen_version": proposal.version} | more)


def test_a_move_writes_what_was_decided_under_which_version_and_raises_the_proposals(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    proposal = stored(work, found, Stage.NEEDS_ANALYSIS)
    made = move(people["board"], proposal, "pre_study")
    assert (made.from_stage, made.to_stage, made.paragraph, made.amount_ore) == (
        "needs_analysis", "pre_study", "41", 400 * TKR,
    )  # fmt: skip
    assert made.decision == "Kommunstyrelsens arbetsutskott 2026-03-10 § 41"
    assert (made.gate_table.version, made.moved_by_name, made.conditions) == (
        1,
        "Board",
        "Samnyttjande prövas.",
    )
    assert (proposal.stage, proposal.status, proposal.version) == ("pre_study", "draft", 2)
    entry = work.session.query(AuditEntry).filter_by(action="move proposal").one()
    assert (entry.key, entry.actor_name) == (str(proposal.id), "Board")
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["stage"], entry.after["stage"], entry.after["gate_table"]) == (
        "needs_analysis", "pre_study", 1,
    )  # fmt: skip


def test_what_is_missing_is_refused_whole_and_nothing_moves(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    proposal = stored(work, found, Stage.NEEDS_ANALYSIS, alternatives=(WHOLE,), steering=())
    with pytest.raises(InvalidInputError) as refused:
        move(people["board"], proposal, "pre_study", StatedMove())
    assert set(refused.value.fields) == {
        "demands.two_alternatives", "demands.steering", "body", "decided_on", "paragraph",
    }  # fmt: skip
    assert (proposal.stage, proposal.version) == ("needs_analysis", 1)
    assert work.session.query(StageMove).count() == 0


def test_a_decision_in_the_future_is_refused(work: Work, found: PlanningRound) -> None:
    proposal = stored(work, found, Stage.NEEDS_ANALYSIS)
    with pytest.raises(InvalidInputError) as refused:
        move(work, proposal, "pre_study", replace(DECISION, decided_on=date(2199, 1, 1)))
    assert list(refused.value.fields) == ["decided_on"]


def test_the_same_form_sent_twice_moves_once_and_another_version_is_a_conflict(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    proposal = stored(work, found)
    first = move(people["planner"], proposal, "needs_analysis", StatedMove(), seen_version=1, key="k")
    again = move(people["planner"], proposal, "needs_analysis", StatedMove(), seen_version=1, key="k")
    assert first.id == again.id
    assert proposal.version == 2
    with pytest.raises(ConflictError):
        move(people["board"], proposal, "pre_study", seen_version=1)


@pytest.mark.parametrize(
    ("who", "stage", "code", "error"),
    [
        ("stranger", Stage.NEED, "needs_analysis", NotFoundError),
        ("council", Stage.NEEDS_ANALYSIS, "pre_study", NotFoundError),
        ("planner", Stage.NEEDS_ANALYSIS, "pre_study", NotAllowedError),
        ("manager", Stage.PRE_STUDY, "design", NotAllowedError),
        ("board", Stage.DESIGN, "implementation_decision", NotAllowedError),
        ("planner", Stage.PRE_STUDY, "back", NotAllowedError),
        ("finance", Stage.NEED, "pre_study", StateError),
        ("finance", Stage.NEED, "back", StateError),
        ("finance", Stage.NEED, "nowhere", StateError),
    ],
)
def test_the_wrong_role_or_way_is_refused(
    work: Work, found: PlanningRound, people: dict[str, Work], who: str, stage: Stage, code: str, error: Any
) -> None:
    proposal = stored(work, found, stage)
    with pytest.raises(error):
        move(people[who], proposal, code)
    assert proposal.stage == stage


def test_a_planner_begins_with_the_need_and_never_changes_the_stage_in_the_form(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        stored(people["planner"], found, Stage.DESIGN)
    assert list(refused.value.fields) == ["stage"]
    proposal = stored(people["planner"], found)
    for person in ("planner", "finance"):
        with pytest.raises(InvalidInputError) as refused:
            proposals.save(people[person], proposal.id, whole(stage=Stage.DESIGN), seen_version=1)
        assert list(refused.value.fields) == ["stage"]


def test_a_step_back_needs_a_reason_and_leads_to_the_stage_before(work: Work, found: PlanningRound) -> None:
    proposal = stored(work, found, Stage.DESIGN)
    with pytest.raises(InvalidInputError) as refused:
        move(work, proposal, "back", StatedMove())
    assert list(refused.value.fields) == ["reason"]
    move(work, proposal, "back", StatedMove(reason="Återremiss"))
    assert proposal.stage == "pre_study"


def test_a_resting_proposal_is_taken_up_as_a_draft_and_only_so(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    proposal = factories.submitted_proposal(work, found.id)
    move(people["planner"], proposal, "rest", StatedMove(reason="Invänta skolprognosen."))
    assert proposal.status == Status.DORMANT
    for act in (proposals.submit, proposals.withdraw):
        with pytest.raises(StateError):
            act(people["planner"], proposal.id, seen_version=proposal.version)
    move(people["planner"], proposal, "resume", StatedMove())
    assert proposal.status == Status.DRAFT


@pytest.mark.parametrize(("code", "status"), [("reject", Status.REJECTED), ("cancel", Status.CANCELLED)])
def test_what_is_rejected_or_cancelled_is_closed(
    work: Work, found: PlanningRound, people: dict[str, Work], code: str, status: Status
) -> None:
    proposal = factories.submitted_proposal(work, found.id)
    move(people["board"], proposal, code, replace(DECISION, reason="Behovet har fallit bort.", sunk_ore=0))
    assert proposal.status == status
    with pytest.raises(StateError):
        move(people["finance"], proposal, "resume", StatedMove())
    with pytest.raises(StateError, match="avslaget eller avbrutet"):
        proposals.submit(work, proposal.id, seen_version=proposal.version)
    with pytest.raises(StateError):
        money = AskedMoney(2027, TKR, "Förstudie", "UN")
        investigation_requests.ask(people["planner"], proposal.id, money)


def test_a_cancelled_proposal_says_what_it_has_cost_and_whose_result_bears_it(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    """Domain reference 1.1 and 10.14: what was booked on it is expensed by who ordered it, in the same year."""
    proposal = factories.submitted_proposal(work, found.id)
    reason = StatedMove(reason="Behovet har fallit bort.")
    with pytest.raises(InvalidInputError) as refused:
        move(people["manager"], proposal, "cancel", reason)
    assert list(refused.value.fields) == ["sunk_ore"]
    with pytest.raises(InvalidInputError) as refused:
        move(people["manager"], proposal, "cancel", replace(reason, sunk_ore=180 * TKR + 7))
    assert set(refused.value.fields) == {"sunk_committee", "sunk_year"}
    cost = replace(reason, sunk_ore=180 * TKR + 7, sunk_committee="UN", sunk_year=2026)
    move(people["manager"], proposal, "cancel", cost)
    (told,) = stage_moves.cancelled(people["finance"], found.id)
    assert told.sunk_organisation is not None
    assert (told.sunk_ore, told.sunk_organisation.code, told.sunk_year) == (180 * TKR + 7, "UN", 2026)
    with pytest.raises(NotAllowedError):
        stage_moves.cancelled(people["planner"], found.id)


# What the case and the decision do with it


def test_a_postponed_proposal_competes_from_the_new_year_on(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    proposal = factories.submitted_proposal(work, found.id)
    move(
        people["board"],
        proposal,
        "postpone",
        replace(DECISION, reason="Utrymmet saknas.", not_before_year=2028),
    )
    built = cases.build_case(work, factories.scenario(work, found))
    assert built.problem.proposals[0].alternatives[0].starts == (2028, 2029)
    move(people["board"], proposal, "postpone", replace(DECISION, reason="Igen.", not_before_year=2032))
    with pytest.raises(InvalidInputError):
        cases.build_case(work, factories.scenario(work, found, name="Två"))
    other = factories.submitted_proposal(work, found.id, "KS 2026/0002")
    asked = plans.asked_for(work, factories.scenario(work, found, name="Tre"))
    assert asked.count == 1
    assert "senarelagt till tidigast 2032" in str(asked.unready[0].reason)
    assert other.not_before_year is None


@pytest.mark.parametrize("year", [None, 2027, 2038])
def test_a_postponement_names_a_later_year_of_the_plan(
    work: Work, found: PlanningRound, year: int | None
) -> None:
    proposal = factories.submitted_proposal(work, found.id)
    with pytest.raises(InvalidInputError) as refused:
        move(work, proposal, "postpone", replace(DECISION, reason="Senare.", not_before_year=year))
    assert list(refused.value.fields) == ["not_before_year"]


def test_a_need_that_nobody_has_analysed_does_not_compete_and_the_reason_is_told(
    work: Work, found: PlanningRound
) -> None:
    late = factories.alternative(starts=(2030, 2031), operating=())
    factories.submitted_proposal(work, found.id, "KS 2026/0001")
    factories.submitted_proposal(
        work, found.id, "KS 2026/0002", stage=Stage.NEED, required=True, alternatives=(late,)
    )
    built = cases.build_case(work, factories.scenario(work, found))
    assert [one.id for one in built.problem.proposals] == ["KS 2026/0001"]
    (left,) = built.snapshot["left_out"]
    assert (left["reason"], left["first_competing"]) == ("too early stage", "needs_analysis")
    asked = plans.asked_for(work, factories.scenario(work, found, name="Två"))
    assert str(asked.unready[0].reason).startswith("Utredningen har inte kommit tillräckligt långt")


def test_the_municipality_chooses_the_first_stage_that_competes(work: Work, found: PlanningRound) -> None:
    late = factories.alternative(starts=(2030,), operating=())
    factories.submitted_proposal(work, found.id, stage=Stage.NEED, alternatives=(late,))
    table = replace(DEFAULT_TABLE, first_competing=Stage.NEED)
    gate_tables.save(work, table, reason="Långsiktig plan", seen_version=0)
    assert len(cases.build_case(work, factories.scenario(work, found)).problem.proposals) == 1


def test_a_decided_proposal_goes_on_through_the_gates_and_nothing_else_in_it_changes(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    proposal = factories.submitted_proposal(work, found.id)
    run = prepared_plans.plan_of(work, factories.scenario(work, found, ceiling_ore=100 * MNKR))
    decisions.adopt(work, run.id, decided_on=date(2026, 6, 15), paragraph="98", title="Plan")
    before = proposal_records.facts(proposal)
    too_dear = replace(DECISION, amount_ore=10 * MNKR + 1)
    with pytest.raises(InvalidInputError) as refused:
        move(people["board"], proposal, "starting_permit", too_dear)
    assert list(refused.value.fields) == ["amount_ore"]
    assert "10 000,0" in str(refused.value.fields["amount_ore"]).replace("\u00a0", " ")
    move(people["board"], proposal, "starting_permit", replace(DECISION, amount_ore=10 * MNKR))
    move(people["planner"], proposal, "implementation", StatedMove())
    assert (proposal.stage, proposal.status) == ("implementation", "decided")
    assert proposal_records.facts(proposal) == replace(before, stage=Stage.IMPLEMENTATION)
    with pytest.raises(StateError):
        move(work, proposal, "cancel", StatedMove(reason="x", sunk_ore=0))


def test_no_starting_permit_before_the_council_has_decided(work: Work, found: PlanningRound) -> None:
    proposal = factories.submitted_proposal(work, found.id)
    with pytest.raises(InvalidInputError) as refused:
        move(work, proposal, "starting_permit")
    assert list(refused.value.fields) == ["demands.council_decision"]


def _columns_frozen(database: Database) -> None:
    with begin(database) as work:
        factories.committee(work)
        found = factories.planning_round(work)
        proposal = factories.submitted_proposal(work, found.id)
        move(work, proposal, "rest", StatedMove(reason="Vila"))
        proposal_id = proposal.id
    columns = [column.name for column in Proposal.__table__.columns]
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE proposal SET status = 'decided'"))
    for name in columns:
        statement = text(f'UPDATE proposal SET "{name}" = "{name}" WHERE id = {proposal_id}')
        if name in ("stage", "version", "changed_at"):
            with database.engine.begin() as connection:
                connection.execute(statement)
            continue
        with pytest.raises(DBAPIError, match="frozen"), database.engine.begin() as connection:
            connection.execute(statement)
    for table in ("stage_move", "gate_table"):
        for statement in (text(f"UPDATE {table} SET id = id"), text(f"DELETE FROM {table}")):
            with pytest.raises(DBAPIError, match="frozen"), database.engine.begin() as connection:
                connection.execute(statement)


def test_of_a_decided_proposal_only_how_far_it_has_come_may_change_on_sqlite(database: Database) -> None:
    """A new column of `proposal` must be added to the trigger `frozen_proposal_update`."""
    _columns_frozen(database)


@pytest.mark.postgres
def test_of_a_decided_proposal_only_how_far_it_has_come_may_change_on_postgresql(
    postgres_database: Database,
) -> None:
    _columns_frozen(postgres_database)


# The table's versions


def test_a_new_table_holds_from_the_next_move_and_old_moves_keep_theirs(
    work: Work, found: PlanningRound
) -> None:
    proposal = stored(work, found)
    first = move(work, proposal, "needs_analysis", StatedMove())
    lighter = replace(
        DEFAULT_TABLE,
        gates=tuple(
            replace(one, demands=(), decision_required=False, decider="Tekniska utskottet")
            if one.into is Stage.PRE_STUDY
            else replace(one, in_use=False)
            if one.into is Stage.DESIGN
            else one
            for one in DEFAULT_TABLE.gates
        ),
    )
    saved = gate_tables.save(work, lighter, reason="Färre steg", seen_version=1, key="t")
    assert gate_tables.save(work, lighter, reason="Färre steg", seen_version=1, key="t").id == saved.id
    second = move(work, proposal, "pre_study", StatedMove())
    assert (first.gate_table.version, second.gate_table.version) == (1, 2)
    assert gate_tables.table_in(first.gate_table) == DEFAULT_TABLE
    standing = stage_moves.standing(work, proposal, proposal_records.facts(proposal))
    assert standing.next == lighter.with_code("implementation_decision")


def test_a_table_is_saved_by_the_administrator_alone_on_what_was_seen_with_a_reason(
    work: Work, people: dict[str, Work]
) -> None:
    with pytest.raises(NotAllowedError):
        gate_tables.save(people["finance"], DEFAULT_TABLE, reason="x", seen_version=0)
    with pytest.raises(InvalidInputError) as refused:
        gate_tables.save(work, replace(DEFAULT_TABLE, gates=DEFAULT_TABLE.gates), reason=" ", seen_version=0)
    assert list(refused.value.fields) == ["reason"]
    gate_tables.save(work, DEFAULT_TABLE, reason="Beslut", seen_version=0)
    with pytest.raises(ConflictError):
        gate_tables.save(work, DEFAULT_TABLE, reason="Beslut", seen_version=0)


# Ready, standing, visibility


def test_a_planner_makes_ready_and_any_change_takes_the_mark_away(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    gate_tables.save(
        work, replace(DEFAULT_TABLE, planner_submits=False), reason="Nämnden lämnar in", seen_version=0
    )
    proposal = stored(people["planner"], found)
    with pytest.raises(NotAllowedError):
        proposals.submit(people["planner"], proposal.id, seen_version=1)
    stage_moves.mark_ready(people["planner"], proposal.id, seen_version=1)
    assert proposal.ready
    proposals.save(people["planner"], proposal.id, whole(title="Nytt namn"), seen_version=2)
    assert not proposal.ready
    stage_moves.mark_ready(people["planner"], proposal.id, seen_version=3)
    proposals.submit(people["manager"], proposal.id, seen_version=4)
    assert (proposal.status, proposal.ready) == ("submitted", False)


def test_an_unfinished_draft_is_not_made_ready(work: Work, found: PlanningRound) -> None:
    proposal = stored(work, found, alternatives=())
    with pytest.raises(InvalidInputError):
        stage_moves.mark_ready(work, proposal.id, seen_version=1)
    submitted = factories.submitted_proposal(work, found.id, "KS 2026/0002")
    with pytest.raises(StateError):
        stage_moves.mark_ready(work, submitted.id, seen_version=2)


def test_the_standing_tells_the_next_gate_its_demands_and_what_the_reader_may_do(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    proposal = stored(work, found, Stage.NEEDS_ANALYSIS, alternatives=(WHOLE,))
    facts = proposal_records.facts(proposal)
    told = {
        name: stage_moves.standing(people[name], proposal, facts) for name in ("planner", "board", "council")
    }
    assert {one.missing for one in told.values()} == {1}
    assert told["board"].findings[Demand.TWO_ALTERNATIVES] is not None
    assert [gate.kind for gate in told["planner"].may] == [MoveKind.REST, MoveKind.CANCEL]
    assert [gate.code for gate in told["board"].may] == ["pre_study", "postpone", "reject", "cancel"]
    assert told["council"].may == ()


def test_the_board_sees_a_draft_once_it_has_passed_a_gate_or_asks_for_money(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    need = stored(work, found)
    analysed = stored(work, found, Stage.NEEDS_ANALYSIS, case_number="KS 2026/0002")
    assert proposals.find(people["board"], analysed.id)
    with pytest.raises(NotFoundError):
        proposals.find(people["board"], need.id)
    investigation_requests.ask(people["planner"], need.id, AskedMoney(2027, TKR, "Förstudie", "UN"))
    assert proposals.find(people["board"], need.id)
    with pytest.raises(NotFoundError):
        proposals.find(people["council"], need.id)


# Money to investigate


def test_money_is_summed_by_committee_and_year_and_is_no_part_of_the_outlay(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    proposal = stored(work, found)
    outlay_ore = proposal.outlay_ore
    ask = investigation_requests.ask
    first = ask(people["planner"], proposal.id, AskedMoney(2027, 350 * TKR, "Behovsanalys", "UN"), key="a")
    again = ask(people["planner"], proposal.id, AskedMoney(2027, 350 * TKR, "Behovsanalys", "UN"), key="a")
    assert first.id == again.id
    second = ask(people["planner"], proposal.id, AskedMoney(2027, 150 * TKR, "Geoteknik", "UN"))
    third = ask(people["planner"], proposal.id, AskedMoney(2028, 90 * TKR + 1, "Förstudie", "KFN"))
    gone = ask(people["planner"], proposal.id, AskedMoney(2028, 70 * TKR, "Dubblett", "UN"))
    investigation_requests.withdraw(people["planner"], gone.id, seen_version=1)
    decide = {"body": "KSAU", "decided_on": date(2026, 3, 10), "paragraph": "§ 12", "seen_version": 1}
    investigation_requests.decide(people["board"], first.id, granted=True, **decide)  # type: ignore[arg-type]
    investigation_requests.decide(people["board"], second.id, granted=False, **decide)  # type: ignore[arg-type]
    told = investigation_requests.sums(investigation_requests.of_round(people["finance"], found.id))
    assert told.asked == {"KFN": {2028: 90 * TKR + 1}}
    assert told.granted == {"UN": {2027: 350 * TKR}}
    assert third.decision == ""
    assert first.decision == "KSAU 2026-03-10 § 12"
    assert proposal.outlay_ore == outlay_ore
    with pytest.raises(NotAllowedError):
        investigation_requests.of_round(people["planner"], found.id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"year": 2020}, "year"), ({"year": 2037}, "year"), ({"amount_ore": 0}, "amount_ore"), ({"purpose": " "}, "purpose"),
     ({"committee": "XX"}, "committee")],
)  # fmt: skip
def test_a_request_that_says_too_little_is_refused(
    work: Work, found: PlanningRound, changes: dict[str, Any], field: str
) -> None:
    proposal = stored(work, found)
    with pytest.raises(InvalidInputError) as refused:
        investigation_requests.ask(
            work, proposal.id, replace(AskedMoney(2026, TKR, "Förstudie", "UN"), **changes)
        )
    assert list(refused.value.fields) == [field]


def test_a_granted_request_may_become_a_one_off_of_its_year_beside_the_planned_rows_that_were_there(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    proposal = stored(work, found)
    asked = investigation_requests.ask(work, proposal.id, AskedMoney(2028, 350 * TKR, "Förstudie", "UN"))
    early = investigation_requests.ask(work, proposal.id, AskedMoney(2026, 10 * TKR, "Skiss", "UN"))
    decide = {
        "granted": True,
        "body": "KSAU",
        "decided_on": date(2026, 3, 10),
        "paragraph": "12",
        "into_frames": True,
    }
    investigation_requests.decide(people["finance"], asked.id, seen_version=1, **decide)  # type: ignore[arg-type]
    (row,) = planned_adjustments.of_round(work, found.id)
    assert (row.organisation.code, row.year, row.amount_ore, row.permanent) == ("UN", 2028, 350 * TKR, False)
    assert "Förstudie" in row.source
    with pytest.raises(InvalidInputError) as refused:
        investigation_requests.decide(people["finance"], early.id, seen_version=1, **decide)  # type: ignore[arg-type]
    assert list(refused.value.fields) == ["into_frames"]


def test_a_decided_request_is_neither_decided_again_nor_taken_back(
    work: Work, found: PlanningRound, people: dict[str, Work]
) -> None:
    proposal = stored(work, found)
    asked = investigation_requests.ask(work, proposal.id, AskedMoney(2028, TKR, "Förstudie", "UN"))
    decide = {"granted": True, "body": "KSAU", "decided_on": date(2026, 3, 10), "paragraph": "12"}
    with pytest.raises(NotAllowedError):
        investigation_requests.decide(people["planner"], asked.id, seen_version=1, **decide)  # type: ignore[arg-type]
    investigation_requests.decide(people["board"], asked.id, seen_version=1, **decide)  # type: ignore[arg-type]
    with pytest.raises(ConflictError):
        investigation_requests.decide(people["board"], asked.id, seen_version=1, **decide)  # type: ignore[arg-type]
    with pytest.raises(StateError):
        investigation_requests.withdraw(people["planner"], asked.id, seen_version=2)
