from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select

from investplan import tasks
from investplan.config import Settings
from investplan.db.models import AuditEntry, FrameAdjustment, Outbox, Run
from investplan.db.session import Database
from investplan.domain.organisations import Role
from investplan.errors import InvalidInputError, NotAllowedError, NotFoundError, StateError
from investplan.services import proposals, runs
from investplan.services.work import SYSTEM, Actor, Work, begin, look
from optimizer.problem import Choice, Problem
from optimizer.solving import Answer, Progress, SolverFacts, SolveStatus
from tests import factories

LEASE = 10


class Clock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_seconds(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock(work: Work) -> Clock:
    work.now = Clock()
    return work.now


@pytest.fixture
def scenario_id(work: Work) -> int:
    return make_scenario(work)


def make_scenario(work: Work) -> int:
    factories.committee(work)
    factories.committee(work, "SEN", "Servicenämnden", is_landlord=True)
    planning_round = factories.planning_round(work)
    for number in (1, 2):
        factories.submitted_proposal(work, planning_round.id, f"KS 2026/000{number}")
    found: int = factories.scenario(work, planning_round).id
    return found


def first_choice(problem: Problem) -> tuple[Choice, ...]:
    proposal = problem.proposals[0]
    alternative = proposal.alternatives[0]
    return (Choice(proposal.id, alternative.id, alternative.starts[0]),)


def an_answer(problem: Problem, **changes: Any) -> Answer:
    made = Answer(
        status=SolveStatus.FEASIBLE,
        value=Fraction(3, 2),
        bound=2.0,
        gap=0.25,
        chosen=first_choice(problem),
        use=(),
        conflict=(),
        solver=SolverFacts("test", "0", 0.5, 1, 0),
        checked=True,
        stopped_by=None,
        message="",
    )
    return replace(made, **changes)


def claimed(work: Work, scenario_id: int) -> runs.Claim:
    claim = runs.claim(work, runs.request(work, scenario_id).id, lease_seconds=LEASE)
    assert claim is not None
    return claim


def outbox(work: Work) -> list[int]:
    return [row.record_id for row in work.session.scalars(select(Outbox).order_by(Outbox.id))]


def empty_outbox(work: Work) -> None:
    for row in work.session.scalars(select(Outbox)):
        work.session.delete(row)
    work.session.flush()


def actions(work: Work) -> list[str]:
    return [row.action for row in work.session.scalars(select(AuditEntry).order_by(AuditEntry.seq))]


def frame_rows(work: Work) -> int:
    return len(work.session.scalars(select(FrameAdjustment)).all())


def test_request_queues_the_run_and_its_message_together(work: Work, scenario_id: int) -> None:
    run = runs.request(work, scenario_id, max_seconds=30, gap="0.001", solver="cbc", seed=7)
    assert (run.state, run.attempt, run.max_seconds, run.gap_target) == ("queued", 0, 30, "0.001")
    assert outbox(work) == [run.id]
    assert actions(work)[-1] == "request run"
    assert runs.of_scenario(work, scenario_id) == [run]


def test_request_is_carried_out_once_per_key(work: Work, scenario_id: int) -> None:
    first = runs.request(work, scenario_id, key="form-1")
    assert runs.request(work, scenario_id, key="form-1").id == first.id
    assert outbox(work) == [first.id]


def test_request_refuses_a_second_active_run_of_a_scenario(work: Work, scenario_id: int) -> None:
    runs.request(work, scenario_id)
    with pytest.raises(StateError, match="redan en körning"):
        runs.request(work, scenario_id)


def test_the_database_itself_refuses_a_second_active_run(
    work: Work, scenario_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.request(work, scenario_id)
    monkeypatch.setattr(runs, "active", lambda *_: None)
    with pytest.raises(StateError, match="redan en körning"):
        runs.request(work, scenario_id)


def test_request_names_every_fault_at_once(work: Work, scenario_id: int) -> None:
    with pytest.raises(InvalidInputError) as refused:
        runs.request(work, scenario_id, max_seconds=0, gap="nan", solver="guess", seed=-1)
    assert set(refused.value.fields) == {"max_seconds", "gap", "solver", "seed"}
    assert outbox(work) == []


@pytest.mark.parametrize("role", [Role.PLANNER, Role.COUNCIL_VIEWER])
def test_only_finance_asks_for_and_cancels_runs(work: Work, scenario_id: int, role: Role) -> None:
    run = runs.request(work, scenario_id)
    work.actor = Actor(5, "Någon", role, None)
    assert runs.find(work, run.id) is run
    with pytest.raises(NotAllowedError):
        runs.cancel(work, run.id)
    with pytest.raises(NotAllowedError):
        runs.request(work, scenario_id)


def test_find_says_that_there_is_no_such_run(work: Work) -> None:
    with pytest.raises(NotFoundError):
        runs.find(work, 99)


def test_claim_freezes_the_case_and_counts_the_attempt(work: Work, scenario_id: int, clock: Clock) -> None:
    claim = claimed(work, scenario_id)
    run = runs.find(work, claim.run_id)
    assert (claim.attempt, run.state, run.attempt) == (1, "running", 1)
    assert run.lease_until == clock() + timedelta(seconds=LEASE)
    assert [p.id for p in claim.problem.proposals] == ["KS 2026/0001", "KS 2026/0002"]
    assert run.snapshot is not None
    assert set(run.snapshot["proposals"]) == {"KS 2026/0001", "KS 2026/0002"}


def test_a_run_that_is_delivered_twice_is_claimed_once(work: Work, scenario_id: int) -> None:
    claim = claimed(work, scenario_id)
    assert runs.claim(work, claim.run_id, lease_seconds=LEASE) is None
    assert runs.find(work, claim.run_id).attempt == 1


def test_claim_of_an_unknown_run_does_nothing(work: Work) -> None:
    assert runs.claim(work, 99, lease_seconds=LEASE) is None


def test_a_later_attempt_reads_the_case_that_was_frozen(work: Work, scenario_id: int, clock: Clock) -> None:
    claim = claimed(work, scenario_id)
    proposal = proposals.all_of(work, 1)[0]
    proposals.withdraw(work, proposal.id, seen_version=proposal.version)
    clock.pass_seconds(LEASE + 1)
    again = runs.claim(work, claim.run_id, lease_seconds=LEASE)
    assert again is not None
    assert (again.attempt, again.problem) == (2, claim.problem)


def test_a_case_that_cannot_be_built_fails_the_run_with_the_reason(work: Work, scenario_id: int) -> None:
    run = runs.request(work, scenario_id)
    for proposal in proposals.all_of(work, 1):
        proposals.withdraw(work, proposal.id, seen_version=proposal.version)
    assert runs.claim(work, run.id, lease_seconds=LEASE) is None
    assert (run.state, run.attempt) == ("failed", 0)
    assert "Inga förslag är klara för prioritering" in run.message


def test_an_error_in_the_program_while_building_fails_the_run_instead_of_looping(
    work: Work, scenario_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(runs.scenarios, "build_case", broken)
    run = runs.request(work, scenario_id)
    assert runs.claim(work, run.id, lease_seconds=LEASE) is None
    assert run.state == "failed"
    assert "fel i programmet" in run.message


def test_progress_renews_the_lease_and_shows_on_the_run(work: Work, scenario_id: int, clock: Clock) -> None:
    claim = claimed(work, scenario_id)
    clock.pass_seconds(8)
    progress = Progress(seconds=8.04, best_value=Fraction(7, 2), bound=4.0, gap=0.125, phase="search")
    assert runs.report_progress(work, claim.run_id, 1, progress, lease_seconds=LEASE)
    run = work.session.get_one(Run, claim.run_id, populate_existing=True)
    assert run.lease_until == clock() + timedelta(seconds=LEASE)
    assert run.progress == {
        "seconds": 8.0, "best_value": "3.5", "bound": "4", "gap": "0.125", "phase": "search"
    }  # fmt: skip


def test_progress_tells_the_worker_to_stop_when_cancelled_or_taken_over(
    work: Work, scenario_id: int, clock: Clock
) -> None:
    claim = claimed(work, scenario_id)
    clock.pass_seconds(LEASE + 1)
    assert runs.claim(work, claim.run_id, lease_seconds=LEASE) is not None
    assert not runs.report_progress(work, claim.run_id, 1, None, lease_seconds=LEASE)
    assert runs.report_progress(work, claim.run_id, 2, None, lease_seconds=LEASE)
    runs.cancel(work, claim.run_id)
    assert not runs.report_progress(work, claim.run_id, 2, None, lease_seconds=LEASE)


def test_store_keeps_answer_plan_and_frame_effects_together(work: Work, scenario_id: int) -> None:
    claim = claimed(work, scenario_id)
    assert runs.store(work, claim.run_id, 1, an_answer(claim.problem))
    run = runs.find(work, claim.run_id)
    assert (run.state, run.status, run.value, run.bound, run.gap) == ("done", "feasible", "1.5", "2", "0.25")
    assert run.plan is not None
    assert run.plan["chosen"] == [{"proposal": "KS 2026/0001", "alternative": "build", "start": 2027}]
    assert run.plan["case_sha256"] == run.case_sha256
    assert frame_rows(work) > 0
    assert runs.active(work) is None


def test_a_stale_result_is_refused(work: Work, scenario_id: int, clock: Clock) -> None:
    claim = claimed(work, scenario_id)
    clock.pass_seconds(LEASE + 1)
    again = runs.claim(work, claim.run_id, lease_seconds=LEASE)
    assert again is not None
    assert not runs.store(work, claim.run_id, 1, an_answer(claim.problem, value=Fraction(99)))
    assert not runs.fail(work, claim.run_id, 1, runs.ALREADY_ACTIVE)
    assert frame_rows(work) == 0
    assert runs.store(work, claim.run_id, 2, an_answer(claim.problem))
    assert not runs.store(work, claim.run_id, 2, an_answer(claim.problem, value=Fraction(99)))
    assert runs.find(work, claim.run_id).value == "1.5"
    assert actions(work).count("store run") == 1


def test_nothing_is_kept_when_the_frame_effects_cannot_be_written(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with begin(database) as work:
        claim = claimed(work, make_scenario(work))

    def broken(*_: Any) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(runs.frames, "write_scenario_adjustments", broken)
    with pytest.raises(ZeroDivisionError), begin(database) as work:
        runs.store(work, claim.run_id, 1, an_answer(claim.problem))
    with look(database) as work:
        run = runs.find(work, claim.run_id)
        assert (run.state, run.plan, run.value) == ("running", None, None)


def test_an_unchecked_plan_is_never_kept(work: Work, scenario_id: int) -> None:
    claim = claimed(work, scenario_id)
    assert runs.store(work, claim.run_id, 1, an_answer(claim.problem, checked=False, message="ceiling 2027"))
    run = runs.find(work, claim.run_id)
    assert (run.state, run.plan, run.value) == ("failed", None, None)
    assert "ceiling 2027" in run.message
    assert frame_rows(work) == 0


def test_infeasible_is_an_answer_that_names_the_conflict(work: Work, scenario_id: int) -> None:
    claim = claimed(work, scenario_id)
    nothing = an_answer(
        claim.problem, status=SolveStatus.INFEASIBLE, value=None, bound=None, gap=None, chosen=(),
        checked=False, conflict=("ceiling", "must"),
    )  # fmt: skip
    assert runs.store(work, claim.run_id, 1, nothing)
    run = runs.find(work, claim.run_id)
    assert (run.state, run.status, run.plan) == ("done", "infeasible", None)
    assert "ceiling, must" in run.message
    assert run.progress["conflict"] == ["ceiling", "must"]


def test_a_solver_that_gives_up_fails_the_run_but_keeps_a_plan_it_had(work: Work, scenario_id: int) -> None:
    claim = claimed(work, scenario_id)
    gave_up = an_answer(claim.problem, stopped_by="failure", message="numerical trouble")
    nothing = replace(gave_up, status=SolveStatus.STOPPED, value=None, gap=None, chosen=(), checked=False)
    assert runs.store(work, claim.run_id, 1, nothing)
    first = runs.find(work, claim.run_id)
    assert (first.state, first.plan) == ("failed", None)
    claim = claimed(work, scenario_id)
    assert runs.store(work, claim.run_id, 1, gave_up)
    second = runs.find(work, claim.run_id)
    assert (second.state, second.value) == ("done", "1.5")
    assert "numerical trouble" in first.message
    assert "numerical trouble" in second.message


def test_a_bound_without_end_is_no_bound(work: Work, scenario_id: int) -> None:
    claim = claimed(work, scenario_id)
    nothing = an_answer(
        claim.problem,
        status=SolveStatus.STOPPED,
        value=None,
        bound=float("inf"),
        gap=None,
        chosen=(),
        checked=False,
    )
    assert runs.store(work, claim.run_id, 1, nothing)
    run = runs.find(work, claim.run_id)
    assert (run.state, run.status, run.bound) == ("done", "stopped", None)
    assert "Ingen plan hann hittas" in run.message


def test_cancel_of_a_waiting_run_ends_it_at_once(work: Work, scenario_id: int) -> None:
    run = runs.request(work, scenario_id)
    assert runs.cancel(work, run.id).state == "cancelled"
    assert runs.claim(work, run.id, lease_seconds=LEASE) is None
    assert runs.request(work, scenario_id).id != run.id


def test_cancel_keeps_the_best_plan_found(work: Work, scenario_id: int) -> None:
    claim = claimed(work, scenario_id)
    runs.cancel(work, claim.run_id)
    runs.cancel(work, claim.run_id)
    assert actions(work).count("cancel run") == 1
    assert runs.store(work, claim.run_id, 1, an_answer(claim.problem, stopped_by="cancel"))
    run = runs.find(work, claim.run_id)
    assert (run.state, run.value) == ("cancelled", "1.5")
    assert run.plan is not None
    assert "bästa plan" in run.message
    assert frame_rows(work) > 0


def test_cancel_leaves_a_run_that_is_over_as_it_is(work: Work, scenario_id: int) -> None:
    claim = claimed(work, scenario_id)
    runs.store(work, claim.run_id, 1, an_answer(claim.problem))
    run = runs.cancel(work, claim.run_id)
    assert (run.state, run.cancel_requested) == ("done", False)


def test_sweep_sends_a_run_out_again_when_its_worker_is_silent(
    work: Work, scenario_id: int, clock: Clock
) -> None:
    claim = claimed(work, scenario_id)
    empty_outbox(work)
    assert runs.sweep(work) == []
    clock.pass_seconds(LEASE + 1)
    assert runs.sweep(work) == [claim.run_id]
    assert outbox(work) == [claim.run_id]
    assert runs.sweep(work) == []
    again = runs.claim(work, claim.run_id, lease_seconds=LEASE)
    assert again is not None
    assert again.attempt == 2


def test_sweep_sends_a_waiting_run_again_when_its_message_was_lost(
    work: Work, scenario_id: int, clock: Clock
) -> None:
    run = runs.request(work, scenario_id)
    clock.pass_seconds(runs.PATIENCE_SECONDS + 1)
    assert runs.sweep(work) == []  # its message still waits in the outbox: the broker is away
    empty_outbox(work)
    assert runs.sweep(work) == [run.id]
    empty_outbox(work)
    assert runs.sweep(work) == []  # sent a moment ago
    clock.pass_seconds(runs.PATIENCE_SECONDS + 1)
    assert runs.sweep(work) == [run.id]


def test_a_run_whose_workers_always_die_ends_with_a_message(
    work: Work, scenario_id: int, clock: Clock
) -> None:
    claim = claimed(work, scenario_id)
    for attempt in (2, 3, 4):
        clock.pass_seconds(LEASE + 1)
        assert runs.sweep(work) == [claim.run_id]
        again = runs.claim(work, claim.run_id, lease_seconds=LEASE)
        assert again is not None
        assert again.attempt == attempt
    clock.pass_seconds(LEASE + 1)
    assert runs.sweep(work) == []
    run = runs.find(work, claim.run_id)
    assert (run.state, run.attempt) == ("failed", 4)
    assert "avbröts 4 gånger" in run.message


def test_a_cancelled_run_whose_worker_died_is_not_taken_again(
    work: Work, scenario_id: int, clock: Clock
) -> None:
    claim = claimed(work, scenario_id)
    runs.cancel(work, claim.run_id)
    clock.pass_seconds(LEASE + 1)
    assert runs.sweep(work) == []
    assert runs.find(work, claim.run_id).state == "cancelled"


# The whole job, without Celery.


Solve = Callable[..., Answer]
SETTINGS = Settings(lease_seconds=LEASE)


@pytest.fixture
def run_id(database: Database) -> int:
    with begin(database) as work:
        return runs.request(work, make_scenario(work)).id


def stored(database: Database, run_id: int) -> Run:
    with look(database) as work:
        run = runs.find(work, run_id)
        work.session.expunge(run)
        return run


def test_carry_out_claims_solves_and_stores_with_no_transaction_open(database: Database, run_id: int) -> None:
    asked: dict[str, Any] = {}

    def solve(problem: Problem, **options: Any) -> Answer:
        asked.update(options)
        with begin(database) as work:  # fails with "database is locked" if one were open
            work.record("prove that others can write", "test", 1)
        return an_answer(problem)

    tasks.carry_out(database, run_id, SETTINGS, solve=solve)
    assert stored(database, run_id).state == "done"
    assert {k: asked[k] for k in ("max_seconds", "gap", "solver", "seed", "threads")} == {
        "max_seconds": 60, "gap": 0.01, "solver": "highs", "seed": 0, "threads": 1
    }  # fmt: skip


def test_a_duplicate_that_arrives_meanwhile_leaves_without_solving(database: Database, run_id: int) -> None:
    solved: list[int] = []

    def solve(problem: Problem, **_: Any) -> Answer:
        solved.append(1)
        tasks.carry_out(database, run_id, SETTINGS, solve=solve)
        return an_answer(problem)

    tasks.carry_out(database, run_id, SETTINGS, solve=solve)
    tasks.carry_out(database, run_id, SETTINGS, solve=solve)
    assert solved == [1]
    assert stored(database, run_id).attempt == 1


def test_a_silent_solver_keeps_its_lease_and_a_cancel_reaches_it(database: Database, run_id: int) -> None:
    leases: list[datetime | None] = []

    def solve(problem: Problem, *, should_stop: Callable[[], bool], **_: Any) -> Answer:
        leases.append(stored(database, run_id).lease_until)
        time.sleep(1.5)
        leases.append(stored(database, run_id).lease_until)
        with begin(database) as work:
            runs.cancel(work, run_id)
        deadline = time.monotonic() + 5
        while not should_stop() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert should_stop()
        return an_answer(problem, stopped_by="cancel")

    tasks.carry_out(database, run_id, SETTINGS, solve=solve)
    assert leases[0] is not None
    assert leases[1] is not None
    assert leases[1] > leases[0]
    run = stored(database, run_id)
    assert (run.state, run.value) == ("cancelled", "1.5")


def test_progress_of_the_solver_reaches_the_run(database: Database, run_id: int) -> None:
    seen: list[dict[str, Any]] = []

    def solve(problem: Problem, *, on_progress: Callable[[Progress], None], **_: Any) -> Answer:
        on_progress(Progress(seconds=1.0, best_value=Fraction(5), bound=6.5, gap=0.2, phase="search"))
        time.sleep(1.5)
        seen.append(stored(database, run_id).progress)
        return an_answer(problem)

    tasks.carry_out(database, run_id, SETTINGS, solve=solve)
    assert seen[0]["best_value"] == "5"


def test_a_solver_that_crashes_fails_the_run_with_its_words(database: Database, run_id: int) -> None:
    def solve(*_: Any, **__: Any) -> Answer:
        raise RuntimeError("segmentation 100 % fault")

    tasks.carry_out(database, run_id, SETTINGS, solve=solve)
    run = stored(database, run_id)
    assert run.state == "failed"
    assert "segmentation 100 % fault" in run.message


def test_no_heartbeat_outlives_its_run(database: Database, run_id: int) -> None:
    tasks.carry_out(database, run_id, SETTINGS, solve=lambda problem, **_: an_answer(problem))
    assert not [t for t in threading.enumerate() if t.name.startswith("heartbeat")]


def test_the_system_acts_for_the_worker(database: Database, run_id: int) -> None:
    tasks.carry_out(database, run_id, SETTINGS, solve=lambda problem, **_: an_answer(problem))
    with look(database) as work:
        rows = {row.action: row.actor_name for row in work.session.scalars(select(AuditEntry))}
    assert rows["start run"] == rows["store run"] == SYSTEM.name
