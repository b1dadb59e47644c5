from __future__ import annotations

import os
import re
import signal
import urllib.request
from collections.abc import Callable

import pytest

from investplan import tasks
from investplan.services import runs
from investplan.services.work import begin
from optimizer.solving import Answer
from tests.faults.installations import Installation
from tests.servers import group_members, is_alive, wait_until

MakeInstallation = Callable[..., Installation]


def test_a_worker_killed_mid_solve_gives_one_result_and_its_run_is_taken_again_within_15_seconds(
    installation: MakeInstallation,
) -> None:
    here = installation()
    run_id = here.request(here.hard_scenario(), max_seconds=3)
    here.serve()
    here.wait_until_solving(run_id)
    here.kill_worker()
    assert here.wait_for(run_id, lambda run: run.attempt == 2, 20, "taken again") < 15
    run = here.wait_until_over(run_id, 90)
    assert (run.state, run.attempt, here.times_stored(run_id)) == ("done", 2, 1)
    assert run.value is not None


def test_killing_everything_and_starting_again_completes_the_run(installation: MakeInstallation) -> None:
    here = installation(lease_seconds=6)
    scenario_id = here.hard_scenario()
    here.serve()
    run_id = here.request(scenario_id, max_seconds=3)
    here.wait_until_solving(run_id)
    here.kill_everything()
    assert here.run(run_id).state == "running"
    here.serve()
    run = here.wait_until_over(run_id, 90)
    assert (run.state, run.attempt, here.times_stored(run_id)) == ("done", 2, 1)


def test_a_run_that_waited_when_everything_was_killed_is_carried_out_after_the_restart(
    installation: MakeInstallation,
) -> None:
    here = installation()
    scenario_id = here.hard_scenario()
    here.serve()
    here.kill_everything()
    run_id = here.request(scenario_id, max_seconds=2)
    with here.database.write() as session:  # as if the message had been fetched by the worker that was killed
        session.execute(runs.Outbox.__table__.delete())
    here.serve()
    assert here.wait_until_over(run_id, 90).state == "done"


def test_only_the_solving_child_killed_gives_one_result(installation: MakeInstallation) -> None:
    here = installation(lease_seconds=6)
    run_id = here.request(here.hard_scenario(), max_seconds=3)
    here.serve()
    here.wait_until_solving(run_id)
    leader = here.worker_group()
    for pid in group_members(leader):
        if pid != leader:
            os.kill(pid, signal.SIGKILL)
    assert here.wait_for(run_id, lambda run: run.attempt == 2, 20, "taken again") < 15
    run = here.wait_until_over(run_id, 90)
    assert (run.state, run.attempt, here.times_stored(run_id)) == ("done", 2, 1)
    assert is_alive(leader)


def test_cancel_keeps_the_best_plan_and_stop_leaves_no_process(installation: MakeInstallation) -> None:
    here = installation()
    run_id = here.request(here.hard_scenario(), max_seconds=60)
    service = here.serve()
    here.wait_for(run_id, lambda run: run.progress.get("best_value") is not None, 30, "a plan is found")
    here.cancel(run_id)
    run = here.wait_until_over(run_id, 8)
    assert (run.state, run.attempt) == ("cancelled", 1)
    assert run.value is not None
    group = here.worker_group()
    service.send_signal(signal.SIGTERM)
    assert service.wait(15) == 0
    assert group_members(group) == group_members(service.pid) == []


def test_a_worker_left_behind_by_a_killed_service_is_ended_by_the_next_and_the_pages_answer(
    installation: MakeInstallation,
) -> None:
    here = installation()
    service = here.serve()
    left = here.worker_group()
    service.kill()
    service.wait()
    assert group_members(left)
    here.serve()
    assert not group_members(left)
    assert here.worker_group() != left
    address = re.findall(r"Serving on (http://\S+)", here.log())[-1]
    with urllib.request.urlopen(address, timeout=10) as answer:
        assert answer.status == 200


def test_a_worker_that_slept_through_its_lease_stores_nothing(installation: MakeInstallation) -> None:
    here = installation(lease_seconds=6)
    run_id = here.request(here.hard_scenario(), max_seconds=30)
    service = here.serve()
    here.wait_until_solving(run_id)
    # Service and worker stop together: nobody restarts the worker, nobody sweeps, until the test has taken the run.
    asleep = [service.pid, *group_members(here.worker_group())]
    for pid in asleep:
        os.kill(pid, signal.SIGSTOP)
    claims: list[runs.Claim] = []

    def is_taken() -> bool:
        with begin(here.database) as work:
            claim = runs.claim(work, run_id, lease_seconds=30)
        claims.extend([claim] if claim else [])
        return claim is not None

    wait_until(is_taken, 12, "the lease is out", 0.5)
    for pid in asleep:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: "the answer was refused" in here.log(), 10, "the stale result is refused")
    answer: Answer = tasks.solving.solve(
        claims[0].problem, max_seconds=1, gap=0.5, solver="highs", seed=0, threads=1,
        on_progress=lambda _: None, should_stop=lambda: False,
    )  # fmt: skip
    with begin(here.database) as work:
        assert runs.store(work, run_id, claims[0].attempt, answer)
    assert (here.run(run_id).attempt, here.times_stored(run_id)) == (2, 1)


@pytest.mark.parametrize("times", [3])
def test_a_run_delivered_many_times_is_carried_out_once(installation: MakeInstallation, times: int) -> None:
    here = installation()
    run_id = here.request(here.hard_scenario(), max_seconds=2)
    here.deliver_again(run_id, times)
    here.serve()
    here.wait_until_over(run_id, 90)
    wait_until(lambda: here.waiting_messages() == 0, 5, "every message is handed over")
    assert (here.run(run_id).attempt, here.times_stored(run_id)) == (1, 1)
