from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.installations import Installation
from tests.servers import PostgresServer, RabbitServer, wait_until

MakeInstallation = Callable[..., Installation]

pytestmark = pytest.mark.rabbitmq


@pytest.mark.postgres
def test_a_worker_killed_mid_solve_gives_one_result_and_its_run_is_taken_again_within_15_seconds(
    installation: MakeInstallation, rabbitmq: RabbitServer, postgres: PostgresServer
) -> None:
    here = installation(broker_url=rabbitmq.url, database_url=postgres.new_database())
    run_id = here.request(here.hard_scenario(), max_seconds=3)
    here.work()
    here.wait_until_solving(run_id)
    here.kill_worker()
    assert here.wait_for(run_id, lambda run: run.attempt == 2, 20, "taken again") < 15
    run = here.wait_until_over(run_id, 90)
    assert (run.state, run.attempt, here.times_stored(run_id)) == ("done", 2, 1)
    assert run.value is not None


def test_a_run_asked_for_while_rabbitmq_is_down_waits_and_is_carried_out_when_it_is_up(
    installation: MakeInstallation, rabbitmq: RabbitServer
) -> None:
    here = installation(broker_url=rabbitmq.url)
    scenario_id = here.hard_scenario()
    here.work()
    rabbitmq.kill()
    try:
        run_id = here.request(scenario_id, max_seconds=1)
        wait_until(lambda: "the broker is away, 1 messages wait" in here.log(), 10, "the relay has tried")
        assert (here.run(run_id).state, here.waiting_messages()) == ("queued", 1)
    finally:
        rabbitmq.start()
    run = here.wait_until_over(run_id, 90)
    assert (run.state, here.times_stored(run_id), here.waiting_messages()) == ("done", 1, 0)


def test_a_run_delivered_many_times_to_several_workers_is_carried_out_once(
    installation: MakeInstallation, rabbitmq: RabbitServer
) -> None:
    here = installation(broker_url=rabbitmq.url)
    run_id = here.request(here.hard_scenario(), max_seconds=3)
    here.deliver_again(run_id, 5)
    here.start("worker", "--concurrency", "2", ready="Worker started")
    here.wait_until_over(run_id, 90)
    assert (here.run(run_id).attempt, here.times_stored(run_id)) == (1, 1)
